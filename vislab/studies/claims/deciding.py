"""The rule of advice: which task the measurements settle on, between which it stays open, and how far from settled."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from vislab.costs.labels.price_lists import PUBLISHED
from vislab.studies.claims.verdicts import ENOUGH_TRAININGS, Interval


class Outcome(StrEnum):
    """What a card says."""

    SETTLED = "settled"
    PROVISIONAL = "provisional"
    OPEN = "not settled"
    NOBODY = "nobody answers it"


class State(StrEnum):
    """How a task stands beside the best one, and beside the best baseline."""

    GOOD = "good enough"
    OPEN = "too little evidence"
    PERHAPS = "worse, perhaps not by enough"
    WORSE = "worse by as much as matters"
    UNPROVEN = "perhaps no better than a baseline"
    USELESS = "no better than a baseline"


UNSETTLED = (State.OPEN, State.PERHAPS, State.UNPROVEN)


@dataclass(frozen=True)
class Contender:
    """A task that answers the question.

    error: its mean error. behind: its error less that of the best task. gain: its error less that of the best
    baseline, None without one. hours: of labels for all training pictures by whose seconds, NaN if unknown.
    """

    task: str
    error: Interval
    behind: Interval
    gain: Interval | None
    hours: Mapping[str, float]


@dataclass(frozen=True)
class Decision:
    """What follows from a margin. tasks: the one to use; or those between which it is open, from cheap to dear.

    states: of every task. times: how many times as much evidence would settle it, 1 unless it is open.
    """

    outcome: Outcome
    tasks: tuple[str, ...]
    states: Mapping[str, State]
    times: float = 1.0


def decide(
    contenders: Sequence[Contender], margin: float, whose: str = PUBLISHED, trainings: int = ENOUGH_TRAININGS
) -> Decision:
    """The rule of all cards: of the tasks that are good enough, take the one with the cheapest labels.

    Good enough: surely better than every baseline, and even the upper end of the 95 % interval of the difference to the
    best stays below the margin. Worse: even its lower end reaches the margin; claims ask less (verdicts.weigh), as they
    drop no task. A cheaper task that is neither leaves the card open: noise alone drops none.
    Fewer trainings than three of each task compare models, so what they would settle is provisional.
    contenders: in the order of their kinds of labels, which decides while hours are unknown.
    """
    states = {one.task: _state(one, margin) for one in contenders}
    tasks = [one.task for one in cheap_to_dear(contenders, whose)]
    good = next((task for task in tasks if states[task] == State.GOOD), None)
    cheaper = tasks[: tasks.index(good)] if good else tasks
    unsettled = [task for task in cheaper if states[task] in UNSETTLED]
    if unsettled:
        times = max(_times(one, margin, states[one.task]) for one in contenders if one.task in unsettled)
        return Decision(Outcome.OPEN, (*unsettled, *([good] if good else [])), states, times)
    if not good:
        return Decision(Outcome.NOBODY, (), states)
    return Decision(Outcome.SETTLED if trainings >= ENOUGH_TRAININGS else Outcome.PROVISIONAL, (good,), states)


def cheap_to_dear(contenders: Sequence[Contender], whose: str) -> list[Contender]:
    """By hours of labels if all are known."""
    hours = [one.hours.get(whose, math.nan) for one in contenders]
    if any(map(math.isnan, hours)):
        return list(contenders)
    return sorted(contenders, key=lambda one: one.hours[whose])


def _state(one: Contender, margin: float) -> State:
    proven = one.gain is None or one.gain.high < 0
    if not proven and one.gain and one.gain.low > -margin:
        return State.USELESS
    if one.behind.low >= margin:
        return State.WORSE
    if not proven:
        return State.UNPROVEN
    if one.behind.high < margin:
        return State.GOOD
    return State.PERHAPS if one.behind.low > 0 else State.OPEN


def _times(one: Contender, margin: float, state: State) -> float:
    """How many times as much evidence would settle an open task, if the difference stayed as it is.

    An interval's half shrinks as 1 / √n. It must leave out the margin; beside a baseline, 0, or as
    much as matters below it.
    """
    if state == State.UNPROVEN and one.gain:
        gained = one.gain.difference
        bounds = [bound for bound, may in ((0.0, gained < 0), (-margin, gained > -margin)) if may]
        return min(_squared(one.gain, bound) for bound in bounds)
    return _squared(one.behind, margin)


def _squared(interval: Interval, bound: float) -> float:
    """How many times as much evidence leaves out the bound, on the side on which the difference lies."""
    room = abs(interval.difference - bound)
    below = interval.difference < bound
    half = interval.high - interval.difference if below else interval.difference - interval.low
    return (half / room) ** 2 if room > 0 else math.inf
