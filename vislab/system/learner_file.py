"""What the learner has guessed, bet and tried: one JSON file in the folder of their work.

Each entry has a kind ("guesses", "quizzes", "exercises") and a name that begins with its notebook ("00-share").
Several notebooks may be open at once, so every change reads the file anew, under a lock, and renames a whole one
into place. A file that is no learner's file is put aside under another name, with a word, and never overwritten.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, get_args

from vislab.errors import VislabError
from vislab.system.files import home, writing

FORMAT = 1
PATIENCE = 5  # seconds to wait for another notebook that is writing
Kind = Literal["guesses", "quizzes", "exercises"]
Entry = dict[str, Any]


def state_file() -> Path:
    """Where the learner's state is kept: work/learner.json in vislab's home."""
    return home() / "work" / "learner.json"


def recall(kind: Kind, name: str) -> Entry:
    """What was kept under a name, {} where there is nothing yet."""
    return _read(state_file())[kind].get(name, {})


def recall_all(kind: Kind) -> dict[str, Entry]:
    """Everything of a kind: name → entry."""
    return _read(state_file())[kind]


def change(kind: Kind, name: str, how: Callable[[Entry], Entry]) -> Entry:
    """Replace an entry by `how(entry)`, {} standing for one that is new; returns what is kept now.

    Entries hold what JSON holds. Raises VislabError where the file cannot be written.
    """
    from filelock import FileLock, Timeout

    path = state_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(f".{path.name}.lock"), timeout=PATIENCE):
            state = _read(path)
            entry = state[kind][name] = how(dict(state[kind].get(name, {})))
            about = {"kind": "vislab.learner", "format": FORMAT}
            text = json.dumps(about | state, indent=1, ensure_ascii=False, sort_keys=True)
            with writing(path) as part:
                part.write_text(text + "\n", encoding="utf-8")
    except Timeout as error:
        raise VislabError(f"{path}: another notebook has held it for {PATIENCE} seconds; try again") from error
    except OSError as error:
        raise VislabError(f"{path}: your answer cannot be kept ({error.strerror or error}); make room") from error
    return entry


def _read(path: Path) -> dict[Kind, dict[str, Entry]]:
    """The state in the file; an empty one where there is none, or where what is there had to be put aside."""
    try:
        return checked(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        pass
    except ValueError as error:  # no JSON, no UTF-8, or refused by checked
        aside = _put_aside(path)
        print(f"{path.name} is {_why(error)}; it is kept as {aside.name}, and a new one is begun")
    except OSError as error:
        print(f"{path.name} cannot be read ({error.strerror or error}); your earlier answers are not shown")
    return {kind: {} for kind in get_args(Kind)}


def checked(plain: Any) -> dict[Kind, dict[str, Entry]]:
    """The three kinds in what the JSON held; raises VislabError saying what it is instead."""
    if not isinstance(plain, dict) or plain.get("kind") != "vislab.learner":
        raise VislabError("not a file of vislab's")
    if plain.get("format") != FORMAT:
        raise VislabError(f"of format {plain.get('format')}, where this vislab reads {FORMAT}")
    state: dict[Kind, dict[str, Entry]] = {kind: plain.get(kind, {}) for kind in get_args(Kind)}
    for entries in state.values():
        if not isinstance(entries, dict) or not all(isinstance(entry, dict) for entry in entries.values()):
            raise VislabError("not built like a learner's file")
    return state


def _why(error: ValueError) -> str:
    return str(error) if isinstance(error, VislabError) else f"broken ({re.sub(r'[: ]*$', '', str(error))})"


def _put_aside(path: Path) -> Path:
    """Rename a file to the first free name of learner.put-aside-1.json, -2, ...; returns the new path."""
    number = 1
    while (aside := path.with_name(f"{path.stem}.put-aside-{number}{path.suffix}")).exists():
        number += 1
    try:
        return path.rename(aside)
    except OSError:  # another notebook was quicker: it has told the learner already
        return aside
