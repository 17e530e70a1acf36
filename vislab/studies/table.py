"""The outcome of a study as text: who answers what how well, and what each model costs."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from vislab.costs.kinds import COST_KINDS, IN_TABLES
from vislab.evaluation.answers.questions import QUESTIONS, UNANSWERED, UNKNOWN, answer_cell, own_score
from vislab.plotting.tables import lay_out

WIDE = 120  # columns


def matrix(
    data: Mapping[str, Any],
    machine: Mapping[str, Any],
    models: Mapping[str, Mapping[str, Any]],
    baselines: Mapping[str, Mapping[str, Any]],
    left_out: Sequence[str],
) -> str:
    """Models and baselines by the questions with their 95 % intervals and the task's own score; then the costs.

    Arguments as the fields of Results. No line is longer than 120 columns.
    """
    title = (
        f"{data['name']}: {data['train']:,} pictures trained, {data['valid']:,} chose, {data['test']:,} tested; "
        f"{data['size']} px, seed {data['seed']}; {machine['device']}, {machine['threads']} threads"
    )
    asked = [["", *(question.heading for question in QUESTIONS.values()), "its own"]]
    asked += [["", *(question.column for question in QUESTIONS.values()), "score"]]
    asked += [[name, *_answers(entry), own_score(name, entry["scores"])] for name, entry in models.items()]
    asked += [[name, *_answers(entry), UNANSWERED] for name, entry in baselines.items()]
    costs = [["", *(COST_KINDS[cost].heading[line] for cost in IN_TABLES)] for line in (0, 1)]
    costs += [[name, *(cost_cell(cost, entry["cost"]) for cost in IN_TABLES)] for name, entry in models.items()]
    note = (
        "Errors are means over test pictures, in brackets their 95 % intervals; – was not trained to say. The count of "
        "a semantic mask (and of the colour threshold) is that of its components, a guess. Own scores share no scale: "
        "do not rank tasks by them. Of five pictures, four take as long as the brackets behind a time say. Labels take "
        "the seconds that others have published, for these pictures' own objects and outlines: an estimate."
    )
    if any(UNKNOWN in row for row in asked):
        note += " ? cannot be told: these pictures carry no truth of it."
    below = [line for text in (note, *left_out) for line in textwrap.wrap(text, WIDE)]
    rule = 2 + len(models)
    tables = [*lay_out(asked, (2, rule)), "", *lay_out(costs, (2,))]
    return "\n".join([*textwrap.wrap(title, WIDE), "", *tables, "", *below])


def _answers(entry: Mapping[str, Any]) -> list[str]:
    """The cells of the questions, their numbers in line by the decimal point."""
    cells = []
    for question, asked in QUESTIONS.items():
        cell = answer_cell(question, entry["answers"])
        number, space, rest = cell.partition(" ")
        cells.append(f"{number:>{3 + asked.decimals}}{space}{rest}" if space else cell)
    return cells


def cost_cell(name: str, cost: Mapping[str, Any]) -> str:
    """A cost in its unit; – where it was not measured."""
    return UNANSWERED if cost.get(name) is None else COST_KINDS[name].cell(cost[name])
