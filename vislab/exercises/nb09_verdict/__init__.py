"""What notebook 09 takes from the package: checks, quiz and long figures."""
