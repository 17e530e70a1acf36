"""Outlines as COCO has them, polygons and run lengths, as masks; checked, as the decoder trusts what it is given."""

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vislab.errors import VislabError


def whole(value: Any) -> int | None:
    """A whole number as JSON should have it, or as tools write it: "7", 7.0, true; None if it is none."""
    if isinstance(value, int):
        return int(value)  # not by way of a float, which knows only 53 bits
    try:
        if isinstance(value, str) and value.strip().isdecimal():
            return int(value)
        number = float(value) if isinstance(value, float | str) else math.nan
    except ValueError:
        return None
    return int(number) if number.is_integer() else None


def decode(annotation: Mapping[str, Any], size: tuple[int, int], where: str) -> NDArray[np.uint8]:
    """The mask of an annotation, uint8 (h, w), from polygons (by faster-coco-eval) or run lengths.

    What sticks out of the picture is cut off, and an outline without an area has no pixel. Raises VislabError, `where`
    first, for a box of negative width or height and for an outline that is no outline.
    """
    from faster_coco_eval.core import mask as coco

    _refuse_box(annotation.get("bbox"), where)
    outline = annotation.get("segmentation")
    if isinstance(outline, list):
        polygons = check_polygons(outline, size, where)
        return np.asarray(coco.decode(coco.merge(coco.frPyObjects(polygons, *size))), np.uint8)
    if not (isinstance(outline, dict) and outline.get("size") == list(size) and "counts" in outline):
        expected = f'polygons, or of "counts" and the "size" {list(size)} of its picture'
        raise VislabError(f'{where} has no "segmentation" of {expected}; outline it')
    counts = _run_lengths(outline["counts"])
    if counts is None or min(counts, default=0) < 0 or sum(counts) != size[0] * size[1]:
        wrong = f"{where} has run lengths that are not those of {size[0]} × {size[1]} pixels"
        raise VislabError(f"{wrong}; outline it again")
    return np.repeat(np.arange(len(counts), dtype=np.uint8) % 2, counts).reshape(size[::-1]).T


def _run_lengths(counts: Any) -> list[int] | None:
    """Lengths of runs down the columns, outside first, from a list or from text; None if it is neither.

    Text as rleFrString in COCO's maskApi.c reads it: a letter holds five bits, the lowest first, and whether more
    follow; from the fourth run on it is the difference to the run before the last.
    """
    if isinstance(counts, list):
        numbers = [whole(count) for count in counts]
        return None if None in numbers else [number for number in numbers if number is not None]
    if not isinstance(counts, str) or not re.fullmatch(r"(?:[P-o]{0,10}[0-O])+", counts):
        return None
    lengths: list[int] = []
    for letters in re.findall(r"[P-o]*[0-O]", counts):
        bits = [ord(letter) - 48 for letter in letters]
        value = sum((five & 31) << 5 * place for place, five in enumerate(bits))
        value -= (bits[-1] >> 4) << 5 * len(bits)  # the sign
        lengths.append(value + (lengths[-2] if len(lengths) > 2 else 0))
    return lengths


def _refuse_box(box: Any, where: str) -> None:
    if box is None:
        return
    try:
        numbers = [float(number) for number in box]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)) or min(numbers[2:]) < 0:
        raise VislabError(f"{where} has the box {box}, but its width and height must be 0 or above; outline it again")


def check_polygons(polygons: list[Any], size: tuple[int, int], where: str) -> list[list[float]]:
    """Polygons as numbers: three finite points near the picture, as the decoder never returns from NaN or far away."""
    if not polygons:
        raise VislabError(f"{where} has an empty outline; outline it, or delete the annotation")
    numbers = []
    for polygon in polygons:
        try:
            points = np.array(polygon, float)
        except (TypeError, ValueError):
            points = np.array([math.nan])
        if points.ndim != 1 or not np.isfinite(points).all():
            raise VislabError(f"{where} has an outline with {polygon!s:.60}, no list of numbers x, y, x, y; mend it")
        if len(points) < 6 or len(points) % 2:
            few = f"{len(points) / 2:g} points"
            raise VislabError(f"{where} has a polygon of {few}, but an area needs three; outline it again")
        room = np.tile([size[1], size[0]], len(points) // 2)
        if (points < -room).any() or (points > 2 * room).any():
            raise VislabError(f"{where} has a corner far outside of its picture; outline it again")
        numbers.append(points.tolist())
    return numbers
