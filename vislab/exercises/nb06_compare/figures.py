"""The figures of notebook 06: errors with their intervals, of models, of pairs, of trainings, and under changes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from vislab.costs.labels.learning_curves import LOOKS, SCRATCH, Curves
from vislab.data.scenes import Scenes
from vislab.evaluation.answers.answers import Answers
from vislab.evaluation.answers.questions import QUESTIONS
from vislab.evaluation.answers.scoring import compare_pair
from vislab.models.predictions import TASKS, Task
from vislab.plotting.figures import INK, PALETTE, Sheet

Scores = Mapping[str, Mapping[str, float]]  # as score_answers gives them


class Interval(NamedTuple):
    """A mean and the ends of its 95 % interval."""

    mean: float
    low: float
    high: float


class Change(NamedTuple):
    """What was changed, how far, and the model that saw the changed pictures."""

    change: str
    step: float
    model: Task


def _interval(score: Mapping[str, float], scale: float) -> Interval:
    mean = next(iter(score.values()))
    return Interval(scale * mean, scale * score["low"], scale * score["high"])


def show_errors(errors: Mapping[str, Mapping[str, Mapping[str, float]]], question: str) -> Sheet:
    """Mean errors on a question and their 95 % intervals, the least at the top; models that do not answer it left out.

    errors: of each model and baseline, as of `score_answers`. The mark is filled for a trained model, hollow for a
    baseline.
    """
    words, scale = QUESTIONS[question].axis, QUESTIONS[question].scale
    rows = {name: _interval(each[question], scale) for name, each in errors.items() if question in each}
    rows = {name: interval for name, interval in rows.items() if not np.isnan(interval.mean)}
    names = sorted(rows, key=lambda name: (rows[name], name), reverse=True)
    lines = [f"{name}: {rows[name].mean:.2f} ({rows[name].low:.2f} to {rows[name].high:.2f})" for name in names]
    alt = f"{words}, with 95 % intervals, the least first. {'; '.join(lines[::-1])}."
    filled = [name in TASKS for name in names]
    label = f"{words}\n(● network, ○ baseline)"
    sheet = _rows_with_intervals((6.4, 1.1), alt, lines, [rows[name] for name in names], filled, label)
    sheet.axes[0].set_xlim(0, None)
    return sheet


def show_pairs(truth: Scenes, answers: Mapping[str, Answers], pairs: Iterable[tuple[str, str]], question: str) -> Sheet:
    """The mean paired difference of two models' errors and its 95 % interval, a pair a row.

    The mark is filled if the interval leaves out 0.
    """
    asked = QUESTIONS[question]
    words, scale = f"{asked.quantity}, {asked.unit}", asked.scale
    rows, lines = [], []
    for a, b in reversed(list(pairs)):
        pair = compare_pair(truth, answers[a], answers[b], question)
        rows.append(Interval(scale * pair.difference, scale * pair.low, scale * pair.high))
        lines.append(f"{a} minus {b}: {rows[-1].mean:+.2f} ({rows[-1].low:+.2f} to {rows[-1].high:+.2f})")
    alt = f"Differences in {words}, with 95 % intervals. {'; '.join(lines[::-1])}."
    filled = [not row.low <= 0 <= row.high for row in rows]
    label = f"{words}:\nthe first minus the second\n(● the interval leaves out 0)"
    sheet = _rows_with_intervals((7.2, 1.3), alt, lines, rows, filled, label)
    sheet.axes[0].axvline(0, color=INK, linewidth=1, linestyle="--")
    return sheet


def show_trainings(curves: Curves, pictures: int, question: str) -> Sheet:
    """The error on a question after each training on so many pictures, a row for each task that answers it."""
    words, scale = QUESTIONS[question].axis, QUESTIONS[question].scale
    errors: dict[Task, list[float]] = {}
    for task in TASKS:
        measured = [run.errors[question] for run in curves.at(task, SCRATCH, pictures) if question in run.errors]
        if measured:
            errors[task] = sorted(scale * error[QUESTIONS[question].measure] for error in measured)
    lines = [f"{task}: " + ", ".join(f"{value:.1f}" for value in values) for task, values in errors.items()]
    sheet = Sheet(7.2, 0.9 + 0.32 * len(lines), f"{words}, one number a training. {'; '.join(lines)}.")
    ax = sheet.subplots()
    for row, (task, values) in enumerate(reversed(errors.items())):
        colour, marker = LOOKS[task]
        ax.plot(values, [row] * len(values), marker, color=colour, alpha=0.7)
    _label_rows(ax, lines[::-1], f"{words}, one mark per training")
    ax.set_xlim(0, None)
    return sheet


def _rows_with_intervals(
    size: tuple[float, float], alt: str, lines: list[str], rows: Sequence[Interval], filled: list[bool], label: str
) -> Sheet:
    """A mean and its interval in each row, from the bottom. size: the width, and the height without the rows."""
    sheet = Sheet(size[0], size[1] + 0.32 * len(rows), alt)
    ax = sheet.subplots()
    blue = PALETTE["blue"]
    for row, ((mean, low, high), full) in enumerate(zip(rows, filled, strict=True)):
        bars = [[max(0.0, mean - low)], [max(0.0, high - mean)]]
        inside = blue if full else "white"
        ax.errorbar(mean, row, xerr=bars, fmt="o", capsize=3, color=blue, markerfacecolor=inside)
    _label_rows(ax, lines, label)
    return sheet


def _label_rows(ax: Any, lines: list[str], label: str) -> None:
    ax.set_yticks(range(len(lines)), lines)
    ax.set(xlabel=label, ylim=(-0.6, len(lines) - 0.4))
    ax.spines[["top", "right"]].set_visible(False)


def show_changes(changed: Mapping[Change, Scores], question: str) -> Sheet:
    """Errors on a question as the pictures change, a panel for each change: (change, step, model) → scores."""
    words, scale = QUESTIONS[question].axis, QUESTIONS[question].scale
    curves: dict[str, dict[Task, list[tuple[float, Interval]]]] = {}  # of each change and model, step by step
    for (change, step, name), scores in changed.items():
        interval = _interval(scores[question], scale)
        if not np.isnan(interval.mean):
            curves.setdefault(change, {}).setdefault(name, []).append((step, interval))
    lines = [
        f"{change}, {name}: " + ", ".join(f"{interval.mean:.1f}" for _, interval in points)
        for change, models in curves.items()
        for name, points in models.items()
    ]
    sheet = Sheet(10.5, 3.1, f"{words}, the more of each. {'; '.join(lines)}.")
    panels = sheet.subplots(1, len(curves), sharey=True, squeeze=False)[0]
    for ax, (change, models) in zip(panels, curves.items(), strict=True):
        for name, points in models.items():
            colour, marker = LOOKS[name]
            steps, (mean, low, high) = [step for step, _ in points], np.transpose([interval for _, interval in points])
            ax.fill_between(steps, low, high, color=colour, alpha=0.15, linewidth=0)
            ax.plot(steps, mean, color=colour, marker=marker, label=name)
        ax.set_title(change, fontsize=10, color=INK)
        ax.spines[["top", "right"]].set_visible(False)
    if question == "count":  # from hundredths of an object to dozens
        panels[0].set_yscale("symlog", linthresh=0.1)
        panels[0].set_yticks([0, 0.1, 1, 10], ["0", "0.1", "1", "10"])
    panels[0].set(ylabel=words, ylim=(0, None))
    handles, labels = panels[0].get_legend_handles_labels()
    sheet.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
    return sheet
