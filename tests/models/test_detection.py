"""Detectors of dots and boxes: what they learn, and what they conclude from their maps."""

import pytest
import torch

import vislab as vl
from vislab.data.batches import take
from vislab.errors import VislabError
from vislab.models.detection import BoxMaps, pixel_middles


@pytest.fixture(scope="module")
def smears():
    return vl.draw("smear", 8, size=64)


def test_boxes_are_put_together_from_centre_and_sides(smears):
    model = vl.build("detection", smears.vocabulary)
    heat = torch.full((1, 2, 32, 48), -9.0)
    heat[0, 1, 10, 20] = 4.0
    offset, sides = torch.zeros(1, 2, 32, 48), torch.zeros(1, 2, 32, 48)
    offset[0, :, 10, 20] = torch.tensor([0.5, -1.0])
    sides[0, :, 10, 20] = torch.tensor([8.0, 6.0]).log()
    objects = model.conclude(BoxMaps(heat, offset, sides), (32, 48), "boxes", ("a",)).objects[0]
    assert objects.boxes.tolist() == [pytest.approx([17.0, 6.5, 25.0, 12.5])]
    assert objects.classes.tolist() == [smears.vocabulary.thing_indices[1]]


@pytest.mark.parametrize(("task", "level"), [("points", "points"), ("detection", "boxes")])
def test_masks_teach_what_boxes_and_dots_alone_teach(task, level, smears):
    alone = vl.Scenes(smears.images, None, None, None, smears.objects, smears.vocabulary, smears.ids,
                      **{level: smears.need(level)})  # fmt: skip
    model = vl.build(task, smears.vocabulary).eval()
    losses = [model.loss(take(scenes, torch.arange(8))).item() for scenes in (alone, smears)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)


@pytest.mark.parametrize("task", ["points", "detection"])
def test_without_boxes_or_dots_nothing_is_learned(task, smears):
    labelled = vl.Scenes(smears.images, smears.labels, None, None, None, smears.vocabulary, smears.ids)
    with pytest.raises(VislabError, match=r"have no (points|boxes), which this model learns from"):
        vl.build(task, smears.vocabulary).loss(take(labelled, torch.arange(2)))


@pytest.mark.parametrize("task", ["points", "detection"])
def test_a_picture_without_objects_teaches_that_there_are_none(task):
    empty = vl.draw("smear", 2, size=64, objects=0)
    assert empty.objects.shape[1] == 0 or not empty.objects.any()
    assert torch.isfinite(vl.build(task, empty.vocabulary).loss(take(empty, torch.arange(2))))


def test_pixel_middles():
    assert pixel_middles(torch.zeros(2, 3)).tolist() == [[[0.5, 1.5, 2.5]] * 2, [[0.5] * 3, [1.5] * 3]]
