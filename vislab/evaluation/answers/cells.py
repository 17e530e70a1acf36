"""Errors and scores as the cells of a table."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    pass

QUESTIONS = {  # question: the measure in "answers", the headings, the unit's size and its sign, decimals
    "label": ("wrong", "any?", "wrong", 100, " %", 1),
    "share": ("mae", "how much?", "off by", 100, " %", 1),
    "count": ("mae", "how many?", "off by", 1, "", 2),
    "point": ("missed", "where?", "missed", 100, " %", 1),
}


OWN = {"classification": "accuracy", "regression": "count_error", "semantic": "mean_iou", "instance": "ap"}


SAID = {"ap": "mask AP", "mean_iou": "mean IoU"}


UNSAID, UNKNOWN = "–", "?"


def own_score(task: str, scores: Mapping[str, Any]) -> str:
    """The score by which a task's own field goes, with its name."""
    name = OWN[task] if OWN[task] in scores else next(iter(scores))
    return f"{SAID.get(name, name.replace('_', ' '))} {scores[name]:.3f}"


def answer_cell(question: str, answers: Mapping[str, Mapping[str, float]]) -> str:
    """An error with its 95 % interval; – where the question was not asked, ? where the truth is not known."""
    if question not in answers:
        return UNSAID
    measure, _, _, size, sign, decimals = QUESTIONS[question]
    found = answers[question]
    if math.isnan(found[measure]):
        return UNKNOWN
    decimals = decimals if size * found[measure] < 100 else 0
    mean, low, high = (f"{size * found[end]:.{decimals}f}" for end in (measure, "low", "high"))
    return f"{mean}{sign} ({low}–{high})"
