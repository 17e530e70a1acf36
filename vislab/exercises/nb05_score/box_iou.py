"""Notebook 05: what two boxes have in common, and what they hide."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from vislab.exercises.checking.answers import Panel
from vislab.exercises.checking.check import Check
from vislab.exercises.checking.recognising import Mistake
from vislab.exercises.checking.small_pictures import Mask, picture, random_pictures
from vislab.exercises.checking.trial import Trial

Spans = tuple[int, int, int, int]


def _span(mask: Mask, more: int = 1) -> Spans:
    """Left, top, right, bottom; more: 1 where right and bottom are not included, 0 where someone forgot."""
    y, x = np.nonzero(mask)
    return int(x.min()), int(y.min()), int(x.max()) + more, int(y.max()) + more


def _sides(one: Spans, other: Spans) -> tuple[int, int]:
    """Width and height of what two boxes share; negative where they lie apart."""
    return min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])


def _size(box: Spans) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _other_boxes(
    over: Callable[[float, int, int], float] = lambda both, first, second: first + second - both,
    more: int = 1,
    clip: Callable[[int, int], float] = lambda wide, high: max(wide, 0) * max(high, 0),
) -> Callable[[Mask, Mask], float]:
    """A learner's function: `clip` makes the intersection, `over` what it is divided by."""

    def iou(a: Mask, b: Mask) -> float:
        one, other = _span(a, more), _span(b, more)
        both = clip(*_sides(one, other))
        return float(both / (over(both, _size(one), _size(other)) or np.nan))

    return iou


_box_iou = _other_boxes()


def _hull(a: Mask, b: Mask) -> float:
    both = max(_sides(_span(a), _span(b))[0], 0) * max(_sides(_span(a), _span(b))[1], 0)
    return both / _size(_span(a | b))


def _box_of_the_shared(a: Mask, b: Mask, over_hull: bool = True) -> float:
    """The box around the pixels that the masks share; over the box around both, or over the union of the boxes."""
    both = _size(_span(a & b)) if (a & b).any() else 0
    return both / (_size(_span(a | b)) if over_hull else _size(_span(a)) + _size(_span(b)) - both)


def _swapped(a: Mask, b: Mask) -> float:
    """Where rows of one are compared with columns of the other."""
    one, (left, top, right, bottom) = _span(a), _span(b)
    wide, high = _sides(one, (top, left, bottom, right))
    both = max(wide, 0) * max(high, 0)
    return both / (_size(one) + _size((left, top, right, bottom)) - both)


def _one_side(axis: int) -> Callable[[Mask, Mask], float]:
    def iou(a: Mask, b: Mask) -> float:
        one, other = _span(a), _span(b)
        both = max(_sides(one, other)[axis], 0)
        return both / (one[axis + 2] - one[axis] + other[axis + 2] - other[axis] - both)

    return iou


def _box_trials() -> Iterator[Trial]:
    seen = [
        ("0000 0110 0110 0000", "0000 0011 0011 0000",
         "Two boxes of 2 × 2 pixels that share one column: 2 pixels of 6."),
        ("1000 1100 1110", "0111 0011 0001", "Both boxes are nearly the same, though the masks share no pixel."),
        ("1100 1100 0000 0000", "0000 0000 0011 0011", "They lie apart: where nothing is shared, the IoU is 0."),
        ("11000000 11000000", "00000011 00000011", "They share both rows and no column: that is nothing."),
        ("1", "1", "A single pixel is a box of 1 × 1."),
        ("00000 01110 00000", "11111 11111 11111", "One inside the other: 3 of 15."),
        ("0100000 0100000 0111110", "0000000 0000000 0111000", "The box of an L is a full rectangle."),
    ]  # fmt: skip
    for first, second, hint in seen:
        given = {"a": picture(first) > 0, "b": picture(second) > 0}
        yield Trial(given, _box_iou(given["a"], given["b"]), hint)
    for mask, objects in random_pictures():
        for number in range(1, len(objects)):
            given = {"a": mask == number, "b": mask == number + 1}
            yield Trial(given, _box_iou(given["a"], given["b"]))


def _nothing_in_common() -> tuple[str, list[Panel]]:
    """Two rods whose boxes agree and whose masks do not share a pixel."""
    a, b = picture("1000 0100 0010 0001"), picture("0001 0010 0100 1000")
    said = f"Now look at two rods that cross. Their boxes have an IoU of {_box_iou(a > 0, b > 0):.2f}, "
    said += "and their masks share no pixel."
    return said, [Panel("one rod", a), Panel("the other", 2 * b)]


_SMALL = (
    "The boxes are one pixel too small each way: from column 2 to column 4 there are three columns. Add 1 to the right "
    "end and to the lower end."
)

box_iou = Check(
    "05-box-iou",
    _box_trials,
    (
        "`y, x = np.nonzero(a)` gives rows and columns of a mask's pixels. Which numbers say where its box begins and "
        "ends?",
        "The box is `x.max() + 1 - x.min()` pixels wide: both ends belong to it. What two boxes share begins at the "
        "larger left end and ends at the smaller right end.",
        "`wide = max(0, min(right_a, right_b) - max(left_a, left_b))`, the same for `high`; the union is both areas "
        "less what they share.",
    ),
    (
        Mistake(_other_boxes(more=0), _SMALL),
        Mistake(_other_boxes(more=0, clip=lambda wide, high: wide * high), _SMALL),
        Mistake(
            lambda a, b: float((a & b).sum() / (a | b).sum()),
            "This is the IoU of the masks. Someone who has boxes only does not know which pixels in them are the "
            "cell's.",
        ),
        *(
            Mistake(
                partial(_box_of_the_shared, over_hull=over_hull),
                "You boxed what the masks share. Who has only boxes cannot know what the masks "
                "share. Make the two boxes first, and compare these.",
            )
            for over_hull in (True, False)
        ),
        Mistake(
            _other_boxes(clip=lambda wide, high: wide * high),
            "What boxes that lie apart have in common gets a negative width, or height, or both; and both together "
            "multiply to something positive. Cut each at 0: `max(0, ...)`.",
        ),
        Mistake(
            _other_boxes(clip=lambda wide, high: max(wide * high, 0)),
            "Cut width and height at 0, not their product: where both are negative, it is positive.",
        ),
        Mistake(
            _other_boxes(clip=lambda wide, high: abs(wide) * abs(high)),
            "A gap between two boxes counts as if they shared it. A negative width is nothing: `max(0, ...)`.",
        ),
        Mistake(
            _other_boxes(lambda both, first, second: first + second),
            "The union counts the pixels they share once: both areas less the intersection.",
        ),
        Mistake(_other_boxes(lambda both, first, second: first), "Divide by the union, not by the first box alone."),
        Mistake(_other_boxes(lambda both, first, second: second), "Divide by the union, not by the second box alone."),
        Mistake(
            _other_boxes(lambda both, first, second: min(first, second)),
            "Divide by the union, not by the smaller box: else a small box inside a large one is perfect.",
        ),
        Mistake(
            _hull,
            "You divided by the box around both. The union has only the pixels that lie in one box or the other.",
        ),
        Mistake(
            _swapped,
            "Are x and y swapped for one of the two? `np.nonzero` gives rows first, which is y, and then columns, x.",
        ),
        Mistake(_one_side(0), "Only the widths are compared. A box has a height too."),
        Mistake(_one_side(1), "Only the heights are compared. A box has a width too."),
        Mistake(
            lambda a, b: float(int(_box_iou(a, b))),
            "The result is a whole number: `//` cuts off what is behind the point. Divide by `/`.",
        ),
    ),
    afterword=_nothing_in_common,
)
