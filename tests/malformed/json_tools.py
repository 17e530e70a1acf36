"""Label tools' JSON, with nonsense at each place."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import made_exports as made

from malformed.case import (
    Case,
    Make,
    Right,
    altered_cases,
    no_object,
    renamed,
    same,
    spoiled_json,
)


def cityscapes(root: Path) -> Path:
    return made.cityscapes(root, "polygons")


def mask_of_labelme(root: Path) -> Path:
    import base64

    shape = {"label": "cell", "points": [[10, 10], [29, 24]], "shape_type": "mask", "flags": {}, "group_id": None}
    return made.labelme(root, shape | {"mask": base64.b64encode(made.png_of(made.MASK[10:25, 10:30])).decode()})


def circle(root: Path) -> Path:
    return made.labelme(root, {"label": "cell", "points": [[20, 20], [25, 20]], "shape_type": "circle"})


def brush(root: Path) -> Path:
    region = made.studio_region("brushlabels", format="rle", rle=made.brush(made.MASK))
    return made.label_studio(root, region)


def bitmap(root: Path) -> Path:
    return made.supervisely(root, made.bitmap(made.MASK[10:25, 10:30], 10, 10))


def ellipse_of_studio(root: Path) -> Path:
    return made.label_studio(root, made.studio_region("ellipselabels", x=50, y=50, radiusX=10, radiusY=10, rotation=0))


def via_circle(root: Path) -> Path:
    shape = {"name": "ellipse", "cx": 20, "cy": 20, "rx": 5, "ry": 4, "theta": 0.1}
    return made.via(root, {"shape_attributes": shape, "region_attributes": {"class": "cell"}})


ANNOTATED = "ds/ann/a.png.json"
TREES: tuple[tuple[str, Make, str, tuple[str, ...]], ...] = (  # tool, example, file, places of classes, as text
    ("labelme", made.labelme, "a.json", ("shapes.0.label",)),
    ("labelme's mask", mask_of_labelme, "a.json", ("shapes.0.label",)),
    ("labelme's circle", circle, "a.json", ("shapes.0.label",)),
    ("VIA", made.via, "via.json", ("a.png123.regions.0.region_attributes.class",)),
    ("VIA's ellipse", via_circle, "via.json", ("a.png123.regions.0.region_attributes.class",)),
    ("Label Studio", made.label_studio, "export.json", ("0.annotations.0.result.0.value.polygonlabels.0",)),
    ("Label Studio's brush", brush, "export.json", ("0.annotations.0.result.0.value.brushlabels.0",)),
    ("Label Studio's ellipse", ellipse_of_studio, "export.json", ("0.annotations.0.result.0.value.ellipselabels.0",)),
    ("Supervisely", made.supervisely, ANNOTATED, ()),
    ("Supervisely's bitmap", bitmap, ANNOTATED, ()),
    ("Supervisely's meta.json", made.supervisely, "meta.json", ()),
    ("Cityscapes", cityscapes, "gtFine/train/ulm/ulm_0_0_gtFine_polygons.json", ()),
)
NONE_LEFT = (
    "shapes: a list",
    "shapes.0: missing",
    "a.png123.regions: a list",
    "a.png123.regions: an object",
    "a.png123.regions.0: missing",
    "objects: a list",
    "objects.0: missing",
    "0.annotations.0.result: a list",
    "0.annotations.0.result.0: missing",
    "0.annotations.0.result: an object",
)
DRAWN = re.compile("mask|points|shape_type|shape_attributes|value|bitmap")
MOVES = (
    "points.0",
    "exterior.0",
    "polygon.0",
    "all_points_x.0",
    "all_points_y.0",
    ".cx",
    ".cy",
    ".x",
    ".y",
    ".theta",
    "rotation",
    "radius",
    "origin.0",
    "origin.1",
)  # -1 moves a corner, or turns a little


def tree_cases() -> Iterator[Case]:
    """JSON of the tools."""
    for tool, make, file, classes in TREES:
        variant = "'s" in tool and "meta" not in tool  # of which only what is drawn differs
        for what, spoiled in () if variant else spoiled_json(make, file):
            yield Case("tools' JSON", f"{tool}, {what}", spoiled)
        may: dict[str, Right] = dict.fromkeys(NONE_LEFT, _nothing)
        may |= {f"{at}: text": renamed(make, "cell", "text") for at in classes}
        may |= _own(tool, make)
        for case in altered_cases(
            "tools' JSON", make, file, may, (lambda at: not DRAWN.search(at)) if variant else lambda at: False
        ):
            right = case.right
            if " with -1 at " in case.what and any(place in case.what for place in MOVES):
                right = _some_pixels
            yield Case(case.kind, f"{tool}, {case.what}", case.make, right)


def _nothing(scenes: Any) -> bool:
    return no_object(scenes) or not (scenes.semantic == 26).any()


def _some_pixels(scenes: Any) -> bool:
    return True


def _own(tool: str, make: Make) -> dict[str, Right]:
    """What else may come of nonsense at one place of a tool's JSON."""
    cell = renamed(make, "cell", "object")
    if tool.startswith("VIA"):
        at = "a.png123.regions.0.region_attributes"
        return {
            f"{at}: null": cell,
            f"{at}: a list": cell,
            f"{at}: an object": cell,
            f"{at}: missing": cell,
            f"{at}.class: missing": cell,
            f"{at}.class: an object": cell,
            "a.png123.regions.0.shape_attributes.theta: missing": _some_pixels,  # not turned
        }
    if tool == "Cityscapes":
        gone = {f"objects.0{at}": _some_pixels for at in (": missing", ".polygon.0: missing")}
        return gone | {"objects: a list": _some_pixels, "objects: an object": _some_pixels}
    if tool == "Supervisely's meta.json":
        words = same(
            make, "vocabulary.classes", "vocabulary.things", "vocabulary.labels", "semantic", "objects", "labels"
        )
        return {"classes.0.title: text": words, "classes.0.title": words}
    if tool.startswith("Supervisely"):
        return {
            "objects.0.points.exterior.0: missing": _some_pixels,
            "objects.0.classTitle: text": same(
                make, "vocabulary.classes", "vocabulary.things", "vocabulary.labels", "semantic", "objects", "labels"
            ),
        }
    if tool == "Label Studio":
        return {"0.annotations.0.result.0.value.points.0: missing": _some_pixels}
    if tool == "Label Studio's ellipse":
        return {"0.annotations.0.result.0.value.rotation: a huge number": _some_pixels}
    if tool == "labelme":
        return {"shapes.0.points.0: missing": _some_pixels}  # a triangle
    return {}
