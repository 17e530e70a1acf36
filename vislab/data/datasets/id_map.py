"""Masks of single objects, put into one map of ids."""

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
    """The patch of an object from its mask over the whole picture, (h, w), not 0 inside."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return Patch(np.zeros((0, 0), bool), 0, 0, index)
    top, left = int(rows[0]), int(columns[0])
    return Patch(mask[top : rows[-1] + 1, left : columns[-1] + 1] > 0, top, left, index)


def paint(size: tuple[int, int], patches: Sequence[Patch], where: str) -> tuple[np.ndarray, Counter[str]]:
    """Ids int16 (h, w), i + 1 for patch i, and the losses by their keys in LOSSES: "overlap", "hidden", "empty".

    Of overlapping patches the smaller one is on top, of equal ones the later: small objects are more often in front of
    large ones than behind them, and would vanish otherwise.
    Raises VislabError, `where` first, if there are more objects than ids.
    """
    if len(patches) > MOST_OBJECTS:
        raise VislabError(f"{where}: has {len(patches):,} objects, but ids end at {MOST_OBJECTS:,}; cut it up")
    ids = np.zeros(size, np.int16)
    overlap = np.zeros(size, bool)
    areas = [int(patch.pixels.sum()) for patch in patches]
    for index in sorted(range(len(patches)), key=lambda index: -areas[index]):
        patch = patches[index]
        height, width = patch.pixels.shape
        window = slice(patch.top, patch.top + height), slice(patch.left, patch.left + width)
        overlap[window] |= patch.pixels & (ids[window] > 0)
        ids[window][patch.pixels] = index + 1
    visible = int((np.bincount(ids.ravel())[1:] > 0).sum())
    empty = areas.count(0)
    return ids, Counter(overlap=int(overlap.sum()), empty=empty, hidden=len(patches) - empty - visible)
