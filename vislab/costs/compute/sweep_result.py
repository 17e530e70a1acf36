"""What a sweep found: points that print as a table, go to JSON and back, and join those of another sweep."""

import math
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from vislab.costs.compute.timing import median_interval
from vislab.errors import VislabError
from vislab.plotting.tables import lay_out

FORMAT = 1
WIDE = 120  # columns


@dataclass(frozen=True)
class Point:
    """One model at one size and batch.

    times: seconds for the batch, one a repeat. macs: multiply-adds of one picture. estimate: seconds for the batch that
    multiply-adds alone would take at the pace of a plain convolution on this machine. memory: bytes of tensors at
    once, the model's included. memory_estimate: the model and its largest layer's input and output. activations:
    bytes of all layers' outputs, which training keeps. energy: joules a picture, or None and no_energy, the reason.
    """

    model: str
    task: str
    size: int
    batch: int
    times: tuple[float, ...]
    macs: int
    estimate: float
    memory: int
    memory_estimate: int
    activations: int
    energy: float | None
    no_energy: str = ""

    @property
    def seconds(self) -> float:
        """The median, for the batch."""
        return float(np.median(self.times))

    @property
    def interval(self) -> tuple[float, float]:
        """The ends of the 95 % interval of that median."""
        return median_interval(np.array(self.times))

    @property
    def each(self) -> float:
        """Seconds a picture."""
        return self.seconds / self.batch

    @property
    def ratio(self) -> float:
        """Seconds measured over seconds estimated."""
        return self.seconds / self.estimate


@dataclass(frozen=True)
class Missing:
    """A point that could not be had, and why."""

    model: str
    task: str
    size: int
    batch: int
    why: str


@dataclass(frozen=True)
class Sweep:
    """Points by size, batch and model; prints as a table.

    models: name → "task", "parameters", "disk_bytes". device: its name. pace: multiply-adds a second of a plain
    convolution, beside the points' own repeats: what their estimates go by.
    """

    points: tuple[Point, ...]
    missing: tuple[Missing, ...]
    models: dict[str, dict[str, Any]]
    device: str
    pace: float

    def at(self, model: str, size: int, batch: int) -> Point | None:
        """One point, or None."""
        return next((p for p in self.points if (p.model, p.size, p.batch) == (model, size, batch)), None)

    def join(self, other: "Sweep") -> "Sweep":
        """Both sweeps' points; where both have one, the other's. Raises VislabError where the devices differ."""
        if other.device != self.device:
            raise VislabError(
                f"one sweep is of {self.device}, the other of {other.device}; times of two devices do not go together"
            )
        new = {_place(one) for one in (*other.points, *other.missing)}
        points = [*(one for one in self.points if _place(one) not in new), *other.points]
        missing = [*(one for one in self.missing if _place(one) not in new), *other.missing]
        models = self.models | other.models
        names = list(models)
        points.sort(key=lambda one: (one.size, one.batch, names.index(one.model)))
        return Sweep(tuple(points), tuple(missing), models, self.device, other.pace)

    def architectures(self, size: int | None = None) -> list[dict[str, Any]]:
        """Time for one picture, model by model, as claims.judge(measured={"architectures": ...}) takes it.

        size: one that was swept; None takes the largest. Raises VislabError where one picture was not timed there.
        """
        alone = [point for point in self.points if point.batch == 1]
        at = max((point.size for point in alone), default=0) if size is None else size
        chosen = [point for point in alone if point.size == at]
        if not chosen:
            raise VislabError(f"this sweep timed no single picture of {at} px; sweep with batches=(1,) at that size")
        rows = []
        for point in chosen:
            low, median, high = np.quantile(point.times, [0.1, 0.5, 0.9]).tolist()
            latency = {"median": median, "p10": low, "p90": high}
            rows.append({"name": point.model, "task": point.task, "size": at, "macs": point.macs,
                         "macs_a_pixel": point.macs / at**2, "latency_s": latency})  # fmt: skip
        return rows

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, strings, lists and None, for JSON."""
        points = [asdict(one) | {"times": list(one.times)} for one in self.points]
        missing = [asdict(one) for one in self.missing]
        return {"format": FORMAT, "kind": "sweep", "device": self.device, "pace": self.pace, "models": self.models,
                "points": points, "missing": missing}  # fmt: skip

    @classmethod
    def from_dict(cls, held: Any) -> "Sweep":
        """The sweep that `to_dict` gave; raises VislabError for anything else, and for figures that cannot be."""
        if not isinstance(held, Mapping) or held.get("kind") != "sweep":
            raise VislabError("this is no sweep; give what Sweep.to_dict gave")
        if held.get("format") != FORMAT:
            raise VislabError(f"this sweep is of format {held.get('format')!r}, this vislab reads {FORMAT}; sweep anew")
        try:
            points = tuple(Point(**{**one, "times": tuple(one["times"])}) for one in held["points"])
            missing = tuple(Missing(**one) for one in held["missing"])
            sweep = cls(points, missing, dict(held["models"]), str(held["device"]), float(held["pace"]))
        except (KeyError, TypeError, ValueError) as error:
            raise VislabError(f"this sweep is not whole ({error}); sweep anew") from error
        for point in points:
            if why := _why_not(point, sweep.models):
                raise VislabError(f"this sweep's {point.model} at {point.size} px: {why}; sweep anew")
        return sweep

    def __iter__(self) -> Iterator[Point]:
        return iter(self.points)

    def __len__(self) -> int:
        return len(self.points)

    def __repr__(self) -> str:
        head = ("size", "batch", "model", "ms a picture", "(95 % interval)", "estimate", "ratio", "M mult-adds", "MB",
                "estimate")  # fmt: skip
        rows = [_cells(point) for point in self.points]
        lines = lay_out((head, *rows), rules=(1,), right=set(range(len(head))) - {2})
        repeats = " or ".join(str(n) for n in sorted({len(point.times) for point in self.points}))
        told = [
            f"{self.device}; {repeats or 'no'} repeats, models interleaved. Estimates: multiply-adds at the pace of "
            f"a plain convolution here, {self.pace / 1e9:,.0f} billion a second; the model and its largest layer. "
            "ratio: measured / estimate. MB: tensors at once.",
            *sorted({point.no_energy for point in self.points if point.no_energy}),
            *(f"{m.model} at {m.size} px, batch {m.batch}, is left out: {m.why}" for m in self.missing),
        ]
        return "\n".join([*lines, "", *(line for t in told for line in textwrap.wrap(t, WIDE))])


def _cells(point: Point) -> tuple[str, ...]:
    """A point's row of the table."""
    low, high = (_ms(end / point.batch) for end in point.interval)
    return (f"{point.size}", f"{point.batch}", point.model, _ms(point.each), f"({low}–{high})",
            _ms(point.estimate / point.batch), f"{point.ratio:.1f}", f"{point.macs / 1e6:,.1f}",
            f"{point.memory / 1e6:,.1f}", f"{point.memory_estimate / 1e6:,.1f}")  # fmt: skip


def _place(one: Any) -> tuple[str, int, int]:
    return one.model, one.size, one.batch


def _why_not(point: Point, models: Mapping[str, Any]) -> str:
    """Why a point that was read cannot be, or ""."""
    if point.model not in models:
        return "the model is not among its models"
    for one in fields(Point):
        value = getattr(point, one.name)
        numbers = value if one.name == "times" else [value] if one.type in (int, float) else []
        if one.name == "times" and not value:
            return "no time was taken"
        if not all(isinstance(n, (int, float)) and math.isfinite(n) and n > 0 for n in numbers):
            return f"its {one.name} is {value!r}, which cannot be"
    return ""


def _ms(seconds: float) -> str:
    """Milliseconds to three places that count."""
    value = 1e3 * seconds
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"
