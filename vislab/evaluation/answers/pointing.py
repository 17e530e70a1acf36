"""Where: which pixels a picture's "where?" asks for, and which one to point at."""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from vislab.data.vocabulary import EnoughPixels, Vocabulary
from vislab.models.predictions import Objects, PointPrediction, SemanticPrediction

Floats = NDArray[np.float64]


def target(vocabulary: Vocabulary, semantic: Tensor) -> Tensor:
    """The pixels to point at, bool like masks uint8 (n, h, w): what the label's rule looks for; else what is asked."""
    rule = vocabulary.rule
    if isinstance(rule, EnoughPixels):
        return rule.counted(vocabulary, semantic)
    return vocabulary.covered(semantic, target_classes(vocabulary))


def target_classes(vocabulary: Vocabulary) -> tuple[str, ...]:
    """The classes that "where?" asks for: those of the label's rule, else those that all questions ask for."""
    return vocabulary.rule.classes if isinstance(vocabulary.rule, EnoughPixels) else vocabulary.asked


def least(vocabulary: Vocabulary) -> int:
    """From how many target pixels on there is a target: as many as the label asks for."""
    return vocabulary.rule.at_least if isinstance(vocabulary.rule, EnoughPixels) else 1


def innermost(mask: NDArray[np.bool_]) -> tuple[float, float]:
    """The pixel of a mask (h, w) farthest from all that is not of it, the picture's border too: x, y of its middle."""
    from scipy.ndimage import distance_transform_edt

    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    top, left = rows[0], columns[0]
    depth = distance_transform_edt(np.pad(mask[top : rows[-1] + 1, left : columns[-1] + 1], 1))[1:-1, 1:-1]
    y, x = np.unravel_index(int(depth.argmax()), depth.shape)
    return float(left + x) + 0.5, float(top + y) + 0.5


def innermost_each(vocabulary: Vocabulary, hits: NDArray[np.bool_]) -> Floats:
    """The innermost pixel of each picture's target (n, h, w), NaN where too little of it is there."""
    point = np.full((len(hits), 2), np.nan)
    for i in np.flatnonzero(hits.sum((1, 2)) >= least(vocabulary)):
        point[i] = innermost(hits[i])
    return point


def surest_pixels(prediction: SemanticPrediction, hits: Tensor) -> Floats:
    """In each picture's predicted target, bool (n, h, w), the pixel whose scores speak for it most clearly.

    It misses less often than the innermost pixel (street, 184 pictures, one model: 4.3 % against 6.0 %): what is
    wrongly taken for a target is seldom small, but seldom sure. The innermost of equally sure pixels is taken.
    """
    vocabulary, point = prediction.vocabulary, np.full((len(hits), 2), np.nan)
    is_target = np.array([name in target_classes(vocabulary) for name in vocabulary.classes])
    scores, inside = prediction.scores.cpu().numpy(), hits.numpy()
    for i in np.flatnonzero(np.count_nonzero(inside, (1, 2)) >= least(vocabulary)):
        of_target = np.logaddexp.reduce(scores[i, is_target].astype(np.float32), 0)  # (h, w)
        clear = of_target - np.logaddexp.reduce(scores[i, ~is_target].astype(np.float32), 0)
        clear[~inside[i]] = -np.inf
        point[i] = innermost(clear == clear.max())
    return point


def surest_point(
    vocabulary: Vocabulary, ids: NDArray[np.int16], hits: NDArray[np.bool_], objects: Objects
) -> tuple[float, float]:
    """The innermost target pixel of the best-scoring object; NaN, NaN if the picture holds too little of the target.

    Only objects that hold enough of the target are eligible; if none does, those that hold the most of it.
    """
    area = np.bincount(ids[hits], minlength=len(objects) + 1)[1:]  # pixels of the target in each object
    if area.sum() < least(vocabulary):
        return np.nan, np.nan
    eligible = area >= min(least(vocabulary), area.max())
    best = int(np.where(eligible, objects.scores, -np.inf).argmax())
    return innermost((ids == best + 1) & hits)


def surest_dots(prediction: PointPrediction) -> Floats | None:
    """Each picture's best-scoring dot of the target, (n, 2), NaN where there is none; None if dots cannot say."""
    vocabulary, point = prediction.vocabulary, np.full((len(prediction.ids), 2), np.nan)
    classes, rule = target_classes(vocabulary), vocabulary.rule
    if not classes or not set(classes) <= set(vocabulary.things):
        return None
    height, width = prediction.size
    zone = rule.inside(height, width).numpy() if isinstance(rule, EnoughPixels) else np.ones((height, width), np.bool_)
    indices = [vocabulary.classes.index(name) for name in classes]
    for i, objects in enumerate(prediction.objects):
        x, y = np.floor(objects.points).astype(int).T
        right = np.isin(objects.classes, indices) & zone[y.clip(0, height - 1), x.clip(0, width - 1)]
        if right.any():
            point[i] = objects.points[np.where(right, objects.scores, -np.inf).argmax()]
    return point
