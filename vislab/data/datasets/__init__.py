"""Real pictures: sets that have a name, your own folders, COCO files."""
