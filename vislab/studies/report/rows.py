"""What the comparison page shows of one study, as rows of text with the exact figure behind each."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vislab.evaluation.answers.cells import OWN_SCORES, UNANSWERED, UNKNOWN, answer_cell, own_score
from vislab.evaluation.answers.questions import QUESTIONS
from vislab.studies.claims.advice import LABELS
from vislab.studies.claims.read_results import Study
from vislab.studies.table import COSTS, cost_cell

SHOWN = ("latency_s", "throughput_per_s", "training_s", "peak_memory_bytes", "parameters", "macs", "labelling_s")
TITLES = {
    "latency_s": "Time to answer one picture",
    "throughput_per_s": "Pictures a second, many at once",
    "training_s": "Time to train",
    "peak_memory_bytes": "Memory for one picture",
    "parameters": "Numbers learned (parameters)",
    "macs": "Multiply-adds of a picture",
    "labelling_s": "Time to label a picture (estimate)",
}
MADE = {  # of "data" and "machine": how the page names it
    "name": "pictures",
    "train": "trained on",
    "valid": "chosen by",
    "test": "tested on",
    "size": "pixels a side",
    "seed": "seed",
    "epochs": "passes over the training pictures",
    "minutes": "minutes of training, each model",
    "device": "device",
    "threads": "threads",
    "system": "system",
    "python": "Python",
    "torch": "PyTorch",
    "vislab": "vislab",
}


@dataclass(frozen=True)
class Cell:
    """A figure as text. value: as results.json has it, "" without one; at: where it stands there."""

    text: str
    value: str = ""
    at: str = ""


@dataclass(frozen=True)
class Row:
    """A model or baseline, and its cells."""

    name: str
    kind: str
    cells: list[Cell]


@dataclass(frozen=True)
class Bar:
    """One bar of a chart, its places in percent of the width; text: the figure. low and high: None without a range."""

    name: str
    kind: str
    text: str
    value: float
    low: float | None
    high: float | None
    first: bool


@dataclass(frozen=True)
class Chart:
    """Bars from zero on one scale. note: what is said below, "" for nothing. extreme: what the marked bars are."""

    title: str
    bars: list[Bar]
    note: str
    extreme: str = "least"


def answer_rows(study: Study, index: int) -> list[Row]:
    """Models and baselines by the four questions, and the models' own scores."""
    rows = []
    for kind, many in (("models", study.models), ("baselines", study.baselines)):
        for name, told in many.items():
            cells = []
            for question, asked in QUESTIONS.items():
                measure = asked.measure
                text = answer_cell(question, told["answers"])
                exact = text not in (UNANSWERED, UNKNOWN)
                value = repr(told["answers"][question][measure]) if exact else ""
                cells.append(Cell(text, value, f"{index}/{kind}/{name}/answers/{question}/{measure}" if exact else ""))
            own = OWN_SCORES.get(name, "")
            if own in told["scores"]:
                score = repr(told["scores"][own])
                cells.append(Cell(own_score(name, told["scores"]), score, f"{index}/{kind}/{name}/scores/{own}"))
            else:
                cells.append(Cell(UNANSWERED))
            rows.append(Row(name, kind, cells))
    return rows


def cost_rows(study: Study, index: int) -> list[Row]:
    """Models by what they cost."""
    rows = []
    for name, told in study.models.items():
        cells = []
        for cost in COSTS:
            value = told["cost"].get(cost)
            inner = "/median" if isinstance(value, Mapping) else ""
            number = value["median"] if isinstance(value, Mapping) else value
            at = f"{index}/models/{name}/cost/{cost}{inner}"
            cells.append(Cell(cost_cell(cost, told["cost"]), *(("", "") if value is None else (repr(number), at))))
        rows.append(Row(name, "models", cells))
    return rows


def answer_charts(study: Study) -> list[Chart]:
    """A chart a question: errors with their 95 % intervals; who cannot say is named below it."""
    charts = []
    for question, asked in QUESTIONS.items():
        measure = asked.measure
        found = [
            (name, "model" if name in study.models else "baseline", one["answers"][question])
            for name, one in study.who().items()
            if question in one["answers"] and not math.isnan(one["answers"][question][measure])
        ]
        bars = _bars([
            (name, kind, answer_cell(question, {question: error}), error[measure], error["low"], error["high"])
            for name, kind, error in found
        ])  # fmt: skip
        silent = [name for name in study.models if question not in study.models[name]["answers"]]
        note = f"Not trained to say: {', '.join(silent)}." if silent else ""
        title = f"{asked.heading} {asked.column}".capitalize()
        charts.append(Chart(title, bars, note if bars else "Nobody can tell here."))
    return charts


def cost_charts(study: Study) -> list[Chart]:
    """A chart a cost; the times of one picture with the ends that four of five lie between."""
    charts = []
    for cost in SHOWN:
        found = []
        for name, told in study.models.items():
            value, text = told["cost"].get(cost), cost_cell(cost, told["cost"])
            if isinstance(value, Mapping):
                found.append((name, "model", text, value["median"], value["p10"], value["p90"]))
            elif value is not None:
                found.append((name, "model", text, float(value), None, None))
        most = cost == "throughput_per_s"
        note = "Not measured." if not found else "More is better." if most else ""
        charts.append(Chart(TITLES[cost], _bars(found, most), note, "most" if most else "least"))
    return charts


def _bars(found: list[tuple[str, str, str, float, float | None, float | None]], most: bool = False) -> list[Bar]:
    """Bars on the scale of the largest end; those of the least value are marked (the `most`), unless all are alike."""
    longest = max((high or value for _, _, _, value, _, high in found), default=0.0) or 1.0
    values = {one[3] for one in found}
    marked = (max if most else min)(values) if len(values) > 1 else None
    scale = 97 / longest  # percent: the whisker's cap stays inside
    return [
        Bar(name, kind, text, scale * value, None if low is None else scale * low,
            None if high is None else scale * high, value == marked)
        for name, kind, text, value, low, high in found
    ]  # fmt: skip


def told_of(study: Study, task: str) -> str:
    """What a task gave and cost, in sentences made of its figures."""
    told, cost = study.models[task], study.models[task]["cost"]
    said = [
        f"{asked.error.format(answer_cell(question, told['answers']))} ({asked.wording})"
        for question, asked in QUESTIONS.items()
        if answer_cell(question, told["answers"]) not in (UNANSWERED, UNKNOWN)
    ]
    silent = [asked.wording for question, asked in QUESTIONS.items() if question not in told["answers"]]
    parts = [f"Learns from {LABELS[task]}."] if task in LABELS else []
    parts.append(f"It is {_list(said)}." if said else "None of its answers can be checked on these pictures.")
    if silent:
        parts.append(f"It cannot say: {' '.join(silent)}")
    if cost.get("training_s") is not None:
        parts.append(f"Training took {cost_cell('training_s', cost)}.")
    if cost.get("labelling_s") is not None:
        hours = cost["labelling_s"] * study.data["train"] / 3600
        parts.append(
            f"Labels for the {study.data['train']:,} pictures would take {hours:,.3g} hours, by published seconds: "
            f"{cost['notes'].get('labelling', 'an estimate')}."
        )
    if cost.get("latency_s"):
        parts.append(f"One picture is answered in {cost_cell('latency_s', cost)}{_beside(study, task)}.")
    return " ".join(parts)


def _beside(study: Study, task: str) -> str:
    """How many times the time of the quickest model that is."""
    measured = {name: one["cost"].get("latency_s") for name, one in study.models.items()}
    times = {name: latency["median"] for name, latency in measured.items() if latency}
    quickest = min(times, key=lambda name: times[name])
    if quickest == task:
        return ", the least of all" if len(times) > 1 else ""
    return f", {times[task] / times[quickest]:.1f} times as long as {quickest}"


def made_with(study: Study) -> list[tuple[str, str]]:
    """How it was measured: pictures, training, machine, versions."""
    rows = []
    for name, title in MADE.items():
        value: Any = study.data.get(name, study.machine.get(name))
        if value is not None:
            plain = isinstance(value, (int, float)) and not isinstance(value, bool) and name != "seed"
            text = f"{value:,g}" if plain and abs(value) < 1e6 else str(value)
            rows.append((title, f"{text} pictures" if name in ("train", "valid", "test") else text))
    rows.append(("kind of pictures", "drawn by a program, with exact truth" if study.drawn else "not drawn by vislab"))
    return rows


def _list(words: list[str]) -> str:
    return ", and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
