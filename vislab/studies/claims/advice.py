"""What follows from the measurements: which task to use for which question, and for everyday jobs."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from vislab.evaluation.answers.questions import QUESTIONS, Question
from vislab.studies.claims.evidence import Evidence
from vislab.studies.claims.verdicts import Interval, Verdict, join_words, pool, weigh

LABELS = {  # the tasks, from the cheapest labels to the dearest
    "classification": "one word a picture",
    "regression": "numbers of each picture",
    "semantic": "a mask of each picture",
    "instance": "a mask of every object",
}


@dataclass(frozen=True)
class Advice:
    """For one question and kind of picture: which task to use (None: none), and why in words.

    judged: whether all that answer it were trained long enough to be judged; if not, no task is advised.
    """

    world: str
    question: str
    use: str | None
    why: str
    judged: bool = True


@dataclass(frozen=True)
class Job:
    """An everyday job: the question it asks, and the classes of pictures that show how well a task answers it.

    asks: one of QUESTIONS, None if it is another task altogether. classes: a pattern that the whole name of such a
    class fits, in lower case. takes: such classes in words. caveat: what they leave open, whoever made them.
    """

    name: str
    asks: str | None
    classes: str = ""
    takes: str = ""
    caveat: str = ""

    def is_of(self, name: str) -> bool:
        """Whether a class of this name is one that the job is about."""
        return bool(re.fullmatch(self.classes, re.sub(r"[\W_]+", " ", name.lower()).strip()))


class JobAdvice(NamedTuple):
    """The task advised for a job ("" for none), and the evidence in words."""

    job: Job
    task: str
    why: str


JOBS = (
    Job("infection in blood films", "label", r"infected( .+)?|(.+ )?(parasite|trophozoite|schizont|gametocyte)s?",
        "infected cells or parasites"),
    Job("a tumour's outline", "point", r"(.+ )?(tumou?r|lesion|polyp|carcinoma|melanoma)s?", "tumours or lesions",
        "an outline is more than a point"),
    Job("drivable area", "share", r"(.+ )?(road|roadway|street|lane)s?|driv(e)?able( .+)?", "roads"),
    Job("removing a background", "share", r"foreground|(.+ )?(subject|portrait)s?", "a foreground"),
    Job("taking inventory", "count", r"(.+ )?(product|item|bottle|carton|package|parcel|pallet)s?|(.+ )?box(es)?",
        "goods (products, boxes, bottles)"),
    Job("counting crowds", "count", r"(.+ )?(person|people|pedestrian|human)s?", "people",
        "a few people in a picture are no crowd"),
    Job("counting cells", "count", r"(.+ )?(cell|nucleus|nuclei|erythrocyte|leu[ck]ocyte)s?", "cells or nuclei"),
    Job("recognising faces", None, caveat="who is it? is another task than any here"),
    Job("tracking in video", None, caveat="the same object from picture to picture: another task than any here"),
    Job("detecting objects", None, caveat="boxes are another task than any here"),
)  # fmt: skip


def advise(evidence: Evidence) -> list[Advice]:
    """For each set of pictures and question, the task with the cheapest labels among those that none beats by much.

    "Much" is the question's margin: the upper end of the 95 % interval of the paired difference to the best stays
    below it. Which tasks are worse is decided as claims are (verdicts.weigh). A task that is not surely better than
    every baseline is not advised.
    """
    return [_advise(evidence, world, question) for world in evidence.worlds for question in QUESTIONS.values()]


def jobs(evidence: Evidence) -> list[JobAdvice]:
    """What these results advise for each of JOBS, from the pictures that have classes which the job is about."""
    advice = advise(evidence)
    return [
        _advise_job(job, evidence, [one for one in advice if one.question == job.asks and _shows(evidence, one, job)])
        for job in JOBS
    ]


def _shows(evidence: Evidence, one: Advice, job: Job) -> bool:
    """Whether the pictures of an advice have a class that the job is about."""
    return any(job.is_of(name) for name in evidence.worlds[one.world][0].classes)


def _advise_job(job: Job, evidence: Evidence, advice: Sequence[Advice]) -> JobAdvice:
    useful = [one for one in advice if one.use]
    if useful:
        why = " ".join(f"{one.world}: {one.why}" for one in useful)
        caveats = [job.caveat, *(_caveat(job, evidence, one.world) for one in useful)]
        but = "; ".join(dict.fromkeys(filter(None, caveats)))
        tasks = dict.fromkeys(one.use for one in useful if one.use)
        return JobAdvice(job, " or ".join(tasks), f"{why} (But: {but}.)" if but else why)
    if advice:
        return JobAdvice(job, "", " ".join(f"{one.world}: {one.why}" for one in advice))
    reason = f"it would take pictures with {job.takes} among their classes" if job.asks else job.caveat
    return JobAdvice(job, "", f"no evidence here: {reason}.")


def _caveat(job: Job, evidence: Evidence, world: str) -> str:
    """What pictures leave open: whether a program drew them, and what the question was asked of if not of the job."""
    asked = evidence.worlds[world][0].asked(job.asks or "")
    others = join_words(asked[:6]) + (f" and {len(asked) - 6} more" if len(asked) > 6 else "")
    of_others = "" if all(map(job.is_of, asked)) else f"it was asked of {others} there"
    return ", and ".join(filter(None, ["drawn pictures alone" if evidence.drawn(world) else "", of_others]))


def _advise(evidence: Evidence, world: str, question: Question) -> Advice:
    study, name = evidence.worlds[world][0], question.name
    errors = _known_errors(evidence, world, study.models, name)
    if not errors:
        why = f"No model here answers {question.wording} on pictures that carry its truth."
        return Advice(world, name, None, why)
    if withheld := evidence.why_unfinished(world, errors):
        return Advice(world, name, None, f"{withheld[0].upper()}{withheld[1:]}.", judged=False)
    best = min(errors, key=lambda task: errors[task])
    differences = {task: _difference(evidence, world, name, task, best) for task in errors if task != best}
    near = [best, *(task for task, found in differences.items() if found.high < question.margin)]
    order = [*LABELS, *(task for task in errors if task not in LABELS)]
    use = min(near, key=order.index)
    baselines = _known_errors(evidence, world, study.baselines, name)
    if baselines:
        rival = min(baselines, key=lambda baseline: baselines[baseline])
        if not _difference(evidence, world, name, use, rival).high < 0:
            why = f"{rival.capitalize()}, a baseline without a network, is {_error(question, baselines[rival])}, and "
            return Advice(world, name, None, why + f"{use}, {_error(question, errors[use])}, not surely less.")
    why = f"It is {_error(question, errors[use])}"
    if use != best:
        why += f"; {best} ({_error(question, errors[best])}) is not better by as much as matters"
    why += f". It learns from {LABELS[use]}." if use in LABELS else "."
    others = {task: found for task, found in differences.items() if task not in near}
    silent = [task for task, model in study.models.items() if name not in model["answers"]]
    why += _about_others(question, others, errors) + (f" Cannot say: {', '.join(silent)}." if silent else "")
    return Advice(world, name, use, why)


def _about_others(question: Question, others: Mapping[str, Interval], errors: Mapping[str, float]) -> str:
    """Which of the other tasks are surely worse than the best, and which may be."""
    worse = [task for task, found in others.items() if weigh(found, question.margin) == Verdict.CONTRADICTED]
    unsettled = [task for task in others if task not in worse]
    text = ""
    for start, tasks, end in (
        ("Worse by as much as matters: ", worse, "."),
        ("Worse, and not settled whether by as much as matters: ", [t for t in unsettled if others[t].low > 0], "."),
        ("Not settled by these pictures: whether ", [t for t in unsettled if not others[t].low > 0], " would do."),
    ):
        if tasks:
            text += f" {start}{', '.join(f'{task} ({_error(question, errors[task])})' for task in tasks)}{end}"
    return text


def _known_errors(evidence: Evidence, world: str, names: Iterable[str], question: str) -> dict[str, float]:
    """Each one's mean error over studies, without those whose error some study does not know."""
    studies = evidence.worlds[world]
    errors = {name: float(np.mean([study.error(name, question) for study in studies])) for name in names}
    return {name: error for name, error in errors.items() if not math.isnan(error)}


def _difference(evidence: Evidence, world: str, question: str, a: str, b: str) -> Interval:
    """The interval of a's error less b's; without a paired difference nothing is ruled out."""
    each = evidence.differences(world, question, a, b)
    return pool(each) if each else Interval(0.0, -math.inf, math.inf)


def _error(question: Question, error: float) -> str:
    return question.error.format(question.figure(error))
