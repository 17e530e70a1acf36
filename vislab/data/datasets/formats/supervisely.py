"""Supervisely: a project with meta.json, and in each dataset img/ and ann/ (docs.supervisely.com)."""

import base64
import binascii
import zlib
from typing import Any

import numpy as np

from vislab.data.datasets.archive import Contents
from vislab.data.datasets.decode import open_picture
from vislab.data.datasets.formats.outlines import Outline, Outlines, box, flat, paste, with_holes
from vislab.data.datasets.loader import Source
from vislab.system.files import parse_json

AREAS = ("polygon", "bitmap", "rectangle")
MOST_BYTES = 2**28  # of a bitmap, unpacked


def matches(contents: Contents) -> bool:
    """Whether there are annotations of Supervisely in a folder ann/."""
    return any(kind == "Supervisely" and "ann" in name.split("/")[:-1] for name, kind in contents.kinds.items())


def source(contents: Contents) -> Source:
    """The pictures that have a file in ann/; classes in the order of meta.json."""
    made = Outlines(contents, "Supervisely")
    for name in contents.names:
        if name.rpartition("/")[2] == "meta.json":
            with made.file(name) as where:
                made.declare(
                    entry["title"] for entry in parse_json(contents.read(name), where, "export it again")["classes"]
                )
        elif name.lower().endswith(".json") and name.split("/")[-2:-1] == ["ann"]:
            with made.file(name) as where:
                _read(made, name, parse_json(contents.read(name), where, "export it again"), where)
    return made.source("draw polygons or bitmaps")


def _read(made: Outlines, name: str, plain: Any, where: str) -> None:
    folder, _, file = name.rpartition("/ann/") if "/ann/" in name else ("", "", name.removeprefix("ann/"))
    title = file[: -len(".json")]
    picture = made.find(f"img/{title}", where, beside=f"{folder}/x")
    size = made.picture(picture, where, (plain["size"]["height"], plain["size"]["width"]))
    for number, entry in enumerate(plain["objects"]):
        at, kind = f"{where}, object {number}", entry["geometryType"]
        if kind not in AREAS:
            made.leave_out(kind)
        else:
            made.add(picture, entry["classTitle"], _outline(entry, kind, size, at), at, kind == "rectangle")


def _outline(entry: Any, kind: str, size: tuple[int, int], where: str) -> Outline:
    if kind == "bitmap":  # a PNG, packed with zlib, in base64; origin: the column and row of its first pixel
        try:
            unpacked = zlib.decompressobj().decompress(
                base64.b64decode(entry["bitmap"]["data"], validate=True), MOST_BYTES
            )
        except (binascii.Error, zlib.error) as error:
            raise ValueError(f"its bitmap cannot be unpacked: {error}") from error
        image = open_picture(unpacked, where)
        pixels = np.asarray(image.getchannel("A") if "A" in image.getbands() else image.convert("L"))
        left, top = entry["bitmap"]["origin"]
        return paste(pixels, int(left), int(top), size)
    points = entry["points"]
    if kind == "rectangle":
        (left, top), (right, bottom) = points["exterior"]
        return [box(min(left, right), min(top, bottom), abs(right - left), abs(bottom - top))]
    return with_holes(flat(points["exterior"]), [flat(hole) for hole in points.get("interior", [])], size, where)
