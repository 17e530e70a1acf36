"""What follows from the measurements: which task to use for which question, and what is known of everyday jobs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vislab.evaluation.answers.questions import QUESTIONS
from vislab.studies.claims.evidence import Evidence
from vislab.studies.claims.verdicts import CONTRADICTED, Interval, pool, weigh

LABELS = {  # the tasks, from the cheapest labels to the dearest
    "classification": "one word a picture",
    "regression": "numbers of each picture",
    "semantic": "a mask of each picture",
    "instance": "a mask of every object",
}


@dataclass(frozen=True)
class Advice:
    """For one question and kind of picture: which task to use (None: none), and why in words."""

    world: str
    question: str
    use: str | None
    why: str


@dataclass(frozen=True)
class Job:
    """A job that people have for these tasks: the question it puts, the pictures that tell of it, what they leave open.

    asks: one of the four questions, None where it is another task altogether. pictures: names of the sets.
    """

    name: str
    asks: str | None
    pictures: tuple[str, ...] = ()
    caveat: str = ""


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
    """For each set of pictures and question, the task with the cheapest labels of those nobody is much better than.

    "Much" is the question's margin: the upper end of the 95 % interval of the paired difference to the best stays
    below it. Who is worse is said by the rule that judges claims (weighing.weigh). A task that no better than ties
    with a baseline is not advised.
    """
    return [_advise_one(evidence, world, question) for world in evidence.worlds for question in QUESTIONS]


def jobs(evidence: Evidence) -> list[tuple[Job, str, str]]:
    """Each job, the task that these results advise for its question ("" for none), and the evidence in words."""
    rows = []
    told = {(one.world, one.question): one for one in advise(evidence)}
    for job in JOBS:
        found = [
            told[world, job.asks]
            for world, studies in evidence.worlds.items()
            if job.asks and studies[0].data["name"] in job.pictures
        ]
        tasks = list(dict.fromkeys(one.use for one in found if one.use))
        if tasks:
            words = " ".join(f"{one.world}: {one.why}" for one in found if one.use)
            caveat = f" (But: {job.caveat}.)" if job.caveat else ""
            rows.append((job, " or ".join(tasks), words + caveat))
        else:
            why = f": {job.caveat}" if job.caveat and (not job.pictures or not job.asks) else ""
            if job.pictures and not found:
                why = f": it would take {' or '.join(job.pictures)}"
            rows.append((job, "", f"no evidence here{why}."))
    return rows


def mean_error(evidence: Evidence, world: str, name: str, question: str) -> float:
    """The mean error over studies; NaN where a study lacks it or cannot tell it."""
    measure = QUESTIONS[question].measure
    values = [study.who().get(name, {}).get("answers", {}).get(question, {}).get(measure, math.nan)
              for study in evidence.worlds[world]]  # fmt: skip
    return float(np.mean(values))


def _advise_one(evidence: Evidence, world: str, question: str) -> Advice:
    studies = evidence.worlds[world]
    errors = {name: mean_error(evidence, world, name, question) for name in studies[0].models}
    errors = {name: error for name, error in errors.items() if not math.isnan(error)}
    asked = QUESTIONS[question].wording
    if not errors:
        return Advice(world, question, None, f"No model here answers {asked} on pictures that carry its truth.")
    best = min(errors, key=lambda name: errors[name])
    ends = {name: _ends(evidence, world, question, name, best) for name in errors if name != best}
    margin = QUESTIONS[question].margin
    near = [best] + [name for name, found in ends.items() if found.high < margin]
    order = [*LABELS, *(name for name in errors if name not in LABELS)]
    use = min(near, key=order.index)
    baselines = {name: mean_error(evidence, world, name, question) for name in studies[0].baselines}
    baselines = {name: error for name, error in baselines.items() if not math.isnan(error)}
    if baselines:
        rival = min(baselines, key=lambda name: baselines[name])
        if not _ends(evidence, world, question, use, rival).high < 0:
            why = f"{rival.capitalize()}, a baseline without a network, is {_wrong(question, baselines[rival])}, and "
            return Advice(world, question, None, why + f"{use}, {_wrong(question, errors[use])}, not surely less.")
    told = f"It is {_wrong(question, errors[use])}"
    if use != best:
        told += f"; {best} ({_wrong(question, errors[best])}) is not better by as much as matters"
    told += f". It learns from {LABELS[use]}." if use in LABELS else "."
    worse = [name for name, found in ends.items() if weigh(found, margin) == CONTRADICTED]
    rest = [name for name in ends if name not in near and name not in worse]
    little = [name for name in rest if ends[name].low > 0]
    open_ = [name for name in rest if name not in little]
    if worse:
        told += f" Worse by as much as matters: {_with_errors(worse, question, errors)}."
    if little:
        told += f" Worse, and not settled whether by as much as matters: {_with_errors(little, question, errors)}."
    if open_:
        told += f" Not settled by these pictures: whether {_with_errors(open_, question, errors)} would do."
    silent = [name for name in studies[0].models if question not in studies[0].models[name]["answers"]]
    if silent:
        told += f" Cannot say: {', '.join(silent)}."
    return Advice(world, question, use, told)


def _ends(evidence: Evidence, world: str, question: str, a: str, b: str) -> Interval:
    """The interval of a's error less b's; without a paired difference nothing is ruled out."""
    each = evidence.differences(world, question, a, b)
    return pool(each) if each else Interval(0.0, -math.inf, math.inf)


def _wrong(question: str, error: float) -> str:
    return QUESTIONS[question].error.format(QUESTIONS[question].figure(error))


def _with_errors(names: Sequence[str], question: str, errors: dict[str, float]) -> str:
    return ", ".join(f"{name} ({_wrong(question, errors[name])})" for name in names)
