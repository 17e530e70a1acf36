"""What follows from the measurements: which task to use for which question, and for everyday jobs."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from vislab.evaluation.answers.questions import QUESTIONS, Question
from vislab.studies.claims.evidence import Evidence
from vislab.studies.claims.verdicts import Interval, Verdict, pool, weigh

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
    """An everyday job: the question it asks, and the pictures that show how well a task answers it.

    asks: one of QUESTIONS, None if it is another task altogether. pictures: names of the sets. caveat: what they
    leave open.
    """

    name: str
    asks: str | None
    pictures: tuple[str, ...] = ()
    caveat: str = ""


class JobAdvice(NamedTuple):
    """The task advised for a job ("" for none), and the evidence in words."""

    job: Job
    task: str
    why: str


JOBS = (
    Job("infection in blood films", "label", ("smear",), "drawn films"),
    Job("a tumour's outline", "point", (), "no scan was measured, and an outline is more than a point"),
    Job("drivable area", "share", ("street",), "drawn streets, no photographs"),
    Job("removing a background", "share", (), "no photograph was measured"),
    Job("taking inventory", "count", (), "no shelf was measured"),
    Job("counting crowds", "count", ("pennfudan",), "pictures of a few people, no crowds"),
    Job("counting cells", "count", ("smear", "nuclei"), ""),
    Job("recognising faces", None, (), "who is it? is another task than any here"),
    Job("tracking in video", None, (), "the same object from picture to picture: another task than any here"),
    Job("detecting objects", None, (), "boxes are another task than any here"),
)


def advise(evidence: Evidence) -> list[Advice]:
    """For each set of pictures and question, the task with the cheapest labels among those that none beats by much.

    "Much" is the question's margin: the upper end of the 95 % interval of the paired difference to the best stays
    below it. Which tasks are worse is decided as claims are (verdicts.weigh). A task that is not surely better than
    every baseline is not advised.
    """
    return [_advise(evidence, world, question) for world in evidence.worlds for question in QUESTIONS.values()]


def jobs(evidence: Evidence) -> list[JobAdvice]:
    """What these results advise for each of JOBS."""
    advice = advise(evidence)
    names = {world: studies[0].data["name"] for world, studies in evidence.worlds.items()}
    return [
        _advise_job(job, [one for one in advice if one.question == job.asks and names[one.world] in job.pictures])
        for job in JOBS
    ]


def _advise_job(job: Job, advice: Sequence[Advice]) -> JobAdvice:
    useful = [one for one in advice if one.use]
    if useful:
        why = " ".join(f"{one.world}: {one.why}" for one in useful)
        caveat = f" (But: {job.caveat}.)" if job.caveat else ""
        return JobAdvice(job, " or ".join(dict.fromkeys(one.use for one in useful if one.use)), why + caveat)
    reason = "" if job.pictures and job.asks else job.caveat
    if job.pictures and not advice:
        reason = f"it would take {' or '.join(job.pictures)}"
    return JobAdvice(job, "", f"no evidence here{f': {reason}' if reason else ''}.")


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
