"""Boxes and dots: derived from masks, given alone, and moved with their pictures."""

import pytest
import torch
from text_pictures import picture

import vislab as vl
from vislab.data.batches import place_objects, take, vary
from vislab.data.boxes import boxes_from_instances, points_from_boxes, points_from_instances
from vislab.data.scenes import Scenes, concatenate
from vislab.data.vocabulary import Vocabulary
from vislab.errors import VislabError

DOTS = Vocabulary(
    "dots", (), ("background", "dot"), ("dot",), None, {}, ("mirror", "flip", "turn"), ("#000000", "#ffffff")
)
IDS = torch.stack([picture("1110 1010 1112 0002"), picture("0000 0100 0000 0000")]).to(torch.int16)


def boxed(boxes: list[list[list[float]]], objects: list[list[int]] | None = None, size: int = 16) -> Scenes:
    """Pictures whose objects nobody outlined."""
    value = torch.tensor(boxes).reshape(len(boxes), -1, 4)
    classes = torch.tensor(objects, dtype=torch.uint8) if objects else (value.sum(2) > 0).to(torch.uint8)
    images = torch.zeros(len(boxes), 3, size, size, dtype=torch.uint8)
    ids = tuple(f"picture {number}" for number in range(len(boxes)))
    return Scenes(images, None, None, None, classes, DOTS, ids, boxes=value.float())


def test_boxes_and_dots_of_masks():
    assert boxes_from_instances(IDS, 2).tolist() == [[[0, 0, 3, 3], [3, 2, 4, 4]], [[1, 1, 2, 2], [0, 0, 0, 0]]]
    points = points_from_instances(IDS, 2)
    assert points[1].tolist() == [[1.5, 1.5], [0, 0]]
    x, y = points[0, 0].int().tolist()
    assert IDS[0, y, x] == 1  # the ring's middle is a hole, so its dot is on the ring
    assert points_from_boxes(torch.tensor([[[0.0, 0, 3, 2]]])).tolist() == [[[1.5, 1]]]


def test_scenes_derive_lower_levels_and_miss_higher_ones():
    smears = vl.draw("smear", 3, size=64)
    boxes, points = smears.need("boxes"), smears.need("points")
    assert (smears.has("points"), smears.levels) == (True, ("labels", "semantic", "instances"))
    there = smears.objects > 0
    assert ((boxes[there][:, :2] <= points[there]) & (points[there] <= boxes[there][:, 2:])).all()
    given = boxed([[[1, 2, 5, 8]]])
    assert given.need("points").tolist() == [[[3, 5]]]
    with pytest.raises(VislabError, match=r"no instance masks; detection still works$"):
        given.need("instances")


def test_boxes_outlive_files_parts_and_sums(tmp_path):
    scenes = boxed([[[1, 2, 5, 8], [0, 0, 3, 3]], [[4, 4, 6, 6], [0, 0, 0, 0]]])
    back = Scenes.load(scenes.save(tmp_path / "boxes.safetensors"))
    assert torch.equal(back.boxes, scenes.boxes)
    assert scenes[1].boxes.shape == (1, 1, 4)
    both = concatenate([scenes[1], scenes[0]])
    assert both.boxes.tolist() == [[[4, 4, 6, 6], [0, 0, 0, 0]], [[1, 2, 5, 8], [0, 0, 3, 3]]]
    assert both.count_objects().tolist() == [[0, 1], [0, 2]]


@pytest.mark.parametrize(
    ("boxes", "sentence"),
    [
        ([[[1, 2, 17, 8]]], r"boxes of picture 'picture 0' must be left < right .* 16 × 16, not 17"),
        ([[[5, 2, 5, 8]]], r"left < right"),
        ([[[float("nan"), 2, 5, 8]]], r"left < right"),
    ],
)
def test_boxes_outside_their_picture_are_refused(boxes, sentence):
    with pytest.raises(VislabError, match=sentence):
        boxed(boxes, [[1]])


def test_what_masks_tell_is_not_given_twice():
    smears = vl.draw("smear", 2, size=64)
    with pytest.raises(VislabError, match=r"instances tell the boxes already; give the instances alone"):
        Scenes(
            **{name: getattr(smears, name) for name in Scenes.__dataclass_fields__} | {"boxes": smears.need("boxes")}
        )
    with pytest.raises(VislabError, match=r"boxes and objects belong together"):
        Scenes(smears.images, None, None, None, None, smears.vocabulary, smears.ids, boxes=smears.need("boxes"))


@pytest.mark.parametrize("crop", [None, 32])
@pytest.mark.parametrize("level", ["boxes", "points"])
def test_boxes_and_dots_move_with_their_pictures(level, crop):
    """They are those of masks that were moved: by every turn, and cut where the picture is cut."""
    smears = vl.draw("smear", 8, size=64, seed=3)
    alone = Scenes(smears.images, None, None, None, smears.objects, smears.vocabulary, smears.ids,
                   **{level: smears.need(level)})  # fmt: skip
    for seed in range(3):
        given, masked = (
            vary(take(scenes, torch.arange(8)), ("mirror", "flip", "turn"), torch.Generator().manual_seed(seed), crop)
            for scenes in (alone, smears)
        )
        assert torch.equal(given.images, masked.images)
        places, there = place_objects(given, level)
        expected, seen = place_objects(masked, level)
        if level == "points":  # the dot is a pixel of its object still, if not always the one of what is left of it
            x, y = places.long().unbind(2)
            on = masked.instances[torch.arange(8)[:, None], y, x].long()
            assert torch.equal(on[there], torch.arange(1, there.shape[1] + 1).expand_as(on)[there])
        elif crop is None:
            assert (places - expected).abs().max() < 1e-4
        else:  # what is seen of an object lies in its box; a box may reach into the part where its object does not
            assert seen.any()
            assert (there | ~seen).all()
            assert (places[seen][:, :2] <= expected[seen][:, :2] + 1e-4).all()
            assert (places[seen][:, 2:] >= expected[seen][:, 2:] - 1e-4).all()
        assert ((places >= 0) & (places <= given.images.shape[-1])).all()
        assert torch.equal(given.objects > 0, there)


def test_a_part_leaves_out_what_lies_beside_it():
    scenes = boxed([[[0, 0, 4, 4], [10, 10, 14, 15]]])
    for seed in range(8):
        batch = vary(take(scenes, torch.arange(1)), (), torch.Generator().manual_seed(seed), crop=8)
        top, left = (
            int(torch.randint(9, (1,), generator=g)) for g in [torch.Generator().manual_seed(seed)] for _ in range(2)
        )
        for number, (x0, y0, x1, y1) in enumerate(scenes.boxes[0].tolist()):
            cut = [
                min(max(value - start, 0), 8) for value, start in zip((x0, y0, x1, y1), (left, top) * 2, strict=True)
            ]
            if cut[0] < cut[2] and cut[1] < cut[3]:
                assert batch.boxes[0, number].tolist() == cut
            else:
                assert batch.objects[0, number] == 0
