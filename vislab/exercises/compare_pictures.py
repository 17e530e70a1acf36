"""What notebook 06 draws: everybody's error on a question with its interval, and errors as the pictures change."""

from collections.abc import Mapping

import numpy as np

from vislab.figures import INK, PALETTE, Sheet
from vislab.questions import Answers, score_answers
from vislab.scenes import Scenes

ERRORS = {  # question: its error in words, and how many of these make 1
    "label": ("wrong labels, %", 100),
    "share": ("share off by, percentage points", 100),
    "count": ("objects off a picture", 1),
    "point": ("targets missed, %", 100),
}
COLOURS = [PALETTE[name] for name in ("blue", "vermillion", "bluish green", "reddish purple")]
Scores = Mapping[str, Mapping[str, float]]  # as score_answers gives them


def show_errors(truth: Scenes, given: Mapping[str, Answers], question: str) -> Sheet:
    """Mean errors on a question and their 95 % intervals, the least at the top; without those who are not asked."""
    words, size = ERRORS[question]
    asked = [(name, score_answers(truth, said)[question]) for name, said in given.items() if question in said.asked]
    rows = sorted(((*_ends(score, size), name) for name, score in asked), reverse=True)
    told = [f"{name}: {mean:.2f} ({low:.2f} to {high:.2f})" for mean, low, high, name in rows]
    sheet = Sheet(
        6.4, 0.7 + 0.32 * len(rows), f"{words}, with 95 % intervals, the least first. {'; '.join(told[::-1])}."
    )
    ax = sheet.subplots()
    for place, (mean, low, high, _) in enumerate(rows):
        ax.errorbar(mean, place, xerr=[[mean - low], [high - mean]], fmt="o", capsize=3, color=PALETTE["blue"])
    ax.set_yticks(range(len(rows)), told)
    ax.set(xlabel=words, xlim=(0, None))
    ax.spines[["top", "right"]].set_visible(False)
    return sheet


def show_changes(changed: Mapping[tuple[str, float, str], Scores], question: str) -> Sheet:
    """Errors on a question as one thing changes, a panel a thing: (what changes, how much, who answers) → scores."""
    words, size = ERRORS[question]
    knobs, names = (list(dict.fromkeys(key[place] for key in changed)) for place in (0, 2))
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
        for name, colour, marker in zip(names, COLOURS, "osD^", strict=False):
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
