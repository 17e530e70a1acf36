"""The figures that the cost explorer shows: a cell for each model, size and batch, from sweeps and from studies."""

from collections.abc import Iterable, Mapping
from typing import Any

from vislab.costs.compute.sweep_result import Point, Sweep
from vislab.costs.kinds import COST_KINDS
from vislab.evaluation.answers.questions import QUESTIONS, known_errors
from vislab.studies.claims.one_study import Study

COSTS = {  # name here and in the browser → the cost in results.json
    "each": "latency_s", "throughput": "throughput_per_s", "memory": "peak_memory_bytes",
    "activations": "activations_bytes", "macs": "macs", "parameters": "parameters", "disk": "disk_bytes",
    "energy": "energy_j", "training": "training_s",
}  # fmt: skip
KINDS = {name: COST_KINDS[cost] for name, cost in COSTS.items()}
OWN = ("parameters", "disk", "training")  # of a model, whatever the pictures
Figure = list[float | None]  # value, the ends of its interval, estimate; None if not known
Cell = dict[str, Any]


def figure(cost: str, value: float | None, low: float | None = None, high: float | None = None,
           estimate: float | None = None) -> Figure:  # fmt: skip
    """A cost as the browser takes it, in its unit."""
    numbers = (value, low, high, estimate)
    return [None if number is None else float(f"{KINDS[cost].scale * number:.4g}") for number in numbers]


def _times(median: float | None, low: float | None, high: float | None, estimate: float | None) -> dict[str, Figure]:
    """Seconds a picture as both figures; the low end of the time is the high end of the throughput."""
    rates = (seconds and 1 / seconds for seconds in (median, high, low))
    return {"each": figure("each", median, low, high, estimate), "throughput": figure("throughput", *rates)}


def cell(model: str, size: int, batch: int, values: dict[str, Figure], why: dict[str, str]) -> Cell:
    """A cell, without the figures that are not known; why: cost → the reason."""
    known = {cost: numbers for cost, numbers in values.items() if any(number is not None for number in numbers)}
    short = {cost: reason.removeprefix("energy was not measured: ") for cost, reason in why.items()}
    return {"model": model, "size": size, "batch": batch, "values": known, "why": short}


def of_point(point: Point) -> Cell:
    """A point of a sweep; one that has no times yet holds estimates alone."""
    seconds = (point.seconds, *point.interval) if point.times else ()
    times: list[float | None] = [number / point.batch for number in seconds] or [None] * 3
    each, low, high = times
    values = _times(each, low, high, point.estimate / point.batch) | {
        "memory": figure("memory", point.memory or None, estimate=point.memory_estimate),
        "activations": figure("activations", point.activations),
        "macs": figure("macs", point.macs),
        "energy": figure("energy", point.energy),
    }
    return cell(point.model, point.size, point.batch, values, {"energy": point.no_energy} if point.no_energy else {})


def of_sweep(sweep: Sweep) -> list[Cell]:
    """All its points; if one could not be measured, the reason stands at its time and its memory."""
    missing = (cell(m.model, m.size, m.batch, {}, {"each": m.why, "memory": m.why}) for m in sweep.missing)
    return [*map(of_point, sweep.points), *missing]


def of_study(study: Study) -> list[Cell]:
    """What a study measured of each of its models: one picture at a time, at its size.

    Four of five times lie between the ends of the interval.
    """
    cells = []
    for name, model in study.models.items():
        cost = model["cost"]
        latency = cost.get("latency_s") or {}
        median, low, high = (latency.get(end) for end in ("median", "p10", "p90"))
        values = _times(median, low, high, cost.get("latency_estimate_s")) | {
            key: figure(key, cost.get(COSTS[key]), estimate=cost.get(KINDS[key].estimate))
            for key in ("memory", "activations", "macs", "energy")
        }
        why = {"energy": cost["notes"]["energy"]} if "energy" in cost.get("notes", {}) else {}
        cells.append(cell(name, int(study.data["size"]), 1, values, why))
    return cells


def model_rows(study: Study | None, sweep: Sweep | None) -> list[dict[str, Any]]:
    """The models in their order: name, own costs whatever the pictures, errors by question, in their units."""
    names = dict.fromkeys([*(study.models if study else ()), *(sweep.models if sweep else ())])
    rows = []
    for name in names:
        studied = study.models.get(name, {}) if study else {}
        swept = sweep.models.get(name, {}) if sweep else {}
        own = {key: figure(key, swept.get(COSTS[key]) or studied.get("cost", {}).get(COSTS[key])) for key in OWN}
        known = {key: numbers for key, numbers in own.items() if numbers[0] is not None}
        errors = {key: [round(QUESTIONS[key].scale * end, QUESTIONS[key].decimals + 2) for end in ends]
                  for key, ends in known_errors(studied.get("answers", {})).items()}  # fmt: skip
        rows.append({"name": name, "own": known, "errors": errors})
    return rows


def table(models: Iterable[Mapping[str, Any]], cells: Iterable[Cell], size: int, batch: int) -> list[list[str]]:
    """Every model's costs at one size and batch, as rows of words under a heading."""
    here = {cell["model"]: cell for cell in cells if (cell["size"], cell["batch"]) == (size, batch)}
    rows = [["", *(f"{kind.brief}, {kind.unit}" if kind.unit else kind.brief for kind in KINDS.values())]]
    for model in models:
        values = model["own"] | here.get(model["name"], {"values": {}})["values"]
        rows.append([model["name"], *(_in_words(values.get(cost)) for cost in COSTS)])
    return rows


def _in_words(numbers: Figure | None) -> str:
    """A figure with its interval and its estimate."""
    value, low, high, estimate = numbers or [None] * 4
    words = "not measured" if value is None else f"{value:g}"
    words += "" if low is None or high is None else f" ({low:g}–{high:g})"
    return words if estimate is None else f"{words}, estimate {estimate:g}"
