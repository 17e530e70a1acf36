"""The cards of advice that the evidence gives: errors, differences, hours of labels, and what would train more."""

import math
import shlex
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from vislab.costs.labels.price_lists import price_lists
from vislab.errors import VislabError, is_number, is_whole
from vislab.evaluation.answers.questions import QUESTIONS, question_of
from vislab.studies.claims.card import Card
from vislab.studies.claims.deciding import Contender
from vislab.studies.claims.evidence import Evidence
from vislab.studies.claims.one_study import Study
from vislab.studies.claims.verdicts import ENOUGH_TRAININGS, Interval, pool
from vislab.studies.guests import NOT_TOLD, is_told

LABELS = {  # the tasks, from the cheapest labels to the dearest
    "classification": "one word a picture",
    "regression": "numbers of each picture",
    "semantic": "a mask of each picture",
    "instance": "a mask of every object",
}


def cards(evidence: Evidence, margins: Mapping[str, float]) -> list[Card]:
    """A card for each set of pictures and question. margins: as of advice.advise, which also says what is raised."""
    for name, margin in margins.items():
        question = question_of(name)
        if not is_number(margin) or not margin > 0:
            raise VislabError(f"the margin of {question.wording} must be above 0, not {margin!r}")
    asked = {name: margins.get(name, question.margin) for name, question in QUESTIONS.items()}
    return [_card(evidence, world, name, margin) for world in evidence.worlds for name, margin in asked.items()]


def _card(evidence: Evidence, world: str, name: str, margin: float) -> Card:
    studies = evidence.worlds[world]
    first = studies[0]
    errors, baselines = (_errors(studies, names, name) for names in (first.models, first.baselines))
    best, rival = (min(known, key=lambda one: known[one].difference, default="") for known in (errors, baselines))
    hours = _hours(studies)
    order = [*LABELS, *(task for task in errors if task not in LABELS)]
    contenders = [
        Contender(
            task,
            errors[task],
            Interval(0.0, 0.0, 0.0) if task == best else _difference(evidence, world, name, task, best),
            _difference(evidence, world, name, task, rival) if rival else None,
            hours.get(task, {}),
        )
        for task in sorted(errors, key=order.index)
    ]
    return Card(
        world, name, tuple(contenders), margin, len(studies), first.data["test"], _pictures(first),
        baseline=rival, baseline_error=baselines[rival].difference if rival else math.nan,
        silent=tuple(task for task, model in first.models.items() if name not in model["answers"]),
        command=_command(first) if len(studies) < ENOUGH_TRAININGS else "",
        withheld=evidence.why_unfinished(world, errors), guests=_guests(evidence, world, name, best),
    )  # fmt: skip


def _guests(evidence: Evidence, world: str, question: str, best: str) -> tuple[str, ...]:
    """What each guest's error is, beside that of the best task, and what is known of its costs."""
    studies, asked, told = evidence.worlds[world], QUESTIONS[question], []
    for name, error in _errors(studies, studies[0].guests, question).items():
        guest, test = studies[0].guests[name], studies[0].data["test"]
        some = f", on {guest['pictures']:,} of {test:,} pictures" if guest["pictures"] < test else ""
        ends = asked.figures({asked.measure: error.difference, "low": error.low, "high": error.high})
        line = f"{name}{some}: {asked.error.format(ends)}"
        if best:
            difference = _difference(evidence, world, question, name, best)
            how = "surely less than" if difference.high < 0 else "surely more than" if difference.low > 0 else ""
            line += f", {how} {best}" if how else f", not told apart from {best}"
        cost = "what it costs is its own word" if is_told(guest["cost"]) else f"what it costs is {NOT_TOLD}"
        told.append(f"{line}. It is not advised: {cost}.")
    return tuple(told)


def _errors(studies: Sequence[Study], names: Iterable[str], question: str) -> dict[str, Interval]:
    """Each one's mean error over studies with its interval, without those whose error some study does not know."""
    measure, most = QUESTIONS[question].measure, QUESTIONS[question].most
    known = {}
    for name in names:
        answers = [study.everyone().get(name, {}).get("answers", {}).get(question, {}) for study in studies]
        if not any(math.isnan(answer.get(measure, math.nan)) for answer in answers):
            pictures = [str(study.data.get("pictures", study.data["seed"])) for study in studies]
            each = [
                Interval(answer[measure], answer["low"], answer["high"], of)
                for answer, of in zip(answers, pictures, strict=True)
            ]
            mean = pool(each)
            known[name] = Interval(mean.difference, max(0.0, mean.low), min(most, mean.high))
    return known


def _difference(evidence: Evidence, world: str, question: str, a: str, b: str) -> Interval:
    """The interval of a's error less b's; without a paired difference nothing is ruled out."""
    each = evidence.differences(world, question, a, b)
    return pool(each) if each else Interval(0.0, -math.inf, math.inf)


def _hours(studies: Sequence[Study]) -> dict[str, dict[str, float]]:
    """Task → hours of labels for the training pictures by whose seconds; without tasks whose labels nobody priced."""
    seconds = {}
    for task in studies[0].models:
        each = [study.models.get(task, {}).get("cost", {}).get("labelling_s") for study in studies]
        known = [value for value in each if value is not None]
        if known:
            seconds[task] = float(np.mean(known))
    train = studies[0].data["train"]
    lists = price_lists(seconds)
    return {task: {whose: prices[task] * train / 3600 for whose, prices in lists.items()} for task in seconds}


def _pictures(study: Study) -> str:
    """The pictures and their range, in words."""
    data = study.data
    text = f"{study.called}, {'drawn, ' if study.drawn else ''}{data['size']} px, {data['test']:,} tested"
    match data.get("objects"):  # the fewest and the most; files from before they were kept lack them
        case [fewest, most] if is_whole(fewest, 0) and is_whole(most, fewest):
            return f"{text}, {fewest:,} to {most:,} objects in each"
    return text


def _command(study: Study) -> str:
    """The command that trains three times on such pictures."""
    data = study.data
    if study.drawn:
        parts = [f"--data {shlex.quote(data['name'])} --count {data['train']}"]
    else:
        parts = [f"--data {data['name']}" if data["name"] in ("nuclei", "pennfudan") else "--data FOLDER"]
    parts.append(f"--size {data['size']}")
    if encoder := data.get("encoder"):
        parts.append(f"--encoder {shlex.quote(str(encoder).partition(' ')[0])}")
    if length := data.get("minutes"):
        parts.append(f"--minutes {length:g}")
    elif length := data.get("epochs"):
        parts.append(f"--epochs {length:g}")
    return f"vislab compare {' '.join(parts)} --seeds {ENOUGH_TRAININGS}"
