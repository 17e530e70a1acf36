"""The notebooks of the course, handed out and opened; `vislab lab` and `vislab course` do it."""
