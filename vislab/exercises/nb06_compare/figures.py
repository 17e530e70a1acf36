"""What notebook 06 draws: errors on a question with their intervals, of each, of pairs, and as the pictures change."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from vislab.costs.labels.learning_curves import LOOKS, SCRATCH, Curves
from vislab.data.scenes import Scenes
from vislab.evaluation.answers.answers import Answers
from vislab.evaluation.answers.questions import QUESTIONS
from vislab.evaluation.answers.scoring import compare_pair, score_answers
from vislab.models.predictions import TASKS, Task
from vislab.plotting.figures import INK, PALETTE, Sheet

Scores = Mapping[str, Mapping[str, float]]  # as score_answers gives them


def show_errors(truth: Scenes, given: Mapping[str, Answers], question: str) -> Sheet:
    """Mean errors on a question and their 95 % intervals, the least at the top; without those who are not asked.

    What was trained has a filled mark, what was not a hollow one.
    """
    words, size = QUESTIONS[question].axis, QUESTIONS[question].scale
    asked = [(name, score_answers(truth, said)[question]) for name, said in given.items() if question in said.answered]
    rows = sorted(((*_ends(score, size), name) for name, score in asked), reverse=True)
    told = [f"{name}: {mean:.2f} ({low:.2f} to {high:.2f})" for mean, low, high, name in rows]
    sheet = Sheet(
        6.4, 0.9 + 0.32 * len(rows), f"{words}, with 95 % intervals, the least first. {'; '.join(told[::-1])}."
    )
    ax = sheet.subplots()
    for place, (mean, low, high, name) in enumerate(rows):
        _mark(ax, place, (mean, low, high), name in TASKS)
    _lay_out(ax, told, f"{words}   (● trained, ○ not trained)")
    ax.set_xlim(0, None)
    return sheet


def show_pairs(truth: Scenes, given: Mapping[str, Answers], pairs: Iterable[tuple[str, str]], question: str) -> Sheet:
    """The errors of one less those of another, picture by picture, with the 95 % interval of the mean, a pair a row.

    A filled mark where the interval leaves out 0.
    """
    words, size = QUESTIONS[question].axis, QUESTIONS[question].scale
    rows, told = [], []
    for a, b in reversed(list(pairs)):
        one = compare_pair(truth, given[a], given[b], question)
        mean, low, high = (size * end for end in (one.difference, one.low, one.high))
        rows.append((mean, low, high))
        told.append(f"{a} less {b}: {mean:+.2f} ({low:+.2f} to {high:+.2f})")
    sheet = Sheet(7.2, 1.3 + 0.32 * len(rows), f"Differences in {words}, with 95 % intervals. {'; '.join(told[::-1])}.")
    ax = sheet.subplots()
    for place, (mean, low, high) in enumerate(rows):
        _mark(ax, place, (mean, low, high), not low <= 0 <= high)
    ax.axvline(0, color=INK, linewidth=1, linestyle="--")
    _lay_out(ax, told, f"{words}:\nthe first less the second\n(● the interval leaves out 0)")
    return sheet


def show_trainings(curves: Curves, pictures: int, question: str) -> Sheet:
    """The error on a question after each training on so many pictures, a task a row; those that answer it."""
    words, size = QUESTIONS[question].axis, QUESTIONS[question].scale
    found: dict[Task, list[float]] = {}
    for task in TASKS:
        errors = [one.errors[question] for one in curves.at(task, SCRATCH, pictures) if question in one.errors]
        if errors:
            found[task] = sorted(size * error[QUESTIONS[question].measure] for error in errors)
    told = [f"{task}: " + ", ".join(f"{value:.1f}" for value in values) for task, values in found.items()]
    sheet = Sheet(7.2, 0.9 + 0.32 * len(found), f"{words}, one number a training. {'; '.join(told)}.")
    ax = sheet.subplots()
    for place, (task, values) in enumerate(reversed(found.items())):
        colour, marker = LOOKS[task]
        ax.plot(values, [place] * len(values), marker, color=colour, alpha=0.7)
    _lay_out(ax, told[::-1], f"{words}, a mark a training")
    ax.set_xlim(0, None)
    return sheet


def _mark(ax: Any, place: int, ends: tuple[float, float, float], filled: bool) -> None:
    """A mean and its interval in a row of their own."""
    mean, low, high = ends
    inside = PALETTE["blue"] if filled else "white"
    off = [[max(0.0, mean - low)], [max(0.0, high - mean)]]
    ax.errorbar(mean, place, xerr=off, fmt="o", capsize=3, color=PALETTE["blue"], markerfacecolor=inside)


def _lay_out(ax: Any, rows: list[str], words: str) -> None:
    ax.set_yticks(range(len(rows)), rows)
    ax.set(xlabel=words, ylim=(-0.6, len(rows) - 0.4))
    ax.spines[["top", "right"]].set_visible(False)


def show_changes(changed: Mapping[tuple[str, float, Task], Scores], question: str) -> Sheet:
    """Errors on a question as one thing changes, a panel a thing: (what changes, how much, who answers) → scores."""
    words, size = QUESTIONS[question].axis, QUESTIONS[question].scale
    knobs, names = dict.fromkeys(knob for knob, *_ in changed), dict.fromkeys(task for *_, task in changed)
    curves = {
        (knob, name): [
            (key[1], *_ends(score[question], size)) for key, score in changed.items() if key[::2] == (knob, name)
        ]
        for knob in knobs
        for name in names
    }
    told = [
        f"{knob}, {name}: " + ", ".join(f"{mean:.1f}" for _, mean, *_ in curve)
        for (knob, name), curve in curves.items()
        if not np.isnan(curve[0][1])
    ]
    sheet = Sheet(10.5, 3.1, f"{words}, the more of each. {'; '.join(told)}.")
    panels = sheet.subplots(1, len(knobs), sharey=True, squeeze=False)[0]
    for ax, knob in zip(panels, knobs, strict=True):
        for name in names:
            colour, marker = LOOKS[name]
            steps, mean, low, high = np.array(curves[knob, name]).T
            if not np.isnan(mean).all():
                ax.fill_between(steps, low, high, color=colour, alpha=0.15, linewidth=0)
                ax.plot(steps, mean, color=colour, marker=marker, label=name)
        ax.set_title(knob, fontsize=10, color=INK)
        ax.spines[["top", "right"]].set_visible(False)
    if question == "count":  # from hundredths of an object to dozens
        panels[0].set_yscale("symlog", linthresh=0.1)
        panels[0].set_yticks([0, 0.1, 1, 10], ["0", "0.1", "1", "10"])
    panels[0].set(ylabel=words, ylim=(0, None))
    handles, labels = panels[0].get_legend_handles_labels()
    sheet.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
    return sheet


def _ends(score: Mapping[str, float], size: float) -> tuple[float, float, float]:
    """The mean and the ends of its interval, in units of which `size` make 1."""
    mean = next(iter(score.values()))
    return size * mean, size * score["low"], size * score["high"]
