"""A detector of dots: what it concludes from its heat. What it learns is in test_detection.py."""

import torch

import vislab as vl


def test_dots_are_the_middles_of_hot_pixels():
    model = vl.build("points", vl.draw("smear", 1, size=64).vocabulary)
    logits = torch.full((1, 2, 32, 48), -9.0)
    logits[0, 0, 10, 20] = 4.0
    objects = model.conclude(logits, (32, 48), "dots", ("a",)).objects[0]
    assert objects.points.tolist() == [[20.5, 10.5]]
