"""A picture with its masks at another size, without inventing a mask value."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

import numpy as np
from PIL import Image
from torch import Tensor

from vislab.data.vocabulary import IGNORE

Fit = Literal["crop", "pad", "resize"]
Mask = TypeVar("Mask", np.ndarray, Tensor)


@dataclass
class Picture:
    """One picture as it was read.

    image: uint8 (h, w, 3). semantic: uint8 (h, w), 255 = ignore, or None. instances: integer (h, w), 0 = no object,
    or None. classes: the class of object i + 1. label: as it was given, None if the rule gives it.
    losses: pixels or objects by their key in LOSSES. shown: the share of the picture's area that a crop kept. scale: of
    its sides, the smaller factor if they differ.
    """

    image: np.ndarray
    semantic: np.ndarray | None = None
    instances: np.ndarray | None = None
    classes: Sequence[int] = ()
    label: int | None = None
    losses: Counter[str] = field(default_factory=Counter)
    shown: float = 1.0
    scale: float = 1.0


def fit_picture(picture: Picture, side: tuple[int, int], fit: Fit) -> Picture:
    """A picture and its masks at another size; itself if it has that size.

    "crop": its centre, at its own resolution. "pad": all of it, scaled to fit with its proportions. "resize": all of
    it, each side scaled to its own. Pictures are scaled with Pillow's antialiased bicubic filter, masks by `resample`.
    Space left around it is black, and ignored. What is lost goes into `losses`, `shown` and `scale`.
    """
    height, width = picture.image.shape[:2]
    if (height, width) == side:
        return picture
    if fit == "resize":
        return _scale(picture, *side)
    if fit == "pad":
        scale = min(side[0] / height, side[1] / width)
        height, width = max(1, round(height * scale)), max(1, round(width * scale))
        picture = _scale(picture, height, width)
    source = tuple(_middle(size, wanted) for size, wanted in zip((height, width), side, strict=True))
    target = tuple(_middle(wanted, size) for size, wanted in zip((height, width), side, strict=True))

    def fit_pixels(pixels: np.ndarray, around: int) -> np.ndarray:
        canvas = np.full((*side, *pixels.shape[2:]), around, pixels.dtype)
        canvas[target] = pixels[source]
        return canvas

    kept = min(height, side[0]) * min(width, side[1])
    fitted = replace(picture, image=fit_pixels(picture.image, 0), shown=kept / (height * width))
    if picture.semantic is not None:
        fitted.semantic = fit_pixels(picture.semantic, IGNORE)
        fitted.losses = fitted.losses + Counter(around=side[0] * side[1] - kept)
    if picture.instances is not None:
        fitted.instances = fit_pixels(picture.instances, 0)
        before = _areas(picture.instances)
        after = _areas(fitted.instances, len(before))
        outside, cut = (before > 0) & (after == 0), (after > 0) & (after < before)
        fitted.losses = fitted.losses + Counter(outside=int(outside.sum()), cut=int(cut.sum()))
    return fitted


def _middle(size: int, wanted: int) -> slice:
    """The middle `wanted` pixels of a side; all of them if there are fewer."""
    length = min(size, wanted)
    start = (size - length) // 2
    return slice(start, start + length)


def _scale(picture: Picture, height: int, width: int) -> Picture:
    """The picture at that size; an object without a pixel in it is a loss."""
    image = Image.fromarray(picture.image).resize((width, height), Image.Resampling.BICUBIC)
    scaled = replace(picture, image=np.asarray(image), losses=picture.losses.copy())
    scaled.scale = min(after / before for after, before in zip((height, width), picture.image.shape, strict=False))
    if picture.semantic is not None:
        scaled.semantic = resample(picture.semantic, (height, width))
    if picture.instances is not None:
        scaled.instances = resample(picture.instances, (height, width))
        scaled.losses["vanished"] += int((_areas(picture.instances) > 0).sum() - (_areas(scaled.instances) > 0).sum())
    return scaled


def _areas(instances: np.ndarray, objects: int = 0) -> np.ndarray:
    """Pixels of each object of a map of ids (h, w), of at least so many objects."""
    return np.bincount(instances.ravel(), minlength=objects + 1)[1:]


def resample(masks: Mask, size: tuple[int, ...]) -> Mask:
    """Masks (..., h, w) at another size: each pixel takes the value under its centre.

    Nothing else scales masks: any mixture of two class numbers is a third class, which nobody labelled.
    """
    rows, columns = (nearest(side, wanted) for side, wanted in zip(masks.shape[-2:], size, strict=True))
    return masks[..., rows[:, None], columns]


def nearest(side: int, wanted: int) -> np.ndarray:
    """Which of `side` rows lies under the centre of each of `wanted` rows: int64 (wanted,)."""
    return (2 * np.arange(wanted) + 1) * side // (2 * wanted)  # whole numbers: a centre on an edge is never rounded
