"""Pictures, truth and predictions side by side."""
