"""Notebook 05: the IoU of two boxes, and what boxes hide."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from vislab.exercises.checking.answers import Panel
from vislab.exercises.checking.check import Check
from vislab.exercises.checking.recognising import Mistake
from vislab.exercises.checking.small_pictures import Mask, picture, random_pictures
from vislab.exercises.checking.trial import Trial


class Box(NamedTuple):
    """The corners of a box in pixels, right and bottom not included."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def area(self) -> int:
        """Its pixels."""
        return (self.right - self.left) * (self.bottom - self.top)


def _box(mask: Mask, end: int = 1) -> Box:
    """The box around a mask. end: 0 is a mistake that leaves out the last column and row."""
    y, x = np.nonzero(mask)
    return Box(int(x.min()), int(y.min()), int(x.max()) + end, int(y.max()) + end)


def _shared_sides(a: Box, b: Box) -> tuple[int, int]:
    """Width and height of what two boxes share, negative if they lie apart."""
    return min(a.right, b.right) - max(a.left, b.left), min(a.bottom, b.bottom) - max(a.top, b.top)


def _variant(
    below: Callable[[float, int, int], float] = lambda shared, area_a, area_b: area_a + area_b - shared,
    shared: Callable[[int, int], float] = lambda width, height: max(width, 0) * max(height, 0),
    end: int = 1,
    turn: bool = False,
) -> Callable[[Mask, Mask], float]:
    """The IoU with one part wrong: what the `shared` area is, what it is divided by, x for y in the second box."""

    def iou(a: Mask, b: Mask) -> float:
        box_a, box_b = _box(a, end), _box(b.T if turn else b, end)
        area = shared(*_shared_sides(box_a, box_b))
        return float(area / (below(area, box_a.area, box_b.area) or np.nan))

    return iou


_right_iou = _variant()


def _over_hull(a: Mask, b: Mask) -> float:
    return _variant(below=lambda *_: _box(a | b).area)(a, b)


def _box_of_shared_pixels(a: Mask, b: Mask) -> float:
    area = _box(a & b).area if (a & b).any() else 0
    return area / (_box(a).area + _box(b).area - area)


def _box_of_shared_pixels_over_hull(a: Mask, b: Mask) -> float:
    return (_box(a & b).area if (a & b).any() else 0) / _box(a | b).area


def _box_trials() -> Iterator[Trial]:
    by_hand = [
        ("0000 0110 0110 0000", "0000 0011 0011 0000", "Two boxes of 2 × 2 pixels share one column: 2 pixels of 6."),
        ("1000 1100 1110", "0111 0011 0001", "Both boxes are nearly the same, though the masks share no pixel."),
        ("1100 1100 0000 0000", "0000 0000 0011 0011", "The boxes lie apart. They share nothing, so the IoU is 0."),
        ("11000000 11000000", "00000011 00000011", "They share both rows but no column, so they share nothing."),
        ("1", "1", "A single pixel is a box of 1 × 1."),
        ("00000 01110 00000", "11111 11111 11111", "One box lies inside the other: 3 pixels of 15."),
        ("0100000 0100000 0111110", "0000000 0000000 0111000", "The box of an L is a full rectangle."),
    ]
    for a, b, hint in by_hand:
        yield Trial.of(_right_iou, picture(a) > 0, picture(b) > 0, hint=hint)
    for mask, objects in random_pictures():
        for number in range(1, len(objects)):
            yield Trial.of(_right_iou, mask == number, mask == number + 1)


def _crossing_rods() -> tuple[str, list[Panel]]:
    """Two rods with the same box whose masks share no pixel."""
    a, b = picture("1000 0100 0010 0001"), picture("0001 0010 0100 1000")
    sentence = f"Now look at two rods that cross. Their boxes have an IoU of {_right_iou(a > 0, b > 0):.2f}, "
    return sentence + "and their masks share no pixel.", [Panel("one rod", a), Panel("the other", 2 * b)]


box_iou = Check(
    "05-box-iou",
    _box_trials,
    (
        "`y, x = np.nonzero(a)` gives the rows and columns of a mask's pixels. Which of these numbers tell you where "
        "its box begins and ends?",
        "The box is `x.max() + 1 - x.min()` pixels wide, as both ends belong to it. What two boxes share begins at the "
        "larger left end and ends at the smaller right end.",
        "`wide = max(0, min(right_a, right_b) - max(left_a, left_b))`, and the same for `high`. The union is both "
        "areas minus what they share.",
    ),
    (
        Mistake("Your boxes are one pixel too narrow and too low: columns 2 to 4 are three. Add 1 to the right and to "
            "the lower end.", _variant(end=0), _variant(end=0, shared=lambda width, height: width * height)),
        Mistake("This is the IoU of the masks. Boxes alone do not say which of their pixels belong to the cell.",
            lambda a, b: float((a & b).sum() / (a | b).sum())),
        Mistake("You drew the box around the pixels that the masks share. With boxes alone you cannot know those "
            "pixels. Compare the two boxes.", _box_of_shared_pixels, _box_of_shared_pixels_over_hull),
        Mistake("If boxes lie apart, the shared width or height is negative, or both; and two negatives make something "
            "positive. Cut each at 0: `max(0, ...)`.", _variant(shared=lambda width, height: width * height)),
        Mistake("Cut the width and the height at 0, not their product: if both are negative, it is positive.",
            _variant(shared=lambda width, height: max(width * height, 0))),
        Mistake("A gap between two boxes counts as if they shared it. A negative width means nothing: `max(0, ...)`.",
            _variant(shared=lambda width, height: abs(width) * abs(height))),
        Mistake("The union counts shared pixels once: it is both areas minus the intersection.",
            _variant(below=lambda shared, area_a, area_b: area_a + area_b)),
        Mistake("Divide by the union, not by the first box.", _variant(below=lambda shared, area_a, area_b: area_a)),
        Mistake("Divide by the union, not by the second box.", _variant(below=lambda shared, area_a, area_b: area_b)),
        Mistake("Divide by the union, not by the smaller box. Otherwise a small box inside a large one is perfect.",
            _variant(below=lambda shared, area_a, area_b: min(area_a, area_b))),
        Mistake("You divided by the box around both. The union has only the pixels of the two boxes.", _over_hull),
        Mistake("Are x and y swapped in one of the two? `np.nonzero` gives rows (y) first, then columns (x).",
            _variant(turn=True)),
        Mistake("You compare only the widths. A box has a height too.",
            lambda a, b: _right_iou(a.any(0, keepdims=True), b.any(0, keepdims=True))),
        Mistake("You compare only the heights. A box has a width too.",
            lambda a, b: _right_iou(a.any(1, keepdims=True), b.any(1, keepdims=True))),
        Mistake("The result is a whole number: `//` drops everything after the decimal point. Divide with `/`.",
            lambda a, b: float(int(_right_iou(a, b)))),
    ),
    afterword=_crossing_rods,
)  # fmt: skip
