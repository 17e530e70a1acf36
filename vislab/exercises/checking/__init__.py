"""What every exercise's check is made of."""
