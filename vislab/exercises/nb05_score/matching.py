"""Notebook 05: which true object each prediction finds."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from vislab.exercises.checking.check import Check
from vislab.exercises.checking.recognising import Mistake
from vislab.exercises.checking.small_pictures import Mask, picture, random_pictures
from vislab.exercises.checking.trial import Trial
from vislab.exercises.nb05_score.figures import match_by_score

Floats = np.ndarray[Any, np.dtype[np.float64]]


def _shared(truth: Mask, said: Mask, count: int) -> tuple[Floats, Floats, Floats]:
    """Pixels that prediction and true object have in common (p, t), pixels of each prediction, of each true object."""
    there = int(truth.max(initial=0))
    mine = np.stack([said == i + 1 for i in range(count)]) if count else np.zeros((0, *said.shape), bool)
    true = np.stack([truth == j + 1 for j in range(there)]) if there else np.zeros((0, *truth.shape), bool)
    both = (mine[:, None] & true[None]).sum((2, 3)).astype(float)
    return both, mine.sum((1, 2)).astype(float), true.sum((1, 2)).astype(float)


def _overlap(both: Floats, mine: Floats, true: Floats) -> Floats:
    return np.asarray(both / np.maximum(mine[:, None] + true - both, 1))


def _matched(how: Callable[..., Any] = match_by_score, overlap: Callable[..., Floats] = _overlap) -> Callable[..., Any]:
    """A learner's function: one way to match, with one way to measure overlap; 0 for none, ids from 1."""

    def match(truth: Mask, said: Mask, scores: Floats, at: float) -> Mask:
        parts = _shared(truth, said, len(scores))
        return np.asarray(how(overlap(*parts), scores, at) + 1, int)

    return match


_right_match = _matched()


def _every(iou: Floats, scores: Floats, at: float) -> Mask:
    """Each prediction takes its best true object, taken or not."""
    best = iou.argmax(1) if iou.shape[1] else np.zeros(len(scores), int)
    return np.where(iou.max(1, initial=0) >= at, best, -1)


def _gives_up(iou: Floats, scores: Floats, at: float) -> Mask:
    """Whose best is taken gets none, though another would do."""
    wanted, found = _every(iou, scores, at), np.full(len(scores), -1)
    for guess in np.argsort(-scores):
        if wanted[guess] >= 0 and wanted[guess] not in found:
            found[guess] = wanted[guess]
    return found


def _best_pair(iou: Floats, scores: Floats, at: float) -> Mask:
    free, found = iou.copy(), np.full(len(scores), -1)
    while free.size and free.max() >= at:
        guess, true = np.unravel_index(free.argmax(), free.shape)
        found[guess] = true
        free[guess], free[:, true] = -1, -1
    return found


def _first_that_does(iou: Floats, scores: Floats, at: float) -> Mask:
    found: list[int] = [-1] * len(scores)
    for guess in np.argsort(-scores):
        fit = [true for true in np.flatnonzero(iou[guess] >= at).tolist() if true not in found]
        found[guess] = fit[0] if fit else -1
    return np.array(found, int)


def _match_trials() -> Iterator[Trial]:
    seen: list[tuple[str, str, list[float], float, str]] = [
        ("22200 22200 00011 00011", "11100 11100 00022 00022", [0.9, 0.7], 0.5,
         "Numbers need not agree: the first object said lies on true object 2."),
        ("1111 1111", "1122 1122", [0.6, 0.9], 0.5,
         "Both halves have an IoU of exactly 0.5. Which one may have the cell, and what is left for the other?"),
        ("00000 00100 00000", "11111 11111 11111", [0.9], 0.5,
         "It covers the whole true cell and very much else. Intersection over union: 1 of 15."),
        ("1111 1111", "0000 0001", [0.9], 0.5, "Whatever covers one of eight pixels has an IoU of 1/8."),
        ("11112", "12222", [0.9, 0.5], 0.25,
         "The surer one chooses first, here true object 1. The other one takes the best of what is still free."),
        ("1122222", "1111111", [0.9], 0.25, "It is good enough for both true objects, and much better for the second."),
        ("0000 0000", "1100 0022", [0.9, 0.8], 0.5, "Nothing is there, so nothing can be found: zeros."),
        ("1100 1100", "0000 0000", [], 0.5, "Nothing was said: an answer of length 0."),
    ]  # fmt: skip
    for rows, others, sure, at, hint in seen:
        yield _trial(picture(rows), picture(others), np.array(sure, float), at, hint)
    chance = np.random.default_rng(7)
    for truth, _ in random_pictures():
        for at in (0.25, 0.5):
            said = np.roll(truth, chance.integers(-1, 2, 2), (0, 1))
            cut = int(said.max(initial=0)) + 1  # a surplus object cuts into the others
            said[chance.random(said.shape) < 0.2] = cut
            scores = chance.permutation(np.linspace(0.3, 0.9, cut)).round(3)
            best = np.sort(_overlap(*_shared(truth, said, cut)), 1)[:, ::-1]
            if best.shape[1] < 2 or not np.isclose(best[:, 0], best[:, 1]).any():  # no two are equally good
                yield _trial(truth, said, scores, at)


def _trial(truth: Mask, said: Mask, scores: Floats, at: float, hint: str = "") -> Trial:
    given = {"truth": truth, "said": said, "scores": scores, "at": at}
    return Trial(given, _right_match(truth, said, scores, at), hint)


match = Check(
    "05-match",
    _match_trials,
    (
        "`np.argsort(-scores)` gives the places of the predictions, the surest first. Loop over it.",
        "For one prediction `i` and one true object `j`: `mine = said == i + 1`, `other = truth == j`; then their IoU.",
        "Keep the best `j` so far and its IoU; skip every `j` that is in `found` already. Is the best at least `at`?",
    ),
    (
        Mistake(
            _matched(_every),
            "Two predictions found one and the same true object. A true object can be found once: who comes later "
            "finds something else, or nothing.",
        ),
        Mistake(
            _matched(lambda iou, scores, at: match_by_score(iou, -np.arange(float(len(scores))), at)),
            "The predictions chose in the order of their numbers. The surest chooses first: `np.argsort(-scores)`.",
        ),
        Mistake(
            _matched(lambda iou, scores, at: match_by_score(iou, -scores, at)),
            "The least sure prediction chose first. `np.argsort` sorts from small to large: sort `-scores`.",
        ),
        Mistake(
            _matched(lambda iou, scores, at: match_by_score(iou, scores, at + 1e-9)),
            "An IoU of exactly `at` is enough: `>=`, not `>`.",
        ),
        Mistake(
            _matched(overlap=lambda both, mine, true: both / np.maximum(true, 1)),
            "The intersection was divided by the true object. Then one that says the whole picture finds everything. "
            "Divide by the union, the pixels of either.",
        ),
        Mistake(
            _matched(overlap=lambda both, mine, true: both / np.maximum(mine[:, None], 1)),
            "The intersection was divided by the predicted object. Then a single right pixel is perfect. Divide by "
            "the union, the pixels of either.",
        ),
        Mistake(
            _matched(overlap=lambda both, mine, true: both / np.maximum(mine[:, None] + true, 1)),
            "The intersection was divided by the sum of both. There the pixels they share count twice: the union "
            "counts them once.",
        ),
        Mistake(
            _matched(_best_pair),
            "The best pair was taken first. Here the surest prediction chooses first, also where another would fit "
            "better: the score says in which order a user gets to see them.",
        ),
        Mistake(
            _matched(_gives_up),
            "A prediction whose best true object was taken gave up. Perhaps another one, still free, is good enough.",
        ),
        Mistake(
            _matched(_first_that_does),
            "The first true object that is good enough was taken. Take the best of them.",
        ),
        Mistake(
            lambda truth, said, scores, at: _right_match(truth, said, scores, at) - 1,
            "These are places from 0, and -1 for none. Return the true object's id, from 1, and 0 for none.",
        ),
        Mistake(
            lambda truth, said, scores, at: _right_match(truth, said, scores, 1e-9),
            "Every overlap was good enough, however small. Only an IoU of `at` or more finds something.",
        ),
        Mistake(
            lambda truth, said, scores, at: _right_match(truth, said, scores, at)[np.argsort(-scores)],
            "The matches are right, but in the order of the scores. Answer in the order of the predictions: "
            "`found[i]` belongs to the prediction with the id `i + 1`.",
        ),
    ),
)
