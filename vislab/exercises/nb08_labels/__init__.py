"""What notebook 08 takes from the package: checks, quiz and long figures."""
