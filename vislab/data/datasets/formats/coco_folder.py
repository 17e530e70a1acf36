"""Folders with COCO JSON inside, as Roboflow, CVAT, Label Studio and others export them: one, or one for each part."""

from pathlib import PurePosixPath
from typing import Any

from vislab.data.datasets import coco
from vislab.data.datasets.archive import Contents
from vislab.data.datasets.formats.outlines import Outlines, boxes_alone, well_formed
from vislab.data.datasets.layout import PART_OF, part_of
from vislab.data.datasets.loader import Source
from vislab.errors import VislabError
from vislab.system.console import plural
from vislab.system.files import parse_json

OTHERS = ("captions_", "person_keypoints_", "image_info_", "panoptic_")  # beside the instances of COCO itself


def matches(contents: Contents) -> bool:
    """Whether there is a COCO JSON."""
    return bool(_files(contents))


def _files(contents: Contents) -> dict[str, str]:
    """The JSON files and their parts: "train", "valid", "test" or ""."""
    names = [name for name, kind in contents.kinds.items() if kind == "COCO"]
    return {name: _part(name) for name in names if not PurePosixPath(name).name.startswith(OTHERS)}


def _part(name: str) -> str:
    """The part that a JSON's folder or name says: train/_annotations.coco.json, annotations/instances_val2017.json."""
    words = PurePosixPath(name).stem.lower().replace("-", "_").split("_")
    own = (PART_OF.get(word.rstrip("0123456789"), "") for word in reversed(words))
    return part_of(name) or next(filter(None, own), "")


def source(contents: Contents) -> Source:
    """The pictures of all COCO files; classes of one name are one class. Raises VislabError if two have one part."""
    files = _files(contents)
    by_part = {part: name for name, part in files.items()}
    if len(by_part) < len(files):
        twice = next(name for name, part in files.items() if by_part[part] != name)
        named = f"{contents.where(twice)} and {contents.where(by_part[files[twice]])}"
        raise VislabError(f'{named} are both COCO files; give the one you mean, as in vl.load("{twice}")')
    made = Outlines(contents, "COCO")
    outlined = boxes = 0
    for name in sorted(files):
        where = contents.where(name)
        made.files.add(name)
        with well_formed(where, "COCO"):
            plain = parse_json(contents.read(name), where, "export it again")
            entries = {key: coco.list_in(plain, key, where) for key in ("images", "annotations", "categories")}
            categories = coco.read_categories(entries["categories"], where)
            made.declare(categories[number] for number in sorted(categories))
            made.groups |= {each["name"].strip(): each.get("supercategory") for each in entries["categories"]}
            pictures = _pictures(made, entries["images"], name, files[name])
            for annotation in entries["annotations"]:
                outlined += bool(annotation.get("segmentation"))
                boxes += not annotation.get("segmentation")
                made.take(annotation, pictures, categories, where)
    if boxes and not outlined:
        raise boxes_alone(str(contents.root), plural(boxes, "rectangle"), "COCO", "draw polygons or masks")
    return made.source()


def _pictures(made: Outlines, entries: list[Any], name: str, part: str) -> dict[int | str | None, str]:
    """The file of each picture by its id in this JSON; raises VislabError if two have one id."""
    where = made.contents.where(name)
    pictures: dict[int | str | None, str] = {}
    for entry in entries:
        number = coco.key(entry["id"])
        if number is None:
            raise VislabError(
                f"{where}: {entry['file_name']!r:.80} has the id {entry['id']!r:.40}; number its pictures"
            )
        if number in pictures:
            raise VislabError(f"{where}: {entry['file_name']} has the id {number!r} of another picture; mend one")
        pictures[number] = ""
        try:
            file = made.find(entry["file_name"], where, beside=name)
            made.picture(file, where, coco.size_in(entry), part)
            pictures[number] = file
        except VislabError as error:
            made.problems.append(str(error))
    return pictures
