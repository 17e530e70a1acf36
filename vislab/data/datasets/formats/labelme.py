"""labelme: a JSON beside each picture, with polygons, rectangles, circles and masks (github.com/wkentaro/labelme)."""

import base64
import binascii
import math
from typing import Any

from vislab.data.datasets.archive import Contents
from vislab.data.datasets.decode import read_mask
from vislab.data.datasets.formats.outlines import Outline, Outlines, box, ellipse, flat, paste
from vislab.data.datasets.kinds import kind_of
from vislab.data.datasets.loader import Source
from vislab.system.files import parse_json


def matches(contents: Contents) -> bool:
    """Whether labelme wrote one of its JSON files."""
    return "labelme" in contents.kinds.values()


def source(contents: Contents) -> Source:
    """The pictures that have a JSON. Shapes of one label and one group are one object."""
    made = Outlines(contents, "labelme")
    for name in contents.names:
        if name.lower().endswith(".json") and kind_of(contents.head(name)) == "labelme":
            with made.file(name) as where:
                _read(made, name, parse_json(contents.read(name), where, "export it again"), where)
    return made.source("draw polygons with Create Polygons")


def _read(made: Outlines, name: str, plain: Any, where: str) -> None:
    stated = plain.get("imageHeight"), plain.get("imageWidth")
    picture = made.find(plain["imagePath"], where, beside=name)
    size = made.picture(picture, where, None if stated == (None, None) else stated)
    grouped: dict[tuple[Any, Any], tuple[list[list[float]], str]] = {}
    for number, shape in enumerate(plain["shapes"]):
        label, kind = shape["label"], shape.get("shape_type") or "polygon"
        at = f"{where}, shape {number}"
        if kind not in ("polygon", "rectangle", "circle", "mask"):
            made.leave_out(kind)
        elif kind == "polygon" and shape.get("group_id") is not None:
            grouped.setdefault((label, shape["group_id"]), ([], at))[0].append(flat(shape["points"]))
        else:
            made.add(picture, label, _outline(shape, kind, size, at), at, rectangle=kind == "rectangle")
    for (label, _), (polygons, at) in grouped.items():
        made.add(picture, label, polygons, at)


def _outline(shape: Any, kind: str, size: tuple[int, int], where: str) -> Outline:
    points = shape["points"]
    if kind == "polygon":
        return [flat(points)]
    (left, top), (right, bottom) = points[:2]
    if kind == "circle":  # its centre and a point on it
        radius = math.hypot(right - left, bottom - top)
        return ellipse((left, top), (radius, radius), 0, size)
    if kind == "mask":  # a PNG of 0 and 1 in base64, in the box of its first and last pixel
        try:
            data = base64.b64decode(shape["mask"], validate=True)
        except binascii.Error as error:
            raise ValueError(f"its mask is no base64: {error}") from error
        pixels = read_mask(data, where)
        sides = abs(bottom - top) + 1, abs(right - left) + 1
        if any(abs(side - stated) > 1 for side, stated in zip(pixels.shape, sides, strict=True)):
            raise ValueError(f"a mask of {pixels.shape} is not of the size {sides} of its box")
        return paste(pixels, round(min(left, right)), round(min(top, bottom)), size)
    return [box(min(left, right), min(top, bottom), abs(right - left), abs(bottom - top))]
