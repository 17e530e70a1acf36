"""CVAT: its export "CVAT for images 1.1", an XML with polygons, masks and ellipses (docs.cvat.ai, XML format)."""

from typing import Any

import numpy as np

from vislab.data.datasets.archive import Contents
from vislab.data.datasets.formats.outlines import Outline, Outlines, box, ellipse, flat, paste
from vislab.data.datasets.formats.safe_xml import parse_xml
from vislab.data.datasets.layout import PART_OF
from vislab.data.datasets.loader import Source
from vislab.errors import VislabError

AREAS = ("polygon", "mask", "ellipse", "box")


def matches(contents: Contents) -> bool:
    """Whether CVAT wrote one of the XML files."""
    return "CVAT" in contents.kinds.values()


def source(contents: Contents) -> Source:
    """The pictures of all its XML files. Polygons of one label and one group are one object."""
    made = Outlines(contents, "CVAT")
    for name in (name for name, kind in contents.kinds.items() if kind == "CVAT"):
        with made.file(name) as where:
            root = parse_xml(contents.read(name), where)
            if root.find("track") is not None:
                raise VislabError(f'{where}: holds tracks of a video; export "CVAT for images 1.1"')
            made.declare(label.findtext("name") or "" for label in root.iter("label"))
            for image in root.findall("image"):
                with made.entry(where):
                    _read(made, name, image, where)
    return made.source("draw polygons or masks")


def _read(made: Outlines, name: str, image: Any, where: str) -> None:
    title = image.attrib["name"]
    subset = image.attrib.get("subset", "")
    try:
        picture = made.find(f"{subset}/{title}" if subset else title, where, beside=name)
    except VislabError:
        picture = made.find(title, where, beside=name)
    stated = int(image.attrib["height"]), int(image.attrib["width"])
    size = made.picture(picture, where, stated, PART_OF.get(subset.lower(), ""))
    grouped: dict[tuple[str, str], tuple[list[list[float]], str]] = {}
    for number, shape in enumerate(image):
        if shape.tag == "tag":
            continue
        at = f"{where}: {title}, shape {number}"
        label, group = shape.attrib["label"], shape.attrib.get("group_id", "0")
        if shape.tag not in AREAS:
            made.leave_out(shape.tag)
        elif shape.tag == "polygon" and group != "0":
            grouped.setdefault((label, group), ([], at))[0].append(_points(shape))
        else:
            made.add(picture, label, _outline(shape, size), at, rectangle=shape.tag == "box")
    for (label, _), (polygons, at) in grouped.items():
        made.add(picture, label, polygons, at)


def _points(shape: Any) -> list[float]:
    return flat([float(number) for number in point.split(",")] for point in shape.attrib["points"].split(";"))


def _outline(shape: Any, size: tuple[int, int]) -> Outline:
    if shape.tag == "polygon":
        return [_points(shape)]
    if shape.tag == "mask":
        first, row, width, height = (int(float(shape.attrib[key])) for key in ("left", "top", "width", "height"))
        counts = [int(count) for count in shape.attrib["rle"].split(",")]  # row by row, outside first
        if sum(counts) != width * height or width * height > size[0] * size[1]:
            raise ValueError(f"a mask has run lengths for {sum(counts)} pixels, not for {height} × {width}")
        pixels = np.repeat(np.arange(len(counts)) % 2, counts)
        return paste(pixels.reshape(height, width), first, row, size)
    turned = float(shape.attrib.get("rotation", 0))
    if shape.tag == "ellipse":
        x, y, across, down = (float(shape.attrib[key]) for key in ("cx", "cy", "rx", "ry"))
        return ellipse((x, y), (across, down), turned, size)
    left, top, right, bottom = (float(shape.attrib[key]) for key in ("xtl", "ytl", "xbr", "ybr"))
    return [_turned(box(left, top, right - left, bottom - top), turned)]


def _turned(corners: list[float], degrees: float) -> list[float]:
    """A rectangle turned clockwise about its centre, as CVAT does."""
    points = np.reshape(corners, (4, 2))
    centre, angle = points.mean(0), np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return [float(number) for number in ((points - centre) @ turn + centre).ravel()]
