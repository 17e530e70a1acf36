"""Label pictures against the clock and against the truth."""
