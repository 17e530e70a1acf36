"""Figures, colours and tables, which know nothing of pictures and questions."""
