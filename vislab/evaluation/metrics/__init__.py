"""Count, then divide: scores of labels, of pixels and of objects. What is undefined is NaN, never 0 or -1."""
