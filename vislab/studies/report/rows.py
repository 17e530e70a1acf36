"""What the comparison page shows of one study, as rows of text with the exact figure behind each."""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from vislab.costs.kinds import COST_KINDS, IN_TABLES
from vislab.errors import is_number
from vislab.evaluation.answers.questions import QUESTIONS, UNANSWERED, UNKNOWN, answer_cell
from vislab.evaluation.evaluate import OWN_SCORES, own_score
from vislab.evaluation.in_common import judged_on_some
from vislab.studies.claims.card_evidence import LABELS
from vislab.studies.claims.one_study import Study
from vislab.studies.claims.verdicts import join_words
from vislab.studies.guests import NOT_TOLD
from vislab.studies.results import cost_cell, told_cell
from vislab.training.course import describe, why_unfinished

CONDITIONS = {  # of "data" and "machine": how the page names it
    "name": "pictures",
    "train": "trained on",
    "valid": "chosen by",
    "test": "tested on",
    "size": "pixels a side",
    "encoder": "encoder of all models",
    "seed": "seed",
    "epochs": "passes over the training pictures",
    "minutes": "minutes of training, each model",
    "device": "device",
    "threads": "threads",
    "busy_elsewhere": "cores that other programs kept busy while costs were measured",
    "system": "system",
    "python": "Python",
    "torch": "PyTorch",
    "vislab": "vislab",
}

TRAINING_HEADS = ("steps", "passes", "score on validation pictures, halfway → end", "judged?")
TIMED_ONCE = ("training_s", "throughput_per_s")  # times without a range
ONCE = "Timed once, so none is called first."
SAME_MINUTES = "Every model had the same minutes."


class Cell(NamedTuple):
    """A figure as text. value: as results.json has it, "" without one; at: where it stands there."""

    text: str
    value: str = ""
    at: str = ""


class Row(NamedTuple):
    """A model, guest or baseline, and its cells."""

    name: str
    kind: str
    cells: list[Cell]


class Bar(NamedTuple):
    """One bar of a chart; text: the figure. kind: "model", "guest" or "baseline". low, high: None without a range.

    some: of how many pictures a guest's is, "" if of all; of some alone, perhaps the easy ones, it is never first.
    """

    name: str
    kind: str
    text: str
    value: float
    low: float | None = None
    high: float | None = None
    some: str = ""


class Chart(NamedTuple):
    """Bars from zero on one scale. note: below the bars, or "". most: whether the largest is marked, not the least.

    unmarked: whether no bar is marked, as times without a range, or the same budget for all, tell no first.
    """

    title: str
    bars: list[Bar]
    note: str
    most: bool = False
    unmarked: bool = False

    @property
    def scale(self) -> float:
        """From a value to percent of the width: the whisker's cap of the longest stays inside."""
        return 97 / (max((bar.high or bar.value for bar in self.bars), default=0.0) or 1.0)

    @property
    def marked(self) -> float | None:
        """The value of the bar that is surely first; None if ranges meet, figures read alike, or none is."""
        sign = -1 if self.most else 1
        bars = sorted((bar for bar in self.bars if not bar.some), key=lambda bar: sign * bar.value)
        if self.unmarked or len(bars) < 2 or bars[0].text == bars[1].text:
            return None
        first, *others = ([sign * end for end in _ends(bar)] for bar in bars)
        return bars[0].value if all(max(first) < min(other) for other in others) else None


def _ends(bar: Bar) -> tuple[float, float]:
    return (bar.value, bar.value) if bar.low is None or bar.high is None else (bar.low, bar.high)


def answer_rows(study: Study, index: int) -> list[Row]:
    """Models, guests and baselines by the questions, and own scores. index: of the study in the file's results."""
    return [
        Row(name, kind, _answer_cells(entry.get("task", name), entry, f"{index}/{kind}/{name}"))
        for kind, entries in _kinds(study).items()
        for name, entry in entries.items()
    ]


def _kinds(study: Study) -> dict[str, dict[str, dict[str, Any]]]:
    """Everyone by kind, as results.json has them."""
    return {"models": study.models, "guests": study.guests, "baselines": study.baselines}


def _answer_cells(task: str, entry: Mapping[str, Any], at: str) -> list[Cell]:
    answers, scores = entry["answers"], entry["scores"]
    cells = []
    for asked, question in QUESTIONS.items():
        error = answers.get(asked, {}).get(question.measure)
        cells.append(_cell(answer_cell(asked, answers), error, f"{at}/answers/{asked}/{question.measure}"))
    own = OWN_SCORES.get(task, "")
    text = own_score(task, scores) if own in scores else UNANSWERED
    return [*cells, _cell(text, scores.get(own), f"{at}/scores/{own}")]


def _cell(text: str, value: float | None, at: str) -> Cell:
    """A figure and where it stands, or a text alone if it is not known."""
    return Cell(text) if value is None or math.isnan(value) else Cell(text, repr(value), at)


def cost_rows(study: Study, index: int) -> list[Row]:
    """Models by what they cost, and guests by what they tell of it. index: as of `answer_rows`."""
    return [
        Row(name, kind, [_cost(one["cost"], cost, cell, f"{index}/{kind}/{name}/cost/{cost}") for cost in IN_TABLES])
        for kind, entries, cell in (("models", study.models, cost_cell), ("guests", study.guests, told_cell))
        for name, one in entries.items()
    ]


def _cost(costs: Mapping[str, Any], cost: str, cell: Callable[[str, Mapping[str, Any]], str], at: str) -> Cell:
    value, text = costs.get(cost), cell(cost, costs)
    return _cell(text, value["median"], f"{at}/median") if isinstance(value, Mapping) else _cell(text, value, at)


def training_rows(study: Study, index: int) -> list[Row]:
    """Models by how far their training came, and whether they are judged; without those of whom nobody kept it.

    index: as of `answer_rows`.
    """
    rows = []
    for name, model in study.models.items():
        if course := model["training"]:
            at, why = f"{index}/models/{name}/training", why_unfinished(course)
            steps = _cell(f"{course['steps']:,}", course["steps"], f"{at}/steps")
            passes = _cell(f"{course['passes']:.3g}", course["passes"], f"{at}/passes")
            score = _cell(describe(course) or UNANSWERED, course["end"], f"{at}/end")
            rows.append(Row(name, "models", [steps, passes, score, Cell(f"no: it {why}" if why else "yes")]))
    return rows


def answer_charts(study: Study) -> list[Chart]:
    """A chart a question: errors with their 95 % intervals; the models that cannot say are named below it."""
    charts = []
    for name, question in QUESTIONS.items():
        bars = []
        for kind, entries in _kinds(study).items():
            for who, entry in entries.items():
                error = entry["answers"].get(name)
                if error and not math.isnan(error[question.measure]):
                    ends = error[question.measure], error["low"], error["high"]
                    few = kind == "guests" and entry["pictures"] < study.data["test"]
                    some = f"{entry['pictures']:,} of {study.data['test']:,} pictures" if few else ""
                    bars.append(Bar(who, kind.removesuffix("s"), question.figures(error), *ends, some))
        silent = [who for who, model in study.models.items() if name not in model["answers"]]
        note = f"Not trained to say: {', '.join(silent)}." if silent else ""
        title = f"{question.heading} {question.column}".capitalize()
        charts.append(Chart(title, bars, note if bars else "Nobody can tell here."))
    return charts


def cost_charts(study: Study) -> list[Chart]:
    """A chart a cost; the times of one picture without their quickest and slowest tenths."""
    charts = []
    for cost in IN_TABLES:
        bars = []
        for name, one in (study.models | study.guests).items():
            value, text = one["cost"].get(cost), cost_cell(cost, one["cost"])
            kind = "guest" if name in study.guests else "model"
            if isinstance(value, Mapping):
                bars.append(Bar(name, kind, text, value["median"], value["p10"], value["p90"]))
            elif value is not None:
                bars.append(Bar(name, kind, text, float(value)))
        most = cost == "throughput_per_s"
        once = cost in TIMED_ONCE
        note = "Not measured." if not bars else "More is better." if most else ""
        if once and bars:
            note = SAME_MINUTES if cost == "training_s" and study.data.get("minutes") else f"{note} {ONCE}".strip()
        silent = [name for name, guest in study.guests.items() if guest["cost"].get(cost) is None]
        note = f"{note} {NOT_TOLD.capitalize()}: {', '.join(silent)}.".strip() if silent else note
        told = any(bar.kind == "guest" for bar in bars)  # measured elsewhere: nobody is first
        charts.append(Chart(COST_KINDS[cost].title, bars, note, most, once or told))
    return charts


def summary(study: Study, task: str) -> str:
    """What a task gave and cost, in sentences made of its figures."""
    cost = study.models[task]["cost"]
    parts = [f"Learns from {LABELS[task]}."] if task in LABELS else []
    if withheld := study.why_withheld(task):
        parts.append(f"{withheld[0].upper()}{withheld[1:]}.")
    parts.append(_summary_of_answers(study.models[task]["answers"]))
    if cost.get("training_s") is not None:
        parts.append(f"Training took {cost_cell('training_s', cost)}.")
    if cost.get("labelling_s") is not None:
        hours = cost["labelling_s"] * study.data["train"] / 3600
        parts.append(
            f"Labels for the {study.data['train']:,} pictures would take {hours:,.3g} hours, by published seconds: "
            f"{cost['notes'].get('labelling', 'an estimate')}."
        )
    if cost.get("latency_s"):
        parts.append(f"One picture is answered in {cost_cell('latency_s', cost)}{_beside_quickest(study, task)}.")
    return " ".join(parts)


def guest_summary(study: Study, name: str) -> str:
    """What a guest gave, and what it tells of its costs, in sentences."""
    guest = study.guests[name]
    parts = ["Predicted elsewhere, and read from files."]
    if guest["pictures"] < study.data["test"]:
        parts.append(f"{judged_on_some(name, guest['pictures'], study.data['test'])}.")
    parts.append(_summary_of_answers(guest["answers"]))
    told = [f"{COST_KINDS[key].name} {cost_cell(key, guest['cost'])}" for key in IN_TABLES
            if guest["cost"].get(key) is not None]  # fmt: skip
    notes = guest["cost"]["notes"].get("guest", "")
    parts.append(f"It tells of its costs: {'; '.join(told)}." if told else f"What it costs is {NOT_TOLD}.")
    return " ".join([*parts, f"In its words: {notes}"] if notes else parts)


def _summary_of_answers(answers: Mapping[str, Mapping[str, float]]) -> str:
    texts = {name: answer_cell(name, answers) for name in QUESTIONS}
    errors = [
        f"{question.error.format(texts[name])} ({question.wording})"
        for name, question in QUESTIONS.items()
        if texts[name] not in (UNANSWERED, UNKNOWN)
    ]
    text = (
        f"It is {join_words(errors, ', and ')}." if errors else "None of its answers can be checked on these pictures."
    )
    silent = [question.wording for name, question in QUESTIONS.items() if name not in answers]
    return f"{text} It cannot say: {' '.join(silent)}" if silent else text


def _beside_quickest(study: Study, task: str) -> str:
    """How many times the time of the quickest model it takes; nobody is the quickest if ranges meet."""
    measured = {name: model["cost"].get("latency_s") for name, model in study.models.items()}
    times = {name: latency for name, latency in measured.items() if latency}
    quickest, *others = sorted(times, key=lambda name: float(times[name]["median"]))
    if quickest == task:
        first = all(times[task]["p90"] < times[other]["p10"] for other in others)
        return ", the least of all" if others and first else ""
    if times[task]["p10"] <= times[quickest]["p90"]:
        return f", not told apart from {quickest}"
    return f", {times[task]['median'] / times[quickest]['median']:.1f} times as long as {quickest}"


def conditions(study: Study) -> list[tuple[str, str]]:
    """How it was measured: pictures, training, machine, versions; name and value."""
    rows = []
    for key, name in CONDITIONS.items():
        value: Any = study.data.get(key, study.machine.get(key))
        if value is not None:
            plain = is_number(value) and key != "seed"
            text = f"{value:,g}" if plain and abs(value) < 1e6 else str(value)
            rows.append((name, f"{text} pictures" if key in ("train", "valid", "test") else text))
    rows.append(("kind of pictures", "drawn by a program, with exact truth" if study.drawn else "not drawn by vislab"))
    return rows
