"""VGG Image Annotator: a project or its JSON export, with polygons, rectangles, circles and ellipses."""

import math
from typing import Any

from vislab.data.datasets.archive import Contents
from vislab.data.datasets.formats.outlines import Outlines, box, ellipse, flat
from vislab.data.datasets.loader import Source
from vislab.errors import VislabError
from vislab.system.files import parse_json

CLASS = ("class", "label", "type", "name", "category")  # attributes that give the class, if a region has several
AREAS = ("polygon", "rect", "circle", "ellipse")


def matches(contents: Contents) -> bool:
    """Whether VIA wrote one of the JSON files."""
    return "VIA" in contents.kinds.values()


def source(contents: Contents) -> Source:
    """The pictures of all its JSON files. A region's class is its attribute "class", "label", ..., or its only one."""
    made = Outlines(contents, "VIA")
    for name in (name for name, kind in contents.kinds.items() if kind == "VIA"):
        with made.file(name) as where:
            plain = parse_json(contents.read(name), where, "export it again")
            for entry in plain.get("_via_img_metadata", plain).values():
                with made.entry(where):
                    _read(made, name, entry, where)
    return made.source("draw polygons")


def _read(made: Outlines, name: str, entry: Any, where: str) -> None:
    picture = made.find(entry["filename"], where, beside=name)
    size = made.picture(picture, where)
    regions = entry["regions"]
    for number, region in enumerate(regions.values() if isinstance(regions, dict) else regions):
        at = f"{where}: {entry['filename']}, region {number}"
        shape = region["shape_attributes"]
        kind = shape["name"]
        if kind not in AREAS:
            made.leave_out(kind)
            continue
        label = _label(region.get("region_attributes") or {}, at)
        if kind == "polygon":
            points = zip(shape["all_points_x"], shape["all_points_y"], strict=True)
            made.add(picture, label, [flat(points)], at)
        elif kind == "rect":
            corners = box(*(float(shape[key]) for key in ("x", "y", "width", "height")))
            made.add(picture, label, [corners], at)
        else:
            radii = (shape["r"], shape["r"]) if kind == "circle" else (shape["rx"], shape["ry"])
            turned = math.degrees(float(shape.get("theta", 0)))  # VIA has radians
            made.add(picture, label, ellipse((shape["cx"], shape["cy"]), radii, turned, size), at)


def _label(attributes: Any, where: str) -> str:
    """The class that a region's attributes give; "object" if it has none."""
    if not attributes:
        return "object"
    by_name = {key.lower(): value for key, value in attributes.items()}
    value = next((by_name[key] for key in CLASS if key in by_name), None)
    if value is None:
        if len(by_name) > 1:
            named = ", ".join(attributes)
            raise VislabError(f'{where} has the attributes {named}; call the one that gives the class "class"')
        (value,) = by_name.values()
    if isinstance(value, dict):  # a checkbox: the boxes that are ticked
        value = " and ".join(key for key, ticked in value.items() if ticked)
    if not isinstance(value, str):
        raise ValueError(f"a class is called {value!r:.40}")
    return value.strip() or "object"
