"""The numbers that the chart of precision against recall shows: one plain dict a point, None if undefined."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from vislab.evaluation.metrics.classification import count_labels, sensitivity
from vislab.evaluation.metrics.instances import Matches
from vislab.evaluation.predict import THRESHOLDS

Row = dict[str, Any]


def object_rows(pictures: Sequence[Matches], of: int | None = None) -> list[Row]:
    """Precision, recall and the mean count error at 99 thresholds, None if undefined; of one class, or of all.

    As COCO matches: predictions by falling score take the best object of their class that is still free and whose
    IoU is 0.5 or more. So which are right does not change with the threshold.
    """
    if of is not None:
        pictures = [_of_class(matches, of) for matches in pictures]
    empty = np.zeros(0)
    scores = np.concatenate([empty, *(matches.scores for matches in pictures)])
    hits = np.concatenate([empty, *map(_hits, pictures)]).astype(bool)
    excused = np.concatenate([empty, *(matches.excused for matches in pictures)]).astype(bool) & ~hits
    owner = np.repeat(np.arange(len(pictures)), [len(matches.scores) for matches in pictures])
    true_counts = np.array([len(matches.true) for matches in pictures], int)
    rows = []
    for threshold in THRESHOLDS:
        predicted = scores >= threshold
        counts = np.bincount(owner[predicted], minlength=len(pictures))
        off = float(np.abs(counts - true_counts).mean()) if len(pictures) else math.nan
        right, judged = int((predicted & hits).sum()), int((predicted & ~excused).sum())
        rows.append(_row(threshold, right, judged, int(true_counts.sum()), off=off))
    return rows


def _of_class(matches: Matches, of: int) -> Matches:
    mine, true = matches.guessed == of, matches.true == of
    return Matches(matches.iou[mine][:, true], matches.scores[mine], matches.guessed[mine], matches.true[true],
                   matches.guessed_area[mine], matches.true_area[true], matches.excused[mine],
                   matches.overlapping)  # fmt: skip


def _hits(matches: Matches) -> NDArray[np.bool_]:
    """Which predictions of a picture find an object."""
    hits, free = np.zeros(len(matches.scores), bool), np.ones(len(matches.true), bool)
    for index in np.argsort(-matches.scores, kind="stable"):
        iou = np.where(free & (matches.true == matches.guessed[index]), matches.iou[index], 0)
        if iou.max(initial=0) >= 0.5:
            hits[index], free[iou.argmax()] = True, False
    return hits


def label_rows(scores: NDArray[np.floating[Any]], truth: NDArray[np.bool_]) -> list[Row]:
    """Precision, recall (sensitivity) and specificity of one label at 99 thresholds, None if undefined.

    scores: (n,), of the label. truth: (n,), whether a picture has it.
    """
    rows, true = [], torch.as_tensor(truth).long()
    for threshold in THRESHOLDS:
        predicted = torch.as_tensor(scores >= threshold).long()
        counts = count_labels(true, predicted, 2)
        specificity = float(sensitivity(counts)[0])
        rows.append(_row(threshold, int(counts[1, 1]), int(predicted.sum()), int(true.sum()), specificity=specificity))
    return rows


def _row(threshold: float, right: int, judged: int, total: int, **more: float) -> Row:
    values = {"precision": right / judged if judged else math.nan, "recall": right / total if total else math.nan}
    finite = {name: round(value, 4) if math.isfinite(value) else None for name, value in (values | more).items()}
    return {"threshold": round(float(threshold), 2)} | finite
