"""The result of a sweep: points that print as a table, go to JSON and back, and join those of another sweep."""

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np

from vislab.costs.compute.timing import median_interval, spread_of
from vislab.errors import VislabError, is_number
from vislab.plotting.tables import lay_out
from vislab.system.files import without_nan

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
    """A point that could not be measured, and why."""

    model: str
    task: str
    size: int
    batch: int
    why: str


@dataclass(frozen=True)
class Sweep:
    """Points by size, batch and model; prints as a table.

    models: name → "task", "parameters", "disk_bytes". device: its name. pace: multiply-adds a second of a plain
    convolution, beside the points' own repeats: what their estimates go by. load: a warning if other programs kept the
    machine busy meanwhile.
    """

    points: tuple[Point, ...]
    missing: tuple[Missing, ...]
    models: dict[str, dict[str, Any]]
    device: str
    pace: float
    load: str = ""

    def at(self, model: str, size: int, batch: int) -> Point | None:
        """One point, or None."""
        return next((p for p in self.points if _key(p) == (model, size, batch)), None)

    def join(self, other: "Sweep") -> "Sweep":
        """Both sweeps' points; the other's if both have one. Raises VislabError if the devices differ."""
        if other.device != self.device:
            raise VislabError(
                f"one sweep is of {self.device}, the other of {other.device}; times of two devices do not go together"
            )
        new = {*map(_key, other.points), *map(_key, other.missing)}
        points = [*(point for point in self.points if _key(point) not in new), *other.points]
        missing = [*(point for point in self.missing if _key(point) not in new), *other.missing]
        models = self.models | other.models
        names = list(models)
        points.sort(key=lambda point: (point.size, point.batch, names.index(point.model)))
        return Sweep(tuple(points), tuple(missing), models, self.device, other.pace, other.load or self.load)

    def architectures(self, size: int | None = None) -> list[dict[str, Any]]:
        """Time for one picture, model by model, as claims.judge(measured={"architectures": ...}) takes it.

        size: one that was swept; None takes the largest. Raises VislabError if one picture was not timed there.
        """
        single = [point for point in self.points if point.batch == 1]
        if size is None:
            size = max((point.size for point in single), default=0)
        rows = [
            {"name": point.model, "task": point.task, "size": size, "macs": point.macs,
             "macs_a_pixel": point.macs / size**2, "latency_s": asdict(spread_of(point.times))}
            for point in single if point.size == size
        ]  # fmt: skip
        if not rows:
            raise VislabError(f"this sweep timed no single picture of {size} px; sweep with batches=(1,) at that size")
        return rows

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, strings, lists and None, for JSON."""
        plain: dict[str, Any] = without_nan({"format": FORMAT, "kind": "sweep"} | asdict(self))
        return plain

    @classmethod
    def from_dict(cls, plain: Any) -> "Sweep":
        """The sweep that `to_dict` gave; raises VislabError for anything else, and for impossible figures."""
        if not isinstance(plain, Mapping) or plain.get("kind") != "sweep":
            raise VislabError("this is no sweep; give what Sweep.to_dict gave")
        if plain.get("format") != FORMAT:
            wrong = f"this sweep is of format {plain.get('format')!r}"
            raise VislabError(f"{wrong}, but this vislab reads {FORMAT}; sweep anew")
        try:
            points = tuple(Point(**{**point, "times": tuple(point["times"])}) for point in plain["points"])
            missing = tuple(Missing(**point) for point in plain["missing"])
            sweep = cls(points, missing, dict(plain["models"]), str(plain["device"]), float(plain["pace"]),
                        str(plain.get("load", "")))  # fmt: skip
        except (KeyError, TypeError, ValueError) as error:
            raise VislabError(f"this sweep is not whole ({error}); sweep anew") from error
        for point in points:
            numbers = (*point.times, point.size, point.batch, point.macs, point.estimate, point.memory,
                       point.memory_estimate, point.activations)  # fmt: skip
            if point.model not in sweep.models or not point.times or not all(is_number(n) and n > 0 for n in numbers):
                raise VislabError(f"this sweep's {point.model} at {point.size} px is impossible ({point}); sweep anew")
        return sweep

    def __iter__(self) -> Iterator[Point]:
        return iter(self.points)

    def __len__(self) -> int:
        return len(self.points)

    def __repr__(self) -> str:
        head = ("size", "batch", "model", "ms a picture", "(95 % interval)", "estimate", "ratio", "M mult-adds", "MB",
                "estimate")  # fmt: skip
        table = lay_out([head, *map(_cells, self.points)], rules=(1,), right=(0, 1, *range(3, len(head))))
        repeats = " or ".join(map(str, sorted({len(point.times) for point in self.points})))
        notes = [
            f"{self.device}; {repeats or 'no'} repeats, models interleaved. Estimates: multiply-adds at the pace of "
            f"a plain convolution here, {self.pace / 1e9:,.0f} billion a second; the model and its largest layer. "
            "ratio: measured / estimate. MB: tensors at once.",
            *sorted({point.no_energy for point in self.points if point.no_energy}),
            *([self.load] if self.load else []),
            *(f"{m.model} at {m.size} px, batch {m.batch}, is left out: {m.why}" for m in self.missing),
        ]
        return "\n".join([*table, "", *(line for note in notes for line in textwrap.wrap(note, WIDE))])


def _cells(point: Point) -> tuple[str, ...]:
    """A point's row of the table."""
    low, high = (_milliseconds(end / point.batch) for end in point.interval)
    return (f"{point.size}", f"{point.batch}", point.model, _milliseconds(point.each), f"({low}–{high})",
            _milliseconds(point.estimate / point.batch), f"{point.ratio:.1f}", f"{point.macs / 1e6:,.1f}",
            f"{point.memory / 1e6:,.1f}", f"{point.memory_estimate / 1e6:,.1f}")  # fmt: skip


class _Key(NamedTuple):
    """What a point is of."""

    model: str
    size: int
    batch: int


def _key(point: Point | Missing) -> _Key:
    return _Key(point.model, point.size, point.batch)


def _milliseconds(seconds: float) -> str:
    """Milliseconds to three significant digits."""
    value = 1e3 * seconds
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"
