"""Instances in the JSON of COCO (Lin et al. 2014, ECCV; the format is described at cocodataset.org/#format-data)."""

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np

from vislab.data.datasets.archive import Contents
from vislab.data.datasets.class_tables import BACKGROUND, plain_vocabulary
from vislab.data.datasets.decode import refuse_turned
from vislab.data.datasets.id_map import Patch, paint, patch_of
from vislab.data.datasets.loader import Source
from vislab.data.datasets.resize import Picture
from vislab.data.vocabulary import IGNORE
from vislab.errors import VislabError
from vislab.system.console import plural
from vislab.system.files import parse_json, read_file

Entry = Mapping[str, Any]  # of "annotations"
MOST_CLASSES = IGNORE - 1  # beside the background
LOOK_AT = 100  # pictures to look for, as some may be missing


def find_pictures(path: Path) -> Path:
    """The folder of a JSON's pictures: beside it, in images/, or where COCO's own archives put them.

    For annotations/instances_val2017.json that is val2017/ or images/ beside annotations/. It is the first of these
    that holds one of the first pictures the JSON names. The text is only searched, not parsed, which is quick enough to
    find pictures in the cache. Raises VislabError if no folder holds them.
    """
    names: list[str] = []
    for match in islice(re.finditer(rb'"file_name"\s*:\s*("(?:[^"\\]|\\.)*")', read_file(path)), LOOK_AT):
        with suppress(ValueError):
            names.append(json.loads(match[1]))
    if not names:
        _list(_parse(path), "images", path)
        raise VislabError(f'{path}: its "images" name no file; add a "file_name" to each')
    above = path.parent.parent
    split = path.stem.rpartition("_")[2]
    folders = [path.parent, path.parent / "images", above / split, above / "images", above / "images" / split]
    for folder in folders:
        if any((folder / tail).is_file() for name in names for tail in _tails(name)):
            return folder
    searched = ", ".join(map(str, folders[:4]))
    raise VislabError(f"{path}: its picture {names[0]!r} is in none of {searched}; give their folder with images=")


def _tails(name: str) -> Iterator[str]:
    """A picture's name and its last parts, down to the file's own: tools write names of their own machine's folders."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return ("/".join(parts[start:]) for start in range(len(parts)))


def _parse(path: Path) -> Any:
    return parse_json(read_file(path), str(path), "save it again as JSON")


def whole(value: Any) -> int | None:
    """A whole number as JSON should have it, or as tools write it: "7", 7.0, true; None if it is none."""
    try:
        number = float(value) if isinstance(value, int | float | str) else math.nan
    except (ValueError, OverflowError):
        return None
    return int(number) if number.is_integer() else None


def key(value: Any) -> int | str | None:
    """An id, which may be a name; None if it is none."""
    number = whole(value)
    return number if number is not None else value if isinstance(value, str) else None


def size_in(entry: Entry) -> tuple[int, int] | None:
    """Height and width of an entry of "images"; None if it does not know them, which some tools write as -1."""
    height, width = whole(entry.get("height")), whole(entry.get("width"))
    return (height, width) if height and width and min(height, width) > 0 else None


def _list(plain: Any, key: str, path: Path) -> list[Any]:
    value = plain.get(key) if isinstance(plain, dict) else None
    if not isinstance(value, list):
        lists = '"images", "annotations" and "categories"'
        raise VislabError(f"{path}: is not COCO instances JSON, which has the lists {lists}; add {key!r}")
    return value


def source(path: Path, pictures: Contents) -> Source:
    """The pictures that a COCO JSON describes, whose files are in `pictures`; ids are the files' names there.

    Raises VislabError if it is no COCO JSON, has more categories than a mask has room for, uses an id twice, or marks
    every object as a crowd.
    """
    return source_of(_parse(path), path, pictures)


def source_of(plain: Any, path: Path, pictures: Contents) -> Source:
    """The same for a plain dict with the lists of a COCO JSON. path: what it was made of, for messages."""
    entries = _list(plain, "annotations", path)
    used = {whole(entry.get("category_id")) for entry in entries if isinstance(entry, dict)}
    classes, index_of, notes = _classes(path, _list(plain, "categories", path), used)
    images = _images(path, _list(plain, "images", path), pictures)
    problems: list[str] = []
    annotations: dict[str, list[Entry]] = defaultdict(list)
    by_id = {image.id: name for name, image in images.items()}
    for annotation in entries:
        image = annotation.get("image_id") if isinstance(annotation, dict) else None
        number = key(image)
        if number is not None and (name := by_id.get(number)) is not None:
            annotations[name].append(annotation)
        else:
            problems.append(f'{_name(path, annotation)} is of picture {image!r}, which "images" does not list; mend it')
    outlined = [annotation for some in annotations.values() for annotation in some]
    if outlined and all(_is_crowd(annotation) for annotation in outlined):
        reason = f"marks all of its {plural(len(outlined), 'object')} as a crowd, whose pixels are ignored"
        raise VislabError(f'{path}: {reason}; write "iscrowd": 0 where an outline is of one object')
    items = sorted(images)

    def size_of(index: int) -> tuple[int, int]:
        return images[items[index]].size or pictures.size(items[index])

    def read(index: int) -> Picture:
        return _read(path, images[items[index]], annotations[items[index]], index_of, pictures)

    vocabulary = plain_vocabulary(path.stem, classes, classes[1:])
    return Source(str(path), vocabulary, items, size_of, read, problems, notes, target=())


def _is_crowd(annotation: Entry) -> bool:
    return bool(whole(annotation.get("iscrowd")))


def _name(path: Path, annotation: Any) -> str:
    return f"{path}: annotation {annotation.get('id') if isinstance(annotation, dict) else annotation!r}"


def read_categories(entries: list[Any], where: str) -> dict[int, str]:
    """The name of each category by its id. Raises VislabError if one lacks them, or two have one id."""
    names: dict[int, str] = {}
    for entry in entries:
        number = whole(entry.get("id")) if isinstance(entry, dict) else None
        name = entry.get("name") if isinstance(entry, dict) else None
        if number is None or not isinstance(name, str) or not name.strip():
            raise VislabError(f'{where}: an entry of "categories" lacks its "id" or "name"; add it: {entry!s:.80}')
        if number in names:
            both = f"{names[number]!r} and {name.strip()!r}"
            raise VislabError(f"{where}: the categories {both} both have the id {number}; mend one")
        names[number] = name.strip()
    return names


def _classes(
    path: Path, categories: list[Any], used: Collection[int | None]
) -> tuple[list[str], dict[int, int], list[str]]:
    """The classes in the order of their ids, the class of each id, and what to report.

    Categories of one name are one class. A parent of others that no annotation uses is no class.
    """
    names = read_categories(categories, str(path))
    parents = {each.get("supercategory") for each in categories if each.get("supercategory") != each["name"].strip()}
    unused = [number for number, name in names.items() if name in parents and number not in used]
    notes = [
        f"{path}: the category {names[number]!r} only groups others and has no object; left out" for number in unused
    ]
    names = {number: name for number, name in names.items() if number not in unused}
    classes = list(dict.fromkeys([BACKGROUND, *(names[number] for number in sorted(names))]))
    if len(classes) - 1 > MOST_CLASSES:
        raise VislabError(f"{path}: has {len(classes) - 1} categories, a mask has room for {MOST_CLASSES}; join some")
    return classes, {number: classes.index(name) for number, name in names.items()}, notes


class _Image(NamedTuple):
    """An entry of "images". name: of its file. size: height and width, None if it does not say."""

    id: int | str
    name: str
    size: tuple[int, int] | None


def _images(path: Path, entries: list[Any], pictures: Contents) -> dict[str, _Image]:
    """The entries of "images" by the name of their file."""
    images: dict[str, _Image] = {}
    ids: dict[int | str, str] = {}
    by_base: dict[str, list[str]] = defaultdict(list)
    for file in pictures.names:
        by_base[PurePosixPath(file).name].append(file)
    for entry in entries:
        name = entry.get("file_name") if isinstance(entry, dict) else None
        number = key(entry.get("id")) if isinstance(entry, dict) else None
        if number is None or not isinstance(name, str):
            raise VislabError(f'{path}: an entry of "images" lacks its "id" or "file_name"; add it: {str(entry)[:80]}')
        size = size_in(entry)
        file = _find(path, name, by_base, pictures)
        if file in images:
            raise VislabError(f'{path}: lists the picture {name!r} twice in "images"; keep one entry')
        if number in ids:
            raise VislabError(
                f"{path}: the pictures {ids[number]!r} and {name!r} both have the id {number!r}; mend one"
            )
        images[file], ids[number] = _Image(number, file, size), name
    return images


def _find(path: Path, name: str, by_base: Mapping[str, list[str]], pictures: Contents) -> str:
    """The file of a picture by its name, or by as much of its end as leads to one file; its own name if none does."""
    tails = list(_tails(name))
    for tail in tails:
        found = [file for file in by_base.get(tails[-1], ()) if f"/{file}".endswith(f"/{tail}")]
        if tail in found:
            return tail
        if len(found) > 1:
            both = " or ".join(map(repr, found[:2]))
            raise VislabError(
                f"{path}: names the picture {name!r}, which may be {both} in {pictures.root}; write which"
            )
        if found:
            return found[0]
    if not tails:
        raise VislabError(f"{path}: names the picture {name!r}; give its path inside the folder of the pictures")
    return "/".join(tails[:1])


# One picture


def _read(path: Path, image: _Image, annotations: list[Entry], index_of: dict[int, int], pictures: Contents) -> Picture:
    pixels, orientation = pictures.upright(image.name)
    refuse_turned(orientation, pixels.shape, image.size, pictures.where(image.name))
    size = pixels.shape[:2] if image.size is None else image.size
    if pixels.shape[:2] != size:
        sizes = f"is {pixels.shape[0]} × {pixels.shape[1]}, but {path.name} says {size[0]} × {size[1]}"
        raise VislabError(f"{pictures.where(image.name)}: {sizes}; bring the picture that was annotated")
    patches: list[Patch] = []
    stuff = np.zeros(size, np.uint8)
    left_out: Counter[str] = Counter(turned=int(orientation != 1))
    for annotation in annotations:
        where = _name(path, annotation)
        category = annotation.get("category_id")
        index = index_of.get(number) if (number := whole(category)) is not None else None
        if index is None:
            known = ", ".join(map(str, sorted(index_of)[:8])) + (" …" if len(index_of) > 8 else "")
            raise VislabError(f'{where} has category {category!r}, which "categories" does not list ({known}); add it')
        mask = decode(annotation, size, where)
        if _is_crowd(annotation):
            stuff[mask > 0] = IGNORE  # many objects outlined as one: where each is, nobody knows
            left_out["crowd"] += 1
        elif index:
            patches.append(patch_of(mask, index))
        else:
            left_out["background"] += 1
    instances, losses = paint(size, patches, str(path))
    classes = [patch.index for patch in patches]
    class_of_object = np.array([0, *classes], np.uint8)[instances]
    semantic = np.where(instances > 0, class_of_object, stuff)
    return Picture(pixels, semantic, instances, classes, losses=losses + left_out)


def decode(annotation: Entry, size: tuple[int, int], where: str) -> np.ndarray:
    """The mask of an annotation, uint8 (h, w), from polygons or run lengths, by faster-coco-eval.

    What sticks out of the picture is cut off, and an outline without an area has no pixel. Raises VislabError, `where`
    first, for a box of negative width or height and for an outline that is no outline.
    """
    from faster_coco_eval.core import mask as coco

    _refuse_box(annotation.get("bbox"), where)
    outline = annotation.get("segmentation")
    if isinstance(outline, list):
        outline = _polygons(outline, size, where)
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
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)) or min(numbers[2:]) < 0:
        raise VislabError(f"{where} has the box {box}, but its width and height must be 0 or above; outline it again")


def _polygons(polygons: list[Any], size: tuple[int, int], where: str) -> list[list[float]]:
    """Polygons as numbers: three finite points near the picture, as the decoder never returns from NaN or far away."""
    if not polygons:
        raise VislabError(f"{where} has an empty outline; outline it, or delete the annotation")
    numbers = []
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
        numbers.append(points.tolist())
    return numbers
