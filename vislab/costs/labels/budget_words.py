"""Hours and required answers in words, as budgets print them."""

import math

from vislab.costs.labels.learning_curves import SCRATCH
from vislab.evaluation.answers.questions import QUESTIONS


def in_words(hours: float) -> str:
    """Hours as a person says them: "32 s", "34 min", "8.4 h", "1,166 h"; "?" for NaN."""
    if math.isnan(hours):
        return "?"
    for value, unit in ((3600 * hours, "s"), (60 * hours, "min")):
        if value < 59.5:
            return f"{_short(value)} {unit}"
    return f"{_short(hours) if hours < 99.95 else f'{hours:,.0f}'} h"


def named(task: str, start: str) -> str:
    """A curve's name: the task, and "transfer" if it starts from the classifier's encoder."""
    return task if start == SCRATCH else f"{task} ({start})"


def wanting(question: str, error: float) -> str:
    """A required answer: "any? at most 10 % wrong"."""
    asked = QUESTIONS[question]
    return asked.required.format(f"{asked.scale * error:.3g}{asked.sign}")


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
