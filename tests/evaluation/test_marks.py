"""Boxes and dots as masks."""

import numpy as np

import vislab as vl
from vislab.evaluation.marks import as_marks, ellipse, fill_boxes, frame, true_boxes, true_points
from vislab.models.predictions import Boxes


def test_an_ellipse_fills_its_box_and_a_frame_its_border():
    assert ellipse(4, 4).astype(int).tolist() == [[0, 1, 1, 0], [1, 1, 1, 1], [1, 1, 1, 1], [0, 1, 1, 0]]
    assert ellipse(1, 1).all()
    assert abs(ellipse(40, 60).mean() - np.pi / 4) < 0.01
    assert frame(3, 4).astype(int).tolist() == [[1, 1, 1, 1], [1, 0, 0, 1], [1, 1, 1, 1]]


def test_the_surest_box_lies_on_top():
    boxes = Boxes(
        np.array([[0, 0, 2, 2], [1, 0, 3, 2]], np.float32), np.array([1, 2]), np.array([0.9, 0.4], np.float32)
    )
    filled = fill_boxes(boxes, lambda height, width: np.ones((height, width), bool))
    assert filled.classes_of(filled.paint(2, 4)).tolist() == [[1, 1, 2, 0], [1, 1, 2, 0]]


def test_marks_show_every_object_inside_the_picture():
    smears = vl.draw("smear", 3, size=64)
    for true in (true_boxes(smears), true_points(smears)):
        marks = as_marks(true)
        for objects, kinds in zip(marks.objects, smears.objects, strict=True):
            assert sorted(objects.classes.tolist()) == sorted(kinds[kinds > 0].tolist())
            assert objects.boxes.min() >= 0
            assert objects.boxes.max() <= 64
            assert all(mask.any() for mask in objects.masks)
