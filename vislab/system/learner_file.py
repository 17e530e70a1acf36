"""What the learner has guessed, bet and tried: one JSON file in the folder of their work.

Each entry has a kind ("guesses", "quizzes", "exercises") and a name that begins with its notebook ("00-share").
Several notebooks may be open at once, so every change reads the file anew, under a lock, and renames a whole one
into place. A file that is no learner's file is renamed, with a message, and never overwritten.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from vislab.errors import VislabError
from vislab.system.files import home, read_json, writing

FORMAT = 1
PATIENCE = 5  # seconds to wait for another notebook that is writing
Kind = Literal["guesses", "quizzes", "exercises"]
Entry = dict[str, Any]


def state_file() -> Path:
    """The path of the learner's file: work/learner.json in vislab's home."""
    return home() / "work" / "learner.json"


def recall(kind: Kind, name: str) -> Entry:
    """The entry under a name; {} if there is none yet."""
    return _read(state_file())[kind].get(name, {})


def recall_all(kind: Kind) -> dict[str, Entry]:
    """Everything of a kind: name → entry."""
    return _read(state_file())[kind]


def change(kind: Kind, name: str, how: Callable[[Entry], Entry]) -> Entry:
    """Replace an entry by `how(entry)`, {} if there is none yet; returns the new one. May raise VislabError."""
    from filelock import FileLock, Timeout

    path = state_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(f".{path.name}.lock"), timeout=PATIENCE):
            state = _read(path)
            entry = state[kind][name] = how(dict(state[kind].get(name, {})))
            head = {"kind": "vislab.learner", "format": FORMAT}
            text = json.dumps(head | state, indent=1, ensure_ascii=False, sort_keys=True)
            with writing(path) as part:
                part.write_text(text + "\n", encoding="utf-8")
    except Timeout as error:
        raise VislabError(f"{path}: another notebook has held it for {PATIENCE} seconds; try again") from error
    except OSError as error:
        raise VislabError(f"{path}: your answer cannot be kept ({error.strerror or error}); make room") from error
    return entry


def _read(path: Path) -> dict[Kind, dict[str, Entry]]:
    """The state in the file; an empty one if there is none, or if what is there had to be put aside."""
    if path.exists():
        try:
            return checked(read_json(path, kind="vislab.learner"))
        except VislabError as error:
            reason = str(error).removeprefix(f"{path}: ")
            if isinstance(error.__cause__, OSError):
                print(f"{path.name} {reason}; your earlier answers are not shown")
            else:
                aside = _put_aside(path)
                print(f"{path.name} {reason}; it is now called {aside.name}, and a new file is begun")
    return {kind: {} for kind in get_args(Kind)}


def checked(plain: Mapping[str, Any]) -> dict[Kind, dict[str, Entry]]:
    """The three kinds in the JSON of a learner's file; raises VislabError if it is of another format or broken."""
    if plain.get("format") != FORMAT:
        raise VislabError(f"has format {plain.get('format')}, but this vislab reads {FORMAT}")
    state: dict[Kind, dict[str, Entry]] = {kind: plain.get(kind, {}) for kind in get_args(Kind)}
    for entries in state.values():
        if not isinstance(entries, dict) or not all(isinstance(entry, dict) for entry in entries.values()):
            raise VislabError("is not built like a learner's file")
    return state


def _put_aside(path: Path) -> Path:
    """Rename a file to the first free name of learner.put-aside-1.json, -2, ...; returns the new path."""
    number = 1
    while (aside := path.with_name(f"{path.stem}.put-aside-{number}{path.suffix}")).exists():
        number += 1
    try:
        return path.rename(aside)
    except OSError:  # another notebook was quicker, and has told the learner already
        return aside
