"""One encoder, four heads, and models of others behind the same face."""
