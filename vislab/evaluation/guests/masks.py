"""A guest's masks: a folder of PNGs, of the class of each pixel (masks/) or of its object (instances/)."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from vislab.data.datasets.archive import Contents, open_contents
from vislab.data.datasets.class_tables import Classes, read_classes, read_table, whole_number
from vislab.data.datasets.decode import refuse_other_size
from vislab.data.datasets.folder import add_instances
from vislab.data.datasets.resize import Picture
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import IGNORE, Vocabulary
from vislab.errors import VislabError
from vislab.evaluation.guests.pictures import TestPictures
from vislab.models.grouping import Grouped, objects_of
from vislab.models.predictions import InstancePrediction, Objects, SemanticPrediction

MASKS, INSTANCES = "masks", "instances"


def read_masks(name: str, path: Path, scenes: Scenes) -> SemanticPrediction | InstancePrediction:
    """Objects from instances/, their classes from objects.csv or from masks/; without instances/, masks from masks/.

    path: the folder that holds them, or one of them itself. Numbers in masks are those of the vocabulary's classes, or
    of a classes.csv or vocabulary.json there, whose names must be known. Raises VislabError for what cannot be.
    """
    contents, pictures = open_contents(path), TestPictures(scenes)
    kinds = {kind: _files(contents, kind, pictures) for kind in (INSTANCES, MASKS)}
    if path.name in kinds and not any(kinds.values()):
        kinds[path.name] = _files(contents, "", pictures)
    if not any(kinds.values()):
        if not pictures.foreign:
            raise VislabError(
                f"{path}: has no masks/ and no instances/; put PNGs of the class of each pixel into masks/, of its "
                "object into instances/"
            )
        pictures.gather({}, str(path))
    numbering = _Numbering(contents, kinds, scenes.vocabulary)
    if kinds[INSTANCES]:
        below = kinds[MASKS]
        if lacking := kinds[INSTANCES].keys() - below.keys() if below else set():
            where = contents.where(kinds[INSTANCES][min(lacking)])
            raise VislabError(f"{where}: has no mask in masks/, as others have; bring it, or take all of masks/ away")
        reader = _Objects(contents, pictures, numbering, below)
        read = {index: reader.read(index, file) for index, file in kinds[INSTANCES].items()}
        ids, objects = pictures.gather(read, str(path))
        return InstancePrediction(name, scenes.vocabulary, ids, tuple(objects), scenes.size)
    ids, files = pictures.gather(kinds[MASKS], str(path))
    scores = torch.zeros(len(ids), len(scenes.vocabulary.classes), *scenes.size, dtype=torch.half)
    for score, file in zip(scores, files, strict=True):
        mask = numbering.mask(file, scenes.size)
        score.scatter_(0, torch.from_numpy(mask).long()[None], 1)
    return SemanticPrediction(name, scenes.vocabulary, ids, scores)


def _files(contents: Contents, kind: str, pictures: TestPictures) -> dict[int, str]:
    """The file of each test picture in a folder of this name; raises VislabError if one has two."""
    found: dict[int, str] = {}
    start = f"{kind}/" if kind else ""
    for file in contents.pictures(start):
        index = pictures.find(file[len(start) :], contents.where(file))
        if index is None:
            continue
        if index in found:
            raise VislabError(f"{contents.where(file)}: is of the same picture as {found[index]}; keep one of the two")
        found[index] = file
    return found


class _Numbering:
    """What numbers in a guest's masks mean in the words of the test pictures."""

    def __init__(self, contents: Contents, kinds: Mapping[str, Mapping[int, str]], words: Vocabulary) -> None:
        self.contents, self.words = contents, words
        self.classes: Classes | None = None
        if {"classes.csv", "vocabulary.json"} & set(contents.names):
            self.classes = read_classes(contents, bool(kinds[MASKS]), bool(kinds[INSTANCES]), (), None)

    def mask(self, file: str, size: tuple[int, int]) -> np.ndarray:
        """The class of each pixel of a file, uint8 (h, w). Raises VislabError for one that is not known here."""
        where = self.contents.where(file)
        numbers = self.contents.mask(file, bool(self.classes and self.classes.colours))
        refuse_other_size(numbers.shape, size, where)
        if self.classes is None:
            foreign = np.setdiff1d(numbers, range(len(self.words.classes)))
            if len(foreign):
                listed = ", ".join(f"{index} {name}" for index, name in enumerate(self.words.classes[:8]))
                more = " …" if len(self.words.classes) > 8 else ""
                raise VislabError(
                    f"{where}: holds the number {foreign[0]}, but the classes are {listed}{more}; mend it"
                )
            return numbers.astype(np.uint8)
        indices = self.classes.indices(numbers, where)
        table = np.full(IGNORE + 1, IGNORE, np.uint8)
        names = self.classes.vocabulary.classes
        for index in np.unique(indices).tolist():
            name = names[index] if index != IGNORE else "a pixel that nobody labelled"
            if name not in self.words.classes:
                known = ", ".join(self.words.classes[:8])
                raise VislabError(f"{where}: holds {name}, but the classes are {known}; say one of them everywhere")
            table[index] = self.words.classes.index(name)
        return np.asarray(table[indices])


class _Objects:
    """Reads the objects of one id map after another. below: the mask of each picture's classes, by its index."""

    def __init__(
        self, contents: Contents, pictures: TestPictures, numbering: _Numbering, below: dict[int, str]
    ) -> None:
        self.contents, self.numbering, self.below = contents, numbering, below
        self.size, self.words = pictures.scenes.size, pictures.scenes.vocabulary
        self.listed = _read_listed(contents, pictures) if "objects.csv" in contents.names else None

    def read(self, index: int, file: str) -> Objects:
        """The objects of the id map of a picture, all of them sure."""
        where = self.contents.where(file)
        ids = self.contents.mask(file)
        refuse_other_size(ids.shape, self.size, where)
        semantic = self.numbering.mask(self.below[index], self.size) if self.below else None
        if self.listed is None and semantic is None and len(self.words.things) != 1:
            known = ", ".join(self.words.things) or "none is counted here"
            mend = "add masks/, or an objects.csv with picture,id,class"
            raise VislabError(f"{where}: nothing says the class of its objects ({known}); {mend}")
        picture = Picture(np.zeros((*ids.shape, 3), np.uint8), semantic)
        listed = None if self.listed is None else self.listed.get(index, {})
        add_instances(picture, ids, listed, self.words, where)
        classes = torch.tensor(picture.classes, dtype=torch.int64)
        return objects_of(Grouped(torch.from_numpy(picture.instances), classes, torch.ones(len(classes))))


def _read_listed(contents: Contents, pictures: TestPictures) -> dict[int, dict[int, str]]:
    """The class of each object by its picture and id, from objects.csv; raises VislabError for one not known here."""
    where, things = contents.where("objects.csv"), pictures.scenes.vocabulary.things
    listed: dict[int, dict[int, str]] = {}
    for row in read_table(contents, "objects.csv", ("picture", "id", "class")):
        try:
            number = whole_number(row["id"])
        except ValueError as error:
            raise VislabError(f"{where}: the id {error}; write the one in instances/") from None
        if row["class"] not in things:
            raise VislabError(f"{where}: names the class {row['class']!r}, but the things are {', '.join(things)}")
        if (index := pictures.find(row["picture"], where)) is not None:
            listed.setdefault(index, {})[number] = row["class"]
    return listed
