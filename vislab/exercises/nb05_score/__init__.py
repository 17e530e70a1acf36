"""What notebook 05 takes from the package: checks, quiz and long figures."""
