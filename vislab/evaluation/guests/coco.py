"""A guest's objects in the JSON of COCO: its list of results, or a whole file with images and categories."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vislab.data.datasets.coco import list_in, read_categories, size_in
from vislab.data.datasets.id_map import patch_of
from vislab.data.datasets.rasterise import decode, whole
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import Vocabulary
from vislab.errors import VislabError, is_number
from vislab.evaluation.guests.about import about_file
from vislab.evaluation.guests.pictures import TestPictures
from vislab.models.predictions import InstancePrediction, Objects
from vislab.system.console import plural, say
from vislab.system.files import parse_json, read_file


class _Entry(NamedTuple):
    """An object as the JSON has it. where: what messages call it."""

    where: str
    image: int | str
    plain: Mapping[str, Any]


def read_coco(name: str, path: Path, scenes: Scenes, threshold: float) -> InstancePrediction:
    """The objects of the test pictures; the better score lies on top.

    A list of results has no word on pictures without objects: they count as looked at, and that is said. Its classes
    go by the vocabulary's numbers, those of a whole file by its categories' names. Masks are polygons or run lengths.
    Objects without scores, as people draw them, are sure. Raises VislabError, a sentence, for what cannot be.
    """
    plain = parse_json(read_file(path), str(path), "save it again as JSON")
    pictures, words = TestPictures(scenes), scenes.vocabulary
    if not words.things:
        raise VislabError(f"{path}: holds objects, but {words.name} has no class whose objects are counted")
    found: dict[int, list[_Entry]] = {}
    if isinstance(plain, list):
        named = {index: words.classes[index] for index in words.thing_indices}
        for entry in _entries(plain, path):
            if (index := pictures.find(entry.image, entry.where)) is not None:
                found.setdefault(index, []).append(entry)
        if found or not plain:
            found = {index: found.get(index, []) for index in range(len(scenes))}
    else:
        named = read_categories(list_in(plain, "categories", path), str(path))
        place = _places(list_in(plain, "images", path), pictures, path)
        found = {index: [] for index in place.values() if index is not None}
        for entry in _entries(list_in(plain, "annotations", path), path):
            if entry.image not in place:
                raise VislabError(f'{entry.where} is of picture {entry.image!r}, which "images" does not list; mend it')
            if (index := place[entry.image]) is not None:
                found[index].append(entry)
    ids, each = pictures.gather(found, str(path))
    objects = _Reader(scenes.size, words, named, _scored([entry for entries in each for entry in entries], path))
    read = tuple(objects.read(entries) for entries in each)
    silent = sum(not entries for entries in each)
    if isinstance(plain, list) and silent:
        say(f"{name} lists no object in {silent:,} of {plural(len(each), 'picture')}: taken as a picture without any")
    best = max((float(each.scores.max()) for each in read if len(each)), default=1.0)
    if best < threshold:
        raise VislabError(
            f"{path}: no object has a score of {threshold:g}, from which it would count (the best has {best:.3g}); "
            f'write the guest\'s own "threshold" into {about_file(path)}'
        )
    return InstancePrediction(name, words, ids, read, scenes.size, threshold)


def _entries(plain: Sequence[Any], path: Path) -> list[_Entry]:
    entries = []
    for number, entry in enumerate(plain, start=1):
        where = f"{path}: object {number}"
        image = entry.get("image_id") if isinstance(entry, dict) else None
        image = image if isinstance(image, str) else whole(image)
        if image is None:
            raise VislabError(f'{where} has no "image_id"; write the name or the number of its picture')
        entries.append(_Entry(where, image, entry))
    return entries


def _places(images: Sequence[Any], pictures: TestPictures, path: Path) -> dict[int | str, int | None]:
    """The test picture of each "id", None if it is none; raises VislabError if it is of another size."""
    place: dict[int | str, int | None] = {}
    for image in images:
        number, file = (image.get("id"), image.get("file_name")) if isinstance(image, dict) else (None, None)
        number = number if isinstance(number, str) else whole(number)
        if number is None or not isinstance(file, str):
            raise VislabError(f'{path}: an entry of "images" lacks its "id" or "file_name"; add it: {image!s:.80}')
        index = pictures.find(file, str(path))
        if number in place or (index is not None and index in place.values()):
            raise VislabError(f'{path}: lists the picture {file!r} or its id {number!r} twice in "images"; keep one')
        size = size_in(image)
        if index is not None and size is not None and size != pictures.scenes.size:
            other, own = ("{} × {}".format(*sides) for sides in (size, pictures.scenes.size))
            raise VislabError(f"{path}: looked at {file!r} with {other} pixels, but it has {own}; predict it as it is")
        place[number] = index
    return place


def _scored(entries: Sequence[_Entry], path: Path) -> bool:
    """Whether objects have scores; raises VislabError if only some have, or one is no chance."""
    scored = [entry for entry in entries if entry.plain.get("score") is not None]
    for entry in scored:
        if not (is_number(entry.plain["score"]) and 0 <= entry.plain["score"] <= 1):
            raise VislabError(f"{entry.where} has the score {entry.plain['score']!r:.40}; write one from 0 to 1")
    if 0 < len(scored) < len(entries):
        without = next(entry.where for entry in entries if entry.plain.get("score") is None)
        raise VislabError(f"{without} has no score, but others have; give every object one, or none")
    return bool(scored)


class _Reader:
    """Reads the objects of one picture after another. named: the class of each category_id. scored: as _scored."""

    def __init__(self, size: tuple[int, int], words: Vocabulary, named: Mapping[int, str], scored: bool) -> None:
        self.size, self.words, self.named, self.scored = size, words, named, scored

    def read(self, entries: Sequence[_Entry]) -> Objects:
        """The objects of a picture from the least score to the best; those without a pixel are none."""
        patches, scores = [], []
        for entry in sorted(entries, key=self._score):
            patch = patch_of(decode(entry.plain, self.size, self._outlined(entry)), self._class(entry))
            if patch.pixels.size:
                patches.append(patch)
                scores.append(self._score(entry))
        sides = [(patch.left, patch.top, patch.left + patch.pixels.shape[1], patch.top + patch.pixels.shape[0])
                 for patch in patches]  # fmt: skip
        return Objects(
            np.array(sides, np.int64).reshape(-1, 4),
            tuple(patch.pixels for patch in patches),
            np.array([patch.index for patch in patches], np.int64),
            np.array(scores, np.float32),
        )

    def _score(self, entry: _Entry) -> float:
        return float(entry.plain["score"]) if self.scored else 1.0

    def _class(self, entry: _Entry) -> int:
        number = whole(entry.plain.get("category_id"))
        name = None if number is None else self.named.get(number)
        if name not in self.words.things:
            told = f"category {entry.plain.get('category_id')!r:.40}{f' ({name})' if name else ''}"
            known = ", ".join(f"{self.words.classes.index(thing)} {thing}" for thing in self.words.things)
            raise VislabError(f"{entry.where} is of {told}, but the classes whose objects count are {known}; name one")
        return self.words.classes.index(name)

    def _outlined(self, entry: _Entry) -> str:
        """What messages call an object; raises VislabError if it is a box alone, or many objects in one."""
        if whole(entry.plain.get("iscrowd")):
            raise VislabError(f"{entry.where} is a crowd, many objects in one outline; outline each")
        if entry.plain.get("segmentation") is None and entry.plain.get("bbox") is not None:
            raise VislabError(f'{entry.where} is a box alone, and no mask; add its "segmentation"')
        return entry.where
