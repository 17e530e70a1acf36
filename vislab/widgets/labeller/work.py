"""Pictures on which somebody works: what is to be done, what stands on each, and what has come of it."""

import zlib
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from vislab.costs.labels.annotation_time import Kind, Spent
from vislab.data.convert import labels_from_masks
from vislab.data.datasets.id_map import MOST_OBJECTS
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import Vocabulary
from vislab.errors import VislabError
from vislab.widgets.labeller.strokes import (
    KINDS,
    UNTOUCHED,
    Item,
    Log,
    Mask,
    Outline,
    Stroke,
    brush,
    inside,
    label_of,
    outlines_of,
    paint_objects,
)


class Work:
    """Pictures to label, in the order in which they are asked, and the log of what was done.

    twice: how many of them are asked a second time, after all were asked once; then all come shuffled, always alike
    for the same pictures. The pictures' own truth is never looked at.
    """

    def __init__(self, pictures: Scenes, vocabulary: Vocabulary, twice: int = 0) -> None:
        bare: dict[str, Any] = dict.fromkeys(("labels", "semantic", "instances", "objects"))
        self.pictures = replace(pictures.to("cpu"), vocabulary=vocabulary, **bare)
        self.words = vocabulary
        self.log = Log()
        self.places = {name: place for place, name in enumerate(pictures.ids)}
        self.items = order(pictures.ids, twice)
        self._painted: dict[Item, tuple[list[Stroke], Mask]] = {}
        self._labels: dict[Item, tuple[Mask, bool, int]] = {}
        self._prints: dict[str, int] = {}
        self._joined: dict[Item, tuple[object, tuple[Mask, NDArray[np.int16], list[int]]]] = {}

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of label that these words allow."""
        words = self.words
        allowed = {"label": words.labels, "pixels": words.classes[1:], "outline": words.things}
        return tuple(kind for kind in KINDS if allowed[kind])

    # Doing

    def do(self, stroke: Stroke) -> None:
        """Add a stroke. Raises VislabError, in words for whoever draws, where it makes no sense here."""
        self._check(stroke)
        self.log.add(stroke)

    def _check(self, stroke: Stroke) -> None:
        words = self.words
        if stroke.item.picture not in self.places:
            raise VislabError(f"there is no picture {stroke.item.picture!r} here; label one of those shown")
        known = {"label": range(len(words.labels)), "brush": [*range(len(words.classes)), UNTOUCHED],
                 "outline": words.thing_indices}.get(stroke.do)  # fmt: skip
        if known is not None and stroke.value not in known:
            raise VislabError(
                f"{words.name} has nothing of number {stroke.value} to {stroke.do}; choose one that is shown"
            )
        if stroke.do == "outline":
            if not inside(stroke.points, *self.pictures.size).any():
                raise VislabError("This outline is too small: no pixel's middle is inside. Draw it larger, or zoom in.")
            if len(self.outlines(stroke.item)) >= MOST_OBJECTS:
                raise VislabError(f"A picture holds at most {MOST_OBJECTS:,} objects.")
        if stroke.do == "delete" and stroke.value >= len(self.outlines(stroke.item)):
            raise VislabError("There is no such object any more.")

    def next_item(self, kind: Kind, after: int) -> int:
        """The place of the next picture that is not done, from `after` on and round; `after` where all are."""
        n, done = len(self.items), self.done(kind)
        ahead = [(after + step) % n for step in range(1, n + 1)]
        return next((place for place in ahead if self.items[place] not in done), after)

    # What stands on a picture

    def label(self, item: Item) -> int | None:
        """Its label."""
        return label_of(self.log.of(item, "label"))

    def outlines(self, item: Item) -> list[Outline]:
        """Its objects."""
        return outlines_of(self.log.of(item, "outline"))

    def done(self, kind: Kind) -> set[Item]:
        """The pictures that have a label, or of which somebody said that their pixels or objects are done."""
        return {stroke.item for stroke in self.log.strokes if stroke.kind == kind and stroke.do in ("done", "label")}

    def is_done(self, item: Item, kind: Kind) -> bool:
        """Whether a picture is among them."""
        return item in self.done(kind)

    def painted(self, item: Item) -> Mask:
        """What was brushed, uint8 (h, w): UNTOUCHED where nothing was."""
        strokes = self.log.of(item, "pixels")
        before, mask = self._painted.get(item, ([], None))
        if mask is None or strokes[: len(before)] != before:
            before, mask = [], np.full(self.pictures.size, UNTOUCHED, np.uint8)
        for stroke in strokes[len(before) :]:
            if stroke.do == "brush":
                brush(mask, stroke)
        self._painted[item] = strokes, mask
        return mask.copy()

    def mask(self, item: Item) -> Mask:
        """Its pixels by brush alone: background where nothing was brushed once they are done, else IGNORE."""
        mask = self.painted(item)
        return np.where(mask == UNTOUCHED, 0, mask).astype(np.uint8) if self.is_done(item, "pixels") else mask

    def objects(self, item: Item) -> tuple[NDArray[np.int16], list[int]]:
        """Ids (h, w) and classes of its objects, the later on top."""
        return paint_objects(self.outlines(item), *self.pictures.size)

    def begun(self, item: Item) -> tuple[Kind, ...]:
        """The kinds of label of which it has something, or of which it is done."""
        there = {
            "label": self.label(item) is not None,
            "pixels": bool((self.painted(item) != UNTOUCHED).any()) or self.is_done(item, "pixels"),
            "outline": bool(self.outlines(item)) or self.is_done(item, "outline"),
        }
        return tuple(kind for kind in KINDS if there[kind])

    # What has come of it

    def together(self, item: Item) -> tuple[Mask, NDArray[np.int16], list[int]]:
        """Brushed pixels and objects in one mask (h, w), objects on top; and the objects' ids and classes.

        What nobody touched is background where the pixels are done, or the objects are and every class is of objects;
        else it is ignored.
        """
        strokes = self.log.of(item, "pixels"), self.log.of(item, "outline")
        if item in self._joined and self._joined[item][0] == strokes:
            return self._joined[item][1]
        mask = self.painted(item)
        all_things = len(self.words.things) == len(self.words.classes) - 1
        if self.is_done(item, "pixels") or (all_things and self.is_done(item, "outline")):
            mask[mask == UNTOUCHED] = 0
        ids, classes = self.objects(item)
        semantic: Mask = np.where(ids > 0, np.array([0, *classes], np.uint8)[ids], mask)
        self._joined[item] = strokes, (semantic, ids, classes)
        return semantic, ids, classes

    def found(self) -> tuple[list[Item], bool, bool]:
        """The pictures with anything on them, in their own order, and whether there are masks, and objects, of all.

        A picture without a mask among others that have one is ignored pixels all over. Objects are told only where no
        picture with a mask lacks them: brushed cells without objects would teach that there are none.
        """
        touched = {stroke.item for stroke in self.log.strokes if stroke.item.time == 1}
        begun = {item: self.begun(item) for item in touched}
        items = sorted((item for item in begun if begun[item]), key=lambda item: self.places[item.picture])
        masks = [item for item in items if set(begun[item]) & {"pixels", "outline"}]
        return items, bool(masks), bool(masks) and all("outline" in begun[item] for item in masks)

    def labels(self, items: list[Item], masks: bool, objects: bool) -> list[int] | None:
        """A label each: the one given, else what the rule says of the mask; None where some have neither."""
        labels = [self.label(item) for item in items]
        lacking = [place for place, label in enumerate(labels) if label is None]
        rule = self.words.rule
        if lacking and (rule is None or not masks or (rule.level == "instances" and not objects)):
            return None
        for place in lacking:
            labels[place] = self._ruled(items[place], objects)
        return [label for label in labels if label is not None]

    def _ruled(self, item: Item, objects: bool) -> int:
        """The label that the rule gives a picture's mask."""
        semantic, _, classes = self.together(item)
        before = self._labels.get(item)
        if before is None or before[0] is not semantic or before[1] != objects:
            told = torch.tensor([classes], dtype=torch.uint8) if objects else None
            label = int(labels_from_masks(self.words, torch.from_numpy(semantic)[None], told)[0])
            before = self._labels[item] = semantic, objects, label
        return before[2]

    def scenes(self) -> Scenes:
        """The pictures on which anything stands, with all that stands on them the first time they were asked.

        Raises VislabError where nothing was labelled yet.
        """
        items, masks, objects = self.found()
        if not items:
            raise VislabError("nothing is labelled yet; label a picture, or brush or outline something on it")
        labels = self.labels(items, masks, objects)
        tensors: dict[str, Any] = {"labels": None if labels is None else torch.tensor(labels)}
        if masks:
            parts = [self.together(item) for item in items]
            tensors["semantic"] = torch.from_numpy(np.stack([mask for mask, _, _ in parts]))
            if objects:
                widest = max(len(classes) for _, _, classes in parts)
                rows = [[*classes, *[0] * (widest - len(classes))] for _, _, classes in parts]
                tensors["objects"] = torch.tensor(rows, dtype=torch.uint8).reshape(len(items), widest)
                tensors["instances"] = torch.from_numpy(np.stack([ids for _, ids, _ in parts]))
        return replace(self.pictures.subset([self.places[item.picture] for item in items]), **tensors)

    def progress(self) -> dict[Kind, int]:
        """How many pictures are done, by kind."""
        return {kind: len(self.done(kind) & set(self.items)) for kind in self.kinds}

    def times(self) -> dict[str, Spent]:
        """The seconds spent on labels that stand: pictures with a label, pictures whose pixels are done, objects."""
        items = sorted({stroke.item for stroke in self.log.strokes})
        spent: dict[str, Spent] = {}
        for kind in self.kinds:
            done = [item for item in items if self.is_done(item, kind) or (kind == "outline" and self.outlines(item))]
            outlines = [outline for item in done for outline in self.outlines(item)] if kind == "outline" else []
            seconds = sum(self.log.seconds.get((item, kind), 0.0) for item in done)
            count = len(outlines) if kind == "outline" else len(done)
            spent[kind] = Spent(kind, round(seconds, 3), count, sum(len(outline.points) for outline in outlines))
        return spent

    def fingerprint(self, name: str) -> int:
        """A number for a picture's pixels, which another picture of the same name would not have."""
        if name not in self._prints:
            self._prints[name] = zlib.crc32(self.pictures.images[self.places[name]].numpy().tobytes())
        return self._prints[name]


def order(ids: tuple[str, ...], twice: int) -> list[Item]:
    """The pictures as they are asked: as they come; with `twice`, shuffled, and the first `twice` of them again."""
    if not isinstance(twice, int) or not 0 <= twice <= len(ids):
        raise VislabError(f"twice must be a whole number from 0 to the {len(ids)} pictures there are, not {twice!r}")
    if not twice:
        return [Item(name) for name in ids]
    random = np.random.default_rng(zlib.crc32("\n".join(ids).encode()))
    first = [ids[place] for place in random.permutation(len(ids))]
    again = [first[place] for place in random.permutation(twice)]  # those seen longest ago
    if again[0] == first[-1]:
        again = [*again[1:], again[0]]
    return [*map(Item, first), *(Item(name, 2) for name in again)]
