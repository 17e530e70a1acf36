"""Notebook 02's exercise on calibration: how far confidence and accuracy lie apart."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from vislab.evaluation.metrics import classification as metrics
from vislab.exercises.checking.check import Check
from vislab.exercises.checking.recognising import Mistake
from vislab.exercises.checking.trial import RANDOM, Array, Trial


def _gaps(confidence: Array, right: Array, bins: int) -> tuple[Array, Array]:
    """Confidence less accuracy of each bin (bins,), NaN where it is empty, and how many are in it (bins,)."""
    index = np.ceil(confidence * bins).astype(int).clip(1, bins) - 1
    count = np.bincount(index, minlength=bins)
    with np.errstate(invalid="ignore"):
        return np.bincount(index, confidence - right, bins) / count, count


def _error(confidence: Array, right: Array, bins: int) -> float:
    gap, count = _gaps(confidence, right, bins)
    return float(np.nansum(np.abs(gap) * count) / count.sum())


def _from_confidence(error: Callable[[Array, Array, int], Any]) -> Callable[[Array, Array, int], float]:
    """An answer computed from the confidence in each prediction and whether it is right."""
    return lambda scores, labels, bins: float(error(scores.max(1), scores.argmax(1) == labels, bins))


def _from_gaps(error: Callable[[Array, Array], Any]) -> Callable[[Array, Array, int], float]:
    return _from_confidence(lambda confidence, right, bins: error(*_gaps(confidence, right, bins)))


def _middle(confidence: Array, right: Array, bins: int) -> float:
    number = np.ceil(confidence * bins).clip(1, bins)
    return _error((number - 0.5) / bins, right, bins)


def _lost(confidence: Array, right: Array, bins: int) -> float:
    """The pictures of confidence 1 are lost, because they fall outside the last bin."""
    inside = confidence < 1
    if not len(inside):
        return float("nan")
    return _error(confidence[inside], right[inside], bins) * inside.mean() if inside.any() else 0.0


def expected(scores: Array, labels: Array, bins: int) -> float:
    """The package's own calibration error, to nine digits."""
    return round(float(metrics.calibration_error(torch.from_numpy(scores), torch.from_numpy(labels), bins)), 9)


def _calibration_trials() -> Iterator[Trial]:
    seen = [
        ([0.7, 0.7], [1, 0], "Both predict 'infected', 70 % sure, and one of two is right: a gap of 0.2."),
        ([0.3, 0.3], [1, 1], "Both predict 'healthy', 70 % sure: confidence is that of the predicted label. None is "
         "right: a gap of 0.7."),
        ([0.85, 0.85, 0.85, 0.55], [1, 1, 1, 0], "Three pictures lie in one bin, with a gap of 0.15, and one in "
         "another, with 0.55: 3/4 of the first and 1/4 of the second."),
        ([0.75, 0.95, 0.95], [1, 1, 0], "One bin is too careful (0.75, all right), the other too sure (0.95, half "
         "right). They must not even out: the size of each gap counts."),
        ([1.0, 1.0, 0.9], [1, 0, 1], "A confidence of exactly 1 belongs in the last bin."),
    ]  # fmt: skip
    cases = [(np.array(infected), np.array(labels), 5, hint) for infected, labels, hint in seen]
    chance = np.random.default_rng(3)
    sizes = chance.integers(6, 30, RANDOM).tolist()
    for n, bins in zip(sizes, chance.choice([5, 10, 15], RANDOM).tolist(), strict=True):
        infected = (chance.permutation(480)[:n] * 2 + 21) / 1001  # on no edge of a bin
        cases.append((infected, (chance.random(n) < infected**2).astype(int), bins, ""))
    cases.append((np.zeros(0), np.zeros(0, int), 5, "No pictures have no error: NaN."))
    for infected, labels, bins, hint in cases:
        scores = np.stack([1 - infected, infected], 1).round(9)  # 0.3, not 0.30000000000000004
        yield Trial.of(expected, scores, labels, bins, hint=hint)


calibration_error = Check(
    "02-calibration",
    _calibration_trials,
    (
        "`scores.max(1)` is how sure it is of its prediction; `scores.argmax(1) == labels` says whether that is right.",
        "`np.ceil(confidence * bins)` is the number of a picture's bin, from 1 to bins. Loop over the bins.",
        "For each bin that is not empty: the size of (mean confidence less share right), times the pictures in it, "
        "over all pictures. Add up. For no pictures, return `float('nan')`.",
    ),
    (
        Mistake("A bin of one picture counts as much as one of a hundred. Weight each by its share of the pictures.",
            _from_gaps(lambda gap, count: np.nanmean(np.abs(gap)))),
        Mistake("You divide by the number of bins, empty ones too. Weight each bin by its share of the pictures.",
            _from_gaps(lambda gap, count: np.nansum(np.abs(gap)) / len(gap))),
        Mistake("This compares the means over all pictures. Take the size of the gap in each bin, then add up.",
            _from_confidence(lambda confidence, right, bins: abs(confidence.mean() - right.mean()))),
        Mistake("Too careful and too sure even out: the gaps keep their signs. Take the size of each, np.abs.",
            _from_confidence(lambda confidence, right, bins: confidence.mean() - right.mean()),
            _from_confidence(lambda confidence, right, bins: right.mean() - confidence.mean())),
        Mistake("The gaps are squared, which makes small ones smaller still. Take their size, np.abs.",
            _from_gaps(lambda gap, count: np.nansum(gap**2 * count) / count.sum())),
        Mistake("This is the largest gap of any bin (the maximum calibration error). You need the weighted mean.",
            _from_gaps(lambda gap, count: np.nanmax(np.abs(gap)))),
        Mistake("The gaps are weighted by their number of pictures, not by their share: divide by all pictures.",
            _from_gaps(lambda gap, count: np.nansum(np.abs(gap) * count))),
        Mistake("The mean of an empty bin is NaN, and NaN swallows every sum. Leave empty bins out.",
            _from_gaps(lambda gap, count: (np.abs(gap) * count).sum() / count.sum())),
        Mistake("You took the score of 'infected' even if it predicts 'healthy'. 30 % infected is 70 % healthy, so "
            "its confidence is 70 %: the largest of a row.", lambda s, y, b: _error(s[:, 1], s.argmax(1) == y, b)),
        Mistake("You took the score of 'infected'. Confidence belongs to the predicted label: the largest of a row.",
            lambda s, y, b: _error(s[:, 1], y, b)),
        Mistake("You took the score of the true label, but the model does not know the truth: take the largest of a "
            "row.", lambda s, y, b: _error(s[np.arange(len(y)), y], s.argmax(1) == y, b)),
        Mistake("You took the middle of a bin for its confidence. Take the mean confidence of the pictures in it.",
            _from_confidence(_middle)),
        Mistake("A confidence of exactly 1 falls outside your last bin. It belongs in it.", _from_confidence(_lost)),
    ),
    cases="lists of scores",
)  # fmt: skip
