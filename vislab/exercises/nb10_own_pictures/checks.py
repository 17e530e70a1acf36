"""Notebook 10, "Your own pictures": its checks and its quizzes."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vislab.exercises.checking.check import Check
from vislab.exercises.checking.quizzes import read_quizzes
from vislab.exercises.checking.recognising import Mistake
from vislab.exercises.checking.trial import RANDOM, Trial

__all__ = ["CLOSING", "OPENING", "foreign_mask", "leaking", "leaks_of"]

OPENING, CLOSING = read_quizzes(__file__)

IGNORE = 255
Mask = NDArray[Any]
Classes = Mapping[int, int]

# Another tool's numbers


def read_mask(mask: Mask, classes: Classes) -> Mask:
    """The class of each pixel (h, w) by {number: class}; 255 where the number is unknown."""
    read = np.full_like(mask, IGNORE)
    for number, index in classes.items():
        read[mask == number] = index
    return read


def _in_place(mask: Mask, classes: Classes) -> Mask:
    """One number after the other in the mask itself, so that a new class may be taken for an old number."""
    changed = mask.copy()
    for number, index in classes.items():
        changed[changed == number] = index
    return changed


def _in_place_then_unknown(mask: Mask, classes: Classes) -> Mask:
    changed = _in_place(mask, classes)
    changed[~np.isin(mask, list(classes))] = IGNORE
    return changed


def _otherwise(mask: Mask, classes: Classes, value: int) -> Mask:
    """The classes, and a value of one's own where the number is unknown."""
    return np.where(np.isin(mask, list(classes)), read_mask(mask, classes), value)


def _kept(mask: Mask, classes: Classes) -> Mask:
    return np.where(np.isin(mask, list(classes)), read_mask(mask, classes), mask)


UNKNOWN = "A number that `classes` does not know says nothing about the pixel: 255, so that it is ignored."
FOREIGN = (
    Mistake("You change the mask while you still read it: once 1 has become 2, the next step takes it for another 2. "
        "Write into a new array.", _in_place, _in_place_then_unknown),
    Mistake(f"{UNKNOWN} You made it class 0, which is a claim.",
        lambda m, c: _otherwise(m, c, 0)),
    Mistake(f"{UNKNOWN} You left the number as it was; it may be the number of a class here.", _kept),
    Mistake("Dividing by 255 is right for one tool only. Go by `classes`.", lambda m, c: m // IGNORE),
    Mistake("Whether a number is above 0 is right for one tool only. Go by `classes`.",
        lambda m, c: (m > 0).astype(m.dtype), lambda m, c: m > 0),
    Mistake("That is the mask as it was. Its numbers mean something else here.", lambda m, c: m),
    Mistake("`classes` is from number to class; you read it the other way round.",
        lambda m, c: read_mask(m, {index: number for number, index in c.items()})),
)  # fmt: skip


def _masks() -> Iterator[Trial]:
    small = np.array([[0, 0, 255], [0, 255, 255], [0, 0, 0]], np.uint8)
    seen: list[tuple[Mask, Classes, str]] = [
        (small, {0: 0, 255: 1}, "255 is class 1 in this tool."),
        (small.copy(), {0: 1, 255: 0}, "Here the tool calls the background 255."),
        (np.array([[1, 1, 2], [2, 3, 3], [3, 3, 1]], np.uint8), {1: 0, 2: 1, 3: 2}, "Each number is one too large."),
        (np.array([[1, 1, 2], [2, 2, 1], [1, 2, 1]], np.uint8), {1: 2, 2: 1}, "1 and 2 have changed places."),
        (np.array([[0, 7, 7], [9, 9, 0], [0, 9, 4]], np.uint8), {0: 0, 7: 1}, UNKNOWN),
    ]
    for mask, classes, hint in seen:
        yield Trial({"mask": mask, "classes": classes}, read_mask(mask, classes), hint)
    chance = np.random.default_rng(10)
    for _ in range(RANDOM):
        numbers = chance.choice(256, 4, replace=False)
        mask = chance.choice(numbers, (6, 6)).astype(np.uint8)
        classes = {int(number): index for index, number in enumerate(chance.permutation(numbers[:3]))}
        yield Trial({"mask": mask, "classes": classes}, read_mask(mask, classes), UNKNOWN)


foreign_mask = Check(
    "10-foreign-mask",
    _masks,
    (
        "Begin with an array of the mask's shape that is 255 everywhere: what nobody explains stays ignored.",
        "`mask == number` is True where the mask holds a number. Assign the class there, one number at a time.",
        "`read = np.full_like(mask, 255)`, then `read[mask == number] = index` for each of `classes.items()`.",
    ),
    FOREIGN,
    cases="masks",
)

# Pieces that share pixels


def leaks_of(row: Mask, left: Mask, part: Mask, width: int) -> NDArray[np.bool_]:
    """Which test pieces share a pixel with a train piece (n,)."""
    shared: NDArray[np.bool_] = (_shared(row, left, width) & (part == "train")).any(1) & (part == "test")
    return shared


def _shared(row: Mask, left: Mask, width: int) -> Mask:
    """Which pieces share a pixel (n, n), each with itself too."""
    shared: Mask = (row[:, None] == row) & (np.abs(left[:, None] - left) < width)
    return shared


def _one_way(row: Mask, left: Mask, part: Mask, width: int) -> Mask:
    """Only train pieces that begin farther to the left."""
    ahead = left[:, None] - left
    shared: Mask = (row[:, None] == row) & (ahead >= 0) & (ahead < width) & (part == "train")
    return shared.any(1) & (part == "test")  # type: ignore[no-any-return]


LEAKS = (
    Mistake("Pieces in different rows of the photograph share no pixel, however near their left edges are.",
        lambda r, x, p, w: leaks_of(np.zeros_like(r), x, p, w)),
    Mistake("The same row is not enough: two pieces of one row may lie far apart. Compare their left edges.",
        lambda r, x, p, w: leaks_of(r, np.zeros_like(x), p, w)),
    Mistake("Pieces whose left edges are exactly one width apart touch, and share no pixel: <, not <=.",
        lambda r, x, p, w: leaks_of(r, x, p, w + 1)),
    Mistake("A train piece may begin to the right of the test piece as well as to its left: np.abs of the difference.",
        _one_way, lambda r, x, p, w: _one_way(r, -x, p, w)),
    Mistake("Only test pieces can leak: a train piece shares pixels with itself, and that is no harm.",
        lambda r, x, p, w: (_shared(r, x, w) & (p == "train")).any(1)),
    Mistake("That is the wrong way round: which *test* pieces share pixels with train pieces?",
        lambda r, x, p, w: (_shared(r, x, w) & (p == "test")).any(1) & (p == "train")),
    Mistake("Every piece shares its pixels with itself. Compare test pieces with train pieces only.",
        lambda r, x, p, w: _shared(r, x, w).any(1) & (p == "test")),
    Mistake("Two test pieces that overlap are no leak: nothing was learned from either.",
        lambda r, x, p, w: (_shared(r, x, w) & ~np.eye(len(r), dtype=bool)).any(1) & (p == "test")),
    Mistake("You returned the test pieces that share nothing. True means that a piece leaks.",
        lambda r, x, p, w: ~leaks_of(r, x, p, w) & (p == "test"), lambda r, x, p, w: ~leaks_of(r, x, p, w)),
)  # fmt: skip


def _pieces() -> Iterator[Trial]:
    seen = [
        ([1, 1], [0, 32], "train test", "The second begins before the first has ended."),
        ([1, 2], [0, 32], "train test", "They lie in different rows."),
        ([1, 1], [0, 64], "train test", "The first ends where the second begins: no pixel is in both."),
        ([1, 1], [96, 64], "train test", "The train piece begins to the right, and reaches into it from there."),
        ([1, 1, 1], [0, 160, 192], "train test test", "The two test pieces overlap, but no train piece does."),
        ([1, 1, 1], [0, 32, 256], "train train test", "The train pieces overlap each other, and that is no leak."),
        ([1, 1, 2], [0, 32, 32], "test train train", "Only the test piece can leak."),
    ]
    for rows, lefts, parts, hint in seen:
        yield _piece(np.array(rows), np.array(lefts), np.array(parts.split()), 64, hint)
    chance = np.random.default_rng(11)
    for _ in range(RANDOM):
        n = int(chance.integers(5, 10))
        part = chance.permutation(np.array(["train", "test"] * n)[:n])
        yield _piece(
            chance.integers(1, 3, n), 16 * chance.integers(0, 12, n), part, int(16 * chance.integers(2, 5)), ""
        )


def _piece(row: Mask, left: Mask, part: Mask, width: int, hint: str) -> Trial:
    arguments = {"row": row, "left": left, "part": part, "width": width}
    return Trial(arguments, leaks_of(row, left, part, width), hint)


leaking = Check(
    "10-leaking",
    _pieces,
    (
        "Compare each piece with each: `left[:, None] - left` is a table (n, n) of how far apart they begin.",
        "Two pieces share a pixel if they are in the same row and begin less than `width` apart, on either side.",
        'Of that table keep the columns of train pieces, `& (part == "train")`, ask `.any(1)` of each row, and keep '
        "the test pieces.",
    ),
    LEAKS,
    cases="sets of pieces",
)
