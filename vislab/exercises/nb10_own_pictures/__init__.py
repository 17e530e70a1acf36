"""What notebook 10 takes from the package: a folder of real pictures to begin with, checks, quiz."""
