"""Scores: the same from a model and from its predictions, and only for the same pictures."""

import numpy as np
import pytest
import torch

import vislab as vl
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import ManyObjects, Vocabulary
from vislab.errors import VislabError
from vislab.evaluation import predict as predicting
from vislab.evaluation.evaluate import evaluate
from vislab.models.predictions import TASKS, InstancePrediction, Objects


@pytest.fixture(scope="module")
def smears():
    return vl.draw("smear", 6, size=64)


@pytest.mark.parametrize("task", TASKS)
def test_scores_of_a_model_are_those_of_what_it_predicts(task, smears):
    model = vl.build(task, smears.vocabulary)
    from_model = vl.evaluate(model, smears)
    assert from_model == pytest.approx(vl.evaluate(vl.predict(model, smears), smears), nan_ok=True)


@pytest.mark.parametrize("task", ["semantic", "instance"])
def test_scores_and_answers_do_not_depend_on_how_many_pictures_are_taken_together(task, smears, monkeypatch):
    prediction = vl.predict(vl.build(task, smears.vocabulary), smears)

    def everything():
        given = vl.answers(prediction)
        truth = vl.answers(smears)
        return vl.evaluate(prediction, smears), vl.score_answers(smears, given), given.values, truth.values

    together = everything()
    monkeypatch.setattr(predicting, "PIXELS_AT_ONCE", 2 * 64 * 64)
    np.testing.assert_equal(everything(), together)


def test_predictions_of_other_pictures_are_refused(smears):
    prediction = vl.predict(vl.build("classification", smears.vocabulary), smears[:3])
    with pytest.raises(VislabError, match=r"classification .* other pictures"):
        vl.evaluate(prediction, smears[3:])


def test_panoptic_quality_goes_by_what_is_visible_of_objects_that_lie_on_each_other():
    """The later guess hides three of the first one's four columns, and finds the object with 12 of 16 pixels."""
    words = Vocabulary("dots", ("no", "yes"), ("background", "dot"), ("dot",), ManyObjects(0), {}, (), ("#000000",) * 2)
    ids = torch.zeros(1, 8, 8, dtype=torch.int16)
    ids[0, 2:6, 2:6] = 1
    blank, one = torch.zeros(1, 3, 8, 8, dtype=torch.uint8), torch.ones(1, 1, dtype=torch.uint8)
    scenes = Scenes(blank, torch.ones(1, dtype=torch.int64), ids.to(torch.uint8), ids, one, words, ("a",))
    boxes = np.array([[2, 2, 6, 6], [3, 2, 6, 6]])
    full = (np.ones((4, 4), bool), np.ones((4, 3), bool))
    objects = Objects(boxes, full, np.ones(2, np.int64), np.array([0.9, 0.8], np.float32))
    scores = evaluate(InstancePrediction("both", words, ("a",), (objects,), (8, 8)), scenes)
    assert scores["pq"] == pytest.approx(0.75 / 1.5)
    assert (scores["accuracy50"], scores["accuracy70"], scores["accuracy80"]) == (1 / 2, 1 / 2, 0)
    assert scores["count_error"] == 1
    alone = InstancePrediction("one", words, ("a",), (objects.at_least(0.85),), (8, 8))
    assert evaluate(alone, scenes)["pq"] == 1
