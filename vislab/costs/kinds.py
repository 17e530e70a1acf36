"""The costs, declared once: what each is called, in which unit, and how it is printed, by its key in results.json."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class CostKind:
    """A cost of a model.

    name: in a sentence. brief, unit, scale: its words, unit and factor (from seconds, joules, bytes or numbers) in the
    explorer; note: below its bars there. heading: the two lines above its column of a study's table, which prints it
    by `cell`; both are empty if it has no column. estimate: the key of what arithmetic alone expects, or "".
    """

    name: str
    brief: str = ""
    unit: str = ""
    scale: float = 1.0
    note: str = ""
    heading: tuple[str, str] = ("", "")
    cell: Callable[[Any], str] = str
    estimate: str = ""

    @property
    def title(self) -> str:
        """The name above a chart."""
        return self.name[0].upper() + self.name[1:]


def _latency_cell(seconds: Mapping[str, float]) -> str:
    median, low, high = (1e3 * seconds[end] for end in ("median", "p10", "p90"))
    return f"{median:.1f} ms ({low:.1f}–{high:.1f})" if low < high else f"{median:.1f} ms"


def _labelling_cell(seconds: float) -> str:
    return f"{seconds:,.0f} s" if seconds < 120 else f"{seconds / 60:,.0f} min"


COST_KINDS = {
    "training_s": CostKind("time to train on the same pictures", "time to train", "s", 1.0, "once, in the study",
                           ("trained", "in"), "{:.0f} s".format),
    "latency_s": CostKind("time to answer one picture", "time a picture", "ms", 1e3,
                          "◇ at the pace of a plain convolution here", ("one picture", "answered in"), _latency_cell,
                          "latency_estimate_s"),
    "throughput_per_s": CostKind("pictures a second, many at once", "pictures a second", "", 1.0, "more is better",
                                 ("pictures", "a second"), "{:,.0f}".format),
    "peak_memory_bytes": CostKind("memory for one picture", "memory at once", "MB", 1e-6,
                                  "◇ the model and its largest layer", ("most", "memory"),
                                  lambda size: f"{size / 1e6:,.1f} MB", "memory_estimate_bytes"),
    "parameters": CostKind("parameters", "parameters", "thousand", 1e-3, "numbers learned", ("parameters", ""),
                           lambda count: f"{count / 1e6:.2f} M"),
    "macs": CostKind("multiply-adds of a picture", "multiply-adds a picture", "million", 1e-6, "counted by layer",
                     ("multiply-", "adds"), lambda count: f"{count / 1e6:,.0f} M"),
    "labelling_s": CostKind("time to label a picture (estimate)", heading=("labels of", "a picture"),
                            cell=_labelling_cell),
    "activations_bytes": CostKind("layers' outputs", "activations", "MB", 1e-6,
                                  "all layers' outputs, which training keeps"),
    "disk_bytes": CostKind("weights on disk", "weights on disk", "MB", 1e-6, "as float32"),
    "energy_j": CostKind("energy a picture", "energy a picture", "mJ", 1e3),
}  # fmt: skip
IN_TABLES = [key for key, kind in COST_KINDS.items() if any(kind.heading)]
