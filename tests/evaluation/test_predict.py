"""Predicting, and the threshold of objects, chosen on valid pictures."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import vislab as vl
from vislab.errors import VislabError
from vislab.models.predictions import InstancePrediction, Objects


@pytest.fixture(scope="module")
def smears():
    return vl.draw("smear", 6, size=64)


class Scripted(nn.Module):
    """Finds objects of one pixel with these scores in every picture."""

    task = "instance"

    def __init__(self, vocabulary, scores):
        super().__init__()
        self.vocabulary, self.scores = vocabulary, scores
        self.weight = nn.Parameter(torch.zeros(1))

    def answer(self, image, name, ids):
        k = len(self.scores)
        boxes = np.array([[i, 0, i + 1, 1] for i in range(k)], np.int64).reshape(-1, 4)
        one = Objects(boxes, (np.ones((1, 1), bool),) * k, np.ones(k, np.int64), np.array(self.scores, np.float32))
        return InstancePrediction(name, self.vocabulary, ids, (one,) * len(image), tuple(image.shape[-2:]))


def of_objects(scenes, count):
    """The same pictures, each with this many objects of one pixel."""
    instances = torch.zeros_like(scenes.instances)
    instances[:, 9, :count] = torch.arange(1, count + 1)
    semantic = (instances > 0).to(torch.uint8)
    objects = torch.ones(len(scenes), count, dtype=torch.uint8)
    return replace(scenes, semantic=semantic, instances=instances, objects=objects)


def test_the_threshold_is_the_one_that_counts_best(smears):
    model = Scripted(smears.vocabulary, [0.9, 0.8, 0.3, 0.2])
    assert vl.predict(model, smears).threshold == 0.5
    # Two objects are counted right from 0.31 to 0.80, three from 0.21 to 0.30: the middle of each is taken.
    assert vl.choose_threshold(model, of_objects(smears, 2)) == pytest.approx(0.56, abs=0.011)
    assert vl.choose_threshold(model, of_objects(smears, 3)) == pytest.approx(0.26, abs=0.011)


def test_a_model_keeps_its_threshold_for_predicting_and_scoring(smears):
    pictures = of_objects(smears, 3)
    model = Scripted(smears.vocabulary, [0.9, 0.8, 0.3, 0.2])
    assert vl.evaluate(model, pictures)["count_error"] == 1
    threshold = vl.choose_threshold(model, pictures)
    assert (model.threshold, vl.predict(model, pictures).threshold) == (threshold, threshold)
    assert vl.evaluate(model, pictures)["count_error"] == 0
    model.threshold = 0.85  # a learner's own choice
    assert vl.evaluate(model, pictures)["count_error"] == 2


def test_a_threshold_needs_objects_in_model_and_pictures(smears):
    with pytest.raises(VislabError, match=r"only objects .* semantic"):
        vl.choose_threshold(vl.build("semantic", smears.vocabulary), smears)
    bare = replace(smears, instances=None, objects=None)
    with pytest.raises(VislabError, match="no instance masks"):
        vl.choose_threshold(vl.build("instance", smears.vocabulary), bare)


def test_a_model_that_finds_nothing_gets_a_threshold_all_the_same(smears):
    assert 0 < vl.choose_threshold(Scripted(smears.vocabulary, []), smears) < 1
