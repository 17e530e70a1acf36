"""What a model answers, and how right it is."""
