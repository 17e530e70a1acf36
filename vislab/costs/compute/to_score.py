"""Time and energy to a stated score, from a training's history."""

import math
from dataclasses import dataclass, field

from vislab.costs.compute.energy import Counter, open_counter, read
from vislab.errors import VislabError
from vislab.system.devices import pick_device
from vislab.training.history import History

FALLING = ("count_error", "share_error")  # scores of which less is better


@dataclass(frozen=True)
class Reached:
    """When a training first had a score, as scores are taken after every pass; None where it was not, or not measured.

    seen: pictures trained on, each pass counting anew. seconds: trained so far, scoring left out. energy: joules.
    notes: field → how it was had, or why it is None.
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
        told = f"{self.score} {self.value:g} after {self.seconds:.1f} s and {self.seen:,} pictures"
        told += "" if self.energy is None else f", {self.energy:.3g} J"
        return "\n".join([told, *self.notes.values()])


class Meter:
    """Notes seconds and joules at every step: vl.fit(..., watch=meter). Of a training taken from the cache: nothing.

    steps: (pictures seen, seconds trained, joules since the first step or None) each. no_energy: why there are none.
    counter: None takes the GPU's own, where there is one.
    """

    def __init__(self, counter: Counter | None = None) -> None:
        self.counter, self.no_energy = (counter, "") if counter is not None else open_counter(pick_device())
        self.steps: list[tuple[int, float, float | None]] = []
        self._last, trouble = read(self.counter) if self.counter is not None else (None, "")
        self.no_energy = self.no_energy or trouble
        self._joules = 0.0

    def __call__(self, history: History) -> None:
        """After a step: note what it took."""
        now, trouble = read(self.counter) if self.counter is not None else (None, "")
        if not trouble and now is not None and self._last is not None:
            if now < self._last:
                trouble = f"energy was not measured: its counter went back, from {self._last:.1f} J to {now:.1f} J"
            self._joules += now - self._last
        self.no_energy, self._last = self.no_energy or trouble, now
        self.steps.append((history.seen[-1], history.seconds, None if self.no_energy else self._joules))


def cost_to_score(history: History, score: str, value: float, meter: Meter | None = None) -> Reached:
    """When a training first had this score, and what it had taken by then.

    score: one of the history's, such as "mean_iou"; value: at least so much of it, or, of an error, at most. meter:
    the Meter that watched, which knows the seconds and joules of each step; without it seconds are spread evenly over
    the pictures, and energy is None. Raises VislabError where the history holds no such score, or value is no number.
    """
    names = list(dict.fromkeys(name for row in history.scores for name in row if name != "seen"))
    if score not in names:
        there = f"there are {', '.join(names)}" if names else "it holds none, as no valid pictures were given"
        raise VislabError(f"this training has no score {score!r}; {there}")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise VislabError(f"the score to reach must be a number, not {value!r}")
    sign = -1 if score in FALLING else 1
    values = [(int(row["seen"]), row[score]) for row in history.scores if score in row]
    first = next((seen for seen, found in values if sign * found >= sign * value), None)
    if first is None:
        best = max((found for _, found in values if math.isfinite(found)), key=lambda v: sign * v, default=math.nan)
        why = f"{score} {value:g} was not reached: in {history.seconds:.1f} s it came to {best:.3f}"
        return Reached(score, value, None, None, None, {"seen": why})
    notes = {"seen": f"scores are taken after every pass: {score} may have been {value:g} up to a pass before"}
    at = next(((seconds, joules) for seen, seconds, joules in meter.steps if seen == first), None) if meter else None
    if at is None:
        notes["seconds"] = "seconds are spread evenly over the pictures of the training"
        notes["energy"] = "energy was not measured: no meter watched this training"
        return Reached(score, value, first, history.seconds_at(first), None, notes)
    if at[1] is None or (meter and meter.steps[0][0] != history.seen[0]):
        notes["energy"] = (meter and meter.no_energy) or "energy was not measured: the meter came late to this training"
        return Reached(score, value, first, at[0], None, notes)
    if at[1] == 0:
        notes["energy"] = "energy was not measured: its counter stood still"
        return Reached(score, value, first, at[0], None, notes)
    return Reached(score, value, first, at[0], at[1], notes)
