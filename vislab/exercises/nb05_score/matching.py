"""Notebook 05: which true object each prediction finds."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from vislab.exercises.checking.check import Check
from vislab.exercises.checking.recognising import Mistake
from vislab.exercises.checking.small_pictures import Mask, picture, random_pictures
from vislab.exercises.checking.trial import Floats, Trial
from vislab.exercises.nb05_score.model_answers import match_by_score

Match = Callable[[Mask, Mask, Floats, float], Mask]


class _Areas(NamedTuple):
    """Pixels: shared (p, t), of each prediction (p, 1), of each true object (t)."""

    shared: Floats
    predicted: Floats
    true: Floats


def _areas(truth: Mask, predicted: Mask, p: int) -> _Areas:
    t = int(truth.max(initial=0))
    pairs = (predicted * (t + 1) + truth).ravel()
    counts = np.bincount(pairs, minlength=(p + 1) * (t + 1)).reshape(p + 1, t + 1).astype(float)
    return _Areas(counts[1:, 1:], counts[1:].sum(1, keepdims=True), counts[:, 1:].sum(0))


def _iou(shared: Floats, predicted: Floats, true: Floats) -> Floats:
    return np.asarray(shared / np.maximum(predicted + true - shared, 1))


def _variant(rule: Callable[..., Mask] = match_by_score, overlap: Callable[..., Floats] = _iou) -> Match:
    """A learner's function that matches by a `rule` and measures `overlap`; it answers with ids from 1, 0 for none."""

    def match(truth: Mask, predicted: Mask, scores: Floats, min_iou: float) -> Mask:
        return rule(overlap(*_areas(truth, predicted, len(scores))), scores, min_iou) + 1

    return match


_right_match = _variant()


def _twice(iou: Floats, scores: Floats, min_iou: float) -> Mask:
    """Each prediction takes the true object with the highest IoU, free or not."""
    best = iou.argmax(1) if iou.shape[1] else np.zeros(len(scores), int)
    return np.where(iou.max(1, initial=0) >= min_iou, best, -1)


def _gives_up(iou: Floats, scores: Floats, min_iou: float) -> Mask:
    """If its best true object is taken, a prediction finds nothing."""
    best, finds = _twice(iou, scores, min_iou), np.full(len(scores), -1)
    for i in np.argsort(-scores):
        if best[i] not in finds:
            finds[i] = best[i]
    return finds


def _best_pair(iou: Floats, scores: Floats, min_iou: float) -> Mask:
    free, finds = iou.copy(), np.full(len(scores), -1)
    while free.size and free.max() >= min_iou:
        i, true = np.unravel_index(free.argmax(), free.shape)
        finds[i] = true
        free[i], free[:, true] = -1, -1
    return finds


def _first_good_one(iou: Floats, scores: Floats, min_iou: float) -> Mask:
    finds = np.full(len(scores), -1)
    for i in np.argsort(-scores):
        finds[i] = next((true for true in np.flatnonzero(iou[i] >= min_iou) if true not in finds), -1)
    return finds


def _in_order_of_scores(truth: Mask, predicted: Mask, scores: Floats, min_iou: float) -> Mask:
    return _right_match(truth, predicted, scores, min_iou)[np.argsort(-scores)]


def _case(truth: str, predicted: str, scores: list[float], min_iou: float, hint: str) -> Trial:
    return Trial.of(_right_match, picture(truth), picture(predicted), np.array(scores, float), min_iou, hint=hint)


def _match_trials() -> Iterator[Trial]:
    yield from [
        _case("22200 22200 00011 00011", "11100 11100 00022 00022", [0.9, 0.7], 0.5,
              "The ids need not agree: prediction 1 lies on true object 2."),
        _case("1111 1111", "1122 1122", [0.6, 0.9], 0.5,
              "Both halves have an IoU of exactly 0.5. Which of them gets the cell, and what is left for the other?"),
        _case("00000 00100 00000", "11111 11111 11111", [0.9], 0.5,
              "The prediction covers the whole true cell and much more. Its IoU is 1 of 15."),
        _case("1111 1111", "0000 0001", [0.9], 0.5, "A prediction that covers one of eight pixels has an IoU of 1/8."),
        _case("11112", "12222", [0.9, 0.5], 0.25,
              "The prediction with the higher score chooses first, and takes true object 1. The other takes the best "
              "of what is still free."),
        _case("1122222", "1111111", [0.9], 0.25,
              "It is good enough for both true objects, and much better for the second."),
        _case("0000 0000", "1100 0022", [0.9, 0.8], 0.5, "There is no true object, so nothing can be found: zeros."),
        _case("1100 1100", "0000 0000", [], 0.5, "There is no prediction, so the answer has length 0."),
    ]  # fmt: skip
    chance = np.random.default_rng(7)
    for true_ids, _ in random_pictures():
        for min_iou in (0.25, 0.5):
            ids = np.roll(true_ids, chance.integers(-1, 2, 2), (0, 1))
            p = int(ids.max(initial=0)) + 1  # one object too many cuts into the others
            ids[chance.random(ids.shape) < 0.2] = p
            confidence = chance.permutation(np.linspace(0.3, 0.9, p)).round(3)
            best = np.sort(_iou(*_areas(true_ids, ids, p)), 1)[:, ::-1]
            if best.shape[1] < 2 or not np.isclose(best[:, 0], best[:, 1]).any():  # no two are equally good
                yield Trial.of(_right_match, true_ids, ids, confidence, min_iou)


match = Check(
    "05-match",
    _match_trials,
    (
        "`np.argsort(-scores)` gives the indices of the predictions, the highest score first. Loop over it.",
        "For prediction `i` and true object `j` compare the masks `predicted == i + 1` and `truth == j`.",
        "Skip every `j` that is taken. Of the others keep the best and its IoU. Is that at least `min_iou`?",
    ),
    (
        Mistake("Two predictions found the same true object. It can be found once: a later one takes another, or none.",
            _variant(_twice)),
        Mistake("The predictions chose in the order of their ids. The highest score goes first: `np.argsort(-scores)`.",
            _variant(lambda iou, scores, min_iou: match_by_score(iou, np.arange(0.0, -len(scores), -1), min_iou))),
        Mistake("The lowest score chose first. `np.argsort` sorts in ascending order: sort `-scores`.",
            _variant(lambda iou, scores, min_iou: match_by_score(iou, -scores, min_iou))),
        Mistake("An IoU of exactly `min_iou` is enough: `>=`, not `>`.",
            _variant(lambda iou, scores, min_iou: match_by_score(iou, scores, min_iou + 1e-9))),
        Mistake("You divided the intersection by the true object. Then the whole picture finds everything. Divide by "
            "the union.", _variant(overlap=lambda shared, predicted, true: shared / np.maximum(true, 1))),
        Mistake("You divided the intersection by the predicted object. Then a single right pixel is perfect. Divide by "
            "the union.", _variant(overlap=lambda shared, predicted, true: shared / np.maximum(predicted, 1))),
        Mistake("You divided by the sum of both, which counts shared pixels twice. The union counts them once.",
            _variant(overlap=lambda shared, predicted, true: shared / np.maximum(predicted + true, 1))),
        Mistake("The best pair was matched first. The highest score goes first, even if another prediction fits "
            "better.", _variant(_best_pair)),
        Mistake("A prediction gave up because its best true object was taken. Another, still free, may be good enough.",
            _variant(_gives_up)),
        Mistake("A prediction took the first true object that is good enough. Take the best of them.",
            _variant(_first_good_one)),
        Mistake("These are indices from 0, and -1 for none. Return the id of the true object, from 1, and 0 for none.",
            lambda truth, predicted, scores, min_iou: _right_match(truth, predicted, scores, min_iou) - 1),
        Mistake("Every overlap was good enough, however small. Only an IoU of `min_iou` or more finds something.",
            lambda truth, predicted, scores, min_iou: _right_match(truth, predicted, scores, 1e-9)),
        Mistake("The matches are right, but in the order of the scores. Return them in the order of the predictions: "
            "the number at index `i` belongs to the prediction with id `i + 1`.", _in_order_of_scores),
    ),
)  # fmt: skip
