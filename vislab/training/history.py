"""The course of a training: the loss of every step, the scores after every pass, and a figure of both."""

import math
import sys
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vislab.plotting.figures import PALETTE, Sheet
from vislab.system.console import plural
from vislab.system.threads import Threads

FIRST_STEPS = 5  # left out of the figure's axis: they tower over all that follows


@dataclass
class History:
    """How a model was trained; shows itself in a notebook.

    task: of the model. recipe: the settings of fit, and the device and precision it used. losses: one a step.
    scores: one dict a pass over the training set, and one halfway through the training, with "seen" (pictures so far)
    and the validation set's scores.
    seconds: spent training, scoring left out. threads: one dict each time their number changed: "seen" (pictures so
    far), "threads", and "why" no more were taken. note: what a reader should know ("stopped at ...", "trained before
    ...").
    """

    task: str
    recipe: dict[str, Any]
    losses: list[float] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    scores: list[dict[str, float]] = field(default_factory=list)
    seconds: float = 0.0
    threads: list[dict[str, Any]] = field(default_factory=list)
    note: str = ""

    def __post_init__(self) -> None:
        self.watched_in: int | None = None  # the number of the cell that shows the same curves already

    def to_dict(self) -> dict[str, Any]:
        """As plain numbers and strings, for JSON."""
        return asdict(self)

    def note_threads(self, threads: Threads) -> None:
        """Keep with how many threads the next step is made, if it is another number than before."""
        if not self.threads or self.threads[-1]["threads"] != threads.count:
            seen = self.seen[-1] if self.seen else 0
            self.threads.append({"seen": seen, "threads": threads.count, "why": threads.why})

    def seconds_at(self, seen: int) -> float:
        """Seconds up to so many pictures, spread evenly over them, as only their sum is kept; NaN before any step."""
        return self.seconds * seen / self.seen[-1] if self.seen else math.nan

    def mean_losses(self) -> NDArray[np.float64]:
        """The mean of each step's loss and those before it: of the last five steps, or of a thirtieth of all."""
        window = max(5, len(self.losses) // 30)
        sums = np.cumsum([0.0, *self.losses])
        ends = np.arange(1, len(sums))
        means: NDArray[np.float64] = (sums[ends] - sums[np.maximum(0, ends - window)]) / np.minimum(ends, window)
        return means

    def __repr__(self) -> str:
        seen = plural(self.seen[-1] if self.seen else 0, "picture")
        text = f"{self.task}: {plural(len(self.losses), 'step')}, {seen}"
        text += f" in {self.seconds:.1f} s on {self.recipe.get('device', '?')}"
        if self.threads:
            counts = [row["threads"] for row in self.threads]
            fewer = f"{min(counts)} to " if min(counts) < max(counts) else ""
            text += f" with {fewer}{plural(max(counts), 'thread')}"
        if self.losses:
            text += f", loss {self.losses[0]:.3f} → {sum(self.losses[-10:]) / len(self.losses[-10:]):.3f}"
        if self.scores:
            text += "".join(f", {name} {value:.3f}" for name, value in self.scores[-1].items() if name != "seen")
        return text + (f" ({self.note})" if self.note else "")

    def figure(self) -> Sheet:
        """Loss over pictures seen, and the scores on the validation set beside it."""
        sheet = Sheet(8.0, 2.8, f"Training curves. {self!r}.")
        left, right = sheet.subplots(1, 2)
        left.plot(self.seen, self.losses, color=PALETTE["blue"], linewidth=1, alpha=0.4)
        left.plot(self.seen, self.mean_losses(), color=PALETTE["blue"], linewidth=2)
        left.set(xlabel="training pictures seen", title="loss: each step, and the mean of the last", ylim=(0, None))
        if len(self.losses) > 2 * FIRST_STEPS:
            left.set_ylim(0, 1.1 * max(self.losses[FIRST_STEPS:]))
        names = [name for name in (self.scores[-1] if self.scores else {}) if name != "seen"]
        for name, colour, marker in zip(names, PALETTE.values(), "osD^v*x", strict=False):
            seen, values = [row["seen"] for row in self.scores], [row[name] for row in self.scores]
            right.plot(seen, values, color=colour, marker=marker, label=f"{name} {values[-1]:.3f}")
        right.set(xlabel="training pictures seen", title="on valid pictures, each pass")
        if names:
            right.legend(frameon=False, fontsize=9)
        else:
            right.text(0.5, 0.5, "no valid pictures were given", ha="center", transform=right.transAxes)
        for ax in (left, right):
            ax.spines[["top", "right"]].set_visible(False)
        return sheet

    def _ipython_display_(self) -> None:
        if self.watched_in is None or self.watched_in != cell_number():
            self.figure()._ipython_display_()
        print(self)


def cell_number() -> int | None:
    """The number of the notebook's cell that runs, as it will stand beside it; None outside a notebook."""
    ipython: Any = sys.modules.get("IPython")
    number: int | None = getattr(ipython.get_ipython(), "execution_count", None) if ipython else None
    return number
