"""What answers cost: computing, and the hours of labelling."""
