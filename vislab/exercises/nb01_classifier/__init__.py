"""What notebook 01 takes from the package: checks, quiz and long figures."""
