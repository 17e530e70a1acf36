"""What the comparison page shows of a card of advice, and what its script needs to decide it anew."""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from vislab.costs.labels.annotation_time import OUTLINE, SECONDS
from vislab.costs.labels.budget import in_words
from vislab.costs.labels.price_lists import PUBLISHED
from vislab.studies.claims.card import (
    BETWEEN,
    MORE_PICTURES,
    MORE_TRAININGS,
    MOST,
    NONE,
    PROVISIONAL,
    TOO_CLOSE,
    USE,
    Card,
    figures,
)
from vislab.studies.claims.deciding import State, cheap_to_dear
from vislab.studies.claims.verdicts import ENOUGH_TRAININGS, Interval

SCRIPT = Path(__file__).with_name("cards.js").read_text(encoding="utf-8")
STEPS, FURTHEST = 20, 4  # of a slider: steps up to the question's own margin, and how many times that it reaches


class ContenderRow(NamedTuple):
    """A task on a card, in words; hours: of labels, "" if unknown."""

    task: str
    error: str
    hours: str
    state: str


def contender_rows(card: Card) -> list[ContenderRow]:
    """The tasks of a card, from the cheapest labels to the dearest."""
    states, rows = card.decision.states, []
    for one in cheap_to_dear(card.contenders, PUBLISHED):
        hours = one.hours.get(PUBLISHED, math.nan)
        price = "" if math.isnan(hours) else in_words(hours)
        state = "" if card.withheld else str(states[one.task])
        rows.append(ContenderRow(one.task, card.asked.error.format(figures(card.asked, one.error)), price, state))
    return rows


class Slider(NamedTuple):
    """The range of a card's margins, in the question's unit, as text."""

    least: str
    most: str
    step: str
    value: str


def slider(card: Card) -> Slider:
    """From a twentieth of the question's own margin to four times it, and the card's margin, wherever it lies."""
    own, now = card.asked.scale * card.asked.margin, card.asked.scale * card.margin
    step = min(own, now) / STEPS
    return Slider(*(f"{value:.6g}" for value in (step, FURTHEST * max(own, now), step, now)))


def for_script(cards: Iterable[Card]) -> dict[str, Any]:
    """All that cards.js needs, as JSON: the cards (null for those that no margin changes), the seconds, the words."""
    return {
        "cards": [_for_script(card) if card.contenders and not card.withheld else None for card in cards],
        "label": SECONDS["is a class there?"],
        "outline": OUTLINE,
        "most": MOST,
        "enough": ENOUGH_TRAININGS,
        "words": {
            "use": USE, "provisional": PROVISIONAL, "nobody": NONE, "open": BETWEEN, "tooClose": TOO_CLOSE,
            "pictures": MORE_PICTURES, "trainings": MORE_TRAININGS,
            "states": {state.name: state.value for state in State},
        },
    }  # fmt: skip


def _for_script(card: Card) -> dict[str, Any]:
    contenders = [
        {
            "task": one.task,
            "behind": _ends(one.behind),
            "gain": one.gain and _ends(one.gain),
            "hours": {whose: _plain(hours) for whose, hours in one.hours.items()},
        }
        for one in card.contenders
    ]
    return {
        "scale": card.asked.scale,
        "trainings": card.trainings,
        "test": card.test,
        "baseline": card.baseline,
        "contenders": contenders,
    }


def _ends(interval: Interval) -> list[float | None]:
    return [_plain(end) for end in (interval.difference, interval.low, interval.high)]


def _plain(value: float) -> float | None:
    """JSON knows no infinity and no NaN."""
    return value if math.isfinite(value) else None
