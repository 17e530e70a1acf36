"""How wrong an answer is in each picture, float64 (n,); NaN where the pictures carry no truth of it."""

import numpy as np
from numpy.typing import NDArray

from vislab.data.scenes import Scenes
from vislab.evaluation.answers.answering import answer_label, answer_share
from vislab.evaluation.answers.material import material_of
from vislab.evaluation.answers.pointing import least, target

Floats = NDArray[np.float64]


def label_errors(truth: Scenes, label: Floats) -> Floats:
    """1 where a label (n,) is wrong, 0 where it is right."""
    right = answer_label(material_of(truth))
    return _unknown(truth) if right is None else (label != right).astype(np.float64)


def share_errors(truth: Scenes, share: Floats) -> Floats:
    """The absolute error of shares (n,); the answer that there is nothing to take a share of counts as 0."""
    right = answer_share(material_of(truth))
    return _unknown(truth) if right is None else np.abs(np.nan_to_num(share) - right)


def count_offsets(truth: Scenes, count: Floats) -> Floats:
    """Objects counted (n, classes) less objects there, all things together."""
    if truth.objects is None:
        return _unknown(truth)
    return np.asarray(np.nansum(count, 1) - truth.count_objects().cpu().double().numpy().sum(1), np.float64)


def count_errors(truth: Scenes, count: Floats) -> Floats:
    """The absolute error of counts (n, classes), all things together."""
    return np.abs(count_offsets(truth, count))


def point_errors(truth: Scenes, point: Floats) -> Floats:
    """1 where points (n, 2) miss the target, 0 where they hit it, NaN where there is no target."""
    if truth.semantic is None:
        return _unknown(truth)
    hits = target(truth.vocabulary, truth.semantic.cpu()).numpy()
    n, h, w = hits.shape
    x, y = np.floor(np.nan_to_num(point, nan=-1)).astype(int).T
    inside = (x >= 0) & (x < w) & (y >= 0) & (y < h)
    on = inside & hits[np.arange(n), np.clip(y, 0, h - 1), np.clip(x, 0, w - 1)]
    return np.where(hits.sum((1, 2)) >= least(truth.vocabulary), ~on, np.nan)


def _unknown(truth: Scenes) -> Floats:
    return np.full(len(truth), np.nan)
