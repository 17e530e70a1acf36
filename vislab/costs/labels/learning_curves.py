"""Learning curves: errors on the four questions after so many labelled pictures, or hours of labelling."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from vislab.costs.labels.price_lists import price_lists
from vislab.errors import VislabError
from vislab.evaluation.answers.questions import QUESTIONS, UNANSWERED
from vislab.evaluation.metrics.intervals import over_seeds
from vislab.models.predictions import TASKS, Task
from vislab.plotting.figures import PALETTE, Sheet
from vislab.plotting.tables import lay_out
from vislab.system.files import without_nan, writing

KIND, FORMAT = "vislab.curves", 1
SCRATCH, TRANSFER = "scratch", "transfer"
STARTS = (SCRATCH, TRANSFER)
APART = 1.09  # times as many pictures from one line's bars to the next one's, so that none lies on another
LOOKS: dict[Task, tuple[str, str]] = {  # a colour and a marker, the same wherever curves are drawn
    "classification": (PALETTE["blue"], "o"),
    "regression": (PALETTE["vermillion"], "s"),
    "points": (PALETTE["orange"], "v"),
    "detection": (PALETTE["sky blue"], "P"),
    "semantic": (PALETTE["bluish green"], "^"),
    "instance": (PALETTE["reddish purple"], "D"),
}


@dataclass(frozen=True)
class Point:
    """One training and its test.

    start: "scratch", or "transfer" from the encoder of the classifier that learned from all pictures of its seed.
    pictures: labelled, to learn from. rate: the learning rate, chosen on valid pictures. seconds: of training.
    errors: question → its mean error over the test pictures, and "low", "high" (score_answers), if it is answered.
    scores: the task's own, quick ones (vl.evaluate).
    """

    task: Task
    start: str
    pictures: int
    seed: int
    rate: float
    seconds: float
    errors: dict[str, dict[str, float]]
    scores: dict[str, float]


@dataclass(frozen=True)
class Reading:
    """An error on one question, with its 95 % interval over seeds and test pictures; of one seed, over pictures."""

    mean: float
    low: float
    high: float
    seeds: int


@dataclass(frozen=True)
class Curves:
    """Learning curves of several tasks on the same pictures; prints as a table, `figure` draws them.

    data: what they were measured on: name, size, valid, test, steps, batch, and the machine. points: all trainings.
    seconds: of labelling a picture for each task (labelling_cost), NaN if unknown. how: the same in words. missing:
    what could not be measured, in sentences.
    """

    data: dict[str, Any]
    points: tuple[Point, ...]
    seconds: dict[Task, float]
    how: dict[Task, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What they were measured on, and how."""
        data = self.data
        return (
            f"{data['name']}, {data['size']} px: {data['steps']} steps of {data['batch']} at every size, "
            f"{data['test']:,} test pictures"
        )

    def lines(self) -> list[tuple[Task, str]]:
        """The curves there are: task and start."""
        measured = {(point.task, point.start) for point in self.points}
        return [(task, start) for task in TASKS for start in STARTS if (task, start) in measured]

    def sizes(self, task: Task, start: str = SCRATCH) -> list[int]:
        """Numbers of pictures that a curve was measured at, ascending."""
        return sorted({point.pictures for point in self.points if (point.task, point.start) == (task, start)})

    def at(self, task: Task, start: str, pictures: int) -> list[Point]:
        """The trainings of one point of a curve, by seed."""
        wanted = (task, start, pictures)
        points = [point for point in self.points if (point.task, point.start, point.pictures) == wanted]
        return sorted(points, key=lambda point: point.seed)

    def read(self, task: Task, start: str, pictures: int, question: str) -> Reading | None:
        """The error at a number of pictures; None if the task does not answer, or was not measured there."""
        measure = QUESTIONS[question].measure
        errors = [point.errors[question] for point in self.at(task, start, pictures) if question in point.errors]
        known = [error for error in errors if not math.isnan(error[measure])]
        if not known:
            return None
        halves = [(error["high"] - error["low"]) / 2 for error in known]
        mean, low, high = over_seeds([error[measure] for error in known], halves)
        return Reading(mean, max(0.0, low), min(QUESTIONS[question].most, high), len(known))

    def hours(self, task: Task, start: str, pictures: float) -> float:
        """Hours of labelling that so many pictures take; a transfer's include the labels of all it started from."""
        if start == SCRATCH:
            return self.seconds[task] * pictures / 3600
        sizes = self.sizes("classification")
        first = self.seconds["classification"] * sizes[-1] if sizes else math.nan
        return (self.seconds[task] * pictures + first) / 3600

    def measured(self, own: Mapping[str, float] | None = None) -> dict[str, list[dict[str, Any]]]:
        """As `claims.judge(results, measured=...)` takes it: "curves" and, if both starts were measured, "transfer".

        Hours go by each of price_lists: `seconds` must be the published ones. own: the reader's seconds for a
        picture's labels, by task.
        """
        lists = price_lists({str(task): seconds for task, seconds in self.seconds.items()}, own)
        world = {"of": self.data["name"], "drawn": bool(self.data.get("drawn", False)), "steps": self.data["steps"]}
        curves, transfer = [], []
        for task in TASKS:
            for pictures in self.sizes(task):
                points = self.at(task, SCRATCH, pictures)
                if all("label" in point.errors for point in points):
                    hours = {whose: seconds.get(task, math.nan) * pictures / 3600 for whose, seconds in lists.items()}
                    hours = {whose: known for whose, known in hours.items() if not math.isnan(known)}
                    wrong = [point.errors["label"]["wrong"] for point in points]
                    curves.append({"task": task, "pictures": pictures, "hours": hours, "wrong": wrong} | world)
        for pictures in self.sizes("semantic", TRANSFER):
            scratch, moved = (
                {
                    point.seed: 1 - point.scores["mean_iou"]
                    for point in self.at("semantic", start, pictures)
                    if "mean_iou" in point.scores
                }
                for start in STARTS
            )
            if seeds := sorted(set(scratch) & set(moved)):
                errors = {SCRATCH: [scratch[seed] for seed in seeds], TRANSFER: [moved[seed] for seed in seeds]}
                transfer.append({"pictures": pictures} | errors | world)
        return {name: rows for name, rows in (("curves", curves), ("transfer", transfer)) if rows}

    # Files

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, strings and None (for NaN), with the format's number."""
        plain: dict[str, Any] = without_nan({"kind": KIND, "format": FORMAT} | asdict(self))
        return plain

    def save(self, path: str | Path) -> Path:
        """Write them as JSON, complete or not at all; returns the path."""
        path = Path(path)
        with writing(path) as part:
            part.write_text(json.dumps(self.to_dict(), indent=1, allow_nan=False) + "\n", encoding="utf-8")
        return path

    # Looking

    def __repr__(self) -> str:
        rows = [["task", "start", "pictures", "hours", *(question.heading for question in QUESTIONS.values()), "seeds"]]
        for task, start in self.lines():
            for pictures in self.sizes(task, start):
                hours = self.hours(task, start, pictures)
                cells = [reading_cell(question, self.read(task, start, pictures, question)) for question in QUESTIONS]
                hours_cell = "?" if math.isnan(hours) else f"{hours:,.2f}"
                seeds = str(len(self.at(task, start, pictures)))
                rows.append([task, start, f"{pictures:,}", hours_cell, *cells, seeds])
        note = "Errors with their 95 % intervals over seeds and test pictures; – was not trained to say."
        return "\n".join([f"{self.title}, {self.data['machine']}", *lay_out(rows), note, *self.missing])

    def figure(self, by: str = "pictures", across: int = 2) -> Sheet:
        """The error on each question against labelled pictures, or against "hours" of labelling; both scales log.

        across: how many panels stand beside each other at most.
        """
        if by not in ("pictures", "hours"):
            raise VislabError(f'learning curves are drawn by "pictures" or by "hours", not {by!r}')
        questions = [q for q in QUESTIONS if any(q in point.errors for point in self.points)]
        across = min(across, len(questions))
        down = math.ceil(len(questions) / across)
        sheet = Sheet(4.6 * across, 2.9 * down + 0.7)
        axes = sheet.subplots(down, across, squeeze=False).flatten()
        for ax in axes[len(questions) :]:
            ax.set_visible(False)
        for ax, question in zip(axes, questions, strict=False):
            self._draw(ax, question, by)
        handles = {label: handle for ax in axes for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)}
        columns = min(3 * across, max(1, len(handles))) if across > 1 else 1
        sheet.legend(handles.values(), handles, loc="outside lower center", ncols=columns, frameon=False)
        sheet.alt = f"Learning curves by {by}, lower is better. {self!r}"
        return sheet

    def _draw(self, ax: Axes, question: str, by: str) -> None:
        """All curves of one question, and their axes."""
        lines = self.lines()
        for index, (task, start) in enumerate(lines):
            aside = APART ** (index - (len(lines) - 1) / 2) if by == "pictures" else 1.0  # bars beside each other
            points = []
            for pictures in self.sizes(task, start):
                reading = self.read(task, start, pictures, question)
                x = aside * pictures if by == "pictures" else self.hours(task, start, pictures)
                if reading and not math.isnan(x):
                    points.append((x, reading))
            if not points:
                continue
            across = [x for x, _ in points]
            errors = np.transpose([[read.mean, read.mean - read.low, read.high - read.mean] for _, read in points])
            mean, below, above = (QUESTIONS[question].scale * error for error in errors)
            colour, marker = LOOKS[task]
            style, fill, name = ("-", colour, task) if start == SCRATCH else ("--", "white", f"{task}, transfer")
            ax.errorbar(across, mean, [below, above], color=colour, marker=marker, markersize=5, capsize=2,
                        linewidth=1.5, linestyle=style, markerfacecolor=fill, label=name)  # fmt: skip
        ax.set_xscale("log", base=2 if by == "pictures" else 10)
        if by == "hours":
            ax.xaxis.set_major_formatter(lambda hours, _: f"{hours:,g}")
        else:
            ticks = sorted({n for line in lines for n in self.sizes(*line)})
            ax.set_xticks(ticks, [f"{n:,}" for n in ticks], minor=False)
            ax.minorticks_off()
        ax.set(title=QUESTIONS[question].heading, ylabel=QUESTIONS[question].axis)
        ax.set_xlabel("labelled pictures" if by == "pictures" else "hours of labelling")
        ax.set_ylim(0, None)
        ax.spines[["top", "right"]].set_visible(False)


def reading_cell(question: str, reading: Reading | None) -> str:
    """An error with its interval, or –."""
    if reading is None:
        return UNANSWERED
    asked = QUESTIONS[question]
    return asked.figures({asked.measure: reading.mean, "low": reading.low, "high": reading.high})
