"""Tools that export masks: VOC and CamVid, with nonsense in their tables of colours."""

from collections.abc import Iterator
from pathlib import Path

import made_exports as made
import numpy as np
from photo_files import png, put, rgb

from malformed.case import Case, Make, Right, changed_file, same, spoiled_text
from malformed.pictures import instead

Cases = dict[str, tuple[Make, Right | None]]
KIND = "tools' masks"


def mask_tool_cases() -> Iterator[Case]:
    """Masks in the colours of a table."""
    for tool, make, file in (("CamVid", made.camvid, "class_dict.csv"), ("VOC", voc, "labelmap.txt")):
        for what, spoiled in spoiled_text(make, file):
            yield Case(KIND, f"{tool}, {what}", spoiled, same(make))
    for what, (make, right) in _voc_and_camvid().items():
        yield Case(KIND, what, make, right)


def voc(root: Path) -> Path:
    """As CVAT exports "Segmentation mask 1.1": masks in the colours of labelmap.txt."""
    colours = {0: (0, 0, 0), 1: (200, 10, 20)}
    put(root / "JPEGImages/a.png", rgb(40, 60))
    put(root / "SegmentationClass/a.png", made.colours(made.MASK, colours))
    put(root / "SegmentationObject/a.png", made.colours(made.MASK, colours))
    put(root / "labelmap.txt", "# label:color_rgb:parts:actions\nbackground:0,0,0::\ncell:200,10,20::\n")
    return root


def _voc_and_camvid() -> Cases:
    cases: Cases = {}
    lines = {
        "a colour of 300": "cell:300,10,20::",
        "two numbers": "cell:200,10::",
        "words": "cell:a,b,c::",
        "no colour": "cell",
        "no name": ":200,10,20::",
        "a name in quotes": 'ce"ll:200,10,20::',
        "one colour twice": "cell:0,0,0::",
        "-1": "cell:-1,10,20::",
        "fractions": "cell:200.5,10,20::",
        "another colour": "cell:201,10,20::",
        "nothing": "",
    }
    for what, line in lines.items():
        cases[f"VOC, labelmap.txt with {what}"] = (
            changed_file(voc, "labelmap.txt", lambda data, new=line: data.replace(b"cell:200,10,20::", new.encode())),
            None,
        )
    for folder in ("SegmentationClass", "SegmentationObject"):
        file = f"{folder}/a.png"
        good = png(made.colours(made.MASK, {0: (0, 0, 0), 1: (200, 10, 20)}))
        spoiled = {
            "cut off": good[:60],
            "empty": b"",
            "half as large": png(np.zeros((20, 30, 3), np.uint8)),
            "turned": png(np.zeros((60, 40, 3), np.uint8)),
        }
        for what, data in spoiled.items():
            cases[f"VOC, {file} {what}"] = instead(voc, file, file, data), None
    cases["VOC, classes in fractions of a colour"] = (
        instead(voc, "SegmentationClass/a.png", "SegmentationClass/a.png", png(rgb(40, 60))),
        None,
    )
    xml = {
        "cut off": made.VOC_XML[:40],
        "with a DOCTYPE": "<!DOCTYPE a>" + made.VOC_XML,
        "of another class": made.VOC_XML.replace("car", "leaf"),
        "without a name": made.VOC_XML.replace("name", "title"),
    }
    for what, text in xml.items():
        cases[f"VOC, XML {what}"] = (lambda root, t=text: put(made.voc(root) / "Annotations/a.xml", t).parents[1]), None
    rows = {
        "a colour of 300": "Car,300,0,128",
        "words": "Car,a,b,c",
        "two numbers": "Car,64,0",
        "five cells": "Car,64,0,128,1",
        "no name": ",64,0,128",
        "one colour twice": "Car,9,9,9",
        "another colour": "Car,65,0,128",
        "nothing": "",
        "a name of 200,000 letters": f"{'C' * 200_000},64,0,128",
        "an open quote": '"Car,64,0,128',
        "-1": "Car,-1,0,128",
    }
    for what, row in rows.items():
        cases[f"CamVid, class_dict.csv with {what}"] = (
            changed_file(
                made.camvid, "class_dict.csv", lambda data, new=row: data.replace(b"Car,64,0,128", new.encode())
            ),
            None,
        )
    headless = changed_file(made.camvid, "class_dict.csv", lambda data: data.partition(b"\n")[2])
    cases["CamVid, class_dict.csv without its head"] = headless, None
    jpeg = instead(made.camvid, "train_labels/train_L.png", "train_labels/train_L.jpg", b"\xff\xd8\xff")
    cases["CamVid, a mask that is no picture"] = jpeg, None
    return cases
