"""What hours of labelling buy: two exercises of notebook 08, with the mistakes that their checks know."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from vislab.exercises.checking.check import Check
from vislab.exercises.checking.recognising import Mistake
from vislab.exercises.checking.trial import RANDOM, Floats, Trial

# Labels that hours can buy


def bought(hours: float, seconds: float, fixed: float) -> int:
    """Whole pictures, at so many seconds each, in what is left of the hours after the fixed ones."""
    return max(0, math.floor((hours - fixed) * 3600 / seconds))


AFFORDED = (
    Mistake("The fixed hours are spent before the first picture: take them off the hours.",
        lambda h, s, f: math.floor(h * 3600 / s)),
    Mistake("If the fixed hours exceed the budget, you get fewer than no pictures. The answer is 0.",
        lambda h, s, f: math.floor((h - f) * 3600 / s), lambda h, s, f: int((h - f) * 3600 / s)),
    Mistake("You rounded. A picture that is nearly labelled when the time is up cannot be learned from: round down.",
        lambda h, s, f: max(0, round((h - f) * 3600 / s))),
    Mistake("You rounded up. A picture that is half labelled when the time is up cannot be learned from: round down.",
        lambda h, s, f: max(0, math.ceil((h - f) * 3600 / s))),
    Mistake("The answer must be a whole number of pictures: round down.", lambda h, s, f: max(0, (h - f) * 3600 / s)),
    Mistake("The answer must be a whole number of pictures, and never below 0.", lambda h, s, f: (h - f) * 3600 / s),
    Mistake("An hour has 60 minutes, and 3,600 seconds.", lambda h, s, f: max(0, math.floor((h - f) * 60 / s))),
    Mistake("The budget is in hours and a picture in seconds. Bring both to the same unit: an hour has 3,600 seconds.",
        lambda h, s, f: max(0, math.floor((h - f) / s))),
    Mistake("fixed is in hours, too: take it off before hours become seconds.",
        lambda h, s, f: max(0, math.floor((h * 3600 - f) / s))),
    Mistake("You took fixed off the pictures. It is hours: take it off the hours.",
        lambda h, s, f: max(0, math.floor(h * 3600 / s - f))),
    Mistake("You added the fixed hours. They are spent: take them off.",
        lambda h, s, f: math.floor((h + f) * 3600 / s)),
    Mistake("You rounded the hours down. Half an hour buys labels, too: round only at the end.",
        lambda h, s, f: max(0, math.floor(int(h - f) * 3600 / s))),
    Mistake("The fraction is upside down: seconds there are, divided by seconds a picture.",
        lambda h, s, f: max(0, math.floor(s / ((h - f) * 3600)))),
)  # fmt: skip


def _budgets() -> Iterator[Trial]:
    seen = [
        (1.0, 36.0, 0.0, "An hour has 3,600 seconds, and a picture takes 36 of them."),
        (1.0, 1000.0, 0.0, "3,600 seconds are enough for three pictures, and 600 seconds are left over."),
        (10.0, 900.0, 0.5, "Half an hour is gone before the first picture; 9.5 hours are left for pictures."),
        (0.25, 60.0, 0.5, "The fixed hours alone take more time than there is: no picture."),
        (8.5, 28800.0, 0.5, "Eight hours, and one picture takes exactly that."),
        (8.25, 28800.0, 0.5, "It is a quarter of an hour short of one picture."),
    ]
    yield from Trial.each(bought, seen)
    chance, made = np.random.default_rng(8), 0
    while made < RANDOM:
        hours, fixed = round(float(chance.uniform(1, 40)), 2), round(float(chance.uniform(0, 3)), 2)
        seconds = round(float(chance.choice([4, 16, 90, 400, 900])) * float(chance.uniform(0.8, 1.2)), 1)
        exact = (hours - fixed) * 3600 / seconds
        if exact <= 0 or 0.05 < exact % 1 < 0.95:  # elsewhere the order of a sum could decide
            made += 1
            yield Trial.of(bought, hours, seconds, fixed)


affordable = Check(
    "08-affordable",
    _budgets,
    (
        "First the hours that are left for pictures, then how many seconds that is.",
        "`//` divides and rounds down: 3600 // 1000 is 3.",
        "`max(0, ...)` keeps the answer from falling below none.",
    ),
    AFFORDED,
    cases="budgets",
)

# The cheapest task


def cheapest(hours: Floats, errors: Floats, wanted: float) -> int:
    """The task (row) that comes to an error of at most `wanted` in the fewest hours; -1 if none does."""
    price = _price(hours, errors <= wanted)
    return int(price.min(1).argmin()) if np.isfinite(price).any() else -1


def _price(hours: Floats, good: Any) -> Floats:
    return np.asarray(np.where(good, hours, np.inf))


def _first_row(good: Any) -> int:
    """The first task that is good enough at any size, whatever its hours."""
    return int(good.any(1).argmax()) if good.any() else -1


def _first_column(good: Any) -> int:
    """The task that gets there at the smallest size, whatever its hours."""
    return int(np.where(good.any(1), good.argmax(1), good.shape[1]).argmin()) if good.any() else -1


CHEAPEST = (
    Mistake("That is the task with the least error of all. Good enough is good enough: among all that reach `wanted`, "
        "the one with the fewest hours.", lambda h, e, w: int(np.nanargmin(np.nanmin(e, 1))) if (e <= w).any() else -1),
    Mistake("That is the task with the least error of all, whatever it costs. Find the one that reaches `wanted` in "
        "the fewest hours.", lambda h, e, w: int(np.nanargmin(np.nanmin(e, 1)))),
    Mistake("If no task is good enough, argmin of nothing but infinities is 0, and 0 is a task. Return -1.",
        lambda h, e, w: int(_price(h, e <= w).min(1).argmin())),
    Mistake("That is the task whose labels are cheapest, good enough or not. Leave out what has an error above "
        "`wanted`.", lambda h, e, w: int(h.min(1).argmin())),
    Mistake("NaN > wanted is False, so a task that does not answer passed for good enough. Ask errors <= wanted.",
        lambda h, e, w: int(_price(h, ~(e > w)).min(1).argmin()),
        lambda h, e, w: int(_price(h, ~(e > w)).min(1).argmin()) if (~(e > w)).any() else -1),
    Mistake("At most `wanted` includes `wanted`: <=.", lambda h, e, w: cheapest(h, np.where(e == w, np.inf, e), w)),
    Mistake("argmin without an axis counts through all numbers of the array. You need the *row*: first take the least "
        "of each row, .min(1).", lambda h, e, w: int(_price(h, e <= w).argmin()) if (e <= w).any() else -1),
    Mistake("You found the column, which is a number of pictures. Tasks are the rows.",
        lambda h, e, w: int(_price(h, e <= w).min(0).argmin()) if (e <= w).any() else -1),
    Mistake("These are the hours. Return the task that they belong to.",
        lambda h, e, w: float(_price(h, e <= w).min()) if (e <= w).any() else -1),
    Mistake("You looked at the largest size alone. A task may be good enough at a smaller one, for fewer hours.",
        lambda h, e, w: int(_price(h[:, -1:], e[:, -1:] <= w).argmin()) if (e[:, -1] <= w).any() else -1),
    Mistake("You took the first row that is good enough. Another may get there in fewer hours: look at all of them.",
        lambda h, e, w: _first_row(e <= w)),
    Mistake("That is the task that gets there with the fewest *pictures*. But a picture costs some tasks more than "
        "others: compare hours.", lambda h, e, w: _first_column(e <= w)),
)  # fmt: skip


def _prices() -> Iterator[Trial]:
    hours = [[0.01, 0.1, 1.0], [2.0, 8.0, 32.0], [4.0, 16.0, 64.0]]
    errors = [[0.45, 0.30, 0.20], [0.12, 0.08, 0.06], [0.16, 0.09, 0.04]]
    unasked = [[math.nan] * 3, *errors[1:]]
    seen = [
        (hours, errors, 0.13, "At most 0.13: row 1 gets there for 2 hours, row 2 for 16, row 0 never."),
        (hours, errors, 0.25, "Row 0 is never the best, and here it is good enough for 1 hour."),
        (hours[::-1], errors[::-1], 0.25, "All rows are good enough: row 0 for 4 hours, row 1 for 2, row 2 for 1."),
        (hours, errors, 0.05, "Only row 2 gets there, for 64 hours."),
        (hours, errors, 0.01, "No task gets there: -1."),
        (hours, unasked, 0.13, "Row 0 was not trained to answer this question. NaN is not good enough, however cheap."),
        (hours, errors, 0.12, "At most 0.12: exactly 0.12 will do."),
        ([[1.0, 2.0], [0.5, 5.0], [3.0, 4.0]], [[0.3, 0.1], [0.2, 0.05], [0.1, 0.1]], 0.1,
         "Row 2 needs the fewest pictures, row 0 the fewest hours."),
    ]  # fmt: skip
    chance = np.random.default_rng(10)
    cases = [(np.array(h), np.array(e), w, hint) for h, e, w, hint in seen]
    for tasks, sizes in chance.integers((2, 2), (5, 5), (RANDOM, 2)).tolist():
        h = (chance.uniform(0.1, 5, (tasks, 1)) * np.cumprod(chance.uniform(1.5, 4, sizes))).round(2)
        e = np.sort(chance.uniform(0.02, 0.5, (tasks, sizes)))[:, ::-1].round(3)
        e[chance.random(tasks) < 0.2] = math.nan
        e[-1] = chance.uniform(0.02, 0.5)  # flat, and there for certain
        cases.append((h, e, round(float(chance.uniform(0.05, 0.4)), 3), ""))
    return Trial.each(cheapest, cases)


cheapest_task = Check(
    "08-cheapest-task",
    _prices,
    (
        "`good = errors <= wanted` is True where a task is good enough; NaN is never <= anything.",
        "`np.where(good, hours, np.inf)` holds the hours of what is good enough; all else is infinitely dear.",
        "Of these hours, first the least of each row, `.min(1)`; then the row that has the least of them. And what if "
        "nothing is good?",
    ),
    CHEAPEST,
    cases="tables",
)
