"""Time and energy to a stated score, from a training's history."""

import math
from dataclasses import dataclass, field
from typing import NamedTuple

from vislab.costs.compute.energy import Counter, open_counter, read, went_back
from vislab.errors import VislabError, is_number
from vislab.system.devices import pick_device
from vislab.training.history import History

FALLING = ("count_error", "share_error")  # scores that are better if lower


@dataclass(frozen=True)
class Reached:
    """When a training first had a score, as scores are taken after every pass; None if it never had, or not measured.

    seen: pictures trained on, each pass counting anew. seconds: trained so far, scoring left out. energy: joules.
    notes: field → how it was measured, or why it is None.
    """

    score: str
    value: float
    seen: int | None
    seconds: float | None
    energy: float | None
    notes: dict[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        if self.seen is None:
            return self.notes["seen"]
        text = f"{self.score} {self.value:g} after {self.seconds:.1f} s and {self.seen:,} pictures"
        text += "" if self.energy is None else f", {self.energy:.3g} J"
        return "\n".join([text, *self.notes.values()])


class Step(NamedTuple):
    """What a training had taken after a step: pictures seen, seconds, joules since the first step or None."""

    seen: int
    seconds: float
    joules: float | None


class Meter:
    """Notes seconds and joules at every step: vl.fit(..., watch=meter). It sees no training taken from the cache.

    steps: what each step had taken. no_energy: why there are no joules. counter: None takes the GPU's own, if any.
    """

    def __init__(self, counter: Counter | None = None) -> None:
        self.counter, self.no_energy = (counter, "") if counter is not None else open_counter(pick_device())
        self.steps: list[Step] = []
        self._last, trouble = read(self.counter)
        self.no_energy = self.no_energy or trouble
        self._joules = 0.0

    def __call__(self, history: History) -> None:
        """Note what the training has taken after a step."""
        now, trouble = read(self.counter)
        if now is not None and self._last is not None:
            trouble = went_back(self._last, now)
            self._joules += now - self._last
        self.no_energy, self._last = self.no_energy or trouble, now
        self.steps.append(Step(history.seen[-1], history.seconds, None if self.no_energy else self._joules))


def cost_to_score(history: History, score: str, value: float, meter: Meter | None = None) -> Reached:
    """When a training first had this score, and what it had taken by then.

    score: one of the history's, such as "mean_iou"; value: at least so much of it, or, of an error, at most. meter:
    the Meter that watched, which knows the seconds and joules of each step; without it seconds are spread evenly over
    the pictures, and energy is None. Raises VislabError if the history holds no such score, or value is no number.
    """
    names = list(dict.fromkeys(name for row in history.scores for name in row if name != "seen"))
    if score not in names:
        known = f"there are {', '.join(names)}" if names else "it holds none, as no valid pictures were given"
        raise VislabError(f"this training has no score {score!r}; {known}")
    if not is_number(value):
        raise VislabError(f"the score to reach must be a number, not {value!r}")
    sign = -1 if score in FALLING else 1
    values = [(int(row["seen"]), row[score]) for row in history.scores if score in row]
    first = next((seen for seen, reached in values if sign * reached >= sign * value), None)
    if first is None:
        best = max((v for _, v in values if math.isfinite(v)), key=lambda v: sign * v, default=math.nan)
        why = f"{score} {value:g} was not reached: in {history.seconds:.1f} s it came to {best:.3f}"
        return Reached(score, value, None, None, None, {"seen": why})
    notes = {"seen": f"scores are taken after every pass: {score} may have been {value:g} up to a pass before"}
    step = next((step for step in meter.steps if step.seen == first), None) if meter else None
    if meter is None or step is None:
        notes["seconds"] = "seconds are spread evenly over the pictures of the training"
        notes["energy"] = "energy was not measured: no meter watched this training"
        return Reached(score, value, first, history.seconds_at(first), None, notes)
    if step.joules is None or meter.steps[0].seen != history.seen[0]:
        notes["energy"] = meter.no_energy or "energy was not measured: the meter came late to this training"
    elif step.joules == 0:
        notes["energy"] = "energy was not measured: its counter stood still"
    return Reached(score, value, first, step.seconds, None if "energy" in notes else step.joules, notes)
