"""The types that models answer in: masks, objects, and predictions joined."""

import numpy as np
import pytest
import torch
from made_scenes import CELLS

from vislab.errors import VislabError
from vislab.models.predictions import Objects, RegressionPrediction, SemanticPrediction, join


def test_a_mask_holds_the_likeliest_class_and_of_equal_ones_the_first():
    scores = torch.tensor([[1, 0, 0], [0.5, 0.5, 0], [0, 0.25, 0.5], [0, 0.5, 0.5], [-2, -3, -2]]).T.half()
    prediction = SemanticPrediction("", CELLS, ("a",), scores[None, :, :, None])
    assert prediction.mask.flatten().tolist() == [0, 0, 2, 1, 0]
    assert prediction.mask.dtype == torch.uint8


def test_objects_are_painted_the_later_on_top_and_chosen_by_score():
    boxes = np.array([[0, 0, 2, 2], [1, 0, 3, 1]])
    objects = Objects(boxes, (np.ones((2, 2), bool), np.ones((1, 2), bool)), np.array([1, 2]), np.array([0.2, 0.8]))
    assert objects.paint(2, 3).tolist() == [[1, 2, 2], [1, 1, 0]]
    assert objects.at_least(0.8).classes.tolist() == [2]


def test_predictions_are_joined_picture_by_picture():
    parts = [
        RegressionPrediction("m", CELLS, (name,), torch.zeros(1, 0), torch.tensor([share]), torch.zeros(1, 3))
        for name, share in (("a", 0.25), ("b", 0.5))
    ]
    whole = join(parts, 2)
    assert (whole.name, whole.ids, whole.share.tolist()) == ("m", ("a", "b"), [0.25, 0.5])
    with pytest.raises(VislabError, match="at least one picture"):
        join([], 0)
