"""What comes of one malformed input."""

import os
import warnings
from pathlib import Path

from malformed.case import Case
from vislab.errors import VislabError

OUTCOMES = ("right", "refused", "wrong", "bare", "hanging")


def judge(case: Case, folder: Path) -> tuple[str, str]:
    """The outcome of a case made in an empty folder, and what was said or found.

    right: what was read is what the input says. refused: by one sentence that names a file or a picture. wrong: read,
    but not what it says. bare: any other exception, or a refusal that is no such sentence.
    """
    given = case.make(folder)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = case.read(given)
    except VislabError as error:
        fault = _fault(str(error), folder)
        if fault:
            return "bare", f"{fault}: {error}"
        return ("refused" if case.refusal else "wrong"), str(error)
    except Exception as error:
        return "bare", f"{type(error).__name__}: {error}"
    if case.right is None:
        return "wrong", f"should be refused, but gave {value!r:.200}"
    try:
        return ("right" if case.right(value) else "wrong"), f"{value!r:.200}"
    except AssertionError as error:
        return "wrong", str(error)
    except Exception as error:  # what was read cannot be used
        return "bare", f"read, but then {type(error).__name__}: {error}"


def _fault(said: str, folder: Path) -> str:
    """What is wrong with a refusal, or ""."""
    if len(said.splitlines()) != 1:
        return "no one sentence"
    if len(said) > 1500:
        return "a sentence without end"
    try:
        said.encode()
    except UnicodeEncodeError:
        return "cannot be printed"
    names = {folder.name}
    for _, folders, files in os.walk(folder):
        names |= {*folders, *files}
    return "" if any(name in said for name in names) else "names no file"
