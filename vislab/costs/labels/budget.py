"""What hours of labelling buy: how well each task would answer for them, and the cheapest way to a required answer.

Between two measured numbers of pictures a curve is read on the straight line against the logarithm of the pictures,
the ends of its interval likewise. Beyond what was measured it says nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from vislab.costs.labels.learning_curves import SCRATCH, Curves, Reading, reading_cell
from vislab.errors import VislabError, is_number
from vislab.evaluation.answers.questions import QUESTIONS, UNANSWERED, question_of
from vislab.models.predictions import Task
from vislab.plotting.tables import as_html, lay_out

Measured = Sequence[tuple[int, Reading]]  # a curve's readings on one question by pictures, ascending
UNREACHED, UNPRICED, UNASKED = "not reached in the measured range", "hours not known", "not trained to say"
READ = (
    "Between measured numbers of pictures read on a straight line against their logarithm, the 95 % intervals "
    "likewise; nothing is said beyond them."
)
SHORT = (
    "“2,048 of 9,000”: the hours label 9,000 pictures, no more than 2,048 were measured. "
    "–: not trained to say, or not measured there."
)


@dataclass(frozen=True)
class Bought:
    """What one task, from one start, would answer for the hours.

    pictures: that the hours label; None if the hours are not known. at: at how many the curve is read: at most the
    largest measured number, None if the hours buy fewer than the smallest. left: hours that nothing was measured for.
    why: a note, or "". answers: question → error there, if the task answers and was measured there.
    """

    task: Task
    start: str
    pictures: int | None
    at: int | None
    left: float
    why: str
    answers: dict[str, Reading]


@dataclass(frozen=True)
class Afforded:
    """What a budget buys, a row for each curve; prints as a table."""

    hours: float
    rows: tuple[Bought, ...]

    def table(self) -> list[list[str]]:
        """Headings, then a row of words for each curve."""
        table = [["task", "start", "pictures", *(question.heading for question in QUESTIONS.values()), "note"]]
        for row in self.rows:
            bought = "?" if row.pictures is None else f"{row.pictures:,}"
            bought = f"{row.at:,} of {bought}" if row.at not in (None, row.pictures) else bought
            cells = (reading_cell(question, row.answers.get(question)) for question in QUESTIONS)
            table.append([row.task, row.start, bought, *cells, row.why])
        return table

    def __repr__(self) -> str:
        return "\n".join([f"{in_words(self.hours)} of labelling buy:", *lay_out(self.table()), READ, SHORT])

    def _repr_html_(self) -> str:
        return as_html(self.table(), f"What {in_words(self.hours)} of labelling buy. {READ} {SHORT}")


@dataclass(frozen=True)
class CurvePoint:
    """Where a curve is read: at so many pictures, what they cost, and the error there."""

    pictures: int
    hours: float
    reading: Reading


@dataclass(frozen=True)
class Route:
    """How one task, from one start, comes to a required error.

    first, sure: where its mean and its whole interval first do; None beyond the measured range. why: a note, or "".
    """

    task: Task
    start: str
    first: CurvePoint | None
    sure: CurvePoint | None
    why: str

    @property
    def is_sure(self) -> bool:
        """Whether the whole interval is within the required error already where the mean is."""
        return self.first is not None and self.first == self.sure


@dataclass(frozen=True)
class Cheapest:
    """The routes to a required error on one question, the fewest hours first; prints as a table."""

    question: str
    error: float
    routes: tuple[Route, ...]

    @property
    def sentence(self) -> str:
        """The cheapest way in words, or that there is none."""
        asked = QUESTIONS[self.question]
        wanted = asked.required.format(f"{asked.scale * self.error:.3g}{asked.sign}")
        route = next((route for route in self.routes if not route.why), None)
        if route is None or route.first is None:
            return f"{wanted}: {UNREACHED} by any task whose hours are known."
        cost = f"{in_words(route.first.hours)} for {route.first.pictures:,} pictures"
        if route.sure is None:
            sure = " nowhere in the measured range"
        elif route.is_sure:
            sure = ", too"
        else:
            sure = f" from {in_words(route.sure.hours)} ({route.sure.pictures:,} pictures) on"
        return f"{wanted}: cheapest by {named(route.task, route.start)}, {cost}; with its whole interval{sure}."

    def table(self) -> list[list[str]]:
        """Headings, then a row of words for each curve."""
        table = [["task", "start", "hours", "pictures", "error there", "whole interval", "note"]]
        for route in self.routes:
            first, cells = route.first, [UNANSWERED] * 3
            if first is not None:
                cells = [in_words(first.hours), f"{first.pictures:,}", reading_cell(self.question, first.reading)]
            sure = UNANSWERED if route.sure is None else f"from {in_words(route.sure.hours)} on"
            table.append([route.task, route.start, *cells, "there" if route.is_sure else sure, route.why])
        return table

    def __repr__(self) -> str:
        return "\n".join([self.sentence, *lay_out(self.table()), READ])

    def _repr_html_(self) -> str:
        return as_html(self.table(), f"{self.sentence} {READ}")


def afford(curves: Curves, hours: float) -> Afforded:
    """What each task could answer if so many hours went into labels for it alone: a row for each curve.

    A transfer's classifier is labelled first, from the same hours. Hours that buy more than was measured change
    nothing: the error is that of the largest measured set, and the row says how many hours are left over.
    Raises VislabError if there are no curves, or the hours are no number above 0.
    """
    lines = check(curves)
    if not is_number(hours) or not hours > 0:
        raise VislabError(f"a budget is a number of hours above 0, such as 10, not {hours!r}")
    return Afforded(float(hours), tuple(_buy(curves, task, start, float(hours)) for task, start in lines))


def _buy(curves: Curves, task: Task, start: str, hours: float) -> Bought:
    fixed, each = price(curves, task, start)
    sizes = curves.sizes(task, start)
    if not each > 0 or math.isnan(fixed):
        return Bought(task, start, None, None, math.nan, UNPRICED, {})
    pictures = max(0, math.floor((hours - fixed) / each + 1e-6))  # the hours of 32 pictures buy 32
    if pictures < sizes[0]:
        least = in_words(fixed + each * sizes[0])
        why = f"too few hours: {least} needed for its smallest measured set ({sizes[0]:,} pictures)"
        return Bought(task, start, pictures, None, 0.0, why, {})
    at, left, why = pictures, 0.0, ""
    if pictures > sizes[-1]:
        at, left = sizes[-1], hours - fixed - each * sizes[-1]
        why = f"no more was measured: {in_words(left)} left over"
    if len(sizes) == 1:
        why = "; ".join(filter(None, [why, "measured at one number of pictures alone"]))
    readings = ((question, between(measured(curves, task, start, question), at)) for question in QUESTIONS)
    return Bought(task, start, pictures, at, left, why, {name: reading for name, reading in readings if reading})


def cheapest(curves: Curves, question: str, error: float) -> Cheapest:
    """The fewest hours at which each task's curve comes to a required error, sorted by them.

    question: one of QUESTIONS. error: at most so much, a share from 0 to 1, for "count" objects a picture. A curve
    that is within it at its smallest measured set is given at that set: fewer were not measured.
    Raises VislabError if there are no curves, the question is unknown, or the error cannot be one.
    """
    lines = check(curves)
    asked = question_of(question)
    if not is_number(error) or not 0 <= error <= asked.most:
        share = "a share from 0 to 1, such as 0.1"
        wanted = share if asked.most == 1 else f"a number of {asked.unit}, 0 or more"
        raise VislabError(f"a required error on {question!r} is {wanted}, not {error!r}")
    routes = [_route(curves, task, start, question, float(error)) for task, start in lines]
    last = ("", UNPRICED, UNREACHED, UNASKED)
    routes.sort(key=lambda route: (math.inf if route.why or not route.first else route.first.hours,
                                   last.index(route.why)))  # fmt: skip
    return Cheapest(question, float(error), tuple(routes))


def _route(curves: Curves, task: Task, start: str, question: str, error: float) -> Route:
    points = measured(curves, task, start, question)
    if not points:
        return Route(task, start, None, None, UNASKED)
    first, sure = (_first(curves, task, start, points, error, end) for end in ("mean", "high"))
    why = UNREACHED if first is None else UNPRICED if math.isnan(first.hours) else ""
    return Route(task, start, first, sure, why)


def _first(curves: Curves, task: Task, start: str, points: Measured, error: float, end: str) -> CurvePoint | None:
    """The first place where the mean, or the "high" end of the interval, is within the error."""
    few, above = 0, math.nan
    for pictures, reading in points:
        value = getattr(reading, end)
        if value > error:
            few, above = pictures, value
            continue
        if few:
            share = (above - error) / (above - value)
            pictures = math.ceil(few * (pictures / few) ** share - 1e-6)
        crossing = between(points, pictures)
        assert crossing is not None
        return CurvePoint(pictures, curves.hours(task, start, pictures), crossing)
    return None


# ---- reading a curve -------------------------------------------------------------------------------------------------


def check(curves: Curves) -> list[tuple[Task, str]]:
    """The lines there are; raises VislabError if these are no curves, or hold no point."""
    if not isinstance(curves, Curves):
        raise VislabError(f"curves come from vl.learning_curve or vl.read_curves, not as {type(curves).__name__}")
    if not curves.points:
        raise VislabError("these curves hold no point; measure some with vl.learning_curve")
    return curves.lines()


def price(curves: Curves, task: Task, start: str) -> tuple[float, float]:
    """Hours before the first picture (a transfer's classifier), and hours for each; NaN if not known."""
    fixed = curves.hours(task, start, 0)
    return fixed, curves.hours(task, start, 1) - fixed


def measured(curves: Curves, task: Task, start: str, question: str) -> list[tuple[int, Reading]]:
    """What is known of a curve on one question: by pictures, ascending."""
    readings = ((pictures, curves.read(task, start, pictures, question)) for pictures in curves.sizes(task, start))
    return [(pictures, reading) for pictures, reading in readings if reading]


def between(points: Measured, pictures: float) -> Reading | None:
    """A curve's reading at a number of pictures; the last above what was measured, None below it or without points."""
    if not points or pictures < points[0][0]:
        return None
    for (few, a), (many, b) in pairwise(points):
        if few < pictures < many:
            share = math.log(pictures / few) / math.log(many / few)
            mean, low, high = (x + share * (y - x) for x, y in ((a.mean, b.mean), (a.low, b.low), (a.high, b.high)))
            return Reading(mean, low, high, min(a.seeds, b.seeds))
    return next((reading for number, reading in points if number == pictures), points[-1][1])


# ---- in words --------------------------------------------------------------------------------------------------------


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


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
