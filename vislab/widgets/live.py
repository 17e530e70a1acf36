"""What `vl.fit` shows in a notebook: curves as they grow, a few pictures as they get better, and a Stop button.

It takes at most 3 % of the training's time: each kind of update waits until its last one's time is a small enough part.
"""

import math
import threading
import time
from collections.abc import Callable
from functools import wraps
from types import TracebackType
from typing import Any, ParamSpec

import numpy as np
import traitlets
from IPython.display import display

from vislab.system.console import in_notebook
from vislab.system.threads import Threads
from vislab.training import fit as training
from vislab.training.history import FIRST_STEPS, History, cell_number
from vislab.training.run import Run
from vislab.widgets.frontend import Frontend, css, esm
from vislab.widgets.previews import Previews, Tile, score_format

P = ParamSpec("P")
CURVES, LOOKS = 0.5, 2.0  # seconds, at least, between updates of the curves and of the pictures
BUDGET = 0.01  # of the time, for each of the two
POINTS = 300  # of a curve, at most
KINDS = {"classification": "a classifier", "regression": "a regressor", "points": "a detector of dots",
         "detection": "a detector of boxes", "semantic": "a semantic segmenter",
         "instance": "an instance segmenter"}  # fmt: skip


class Panel(Frontend):
    """The state that the front end draws; small, so that a saved notebook keeps it.

    phase: "training", "done", "stopped" or "failed". progress: share (0 to 1), seen, total (0 if minutes end it),
    speed in pictures a second, threads in words, seconds trained, left in seconds (None if unknown). loss: seen, raw,
    smooth, top (of the axis). scores: one dict each, with its name, whether more is better, seen and values.
    legend: what the marks in the pictures mean, pairs of words and colour ("" for none).
    ids, truth, predicted: of the few pictures, the last two as {"image": WebP, "words": ...}. before, now: their
    scores, in words.
    """

    _esm = esm("live.js")
    _css = css("live.css")
    title = traitlets.Unicode().tag(sync=True)
    phase = traitlets.Unicode("training").tag(sync=True)
    note = traitlets.Unicode().tag(sync=True)
    progress = traitlets.Dict().tag(sync=True)
    loss = traitlets.Dict().tag(sync=True)
    scores: Any = traitlets.List().tag(sync=True)
    legend: Any = traitlets.List().tag(sync=True)
    ids: Any = traitlets.List().tag(sync=True)
    truth: Any = traitlets.List().tag(sync=True)
    predicted: Any = traitlets.List().tag(sync=True)
    before = traitlets.Unicode().tag(sync=True)
    now = traitlets.Unicode().tag(sync=True)

    picture = text = ""  # the curves as HTML and in words, once training is over

    def __repr__(self) -> str:
        return self.text or str(self.title)

    def as_html(self) -> str:
        """The curves as a picture, once they are complete."""
        return self.picture or super().as_html()


def _with_panel(train: Callable[P, History]) -> Callable[P, History]:
    """The same training with a panel that shows it, in a notebook without another `watch`."""

    @wraps(train)
    def fit(*args: P.args, **settings: P.kwargs) -> History:
        if in_notebook() and settings.get("watch") is None:
            settings.setdefault("panel", Live)
        return train(*args, **settings)

    return fit


fit = _with_panel(training.fit)


class Live:
    """Watches one training and shows it; used in place of a progress bar.

    A few pictures are shown, of the validation set or, without one, of the training set.
    spent: seconds that watching has taken so far, while the training ran.
    """

    def __init__(self, run: Run) -> None:
        self.history, self.spent = run.history, 0.0
        self.previews = Previews(run.model, run.valid or run.train)
        self.asked_to_stop = threading.Event()  # by a front end that cannot interrupt the kernel
        self.panel = Panel(
            title=f"Training {KINDS[run.model.task]} on {run.history.recipe.get('device', '?')}",
            legend=self.previews.legend(),
            ids=list(self.previews.scenes.ids),
            truth=[tile._asdict() for tile in self.previews.truth],
        )
        self.panel.on_msg(self._hear)
        self._share = self._first_share = 0.0
        self._first_seen = run.history.seen[-1] if run.history.seen else 0
        self._started = self._next_curves = self._next_look = time.monotonic()
        self._handle: Any = None

    def __enter__(self) -> "Live":
        self._look()
        self.panel.before = self.panel.now
        self._open()
        return self

    def show_done(self) -> None:
        """Show a training that was over before."""
        self._share, self.panel.phase = 1.0, "done"
        self._open()
        self.__exit__(None, None, None)

    def _open(self) -> None:
        self._draw()
        self._handle = display(self.panel, display_id=True)
        self.history.watched_in = cell_number()

    def to(self, share: float, word: str = "") -> None:
        """Show that this share, 0 to 1, is done, if it is time to; raises KeyboardInterrupt if Stop was pressed."""
        if self._share == 0:
            self._first_share, self._first_seen = share, self.history.seen[-1]
            self._started = time.monotonic()
        self._share = share
        if self.asked_to_stop.is_set():
            raise KeyboardInterrupt
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = self._after(self._look, LOOKS)
        if now >= self._next_curves:
            self._next_curves = self._after(self._draw, CURVES)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.panel.phase = "failed" if kind else "done" if self._share >= 1 else "stopped"
        self.panel.note = self.history.note or ("" if kind is None else f"ended by {kind.__name__}")
        self._draw()
        if kind is None:
            self._look()
        if self.history.losses:
            self.panel.picture, self.panel.text = self.history.figure().to_html(), repr(self.history)
        self._handle.update(self.panel)
        # A notebook keeps the panel as long as its kernel runs, so it holds nothing but what is drawn.
        self.panel.on_msg(self._hear, remove=True)
        self.panel.picture = ""

    def _hear(self, panel: Panel, content: dict[str, Any], buffers: Any) -> None:
        if content.get("ask") == "stop":
            self.asked_to_stop.set()

    def _after(self, update: Any, pause: float) -> float:
        """Do an update; returns when the next one may start, so late that updates stay within their budget."""
        started = time.perf_counter()
        update()
        seconds = time.perf_counter() - started
        self.spent += seconds
        return time.monotonic() + max(pause, seconds / BUDGET)

    def _look(self) -> None:
        """Show what the model predicts for the few pictures by now."""
        try:
            tiles, words = self.previews.look()
        except Exception as error:  # a model that cannot answer yet may learn all the same
            tiles, words = [Tile(b"", "")] * len(self.previews.scenes), f"no answer yet: {error}"
        with self.panel.hold_sync():
            self.panel.predicted, self.panel.now = [tile._asdict() for tile in tiles], words

    def _draw(self) -> None:
        """Show progress and curves as they are by now."""
        history = self.history
        with self.panel.hold_sync():
            self.panel.progress = self._progress()
            self.panel.loss = thin_loss(history)
            self.panel.scores = score_curves(history)

    def _progress(self) -> dict[str, float | str | None]:
        history, share = self.history, self._share
        seen = history.seen[-1] if history.seen else 0
        seconds = time.monotonic() - self._started
        done = share - self._first_share
        open_end = history.recipe.get("minutes") is not None or not share
        threads = history.threads[-1] if history.threads else None
        return {
            "threads": str(Threads(threads["threads"], threads["why"])) if threads else "",
            "share": round(share, 4),
            "seen": seen,
            "total": 0 if open_end else round(seen / share),
            "speed": round((seen - self._first_seen) / seconds, 1) if seconds > 0 and done > 0 else None,
            "seconds": round(history.seconds, 1),
            "left": round(seconds * (1 - share) / done, 1) if done > 0 else None,
        }


def thin_loss(history: History) -> dict[str, Any]:
    """Loss over pictures seen, at no more than 300 steps: of each step, and the mean of those that lead to it.

    top: the end of the axis, as in the history's figure: without the first steps, which tower over all that follows.
    """
    losses, steps = np.asarray(history.losses, float), len(history.losses)
    if not steps:
        return {"seen": [], "raw": [], "smooth": [], "top": 1}
    smooth, shown = history.mean_losses(), spread(steps)
    settled = losses[FIRST_STEPS:] if steps > 2 * FIRST_STEPS else losses
    return {
        "seen": [history.seen[index] for index in shown],
        "raw": [short(value) for value in losses[shown]],
        "smooth": [short(value) for value in smooth[shown]],
        "top": short(1.05 * settled.max()),
    }


def score_curves(history: History) -> list[dict[str, Any]]:
    """The scores on valid pictures over pictures seen, one dict a score, at no more than 300 passes."""
    rows = history.scores
    shown = spread(len(rows))
    names = [name for name in (rows[-1] if rows else {}) if name != "seen"]
    return [
        {
            "name": score_format(name).words,
            "more": score_format(name).more,
            "seen": [rows[index]["seen"] for index in shown],
            "values": [short(rows[index].get(name, math.nan)) for index in shown],
        }
        for name in names
    ]


def spread(count: int) -> list[int]:
    """At most 300 of that many indices, evenly spread, the first and the last among them."""
    return [round(index) for index in np.linspace(0, count - 1, min(count, POINTS))]


def short(value: float) -> float | None:
    """Four digits of a number; None for one that JSON does not know."""
    return float(f"{value:.4g}") if math.isfinite(value) else None
