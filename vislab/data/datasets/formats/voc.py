"""PASCAL VOC, and what exports its layout: JPEGImages, SegmentationClass, SegmentationObject (Everingham et al. 2010).

Masks are pictures with VOC's palette, or in the colours of labelmap.txt, as CVAT's "Segmentation mask 1.1" writes them.
The border between objects is void: ignored in the classes, and no object.
"""

from contextlib import suppress
from dataclasses import replace
from pathlib import PurePosixPath

import numpy as np

from vislab.data.datasets import folder
from vislab.data.datasets.archive import Contents, without_ending
from vislab.data.datasets.formats.outlines import boxes_alone
from vislab.data.datasets.formats.safe_xml import parse_xml
from vislab.data.datasets.layout import PART_OF
from vislab.data.datasets.loader import Source
from vislab.data.datasets.view import View
from vislab.errors import VislabError
from vislab.system.console import plural

CLASSES = (
    "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable",
    "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
)  # fmt: skip
VOID = (224, 224, 192)
FOLDERS = {"jpegimages": "images", "segmentationclass": "masks", "segmentationobject": "instances"}
LOOK_AT = 50  # XML files


def matches(contents: Contents) -> bool:
    """Whether there is a folder SegmentationClass or JPEGImages, or XML of boxes beside pictures without masks."""
    found = {name.split("/")[0].lower() for name in contents.pictures() if "/" in name}
    if "segmentationclass" in found or "jpegimages" in found:
        return True
    return "VOC" in contents.kinds.values() and not folder.matches(contents)


class VocView(View):
    """The files of the layout by our names; object maps as numbers, whether they come in colours or not."""

    def mask(self, name: str, colours: bool = False) -> np.ndarray:
        """A mask; the border in a map of objects becomes "no object"."""
        if not name.startswith("instances/"):
            return super().mask(name, colours)
        with suppress(VislabError):  # colours alone, or a broken file, of which the second reading says so
            mask = super().mask(name)
            return np.where(mask == 255, 0, mask)
        mask = super().mask(name, colours=True)
        red, green, blue = (mask[:, :, channel].astype(np.int32) for channel in range(3))
        number = red << 16 | green << 8 | blue
        number[number == (VOID[0] << 16 | VOID[1] << 8 | VOID[2])] = 0
        found = np.unique(np.append(number, 0))  # 0 first: no object
        return np.searchsorted(found, number).astype(np.int32)


def source(contents: Contents) -> Source:
    """The pictures that have a mask; "part" as ImageSets/Segmentation says."""
    by_role: dict[str, dict[str, str]] = {role: {} for role in FOLDERS.values()}
    for name in contents.pictures():
        top, _, rest = name.partition("/")
        if top.lower() in FOLDERS:
            by_role[FOLDERS[top.lower()]][without_ending(rest)] = name
    masks = by_role["masks"]
    if not masks:
        raise _without_masks(contents)
    plain = [stem for stem in by_role["images"] if stem not in masks]
    files = {f"{role}/{PurePosixPath(name).name if '/' not in stem else stem + PurePosixPath(name).suffix}": name
             for role, names in by_role.items() for stem, name in names.items() if stem in masks}  # fmt: skip
    view = VocView(contents, files, {"classes.csv": _classes(contents)})
    made = folder.view_source(view)
    notes = (
        [f"{contents.root}: {plural(len(plain), 'picture')} of JPEGImages without a mask; left out"] if plain else []
    )
    if "labelmap.txt" not in contents.names:
        notes.append(f"{contents.root}: has no labelmap.txt; its masks are read as the 20 classes of VOC")
    parts = _parts(contents)
    attributes = {"part": [parts.get(item, "") for item in made.items]} if parts else {}
    return replace(made, notes=notes, attributes=attributes, files=made.files | _tables(contents))


def _tables(contents: Contents) -> frozenset[str]:
    kept = [name for name in contents.names if name == "labelmap.txt" or name.lower().startswith("imagesets/")]
    return frozenset(kept)


def _without_masks(contents: Contents) -> VislabError:
    names = [name for name in contents.names if name.lower().endswith(".xml")]
    count = sum(len(parse_xml(contents.read(name), contents.where(name)).findall("object")) for name in names[:LOOK_AT])
    if count:
        mend = "draw polygons or masks (SegmentationClass)"
        least = "" if len(names) <= LOOK_AT else "at least "
        return boxes_alone(str(contents.root), f"{least}{plural(count, 'rectangle')}", "VOC XML", mend)
    return VislabError(f"{contents.root}: has VOC's JPEGImages but no masks in SegmentationClass; bring them")


def _parts(contents: Contents) -> dict[str, str]:
    """The part of each picture, from ImageSets/Segmentation/train.txt, val.txt and test.txt."""
    parts: dict[str, str] = {}
    for name in contents.names:
        path = PurePosixPath(name.lower())
        if path.parts[:2] == ("imagesets", "segmentation") and path.stem in PART_OF:
            for line in contents.text(name).split():
                parts[line] = PART_OF[path.stem]
    return parts


def _classes(contents: Contents) -> bytes:
    """classes.csv for these masks: of labelmap.txt, else of VOC. Raises VislabError if neither fits."""
    rows = ["id,name,r,g,b"]
    if "labelmap.txt" in contents.names:
        where = contents.where("labelmap.txt")
        lines = contents.text("labelmap.txt").splitlines()
        for number, line in enumerate(line for line in lines if line.strip() and not line.startswith("#")):
            try:
                name, colour = line.split(":")[:2]
                red, green, blue = map(int, colour.split(","))
            except ValueError:
                raise VislabError(f"{where}: has the line {line!r}, not name:r,g,b; mend it") from None
            rows.append(f'{number},"{name}",{red},{green},{blue}')
    else:
        _refuse_other_names(contents)
        rows += [f"{number},{name},{','.join(map(str, colour_of(number)))}" for number, name in enumerate(CLASSES)]
        rows.append(f"255,void,{','.join(map(str, VOID))}")
    return "\n".join(rows).encode()


def _refuse_other_names(contents: Contents) -> None:
    for name in [name for name, kind in contents.kinds.items() if kind == "VOC"][:LOOK_AT]:
        for entry in parse_xml(contents.read(name), contents.where(name)).findall("object"):
            label = entry.findtext("name")
            if label not in CLASSES:
                wrong = f"{contents.where(name)}: names the class {label!r}, which is none of VOC's"
                raise VislabError(f"{wrong}; add a labelmap.txt with a line name:r,g,b:: for each class")


def colour_of(number: int) -> tuple[int, int, int]:
    """The colour of a class in VOC's palette, as VOClabelcolormap of its development kit computes it."""
    red = green = blue = 0
    for bit in range(8):
        red |= (number >> 0 & 1) << 7 - bit
        green |= (number >> 1 & 1) << 7 - bit
        blue |= (number >> 2 & 1) << 7 - bit
        number >>= 3
    return red, green, blue
