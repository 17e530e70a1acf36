"""A check that knows likely mistakes: who answers as one of them does gets that mistake's own hint."""

import copy
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from vislab.exercises.answers import Answer, Panel
from vislab.exercises.checking import Check, Trial, run

SLOW, TIMES = 0.1, 20  # seconds, and times as long as the model answer, from which on a right answer is told its pace


@dataclass(frozen=True)
class Mistake:
    """A function that answers as someone would who made this mistake, and what to tell them."""

    function: Callable[..., Any]
    hint: str


@dataclass(frozen=True)
class Pace:
    """A picture to time a right answer on: what is given, who answers it fast, and what to say beside the seconds."""

    given: Callable[[], dict[str, Any]]
    fast: Callable[..., Any]
    advice: str


class RecognisingCheck(Check):
    """A Check with mistakes it recognises, answers in several layers, and a word on the pace.

    mistakes: the one that answers as the learner does gives the hint, in place of the trial's.
    layers: names of the layers of answers (l, h, w), which are shown beside each other.
    pace: where to time a right answer; slow ones stay right, and are told.
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
            answer = replace(answer, sentence=f"{answer.sentence} {self._timed(function, self.pace)}".rstrip())
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

    def _timed(self, function: Callable[..., Any], pace: Pace) -> str:
        """A sentence on how long it takes, "" where it is fast."""
        given = pace.given()
        seconds = []
        for one in (pace.fast, function):
            started = time.perf_counter()
            run(one, copy.deepcopy(given))
            seconds.append(time.perf_counter() - started)
        fast, own = seconds
        if own < SLOW or own < TIMES * fast:
            return ""
        return f"But it took {own:.2g} s for one picture, where {fast:.2g} s would do: {pace.advice}"


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
