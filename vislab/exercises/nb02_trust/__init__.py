"""What notebook 02 takes from the package: checks, quiz and long figures."""
