"""The figure of a study: pictures of every label, and in words what each panel says."""

from dataclasses import replace

import numpy as np
import pytest
import torch

import vislab as vl
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import IGNORE, Vocabulary
from vislab.evaluation.answers.answers import answers
from vislab.models.predictions import ClassPrediction, InstancePrediction, Objects, SemanticPrediction
from vislab.studies.outcome_figure import SIDE, lines_between, outcome


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


def legend_of(sheet):
    (legend,) = sheet.legends
    return [text.get_text() for text in legend.get_texts()]


def test_the_legend_names_what_only_a_prediction_shows(smears):
    healthy = smears.subset((smears.labels == 0).nonzero()[:2, 0].tolist())
    said = right(healthy)
    assert legend_of(drawn(healthy, said)) == ["background", "cell"]
    scores = said["semantic"].scores.clone()
    scores[0, 2, :9, :9] = 2
    assert legend_of(drawn(healthy, said | {"semantic": replace(said["semantic"], scores=scores)})) == [
        "background", "cell", "infected cell"
    ]  # fmt: skip


def test_pixels_to_ignore_are_named_too(smears):
    semantic = smears.semantic.clone()
    semantic[:, :8][smears.instances[:, :8] == 0] = IGNORE
    assert legend_of(drawn(replace(smears, semantic=semantic), {}))[-1] == "ignored"


@pytest.mark.parametrize("count", [11, 80])
def test_a_legend_of_many_classes_stays_within_the_figure_and_below_the_panels(count):
    y, x = np.indices((64, 64))
    mask = ((y // 7) * 9 + x // 7) % count
    names = tuple(f"class number {index}" for index in range(count))
    colours = tuple(f"#{2999 * index:06x}" for index in range(count))
    words = Vocabulary("many", (), names, names[1:], None, {}, (), colours)
    images = torch.zeros(4, 3, 64, 64, dtype=torch.uint8)
    many = Scenes(
        images, None, torch.from_numpy(mask).to(torch.uint8).expand(4, 64, 64), None, None, words, tuple("abcd")
    )
    sheet = drawn(many, {})
    sheet.canvas.draw()
    (legend,) = sheet.legends
    assert len(legend.get_texts()) == count
    box = legend.get_window_extent()
    assert box.x0 >= 0
    assert box.x1 <= sheet.bbox.x1
    assert box.y0 >= 0
    assert box.y1 <= min(ax.get_window_extent().y0 for ax in sheet.axes)
    sides = [ax.get_window_extent().height for ax in sheet.axes]
    assert min(sides) > 0.8 * 100 * SIDE  # the legend takes no room from the panels


def test_what_lines_would_hide_is_not_outlined():
    ids = np.zeros((40, 40), np.int16)
    ids[5:20, 5:20], ids[30:33, 30:33] = 1, 2  # a disc's worth and a speck
    ids[::2, 25:28] = 3  # noise: many pixels, all of them at an edge
    lines = lines_between(ids)
    assert lines[5, 5:20].all()
    assert not lines[10, 10]
    assert not lines[22:, 22:].any()
    assert not lines_between(np.zeros((4, 4), np.int16)).any()


def test_it_is_written_as_a_picture(smears, tmp_path):
    path = drawn(smears[:1], right(smears[:1])).save(tmp_path / "outcome.png")
    assert path.read_bytes().startswith(b"\x89PNG")
