"""How far labels agree with the truth, and with those that the same hand gave the same picture a second time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from vislab.costs.labels.annotation_time import Kind
from vislab.data.datasets.id_map import patch_of
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import IGNORE
from vislab.errors import VislabError
from vislab.evaluation.metrics.instances import match_picture
from vislab.evaluation.metrics.segmentation import count_pixels, mean_iou
from vislab.models.predictions import Objects
from vislab.widgets.labeller.strokes import KINDS, Item
from vislab.widgets.labeller.work import Work

With = Literal["truth", "yourself"]
FOUND = 0.5  # IoU above which an object of the right class is found; no two can then find the same one


@dataclass(frozen=True)
class Agreed:
    """One picture's labels of one kind, compared.

    score: for labels 1 or 0; for pixels the mean IoU of the classes there; for outlines the mean over true objects of
    the best IoU with one of their class, 0 where there is none; NaN where there is no object to find. missed, extra:
    objects not found, and objects that found none (outlines alone). With yourself, the first time is the truth.
    """

    picture: str
    kind: Kind
    with_: With
    score: float
    missed: int = 0
    extra: int = 0


@dataclass(frozen=True)
class Agreement:
    """All comparisons, and their means in print."""

    rows: tuple[Agreed, ...]

    def of(self, kind: Kind, with_: With = "truth") -> list[Agreed]:
        """The comparisons of one kind."""
        return [row for row in self.rows if (row.kind, row.with_) == (kind, with_)]

    def mean(self, kind: Kind, with_: With = "truth") -> float:
        """The mean score over pictures; NaN where there is none."""
        scores = [row.score for row in self.of(kind, with_) if not np.isnan(row.score)]
        return float(np.mean(scores)) if scores else float("nan")

    def __repr__(self) -> str:
        names = {"label": "labels: share that is equal", "pixels": "pixels: mean IoU", "outline": "outlines: mean IoU"}
        lines = []
        for kind in KINDS:
            for with_ in ("truth", "yourself"):
                if rows := self.of(kind, with_):
                    told = (
                        f"{names[kind]} with {'the truth' if with_ == 'truth' else with_} {self.mean(kind, with_):.2f}"
                    )
                    if kind == "outline":
                        told += f", {sum(row.missed for row in rows)} missed, {sum(row.extra for row in rows)} extra"
                    lines.append(f"{told} ({len(rows)} picture{'' if len(rows) == 1 else 's'})")
        return "\n".join(lines) or "nothing is done yet that could be compared"


def agreement(work: Work, truth: Scenes) -> Agreement:
    """Compare what is done with the truth, and with itself where a picture was labelled twice.

    Raises VislabError where the truth is of other words or size, or lacks a picture that was labelled.
    """
    if truth.vocabulary.classes != work.words.classes or truth.vocabulary.labels != work.words.labels:
        raise VislabError(f"the truth speaks of {truth.vocabulary.name}, the labels of {work.words.name}; give its own")
    if truth.size != work.pictures.size:
        raise VislabError(f"the truth is of {truth.size} pixels, the pictures of {work.pictures.size}; give their own")
    levels = {"label": truth.labels, "pixels": truth.semantic, "outline": truth.instances}
    places = {name: place for place, name in enumerate(truth.ids)}
    rows: list[Agreed] = []
    for kind in work.kinds:
        done = work.done(kind)
        first = [Item(name) for name in work.pictures.ids if Item(name) in done]
        if levels[kind] is not None:
            if lacking := [item.picture for item in first if item.picture not in places]:
                raise VislabError(f"the truth has no picture {lacking[0]!r}; give the truth of the pictures labelled")
            rows += [_row(work, item, kind, "truth", _true(truth, places[item.picture], kind)) for item in first]
        again = [(item, Item(item.picture, 2)) for item in first if Item(item.picture, 2) in done]
        rows += [_row(work, second, kind, "yourself", _said(work, item, kind)) for item, second in again]
    return Agreement(tuple(rows))


def _true(truth: Scenes, place: int, kind: Kind) -> Any:
    """The truth of one picture: a label; a mask (h, w); or ids (h, w), classes and what is ignored."""
    if kind == "label":
        return int(truth.need("labels")[place])
    semantic = truth.need("semantic")[place].cpu().numpy()
    if kind == "pixels":
        return semantic
    classes = [index for index in truth.need("objects")[place].tolist() if index]
    return truth.need("instances")[place].cpu().numpy(), classes, semantic == IGNORE


def _said(work: Work, item: Item, kind: Kind) -> Any:
    """What was said of one picture, as `_true` gives the truth."""
    if kind == "label":
        return work.label(item)
    return work.mask(item) if kind == "pixels" else (*work.objects(item), None)


def _row(work: Work, item: Item, kind: Kind, with_: With, true: Any) -> Agreed:
    said = _said(work, item, kind)
    if kind == "label":
        return Agreed(item.picture, kind, with_, float(said == true))
    if kind == "pixels":
        counts = count_pixels(torch.from_numpy(true), torch.from_numpy(said), len(work.words.classes))
        return Agreed(item.picture, kind, with_, float(mean_iou(counts)))
    return Agreed(item.picture, kind, with_, *compare_objects(true[0], true[1], said[0], said[1], true[2]))


def compare_objects(
    truth: NDArray[np.int16], true: Sequence[int], said: NDArray[np.int16], classes: Sequence[int],
    ignored: NDArray[np.bool_] | None = None,
) -> tuple[float, int, int]:  # fmt: skip
    """Score, missed and extra, as Agreed has them, of objects given as ids (h, w) and the class of each."""
    patches = [patch_of(said == number + 1, index) for number, index in enumerate(classes)]
    boxes = [(p.left, p.top, p.left + p.pixels.shape[1], p.top + p.pixels.shape[0]) for p in patches]
    guess = Objects(np.array(boxes, np.int64).reshape(-1, 4), tuple(patch.pixels for patch in patches),
                    np.array(classes, np.int64), np.ones(len(patches), np.float32))  # fmt: skip
    found = match_picture(truth, true, guess, ignored)
    iou = np.where(found.guessed[:, None] == found.true, found.iou, 0)  # (said, true)
    hit = iou > FOUND
    extra = int((~hit.any(1) & ~found.excused).sum())
    best = iou.max(0, initial=0)
    return float(best.mean()) if len(best) else float("nan"), int((~hit.any(0)).sum()), extra
