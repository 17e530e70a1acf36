"""What notebook 03 takes from the package: checks, quiz and long figures."""
