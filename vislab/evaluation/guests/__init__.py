"""Guests: anybody's predictions of the test pictures, read from files, and the test pictures given away for them."""
