"""Small made-up exports of label tools: a picture a.png of 60 × 40 with a cell on columns 10 to 29 of rows 10 to 24.

After the tools' own descriptions of their formats; nothing here was written by the tools themselves.
"""

import base64
import io
import json
import zlib
from itertools import pairwise
from pathlib import Path

import numpy as np
from photo_files import put, rgb
from PIL import Image

CELL = [[10, 10], [30, 10], [30, 25], [10, 25]]
MASK = np.zeros((40, 60), np.uint8)
MASK[10:25, 10:30] = 1


def picture(path: Path, seed: int = 0) -> Path:
    return put(path, rgb(40, 60, seed))


def png_of(mask: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(mask).save(file, "PNG")
    return file.getvalue()


def colours(mask: np.ndarray, table: dict[int, tuple[int, int, int]]) -> np.ndarray:
    """A mask in colours, uint8 (h, w, 3)."""
    out = np.zeros((*mask.shape, 3), np.uint8)
    for number, colour in table.items():
        out[mask == number] = colour
    return out


def coco_dict(file: str = "a.png", **changes: object) -> dict[str, object]:
    one = {"id": 1, "image_id": 7, "category_id": 3, "iscrowd": 0, "bbox": [10, 10, 20, 15], "area": 300,
           "segmentation": [[10, 10, 30, 10, 30, 25, 10, 25]]}  # fmt: skip
    return {
        "info": {},
        "images": [{"id": 7, "file_name": file, "height": 40, "width": 60}],
        "annotations": [one | changes],
        "categories": [{"id": 3, "name": "cell"}],
    }


def coco(root: Path, **changes: object) -> Path:
    """As CVAT exports COCO 1.0: annotations/instances_default.json and images/."""
    picture(root / "images/a.png")
    put(root / "annotations/instances_default.json", coco_dict(**changes))
    return root


def roboflow(root: Path) -> Path:
    """As Roboflow exports COCO segmentation: a folder for each part with its pictures and _annotations.coco.json."""
    for seed, part in enumerate(("train", "valid", "test")):
        picture(root / part / f"{part}.png", seed)
        put(root / part / "_annotations.coco.json", coco_dict(f"{part}.png"))
    return put(root / "README.roboflow.txt", "exported").parent


CVAT = """<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version><meta><task><labels><label><name>dirt</name></label><label><name>cell</name></label>
</labels></task></meta><image id="0" name="a.png" width="60" height="40">{shapes}</image></annotations>"""
CVAT_POLYGON = '<polygon label="cell" points="10.00,10.00;30.00,10.00;30.00,25.00;10.00,25.00" z_order="0"></polygon>'


def cvat(root: Path, shapes: str = CVAT_POLYGON, text: str = CVAT) -> Path:
    picture(root / "images/a.png")
    put(root / "annotations.xml", text.format(shapes=shapes))
    return root


def labelme(root: Path, *shapes: dict[str, object], **changes: object) -> Path:
    given = list(shapes) or [{"label": "cell", "points": CELL, "group_id": None, "shape_type": "polygon", "flags": {}}]
    picture(root / "a.png")
    plain = {"version": "5.4.1", "flags": {}, "shapes": given, "imagePath": "a.png", "imageData": None,
             "imageHeight": 40, "imageWidth": 60}  # fmt: skip
    put(root / "a.json", plain | changes)
    return root


def via(root: Path, *regions: dict[str, object]) -> Path:
    """As VIA 2 exports JSON: regions by the picture's name and bytes."""
    shape = {"name": "polygon", "all_points_x": [10, 30, 30, 10], "all_points_y": [10, 10, 25, 25]}
    given = list(regions) or [{"shape_attributes": shape, "region_attributes": {"class": "cell"}}]
    picture(root / "a.png")
    put(root / "via.json", {"a.png123": {"filename": "a.png", "size": 123, "regions": given, "file_attributes": {}}})
    return root


def label_studio(root: Path, *results: dict[str, object], **changes: object) -> Path:
    percent = [[x / 60 * 100, y / 40 * 100] for x, y in CELL]
    given = list(results) or [studio_region("polygonlabels", points=percent)]
    picture(root / "a.png")
    task = {"id": 5, "data": {"image": "/data/upload/1/0a1b2c3d-a.png"}, "annotations": [{"id": 9, "result": given}]}
    put(root / "export.json", json.dumps([task | changes]))
    return root


def studio_region(kind: str, **value: object) -> dict[str, object]:
    about = {"id": "r1", "type": kind, "original_width": 60, "original_height": 40, "image_rotation": 0}
    return about | {"value": value | {kind: ["cell"]}}


def brush(mask: np.ndarray) -> list[int]:
    """A mask as Label Studio's brush saves it: RGBA values, here in blocks of up to 2 ** 8 equal ones."""
    values = np.repeat((mask * 255).ravel(), 4)
    bits = f"{len(values):032b}" + f"{7:05b}" + "".join(f"{length - 1:04b}" for length in (3, 4, 8, 16))
    edges = [0, *(np.flatnonzero(np.diff(values)) + 1).tolist(), len(values)]
    for start, end in pairwise(edges):
        for at in range(start, end, 256):
            bits += "1" + f"{2:02b}" + f"{min(256, end - at) - 1:08b}" + f"{values[start]:08b}"
    bits += "0" * (-len(bits) % 8)
    return [int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)]


POLYGON_LINE = "0 " + " ".join(f"{x / 60:.9f} {y / 40:.9f}" for x, y in CELL)


def yolo(root: Path, line: str = POLYGON_LINE, yaml: str = "names: [cell, dirt]\nnc: 2\n") -> Path:
    """As Roboflow and Ultralytics write it: a part's images/ and labels/, and data.yaml; b.png shows no object."""
    picture(root / "train/images/a.png")
    picture(root / "valid/images/b.png", 1)
    put(root / "train/labels/a.txt", line + "\n")
    put(root / "data.yaml", yaml)
    return root


def supervisely(root: Path, *objects: dict[str, object]) -> Path:
    given = list(objects) or [
        {"geometryType": "polygon", "classTitle": "cell", "points": {"exterior": CELL, "interior": []}}
    ]
    picture(root / "ds/img/a.png")
    put(
        root / "ds/ann/a.png.json",
        {"description": "", "tags": [], "size": {"height": 40, "width": 60}, "objects": given},
    )
    put(root / "meta.json", {"classes": [{"title": "cell", "shape": "any", "color": "#FF0000"}], "tags": []})
    return root


def bitmap(mask: np.ndarray, left: int, top: int) -> dict[str, object]:
    data = base64.b64encode(zlib.compress(png_of(mask * 255))).decode()
    return {"geometryType": "bitmap", "classTitle": "cell", "bitmap": {"data": data, "origin": [left, top]}}


def voc(root: Path) -> Path:
    """Two pictures, a with a mask of one aeroplane inside a border of void, b without; in VOC's palette."""
    numbers = MASK.copy()
    numbers[10, 10:30] = 255
    for folder in ("SegmentationClass", "SegmentationObject"):
        image = Image.fromarray(numbers).convert("P")
        image.putdata(numbers.ravel().tolist())
        image.putpalette([0, 0, 0, 128, 0, 0] + [0] * (3 * 253) + [224, 224, 192])
        (root / folder).mkdir(parents=True)
        image.save(root / folder / "a.png")
    picture(root / "JPEGImages/a.png")
    picture(root / "JPEGImages/b.png")
    put(root / "ImageSets/Segmentation/train.txt", "a\n")
    return root


VOC_XML = "<annotation><filename>a.png</filename><object><name>car</name></object></annotation>"


def cityscapes(root: Path, kind: str = "instanceIds") -> Path:
    """A car (id 26) as an object, and beside it a group of cars on columns 40 to 49; the rest is road (7)."""
    ids = np.full((40, 60), 7, np.int32)
    ids[MASK > 0] = 26000
    ids[:, 40:50] = 26
    picture(root / "leftImg8bit/train/ulm/ulm_0_0_leftImg8bit.png")
    folder, stem = root / "gtFine/train/ulm", "ulm_0_0_gtFine"
    if kind == "instanceIds":
        put(folder / f"{stem}_instanceIds.png", ids.astype(np.uint16))
        put(folder / f"{stem}_color.png", rgb(40, 60))
    if kind == "labelIds":
        put(folder / f"{stem}_labelIds.png", np.where(ids >= 1000, ids // 1000, ids).astype(np.uint8))
    if kind == "polygons":
        whole = [[0, 0], [59, 0], [59, 39], [0, 39]]
        shapes = [("road", whole), ("car", [[10, 10], [29, 10], [29, 24], [10, 24]]),
                  ("cargroup", [[40, 0], [49, 0], [49, 39], [40, 39]])]  # fmt: skip
        objects = [{"label": label, "polygon": points} for label, points in shapes]
        put(folder / f"{stem}_polygons.json", {"imgHeight": 40, "imgWidth": 60, "objects": objects})
    return root


def camvid(root: Path) -> Path:
    for part in ("train", "val"):
        picture(root / part / f"{part}.png")
        numbers = MASK.copy()
        numbers[0] = 2
        put(root / f"{part}_labels" / f"{part}_L.png", colours(numbers, {0: (9, 9, 9), 1: (64, 0, 128), 2: (0, 0, 0)}))
    put(root / "class_dict.csv", "name,r,g,b\nbackground,9,9,9\nCar,64,0,128\nVoid,0,0,0\n")
    return root
