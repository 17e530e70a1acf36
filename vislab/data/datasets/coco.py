"""Instances in the JSON of COCO (Lin et al. 2014, ECCV; the format is described at cocodataset.org/#format-data)."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vislab.data.datasets.archive import Contents
from vislab.data.datasets.class_tables import BACKGROUND, plain_vocabulary
from vislab.data.datasets.decode import refuse_turned
from vislab.data.datasets.id_map import Patch, paint, patch_of
from vislab.data.datasets.loader import Source
from vislab.data.datasets.picture_names import PictureNames, tails
from vislab.data.datasets.rasterise import decode, whole
from vislab.data.datasets.resize import Picture
from vislab.data.vocabulary import IGNORE, is_word
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
        list_in(_parse(path), "images", path)
        raise VislabError(f'{path}: its "images" name no file; add a "file_name" to each')
    above = path.parent.parent
    split = path.stem.rpartition("_")[2]
    folders = [path.parent, path.parent / "images", above / split, above / "images", above / "images" / split]
    for folder in folders:
        if any((folder / tail).is_file() for name in names for tail in tails(name)):
            return folder
    searched = ", ".join(map(str, folders[:4]))
    raise VislabError(f"{path}: its picture {names[0]!r} is in none of {searched}; give their folder with images=")


def _parse(path: Path) -> Any:
    return parse_json(read_file(path), str(path), "save it again as JSON")


def key(value: Any) -> int | str | None:
    """An id, which may be a name; None if it is none."""
    number = whole(value)
    return number if number is not None else value if isinstance(value, str) else None


def size_in(entry: Entry) -> tuple[int, int] | None:
    """Height and width of an entry of "images"; None if it does not know them, which some tools write as -1."""
    height, width = whole(entry.get("height")), whole(entry.get("width"))
    return (height, width) if height and width and min(height, width) > 0 else None


def list_in(plain: Any, key: str, where: object) -> list[Any]:
    """One of the lists of a COCO JSON. Raises VislabError, `where` first, if it is none."""
    value = plain.get(key) if isinstance(plain, dict) else None
    if not isinstance(value, list):
        lists = '"images", "annotations" and "categories"'
        raise VislabError(f"{where}: is not COCO instances JSON, which has the lists {lists}; add {key!r}")
    return value


def source(path: Path, pictures: Contents) -> Source:
    """The pictures that a COCO JSON describes, whose files are in `pictures`; ids are the files' names there.

    Raises VislabError if it is no COCO JSON, has more categories than a mask has room for, uses an id twice, or marks
    every object as a crowd.
    """
    return source_of(_parse(path), path, pictures)


def source_of(plain: Any, path: Path, pictures: Contents) -> Source:
    """The same for a plain dict with the lists of a COCO JSON. path: what it was made of, for messages."""
    entries = list_in(plain, "annotations", path)
    if any(isinstance(entry, dict) and "segments_info" in entry for entry in entries):
        raise VislabError(f"{path}: is COCO panoptic, which is not read; give the JSON of instances")
    used = {whole(entry.get("category_id")) for entry in entries if isinstance(entry, dict)}
    classes, index_of, notes = _classes(path, list_in(plain, "categories", path), used)
    images = _images(path, list_in(plain, "images", path), pictures)
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
        if number is None or not is_word(name):
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
    above = [(each["name"].strip(), each.get("supercategory")) for each in categories]
    parents = {word for name, word in above if isinstance(word, str) and word != name}
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
    names = PictureNames(pictures)
    for entry in entries:
        name = entry.get("file_name") if isinstance(entry, dict) else None
        number = key(entry.get("id")) if isinstance(entry, dict) else None
        if number is None or not isinstance(name, str):
            raise VislabError(f'{path}: an entry of "images" lacks its "id" or "file_name"; add it: {str(entry)[:80]}')
        size = size_in(entry)
        file = names.find(name, str(path)) or next(tails(name))  # if it is missing, whoever reads it says so
        if file in images:
            raise VislabError(f'{path}: lists the picture {name!r} twice in "images"; keep one entry')
        if number in ids:
            raise VislabError(
                f"{path}: the pictures {ids[number]!r} and {name!r} both have the id {number!r}; mend one"
            )
        images[file], ids[number] = _Image(number, file, size), name
    return images


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
