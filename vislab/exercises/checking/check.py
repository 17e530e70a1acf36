"""How an exercise is checked: the learner's function runs on small pictures, and the first one that fails is shown.

A check never breaks a notebook: an error in the learner's function becomes one line, and "not yet tried" is an answer
too. Under nbgrader (NBGRADER_EXECUTION is set) anything but right raises, so that the cell is graded.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any

import numpy as np

from vislab.errors import VislabError
from vislab.exercises.checking.answers import Answer, Outcome, Panel
from vislab.exercises.checking.compare import compare, compare_arguments
from vislab.exercises.checking.recognising import Mistake, Pace, advice_on_pace, recognise
from vislab.exercises.checking.trial import Trial, describe_error, hint_for_error, is_empty, run
from vislab.system import learner_file as learner

NO_RETURN = "It returned nothing (None). Is there a line with `return`? `print` only shows a value."
UNTRIED = Answer(
    "not yet tried",
    "The function returns nothing yet. Write its lines in the cell above, return the result, and run both cells again. "
    "For a hint, put .hint() after the check's name.",
)


@dataclass(eq=False, repr=False)
class Check:
    """The check of one exercise: call it with the learner's function; ask it for hints."""

    name: str  # of the learner's attempts in their file, beginning with the notebook
    trials: Callable[[], Iterable[Trial]]  # makes them anew: pictures to be seen first, then random ones
    hints: tuple[str, ...]  # from a nudge to nearly the answer
    mistakes: Sequence[Mistake] = ()  # the one that answers as the learner does gives its hint in place of the trial's
    _: KW_ONLY
    cases: str = "pictures"  # what the trials are called
    channels: Sequence[str] = ()  # names of the channels of an answer (channels, h, w), which are shown separately
    pace: Pace | None = None  # how to time a right answer; a slow one stays right, with advice
    afterword: Callable[[], tuple[str, list[Panel]]] | None = None  # what a right answer shows beyond being right

    def __call__(self, function: object) -> Answer | None:
        """Run the function on every trial until one fails, and answer.

        Under nbgrader a right answer is printed, because nbgrader would read a value as points; any other raises
        VislabError.
        """
        answer = self.judge(function)
        if answer.outcome != "not yet tried":
            self._record(lambda old: _counted(old, answer.outcome))
        if not os.environ.get("NBGRADER_EXECUTION"):
            return answer
        if answer.outcome != "right":
            raise VislabError(f"{self.name}: {answer!r}")
        print(answer)
        return None

    def hint(self) -> Answer:
        """The next hint; after the last one, the first again."""
        entry = self._record(lambda old: old | {"hints": old.get("hints", 0) + 1})
        number = (entry.get("hints", 1) - 1) % len(self.hints)
        return Answer("hint", f"{number + 1} of {len(self.hints)}: {self.hints[number]}")

    def __repr__(self) -> str:
        tries = learner.recall("exercises", self.name).get("tries", 0)
        return f"Check({self.name}: {len(self.hints)} hints, tried {tries} times)"

    def judge(self, function: Any) -> Answer:
        """The answer to a function, without recording it."""
        if not callable(function):
            return Answer("wrong", f"The check needs the function itself, without brackets; it got {function!r}.")
        trials = list(self.trials())
        for number, trial in enumerate(trials):
            answer = self._try(function, trial, first=number == 0)
            if answer is not None and answer.outcome.startswith("wrong"):
                return self._explain(answer, function, trial, trials)
            if answer is not None:
                return answer
        sentence, panels = self.afterword() if self.afterword else ("", [])
        pace = advice_on_pace(function, self.pace) if self.pace else ""
        right = f"It is right on all {len(trials)} {self.cases}."
        return Answer("right", " ".join(part for part in (right, sentence, pace) if part), panels)

    def _try(self, function: Any, trial: Trial, first: bool) -> Answer | None:
        """None if the function is right in this trial, else what is wrong."""
        panels = [Panel(name, value) for name, value in trial.arguments.items()]
        arguments = trial.copy_arguments()
        try:
            result = run(function, arguments)
        except TimeoutError as error:
            return Answer("too slow", str(error), panels, trial.hint)
        except (Exception, SystemExit) as error:
            if isinstance(error, NotImplementedError) and not error.args:  # PyTorch's own ones come with a message
                return UNTRIED
            return Answer("stopped", describe_error(error, function), panels, hint_for_error(error) or trial.hint)
        if first and (result is ... or (result is None and is_empty(function))):
            return UNTRIED
        if first and result is None:
            return Answer("wrong type", NO_RETURN, panels)
        return compare(result, trial) or compare_arguments(arguments, trial)

    def _explain(self, answer: Answer, function: Any, trial: Trial, trials: Sequence[Trial]) -> Answer:
        """A wrong answer with the hint of the mistake it comes from, and one panel a channel."""
        hint = recognise(function, self.mistakes, trial, trials) or answer.hint
        return replace(answer, panels=[part for panel in answer.panels for part in self.split_panel(panel)], hint=hint)

    def split_panel(self, panel: Panel) -> list[Panel]:
        """A panel (channels, h, w) as one for each channel; any other as it is."""
        value = panel.value
        if not (self.channels and isinstance(value, np.ndarray) and value.shape[:-2] == (len(self.channels),)):
            return [panel]
        marks = [None] * len(value) if panel.marks is None else panel.marks
        parts = zip(self.channels, value, marks, strict=True)
        return [Panel(f"{panel.title}: {name}", channel, mark) for name, channel, mark in parts]

    def _record(self, update: Callable[[learner.Entry], learner.Entry]) -> learner.Entry:
        """Keep an attempt. If the file cannot be written, say so and go on: the answer matters more."""
        try:
            return learner.change("exercises", self.name, update)
        except VislabError as error:
            print(error)
            return update({})


def _counted(old: learner.Entry, outcome: Outcome) -> learner.Entry:
    right = old.get("right", False) or outcome == "right"
    return old | {"tries": old.get("tries", 0) + 1, "last": outcome, "right": right}
