"""Errors and scores as the cells of a table."""

import math
from collections.abc import Mapping
from typing import Any

from vislab.evaluation.answers.questions import QUESTIONS

OWN_SCORES = {"classification": "accuracy", "regression": "count_error", "semantic": "mean_iou", "instance": "ap"}
SCORE_NAMES = {"ap": "mask AP", "mean_iou": "mean IoU"}
UNANSWERED, UNKNOWN = "–", "?"


def own_score(task: str, scores: Mapping[str, Any]) -> str:
    """The score by which a task's own field goes, with its name."""
    name = OWN_SCORES[task] if OWN_SCORES[task] in scores else next(iter(scores))
    return f"{SCORE_NAMES.get(name, name.replace('_', ' '))} {scores[name]:.3f}"


def answer_cell(question: str, answers: Mapping[str, Mapping[str, float]]) -> str:
    """An error with its 95 % interval; – if the question was not answered, ? if the truth is not known."""
    if question not in answers:
        return UNANSWERED
    error = answers[question]
    return UNKNOWN if math.isnan(error[QUESTIONS[question].measure]) else QUESTIONS[question].figures(error)
