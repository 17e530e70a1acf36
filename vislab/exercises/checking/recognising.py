"""Recognise a likely mistake by its results, and a slow answer by its pace."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vislab.exercises.checking.trial import Trial, run

# A right answer is called slow if it takes TIMES as long as the model answer. Loops over an array's pixels took 30 to
# 500 times as long when measured; answers that handle all pixels at once, however clumsily, at most 12 times. Loops
# over plain lists lie between (18 to 80 times).
TIMES = 20
SIDES = (64, 128, 256, 512, 1024, 2048)  # pixels; the picture grows until the model answer takes MEASURABLE seconds,
MEASURABLE = 0.002  # so that neither the fixed cost of a call nor the step of the clock counts
RUNS = 3  # the best counts


class Mistake:
    """A likely mistake: its hint, and functions with the same results as the answers with this mistake."""

    def __init__(self, hint: str, *functions: Callable[..., Any]) -> None:
        self.hint, self.functions = hint, functions


@dataclass(frozen=True)
class Pace:
    """How to judge the pace of a right answer: arguments of so many pixels a side, a fast model answer, and advice."""

    arguments: Callable[[int], dict[str, Any]]
    fast: Callable[..., Any]
    advice: str


def recognise(function: Any, mistakes: Sequence[Mistake], failed: Trial, trials: Sequence[Trial]) -> str:
    """The hint of the mistake that answers the failed trial as the function does, and most of the others; else ""."""
    known = [(mistake.hint, answer) for mistake in mistakes for answer in mistake.functions]
    candidates = [(hint, answer) for hint, answer in known if _agree(answer, function, failed)]
    counts = [sum(_agree(answer, function, trial) for trial in trials) for _, answer in candidates]
    most = max(counts, default=0)
    return candidates[counts.index(most)][0] if 2 * most > len(trials) else ""


def advice_on_pace(function: Callable[..., Any], pace: Pace) -> str:
    """What to say about a slow answer; "" about any other, and about one that fails on a large picture."""
    try:
        slow = _is_slow(function, pace)
    except TimeoutError:
        slow = True
    except Exception:
        slow = False
    return f"But it takes more than {TIMES} times as long as it could: {pace.advice}" if slow else ""


def _is_slow(function: Callable[..., Any], pace: Pace) -> bool:
    for side in SIDES:
        arguments = pace.arguments(side)
        fast = min(_seconds(pace.fast, arguments) for _ in range(RUNS))
        limit = TIMES * max(fast, MEASURABLE)
        if all(_seconds(function, arguments) >= limit for _ in range(RUNS)):
            return True
        if fast >= MEASURABLE:
            break
    return False


def _seconds(function: Callable[..., Any], arguments: dict[str, Any]) -> float:
    """Processor time of one call in this thread, in seconds, so that nothing else that runs counts."""
    started = time.thread_time()
    run(function, arguments)
    return time.thread_time() - started


def _agree(mistake: Callable[..., Any], function: Callable[..., Any], trial: Trial) -> bool:
    """Whether two functions return the same in a trial; False if either of them fails."""
    try:
        results = [run(each, trial.copy_arguments()) for each in (mistake, function)]
        if all(isinstance(result, str) for result in results):
            return bool(results[0] == results[1])
        if any(result is None for result in results):  # np.asarray would make it NaN, which may be an answer
            return False
        first, second = (np.asarray(result, float) for result in results)
    except Exception:  # a mistake may fail where others are made
        return False
    return first.shape == second.shape and bool(np.allclose(first, second, equal_nan=True))
