"""The check, the hints and the test pictures of each exercise, one module per notebook."""
