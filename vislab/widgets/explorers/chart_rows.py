"""The numbers that the chart of precision against recall shows: one plain dict a point, None for what is not known."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from vislab.evaluation.metrics.classification import count_labels, sensitivity
from vislab.evaluation.metrics.instances import Matches
from vislab.evaluation.predict import STEPS

Row = dict[str, Any]


def object_rows(pictures: Sequence[Matches], of: int | None = None) -> list[Row]:
    """Precision, recall and the mean count error at 99 thresholds, None where undefined; of one class, or of all.

    As COCO matches: predictions by falling score take the best object of their class that is still free and whose
    IoU is 0.5 or more. So which are right does not change with the threshold.
    """
    scores, right, excused, there, owner = [], [], [], [], []
    for number, one in enumerate(pictures):
        mine = np.arange(len(one.scores)) if of is None else np.flatnonzero(one.guessed == of)
        wanted = np.ones(len(one.true), bool) if of is None else one.true == of
        there.append(int(wanted.sum()))
        free = wanted.copy()
        for guess in mine[np.argsort(-one.scores[mine], kind="stable")]:
            iou = np.where(free & (one.true == one.guessed[guess]), one.iou[guess], 0)
            best = int(iou.argmax()) if len(iou) else -1
            hit = best >= 0 and iou[best] >= 0.5
            if hit:
                free[best] = False
            scores.append(float(one.scores[guess]))
            right.append(hit)
            excused.append(bool(one.excused[guess]) and not hit)
            owner.append(number)
    score, hits, spared = np.array(scores), np.array(right, bool), np.array(excused, bool)
    total, rows = sum(there), []
    for threshold in STEPS:
        said = score >= threshold if len(score) else np.zeros(0, bool)
        found, judged = int((said & hits).sum()), int((said & ~spared).sum())
        counts = np.bincount(np.array(owner, int)[said], minlength=len(there))
        off = float(np.abs(counts - np.array(there)).mean()) if there else math.nan
        rows.append(_row(threshold, found, judged, total, off=off))
    return rows


def label_rows(scores: NDArray[np.floating[Any]], truth: NDArray[np.bool_]) -> list[Row]:
    """Precision, recall (sensitivity) and specificity of one label at 99 thresholds, None where undefined.

    scores: (n,), of the label. truth: (n,), whether a picture is of it.
    """
    rows, yes = [], torch.as_tensor(truth).long()
    for threshold in STEPS:
        said = torch.as_tensor(scores >= threshold).long()
        counts = count_labels(yes, said, 2)
        found = int(counts[1, 1])
        specific = float(sensitivity(counts)[0])
        rows.append(_row(threshold, found, int(said.sum()), int(yes.sum()), specificity=specific))
    return rows


def _row(threshold: float, found: int, judged: int, total: int, **more: float) -> Row:
    values = {"precision": found / judged if judged else math.nan, "recall": found / total if total else math.nan}
    values |= more
    finite = {name: round(value, 4) if math.isfinite(value) else None for name, value in values.items()}
    return {"threshold": round(float(threshold), 2)} | finite
