"""The pictures to show when there is room for a few."""

from dataclasses import replace

import torch

import vislab as vl
from vislab.data.selection import labels_in_turn


def test_the_first_pictures_of_each_label_are_taken_in_turn():
    scenes = replace(vl.draw("smear", 8, size=64), labels=torch.tensor([0, 0, 0, 0, 0, 1, 0, 1]))
    assert labels_in_turn(scenes, 4) == [0, 5, 1, 7]
    assert labels_in_turn(scenes, 100) == [0, 5, 1, 7, 2, 3, 4, 6]
    assert labels_in_turn(scenes[:0], 4) == []


def test_without_labels_the_first_pictures_are_taken():
    scenes = replace(vl.draw("smear", 3, size=64), labels=None)
    assert labels_in_turn(scenes, 2) == [0, 1]
    assert labels_in_turn(scenes, 9) == [0, 1, 2]
