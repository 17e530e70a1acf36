"""What notebook 06 takes from the package: checks, quiz and long figures."""
