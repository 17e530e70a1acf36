"""COCO JSON, given itself and as a folder: nonsense at every place, odd outlines, run lengths, names and ids."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import made_exports as made
import numpy as np
from made_exports import MASK
from photo_files import put, rgb

from malformed.case import Case, Make, Right, altered_cases, changed_file, no_object, renamed, same, spoiled_json

FILE = "annotations/instances_default.json"
SQUARE = [10, 10, 30, 10, 30, 25, 10, 25]


def alone(root: Path) -> Path:
    return made.coco(root) / FILE


def runs(mask: np.ndarray) -> list[int]:
    """The run lengths of a mask, column by column, outside first."""
    flat = np.concatenate([[0], mask.T.ravel(), [0]])
    edges = np.flatnonzero(np.diff(flat))
    return np.diff([0, *edges.tolist(), mask.size]).tolist()


RUNS = runs(MASK)


def coco_cases() -> Iterator[Case]:
    kind = "COCO"
    for make, words in ((alone, ""), (made.coco, " in a folder")):
        for what, spoiled in spoiled_json(make, FILE):
            yield Case(kind, what + words, spoiled)
        may: dict[str, Right] = {
            "annotations: a list": no_object,
            "annotations.0: missing": no_object,
            "categories.0.name: text": renamed(make, "cell", "text"),
            "annotations.0.segmentation.0.0: -1": lambda scenes: True,
        }
        for case in altered_cases(kind, make, FILE, may):
            yield Case(kind, case.what.replace(FILE, "COCO JSON") + words, case.make, case.right)
        for what, changes, right in _outlines():
            yield Case(kind, what + words, _annotation(make, changes), same(make) if right is True else right)
        for what, plain, right in _whole(make):
            new = json.dumps(plain).encode()
            yield Case(kind, what + words, changed_file(make, FILE, lambda _, new=new: new), right)
        yield from _pictures(make, words)


def _annotation(make: Make, changes: dict[str, Any]) -> Make:
    new = json.dumps(made.coco_dict(**changes)).encode()
    return changed_file(make, FILE, lambda _: new)


def _outlines() -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Changes of the one annotation; True if it is the good one all the same."""
    wrong_counts: dict[str, Any] = {
        "too few pixels": [*RUNS[:-1], RUNS[-1] - 1],
        "too many pixels": [*RUNS[:-1], RUNS[-1] + 1],
        "a run left out": RUNS[:-1],
        "a negative run": [RUNS[0] + 5, -5, *RUNS[1:]],
        "two negative runs that cancel": [RUNS[0], *RUNS[1:-1], RUNS[-1] + 10, -10],
        "fractions": [0.5, *RUNS[1:]],
        "words": ["many"],
        "numbers as text": [str(run) for run in RUNS],
        "null": [None, *RUNS[1:]],
        "NaN": [float("nan"), *RUNS[1:]],
        "a huge run": [10**30],
        "2³² pixels more": [RUNS[0] + 2**32, *RUNS[1:]],
        "lists": [RUNS],
        "no run": [],
        "nothing": None,
        "a number": 7,
        "an object": {},
        "empty text": "",
        "text of no code": "hello, world",
        "text of other letters": "ü€😀",
        "text cut off": "_f01o",
        "text without end": "o" * 5000,
        "text that runs on": "PPP`0" * 3000,
        "text of zeros": "0" * 4000,
        "text with a zero byte": "_f0\0",
    }
    for what, counts in wrong_counts.items():
        right = True if what == "numbers as text" else None
        yield f"run lengths of {what}", {"segmentation": {"size": [40, 60], "counts": counts}}, right
    for what, size in {
        "turned": [60, 40],
        "0 × 0": [0, 0],
        "null": None,
        "one number": [40],
        "text": "40x60",
        "-40 × -60": [-40, -60],
        "three numbers": [40, 60, 1],
        "text numbers": ["40", "60"],
        "huge": [10**9, 10**9],
    }.items():
        yield (
            f"run lengths of the size {what}",
            {"segmentation": {"size": size, "counts": RUNS}},
            True if "text n" in what else None,
        )
    yield "run lengths, right", {"segmentation": {"size": [40, 60], "counts": RUNS}}, True
    polygons: dict[str, tuple[Any, Any]] = {
        "one point": ([[10, 10]], None),
        "two points": ([[10, 10, 30, 10]], None),
        "an odd number": ([[*SQUARE, 7]], None),
        "no number": ([[]], None),
        "points as pairs": ([[[10, 10], [30, 10], [30, 25]]], None),
        "numbers alone": (SQUARE, None),
        "words": ([["a", *SQUARE[1:]]], None),
        "text": (["10 10 30 10 30 25"], None),
        "one good and one of two points": ([SQUARE, [1, 1, 2, 2]], None),
        "one point four times": ([[10, 10] * 4], no_object),
        "three points in a line": ([[10, 10, 20, 10, 30, 10]], no_object),
        "a corner far outside": ([[10, 10, 30, 10, 3000, 25]], None),
        "1e308": ([[10, 10, 1e308, 10, 30, 25]], None),
        "nothing but the outside": ([[-20, -20, -10, -20, -10, -10]], no_object),
        "an object": ([{}], None),
        "no square but all of the picture": (
            [[0, 0, 60, 0, 60, 40, 0, 40]],
            lambda scenes: int(scenes.semantic.sum()) == 2400,
        ),
        "the square twice": ([SQUARE, SQUARE], True),
        "the square, closed": ([[*SQUARE, 10, 10]], True),
        "numbers as text": ([[str(number) for number in SQUARE]], True),
        "truth values": ([[True] * 8], no_object),
    }
    for what, (polygon, right) in polygons.items():
        yield f"a polygon of {what}", {"segmentation": polygon}, right
    for box in (
        [10, 10, -5, 15],
        [10, 10, 20],
        [10, 10, 20, None],
        "10 10 20 15",
        [10, 10, 20, float("nan")],
        {},
        7,
        [[10, 10, 20, 15]],
    ):
        yield f"the box {box}", {"bbox": box}, None
    yield "the box of height 0", {"bbox": [10, 10, 20, 0]}, True
    yield "no box", {"bbox": None}, True
    for number in (4, 0, "3 ", "three", 3.5, None, [3], {"id": 3}, -3, True):
        yield f"the category {number!r}", {"category_id": number}, True if number == "3 " else None
    for number in (8, "seven", 7.5, None, [7]):
        yield f"the picture {number!r}", {"image_id": number}, None
    for crowd in ("0", 0.0, False, None, ""):
        yield f"iscrowd = {crowd!r}", {"iscrowd": crowd}, True
    for crowd in (1, "1", True):
        yield f"iscrowd = {crowd!r} alone", {"iscrowd": crowd}, None


def _whole(make: Make) -> Iterator[tuple[str, Any, Right | None]]:
    """Whole files."""
    good: Any = made.coco_dict()
    image, object_, category = good["images"][0], good["annotations"][0], good["categories"][0]
    flat = object_ | {"id": 2, "bbox": [29, 38, 1, 0], "segmentation": [[29, 38, 29, 38, 30, 38, 30, 38]]}

    def whole(**changes: Any) -> Any:
        return good | changes

    yield "an annotation without an area beside a good one", whole(annotations=[object_, flat]), same(make)
    yield "two pictures of one id", whole(images=[image, image | {"file_name": "b.png"}]), None
    yield "one picture twice", whole(images=[image, image | {"id": 8}]), None
    yield "one picture twice, by two names", whole(images=[image, image | {"id": 8, "file_name": "images/a.png"}]), None
    large = [image | {"id": 2**53}]
    yield "an id that a float would round", whole(images=large, annotations=[object_ | {"image_id": 2**53 + 1}]), None
    yield "two categories of one id", whole(categories=[category, category | {"name": "dirt"}]), None
    yield "two categories of one name", whole(categories=[category, category | {"id": 4}]), same(make)
    yield "a category twice", whole(categories=[category, category]), None
    yield (
        "ids of null, for both",
        whole(images=[image | {"id": None}], annotations=[object_ | {"image_id": None}]),
        None,
    )
    yield "categories without an id", whole(categories=[{"name": "cell"}]), None
    yield "255 categories", whole(categories=[category, *({"id": n, "name": f"c{n}"} for n in range(4, 258))]), None
    yield "a category of spaces", whole(categories=[{"id": 3, "name": "   "}]), None
    yield "a padded category", whole(categories=[{"id": 3, "name": " cell\t"}]), same(make)
    yield "a category of two lines", whole(categories=[{"id": 3, "name": "ce\nll"}]), None
    yield "a category called background", whole(categories=[{"id": 3, "name": "background"}]), no_object
    for value in ([], {}, 7, None, "cells", ["a"]):
        words = whole(categories=[category | {"supercategory": value}])
        yield f"a supercategory {value!r}", words, same(make)
    for name in (
        "",
        ".",
        "..",
        "/",
        "a",
        "b.png",
        "A.png",
        "a.png ",
        "a.png\0",
        "images",
        "a.jpg",
        "\n",
        "a" * 5000,
    ):
        yield f"the picture's name {name[:20]!r}", whole(images=[image | {"file_name": name}]), None
    for name in (
        "images/a.png",
        "a.png/",
        "./a.png",
        "images\\a.png",
        "C:\\data\\images\\a.png",
        "/home/me/images/a.png",
        "../images/a.png",
    ):
        yield f"the picture's name {name!r}", whole(images=[image | {"file_name": name}]), same(make)
    segments = [{"image_id": 7, "file_name": "a.png", "segments_info": [{"id": 1, "category_id": 3}]}]
    yield "panoptic segments", whole(annotations=segments), None
    for at, size in {
        "turned": (60, 40),
        "too large": (400, 600),
        "of text": ("forty", "sixty"),
        "0": (0, 0),
        "fractions": (40.5, 60.5),
    }.items():
        plain = whole(images=[image | {"height": size[0], "width": size[1]}])
        yield f"a picture's size {at}", plain, same(make) if at in ("of text", "0", "fractions") else None


def _pictures(make: Make, words: str) -> Iterator[Case]:
    """The picture itself."""
    for what, (height, width) in {"turned": (60, 40), "half as large": (20, 30), "of a pixel": (1, 1)}.items():
        yield Case("COCO", f"a picture {what}{words}", _with(make, rgb(height, width)))
    yield Case(
        "COCO", f"a picture cut off{words}", changed_file(make, "images/a.png", lambda data: data[: len(data) // 2])
    )
    yield Case("COCO", f"no picture{words}", changed_file(make, "images/a.png", lambda data: b""))


def _with(make: Make, pixels: np.ndarray) -> Make:
    def made_so(root: Path) -> Any:
        given = make(root)
        put(root / "images/a.png", pixels)
        return given

    return made_so
