"""Instances in the JSON of COCO (Lin et al. 2014, ECCV; the format is described at cocodataset.org/#format-data)."""

import json
import math
import re
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from vislab.data.datasets.archive import Contents
from vislab.data.datasets.class_tables import BACKGROUND, parse_json, plain_vocabulary
from vislab.data.datasets.id_map import Patch, paint, patch_of
from vislab.data.datasets.loader import Source
from vislab.data.datasets.resize import Picture
from vislab.data.vocabulary import IGNORE
from vislab.errors import VislabError

Entry = Mapping[str, Any]  # of "images" or "annotations"
MOST_CLASSES = IGNORE - 1  # beside the background
LOOK_AT = 100  # pictures to look for, as some may be missing


def find_pictures(path: Path) -> Path:
    """The folder of a JSON's pictures: beside it, in images/, or where COCO's own archives put them.

    For annotations/instances_val2017.json that is val2017/ or images/ beside annotations/. It is the first of these
    that holds one of the first pictures the JSON names. The text is only searched, not parsed, which is quick enough to
    find pictures in the cache. Raises VislabError if no folder holds them.
    """
    names: list[str] = []
    for match in islice(re.finditer(rb'"file_name"\s*:\s*("(?:[^"\\]|\\.)*")', path.read_bytes()), LOOK_AT):
        with suppress(ValueError):
            names.append(json.loads(match[1]))
    if not names:
        _list(_parse(path), "images", path)
        raise VislabError(f'{path}: its "images" name no file; add a "file_name" to each')
    above = path.parent.parent
    split = path.stem.rpartition("_")[2]
    folders = [path.parent, path.parent / "images", above / split, above / "images", above / "images" / split]
    for folder in folders:
        if any((folder / name).is_file() for name in names):
            return folder
    searched = ", ".join(map(str, folders[:4]))
    raise VislabError(f"{path}: its picture {names[0]!r} is in none of {searched}; give their folder with images=")


def _parse(path: Path) -> Any:
    return parse_json(path.read_bytes(), str(path))


def _list(plain: Any, key: str, path: Path) -> list[Any]:
    value = plain.get(key) if isinstance(plain, dict) else None
    if not isinstance(value, list):
        lists = '"images", "annotations" and "categories"'
        raise VislabError(f"{path}: is not COCO instances JSON, which has the lists {lists}; add {key!r}")
    return value


def source(path: Path, pictures: Contents) -> Source:
    """The pictures that a COCO JSON describes, whose files are in `pictures`; ids are the file names.

    Raises VislabError if it is no COCO JSON or has more categories than a mask has room for.
    """
    plain = _parse(path)
    classes, index_of = _classes(path, _list(plain, "categories", path))
    images = _images(path, _list(plain, "images", path))
    problems: list[str] = []
    annotations: dict[Any, list[Entry]] = defaultdict(list)
    by_id = {image["id"]: name for name, image in images.items()}
    for annotation in _list(plain, "annotations", path):
        image = annotation.get("image_id") if isinstance(annotation, dict) else None
        if isinstance(image, int | str) and image in by_id:
            annotations[by_id[image]].append(annotation)
        else:
            problems.append(f'{_name(path, annotation)} is of picture {image!r}, which "images" does not list; mend it')

    items = sorted(images)

    def size_of(index: int) -> tuple[int, int]:
        return images[items[index]]["height"], images[items[index]]["width"]

    def read(index: int) -> Picture:
        return _read(path, images[items[index]], annotations[items[index]], index_of, pictures)

    vocabulary = plain_vocabulary(path.stem, classes, classes[1:])
    return Source(str(path), vocabulary, items, size_of, read, problems)


def _name(path: Path, annotation: Any) -> str:
    return f"{path}: annotation {annotation.get('id') if isinstance(annotation, dict) else annotation!r}"


def _classes(path: Path, categories: list[Any]) -> tuple[list[str], dict[Any, int]]:
    """The classes in the order of their ids, and the class of each id. Categories of one name are one class."""
    try:
        names = {int(category["id"]): str(category["name"]) for category in categories}
    except (KeyError, TypeError, ValueError) as error:
        raise VislabError(f'{path}: an entry of "categories" lacks its "id" or "name"; add it') from error
    classes = list(dict.fromkeys([BACKGROUND, *(names[number] for number in sorted(names))]))
    if len(classes) - 1 > MOST_CLASSES:
        raise VislabError(f"{path}: has {len(classes) - 1} categories, a mask has room for {MOST_CLASSES}; join some")
    return classes, {number: classes.index(name) for number, name in names.items()}


def _images(path: Path, entries: list[Any]) -> dict[str, Entry]:
    """The entries of "images" by their file name."""
    images: dict[str, Entry] = {}
    for entry in entries:
        try:
            name, number, height, width = entry["file_name"], entry["id"], entry["height"], entry["width"]
            sized = all(isinstance(side, int) and side > 0 for side in (height, width))
            if not (sized and isinstance(name, str) and isinstance(number, int | str)):
                raise TypeError
        except (KeyError, TypeError) as error:
            fields = '"id", "file_name", "height" or "width"'
            raise VislabError(f'{path}: an entry of "images" lacks its {fields}; add it: {str(entry)[:80]}') from error
        if ".." in PurePosixPath(name).parts or PurePosixPath(name).is_absolute() or set(name) & set("\\:\0"):
            raise VislabError(f"{path}: names the picture {name!r}; give its path inside the folder of the pictures")
        if name in images:
            raise VislabError(f'{path}: lists the picture {name!r} twice in "images"; keep one entry')
        images[name] = entry
    return images


# One picture


def _read(path: Path, image: Entry, annotations: list[Entry], index_of: dict[Any, int], pictures: Contents) -> Picture:
    size, name = (image["height"], image["width"]), image["file_name"]
    pixels = pictures.rgb(name)
    if pixels.shape[:2] != size:
        sizes = f"is {pixels.shape[0]} × {pixels.shape[1]}, but {path.name} says {size[0]} × {size[1]}"
        raise VislabError(f"{pictures.where(name)}: {sizes}; bring the picture that was annotated")
    patches: list[Patch] = []
    stuff = np.zeros(size, np.uint8)
    for annotation in annotations:
        where = _name(path, annotation)
        category = annotation.get("category_id")
        index = index_of.get(category) if isinstance(category, int) else None
        if index is None:
            known = ", ".join(map(str, sorted(index_of)[:8])) + (" …" if len(index_of) > 8 else "")
            raise VislabError(f'{where} has category {category!r}, which "categories" does not list ({known}); add it')
        mask = decode(annotation, size, where)
        if annotation.get("iscrowd"):
            stuff[mask > 0] = IGNORE  # many objects outlined as one: where each is, nobody knows
        elif index:
            patches.append(patch_of(mask, index))
    instances, losses = paint(size, patches, str(path))
    classes = [patch.index for patch in patches]
    class_of_object = np.array([0, *classes], np.uint8)[instances]
    semantic = np.where(instances > 0, class_of_object, stuff)
    return Picture(pixels, semantic, instances, classes, losses=losses)


def decode(annotation: Entry, size: tuple[int, int], where: str) -> np.ndarray:
    """The mask of an annotation, uint8 (h, w), from polygons or run lengths, by faster-coco-eval.

    What sticks out of the picture is cut off. Raises VislabError, `where` first, for a box without width or height and
    for an outline that is no outline.
    """
    from faster_coco_eval.core import mask as coco

    _refuse_box(annotation.get("bbox"), where)
    outline = annotation.get("segmentation")
    if isinstance(outline, list):
        _refuse_polygons(outline, size, where)
    elif not (isinstance(outline, dict) and outline.get("size") == list(size) and "counts" in outline):
        expected = f'polygons, or of "counts" and the "size" {list(size)} of its picture'
        raise VislabError(f'{where} has no "segmentation" of {expected}; outline it')
    try:
        runs = outline
        if isinstance(outline, list):
            runs = coco.merge(coco.frPyObjects(outline, *size))
        elif isinstance(outline["counts"], list):
            runs = coco.frPyObjects(outline, *size)
        return np.asarray(coco.decode(runs))
    except (ValueError, RuntimeError, TypeError, KeyError, OverflowError) as error:
        raise VislabError(f"{where} has an outline that cannot be decoded ({error}); outline it again") from error


def _refuse_box(box: Any, where: str) -> None:
    if box is None:
        return
    try:
        numbers = [float(number) for number in box]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)) or min(numbers[2:]) <= 0:
        raise VislabError(f"{where} has the box {box}, but its width and height must be above 0; outline it again")


def _refuse_polygons(polygons: list[Any], size: tuple[int, int], where: str) -> None:
    """Polygons need three finite points near the picture: the decoder never returns from NaN or a corner far away."""
    if not polygons:
        raise VislabError(f"{where} has an empty outline; outline it, or delete the annotation")
    for polygon in polygons:
        try:
            points = np.array(polygon, float)
        except (TypeError, ValueError):
            points = np.array([math.nan])
        if points.ndim != 1 or not np.isfinite(points).all():
            raise VislabError(f"{where} has an outline with {polygon!s:.60}, no list of numbers x, y, x, y; mend it")
        if len(points) < 6 or len(points) % 2:
            few = f"{len(points) / 2:g} points"
            raise VislabError(f"{where} has a polygon of {few}, but an area needs three; outline it again")
        room = np.tile([size[1], size[0]], len(points) // 2)
        if (points < -room).any() or (points > 2 * room).any():
            raise VislabError(f"{where} has a corner far outside of its picture; outline it again")
