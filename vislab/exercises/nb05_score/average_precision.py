"""Notebook 05: average precision, the predictions of several pictures pooled."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from vislab.exercises.checking.check import Check
from vislab.exercises.checking.recognising import Mistake
from vislab.exercises.checking.small_pictures import Mask
from vislab.exercises.checking.trial import Trial
from vislab.exercises.nb05_score.figures import RECALLS, pooled_ap

Floats = np.ndarray[Any, np.dtype[np.float64]]

Several = list[np.ndarray[Any, Any]]  # one array a picture


def _ranked(scores: Several, right: Several, order: int = -1) -> tuple[Floats, Floats]:
    """Hits so far, and how many predictions so far; order 0: as they come, 1: the least sure first."""
    pooled, flags = np.concatenate(scores), np.concatenate(right)
    if order:
        flags = flags[np.argsort(order * pooled, kind="stable")]
    return flags.cumsum().astype(float), np.arange(1.0, len(flags) + 1)


def _read(recall: Floats, precision: Floats, levels: Floats = RECALLS) -> float:
    return float(np.mean([precision[recall >= level].max(initial=0) for level in levels]))


def _other_ap(how: Callable[[Floats, Floats, float], float], order: int = -1) -> Callable[..., float]:
    """Average precision made in another way from hits, how many so far, and how many are there."""

    def ap(scores: Several, right: Several, there: Mask) -> float:
        return how(*_ranked(scores, right, order), float(np.sum(there))) if np.sum(there) else float("nan")

    return ap


def _each_picture(scores: Several, right: Several, there: Mask) -> float:
    each = [pooled_ap([s], [r], n) for s, r, n in zip(scores, right, there, strict=True)]
    return float(np.nanmean(each)) if np.sum(there) else float("nan")


def _one_by_one(scores: Several, right: Several, there: Mask) -> float:
    """Each picture's own ranking, one picture after another."""
    return pooled_ap([np.arange(0.0, -sum(map(len, scores)), -1)],
                     [np.concatenate([r[np.argsort(-s)] for s, r in zip(scores, right, strict=True)])],
                     int(np.sum(there)))  # fmt: skip


def _without_envelope(hits: Floats, so_far: Floats, there: float) -> float:
    recall, precision = hits / there, hits / so_far
    return float(np.mean([precision[recall >= level][0] if (recall >= level).any() else 0 for level in RECALLS]))


def _without_the_rest(hits: Floats, so_far: Floats, there: float) -> float:
    """Only the levels that are reached."""
    recall, precision = hits / there, hits / so_far
    return _read(recall, precision, RECALLS[recall.max() >= RECALLS])


def _before(hits: Floats, so_far: Floats, there: float) -> float:
    """The best precision up to each level."""
    recall, precision = hits / there, hits / so_far
    return float(np.mean([precision[recall <= level].max(initial=0) for level in RECALLS]))


def _beyond(hits: Floats, so_far: Floats, there: float) -> float:
    """Where a recall just at a level does not count."""
    return _read(hits / there, hits / so_far, RECALLS + 1e-9)


def _lines(zero: bool, envelope: bool, exact: bool) -> Callable[[Floats, Floats, float], float]:
    """Straight lines between the points. zero: nothing beyond the last; exact: their area, not read at levels."""

    def how(hits: Floats, so_far: Floats, there: float) -> float:
        recall, precision = hits / there, hits / so_far
        if envelope:
            precision = np.maximum.accumulate(precision[::-1])[::-1]
        if exact:
            return float((np.diff(recall) * (precision[1:] + precision[:-1]) / 2).sum())
        return float(np.interp(RECALLS, recall, precision, right=0 if zero else None).mean())

    return how


def _area(hits: Floats, so_far: Floats, there: float, envelope: bool = True) -> float:
    precision = hits / so_far
    best = np.maximum.accumulate(precision[::-1])[::-1] if envelope else precision
    return float((best * np.diff(hits, prepend=0)).sum() / there)


def _ap_trials() -> Iterator[Trial]:
    seen: list[tuple[list[list[float]], list[list[bool]], list[int], str]] = [
        ([[0.9, 0.4]], [[True, False]], [1],
         "The surest one is right, and with it all that is there is found. What comes later cannot hurt."),
        ([[0.9, 0.8]], [[True, True]], [3],
         "Two of three are found, and nothing false is said: the precision is 1 up to a recall of 2/3. No prediction "
         "reaches the levels beyond: each of them counts as 0."),
        ([[0.9, 0.8, 0.7]], [[False, True, True]], [2],
         "Precision goes 0, 1/2, 2/3: from each recall take the best precision there or later, which is 2/3."),
        ([[0.9, 0.3], [0.8, 0.7]], [[True, False], [True, False]], [1, 1],
         "All pictures together: 0.9 is right, 0.8 is right, and then all that is there is found."),
        ([[0.3], [0.9, 0.8]], [[True], [False, False]], [1, 0],
         "The false ones of the second picture are surer than the right one of the first: ranked together, it is third."
         ),
        ([[], [0.5]], [[], [True]], [3, 3], "Of six, one is found. A picture may have nothing said."),
        ([[0.5]], [[False]], [2], "Nothing is found."),
        ([[0.5], []], [[False], []], [0, 0],
         "Nothing is there to be found in any picture: nobody can say how well it would have been. NaN."),
    ]  # fmt: skip
    for sure, flags, there, hint in seen:
        yield _trial([np.array(one, float) for one in sure], [np.array(one, bool) for one in flags], there, hint)
    chance = np.random.default_rng(8)
    for total in (3, 6, 7, 9, 11, 13, 17, 19, 21, 23) * 2:  # no recall falls on one of the 101 but 0, 1/2 and 1
        pictures = int(chance.integers(2, 5))
        many = chance.integers(1, 6, pictures)
        places = np.split(chance.permutation(int(many.sum())), many.cumsum()[:-1])
        scores = [(0.1 + 0.8 * place / many.sum()).round(3) for place in places]
        right = [chance.random(len(one)) < 0.6 for one in scores]
        owner = chance.integers(0, pictures, total)
        if sum(int(one.sum()) for one in right) <= total:
            yield _trial(scores, right, np.bincount(owner, minlength=pictures).tolist())


def _trial(scores: Several, right: Several, there: list[int], hint: str = "") -> Trial:
    given = {"scores": scores, "right": right, "there": np.array(there)}
    return Trial(given, pooled_ap(scores, right, sum(there)), hint)


def _zero_for_none(scores: Several, right: Several, there: Mask) -> float:
    return float(np.nan_to_num(pooled_ap(scores, right, int(np.sum(there)))))


_STRAIGHT = "You drew straight lines between the points of the curve. COCO draws none: at a level it takes the best "
_STRAIGHT += "precision among the points there or further right, and 0 where there is none."

_POOL = "Is the ranking one for all pictures together? First `np.concatenate`, then sort by score."
_ENVELOPE = "Precision was read just where a recall is reached. Take the best one there or later: who stops a little "
_ENVELOPE += "later may get more of both, and COCO grants that."

pooled_precision = Check(
    "05-pooled-precision",
    _ap_trials,
    (
        "Pool first: `np.concatenate(scores)` and `np.concatenate(right)`; `np.argsort(-...)` ranks both.",
        "`hits = ranked.cumsum()`: recall is `hits / sum(there)`, precision is `hits / np.arange(1, len(hits) + 1)`.",
        "For each `level`: `precision[recall >= level].max(initial=0)`. The mean over all levels is the answer.",
    ),
    (
        Mistake(
            _each_picture,
            "This is the mean of each picture's own average precision. Pool the predictions of all pictures first: "
            "one threshold holds for all of them.",
        ),
        Mistake(_other_ap(lambda h, n, t: _read(h / t, h / n), 0), f"The predictions are not sorted by score. {_POOL}"),
        Mistake(_one_by_one, f"Each picture is sorted on its own, one after another. {_POOL}"),
        Mistake(
            _other_ap(lambda h, n, t: _read(h / t, h / n), 1),
            "The least sure prediction comes first. `np.argsort` sorts from small to large: sort `-scores`.",
        ),
        Mistake(_other_ap(_without_envelope), _ENVELOPE),
        Mistake(
            _other_ap(lambda h, n, t: _area(h, n, t, envelope=False)),
            "This is the mean precision at the right predictions. COCO reads the curve at the 101 recalls in "
            "`LEVELS`, and at each takes the best precision there or later.",
        ),
        Mistake(
            _other_ap(lambda h, n, t: _area(h, n, t)),
            "This is the exact area under the best-from-here-on curve: a good measure, and within 0.01 of COCO's. "
            "COCO reads the curve at the 101 levels in `LEVELS` and takes their mean.",
        ),
        Mistake(
            _other_ap(lambda h, n, t: _read(h / max(h.max(initial=0), 1), h / n)),
            "Recall was divided by the objects that were found, so it always ends at 1. Divide by all that are "
            "there: what is missed has to cost something.",
        ),
        Mistake(
            _other_ap(_without_the_rest),
            "The levels that no recall reaches are missing from your mean. All 101 count: what is missed has to cost "
            "something.",
        ),
        Mistake(
            _other_ap(_beyond),
            "A recall that lies exactly at a level reaches it. Look at the recalls at the level or above it.",
        ),
        Mistake(
            _other_ap(_before),
            "You looked at what comes before a level. To reach that recall, one has to go at least so far down the "
            "list: look at the recalls at the level or above it.",
        ),
        *(
            Mistake(_other_ap(_lines(zero, envelope, exact)), _STRAIGHT)
            for zero, envelope, exact in itertools.product((False, True), repeat=3)
            if not (zero and exact)  # an area ends with the curve
        ),
        Mistake(
            lambda scores, right, there: pooled_ap(scores, right, len(there)) if np.sum(there) else np.nan,
            "Recall was divided by the number of pictures. `there` has one number for each picture: add them up.",
        ),
        Mistake(
            _other_ap(lambda h, n, t: _read(h / max(len(n), 1), h / n)),
            "Recall was divided by the number of predictions. Recall is the share of what is there: `sum(there)`.",
        ),
        Mistake(
            _other_ap(lambda h, n, t: _read(h / t, h / max(len(n), 1))),
            "Precision was divided by the number of all predictions. At each place of the ranking only those so far "
            "have been said: `np.arange(1, len(hits) + 1)`.",
        ),
        Mistake(
            _other_ap(lambda h, n, t: float((h / n).mean()) if len(n) else 0.0),
            "This is the mean of the precision over the predictions. What was never found does not appear in it. Read "
            "the precision at 101 levels of recall.",
        ),
        Mistake(
            _other_ap(lambda h, n, t: _read(h / t, h / n, np.linspace(0, 1, 11))),
            "These are eleven levels of recall, as an older contest had it. COCO has 101: `LEVELS`.",
        ),
        Mistake(
            _zero_for_none, "Where no picture has an object, nobody can say how well they were found: NaN, and not 0."
        ),
    ),
    cases="lists of predictions",
)
