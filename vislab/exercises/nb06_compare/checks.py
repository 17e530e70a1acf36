"""Notebook 06, "Compare answers": its checks."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from vislab.exercises.checking.answers import Panel
from vislab.exercises.checking.check import Check
from vislab.exercises.checking.recognising import Mistake
from vislab.exercises.checking.small_pictures import Mask, picture
from vislab.exercises.checking.trial import RANDOM, Floats, Trial

ENDS = (0.025, 0.975)

# A paired comparison


def paired(a: Floats, b: Floats, draws: Mask) -> Floats:
    """The mean of a - b and the ends of its 95 % interval (3,), from errors (n,) and the pictures drawn (r, n)."""
    return _summary(a - b, (a - b)[draws].mean(1))


def _summary(difference: Floats, means: Floats, ends: tuple[float, float] = ENDS) -> Floats:
    return np.array([difference.mean(), *np.quantile(means, ends)])


def _two_intervals(a: Floats, b: Floats, draws: Mask) -> Floats:
    """The farthest ends of two intervals, as if each model had its own pictures."""
    low_a, high_a = np.quantile(a[draws].mean(1), ENDS)
    low_b, high_b = np.quantile(b[draws].mean(1), ENDS)
    return np.array([a.mean() - b.mean(), low_a - high_b, high_a - low_b])


def _difference_of_ends(a: Floats, b: Floats, draws: Mask) -> Floats:
    ends = np.quantile(a[draws].mean(1), ENDS) - np.quantile(b[draws].mean(1), ENDS)
    return np.array([a.mean() - b.mean(), *ends])


def _normal(difference: Floats, standard_error: float) -> Floats:
    return np.asarray(difference.mean() + 1.96 * standard_error * np.array([0, -1, 1]))


PAIRS = (
    Mistake("The sign is wrong: return a - b, which is negative if a has the smaller errors.",
        lambda a, b, d: paired(b, a, d)),
    Mistake("These are the ends of two separate intervals, as if each model had its own pictures. First take the "
        "difference in each picture, then its interval.", _two_intervals),
    Mistake("You took an interval of each, and then their difference. Take the difference in each picture first, and "
        "then one interval of that.", _difference_of_ends),
    Mistake("You drew a and b by different rows, which puts one model's hard picture against the other's easy one. "
        "Use the same row for both.", lambda a, b, d: _summary(a - b, a[d].mean(1) - b[d[::-1]].mean(1))),
    Mistake("You drew the pictures of a only. Draw each picture for both models.",
        lambda a, b, d: _summary(a - b, a[d].mean(1) - b.mean())),
    Mistake("These ends say how much single pictures vary. The question is how much the *mean* varies: take one mean "
        "for each row of draws, and the quantiles of those means.", lambda a, b, d: _summary(a - b, a - b)),
    Mistake("These ends say how much single pictures vary. First take one mean for each row of draws: .mean(1).",
        lambda a, b, d: _summary(a - b, (a - b)[d].ravel())),
    Mistake("The mean is over the wrong axis: each row of draws is one set of pictures, so .mean(1).",
        lambda a, b, d: _summary(a - b, (a - b)[d].mean(0))),
    Mistake("You took one mean over all draws, so both ends are the same. Take one mean for each row: .mean(1).",
        lambda a, b, d: _summary(a - b, np.array([(a - b)[d].mean()]))),
    Mistake("Leave out the absolute value: without its sign a difference does not show which model is better.",
        lambda a, b, d: _summary(np.abs(a - b), np.abs(a - b)[d].mean(1))),
    Mistake("90 % of the means lie between 0.05 and 0.95. For 95 % cut off 2.5 % at each end.",
        lambda a, b, d: _summary(a - b, (a - b)[d].mean(1), (0.05, 0.95))),
    Mistake("The ends are right. The first number is the mean over the pictures as they are, without any drawing.",
        lambda a, b, d: _summary((a - b)[d].mean(1), (a - b)[d].mean(1))),
    Mistake("The three numbers are right, but their order is not: the mean, then the lower end, then the upper end.",
        lambda a, b, d: paired(a, b, d)[[1, 0, 2]]),
    Mistake("These are the ends. Return three numbers: first the mean of a - b, then the ends.",
        lambda a, b, d: paired(a, b, d)[1:]),
    Mistake("That is the first of three numbers. The other two are quantiles of the means of the rows of draws.",
        lambda a, b, d: (a - b).mean()),
    Mistake("You took the median of each row. Take its mean.",
        lambda a, b, d: _summary(a - b, np.median((a - b)[d], axis=1))),
    Mistake("1.96 standard errors make an interval too, a good one for many pictures. Here use the draws.",
        lambda a, b, d: _normal(a - b, float((a - b).std() / len(a) ** 0.5)),
        lambda a, b, d: _normal(a - b, float((a - b).std(ddof=1) / len(a) ** 0.5))),
    Mistake("You took 1.96 times the spread of the means. Their quantiles, 0.025 and 0.975, need no bell curve.",
        lambda a, b, d: _normal(a - b, float((a - b)[d].mean(1).std()))),
)  # fmt: skip
SAME_STEP: dict[str, Any] = {"a": [2.0, 7, 0, 4], "b": [3.0, 8, 1, 5], "draws": [
    [0, 1, 2, 3], [1, 1, 1, 3], [2, 0, 2, 0], [2, 2, 2, 1], [3, 1, 3, 1]]}  # fmt: skip


def _pair_trials() -> Iterator[Trial]:
    by_hand = [
        ([3.0, 0], [1.0, 0], [[0, 1], [0, 0], [1, 1]],
         "In picture 0 the errors differ by 2, in picture 1 by 0. The three draws are: both pictures, picture 0 twice, "
         "picture 1 twice. Their means are 1, 2 and 0. np.quantile takes fractions: 0.025, not 2.5."),
        (*SAME_STEP.values(), "In every picture the error of a is smaller by 1, so whichever pictures are drawn, the "
         "difference is -1, and so are both ends."),
        ([4.0, 1, 2], [4.0, 1, 2], [[0, 0, 1], [2, 1, 0]], "The two models have the same errors: the difference is 0 "
         "in every picture."),
        ([1.0, 0, 0, 1, 0, 0], [0.0, 0, 1, 1, 0, 1],
         [[0, 1, 2, 3, 4, 5], [5, 5, 2, 3, 0, 1], [0, 0, 0, 1, 4, 4], [2, 3, 4, 5, 5, 1]],
         "Wrong labels are errors of 1, right ones of 0. Nothing else changes."),
    ]  # fmt: skip
    for a, b, draws, hint in by_hand:
        yield Trial.of(paired, np.array(a), np.array(b), np.array(draws), hint=hint)
    chance = np.random.default_rng(6)
    for n in chance.integers(5, 40, RANDOM).tolist():
        hard = chance.exponential(3, n)  # a picture that is hard for one model is hard for the other
        errors_a, errors_b = hard + chance.normal(0, 1, n), hard + chance.normal(0.3, 1, n)
        yield Trial.of(paired, errors_a.round(1), errors_b.round(1), chance.integers(0, n, (50, n)))


def _what_pairing_gains() -> tuple[str, list[Panel]]:
    """One pair of models whose difference shows only picture by picture."""
    a, b, draws = (np.array(values) for values in SAME_STEP.values())
    panels = [Panel("errors of a", a), Panel("errors of b", b)]
    for how, interval in (("as if on different pictures", _two_intervals), ("picture by picture", paired)):
        _, low, high = interval(a, b, draws)
        panels.append(Panel(f"a - b, {how}", f"{low:.1f} to {high:.1f}"))
    return "This is what pairing is worth: four pictures, some hard and some easy, and two models.", panels


paired_difference = Check(
    "06-paired-difference",
    _pair_trials,
    (
        "`difference = a - b` is one number for each picture, negative if a has the smaller error.",
        "`difference[draws]` has the shape of draws: each row holds the differences of the pictures drawn.",
        "`.mean(1)` gives one mean for each row, and `np.quantile(means, [0.025, 0.975])` gives the ends.",
    ),
    PAIRS,
    afterword=_what_pairing_gains,
    cases="pairs of models",
)

# Pictures that one task alone gets wrong


def first_alone(wrong: Mask) -> Mask:
    """The first picture that each task alone gets wrong (tasks,), -1 if there is none, from bool (tasks, n)."""
    return _first(_alone(wrong))


def _alone(wrong: Mask) -> Mask:
    return np.asarray(wrong & (wrong.sum(0) == 1))


def _first(table: Mask, none: int = -1) -> Mask:
    return np.where(table.any(1), table.argmax(1), none)


ALONE = (
    Mistake("argmax gives 0 if nothing is True, and 0 is a picture. Use any(1) to find tasks without such a picture, "
        "and return -1 for them.", lambda w: _alone(w).argmax(1)),
    Mistake("That is the first picture that the task gets wrong, with others or alone. Alone means one True in the "
        "column: wrong.sum(0) == 1.", _first),
    Mistake("That is the first picture that the task gets wrong, with others or alone; and argmax gives 0 if there is "
        "none.", lambda w: w.argmax(1)),
    Mistake("That is the first picture that *all* get wrong. Find one that the task gets wrong and all others right.",
        lambda w: _first(w & w.all(0))),
    Mistake("That is the first picture that the task alone gets *right*.", lambda w: _first(~w & ((~w).sum(0) == 1))),
    Mistake("That is how many such pictures there are. Return which one comes first.", lambda w: _alone(w).sum(1)),
    Mistake("That is the last such picture of each task. Return the first.",
        lambda w: np.where(_alone(w).any(1), w.shape[1] - 1 - _alone(w)[:, ::-1].argmax(1), -1)),
    Mistake("Pictures are counted from 0: test[0] is the first one.", lambda w: _first(_alone(w)) + 1),
    Mistake("0 is a picture. Return -1 for a task that has none.", lambda w: _first(_alone(w), 0)),
    Mistake("Return -1, not NaN or None, for a task that has no such picture.",
        lambda w: np.where(_alone(w).any(1), _alone(w).argmax(1), np.nan)),
    Mistake("That is a table of where each task is alone. Return one number for each row, the index of its first True.",
        _alone),
    Mistake("That is one number for each picture: which task is alone there. Return one for each task: argmax(1).",
        lambda w: _alone(w).argmax(0)),
)  # fmt: skip


def _alone_trials() -> Iterator[Trial]:
    by_hand = [
        ("00100 01000 00001", "Each row is a task, each column a picture: sum(0) adds up a column. Here every task is "
         "wrong once, and alone."),
        ("10100 10010 10001", "All three get picture 0 wrong. Each is alone with a later one."),
        ("01010 01000 00000", "The second task gets picture 1 wrong, but not alone. The third is never wrong. Neither "
         "has such a picture: -1."),
        ("0000 0000", "No task is wrong anywhere, so there is no such picture."),
        ("10 00", "Picture 0 can be the answer, so 0 cannot stand for 'none'."),
        ("0110101", "A single task is always alone."),
    ]  # fmt: skip
    chance = np.random.default_rng(7)
    tables = [(picture(rows) > 0, hint) for rows, hint in by_hand]
    tables += [(chance.random(shape) < 0.3, "") for shape in chance.integers((2, 4), (5, 15), (RANDOM, 2)).tolist()]
    return Trial.each(first_alone, tables)


alone_wrong = Check(
    "06-alone-wrong",
    _alone_trials,
    (
        "`wrong.sum(0)` says how many tasks get each picture wrong.",
        "`wrong & (wrong.sum(0) == 1)` is True where one task is wrong and no other.",
        "`argmax(1)` finds the first True of each row; `np.where(alone.any(1), ..., -1)` corrects rows without one.",
    ),
    ALONE,
    cases="tables",
)
