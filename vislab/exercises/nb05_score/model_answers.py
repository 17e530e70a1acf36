"""Notebook 05: the answers to two of its exercises, which its later cells go on with."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vislab.exercises.checking.trial import Floats

Integers = NDArray[np.int64]

RECALLS = np.linspace(0, 1, 101)  # where COCO reads the curve


def match_by_score(iou: Floats, scores: Floats, min_iou: float) -> Integers:
    """The index of the true object that each prediction finds, -1 for none: int64 (p,), from their IoUs (p, t).

    The prediction with the highest score chooses first. It takes the true object with the highest IoU among those
    still free, if that IoU is `min_iou` or more.
    """
    finds, free = np.full(len(scores), -1), iou.copy()
    for i in np.argsort(-scores, kind="stable") if iou.size else ():
        best = int(free[i].argmax())
        if free[i, best] >= min_iou:
            finds[i] = best
            free[:, best] = -1
    return finds


def pooled_ap(scores: Sequence[Floats], right: Sequence[NDArray[Any]], n_true: Sequence[int]) -> float:
    """COCO's average precision over all pictures: the mean, over 101 recalls, of the best precision there or later.

    scores, right: an array for each picture, the scores of its predictions and whether each found something.
    n_true: the number of true objects in each picture. NaN if no picture has any.
    """
    if sum(n_true) == 0:
        return float("nan")
    hits = np.concatenate(right)[np.argsort(-np.concatenate(scores), kind="stable")].cumsum()
    recall, precision = hits / sum(n_true), hits / np.arange(1, len(hits) + 1)
    return float(np.mean([precision[recall >= level].max(initial=0) for level in RECALLS]))
