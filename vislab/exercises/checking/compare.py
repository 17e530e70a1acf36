"""Compare what a learner's function returned with what it should return."""

from typing import Any

import numpy as np

from vislab.exercises.checking.answers import Answer, Outcome, Panel, shortly
from vislab.exercises.checking.trial import Trial


def compare(result: Any, trial: Trial) -> Answer | None:
    """None if the result is the expected one, else an answer that shows the difference."""
    expected, array = trial.expected, _as_array(result)
    if isinstance(expected, str):
        return _compare_text(result, trial)
    if array is None or array.dtype.kind not in "biuf":
        return _differs(trial, result, "wrong type", f"It returned {_kind(result)}, not {_kind(expected)}.")
    if array.shape != np.shape(expected):
        kind = _kind(array if array.ndim else result)
        return _differs(trial, array, "wrong shape", f"It returned {kind}, not {_kind(expected)}.")
    marks = ~np.isclose(array.astype(float), np.asarray(expected, float), equal_nan=True)
    if not marks.any():
        return None
    return _differs(trial, array, "wrong", _first_difference(array, np.asarray(expected), marks), marks)


def _compare_text(result: Any, trial: Trial) -> Answer | None:
    if not isinstance(result, str):
        sentence = f"It returned {_kind(result)}, not a text in quotes: {result!r}; it should be {trial.expected!r}."
        return _differs(trial, result, "wrong type", sentence)
    if result == trial.expected:
        return None
    return _differs(trial, result, "wrong", f"It answered {result!r}; it should be {trial.expected!r}.")


def _differs(trial: Trial, result: Any, outcome: Outcome, sentence: str, marks: Any = None) -> Answer:
    panels = [Panel(name, value) for name, value in trial.arguments.items()]
    panels += [Panel("it should be", trial.expected), Panel("your function says", result, marks)]
    return Answer(outcome, sentence, panels, trial.hint)


def _first_difference(array: Any, expected: Any, marks: Any) -> str:
    first = tuple(np.argwhere(marks)[0].tolist())
    got, right = _tell_apart(array[first], expected[first])
    if not array.ndim:
        return f"It answered {got}; it should be {right}."
    noun = "pixels" if array.ndim == 2 else "numbers"
    position = f"the first is at {list(first)}: it should be {right}, but is {got}."
    return f"{marks.sum()} of {marks.size} {noun} differ; {position}"


def _tell_apart(got: Any, expected: Any) -> tuple[str, str]:
    """Two numbers in words, with just enough digits to show that they differ; True is 1 if a number is expected."""
    if isinstance(got, np.bool_) and not isinstance(expected, np.bool_):
        got = int(got)
    texts = [(shortly(got, digits), shortly(expected, digits)) for digits in range(4, 18)]
    return next((pair for pair in texts if pair[0] != pair[1]), texts[-1])


def compare_arguments(arguments: dict[str, Any], trial: Trial) -> Answer | None:
    """None if a function left its arguments as they were, else an answer that shows what it changed."""
    for name, before in trial.arguments.items():
        after = arguments[name]
        if not _alike(before, after):
            return Answer(
                "changed its input",
                f"Its answer is right, but it changed `{name}`. The caller may still need the old values.",
                [Panel(f"{name}, before", before), Panel(f"{name}, after", after)],
                f"Work on a copy (`{name}.copy()`), or make a new array instead of writing into this one.",
            )
    return None


def _alike(before: Any, after: Any) -> bool:
    """Whether two values are the same, arrays number by number (NaN is NaN), lists and dictionaries item by item."""
    if isinstance(before, np.ndarray):
        return isinstance(after, np.ndarray) and np.array_equal(before, after, equal_nan=before.dtype.kind in "fc")
    if isinstance(before, (list, tuple)):
        return len(before) == len(after) and all(map(_alike, before, after))
    if isinstance(before, dict):
        return list(before) == list(after) and all(map(_alike, before.values(), after.values()))
    return before is after or bool(before == after) or not isinstance(before, (str, int, float))


def _as_array(result: Any) -> Any:
    """The result as an array; None if it is nothing like numbers."""
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
        return f"{len(value)} separate numbers"
    return f"a {type(value).__name__}"
