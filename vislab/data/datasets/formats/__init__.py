"""What label tools and well-known sets give, each read as it is laid out; register.py lists them."""
