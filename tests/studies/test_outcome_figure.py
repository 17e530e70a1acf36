"""The figure of a study: pictures of every label, and in words what each panel says."""

from dataclasses import replace

import numpy as np
import pytest
import torch

import vislab as vl
from vislab.evaluation.answers.answers import answers
from vislab.models.predictions import ClassPrediction, InstancePrediction, Objects, SemanticPrediction
from vislab.studies.outcome_figure import outcome


def right(scenes):
    """What models that are always right would predict."""
    words, ids, n = scenes.vocabulary, scenes.ids, len(scenes)
    label = torch.nn.functional.one_hot(scenes.labels, len(words.labels)).float()
    masks = torch.nn.functional.one_hot(scenes.semantic.long(), len(words.classes)).movedim(-1, 1).half()
    objects = []
    for i in range(n):
        kinds = scenes.objects[i][scenes.objects[i] > 0].numpy().astype(np.int64)
        whole = tuple((scenes.instances[i] == k + 1).numpy() for k in range(len(kinds)))
        boxes = np.tile([0, 0, scenes.size[1], scenes.size[0]], (len(kinds), 1))
        objects.append(Objects(boxes, whole, kinds, np.ones(len(kinds), np.float32)))
    return {
        "classification": ClassPrediction("classification", words, ids, label, torch.zeros(n, 2)),
        "semantic": SemanticPrediction("semantic", words, ids, masks),
        "instance": InstancePrediction("instance", words, ids, tuple(objects), scenes.size),
    }


def drawn(test, predictions):
    given = {name: answers(prediction) for name, prediction in predictions.items()}
    return outcome("smear", test, predictions, given, list(predictions))


@pytest.fixture(scope="module")
def smears():
    return vl.draw("smear", 12, size=64, crowding=1.0)


def test_labels_take_turns_and_right_answers_have_no_cross(smears):
    sheet = drawn(smears, right(smears))
    yes, no = smears.labels.nonzero()[:2, 0].tolist(), (smears.labels == 0).nonzero()[:2, 0].tolist()
    order = [no[0], yes[0], no[1], yes[1]]
    positions = [sheet.alt.index(f"{smears.ids[index]}, truth: {smears.vocabulary.labels[label]}, ") for index, label in
              zip(order, (0, 1, 0, 1), strict=True)]  # fmt: skip
    assert positions == sorted(positions)
    assert len(sheet.axes) == 4 * 4  # picture, truth, semantic, instance
    count = int((smears.objects[order[0]] > 0).sum())
    assert f"instance: healthy, {count}" in sheet.alt
    assert f"instance: healthy, {count} ✗" not in sheet.alt
    assert "classification: healthy ✗" not in sheet.alt


def test_components_that_merge_cells_get_a_cross(smears):
    alt = drawn(smears, right(smears)).alt
    assert "semantic: healthy, " in alt
    assert alt.count("✗") == 4  # the count of each of the four crowded pictures


def test_pictures_with_labels_alone_are_shown_with_them(smears):
    bare = replace(smears, semantic=None, instances=None, objects=None)
    sheet = drawn(bare, {"classification": right(smears)["classification"]})
    assert len(sheet.axes) == 4
    assert "classification: infected" in sheet.alt
    assert "✗" not in sheet.alt.replace("a cross marks what is wrong", "")


def test_it_is_written_as_a_picture(smears, tmp_path):
    path = drawn(smears[:1], right(smears[:1])).save(tmp_path / "outcome.png")
    assert path.read_bytes().startswith(b"\x89PNG")
