"""Pictures that are being labelled: what is left to do, the labels of each, and the result."""

import zlib
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from vislab.costs.labels.annotation_time import ACCEPTED, CORRECTED, Kind
from vislab.data.convert import labels_from_masks
from vislab.data.datasets.id_map import MOST_OBJECTS
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import Vocabulary
from vislab.errors import VislabError
from vislab.models.build import Model
from vislab.widgets.labeller.proposals import PROPOSES, Proposal, propose
from vislab.widgets.labeller.strokes import (
    PROPOSED,
    UNTOUCHED,
    Item,
    Log,
    Mask,
    Outline,
    Stroke,
    brush,
    inside,
    paint_objects,
)

Ids = NDArray[np.int16]
Drawn = TypeVar("Drawn", Stroke, Outline)


class Masks(NamedTuple):
    """Pixels and objects in one mask (h, w), objects on top; the objects' ids (h, w) and classes; the label by rule."""

    semantic: Mask
    ids: Ids
    classes: list[int]
    label: int | None
    strokes: tuple[list[Stroke], list[Stroke]]  # that made it: of the pixels and of the outlines


class Content(NamedTuple):
    """The pictures with anything on them, in their own order; whether they have masks, and all of those objects."""

    items: list[Item]
    masks: bool
    objects: bool


class Work:
    """Pictures to label, in the order of asking, and the log of what was done.

    twice: how many of them are asked a second time, after all were asked once; then all come shuffled, always in the
    same way for the same pictures. The pictures' own truth is never read.
    helper: a model that proposes labels, or None. proposals: by picture and kind, made when a picture first comes into
    sight with nothing of that kind on it. They stay as long as there are strokes on them, so that these keep their
    meaning; none of them is a label before a person has accepted it.
    """

    def __init__(self, pictures: Scenes, vocabulary: Vocabulary, twice: int = 0, helper: Model | None = None) -> None:
        self.words, self.log, self.helper = vocabulary, Log(), helper
        self.proposals: dict[tuple[str, Kind], Proposal] = {}
        self.pictures = replace(pictures.to("cpu"), vocabulary=vocabulary, labels=None, semantic=None, instances=None,
                                objects=None)  # fmt: skip
        self.indices = {name: index for index, name in enumerate(pictures.ids)}
        self.items = order(pictures.ids, twice)
        # Caches, because everything is written after every stroke.
        self._painted: dict[tuple[Item, bool], tuple[list[Stroke], Mask]] = {}
        self._masks: dict[Item, Masks] = {}
        self._fingerprints: dict[str, int] = {}

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of label that these words allow."""
        words = self.words
        names: dict[Kind, Any] = {"label": words.labels, "pixels": words.classes[1:], "outline": words.things}
        return tuple(kind for kind, allowed in names.items() if allowed)

    def do(self, stroke: Stroke) -> None:
        """Add a stroke. Raises VislabError, in words for the one who draws, if it makes no sense here."""
        words = self.words
        if stroke.item.picture not in self.indices:
            raise VislabError(f"there is no picture {stroke.item.picture!r} here; label one of those shown")
        known = {"label": range(len(words.labels)), "brush": [*range(len(words.classes)), UNTOUCHED],
                 "outline": words.thing_indices}.get(stroke.do)  # fmt: skip
        if known is not None and stroke.value not in known:
            raise VislabError(
                f"{words.name} has nothing of number {stroke.value} to {stroke.do}; choose one that is shown"
            )
        if stroke.do in ("outline", "reshape") and not inside(stroke.points, *self.pictures.size).any():
            raise VislabError("This outline is too small: no pixel's middle is inside. Draw it larger, or zoom in.")
        if stroke.do == "outline" and len(self.outlines(stroke.item)) >= MOST_OBJECTS:
            raise VislabError(f"A picture holds at most {MOST_OBJECTS:,} objects.")
        if stroke.do in ("delete", "reshape", "accept") and stroke.value >= len(self.outlines(stroke.item)):
            raise VislabError("There is no such object any more.")
        if stroke.kind == "outline" and stroke.do == "done" and (left := self.left(stroke.item)):
            raise VislabError(f"{left} proposed here {'is' if left == 1 else 'are'} left: accept or delete them first.")
        self.log.add(stroke)

    # A model's help

    def help_by(self, helper: Model | None) -> None:
        """Let a model, or none, propose from now on: also on pictures seen before, if nothing is on them."""
        self.helper = helper
        self.proposals = {key: proposal for key, proposal in self.proposals.items()
                          if self.log.of(Item(key[0]), key[1])}  # fmt: skip

    def see(self, item: Item) -> None:
        """Let the model propose for a picture that comes into sight, if nothing of that kind is on it."""
        if self.helper is None or item.time == 2:
            return
        kind = PROPOSES[self.helper.task]
        if (item.picture, kind) not in self.proposals and not self.log.of(item, kind):
            picture = self.pictures.subset([self.indices[item.picture]])
            self.proposals[item.picture, kind] = propose(self.helper, picture)

    def proposal(self, item: Item, kind: Kind) -> Proposal | None:
        """What was proposed for a picture; None without, and for the second time of asking, which is by hand."""
        return self.proposals.get((item.picture, kind)) if item.time == 1 else None

    def left(self, item: Item) -> int:
        """How many proposed objects are neither accepted nor deleted."""
        return sum(outline.origin == PROPOSED for outline in self.outlines(item))

    def turned(self, drawn: Drawn) -> Drawn:
        """A stroke or an outline in the picture turned by half a turn; turned twice, it is as before."""
        height, width = self.pictures.size
        last = 1 if isinstance(drawn, Stroke) and drawn.do == "brush" else 0  # a brush goes over whole pixels
        points = tuple((round(width - last - x, 2), round(height - last - y, 2)) for x, y in drawn.points)
        return drawn._replace(points=points) if isinstance(drawn, Outline) else replace(drawn, points=points)

    def next_item(self, kind: Kind, after: int) -> int:
        """The position of the next picture that is not done, from `after` on and round; `after` if all are."""
        ahead = [(after + step) % len(self.items) for step in range(1, len(self.items) + 1)]
        return next((position for position in ahead if not self.is_done(self.items[position], kind)), after)

    # The labels of a picture

    def label(self, item: Item) -> int | None:
        """The label given last."""
        strokes = self.log.of(item, "label")
        return strokes[-1].value if strokes else None

    def outlines(self, item: Item) -> list[Outline]:
        """Its objects: the proposed ones, which are no labels until accepted, then the drawn ones in their order."""
        proposal = self.proposal(item, "outline")
        outlines: list[Outline] = list(proposal) if isinstance(proposal, tuple) else []
        for stroke in self.log.of(item, "outline"):
            at = stroke.value
            if stroke.do == "outline":
                outlines.append(Outline(stroke.points, stroke.value))
            elif stroke.do == "accept all":
                outlines = [_accepted(outline) for outline in outlines]
            elif stroke.do == "accept" and at < len(outlines):
                outlines[at] = _accepted(outlines[at])
            elif stroke.do == "reshape" and at < len(outlines):
                outlines[at] = outlines[at]._replace(points=stroke.points, origin=outlines[at].origin and CORRECTED)
            elif stroke.do == "delete" and at < len(outlines):
                outlines.pop(at)
        return outlines

    def labelled(self, item: Item) -> list[Outline]:
        """Its objects without those that are only proposed."""
        return [outline for outline in self.outlines(item) if outline.origin != PROPOSED]

    def is_done(self, item: Item, kind: Kind) -> bool:
        """Whether a picture has a label, or its pixels or objects were marked as done."""
        return any(stroke.do in ("done", "label") for stroke in self.log.of(item, kind))

    def painted(self, item: Item, shown: bool = False) -> Mask:
        """The brushed pixels, uint8 (h, w); the others are UNTOUCHED.

        A proposed mask lies below them: as it is shown, but as labels only once the picture is done.
        """
        strokes, proposal = self.log.of(item, "pixels"), self.proposal(item, "pixels")
        key = item, shown or self.is_done(item, "pixels")
        before, mask = self._painted.get(key, ([], None))
        if mask is None or not before or strokes[: len(before)] != before:
            before, mask = [], np.full(self.pictures.size, UNTOUCHED, np.uint8)
            if key[1] and isinstance(proposal, np.ndarray):
                mask[:] = proposal
        for stroke in strokes[len(before) :]:
            if stroke.do == "brush":
                brush(mask, stroke)
        self._painted[key] = strokes, mask
        return mask.copy()

    def objects(self, item: Item) -> tuple[Ids, list[int]]:
        """Ids (h, w) and classes of its objects, the later on top."""
        return paint_objects(self.labelled(item), *self.pictures.size)

    def begun(self, item: Item) -> set[Kind]:
        """The kinds of label that it has something of, or that are done."""
        drawn = {"pixels": (self.painted(item) != UNTOUCHED).any(), "outline": self.labelled(item)}
        return {kind for kind in self.kinds if drawn.get(kind) or self.is_done(item, kind)}

    # The result

    def masks(self, item: Item) -> Masks:
        """Brushed pixels and objects together.

        Untouched pixels are background if the pixels are done, or if the objects are and every class has objects;
        else they are ignored.
        """
        strokes = self.log.of(item, "pixels"), self.log.of(item, "outline")
        if item in self._masks and self._masks[item].strokes == strokes:
            return self._masks[item]
        mask = self.painted(item)
        all_things = len(self.words.things) == len(self.words.classes) - 1
        if self.is_done(item, "pixels") or (all_things and self.is_done(item, "outline")):
            mask[mask == UNTOUCHED] = 0
        ids, classes = self.objects(item)
        semantic = np.where(ids > 0, np.array([0, *classes], np.uint8)[ids], mask)
        label = None
        if self.words.rule is not None:
            objects = torch.tensor([classes], dtype=torch.uint8)
            label = int(labels_from_masks(self.words, torch.from_numpy(semantic)[None], objects)[0])
        self._masks[item] = Masks(semantic, ids, classes, label, strokes)
        return self._masks[item]

    def content(self) -> Content:
        """What is labelled the first time that it is asked.

        A picture without a mask among others with one is ignored pixels all over. There are objects only if every
        picture with a mask has them: brushed cells without objects would teach that there are none.
        """
        first = {stroke.item for stroke in self.log.strokes if stroke.item.time == 1}
        begun = {item: self.begun(item) for item in sorted(first, key=lambda item: self.indices[item.picture])}
        items = [item for item, kinds in begun.items() if kinds]
        masks = [item for item in items if begun[item] & {"pixels", "outline"}]
        return Content(items, bool(masks), bool(masks) and all("outline" in begun[item] for item in masks))

    def labels(self, content: Content) -> list[int] | None:
        """A label each: the one given, else by the rule from the mask; None if some have neither."""
        rule = self.words.rule
        by_rule = rule is not None and content.masks and (rule.level != "instances" or content.objects)
        labels = [self.masks(item).label if by_rule and self.label(item) is None else self.label(item)
                  for item in content.items]  # fmt: skip
        known = [label for label in labels if label is not None]
        return known if len(known) == len(labels) else None

    def scenes(self) -> Scenes:
        """The pictures with anything on them, with all their labels of the first time; see Labeller.scenes."""
        content = self.content()
        if not content.items:
            raise VislabError("nothing is labelled yet; label a picture, or brush or outline something on it")
        labels = self.labels(content)
        tensors: dict[str, Any] = {"labels": None if labels is None else torch.tensor(labels)}
        if content.masks:
            masks = [self.masks(item) for item in content.items]
            tensors["semantic"] = torch.from_numpy(np.stack([mask.semantic for mask in masks]))
            if content.objects:
                classes = [torch.tensor(mask.classes, dtype=torch.uint8) for mask in masks]
                tensors["objects"] = torch.nn.utils.rnn.pad_sequence(classes, batch_first=True)
                tensors["instances"] = torch.from_numpy(np.stack([mask.ids for mask in masks]))
        return replace(self.pictures.subset([self.indices[item.picture] for item in content.items]), **tensors)

    def progress(self) -> dict[Kind, int]:
        """How many pictures are done, by kind."""
        return {kind: sum(self.is_done(item, kind) for item in self.items) for kind in self.kinds}

    def fingerprint(self, name: str) -> int:
        """A checksum of a picture's pixels, which tells apart pictures of the same name."""
        if name not in self._fingerprints:
            self._fingerprints[name] = zlib.crc32(self.pictures.images[self.indices[name]].numpy().tobytes())
        return self._fingerprints[name]


def _accepted(outline: Outline) -> Outline:
    return outline._replace(origin=ACCEPTED) if outline.origin == PROPOSED else outline


def order(ids: tuple[str, ...], twice: int) -> list[Item]:
    """The order of asking: as the pictures come; with `twice`, shuffled, and the first `twice` of them again."""
    if not isinstance(twice, int) or not 0 <= twice <= len(ids):
        raise VislabError(f"twice must be a whole number from 0 to the {len(ids)} pictures there are, not {twice!r}")
    if not twice:
        return [Item(name) for name in ids]
    random = np.random.default_rng(zlib.crc32("\n".join(ids).encode()))
    first = [ids[index] for index in random.permutation(len(ids))]
    again = [first[index] for index in random.permutation(twice)]  # those seen longest ago
    if again[0] == first[-1]:
        again = [*again[1:], again[0]]
    return [*map(Item, first), *(Item(name, 2) for name in again)]
