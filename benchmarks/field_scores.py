"""Scores of label images: ids (h, w), 0 = no nucleus, whoever made them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects

from vislab.evaluation.metrics.detection import THRESHOLDS, detection_accuracy
from vislab.evaluation.metrics.instances import Matches, average_precision, match_picture
from vislab.models.predictions import Objects

Labels = NDArray[np.integer[Any]]


def match(truth: Labels, guess: Labels, scores: Sequence[float] = ()) -> Matches:
    """One picture's nuclei compared; scores: of ids 1, 2, ...; 1 for each where there are none."""
    places = find_objects(guess.astype(np.int32))
    known = [number for number, place in enumerate(places, start=1) if place is not None]
    boxes = [[part.start for part in places[k - 1][::-1]] + [part.stop for part in places[k - 1][::-1]] for k in known]
    objects = Objects(
        boxes=np.array(boxes, np.int64).reshape(-1, 4),
        masks=tuple(guess[places[number - 1]] == number for number in known),
        classes=np.ones(len(known), np.int64),
        scores=np.array([scores[number - 1] if len(scores) else 1 for number in known], np.float32),
    )
    return match_picture(truth, [1] * int(truth.max()), objects)


def score(
    truths: Sequence[Labels], guesses: Sequence[Labels], thresholds: Sequence[float] = THRESHOLDS
) -> dict[float, float]:
    """TP / (TP + FP + FN) of all pictures' nuclei together, by threshold of IoU."""
    matches = [match(truth, guess) for truth, guess in zip(truths, guesses, strict=True)]
    return detection_accuracy(matches, [1], thresholds)


def precision(
    truths: Sequence[Labels], guesses: Sequence[Labels], scores: Sequence[Sequence[float]]
) -> dict[str, float]:
    """COCO's AP50 and AP of the nuclei that count; nothing where nuclei have no scores."""
    if not scores:
        return {}
    matches = [match(*picture) for picture in zip(truths, guesses, scores, strict=True)]
    return {name: value for name, value in average_precision(matches, [1]).items() if name in ("ap", "ap50")}
