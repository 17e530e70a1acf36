"""Notebook 06, "Compare answers": its checks and its quizzes."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from vislab.exercises.checking.answers import Panel
from vislab.exercises.checking.check import Check
from vislab.exercises.checking.recognising import Mistake
from vislab.exercises.checking.small_pictures import Mask, picture
from vislab.exercises.checking.trial import Trial
from vislab.exercises.nb06_compare.quiz import CLOSING, OPENING

__all__ = ["CLOSING", "OPENING", "alone_wrong", "paired_difference"]

Floats = np.ndarray[Any, np.dtype[np.float64]]
RANDOM = 20  # random cases a check ends with, always the same ones
ENDS = (0.025, 0.975)

# A paired comparison


def paired(a: Floats, b: Floats, draws: Mask) -> Floats:
    """The mean of a less b, and the ends of its 95 % interval: three numbers, from errors (n,) and draws (r, n)."""
    return _told(a - b, (a - b)[draws].mean(1))


def _told(off: Floats, means: Floats, ends: Sequence[float] = ENDS) -> Floats:
    return np.array([off.mean(), *np.quantile(means, ends)])


def _apart(a: Floats, b: Floats, draws: Mask) -> Floats:
    """As if the two had been asked about different pictures: the farthest ends of two intervals."""
    low_a, high_a = np.quantile(a[draws].mean(1), ENDS)
    low_b, high_b = np.quantile(b[draws].mean(1), ENDS)
    return np.array([a.mean() - b.mean(), low_a - high_b, high_a - low_b])


def _ends_apart(a: Floats, b: Floats, draws: Mask) -> Floats:
    """The ends of two intervals, each less its like."""
    ends = np.quantile(a[draws].mean(1), ENDS) - np.quantile(b[draws].mean(1), ENDS)
    return np.array([a.mean() - b.mean(), *ends])


def _normal(off: Floats, spread: float) -> Floats:
    return np.asarray(off.mean() + 1.96 * spread * np.array([0, -1, 1]))


def _other_draws(a: Floats, b: Floats, draws: Mask) -> Floats:
    return _told(a - b, a[draws].mean(1) - b[draws[::-1]].mean(1))


PAIRS = (
    Mistake(lambda a, b, d: paired(b, a, d), "The sign: it is a less b, so that it is below 0 where a is off by less."),
    Mistake(
        _apart,
        "These are the ends of two separate intervals, as if each model had been asked about other pictures. Take the "
        "difference in each picture first, and then the interval of that.",
    ),
    Mistake(
        _ends_apart,
        "You took an interval of each, and then the difference. Take the difference in each picture first, and then "
        "one interval of that.",
    ),
    Mistake(
        _other_draws,
        "a and b are drawn anew by different rows, so one model's hard picture stands against the other's easy one. "
        "The same row draws for both.",
    ),
    Mistake(
        lambda a, b, d: _told(a - b, a[d].mean(1) - b.mean()),
        "Only the pictures of a are drawn anew. A picture that is drawn is drawn for both.",
    ),
    Mistake(
        lambda a, b, d: _told(a - b, a - b),
        "These ends say how far single pictures lie apart. The question is how far the *mean* may have moved: one mean "
        "for each row of draws, and the ends of those means.",
    ),
    Mistake(
        lambda a, b, d: _told(a - b, (a - b)[d].ravel()),
        "These ends say how far single pictures lie apart. First one mean for each row of draws: .mean(1).",
    ),
    Mistake(
        lambda a, b, d: _told(a - b, (a - b)[d].mean(0)),
        "The mean goes over the wrong axis: a row of draws is one set of pictures drawn anew, so .mean(1).",
    ),
    Mistake(
        lambda a, b, d: _told(a - b, np.array([(a - b)[d].mean()])),
        "All draws ended in one mean, so both ends are the same. One mean for each row of draws: .mean(1).",
    ),
    Mistake(
        lambda a, b, d: _told(np.abs(a - b), np.abs(a - b)[d].mean(1)),
        "Without signs it cannot come out which of the two is better: leave out the absolute value.",
    ),
    Mistake(
        lambda a, b, d: _told(a - b, (a - b)[d].mean(1), (0.05, 0.95)),
        "Between 0.05 and 0.95 lie 90 % of the means. For 95 % cut off 2.5 % at each end.",
    ),
    Mistake(
        lambda a, b, d: _told((a - b)[d].mean(1), (a - b)[d].mean(1)),
        "The ends are right. The first number is the difference in the pictures as they are, without any drawing.",
    ),
    Mistake(
        lambda a, b, d: paired(a, b, d)[[1, 0, 2]],
        "The three numbers are right, their order is not: the mean first, then the lower and the upper end.",
    ),
    Mistake(
        lambda a, b, d: paired(a, b, d)[1:],
        "These are the ends. Before them stands the mean of a less b: three numbers.",
    ),
    Mistake(
        lambda a, b, d: (a - b).mean(),
        "That is the first of three numbers. How far could it have come out otherwise? One mean for each row of draws, "
        "and the ends of those means.",
    ),
    Mistake(
        lambda a, b, d: _told(a - b, np.median((a - b)[d], axis=1)),
        "You took the median of each row; asked is the mean.",
    ),
    Mistake(
        lambda a, b, d: _normal(a - b, float((a - b).std() / len(a) ** 0.5)),
        "1.96 standard errors make an interval too, and a good one for many pictures. But here the draws should give "
        "it.",
    ),
    Mistake(
        lambda a, b, d: _normal(a - b, float((a - b).std(ddof=1) / len(a) ** 0.5)),
        "1.96 standard errors make an interval too, and a good one for many pictures. But here the draws should give "
        "it.",
    ),
    Mistake(
        lambda a, b, d: _normal(a - b, float((a - b)[d].mean(1).std())),
        "You took 1.96 times the spread of the means. Their quantiles, 0.025 and 0.975, need no bell curve.",
    ),
)
SAME_STEP = ([2.0, 7, 0, 4], [3.0, 8, 1, 5], [[0, 1, 2, 3], [1, 1, 1, 3], [2, 0, 2, 0], [2, 2, 2, 1], [3, 1, 3, 1]])


def _pair_trials() -> Iterator[Trial]:
    seen = [
        ([3.0, 0], [1.0, 0], [[0, 1], [0, 0], [1, 1]], "In picture 0 the models are 2 apart, in picture 1 nothing. "
         "Three draws: both pictures, picture 0 twice, picture 1 twice. Their means are 1, 2 and 0. np.quantile wants "
         "parts of 1: 0.025, not 2.5."),
        (*SAME_STEP, "In every picture a is off by 1 less than b, whichever pictures are drawn: the difference is -1, "
         "and so are both ends."),
        ([4.0, 1, 2], [4.0, 1, 2], [[0, 0, 1], [2, 1, 0]], "Two models that are wrong alike differ by 0 in every "
         "picture."),
        ([1.0, 0, 0, 1, 0, 0], [0.0, 0, 1, 1, 0, 1], [[0, 1, 2, 3, 4, 5], [5, 5, 2, 3, 0, 1], [0, 0, 0, 1, 4, 4],
         [2, 3, 4, 5, 5, 1]], "Wrong labels are errors of 1, right ones of 0; nothing changes."),
    ]  # fmt: skip
    chance = np.random.default_rng(6)
    cases = [(np.array(a), np.array(b), np.array(draws), hint) for a, b, draws, hint in seen]
    for n in chance.integers(5, 40, RANDOM).tolist():
        hard = chance.exponential(3, n)  # a picture that is hard for one is hard for the other
        a, b = hard + chance.normal(0, 1, n), hard + chance.normal(0.3, 1, n)
        cases.append((a.round(1), b.round(1), chance.integers(0, n, (50, n)), ""))
    for a, b, draws, hint in cases:
        yield Trial({"a": a, "b": b, "draws": draws}, paired(a, b, draws), hint)


def _what_pairing_gains() -> tuple[str, list[Panel]]:
    """One pair of models, told apart only where they are compared picture by picture."""
    a, b, draws = (np.array(values) for values in SAME_STEP)
    _, low, high = _apart(a, b, draws)
    said = "Here is what pairing is worth: four pictures, hard ones and easy ones, and two models."
    ends = (f"{low:.1f} to {high:.1f}", "{:.1f} to {:.1f}".format(*paired(a, b, draws)[1:]))
    named = zip(("as if on different pictures", "picture by picture"), ends, strict=True)
    return said, [Panel("errors of a", a), Panel("errors of b", b), *(Panel(f"a less b, {how}", e) for how, e in named)]


paired_difference = Check(
    "06-paired-difference",
    _pair_trials,
    (
        "`off = a - b` is one number a picture: below 0 where a is off by less.",
        "`off[draws]` has the shape of draws: each row holds the differences of the pictures that were drawn.",
        "`.mean(1)` makes one mean of each row, and `np.quantile(means, [0.025, 0.975])` finds the ends.",
    ),
    PAIRS,
    afterword=_what_pairing_gains,
    cases="pairs of models",
)

# Pictures that one task alone gets wrong


def first_alone(wrong: Mask) -> Mask:
    """The first picture that each task alone gets wrong (tasks,), -1 where there is none, from bool (tasks, n)."""
    return _first(_alone(wrong))


def _alone(wrong: Mask) -> Mask:
    return np.asarray(wrong & (wrong.sum(0) == 1))


def _first(of: Mask, none: int = -1) -> Mask:
    return np.where(of.any(1), of.argmax(1), none)


ALONE = (
    Mistake(
        lambda w: _alone(w).argmax(1),
        "argmax gives 0 where nothing is True, and 0 is a picture. Say -1 for a task that has no such picture: any(1) "
        "tells.",
    ),
    Mistake(
        _first,
        "That is the first picture that the task gets wrong, with others or alone. Alone means: in its column there "
        "is one True, wrong.sum(0) == 1.",
    ),
    Mistake(
        lambda w: w.argmax(1),
        "That is the first picture that the task gets wrong, with others or alone; and argmax gives 0 where there is "
        "none.",
    ),
    Mistake(
        lambda w: _first(w & w.all(0)),
        "That is the first picture that *all* get wrong. Asked is one that the task gets wrong and all others right.",
    ),
    Mistake(
        lambda w: _first(~w & ((~w).sum(0) == 1)),
        "That is the first picture that the task alone gets *right*.",
    ),
    Mistake(
        lambda w: _alone(w).sum(1),
        "That is how many such pictures there are. Asked is which one comes first.",
    ),
    Mistake(
        lambda w: np.where(_alone(w).any(1), w.shape[1] - 1 - _alone(w)[:, ::-1].argmax(1), -1),
        "That is the last such picture of each task; asked is the first.",
    ),
    Mistake(
        lambda w: _first(_alone(w)) + 1,
        "Pictures are counted from 0, as test[0] is the first one.",
    ),
    Mistake(
        lambda w: _first(_alone(w), 0),
        "0 is a picture. Say -1 where a task has none.",
    ),
    Mistake(
        lambda w: np.where(_alone(w).any(1), _alone(w).argmax(1), np.nan),
        "Where a task has no such picture, the exercise asks for -1, not for NaN or None.",
    ),
    Mistake(
        _alone,
        "That is a table: where each task is alone. Asked is one number for each row, the place of its first True.",
    ),
    Mistake(
        lambda w: _alone(w).argmax(0),
        "That is one number for each picture: which task is alone there. Asked is one for each task: argmax(1).",
    ),
)


def _alone_trials() -> Iterator[Trial]:
    seen = [
        ("00100 01000 00001", "Each row is a task, each column a picture: sum(0) adds up a column. Here every task "
         "is wrong once, and alone."),
        ("10100 10010 10001", "Picture 0 is wrong for all three; each is alone with a later one."),
        ("01010 01000 00000", "The second task is wrong in picture 1, but not alone; the third never is: both have no "
         "such picture, -1."),
        ("0000 0000", "Where nobody is wrong there is no picture to find."),
        ("10 00", "Picture 0 can be the answer, so 0 cannot stand for 'none'."),
        ("0110101", "A single task is always alone."),
    ]  # fmt: skip
    chance = np.random.default_rng(7)
    masks = [(picture(rows) > 0, hint) for rows, hint in seen]
    for tasks, n in chance.integers((2, 4), (5, 15), (RANDOM, 2)).tolist():
        masks.append((chance.random((tasks, n)) < 0.3, ""))
    for wrong, hint in masks:
        yield Trial({"wrong": wrong}, first_alone(wrong), hint)


alone_wrong = Check(
    "06-alone-wrong",
    _alone_trials,
    (
        "`wrong.sum(0)` says how many tasks get each picture wrong.",
        "`wrong & (wrong.sum(0) == 1)` is True where a task is wrong and no other is.",
        "`argmax(1)` finds the first True of each row; `np.where(alone.any(1), ..., -1)` mends rows without one.",
    ),
    ALONE,
    cases="tables",
)
