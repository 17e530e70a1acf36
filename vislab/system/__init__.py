"""What the machine gives: files and where they go, devices, memory, progress, the learner's own file."""
