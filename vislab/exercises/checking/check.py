"""How an exercise is checked: the learner's function is run on small pictures, and the first that fails is shown.

A check never breaks a notebook: what the learner's function raises is told in a line, and "not yet tried" is an
answer. Under nbgrader (NBGRADER_EXECUTION is set) anything but right raises, so that the cell is graded.
"""

import contextlib
import copy
import os
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from vislab.errors import VislabError
from vislab.exercises.checking.answers import Answer, Outcome, Panel, shortly
from vislab.system import learner_file as learner

PATIENCE = 20.0  # seconds for one trial; model answers take milliseconds
NO_RETURN = "It returned nothing (None). Is there a line with `return`? `print` shows a value, and does not hand it on."


@dataclass(frozen=True)
class Trial:
    """What the function is given, what it should answer, and a hint for whoever answers something else."""

    given: dict[str, Any]  # name of the argument → value, in the order of the function's arguments
    expected: Any
    hint: str = ""


class Check:
    """The check of one exercise: call it on the learner's function; ask it for hints.

    name: under which attempts are kept, beginning with the notebook.
    trials: makes the trials anew for each call: pictures to be seen first, then random ones.
    hints: from a nudge to nearly the answer.
    afterword: what a right answer is shown, beyond being right; a sentence and panels.
    """

    cases = "pictures"  # what the trials are called

    def __init__(
        self,
        name: str,
        trials: Callable[[], Iterable[Trial]],
        hints: tuple[str, ...],
        afterword: Callable[[], tuple[str, list[Panel]]] | None = None,
    ) -> None:
        self.name, self.trials, self.hints, self.afterword = name, trials, hints, afterword

    def __call__(self, function: object) -> Answer | None:
        """Run the function on every trial until one fails, and answer.

        Under nbgrader a right answer is printed, as a value would be read as points; any other raises VislabError.
        """
        answer = self._judge(function)
        if answer.outcome != "not yet tried":
            self._record(lambda old: _counted(old, answer.outcome))
        if not os.environ.get("NBGRADER_EXECUTION"):
            return answer
        if answer.outcome != "right":
            raise VislabError(f"{self.name}: {answer!r}")
        print(answer)
        return None

    def hint(self) -> Answer:
        """The next hint; after the last one, all of them once more from the first."""
        entry = self._record(lambda old: old | {"hints": old.get("hints", 0) + 1})
        number = (entry.get("hints", 1) - 1) % len(self.hints)
        return Answer("hint", f"{number + 1} of {len(self.hints)}: {self.hints[number]}")

    def __repr__(self) -> str:
        tries = learner.recall("exercises", self.name).get("tries", 0)
        return f"Check({self.name}: {len(self.hints)} hints, tried {tries} times)"

    def _judge(self, function: object) -> Answer:
        if not callable(function):
            return Answer("wrong", f"The check wants the function itself, without brackets; it got {function!r}.")
        tried = 0
        for trial in self.trials():
            tried += 1
            panels = [Panel(name, value) for name, value in trial.given.items()]
            given = copy.deepcopy(trial.given)
            try:
                result = run(function, given)
            except NotImplementedError:
                return untried()
            except TimeoutError as error:
                return Answer("too slow", str(error), panels, trial.hint)
            except (Exception, SystemExit) as error:
                return Answer("stopped", describe_error(error, function), panels, _of_arrays(error) or trial.hint)
            if tried == 1 and (result is None or result is ...):
                nothing = result is ... or _is_empty(function)
                return untried() if nothing else Answer("wrong type", NO_RETURN, panels)
            if (answer := _compare(result, trial) or _changed(given, trial)) is not None:
                return answer
        said, panels = self.afterword() if self.afterword else ("", [])
        return Answer("right", f"It answers all {tried} {self.cases} as it should. {said}".rstrip(), panels)

    def _record(self, how: Callable[[learner.Entry], learner.Entry]) -> learner.Entry:
        """Keep an attempt; where the disk refuses, say so and go on: the answer matters more."""
        try:
            return learner.change("exercises", self.name, how)
        except VislabError as error:
            print(error)
            return how({})


def _counted(old: learner.Entry, outcome: Outcome) -> learner.Entry:
    right = old.get("right", False) or outcome == "right"
    return old | {"tries": old.get("tries", 0) + 1, "last": outcome, "right": right}


def untried() -> Answer:
    """The answer to a function that is still as the notebook gives it."""
    return Answer(
        "not yet tried",
        "The function returns nothing so far. Write its lines in the cell above, let it return its result, "
        "and run both cells again. For a hint, put .hint() after the check's name.",
    )


def _is_empty(function: object) -> bool:
    """Whether nothing stands in a function's body but words, `...`, `pass` or `return`."""
    code = getattr(function, "__code__", None)
    return code is None or len(code.co_code) == len(_untried_body.__code__.co_code)


def _untried_body() -> None:
    """What `_is_empty` compares with."""


def run(function: Callable[..., Any], given: dict[str, Any]) -> Any:
    """The function's result on what it is given; TimeoutError where it is at work for longer than PATIENCE.

    Warnings and stderr are kept quiet: nbgrader gives 0 for a cell that writes there.
    """
    with warnings.catch_warnings(), contextlib.redirect_stderr(sys.stdout), _at_most(PATIENCE):
        warnings.simplefilter("ignore")
        return function(*given.values())


@contextlib.contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raise TimeoutError inside once the time is over: a loop without an end would hold the whole notebook.

    Only where there is an alarm to set: on Unix, in the main thread. Elsewhere the kernel's Interrupt has to do.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: object) -> None:
        raise TimeoutError(
            f"After {seconds:g} s on this one it was still at work. Is there a loop that never ends, or one over all "
            "pixels inside another?"
        )

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def describe_error(error: BaseException, function: Callable[..., Any]) -> str:
    """An exception in a line: what it is, and in which line of the learner's cell."""
    cell = getattr(getattr(function, "__code__", None), "co_filename", None)
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == cell]
    where = f"In line {lines[-1]} of the cell above: " if lines else ""
    said = " ".join(str(error).split())
    return f"{where}{type(error).__name__}{f': {said}' if said else ''}"


def _of_arrays(error: BaseException) -> str:
    """A hint for who took a NumPy array for a tensor, as most of the notebooks have tensors; "" for other errors."""
    if isinstance(error, AttributeError):
        mixed = isinstance(error.obj, np.ndarray | np.generic) and hasattr(torch.Tensor, str(error.name))
    else:
        mixed = isinstance(error, TypeError) and "Tensor" in str(error) and "numpy.ndarray" in str(error)
    if mixed:
        return "What you are given is a NumPy array, no tensor: use NumPy's functions, those of `np`."
    return ""


def _compare(result: Any, trial: Trial) -> Answer | None:
    """None where the result is what was expected, else the answer that shows the difference."""
    expected = trial.expected
    got = _as_array(result)
    outcome: Outcome = "wrong"
    marks = None
    if isinstance(expected, str):
        if isinstance(result, str) and result == expected:
            return None
        same = "It answered" if isinstance(result, str) else f"It returned {_kind(result)}, not a text in quotes:"
        outcome = "wrong" if isinstance(result, str) else "wrong type"
        complaint, got = f"{same} {result!r}; it is {expected!r}.", result
    elif got is None or got.dtype.kind not in "biuf":
        outcome, complaint = "wrong type", f"It returned {_kind(result)}, not {_kind(expected)}."
        got = result
    elif got.shape != np.shape(expected):
        outcome = "wrong shape"
        complaint = f"It returned {_kind(got if got.ndim else result)}, not {_kind(expected)}."
    else:
        differs = ~np.isclose(got.astype(float), np.asarray(expected, float), equal_nan=True)
        if not differs.any():
            return None
        complaint = "It answered {}; it is {}.".format(*_apart(got[()], expected))
        if got.ndim:
            first = tuple(np.argwhere(differs)[0].tolist())
            marks = differs
            each = "pixels" if got.ndim == 2 else "numbers"
            is_, should = _apart(got[first], np.asarray(expected)[first])
            complaint = (
                f"{int(differs.sum())} of {differs.size} {each} differ; the first is at {list(first)}: "
                f"it should be {should}, and is {is_}."
            )
    panels = [Panel(name, value) for name, value in trial.given.items()]
    panels += [Panel("it should be", expected), Panel("your function says", got, marks)]
    return Answer(outcome, complaint, panels, trial.hint)


def _apart(got: Any, expected: Any) -> tuple[str, str]:
    """Two numbers in words, with as few digits as show that they differ; True is 1 where a number is expected."""
    if isinstance(got, bool | np.bool_) and not isinstance(expected, bool | np.bool_):
        got = int(got)
    said = ("", "")
    for digits in range(4, 18):
        said = (shortly(got, digits), shortly(expected, digits))
        if said[0] != said[1]:
            break
    return said


def _changed(given: dict[str, Any], trial: Trial) -> Answer | None:
    """None where what a function was given is still as it was, else the answer that shows what became of it."""
    for name, before in trial.given.items():
        after = given[name]
        if not _alike(before, after):
            return Answer(
                "changed its input",
                f"Its answer is right, but `{name}` is another one now, and whoever called the function may still need "
                "it as it was.",
                [Panel(f"{name}, before", before), Panel(f"{name}, after", after)],
                f"Work on a copy, as `{name}.copy()` gives one, or make a new array in place of writing into this one.",
            )
    return None


def _alike(one: Any, other: Any) -> bool:
    """Whether two values are the same, arrays number by number (NaN is NaN), lists and dictionaries item by item."""
    if isinstance(one, np.ndarray):
        exact = one.dtype.kind not in "fc"  # only these know NaN
        return isinstance(other, np.ndarray) and np.array_equal(one, other, equal_nan=not exact)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(_alike, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(map(_alike, one.values(), other.values()))
    return one is other or bool(one == other) or not isinstance(one, (str, int, float))


def _as_array(result: Any) -> Any:
    """The result as an array, None where it is nothing like numbers."""
    try:
        return np.asarray(result)
    except (TypeError, ValueError, RuntimeError):
        return None


def _kind(value: Any) -> str:
    """What a value is, in a few words."""
    if isinstance(value, np.ndarray) and value.ndim:
        return f"an array of shape {value.shape}" + ("" if value.dtype.kind in "biuf" else f" of {value.dtype}")
    if value is None:
        return "nothing (None)"
    if isinstance(value, (bool, int, float, np.number, np.bool_)):
        return "a single number"
    if isinstance(value, tuple) and all(isinstance(part, (bool, int, float, np.number)) for part in value):
        return f"{len(value)} numbers beside each other"
    return f"a {type(value).__name__}"
