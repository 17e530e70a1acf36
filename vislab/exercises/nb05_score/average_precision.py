"""Notebook 05: average precision over the predictions of several pictures."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from vislab.exercises.checking.check import Check
from vislab.exercises.checking.recognising import Mistake
from vislab.exercises.checking.small_pictures import Mask
from vislab.exercises.checking.trial import Floats, Trial
from vislab.exercises.nb05_score.model_answers import RECALLS, pooled_ap

Arrays = list[np.ndarray[Any, Any]]  # one a picture


class Ranking(NamedTuple):
    """A ranked list of predictions: the hits after each (p,), and the number of true objects."""

    hits: Floats
    n_true: float

    @property
    def recall(self) -> Floats:
        """Recall after each prediction."""
        return self.hits / self.n_true

    @property
    def precision(self) -> Floats:
        """Precision after each prediction."""
        return self.hits / np.arange(1, len(self.hits) + 1)

    @property
    def best(self) -> Floats:
        """The best precision there or later."""
        return np.maximum.accumulate(self.precision[::-1])[::-1]


def _read(recall: Floats, precision: Floats, levels: Floats = RECALLS) -> float:
    return float(np.mean([precision[recall >= level].max(initial=0) for level in levels]))


def _answer(score: Callable[[Ranking], float], key: Callable[[Floats], Floats] = np.negative) -> Callable[..., float]:
    """An answer to the exercise that pools all predictions, sorts them by `key` of their scores, then scores them."""

    def ap(scores: Arrays, right: Arrays, n_true: Mask) -> float:
        total = float(np.sum(n_true))
        if total == 0:
            return float("nan")
        order = np.argsort(key(np.concatenate(scores)), kind="stable")
        hits = np.concatenate(right)[order].cumsum().astype(float)
        return score(Ranking(hits, total))

    return ap


def _mean_over_pictures(scores: Arrays, right: Arrays, n_true: Mask) -> float:
    aps = [pooled_ap([s], [r], [n]) for s, r, n in zip(scores, right, n_true, strict=True)]
    return float(np.nanmean(aps)) if np.sum(n_true) else float("nan")


def _ranked_by_picture(scores: Arrays, right: Arrays, n_true: Mask) -> float:
    """Each picture's own ranking, one picture after another."""
    ranked = [r[np.argsort(-s)] for s, r in zip(scores, right, strict=True)]
    answer = _answer(lambda ranking: _read(ranking.recall, ranking.precision), np.zeros_like)
    return float(answer(scores, ranked, n_true))


def _first_precision(ranking: Ranking) -> float:
    """The precision at which each level is reached, not the best there or later."""
    points = [ranking.precision[ranking.recall >= level] for level in RECALLS]
    return float(np.mean([precision[0] if len(precision) else 0 for precision in points]))


def _reached_only(ranking: Ranking) -> float:
    """The mean over the levels that a recall reaches."""
    return _read(ranking.recall, ranking.precision, RECALLS[ranking.recall.max() >= RECALLS])


def _best_before(ranking: Ranking) -> float:
    points = [ranking.precision[ranking.recall <= level] for level in RECALLS]
    return float(np.mean([precision.max(initial=0) for precision in points]))


def _area(precision: Floats, ranking: Ranking) -> float:
    return float((precision * np.diff(ranking.hits, prepend=0)).sum() / ranking.n_true)


def _straight_lines(best: bool, right: int | None) -> Callable[[Ranking], float]:
    """Straight lines between the points, read at the levels; right: the precision beyond the last, None its own."""
    return lambda ranking: float(
        np.interp(RECALLS, ranking.recall, ranking.best if best else ranking.precision, right=right).mean()
    )


def _trapezoid(best: bool) -> Callable[[Ranking], float]:
    """The area under straight lines between the points."""
    return lambda ranking: float(np.trapezoid(ranking.best if best else ranking.precision, ranking.recall))


def _case(sure: list[list[float]], flags: list[list[bool]], true: list[int], hint: str) -> Trial:
    scores, right = [np.array(s, float) for s in sure], [np.array(r, bool) for r in flags]
    return Trial.of(pooled_ap, scores, right, np.array(true), hint=hint)


def _ap_trials() -> Iterator[Trial]:
    yield from [
        _case([[0.9, 0.4]], [[True, False]], [1],
              "The prediction with the highest score is right, and finds all there is. What comes later cannot hurt."),
        _case([[0.9, 0.8]], [[True, True]], [3],
              "Two of three objects are found, and nothing is invented: the precision is 1 up to a recall of 2/3. No "
              "prediction reaches the levels beyond: each of them counts as 0."),
        _case([[0.9, 0.8, 0.7]], [[False, True, True]], [2],
              "Precision goes 0, 1/2, 2/3. At each recall take the best precision there or later, which is 2/3."),
        _case([[0.9, 0.3], [0.8, 0.7]], [[True, False], [True, False]], [1, 1],
              "Rank both pictures together: 0.9 is right, 0.8 is right, and then all objects are found."),
        _case([[0.3], [0.9, 0.8]], [[True], [False, False]], [1, 0],
              "The false predictions of the second picture have higher scores than the right one of the first. Ranked "
              "together, that one is third."),
        _case([[], [0.5]], [[], [True]], [3, 3], "Of six objects one is found. A picture may have no prediction."),
        _case([[0.5]], [[False]], [2], "Nothing is found."),
        _case([[0.5], []], [[False], []], [0, 0], "No picture has an object. Then there is nothing to judge: NaN."),
    ]  # fmt: skip
    chance = np.random.default_rng(8)
    for total in (3, 6, 7, 9, 11, 13, 17, 19, 21, 23) * 2:  # no recall falls on one of the 101 but 0, 1/2 and 1
        pictures = int(chance.integers(2, 5))
        sizes = chance.integers(1, 6, pictures)
        ranks = np.split(chance.permutation(int(sizes.sum())), sizes.cumsum()[:-1])
        scores = [(0.1 + 0.8 * rank / sizes.sum()).round(3) for rank in ranks]
        right = [chance.random(size) < 0.6 for size in sizes]
        picture_of = chance.integers(0, pictures, total)
        if np.concatenate(right).sum() <= total:
            yield Trial.of(pooled_ap, scores, right, np.bincount(picture_of, minlength=pictures))


_POOL = "Rank all pictures together: first `np.concatenate`, then sort by score."

pooled_precision = Check(
    "05-pooled-precision",
    _ap_trials,
    (
        "Pool first: `np.concatenate(scores)` and `np.concatenate(right)`. `pr_curve` then does the ranking.",
        "`pr_curve` returns recall and precision after each prediction. It needs all true objects, `sum(n_true)`.",
        "For each `level` in `LEVELS`: `precision[recall >= level].max(initial=0)`. Return the mean over all levels.",
    ),
    (
        Mistake("This is the mean of each picture's own average precision. Pool the predictions of all pictures "
            "first: one threshold holds for all of them.", _mean_over_pictures),
        Mistake(f"The predictions are not sorted by score. {_POOL}",
            _answer(lambda ranking: _read(ranking.recall, ranking.precision), np.zeros_like)),
        Mistake(f"Each picture is sorted on its own, one after another. {_POOL}", _ranked_by_picture),
        Mistake("The lowest score comes first. `np.argsort` sorts in ascending order: sort `-scores`.",
            _answer(lambda ranking: _read(ranking.recall, ranking.precision), np.positive)),
        Mistake("You read the precision just where a recall is reached. Take the best one there or later: a lower "
            "threshold may give more of both, and COCO allows for that.", _answer(_first_precision)),
        Mistake("This is the mean precision at the right predictions. COCO takes the best precision there or later at "
            "each of the 101 recalls in `LEVELS`.", _answer(lambda ranking: _area(ranking.precision, ranking))),
        Mistake("This is the exact area under the dotted curve: a good measure, within 0.01 of COCO's. COCO takes the "
            "mean of the curve at the 101 levels in `LEVELS`.", _answer(lambda ranking: _area(ranking.best, ranking))),
        Mistake("You divided by the objects that were found, so misses cost nothing. Divide by all true objects.",
            _answer(lambda ranking: _read(ranking.hits / max(ranking.hits.max(initial=0), 1), ranking.precision))),
        Mistake("Your mean leaves out the levels that no recall reaches, so misses cost nothing. All 101 count.",
            _answer(_reached_only)),
        Mistake("A recall that lies exactly at a level reaches it. Use the recalls at the level or above it.",
            _answer(lambda ranking: _read(ranking.recall, ranking.precision, RECALLS + 1e-9))),
        Mistake("You looked at what comes before a level. Use the recalls at the level or above it.",
            _answer(_best_before)),
        Mistake("You drew straight lines between the points of the curve. COCO draws none: at each level it takes the "
            "best precision of the points there or further right, and 0 if there is none.",
            *(_answer(_straight_lines(*part)) for part in product((False, True), (0, None))),
            _answer(_trapezoid(best=False)), _answer(_trapezoid(best=True))),
        Mistake("You divided by the number of pictures. `n_true` has one number for each picture: add them up.",
            lambda scores, right, n_true: pooled_ap(scores, right, [len(n_true)]) if np.sum(n_true) else np.nan),
        Mistake("Recall was divided by the number of predictions. It is a share of the true objects: `sum(n_true)`.",
            _answer(lambda ranking: _read(ranking.hits / max(len(ranking.hits), 1), ranking.precision))),
        Mistake("Precision was divided by the number of all predictions. Divide by the rank: `np.arange(1, len(hits) + "
            "1)`.", _answer(lambda ranking: _read(ranking.recall, ranking.hits / max(len(ranking.hits), 1)))),
        Mistake("This is the mean precision over the predictions, which sees no misses. Read it at 101 levels of "
            "recall.", _answer(lambda ranking: float(ranking.precision.mean()) if len(ranking.hits) else 0.0)),
        Mistake("These are eleven levels of recall, as in an older contest. COCO has 101: `LEVELS`.",
            _answer(lambda ranking: _read(ranking.recall, ranking.precision, np.linspace(0, 1, 11)))),
        Mistake("If no picture has an object, there is nothing to judge: return NaN, and not 0.",
            lambda scores, right, n_true: float(np.nan_to_num(pooled_ap(scores, right, n_true)))),
    ),
    cases="lists of predictions",
)  # fmt: skip
