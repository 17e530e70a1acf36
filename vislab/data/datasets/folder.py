"""Your own pictures: a folder with masks beside the pictures.

    FOLDER/images/NAME.png       the pictures; folders below images/ are part of the name
    FOLDER/masks/NAME.png        the class of each pixel: numbers or colours as classes.csv has them, 255 = ignore
    FOLDER/instances/NAME.png    the object of each pixel: 0 = none, else an id; 8 or 16 bit
    FOLDER/classes.csv           id,name and, if wanted, thing (1 or 0), ask (1 or 0), colour (#rrggbb) or r,g,b
    FOLDER/objects.csv           picture,id,class: the class of each id; without it, that of the mask below the object
    FOLDER/labels.csv            picture,label
    FOLDER/pictures.csv          picture and, if wanted, group and part; every other column is an attribute; in order
    FOLDER/split.csv             picture and part (train, valid or test) or group, as in any other layout
    FOLDER/vocabulary.json       what save_folder wrote; masks then hold the indices of its classes

Any of the last eight may be missing. The folders may have another usual name (layout.ROLES), and train/, val/ and test/
in or above them become the attribute "part". In classes.csv the name "background" is class 0, added where it is not
listed, and "ignore" or "void" mark pixels that nobody labelled. The questions are about the classes with ask = 1.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vislab.data.datasets.archive import Contents, without_ending
from vislab.data.datasets.class_tables import Classes, read_classes, read_table, whole_number
from vislab.data.datasets.decode import refuse_other_size, refuse_turned
from vislab.data.datasets.division import name_parts
from vislab.data.datasets.id_map import MOST_OBJECTS
from vislab.data.datasets.layout import OURS, arrange, looks_like_annotations, part_attributes
from vislab.data.datasets.layout import TABLES as OUR_TABLES
from vislab.data.datasets.loader import Source
from vislab.data.datasets.resize import Picture
from vislab.data.datasets.view import View
from vislab.data.vocabulary import IGNORE, Vocabulary
from vislab.errors import VislabError

TABLES = {"objects.csv": ("picture", "id", "class"), "labels.csv": ("picture", "label"), "pictures.csv": ("picture",)}


def matches(contents: Contents) -> bool:
    """Whether there are pictures in images/, or in a folder of such a name if masks or a table lie beside it.

    What a label tool wrote beside pictures alone speaks against it.
    """
    view = arrange(contents)
    if not view.pictures("images/"):
        return False
    if view.pictures("masks/") or view.pictures("instances/") or set(OUR_TABLES) & set(view.names):
        return True
    lines = any(name.endswith(".txt") and "labels" in name.lower().split("/")[:-1] for name in contents.names)
    others = lines or contents.kinds or any(map(looks_like_annotations, set(contents.names) - OURS))
    return any(name.startswith("images/") for name in view.files.values()) and not others


@dataclass
class _Files:
    """The files of a folder and the rows of its tables, by their picture."""

    contents: Contents
    images: Mapping[str, str]
    masks: Mapping[str, str]
    instances: Mapping[str, str]
    labels: Mapping[str, str]
    objects: Mapping[str, Mapping[int, str]]
    classes: Classes


def source(contents: Contents) -> Source:
    """A folder with images/ as a source of pictures. Raises VislabError if its tables make no sense."""
    return view_source(arrange(contents))


def view_source(contents: View) -> Source:
    """A folder whose files have been given the names of this layout, as a source of pictures."""
    problems: list[str] = []
    by_kind = {kind: _by_stem(contents, kind, problems) for kind in ("images", "masks", "instances")}
    images = by_kind["images"]
    tables = {name: _rows(contents, name, columns, images, problems) for name, columns in TABLES.items()}
    objects: dict[str, dict[int, str]] = defaultdict(dict)
    for picture, row in tables["objects.csv"]:
        where = contents.where("objects.csv")
        try:
            number = whole_number(row["id"])
        except ValueError as error:
            raise VislabError(f"{where}: the id {error}; write the one in instances/") from None
        if number in objects[picture]:
            raise VislabError(f"{where}: lists the id {number} of picture {picture!r} twice; keep one line")
        objects[picture][number] = row["class"]
    labels = {picture: row["label"] for picture, row in tables["labels.csv"]}
    rows = dict(tables["pictures.csv"])
    named = [row["class"] for _, row in tables["objects.csv"]]
    classes = read_classes(contents, bool(by_kind["masks"]), bool(by_kind["instances"]), named, labels or None)
    for kind in ("masks", "instances"):
        for stem in sorted(by_kind[kind].keys() - images.keys()):
            where = contents.where(by_kind[kind][stem])
            problems.append(f"{where}: has no picture images/{stem}.png (or .jpg, ...); bring it or delete the mask")
    files = _Files(contents, images, by_kind["masks"], by_kind["instances"], labels, objects, classes)
    items = [*rows, *sorted(images.keys() - rows.keys())]
    columns = [name for name in next(iter(rows.values()), {}) if name not in ("picture", "group")]
    grouped = any("group" in row for row in rows.values())
    return Source(
        name=str(contents.root),
        vocabulary=classes.vocabulary,
        items=items,
        size_of=lambda index: contents.size(images[items[index]]),
        read=lambda index: _read(files, items[index]),
        problems=problems,
        groups=[rows.get(item, {}).get("group") or item for item in items] if grouped else None,
        attributes=part_attributes(items)
        | {name: [rows.get(item, {}).get(name) or "" for item in items] for name in columns}
        | _parts_in(contents, rows, items),
        unexplained=bool(by_kind["masks"]) and classes.unexplained,
        files=frozenset(contents.files.values()),
        target=classes.target,
    )


def _parts_in(contents: View, rows: Mapping[str, Mapping[str, str]], items: list[str]) -> dict[str, list[str]]:
    """The attribute "part" by the column of that name in pictures.csv; nothing without one."""
    words = [rows.get(item, {}).get("part") or "" for item in items]
    return {"part": name_parts(words, contents.where("pictures.csv"))} if any(words) else {}


def _by_stem(contents: Contents, kind: str, problems: list[str]) -> dict[str, str]:
    """Files in images/, masks/ or instances/ by the picture's name: the path below, without its ending."""
    names: dict[str, str] = {}
    for name in contents.pictures(f"{kind}/"):
        stem = without_ending(name[len(kind) + 1 :])
        if stem in names:
            problems.append(f"{contents.where(name)}: {names[stem]} has the same name but for its ending; rename one")
        else:
            names[stem] = name
    return names


def _rows(
    contents: Contents, name: str, columns: tuple[str, ...], images: Mapping[str, str], problems: list[str]
) -> list[tuple[str, dict[str, str]]]:
    """The rows of a table with their picture's name, without its ending; the table may name it with its ending."""
    if name not in contents.names:
        return []
    rows = []
    listed: set[str] = set()
    for row in read_table(contents, name, columns):
        stem = row["picture"]
        if stem not in images:
            stem = without_ending(stem)
        if stem in listed and name != "objects.csv":
            raise VislabError(f"{contents.where(name)}: lists the picture {stem!r} twice; keep one line")
        listed.add(stem)
        if stem in images:
            rows.append((stem, row))
        else:
            problems.append(
                f"{contents.where(name)}: names the picture {row['picture']!r}, which images/ does not hold; bring it "
                "or delete the line"
            )
    return rows


# One picture


def _read(files: _Files, item: str) -> Picture:
    contents, where = files.contents, files.contents.where(files.images[item])
    for kind, known in (("masks", files.masks), ("instances", files.instances), ("labels", files.labels)):
        if known and item not in known:
            lacking = f"line in {kind}.csv" if kind == "labels" else f"mask {kind}/{item}.png"
            raise VislabError(f"{where}: has no {lacking}; bring it or delete the picture")
    pixels, orientation = contents.upright(files.images[item])
    picture = Picture(pixels, losses=Counter(turned=int(orientation != 1)))
    if files.labels:
        picture.label = files.classes.label_index(files.labels[item], where)
    if files.masks:
        name = files.masks[item]
        mask = contents.mask(name, bool(files.classes.colours))
        _refuse_other(mask.shape, name, pixels.shape, orientation, where, contents)
        picture.semantic = files.classes.indices(mask, contents.where(name))
    if files.instances:
        name = files.instances[item]
        ids = contents.mask(name)
        _refuse_other(ids.shape, name, pixels.shape, orientation, where, contents)
        listed = files.objects.get(item, {}) if files.objects else None
        add_instances(picture, ids, listed, files.classes.vocabulary, contents.where(name))
    return picture


def _refuse_other(
    mask: tuple[int, ...], name: str, size: tuple[int, ...], orientation: int, where: str, contents: Contents
) -> None:
    """Raise VislabError if a mask of this shape was not made for its picture, as far as size and EXIF tell."""
    own = contents.orientation(name)
    if orientation not in (1, own):
        refuse_turned(orientation, size, mask, where)
    if own not in (1, orientation):
        refuse_turned(own, mask, size, contents.where(name))
    refuse_other_size(mask, size, contents.where(name))


def add_instances(
    picture: Picture, ids: np.ndarray, listed: Mapping[int, str] | None, words: Vocabulary, where: str
) -> None:
    """Put the objects of an id map (h, w) into the picture, in the order of their ids, and into its mask.

    listed: the class of each id, None if no objects.csv says it: then it is that of most pixels of the picture's mask
    below it, or without a mask the first thing. Raises VislabError, `where` first, for ids that cannot be.
    """
    values, flat = np.unique(ids, return_inverse=True)
    present = [int(value) for value in values if value]
    if len(present) > MOST_OBJECTS:
        raise VislabError(f"{where}: has {len(present):,} objects, but ids end at {MOST_OBJECTS:,}; cut it up")
    if min(present, default=0) < 0:
        raise VislabError(f"{where}: has ids from {values[0]} to {values[-1]}; use 0 for no object and ids from 1")
    picture.classes = [_class_of(picture, ids, value, listed, words, where) for value in present]
    picture.losses["empty"] = len((listed or {}).keys() - set(present))
    # The new id of each value is its rank among those present, 0 for "no object".
    picture.instances = (flat + (0 if 0 in values else 1)).reshape(ids.shape).astype(np.int16)
    class_of_object = np.array([0, *picture.classes], np.uint8)[picture.instances]
    if picture.semantic is None:
        picture.semantic = class_of_object
    else:
        covered = picture.instances > 0
        picture.losses["disagree"] = int((picture.semantic != class_of_object)[covered].sum())
        picture.semantic = np.where(covered, class_of_object, picture.semantic)


def _class_of(
    picture: Picture, ids: np.ndarray, value: int, listed: Mapping[int, str] | None, words: Vocabulary, where: str
) -> int:
    """The class of one object: from objects.csv, else that of most of its pixels in the mask, else the first thing."""
    if listed is not None:
        if value not in listed:
            raise VislabError(f"{where}: holds the id {value}, which objects.csv does not list; add a line for it")
        index = words.classes.index(listed[value])
    elif picture.semantic is not None:
        below = np.bincount(picture.semantic[ids == value], minlength=IGNORE + 1)[:IGNORE]
        index = int(below.argmax()) if below.any() else 0
    else:
        index = words.thing_indices[0]
    if index not in words.thing_indices:
        why = f"is {words.classes[index]}, whose objects are not counted ({', '.join(words.things)} are)"
        raise VislabError(f"{where}: object {value} {why}; mend its mask, or give its class in objects.csv")
    return index
