"""Guests of a study: what somebody else predicted of its test pictures, and what that costs as far as it is told."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from vislab.costs.kinds import COST_KINDS
from vislab.data.scenes import Scenes, fingerprint
from vislab.errors import VislabError, is_number
from vislab.evaluation.guests.about import about_file, read_about
from vislab.evaluation.guests.guest import guest
from vislab.models.predictions import Prediction

NOT_TOLD = "not told"
NOTES = "notes"  # in the file beside a guest's predictions, in its own words


class Guest(NamedTuple):
    """A guest's prediction, and its costs as results.json has them: those that it told, and its notes."""

    prediction: Prediction
    cost: dict[str, Any]


def read_guests(guests: Mapping[str, str | Path], tests: Sequence[Scenes]) -> list[Guest]:
    """The guests of a study by their names and paths. tests: the test pictures of each seed.

    Raises VislabError as `guest` does, and if seeds have test pictures of their own, as a guest predicted one set.
    """
    if not guests:
        return []
    if len({fingerprint(test) for test in tests}) > 1:
        raise VislabError("every seed tests other pictures, and a guest predicted those of one; leave seeds at 1")
    return [Guest(guest(name, path, tests[0]), told_costs(Path(path).expanduser())) for name, path in guests.items()]


def told_costs(path: Path) -> dict[str, Any]:
    """What the guest of these predictions tells of its costs, each a number in the unit that its key names.

    Raises VislabError for a key that is no cost, or a value that none can have.
    """
    told, file = read_about(path), about_file(path)
    told.pop("threshold", None)
    cost: dict[str, Any] = {NOTES: {"guest": _notes(told.pop(NOTES, ""), file)}}
    for key, value in told.items():
        if key not in COST_KINDS:
            known = ", ".join(["threshold", *COST_KINDS, NOTES])
            raise VislabError(f"{file}: tells {key!r:.40}, but a guest can tell {known}; take it away")
        if not (is_number(value) and value >= 0) or (key == "latency_s" and value == 0):
            raise VislabError(f"{file}: its {key} must be a number above 0, not {value!r:.40}; mend it")
        cost[key] = dict.fromkeys(("median", "p10", "p90"), value) if key == "latency_s" else value
    return cost


def _notes(notes: object, file: Path) -> str:
    if not isinstance(notes, str):
        raise VislabError(f"{file}: its notes must be text, not {notes!r:.40}; mend it")
    return notes


def is_told(cost: Mapping[str, Any]) -> bool:
    """Whether a guest told any of its costs."""
    return any(cost.get(key) is not None for key in COST_KINDS)
