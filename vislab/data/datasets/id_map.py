"""Masks of single objects laid over one another into one map of ids."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vislab.errors import VislabError

MOST_OBJECTS = 32767  # in a picture: ids are int16


@dataclass(frozen=True)
class Patch:
    """One object's pixels: bool (h, w), its first row and column in the picture, and its class."""

    pixels: np.ndarray
    top: int
    left: int
    index: int = 1


def patch_of(mask: np.ndarray, index: int = 1) -> Patch:
    """The patch of an object from its mask over the whole picture, (h, w), any value but 0 inside."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return Patch(np.zeros((0, 0), bool), 0, 0, index)
    top, left = int(rows[0]), int(columns[0])
    return Patch(mask[top : rows[-1] + 1, left : columns[-1] + 1] > 0, top, left, index)


def paint(size: tuple[int, int], patches: Sequence[Patch], where: str) -> tuple[np.ndarray, Counter[str]]:
    """Ids int16 (h, w), i + 1 for patch i, and what was lost: the keys "overlap", "hidden", "empty" of LOSSES.

    Where patches overlap the smaller one is on top, of equal ones the later: small things lie before large ones more
    often than the other way, and would be gone if they did not.
    Raises VislabError with `where` in front for more objects than ids.
    """
    if len(patches) > MOST_OBJECTS:
        raise VislabError(
            f"{where}: has {len(patches):,} objects, at most {MOST_OBJECTS:,} can be told apart; cut it up"
        )
    ids = np.zeros(size, np.int16)
    twice = np.zeros(size, bool)
    areas = [int(patch.pixels.sum()) for patch in patches]
    for number in sorted(range(len(patches)), key=lambda number: (-areas[number], number)):
        patch = patches[number]
        height, width = patch.pixels.shape
        window = slice(patch.top, patch.top + height), slice(patch.left, patch.left + width)
        twice[window] |= patch.pixels & (ids[window] > 0)
        ids[window][patch.pixels] = number + 1
    there = int((np.bincount(ids.ravel(), minlength=1)[1:] > 0).sum())
    empty = areas.count(0)
    return ids, Counter(overlap=int(twice.sum()), empty=empty, hidden=len(patches) - empty - there)
