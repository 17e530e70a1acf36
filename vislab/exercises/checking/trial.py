"""One trial of a learner's function: arguments and the expected result; and how the function is run."""

import contextlib
import copy
import inspect
import re
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray

Array = NDArray[Any]
Floats = NDArray[np.float64]
RANDOM = 20  # random cases that most checks end with, always the same ones
PATIENCE = 20.0  # seconds for one trial; model answers take milliseconds
ERROR_HINTS = {  # what NumPy says, as a regular expression: hint
    "boolean array indexing assignment|could not be broadcast to indexing result": "On the left are only the pixels of "
    "the mask, on the right is a whole map: index both, as in `a[mask] = b[mask]`.",
    "operands could not be broadcast": "From the right, two sizes must be equal, or one of them 1. Is an array turned "
    "(rows come first), or does it lack an axis? `[..., None]` adds one at the end.",
    "truth value of an array": "`and`, `or`, `not`, `if` and Python's `max` want single values. Arrays take `&`, `|`, "
    "`~` and `.max()`.",
    "'tuple' object cannot be interpreted as an integer": "A shape inside a shape must be unpacked with a star, as in "
    "`(2, *shape)`.",
}


@dataclass(frozen=True)
class Trial:
    """What the function gets, what it should return, and a hint if it returns something else."""

    arguments: dict[str, Any]  # name → value, in the order of the function's parameters
    expected: Any
    hint: str = ""

    @classmethod
    def of(cls, answer: Callable[..., Any], *arguments: Any, hint: str = "") -> Self:
        """A trial that expects what a model answer returns; its parameters name the arguments."""
        names = inspect.signature(answer).parameters
        return cls(dict(zip(names, arguments, strict=False)), answer(*arguments), hint)

    @classmethod
    def each(cls, answer: Callable[..., Any], cases: Iterable[tuple[Any, ...]]) -> Iterator[Self]:
        """A trial `of` a model answer for each case: the arguments, and last the hint."""
        return (cls.of(answer, *arguments, hint=hint) for *arguments, hint in cases)

    def copy_arguments(self) -> dict[str, Any]:
        """Arguments that the function may change without changing the trial."""
        return copy.deepcopy(self.arguments)


def run(function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    """The function's result; TimeoutError if it runs for longer than PATIENCE.

    Warnings are dropped and stderr goes to stdout, because nbgrader gives 0 points for a cell that writes to stderr.
    """
    with warnings.catch_warnings(), contextlib.redirect_stderr(sys.stdout), _at_most(PATIENCE):
        warnings.simplefilter("ignore")
        return function(*arguments.values())


@contextlib.contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raise TimeoutError inside once the time is over: an endless loop would block the whole notebook.

    Works on Unix in the main thread, because only there can an alarm be set. Elsewhere the learner interrupts the
    kernel.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: object) -> None:
        question = "Is there a loop that never ends, or a loop over all pixels inside another?"
        raise TimeoutError(f"It was still running after {seconds:g} s. {question}")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def describe_error(error: BaseException, function: Callable[..., Any]) -> str:
    """An exception in one line, with the line of the learner's cell that raised it."""
    cell = getattr(getattr(function, "__code__", None), "co_filename", None)
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == cell]
    position = f"In line {lines[-1]} of the cell above: " if lines else ""
    message = " ".join(str(error).split())
    return f"{position}{type(error).__name__}{f': {message}' if message else ''}"


def hint_for_error(error: BaseException) -> str:
    """A hint for an error that NumPy's beginners meet, or if an array was taken for a tensor; "" for other errors."""
    if isinstance(error, AttributeError):
        mixed = isinstance(error.obj, np.ndarray | np.generic) and hasattr(torch.Tensor, str(error.name))
    else:
        mixed = isinstance(error, TypeError) and "Tensor" in str(error) and "numpy.ndarray" in str(error)
    if mixed:
        return "Your function gets a NumPy array, not a tensor: use NumPy's functions, those of `np`."
    return next((hint for pattern, hint in ERROR_HINTS.items() if re.search(pattern, str(error))), "")


def is_empty(function: object) -> bool:
    """Whether a function's body has no statement but a docstring, `...`, `pass` or `return`."""
    code = getattr(function, "__code__", None)
    return code is None or len(code.co_code) == len(_empty_body.__code__.co_code)


def _empty_body() -> None:
    """What `is_empty` compares with."""
