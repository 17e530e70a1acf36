"""Precision against recall: its numbers worked by hand, and what it is where nothing can be moved."""

import json
import re
import warnings
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import vislab as vl
from vislab.errors import VislabError
from vislab.evaluation.marks import true_boxes
from vislab.evaluation.metrics.instances import Matches
from vislab.models.predictions import ClassPrediction, InstancePrediction, Objects, SemanticPrediction
from vislab.widgets.explorers.charts import Reading, label_rows, object_rows


@pytest.fixture(scope="module")
def smears():
    return vl.draw("smear", 6, size=64)


def matches(iou, scores, guessed=None, true=None, excused=None):
    """A picture's matches, all objects of class 1 by default."""
    iou = np.asarray(iou, float)
    p, t = iou.shape
    return Matches(
        iou, np.array(scores, float), np.array(guessed or [1] * p), np.array(true or [1] * t), np.ones(p, int),
        np.ones(t, int), np.array(excused or [False] * p), False,
    )  # fmt: skip


def at(rows, threshold):
    return next(row for row in rows if row["threshold"] == threshold)


def test_precision_and_recall_by_hand():
    # Picture 1 holds two objects, picture 2 one. By score: 0.9 right, 0.7 beside everything, 0.5 right, 0.3 a double.
    first = matches([[0.8, 0.0], [0.2, 0.1], [0.6, 0.0]], [0.9, 0.7, 0.3])
    second = matches([[0.5]], [0.5])
    rows = object_rows([first, second])
    assert len(rows) == 99
    assert at(rows, 0.95) == {"threshold": 0.95, "precision": None, "recall": 0, "off": 1.5}
    assert at(rows, 0.9) == {"threshold": 0.9, "precision": 1, "recall": 0.3333, "off": 1}
    assert at(rows, 0.7) == {"threshold": 0.7, "precision": 0.5, "recall": 0.3333, "off": 0.5}
    assert at(rows, 0.5) == {"threshold": 0.5, "precision": 0.6667, "recall": 0.6667, "off": 0}
    assert at(rows, 0.01) == {"threshold": 0.01, "precision": 0.5, "recall": 0.6667, "off": 0.5}


def test_an_object_is_found_by_the_surest_prediction_and_by_its_own_class():
    rows = object_rows([matches([[0.6, 0.9], [0.9, 0.9]], [0.9, 0.8])])
    assert at(rows, 0.8)["recall"] == 1  # the first takes the second object, the second what is left
    wrong = matches([[0.9]], [0.9], guessed=[2], true=[1])
    assert at(object_rows([wrong]), 0.5)["precision"] == 0
    assert at(object_rows([wrong], of=2), 0.5) == {"threshold": 0.5, "precision": 0, "recall": None, "off": 1}
    assert at(object_rows([wrong], of=1), 0.5) == {"threshold": 0.5, "precision": None, "recall": 0, "off": 1}


def test_a_stricter_match_finds_less():
    pictures = [matches([[0.5, 0.0], [0.0, 0.74]], [0.9, 0.8])]
    recalls = [at(object_rows(pictures, iou=iou), 0.5)["recall"] for iou in (0.5, 0.55, 0.7, 0.75)]
    assert recalls == [1, 0.5, 0.5, 0]


def test_a_recall_below_99_of_100_is_not_written_as_such():
    assert Reading("recall", "recall", total=68).of({"recall": 0.9853}) == "recall 0.985 (67 of 68)"
    assert Reading("recall", "recall", total=68).of({"recall": None}) == "recall unknown"


def test_predictions_in_ignored_pixels_do_not_count_against_a_model():
    rows = object_rows([matches([[0.9], [0.0]], [0.9, 0.8], excused=[False, True])])
    assert at(rows, 0.5)["precision"] == 1


def test_no_prediction_and_no_object():
    assert at(object_rows([matches(np.zeros((0, 2)), [])]), 0.5)["recall"] == 0
    empty = at(object_rows([matches(np.zeros((0, 0)), [])]), 0.5)
    assert (empty["precision"], empty["recall"], empty["off"]) == (None, None, 0)


def test_a_label_by_hand():
    rows = label_rows(np.array([0.9, 0.6, 0.4, 0.2], np.float32), np.array([True, False, True, False]))
    assert at(rows, 0.5) == {"threshold": 0.5, "precision": 0.5, "recall": 0.5, "specificity": 0.5}
    assert at(rows, 0.3) == {"threshold": 0.3, "precision": 0.6667, "recall": 1, "specificity": 0.5}
    assert at(rows, 0.95) == {"threshold": 0.95, "precision": None, "recall": 0, "specificity": 1}


def true_objects(scenes):
    """Objects as they are, each sure by 0.8."""
    found = []
    for index in range(len(scenes)):
        ids, classes = scenes.instances[index].numpy(), scenes.objects[index].numpy()
        numbers = range(1, int(ids.max()) + 1)
        whole = np.array([[0, 0, ids.shape[1], ids.shape[0]]] * len(numbers)).reshape(-1, 4)
        masks = tuple(ids == number for number in numbers)
        found.append(
            Objects(whole, masks, classes[: len(masks)].astype(np.int64), np.full(len(masks), 0.8, np.float32))
        )
    return InstancePrediction("oracle", scenes.vocabulary, scenes.ids, tuple(found), scenes.size, 0.6)


def test_a_prediction_of_the_truth_is_right(smears):
    chart = vl.precision_recall(true_objects(smears), smears)
    total = int((smears.objects > 0).sum())
    assert f"at 0.60: precision 1.000, recall 1.000 ({total} of {total}), count off by 0.000 a picture" in chart.alt
    slider, strict = chart.spec["params"]
    assert slider["value"] == 0.6
    assert (strict["value"], strict["bind"]["min"], strict["bind"]["max"]) == (0.5, 0.5, 0.95)
    assert slider["bind"] == {"input": "range", "min": 0.01, "max": 0.99, "step": 0.01, "name": "score threshold "}


def test_boxes_slide_as_masks_do(smears):
    chart = vl.precision_recall(replace(true_boxes(smears), threshold=0.6), smears)
    total = int((smears.objects > 0).sum())
    assert f"at 0.60: precision 1.000, recall 1.000 ({total} of {total})" in chart.alt


def test_a_chart_is_small_and_has_a_picture_with_words(smears):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        chart = vl.precision_recall(true_objects(smears), smears)
        data, _ = chart._repr_mimebundle_()
    assert re.search(r'alt="Precision against recall, [^"]{40,}"', data["text/html"])
    assert data["text/plain"] == chart.spec["description"] == chart.alt
    state = chart.get_state()
    picture = state.pop("picture")
    assert picture[8:12] == b"WEBP"
    assert len(json.dumps(state, allow_nan=False)) + 4 / 3 * len(picture) < 60_000


@pytest.mark.slow
def test_a_classifiers_label(smears):
    labels = smears.labels
    scores = torch.nn.functional.one_hot(labels, 2).float() * 0.8 + 0.1
    prediction = ClassPrediction("seer", smears.vocabulary, smears.ids, scores, torch.full((6, 2), torch.nan))
    text = vl.precision_recall(prediction, smears).alt
    assert "seer: infected, 6 pictures" in text
    ill = int(labels.sum())
    assert f"sensitivity 1.000 ({ill} of {ill}), specificity 1.000 ({6 - ill} of {6 - ill}), precision 1.000" in text
    assert "seer: healthy" in vl.precision_recall(prediction, smears, of="healthy").alt
    with pytest.raises(VislabError, match=r"there is no label 'ill'; there are healthy, infected"):
        vl.precision_recall(prediction, smears, of="ill")


def test_what_cannot_slide_is_refused(smears):
    mask = SemanticPrediction("mask", smears.vocabulary, smears.ids, torch.zeros(6, 3, 64, 64))
    with pytest.raises(VislabError, match="a chart needs scores of objects with masks or boxes"):
        vl.precision_recall(mask, smears)
    with pytest.raises(VislabError, match="other pictures"):
        vl.precision_recall(true_objects(smears), smears[:3])
    with pytest.raises(VislabError, match=r"no objects of class 'tree'; there are"):
        vl.precision_recall(true_objects(smears), smears, of="tree")


def test_names_are_text_in_the_picture_too(smears):
    prediction = SimpleNamespace(**vars(true_objects(smears)))
    renamed = InstancePrediction(**(vars(prediction) | {"name": '<img src=x onerror="alert(1)">'}))
    shown = vl.precision_recall(renamed, smears)._repr_mimebundle_()[0]["text/html"]
    assert shown.count("<img") == 1
    assert "&lt;img src=x onerror=&quot;" in shown
