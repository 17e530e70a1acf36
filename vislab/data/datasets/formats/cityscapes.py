"""Cityscapes: leftImg8bit/ and gtFine/ with label ids, instance ids or polygons (Cordts et al. 2016, CVPR).

Names, ids, groups and the way polygons are drawn are those of the authors' cityscapesScripts. What they call void is
ignored, and so is a group of things outlined as one: where each of them is, nobody knows.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from vislab.data.datasets import folder
from vislab.data.datasets.archive import Contents
from vislab.data.datasets.formats.outlines import check_size, flat, well_formed
from vislab.data.datasets.loader import Source
from vislab.data.datasets.rasterise import check_polygons
from vislab.data.datasets.view import View
from vislab.errors import VislabError
from vislab.system.files import parse_json

NAMES = (
    "unlabeled", "ego vehicle", "rectification border", "out of roi", "static", "dynamic", "ground", "road", "sidewalk",
    "parking", "rail track", "building", "wall", "fence", "guard rail", "bridge", "tunnel", "pole", "polegroup",
    "traffic light", "traffic sign", "vegetation", "terrain", "sky", "person", "rider", "car", "truck", "bus",
    "caravan", "trailer", "train", "motorcycle", "bicycle",
)  # fmt: skip
VOID, THINGS = range(7), range(24, 34)
PICTURE = "_leftImg8bit"
ENDINGS = ("_instanceIds.png", "_labelIds.png", "_polygons.json")  # the first that is there is read


class CityscapesView(View):
    """The files of the layout by our names: a mask and its map of objects are both made of the best of ENDINGS."""

    def mask(self, name: str, colours: bool = False) -> np.ndarray:
        """Class ids, or ids of objects, int32 (h, w), from whichever file there is."""
        file = self.files[name]
        ids = self._draw(file) if file.endswith(".json") else self.base.mask(file).astype(np.int32)
        if name.startswith("instances/"):
            return np.where(ids >= 1000, ids, 0)
        classes = np.where(ids >= 1000, ids // 1000, ids)
        if not file.endswith(ENDINGS[1]):
            classes[(ids < 1000) & np.isin(ids, THINGS)] = 255
        return classes

    def orientation(self, name: str) -> int:
        """How EXIF turns a picture; polygons are drawn upright."""
        return 1 if self.files[name].endswith(".json") else super().orientation(name)

    def _draw(self, file: str) -> np.ndarray:
        """Ids as in instanceIds.png: class · 1000 + number for a thing, else its class; later polygons lie on top."""
        where = self.base.where(file)
        with well_formed(where, "Cityscapes"):
            plain: Any = parse_json(self.base.read(file), where, "export it again")
            height, width = check_size((plain["imgHeight"], plain["imgWidth"]), where)
            image = Image.new("I", (width, height), 0)
            counts = dict.fromkeys(THINGS, 0)
            for entry in plain["objects"]:
                label = entry["label"]
                group = label not in NAMES and label.endswith("group")
                label = label.removesuffix("group") if group else label
                if entry.get("deleted") or label == "license plate":
                    continue
                if label not in NAMES:
                    raise VislabError(f"{where}: has the label {label!r}, which is none of Cityscapes'; mend it")
                number = NAMES.index(label)
                if number in counts and not group:
                    counts[number] += 1
                    number = number * 1000 + counts[number] - 1
                (points,) = check_polygons([flat(entry["polygon"])], (height, width), f"{where}: {label}")
                ImageDraw.Draw(image).polygon(points, fill=number)
            return np.asarray(image)


def matches(contents: Contents) -> bool:
    """Whether there are folders leftImg8bit and gtFine or gtCoarse."""
    tops = {name.split("/")[0] for name in contents.names if "/" in name}
    return "leftImg8bit" in tops and bool({"gtFine", "gtCoarse"} & tops)


def source(contents: Contents) -> Source:
    """The pictures that have truth; "part" as their folders say."""
    truth: dict[str, dict[str, str]] = {}
    top = "gtFine" if any(name.startswith("gtFine/") for name in contents.names) else "gtCoarse"
    for name in contents.names:
        if name.startswith(f"{top}/"):
            for ending in ENDINGS:
                if name.endswith(ending):
                    stem = name[: -len(ending)].removeprefix(f"{top}/").removesuffix(f"_{top}")
                    truth.setdefault(stem, {})[ending] = name
    pictures = {name.split("/", 1)[1].rpartition(PICTURE)[0]: name for name in contents.pictures("leftImg8bit/")}
    files: dict[str, str] = {}
    for stem in pictures.keys() & truth.keys():
        best = next(truth[stem][ending] for ending in ENDINGS if ending in truth[stem])
        files[f"images/{stem}.png"], files[f"masks/{stem}.png"] = pictures[stem], best
        if not best.endswith(ENDINGS[1]):
            files[f"instances/{stem}.png"] = best
    if not files:
        raise VislabError(f"{contents.root}: no picture of leftImg8bit has its truth in {top}; bring both archives")
    made = folder.view_source(CityscapesView(contents, files, {"classes.csv": _classes()}))
    count = len(pictures.keys() - truth.keys())
    notes = [f"{contents.root}: {count:,} pictures of leftImg8bit have no truth in {top}; left out"] if count else []
    beside = {name for name in contents.names if name.startswith(f"{top}/")}  # the same truth in other forms
    return replace(made, notes=notes, files=made.files | beside)


def _classes() -> bytes:
    names = [(number, "void" if number in VOID else name) for number, name in enumerate(NAMES)]
    rows = [f"{number},{name},{int(number in THINGS)}" for number, name in [*names, (255, "void")]]
    return "\n".join(["id,name,thing", *rows]).encode()
