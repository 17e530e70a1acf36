"""How far labels agree with the truth, and with the same person's labels of the same picture a second time."""

from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from vislab.costs.labels.annotation_time import Kind
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import IGNORE
from vislab.errors import VislabError
from vislab.evaluation.metrics.instances import match_picture
from vislab.evaluation.metrics.segmentation import count_pixels, mean_iou
from vislab.models.grouping import Grouped, objects_of
from vislab.widgets.labeller.strokes import KINDS, UNTOUCHED, Item
from vislab.widgets.labeller.work import Work
from vislab.widgets.viewer.view import check_words

With = Literal["truth", "yourself"]
FOUND = 0.5  # IoU above which an object of the right class is found; no two can then find the same one


@dataclass(frozen=True)
class Agreed:
    """One picture's labels of one kind, compared.

    score: for labels 1 or 0; for pixels the mean IoU of the classes there; for outlines the mean over true objects of
    the best IoU with one of their class, 0 without one; NaN if there is no object to find. missed, extra:
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
        """The mean score over pictures; NaN without one."""
        scores = [row.score for row in self.of(kind, with_) if not np.isnan(row.score)]
        return float(np.mean(scores)) if scores else float("nan")

    def __repr__(self) -> str:
        names = {"label": "labels: share that is equal", "pixels": "pixels: mean IoU", "outline": "outlines: mean IoU"}
        others: dict[With, str] = {"truth": "the truth", "yourself": "yourself"}
        lines = []
        for kind, (with_, other) in product(KINDS, others.items()):
            if rows := self.of(kind, with_):
                text = f"{names[kind]} with {other} {self.mean(kind, with_):.2f}"
                if kind == "outline":
                    text += f", {sum(row.missed for row in rows)} missed, {sum(row.extra for row in rows)} extra"
                lines.append(f"{text} ({len(rows)} picture{'' if len(rows) == 1 else 's'})")
        return "\n".join(lines) or "nothing is done yet that could be compared"


def agreement(work: Work, truth: Scenes) -> Agreement:
    """Compare what is done with the truth, and with itself if a picture was labelled twice.

    Raises VislabError if the truth has other words or another size, or lacks a picture that was labelled.
    """
    check_words("the truth", truth.vocabulary, "the labels", work.words, "give its own")
    if truth.size != work.pictures.size:
        raise VislabError(f"the truth is of {truth.size} pixels, the pictures of {work.pictures.size}; give their own")
    levels = {"label": truth.labels, "pixels": truth.semantic, "outline": truth.instances}
    indices = {name: index for index, name in enumerate(truth.ids)}
    rows: list[Agreed] = []
    for kind in work.kinds:
        first = [Item(name) for name in work.pictures.ids if work.is_done(Item(name), kind)]
        if levels[kind] is not None:
            if lacking := [item.picture for item in first if item.picture not in indices]:
                raise VislabError(f"the truth has no picture {lacking[0]!r}; give the truth of the pictures labelled")
            rows += [_row(work, item, kind, "truth", _true(truth, indices[item.picture], kind)) for item in first]
        for item in first:
            again = Item(item.picture, 2)
            if work.is_done(again, kind):
                rows.append(_row(work, again, kind, "yourself", _labelled(work, item, kind)))
    return Agreement(tuple(rows))


class LabelledObjects(NamedTuple):
    """Objects to compare: ids (h, w), the class of each, and ignored pixels (h, w), if any."""

    ids: NDArray[np.int16]
    classes: list[int]
    ignored: NDArray[np.bool_] | None = None


def _true(truth: Scenes, index: int, kind: Kind) -> Any:
    """The truth of one picture: a label, a mask (h, w), or objects."""
    if kind == "label":
        return int(truth.need("labels")[index])
    semantic = truth.need("semantic")[index].cpu().numpy()
    if kind == "pixels":
        return semantic
    classes = [code for code in truth.need("objects")[index].tolist() if code]
    return LabelledObjects(truth.need("instances")[index].cpu().numpy(), classes, semantic == IGNORE)


def _labelled(work: Work, item: Item, kind: Kind) -> Any:
    """The labels of one picture, in the form of `_true`."""
    if kind == "label":
        return work.label(item)
    if kind == "outline":
        return LabelledObjects(*work.objects(item))
    mask = work.painted(item)
    return np.where(mask == UNTOUCHED, 0, mask)  # the picture is done, so that untouched pixels are background


def _row(work: Work, item: Item, kind: Kind, with_: With, true: Any) -> Agreed:
    labelled = _labelled(work, item, kind)
    if kind == "label":
        return Agreed(item.picture, kind, with_, float(labelled == true))
    if kind == "pixels":
        counts = count_pixels(torch.from_numpy(true), torch.from_numpy(labelled), len(work.words.classes))
        return Agreed(item.picture, kind, with_, float(mean_iou(counts)))
    return _compare_objects(Agreed(item.picture, kind, with_, float("nan")), true, labelled)


def _compare_objects(row: Agreed, true: LabelledObjects, labelled: LabelledObjects) -> Agreed:
    """The row with score, missed and extra."""
    classes = torch.tensor(labelled.classes, dtype=torch.int64)
    drawn = objects_of(Grouped(torch.from_numpy(labelled.ids), classes, torch.ones(len(classes))))
    matches = match_picture(true.ids, true.classes, drawn, true.ignored)
    iou = np.where(matches.guessed[:, None] == matches.true, matches.iou, 0)  # (labelled, true)
    hit = iou > FOUND
    extra = int((~hit.any(1) & ~matches.excused).sum())
    best = iou.max(0, initial=0)
    score = float(best.mean()) if len(best) else float("nan")
    return replace(row, score=score, missed=int((~hit.any(0)).sum()), extra=extra)
