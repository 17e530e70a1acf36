"""Your own pictures: a folder with masks beside the pictures, or a folder per class.

    FOLDER/images/NAME.png       the pictures; folders below images/ are part of the name
    FOLDER/masks/NAME.png        the class of each pixel: numbers or colours as classes.csv has them, 255 = ignore
    FOLDER/instances/NAME.png    the object of each pixel: 0 = none, else an id; 8 or 16 bit
    FOLDER/classes.csv           id,name and, if wanted, thing (1 or 0) and colour (#rrggbb) or r,g,b
    FOLDER/objects.csv           picture,id,class: the class of each id; without it the mask below an object tells
    FOLDER/labels.csv            picture,label
    FOLDER/pictures.csv          picture and, if wanted, group; every other column is an attribute; sets the order
    FOLDER/vocabulary.json       what save_folder wrote; masks then hold the indices of its classes

Any of the last seven may be missing. In classes.csv the name "background" is class 0, added where it is not listed,
and "ignore" or "void" are pixels that nobody labelled.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from vislab.data.datasets.archive import Contents, is_picture
from vislab.data.datasets.class_tables import Classes, read_classes
from vislab.data.datasets.decode import read_mask, read_rgb, read_size, refuse_other_size
from vislab.data.datasets.defaults import plain_vocabulary, read_table
from vislab.data.datasets.export import save_folder
from vislab.data.datasets.id_map import MOST_OBJECTS
from vislab.data.datasets.loader import Source
from vislab.data.datasets.resize import Picture
from vislab.data.vocabulary import IGNORE
from vislab.errors import VislabError

__all__ = ["class_source", "matches", "save_folder", "source"]


def matches(contents: Contents) -> bool:
    """Whether there are pictures in images/."""
    return any(map(is_picture, contents.under("images/")))


@dataclass
class _Parts:
    """The files of a folder by what they say of which picture."""

    contents: Contents
    images: Mapping[str, str]
    masks: Mapping[str, str]
    instances: Mapping[str, str]
    labels: Mapping[str, str]
    objects: Mapping[str, Mapping[int, str]]
    classes: Classes


def source(contents: Contents) -> Source:
    """A folder with images/ as it can be read. Raises VislabError where its tables make no sense."""
    problems: list[str] = []
    by_kind = {kind: _by_stem(contents, kind, problems) for kind in ("images", "masks", "instances")}
    images = by_kind["images"]
    tables = {name: _rows(contents, name, columns, images, problems) for name, columns in TABLES.items()}
    objects: dict[str, dict[int, str]] = defaultdict(dict)
    for picture, row in tables["objects.csv"]:
        objects[picture][_whole(contents, row["id"])] = row["class"]
    labels = {picture: row["label"] for picture, row in tables["labels.csv"]}
    about = dict(tables["pictures.csv"])
    named = [row["class"] for _, row in tables["objects.csv"]]
    classes = read_classes(contents, bool(by_kind["masks"]), bool(by_kind["instances"]), named, labels or None)
    for kind in ("masks", "instances"):
        for stem in sorted(by_kind[kind].keys() - images.keys()):
            where = contents.where(by_kind[kind][stem])
            problems.append(f"{where}: has no picture images/{stem}.png (or .jpg, ...); bring it or delete the mask")
    parts = _Parts(contents, images, by_kind["masks"], by_kind["instances"], labels, objects, classes)
    items = [item for item in about if item in images] + sorted(images.keys() - about.keys())
    columns = [name for name in next(iter(about.values()), {}) if name not in ("picture", "group")]
    grouped = any("group" in row for row in about.values())
    return Source(
        name=str(contents.root),
        vocabulary=classes.vocabulary,
        items=items,
        size_of=lambda place: read_size(contents.read(images[items[place]]), contents.where(images[items[place]])),
        read=lambda place: _read(parts, items[place]),
        problems=problems,
        groups=[about.get(item, {}).get("group") or item for item in items] if grouped else None,
        attributes={name: [about.get(item, {}).get(name) or "" for item in items] for name in columns},
    )


TABLES = {"objects.csv": ("picture", "id", "class"), "labels.csv": ("picture", "label"), "pictures.csv": ("picture",)}


def _by_stem(contents: Contents, kind: str, problems: list[str]) -> dict[str, str]:
    """Files in images/, masks/ or instances/ by the picture's name: the path below, without its ending."""
    found: dict[str, str] = {}
    for name in filter(is_picture, contents.under(f"{kind}/")):
        stem = str(PurePosixPath(name).relative_to(kind).with_suffix(""))
        if stem in found:
            problems.append(f"{contents.where(name)}: {found[stem]} has the same name but for its ending; rename one")
        else:
            found[stem] = name
    return found


def _rows(
    contents: Contents, name: str, columns: tuple[str, ...], images: Mapping[str, str], problems: list[str]
) -> list[tuple[str, dict[str, str]]]:
    """The rows of a table with the name of their picture; pictures may be named with their ending or without."""
    if name not in contents.names:
        return []
    rows = []
    for row in read_table(contents, name, columns):
        stem = row["picture"]
        if stem not in images:
            stem = str(PurePosixPath(stem).with_suffix("")) if stem else ""
        if stem in images:
            rows.append((stem, row))
        else:
            problems.append(
                f"{contents.where(name)}: names the picture {row['picture']!r}, which images/ does not hold; bring it "
                "or delete the line"
            )
    return rows


def _whole(contents: Contents, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise VislabError(
            f"{contents.where('objects.csv')}: the id {text!r} is no whole number; write the one in instances/"
        ) from None


# One picture


def _read(parts: _Parts, item: str) -> Picture:
    contents, where = parts.contents, parts.contents.where(parts.images[item])
    for kind, there in (("masks", parts.masks), ("instances", parts.instances), ("labels", parts.labels)):
        if there and item not in there:
            lacking = f"line in {kind}.csv" if kind == "labels" else f"mask {kind}/{item}.png"
            raise VislabError(f"{where}: has no {lacking}; bring it or delete the picture")
    picture = Picture(read_rgb(contents.read(parts.images[item]), where))
    if parts.labels:
        picture.label = parts.classes.label_index(parts.labels[item], where)
    if parts.masks:
        name = parts.masks[item]
        mask = read_mask(contents.read(name), contents.where(name), bool(parts.classes.colours))
        refuse_other_size(mask, picture.image, contents.where(name))
        picture.semantic = parts.classes.indices(mask, contents.where(name))
    if parts.instances:
        name = parts.instances[item]
        ids = read_mask(contents.read(name), contents.where(name))
        refuse_other_size(ids, picture.image, contents.where(name))
        _add_instances(picture, ids, parts, item, contents.where(name))
    return picture


def _add_instances(picture: Picture, ids: np.ndarray, parts: _Parts, item: str, where: str) -> None:
    """Put the objects of an id map (h, w) into the picture, in the order of their ids, and into its mask."""
    values, flat = np.unique(ids, return_inverse=True)
    present = [int(value) for value in values if value]
    if len(present) > MOST_OBJECTS or min(present, default=0) < 0:
        raise VislabError(f"{where}: has ids from {values[0]} to {values[-1]}; use 0 for no object and ids from 1")
    listed = parts.objects.get(item, {})
    classes = [_class_of(picture, ids, value, listed, parts, where) for value in present]
    picture.losses = Counter(empty=len(listed.keys() - set(present)) if parts.objects else 0)
    # New id of each value: its place among those present, and 0 for "no object".
    picture.instances = (flat + (0 if 0 in values else 1)).reshape(ids.shape).astype(np.int16)
    picture.classes = classes
    above = np.array([0, *classes], np.uint8)[picture.instances]
    if picture.semantic is None:
        picture.semantic = above
    else:
        there = picture.instances > 0
        picture.losses["disagree"] = int((picture.semantic[there] != above[there]).sum())
        picture.semantic = np.where(there, above, picture.semantic)


def _class_of(
    picture: Picture, ids: np.ndarray, value: int, listed: Mapping[int, str], parts: _Parts, where: str
) -> int:
    """The class of one object: as objects.csv has it, else what most of the mask below it says, else the only thing."""
    words = parts.classes.vocabulary
    if parts.objects:
        if value not in listed:
            raise VislabError(f"{where}: holds the id {value}, which objects.csv does not list; add a line for it")
        index = words.classes.index(listed[value])
    elif picture.semantic is not None:
        below = np.bincount(picture.semantic[ids == value], minlength=IGNORE + 1)[:IGNORE]
        index = int(below.argmax()) if below.any() else 0
    else:
        index = words.thing_indices[0]
    if index not in words.thing_indices:
        raise VislabError(
            f"{where}: object {value} is {words.classes[index]}, which is no thing that is counted "
            f"({', '.join(words.things)}); mend its mask, or say what it is in objects.csv"
        )
    return index


# A folder per class


def class_source(contents: Contents) -> Source:
    """A folder per class, as torchvision's ImageFolder takes it: FOLDER/CLASS/.../NAME.png; ids keep the ending."""
    items = [name for name in contents.names if is_picture(name) and "/" in name]
    if not items:
        loose = any(map(is_picture, contents.names))
        found = "its pictures lie loose in it" if loose else "holds no pictures"
        raise VislabError(f"{contents.root}: {found}; put them into images/, or into a folder per class")
    labels = sorted({item.split("/")[0] for item in items})

    def read(place: int) -> Picture:
        name = items[place]
        return Picture(read_rgb(contents.read(name), contents.where(name)), label=labels.index(name.split("/")[0]))

    return Source(
        name=str(contents.root),
        vocabulary=plain_vocabulary(contents.root.name, labels=labels),
        items=items,
        size_of=lambda place: read_size(contents.read(items[place]), contents.where(items[place])),
        read=read,
    )
