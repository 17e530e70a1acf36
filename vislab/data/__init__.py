"""Pictures with their truth: what they hold, where they come from, what is derived from them."""
