"""What labels take: the published table, one's own seconds, and the cost of a set from its own outlines."""

import math
from dataclasses import replace

import pytest
import torch

import vislab as vl
from vislab.costs.labels.annotation_time import PUBLISHED, Spent, labelling_cost, outline_points, published_seconds
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import EnoughPixels, Vocabulary
from vislab.errors import VislabError

WORDS = Vocabulary(
    name="blocks",
    labels=("no", "yes"),
    classes=("ground", "block", "stone"),
    things=("block", "stone"),
    rule=EnoughPixels(("block",), 1),
    questions={"any": "Is there a block?"},
    symmetries=(),
    colours=("#000000", "#E69F00", "#0072B2"),
)


def blocks(*boxes, size=24):
    """One picture with a box (class, top, left, bottom, right) for each object."""
    semantic = torch.zeros(1, size, size, dtype=torch.uint8)
    instances = torch.zeros(1, size, size, dtype=torch.int16)
    objects = torch.zeros(1, max(1, len(boxes)), dtype=torch.uint8)
    for number, (kind, top, left, bottom, right) in enumerate(boxes, 1):
        semantic[0, top:bottom, left:right] = kind
        instances[0, top:bottom, left:right] = number
        objects[0, number - 1] = kind
    images = torch.zeros(1, 3, size, size, dtype=torch.uint8)
    return Scenes(images, torch.tensor([1]), semantic, instances, objects, WORDS, ("one",))


APART = blocks((1, 2, 2, 10, 10), (1, 2, 14, 10, 22), (2, 14, 2, 22, 10))
TOUCHING = blocks((1, 4, 2, 12, 10), (1, 4, 10, 12, 18))


@pytest.mark.slow
def test_a_box_has_four_corners_each_cut_by_half_a_pixel_at_most():
    patches, objects = outline_points(APART)
    assert patches == objects  # nothing touches, so patches are objects
    assert 12 <= objects[0] <= 24  # the line between pixels cuts corners: 4 to 8 points a box


def test_touching_objects_of_a_class_share_one_outline_but_not_two():
    patches, objects = outline_points(TOUCHING)
    one = outline_points(blocks((1, 4, 2, 12, 18)))[1][0]
    assert patches[0] == one
    assert objects[0] > patches[0]


def test_a_picture_without_objects_takes_no_points():
    patches, objects = outline_points(blocks())
    assert (patches[0], objects[0]) == (0, 0)


def test_cost_by_hand():
    cost = labelling_cost(APART)
    assert cost["classification"].seconds == 1.0
    # Two blocks and a stone: two first clicks, one further.
    assert cost["regression"].seconds == pytest.approx(1 + 2 * 2.4 + 0.9)
    assert cost["instance"].seconds == pytest.approx(3 * 79.2)
    assert cost["semantic"].seconds == pytest.approx(3 * 79.2)
    assert cost["instance"].hours == pytest.approx(3 * 79.2 / 3600)


def test_semantic_masks_of_touching_objects_are_cheaper():
    cost = labelling_cost(TOUCHING)
    assert cost["semantic"].seconds < cost["instance"].seconds == pytest.approx(2 * 79.2)


def test_own_seconds_take_the_place_of_published_ones():
    own = {"label": Spent("label", 30, 10), "pixels": Spent("pixels", 10, 2), "outline": Spent("outline", 60, 6, 48)}
    cost = labelling_cost(APART, own)
    points = outline_points(APART)[1][0]
    assert cost["classification"].seconds == 3
    assert cost["semantic"].seconds == 5
    assert cost["instance"].seconds == pytest.approx(points * 60 / 48)
    without_brush = labelling_cost(APART, {"outline": own["outline"]})
    assert without_brush["semantic"].seconds == pytest.approx(points * 60 / 48)


def test_a_mask_never_costs_more_than_the_outlines_that_give_it():
    slow_brush = {"pixels": Spent("pixels", 1000, 2), "outline": Spent("outline", 60, 6, 48)}
    cost = labelling_cost(APART, slow_brush)
    assert cost["semantic"].seconds == cost["instance"].seconds < 500
    assert "for nothing" in cost["semantic"].how


def test_nothing_spent_yet_is_as_if_it_were_not_there():
    assert repr(labelling_cost(APART, {"label": Spent("label", 0, 0)})) == repr(labelling_cost(APART))


def test_pictures_without_instances_take_vocs_mask_and_no_instance_figure():
    cost = labelling_cost(replace(APART, instances=None, objects=None))
    assert cost["semantic"].seconds == 239.7
    assert math.isnan(cost["instance"].seconds)
    assert math.isnan(cost["regression"].seconds)
    assert repr(cost["instance"]) == "instance: not known, as these pictures have no instances to go by"


def test_pictures_with_labels_alone_cost_labels():
    cost = labelling_cost(replace(APART, semantic=None, instances=None, objects=None))
    assert cost["classification"].seconds == 1
    assert math.isnan(cost["instance"].seconds)


def test_real_worlds_cost_more_for_instances_than_for_a_label():
    cost = labelling_cost(vl.draw("smear", 8, size=64, seed=0))
    order = [cost[task].seconds for task in ("classification", "regression", "semantic", "instance")]
    assert order == sorted(order)


def test_every_published_figure_names_its_source_and_unit():
    assert len({one.label for one in PUBLISHED}) == len(PUBLISHED)
    for one in PUBLISHED:
        assert one.seconds > 0
        assert one.unit
        assert any(year in one.source for year in ("2014", "2016", "2017", "2023", "2025"))


def test_the_table_shows_own_seconds_beside_published_ones():
    table = published_seconds({"outline": Spent("outline", 60, 6, 48)})
    row = next(row for row in table.rows() if row[0] == "outline, COCO")
    assert row[1:3] == ("79.2 s an object", "10.0 s")
    assert "yours" in repr(table)
    assert "yours" not in repr(published_seconds())
    assert "<script" not in published_seconds()._repr_html_()


def test_bad_input():
    with pytest.raises(VislabError, match="no kind of label 'mask'"):
        labelling_cost(APART, {"mask": Spent("pixels", 1, 1)})
    with pytest.raises(VislabError, match="none may be below 0"):
        Spent("label", -1, 3)
    with pytest.raises(VislabError, match="no pictures to label"):
        labelling_cost(APART[:0])
