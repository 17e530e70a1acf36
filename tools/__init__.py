"""Scripts for authors and teachers: `python tools/NAME.py`, or through the Makefile."""
