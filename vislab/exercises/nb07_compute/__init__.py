"""What notebook 07 takes from the package: checks, quiz and long figures."""
