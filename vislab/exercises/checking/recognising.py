"""A check that knows likely mistakes: who answers as one of them does gets that mistake's own hint."""

import copy
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from vislab.exercises.checking.answers import Answer, Panel
from vislab.exercises.checking.check import Check, Trial, run

# A right answer is told its pace if it takes TIMES as long as the model answer. Loops over an array's pixels were
# measured to take 30 to 500 times as long; answers that ask all pixels at once, however clumsily, at most 12 times.
# Loops over plain lists lie between (18 to 80 times).
TIMES = 20
SIDES = (64, 128, 256, 512, 1024, 2048)  # pixels; the picture grows until the model answer takes MEASURABLE seconds,
MEASURABLE = 0.002  # beside which neither a call's fixed cost nor the clock's step counts
RUNS = 3  # the best counts


@dataclass(frozen=True)
class Mistake:
    """A function that answers as someone would who made this mistake, and what to tell them."""

    function: Callable[..., Any]
    hint: str


@dataclass(frozen=True)
class Pace:
    """How to judge a right answer's pace: what is given at so many pixels a side, a model answer, and advice."""

    given: Callable[[int], dict[str, Any]]
    fast: Callable[..., Any]
    advice: str


class RecognisingCheck(Check):
    """A Check with mistakes it recognises, answers in several layers, and a word on the pace.

    mistakes: the one that answers as the learner does gives the hint, in place of the trial's.
    layers: names of the layers of answers (l, h, w), which are shown beside each other.
    pace: how to time a right answer; slow ones stay right, and are told.
    The other arguments are those of Check.
    """

    def __init__(
        self,
        name: str,
        trials: Callable[[], Iterable[Trial]],
        hints: tuple[str, ...],
        mistakes: Sequence[Mistake],
        layers: Sequence[str] = (),
        pace: Pace | None = None,
        afterword: Callable[[], tuple[str, list[Panel]]] | None = None,
    ) -> None:
        super().__init__(name, trials, hints, afterword)
        self.mistakes, self.layers, self.pace = mistakes, layers, pace

    def _judge(self, function: object) -> Answer:
        answer = super()._judge(function)
        if answer.outcome == "right" and self.pace is not None and callable(function):
            answer = replace(answer, sentence=f"{answer.sentence} {_word_on_pace(function, self.pace)}".rstrip())
        if not answer.outcome.startswith("wrong") or len(answer.panels) < 3:  # what was given, expected and got
            return answer
        hint = self._recognise(function, len(answer.panels) - 2, answer.panels) or answer.hint
        panels = [part for panel in answer.panels for part in self._parts(panel)]
        return replace(answer, panels=panels, hint=hint)

    def _recognise(self, function: Any, arguments: int, panels: Sequence[Panel]) -> str:
        """The hint of the mistake that answers so here, and most often elsewhere; "" where none does in most trials."""
        here = Trial({panel.title: panel.value for panel in panels[:arguments]}, None)
        found = [mistake for mistake in self.mistakes if _same(mistake.function, function, here)]
        if not found:
            return ""
        trials = list(self.trials())
        agreed = [sum(_same(mistake.function, function, trial) for trial in trials) for mistake in found]
        return found[agreed.index(max(agreed))].hint if 2 * max(agreed) > len(trials) else ""

    def _parts(self, panel: Panel) -> Iterator[Panel]:
        """A panel of several layers as one a layer."""
        value = panel.value
        if not (self.layers and isinstance(value, np.ndarray) and value.shape[:-2] == (len(self.layers),)):
            yield panel
            return
        for index, name in enumerate(self.layers):
            marks = None if panel.marks is None else panel.marks[index]
            yield Panel(f"{panel.title}: {name}", value[index], marks)


def _word_on_pace(function: Callable[..., Any], pace: Pace) -> str:
    """What to tell a slow answer; "" for any other, and for one that fails on a large picture."""
    try:
        slow = _is_slow(function, pace)
    except TimeoutError:
        slow = True
    except Exception:
        slow = False
    return f"But it takes more than {TIMES} times as long as it could: {pace.advice}" if slow else ""


def _is_slow(function: Callable[..., Any], pace: Pace) -> bool:
    """Whether a function takes TIMES as long as the model answer does, and as MEASURABLE."""
    for side in SIDES:
        given = pace.given(side)
        fast = min(_seconds(pace.fast, given) for _ in range(RUNS))
        limit = TIMES * max(fast, MEASURABLE)
        if all(_seconds(function, given) >= limit for _ in range(RUNS)):
            return True
        if fast >= MEASURABLE:
            break
    return False


def _seconds(function: Callable[..., Any], given: dict[str, Any]) -> float:
    """Seconds of processor time that a call takes in this thread, so that whatever else runs does not count."""
    started = time.thread_time()
    run(function, given)
    return time.thread_time() - started


def _same(one: Callable[..., Any], other: Callable[..., Any], trial: Trial) -> bool:
    """Whether two functions answer a trial alike; not where one of them fails."""
    try:
        said = [run(function, copy.deepcopy(trial.given)) for function in (one, other)]
        if all(isinstance(word, str) for word in said):
            return bool(said[0] == said[1])
        if any(word is None for word in said):  # np.asarray would make it NaN, which may be an answer
            return False
        first, second = (np.asarray(word, float) for word in said)
    except Exception:  # a mistake may fail where others are made
        return False
    return first.shape == second.shape and bool(np.allclose(first, second, equal_nan=True))
