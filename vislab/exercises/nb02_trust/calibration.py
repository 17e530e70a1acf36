"""Notebook 02's exercise on calibration: how far confidence and accuracy lie apart."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from vislab.evaluation.metrics import classification as of_labels
from vislab.exercises.checking.check import Check
from vislab.exercises.checking.recognising import Mistake
from vislab.exercises.checking.trial import Trial

Array = np.ndarray[Any, np.dtype[Any]]
RANDOM = 20  # random cases the check ends with, always the same ones


def _gaps(confidence: Array, right: Array, bins: int) -> tuple[Array, Array]:
    """Confidence less accuracy of each bin (bins,), NaN where it is empty, and how many are in it (bins,)."""
    place = np.ceil(confidence * bins).astype(int).clip(1, bins) - 1
    count = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        return (np.bincount(place, confidence, bins) - np.bincount(place, right, bins)) / count, count


def _error(confidence: Array, right: Array, bins: int) -> float:
    gap, count = _gaps(confidence, right, bins)
    return float(np.nansum(np.abs(gap) * count) / count.sum())


def _other(how: Callable[[Array, Array, int], Any]) -> Callable[[Array, Array, int], float]:
    """An answer made in another way of the confidence in what is said, and whether that is right."""
    return lambda scores, labels, bins: float(how(scores.max(1), scores.argmax(1) == labels, bins))


def _by_gaps(how: Callable[[Array, Array], Any]) -> Callable[[Array, Array, int], float]:
    return _other(lambda confidence, right, bins: how(*_gaps(confidence, right, bins)))


def _middle(confidence: Array, right: Array, bins: int) -> float:
    place = np.ceil(confidence * bins).clip(1, bins)
    return _error((place - 0.5) / bins, right, bins)


def _lost(confidence: Array, right: Array, bins: int) -> float:
    """Without those of confidence 1, which fall beside the last bin."""
    inside = confidence < 1
    if not len(inside):
        return float("nan")
    return _error(confidence[inside], right[inside], bins) * inside.mean() if inside.any() else 0.0


def expected(scores: Array, labels: Array, bins: int) -> float:
    """The package's own calibration error."""
    return float(of_labels.calibration_error(torch.from_numpy(scores), torch.from_numpy(labels), bins))


def _calibration_trials() -> Iterator[Trial]:
    seen = [
        ([0.7, 0.7], [1, 0], "Both say 'infected', 70 % sure, and one of two is right: a gap of 0.2."),
        ([0.3, 0.3], [1, 1], "Both say 'healthy', and are 70 % sure of that: how sure one is belongs to the label "
         "said. None is right: a gap of 0.7."),
        ([0.85, 0.85, 0.85, 0.55], [1, 1, 1, 0], "Three pictures lie in one bin, with a gap of 0.15, and one in "
         "another, with 0.55: 3/4 of the first and 1/4 of the second."),
        ([0.75, 0.95, 0.95], [1, 1, 0], "One bin is too careful (0.75, all right), the other too sure (0.95, half "
         "right). They must not even out: the size of each gap counts."),
        ([1.0, 1.0, 0.9], [1, 0, 1], "A confidence of exactly 1 belongs into the last bin."),
    ]  # fmt: skip
    cases = [(np.array(infected), np.array(labels), 5, hint) for infected, labels, hint in seen]
    chance = np.random.default_rng(3)
    for n, bins in zip(
        chance.integers(6, 30, RANDOM).tolist(), chance.choice([5, 10, 15], RANDOM).tolist(), strict=True
    ):
        infected = (chance.permutation(480)[:n] * 2 + 21) / 1001  # on no edge of a bin
        cases.append((infected, (chance.random(n) < infected**2).astype(int), bins, ""))
    cases.append((np.zeros(0), np.zeros(0, int), 5, "Of no pictures there is no error: NaN."))
    for infected, labels, bins, hint in cases:
        scores = np.stack([1 - infected, infected], 1).round(9)  # 0.3, not 0.30000000000000004
        answer = round(expected(scores, labels, bins), 9)
        yield Trial({"scores": scores, "labels": labels, "bins": bins}, answer, hint)


calibration_error = Check(
    "02-calibration",
    _calibration_trials,
    (
        "`scores.max(1)` is how sure it is of the label it says; `scores.argmax(1) == labels` whether that is right.",
        "`np.ceil(confidence * bins)` is the number of a picture's bin, from 1 to bins. Loop over the bins.",
        "For each bin that is not empty: the size of (mean confidence less share right), times the pictures in it, "
        "over all pictures. Add up. Of no pictures, return `float('nan')`.",
    ),
    (
        Mistake(
            _by_gaps(lambda gap, count: np.nanmean(np.abs(gap))),
            "All bins count the same here, a bin of one picture as much as one of a hundred. Weight each by its "
            "share of the pictures.",
        ),
        Mistake(
            _by_gaps(lambda gap, count: np.nansum(np.abs(gap)) / len(gap)),
            "The gaps are added up and divided by the number of bins, empty ones too. Weight each by its share of the "
            "pictures.",
        ),
        Mistake(
            _other(lambda confidence, right, bins: abs(confidence.mean() - right.mean())),
            "This compares the means over all pictures. A model too careful here and too sure there comes out as "
            "perfect: take the size of the gap in each bin, then add up.",
        ),
        Mistake(
            _other(lambda confidence, right, bins: confidence.mean() - right.mean()),
            "Too careful and too sure even out: the gaps keep their signs. Take the size of each, np.abs.",
        ),
        Mistake(
            _other(lambda confidence, right, bins: right.mean() - confidence.mean()),
            "Too careful and too sure even out: the gaps keep their signs. Take the size of each, np.abs.",
        ),
        Mistake(
            _by_gaps(lambda gap, count: np.nansum(gap**2 * count) / count.sum()),
            "The gaps are squared, which makes small ones smaller still. Take their size, np.abs.",
        ),
        Mistake(
            _by_gaps(lambda gap, count: np.nanmax(np.abs(gap))),
            "This is the largest gap of any bin (the maximum calibration error). Asked for is the weighted mean.",
        ),
        Mistake(
            _by_gaps(lambda gap, count: np.nansum(np.abs(gap) * count)),
            "The gaps are weighted with how many pictures they have, not with which share: divide by all pictures.",
        ),
        Mistake(
            _by_gaps(lambda gap, count: (np.abs(gap) * count).sum() / count.sum()),
            "The mean of an empty bin is NaN, and NaN swallows every sum. Leave empty bins out.",
        ),
        Mistake(
            lambda s, y, b: _error(s[:, 1], s.argmax(1) == y, b),
            "You took how sure it is of 'infected', also where it says 'healthy'. 30 % infected is 70 % healthy, and "
            "that is what it said: the largest of a row.",
        ),
        Mistake(
            lambda s, y, b: _error(s[:, 1], y, b),
            "This asks how often a picture is infected where 'infected' gets such a score. A fair question too, but "
            "here confidence is that of the label said: the largest of a row.",
        ),
        Mistake(
            lambda s, y, b: _error(s[np.arange(len(y)), y], s.argmax(1) == y, b),
            "You took the score of the true label. What a model says knows nothing of the truth: take the largest of "
            "a row.",
        ),
        Mistake(
            _other(_middle),
            "You took the middle of a bin for its confidence. Take the mean confidence of the pictures in it.",
        ),
        Mistake(
            _other(_lost),
            "A confidence of exactly 1 has fallen beside the last bin. It belongs into it.",
        ),
    ),
    cases="lists of scores",
)
