"""The figures that the cost explorer shows: a cell for each model, size and batch, from sweeps and from studies."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from vislab.costs.compute.sweep_result import Missing, Point, Sweep
from vislab.evaluation.answers.cells import QUESTIONS
from vislab.studies.claims.read_results import Study

COSTS = {  # cost: in words, its unit, and what seconds, bytes and numbers are multiplied with
    "each": ("time a picture", "ms", 1e3),
    "throughput": ("pictures a second", "", 1.0),
    "memory": ("memory at once", "MB", 1e-6),
    "activations": ("activations", "MB", 1e-6),
    "macs": ("multiply-adds a picture", "million", 1e-6),
    "parameters": ("parameters", "thousand", 1e-3),
    "disk": ("weights on disk", "MB", 1e-6),
    "energy": ("energy a picture", "mJ", 1e3),
    "training": ("time to train", "s", 1.0),
}
OWN = ("parameters", "disk")  # of the model, whatever the pictures
ABOUT = {  # what stands below a cost's bars
    "each": "◇ at the pace of a plain convolution here",
    "memory": "◇ the model and its largest layer",
    "throughput": "more is better",
    "activations": "all layers' outputs, which training keeps",
    "macs": "counted by layer",
    "parameters": "numbers learned",
    "disk": "as float32",
    "training": "once, in the study",
}
Cell = dict[str, Any]


def figure(cost: str, value: float | None, low: float | None = None, high: float | None = None,
           estimate: float | None = None) -> list[float | None]:  # fmt: skip
    """A cost as the browser takes it, in its unit: value, the ends of its interval, estimate; None where not known."""
    scale = COSTS[cost][2]
    return [None if one is None or not math.isfinite(one) else float(f"{scale * one:.4g}")
            for one in (value, low, high, estimate)]  # fmt: skip


def turned(median: float | None, low: float | None, high: float | None) -> list[float | None]:
    """Seconds a picture as pictures a second; what was the low end becomes the high one."""
    median, low, high = (one and 1 / one for one in (median, high, low))
    return figure("throughput", median, low, high)


def cell(model: str, size: int, batch: int, values: dict[str, list[float | None]], why: dict[str, str]) -> Cell:
    """A cell; values that hold nothing at all are left out, why: cost → the reason."""
    kept = {cost: four for cost, four in values.items() if any(one is not None for one in four)}
    short = {cost: reason.removeprefix("energy was not measured: ") for cost, reason in why.items()}
    return {"model": model, "size": size, "batch": batch, "values": kept, "why": short}


def of_point(point: Point) -> Cell:
    """A point of a sweep; one that has no times yet holds estimates alone."""
    each: tuple[float | None, ...] = (None, None, None)
    if point.times:
        each = (point.each, *(end / point.batch for end in point.interval))
    median, low, high = each
    estimate = point.estimate / point.batch
    values = {
        "each": figure("each", median, low, high, estimate),
        "throughput": turned(median, low, high),
        "memory": figure("memory", point.memory or None, estimate=point.memory_estimate),
        "activations": figure("activations", point.activations),
        "macs": figure("macs", point.macs),
        "energy": figure("energy", point.energy),
    }
    return cell(point.model, point.size, point.batch, values, {"energy": point.no_energy} if point.no_energy else {})


def of_missing(one: Missing) -> Cell:
    """A point that could not be had: the reason stands at its time."""
    return cell(one.model, one.size, one.batch, {}, {"each": one.why, "memory": one.why})


def of_sweep(sweep: Sweep) -> list[Cell]:
    """All its points."""
    return [*map(of_point, sweep.points), *map(of_missing, sweep.missing)]


def of_study(study: Study) -> list[Cell]:
    """What a study measured of each of its models: one picture at a time, at its size.

    The ends of a time are those between which four of five lie.
    """
    cells = []
    for name, told in study.models.items():
        kept, raw = told["cost"], _raw_cost(study, name)
        latency = kept.get("latency_s") or {}
        median, low, high = (latency.get(end) for end in ("median", "p10", "p90"))
        guess = raw.get("latency_estimate_s")
        values = {
            "each": figure("each", median, low, high, guess),
            "throughput": turned(median, low, high),
            "memory": figure("memory", kept.get("peak_memory_bytes"), estimate=raw.get("memory_estimate_bytes")),
            "activations": figure("activations", raw.get("activations_bytes")),
            "macs": figure("macs", kept.get("macs")),
            "energy": figure("energy", kept.get("energy_j")),
        }
        why = {"energy": kept["notes"]["energy"]} if "energy" in kept.get("notes", {}) else {}
        cells.append(cell(name, int(study.data["size"]), 1, values, why))
    return cells


def _raw_cost(study: Study, name: str) -> dict[str, float]:
    """Costs that a study's reader does not keep, as far as they can be."""
    raw = study.raw.get("models", {}).get(name)
    cost = raw.get("cost") if isinstance(raw, Mapping) else None
    given = cost if isinstance(cost, Mapping) else {}
    names = ("latency_estimate_s", "memory_estimate_bytes", "activations_bytes", "disk_bytes")
    return {one: float(given[one]) for one in names if _is_above_zero(given.get(one))}


def _is_above_zero(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value > 0


def who(study: Study | None, sweep: Sweep | None) -> list[dict[str, Any]]:
    """The models in their order: name, own costs (those of OWN, and "training"), errors by question, in their units."""
    names = list(dict.fromkeys([*(study.models if study else ()), *(sweep.models if sweep else ())]))
    found = []
    for name in names:
        told = study.models.get(name, {}) if study else {}
        cost, swept = told.get("cost", {}), sweep.models.get(name, {}) if sweep else {}
        disk = swept.get("disk_bytes") or (_raw_cost(study, name).get("disk_bytes") if study else None)
        own = {
            "parameters": figure("parameters", swept.get("parameters") or cost.get("parameters")),
            "disk": figure("disk", disk),
            "training": figure("training", cost.get("training_s")),
        }
        kept = {key: four for key, four in own.items() if four[0] is not None}
        found.append({"name": name, "own": kept, "errors": _errors(told.get("answers", {}))})
    return found


def _errors(answers: Mapping[str, Mapping[str, float]]) -> dict[str, list[float]]:
    """Question → error and the ends of its 95 % interval, in the question's unit; what is not known is left out."""
    found = {}
    for question, (measure, _, _, times, _, places) in QUESTIONS.items():
        three = [answers.get(question, {}).get(end, math.nan) for end in (measure, "low", "high")]
        if all(math.isfinite(value) for value in three):
            found[question] = [round(times * value, places + 2) for value in three]
    return found


def text(models: Iterable[Mapping[str, Any]], cells: Iterable[Cell], size: int, batch: int) -> list[list[str]]:
    """Every model's costs at one size and batch, as rows of words under a heading."""
    here = {one["model"]: one for one in cells if (one["size"], one["batch"]) == (size, batch)}
    rows = [["", *(f"{words}, {unit}" if unit else words for words, unit, _ in COSTS.values())]]
    for model in models:
        values = model["own"] | here.get(model["name"], {"values": {}})["values"]
        rows.append([model["name"], *(_words(values.get(cost)) for cost in COSTS)])
    return rows


def _words(four: list[float | None] | None) -> str:
    """A figure with its interval and its estimate."""
    if four is None:
        return "not measured"
    value, low, high, estimate = four
    told = "not measured" if value is None else f"{value:g}"
    told += f" ({low:g}–{high:g})" if low is not None and high is not None else ""
    return told + (f", estimate {estimate:g}" if estimate is not None else "")
