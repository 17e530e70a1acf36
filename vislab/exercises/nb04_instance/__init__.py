"""What notebook 04 takes from the package: checks, quiz and long figures."""
