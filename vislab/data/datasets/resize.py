"""One picture with its masks, fitted to a size without inventing a mask value."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from PIL import Image

from vislab.data.vocabulary import IGNORE

Fit = Literal["crop", "pad"]


@dataclass
class Picture:
    """One picture as it was read.

    image: uint8 (h, w, 3). semantic: uint8 (h, w), 255 = ignore, or None. instances: integer (h, w), 0 = no object,
    or None. classes: the class of object i + 1. label: as it was given, None where the rule tells.
    losses: pixels or objects by their key in LOSSES.
    """

    image: np.ndarray
    semantic: np.ndarray | None = None
    instances: np.ndarray | None = None
    classes: Sequence[int] = ()
    label: int | None = None
    losses: Counter[str] = field(default_factory=Counter)


def fit_picture(picture: Picture, side: tuple[int, int], fit: Fit) -> Picture:
    """A picture and its masks at another size; itself where it has that size.

    "crop": its centre, at its own resolution. "pad": all of it, scaled to fit with its proportions, the picture with
    Pillow's antialiased bicubic filter and its masks by `nearest`. What stays free around it is black, and ignored.
    """
    height, width = picture.image.shape[:2]
    if (height, width) == side:
        return picture
    losses = picture.losses.copy()
    if fit == "pad":
        scale = min(side[0] / height, side[1] / width)
        height, width = max(1, round(height * scale)), max(1, round(width * scale))
        picture, gone = _scale(picture, height, width)
        losses["vanished"] += gone
    window = [_window(have, want) for have, want in zip((height, width), side, strict=True)]
    taken, put = tuple(w[0] for w in window), tuple(w[1] for w in window)

    def place(value: np.ndarray, around: int) -> np.ndarray:
        canvas = np.full((*side, *value.shape[2:]), around, value.dtype)
        canvas[put] = value[taken]
        return canvas

    return Picture(
        place(picture.image, 0),
        None if picture.semantic is None else place(picture.semantic, IGNORE),
        None if picture.instances is None else place(picture.instances, 0),
        picture.classes,
        picture.label,
        losses,
    )


def _window(have: int, want: int) -> tuple[slice, slice]:
    """Along one side: which pixels are taken, and where they go."""
    length = min(have, want)
    start, to = (have - length) // 2, (want - length) // 2
    return slice(start, start + length), slice(to, to + length)


def _scale(picture: Picture, height: int, width: int) -> tuple[Picture, int]:
    """The picture at that size, and how many objects have no pixel in it."""
    image = Image.fromarray(picture.image).resize((width, height), Image.Resampling.BICUBIC)
    pixels = np.ix_(nearest(picture.image.shape[0], height), nearest(picture.image.shape[1], width))
    semantic = None if picture.semantic is None else picture.semantic[pixels]
    instances, gone = None, 0
    if picture.instances is not None:
        instances = picture.instances[pixels]
        gone = _count_ids(picture.instances) - _count_ids(instances)
    return Picture(np.asarray(image), semantic, instances, picture.classes, picture.label), gone


def _count_ids(instances: np.ndarray) -> int:
    return int((np.bincount(instances.ravel())[1:] > 0).sum())


def nearest(side: int, wanted: int) -> np.ndarray:
    """Which of `side` rows each of `wanted` rows shows: the one under its centre.

    Masks are scaled with nothing else: any mixture of two class numbers is a third class, which nobody labelled.
    """
    return (2 * np.arange(wanted) + 1) * side // (2 * wanted)  # whole numbers: a centre on an edge is never rounded
