"""The figures that the cost explorer shows: a cell for each model, size and batch, from sweeps and from studies."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from vislab.costs.compute.sweep_result import Missing, Point, Sweep
from vislab.evaluation.answers.questions import QUESTIONS
from vislab.studies.claims.read_results import Study


class Cost(NamedTuple):
    """A cost in words, its unit, the factor from seconds, bytes or numbers to it, and the note below its bars."""

    words: str
    unit: str
    scale: float
    note: str = ""


COSTS = {
    "each": Cost("time a picture", "ms", 1e3, "◇ at the pace of a plain convolution here"),
    "throughput": Cost("pictures a second", "", 1.0, "more is better"),
    "memory": Cost("memory at once", "MB", 1e-6, "◇ the model and its largest layer"),
    "activations": Cost("activations", "MB", 1e-6, "all layers' outputs, which training keeps"),
    "macs": Cost("multiply-adds a picture", "million", 1e-6, "counted by layer"),
    "parameters": Cost("parameters", "thousand", 1e-3, "numbers learned"),
    "disk": Cost("weights on disk", "MB", 1e-6, "as float32"),
    "energy": Cost("energy a picture", "mJ", 1e3),
    "training": Cost("time to train", "s", 1.0, "once, in the study"),
}
Figure = list[float | None]  # value, the ends of its interval, estimate; None if not known
Cell = dict[str, Any]


def figure(cost: str, value: float | None, low: float | None = None, high: float | None = None,
           estimate: float | None = None) -> Figure:  # fmt: skip
    """A cost as the browser takes it, in its unit."""
    return [None if number is None or not math.isfinite(number) else float(f"{COSTS[cost].scale * number:.4g}")
            for number in (value, low, high, estimate)]  # fmt: skip


def _times(median: float | None, low: float | None, high: float | None, estimate: float | None) -> dict[str, Figure]:
    """Seconds a picture as both figures; the low end of the time is the high end of the throughput."""
    rates = (seconds and 1 / seconds for seconds in (median, high, low))
    return {"each": figure("each", median, low, high, estimate), "throughput": figure("throughput", *rates)}


def cell(model: str, size: int, batch: int, values: dict[str, Figure], why: dict[str, str]) -> Cell:
    """A cell, without figures of which nothing is known; why: cost → the reason."""
    known = {cost: numbers for cost, numbers in values.items() if any(number is not None for number in numbers)}
    short = {cost: reason.removeprefix("energy was not measured: ") for cost, reason in why.items()}
    return {"model": model, "size": size, "batch": batch, "values": known, "why": short}


def of_point(point: Point) -> Cell:
    """A point of a sweep; one that has no times yet holds estimates alone."""
    each: float | None = None
    low: float | None = None
    high: float | None = None
    if point.times:
        each, (low, high) = point.each, (end / point.batch for end in point.interval)
    values = _times(each, low, high, point.estimate / point.batch) | {
        "memory": figure("memory", point.memory or None, estimate=point.memory_estimate),
        "activations": figure("activations", point.activations),
        "macs": figure("macs", point.macs),
        "energy": figure("energy", point.energy),
    }
    return cell(point.model, point.size, point.batch, values, {"energy": point.no_energy} if point.no_energy else {})


def of_missing(missing: Missing) -> Cell:
    """A point that could not be measured: the reason stands at its time."""
    return cell(missing.model, missing.size, missing.batch, {}, {"each": missing.why, "memory": missing.why})


def of_sweep(sweep: Sweep) -> list[Cell]:
    """All its points."""
    return [*map(of_point, sweep.points), *map(of_missing, sweep.missing)]


def of_study(study: Study) -> list[Cell]:
    """What a study measured of each of its models: one picture at a time, at its size.

    Four of five times lie between the ends of the interval.
    """
    cells = []
    for name, model in study.models.items():
        cost, raw = model["cost"], _raw_cost(study, name)
        latency = cost.get("latency_s") or {}
        median, low, high = (latency.get(end) for end in ("median", "p10", "p90"))
        values = _times(median, low, high, raw.get("latency_estimate_s")) | {
            "memory": figure("memory", cost.get("peak_memory_bytes"), estimate=raw.get("memory_estimate_bytes")),
            "activations": figure("activations", raw.get("activations_bytes")),
            "macs": figure("macs", cost.get("macs")),
            "energy": figure("energy", cost.get("energy_j")),
        }
        why = {"energy": cost["notes"]["energy"]} if "energy" in cost.get("notes", {}) else {}
        cells.append(cell(name, int(study.data["size"]), 1, values, why))
    return cells


def _raw_cost(study: Study, name: str) -> dict[str, float]:
    """Costs in the study's file that its reader leaves out, if they are numbers above 0."""
    model = study.raw.get("models", {}).get(name)
    cost = model.get("cost") if isinstance(model, Mapping) else None
    raw = cost if isinstance(cost, Mapping) else {}
    keys = ("latency_estimate_s", "memory_estimate_bytes", "activations_bytes", "disk_bytes")
    return {key: float(raw[key]) for key in keys if _is_above_zero(raw.get(key))}


def _is_above_zero(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value > 0


def model_rows(study: Study | None, sweep: Sweep | None) -> list[dict[str, Any]]:
    """The models in their order: name, own costs whatever the pictures, errors by question, in their units."""
    names = list(dict.fromkeys([*(study.models if study else ()), *(sweep.models if sweep else ())]))
    rows = []
    for name in names:
        studied = study.models.get(name, {}) if study else {}
        cost, swept = studied.get("cost", {}), sweep.models.get(name, {}) if sweep else {}
        disk = swept.get("disk_bytes") or (_raw_cost(study, name).get("disk_bytes") if study else None)
        own = {
            "parameters": figure("parameters", swept.get("parameters") or cost.get("parameters")),
            "disk": figure("disk", disk),
            "training": figure("training", cost.get("training_s")),
        }
        known = {key: numbers for key, numbers in own.items() if numbers[0] is not None}
        rows.append({"name": name, "own": known, "errors": _errors(studied.get("answers", {}))})
    return rows


def _errors(answers: Mapping[str, Mapping[str, float]]) -> dict[str, list[float]]:
    """Question → error and the ends of its 95 % interval, in the question's unit; what is not known is left out."""
    found = {}
    for name, question in QUESTIONS.items():
        three = [answers.get(name, {}).get(end, math.nan) for end in (question.measure, "low", "high")]
        if all(math.isfinite(value) for value in three):
            found[name] = [round(question.scale * value, question.decimals + 2) for value in three]
    return found


def table(models: Iterable[Mapping[str, Any]], cells: Iterable[Cell], size: int, batch: int) -> list[list[str]]:
    """Every model's costs at one size and batch, as rows of words under a heading."""
    here = {cell["model"]: cell for cell in cells if (cell["size"], cell["batch"]) == (size, batch)}
    rows = [["", *(f"{cost.words}, {cost.unit}" if cost.unit else cost.words for cost in COSTS.values())]]
    for model in models:
        values = model["own"] | here.get(model["name"], {"values": {}})["values"]
        rows.append([model["name"], *(_in_words(values.get(cost)) for cost in COSTS)])
    return rows


def _in_words(numbers: Figure | None) -> str:
    """A figure with its interval and its estimate."""
    value, low, high, estimate = numbers or [None] * 4
    words = "not measured" if value is None else f"{value:g}"
    words += f" ({low:g}–{high:g})" if low is not None and high is not None else ""
    return words + (f", estimate {estimate:g}" if estimate is not None else "")
