"""Notebook 08, "Compare the costs of labels": its checks and its quizzes."""

from collections.abc import Iterator

import numpy as np

from vislab.exercises.checking.check import Check
from vislab.exercises.checking.quizzes import read_quizzes
from vislab.exercises.checking.recognising import Mistake
from vislab.exercises.checking.trial import RANDOM, Floats, Trial
from vislab.exercises.nb08_labels.budgets import affordable, cheapest_task

__all__ = ["CLOSING", "OPENING", "affordable", "cheapest_task", "read_curve"]

OPENING, CLOSING = read_quizzes(__file__)

NAN = float("nan")

# Reading a learning curve


def reading(pictures: Floats, errors: Floats, n: float) -> float:
    """The error at n pictures, on the straight line against their logarithm; NaN beyond what was measured."""
    if not pictures[0] <= n <= pictures[-1]:
        return NAN
    return float(np.interp(np.log(n), np.log(pictures), errors))


def _inside(pictures: Floats, n: float) -> bool:
    return bool(pictures[0] <= n <= pictures[-1])


def _drawn_on(pictures: Floats, errors: Floats, n: float) -> float:
    """The line drawn on beyond its ends."""
    first = 0 if n < pictures[1] else len(pictures) - 2 if n > pictures[-2] else None
    if first is None or _inside(pictures, n):
        return float(np.interp(np.log(n), np.log(pictures), errors))
    (x, y), (a, b) = np.log(pictures[first : first + 2]), errors[first : first + 2]
    return float(a + (np.log(n) - x) / (y - x) * (b - a))


LINE = "The curve is straight against the *logarithm* of the pictures, as the figure draws it"
BEYOND = "Beyond the first and the last measured size nobody knows the error: NaN"
READ = (
    Mistake(f"{LINE}: np.log of n and of pictures.", lambda p, e, n: np.interp(n, p, e) if _inside(p, n) else NAN),
    Mistake(f"{LINE}. And np.interp holds the last value; {BEYOND[0].lower()}{BEYOND[1:]}.",
        lambda p, e, n: np.interp(n, p, e)),
    Mistake(f"{BEYOND}. np.interp holds the first and the last value there, as if the curve went on flat.",
        lambda p, e, n: np.interp(np.log(n), np.log(p), e)),
    Mistake(f"{BEYOND}. You drew the line on; drawn on far enough it promises errors below 0.", _drawn_on),
    Mistake("You took the logarithm of the errors, too. That is another curve: here the errors stay as they are.",
        lambda p, e, n: np.exp(np.interp(np.log(n), np.log(p), np.log(e))) if _inside(p, n) else NAN),
    Mistake("The first and the last size *were* measured: <=, not <.",
        lambda p, e, n: reading(p, e, n) if p[0] < n < p[-1] else NAN),
    Mistake("0 would mean: never wrong. What nobody knows is NaN.",
        lambda p, e, n: reading(p, e, n) if _inside(p, n) else 0.0),
    Mistake("That is the nearest measured size. Between two sizes read on the line that joins them.",
        lambda p, e, n: e[np.abs(p - n).argmin()] if _inside(p, n) else NAN),
    Mistake("That is the size measured before it. Between two sizes read on the line that joins them.",
        lambda p, e, n: e[np.searchsorted(p, n, "right") - 1] if _inside(p, n) else NAN),
    Mistake("You took the logarithm of pictures, but not of n.",
        lambda p, e, n: np.interp(n, np.log(p), e) if _inside(p, n) else NAN),
    Mistake("You took the logarithm of n, but not of pictures.",
        lambda p, e, n: np.interp(np.log(n), p, e) if _inside(p, n) else NAN),
    Mistake("It returns NaN even at a size that was measured. Does np.interp get the logarithm of both n and pictures?",
        lambda p, e, n: np.interp(np.log(n), p, e, left=NAN, right=NAN),
        lambda p, e, n: np.interp(n, np.log(p), e, left=NAN, right=NAN)),
)  # fmt: skip


def _curves() -> Iterator[Trial]:
    sizes, found = [10.0, 100.0, 1000.0], [0.4, 0.2, 0.1]
    seen = [
        (sizes, found, 100, "100 was measured: it is 0.2."),
        (sizes, found, 31.6227766, "Half way between 10 and 100, as logarithms go, and so half way from 0.4 to 0.2."),
        (sizes, found, 5000, "The largest measured size is 1,000. What 5,000 would give, nobody knows: NaN."),
        (sizes, found, 5, "The smallest measured size is 10. What 5 would give, nobody knows: NaN."),
        (sizes, found, 10, "10 was measured, though it is the first."),
        (sizes, found, 1000, "1,000 was measured, though it is the last."),
        ([32.0, 128, 512], [0.12, 0.08, 0.09], 256, "Curves may rise. Between 128 and 512 lies 256 half way."),
    ]
    cases = [(np.array(pictures), np.array(errors), float(n), hint) for pictures, errors, n, hint in seen]
    chance = np.random.default_rng(9)
    for number in range(RANDOM):
        pictures = np.cumprod([chance.integers(8, 40), *chance.integers(2, 6, 3)]).astype(float)
        errors = np.sort(chance.uniform(0.02, 0.5, 4))[::-1].round(3)
        ends = (pictures[0] / 2, pictures[0]) if number % 6 == 4 else (pictures[0], pictures[-1])
        ends = (pictures[-1], 3 * pictures[-1]) if number % 6 == 5 else ends
        cases.append((pictures, errors, float(int(chance.uniform(ends[0] + 1, ends[1]))), ""))
    for pictures, errors, n, hint in cases:
        yield Trial({"pictures": pictures, "errors": errors, "n": n}, round(reading(pictures, errors, n), 9), hint)


read_curve = Check(
    "08-read-curve",
    _curves,
    (
        "First decide whether n lies in the measured range. pictures is sorted, so look at its two ends.",
        "`np.interp(x, xs, ys)` reads y at x on the straight lines through the points (xs, ys).",
        "Give np.interp the logarithm of n and of pictures, and the errors as they are.",
    ),
    READ,
    cases="curves",
)
