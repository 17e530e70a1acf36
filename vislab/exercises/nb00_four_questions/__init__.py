"""What notebook 00 takes from the package: checks, quiz and long figures."""
