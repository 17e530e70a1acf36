"""What the comparison page can say at a glance, and the answers to the questions that readers bring along."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from vislab.costs.labels.budget import in_words
from vislab.costs.labels.price_lists import PUBLISHED
from vislab.evaluation.answers.questions import QUESTIONS
from vislab.studies.claims.card import Card, figures
from vislab.studies.claims.card_evidence import LABELS
from vislab.studies.claims.deciding import Outcome, cheap_to_dear
from vislab.studies.claims.evidence import Evidence
from vislab.studies.claims.verdicts import ENOUGH_TRAININGS, join_words


class Line(NamedTuple):
    """A question, and what each set of pictures says to it, in the order of the sets."""

    asked: str
    said: list[str]


class Answer(NamedTuple):
    """A question as readers ask it, its answer in paragraphs, and the section that says more: its id and name."""

    asked: str
    said: list[str]
    more: tuple[str, str]


def first_lines(evidence: Evidence, cards: Sequence[Card]) -> list[Line]:
    """A line for each question, and one for what they rest on."""
    lines = [
        Line(question.wording.capitalize(), [_in_short(card) for card in cards if card.question == name])
        for name, question in QUESTIONS.items()
    ]
    return [*lines, Line("Resting on", [_rests_on(evidence, world) for world in evidence.worlds])]


def _in_short(card: Card) -> str:
    """The headline, with the hours of labels of the tasks that it names."""
    hours = {one.task: one.hours.get(PUBLISHED, math.nan) for one in card.contenders}
    known = [in_words(hours[task]) for task in card.tasks if not math.isnan(hours[task])]
    prices = f" ({join_words(known, ' or ')} of labels)" if known and len(known) == len(card.tasks) else ""
    return card.headline + ("" if card.withheld else prices)


def _rests_on(evidence: Evidence, world: str) -> str:
    trainings = len(evidence.worlds[world])
    count = f"{trainings} training{'s' if trainings > 1 else ''}"
    few = "" if trainings >= ENOUGH_TRAININGS else f" of the {ENOUGH_TRAININGS} that settle it"
    test = evidence.worlds[world][0].data["test"]
    return f"{count}{few}, {test:,} test pictures{', drawn by a program' if evidence.drawn(world) else ''}"


def answers_to_readers(evidence: Evidence, cards: Sequence[Card]) -> list[Answer]:
    """The questions that pages about these tasks answer, answered by these figures."""
    return [
        Answer("What is the main difference?", [_difference(evidence)], ("tasks", "Each task")),
        Answer("Which is more accurate?", _accuracy(evidence, cards), ("answers", "Answers")),
        Answer("What is each used for?", _uses(evidence, cards), ("jobs", "Jobs")),
        Answer("Which is cheaper?", _prices(evidence, cards), ("costs", "Costs")),
    ]


def _difference(evidence: Evidence) -> str:
    models = next(iter(evidence.worlds.values()))[0].models
    each = [f"{task.capitalize()}{_learns(task)} answers {len(model['answers'])}." for task, model in models.items()]
    return f"What a model learns from, and so how many of the {len(QUESTIONS)} questions it answers. {' '.join(each)}"


def _learns(task: str) -> str:
    return f" learns from {LABELS[task]} and" if task in LABELS else ""


def _accuracy(evidence: Evidence, cards: Sequence[Card]) -> list[str]:
    said = ["Accuracy, mean IoU and mask AP share no scale. Answers to the same question on the same pictures do."]
    for card in cards:
        if card.contenders:
            errors = (f"{one.task} {figures(card.asked, one.error)}" for one in card.contenders)
            where = _named(evidence, card.world)
            said.append(f"{where}{card.asked.wording.capitalize()} ({card.asked.column}): {', '.join(errors)}.")
    return said


def _uses(evidence: Evidence, cards: Sequence[Card]) -> list[str]:
    said = []
    for card in cards:
        if card.outcome == Outcome.SETTLED:
            said.append(f"{_named(evidence, card.world)}{card.tasks[0].capitalize()}, if you ask {card.asked.wording}")
        elif card.outcome in (Outcome.PROVISIONAL, Outcome.OPEN):
            said.append(f"{_named(evidence, card.world)}{card.headline}, if you ask {card.asked.wording}")
    return said or ["These pictures advise none of the tasks."]


def _prices(evidence: Evidence, cards: Sequence[Card]) -> list[str]:
    said = []
    for world, studies in evidence.worlds.items():
        hours = {one.task: one for card in cards if card.world == world for one in card.contenders}
        priced = [one for one in cheap_to_dear(list(hours.values()), PUBLISHED) if PUBLISHED in one.hours]
        listed = join_words([f"{one.task} {in_words(one.hours[PUBLISHED])}" for one in priced])
        train = studies[0].data["train"]
        if listed:
            said.append(f"{_named(evidence, world)}Labels of {train:,} pictures, by published seconds: {listed}.")
    return said or ["Nobody priced the labels of these pictures."]


def _named(evidence: Evidence, world: str) -> str:
    """The pictures before a sentence, if there are several sets."""
    return f"{world}: " if len(evidence.worlds) > 1 else ""
