"""The Budget explorer: hours to spend on labels, what each task answers for them, and the cheapest way to an answer."""

import math
from typing import Any

import traitlets as t

from vislab.costs.labels.budget import READ, Afforded, Cheapest, afford, cheapest, check, measured, named, price
from vislab.costs.labels.learning_curves import LOOKS, Curves
from vislab.errors import VislabError
from vislab.evaluation.answers.questions import QUESTIONS
from vislab.models.predictions import Task
from vislab.plotting.figures import INK
from vislab.widgets.frontend import Frontend, css, esm

AT_FIRST = 10.0  # hours: what a person labels in a day and a bit
RUNGS = [
    *(seconds / 3600 for seconds in (1, 2, 5, 10, 15, 20, 30, 45)),
    *(minutes / 60 for minutes in (1, 1.5, 2, 3, 4, 5, 7, 10, 15, 20, 30, 45)),
    *(hours * 10.0**power for power in range(6) for hours in (1, 1.5, 2, 3, 4, 5, 6, 8)),
]  # a person's round numbers, where a label may take a second and a mask a quarter of an hour


class BudgetExplorer(Frontend):
    """Learning curves against the hours that their labels take; made by `explore_budget`.

    State that can be read and set: hours to spend; required, a question and the error that is to be reached, such as
    ("count", 1.5); by, what the charts are drawn against, "hours" or "pictures". afforded and cheapest are what they
    come to.
    """

    _esm = esm("budget.js")
    _css = css("viewer.css") + css("budget.css")

    about = t.Dict().tag(sync=True)
    hours = t.Any(AT_FIRST).tag(sync=True)
    required = t.Any().tag(sync=True)
    by = t.Enum(["hours", "pictures"], "hours").tag(sync=True)

    def __init__(self, curves: Curves) -> None:
        lines = [_line(curves, task, start) for task, start in check(curves)]
        hours = (curves.hours(*line, size) for line in curves.lines() for size in curves.sizes(*line))
        known = [spent for spent in hours if spent > 0]
        asked = [question for question in QUESTIONS if any(line["curves"][question] for line in lines)]
        if not known or not asked:
            raise VislabError(
                "no curve has both answers and hours of labelling that are known; measure with vl.learning_curve on "
                "pictures that carry their truth, or look at curves.figure()"
            )
        self.curves, rungs = curves, _ladder(min(known), max(known))
        about = {"title": _title(curves), "read": READ, "lines": lines, "rungs": rungs,
                 "questions": [QUESTIONS[question].to_dict() for question in asked]}  # fmt: skip
        start = AT_FIRST if rungs[0] <= AT_FIRST <= rungs[-1] else rungs[len(rungs) // 2]
        super().__init__(about=about, hours=start, required=[asked[0], _middle(lines, asked[0])])

    @t.validate("hours")
    def _budget(self, proposal: Any) -> float:
        return afford(self.curves, proposal.value).hours

    @t.validate("required")
    def _answer(self, proposal: Any) -> list[Any]:
        if not isinstance(proposal.value, list | tuple) or len(proposal.value) != 2:
            example = 'such as ("label", 0.1)'
            raise VislabError(f"what is required is a question and an error, {example}, not {proposal.value!r}")
        found = cheapest(self.curves, *proposal.value)
        return [found.question, found.error]

    @property
    def afforded(self) -> Afforded:
        """What the hours buy."""
        return afford(self.curves, self.hours)

    @property
    def cheapest(self) -> Cheapest:
        """The ways to what is required."""
        return cheapest(self.curves, *self.required)

    def __repr__(self) -> str:
        return f"Budget explorer. {self.about['title']}\n\n{self.afforded!r}\n\n{self.cheapest!r}"

    def as_html(self) -> str:
        """The curves against hours as a picture, the budget a dashed line, and both tables."""
        sheet = self.curves.figure("hours")
        for ax in sheet.axes:
            ax.axvline(self.hours, color=INK, linewidth=1, linestyle="--")
        parts = (sheet.to_html(), self.afforded._repr_html_(), self.cheapest._repr_html_(),
                 "Run this cell to move the budget and what is required.")  # fmt: skip
        return "".join(f"<div>{part}</div>" for part in parts)


def _line(curves: Curves, task: Task, start: str) -> dict[str, Any]:
    """A curve as the front end takes it: what it costs, and [pictures, mean, low, high] by question."""
    fixed, each = (value if math.isfinite(value) else None for value in price(curves, task, start))
    read = {name: [[n, error.mean, error.low, error.high] for n, error in measured(curves, task, start, name)]
            for name in QUESTIONS}  # fmt: skip
    colour, marker = LOOKS[task]
    return {"task": task, "start": start, "name": named(task, start), "colour": colour, "marker": marker,
            "fixed": fixed, "each": each, "sizes": curves.sizes(task, start), "curves": read}  # fmt: skip


def _ladder(low: float, high: float) -> list[float]:
    """The rungs from below the fewest hours measured to above the most, so that both ends can be seen."""
    below = max((rung for rung in RUNGS if rung < low), default=RUNGS[0])
    above = min((rung for rung in RUNGS if rung > high), default=RUNGS[-1])
    return [rung for rung in RUNGS if below <= rung <= above]


def _middle(lines: list[dict[str, Any]], question: str) -> float:
    """An error to begin with, which some curves reach on their way: between the best and the worst mean."""
    means = [mean for line in lines for _, mean, *_ in line["curves"][question]]
    return float(f"{(min(means) + max(means)) / 2:.2g}")


def _title(curves: Curves) -> str:
    most = max(len(curves.at(point.task, point.start, point.pictures)) for point in curves.points)
    seeds = f"{most} seeds" if most > 1 else "one seed, so the intervals are over pictures alone"
    return (
        f"{curves.title}, {seeds}; the {curves.data['valid']:,} valid pictures' labels are not counted. "
        "With the same steps each of more pictures is seen less often: a curve may rise."
    )


def explore_budget(curves: Curves) -> BudgetExplorer:
    """Ask what hours of labelling buy: move the budget, and see which task answers how well; ask for the cheapest way.

    curves: of vl.learning_curve, or vl.read_curves() for those that come with vislab. A budget goes whole into the
    labels of one task; what it would answer is read off its curve, and nothing beyond what was measured.
    Raises VislabError where there are no curves, or nobody knows what their labels take.
    """
    return BudgetExplorer(curves)
