"""What follows from the measurements: which task to use for which question, and for everyday jobs."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from vislab.studies.claims.card import Card
from vislab.studies.claims.card_evidence import cards
from vislab.studies.claims.deciding import Outcome
from vislab.studies.claims.evidence import Evidence
from vislab.studies.claims.verdicts import join_words
from vislab.system.files import read_json


@dataclass(frozen=True)
class Job:
    """An everyday job: the question it asks, and the classes of pictures that show how well a task answers it.

    asks: one of QUESTIONS, None if it asks none of them. classes: a pattern that the whole name of such a
    class fits, in lower case. takes: such classes in words. caveat: what they leave open, whoever made them.
    measured: a file of what a benchmark measured of a job that asks none of them; None without one.
    """

    name: str
    asks: str | None
    classes: str = ""
    takes: str = ""
    caveat: str = ""
    measured: Path | None = None

    def is_of(self, name: str) -> bool:
        """Whether a class of this name is one that the job is about."""
        return bool(re.fullmatch(self.classes, re.sub(r"[\W_]+", " ", name.lower()).strip()))


class JobAdvice(NamedTuple):
    """The task advised for a job ("" unless it is settled), and the evidence in words."""

    job: Job
    task: str
    why: str


CUT_OUT = Path(__file__).parent / "cut_out.json"  # written by benchmarks/cut_out.py
AREA = (
    "none of the four asks which pixels. How much? comes nearest, and tests the area, not whether it lies in the right "
    "place; IoU tests that, of masks alone"
)
JOBS = (
    Job("infection in blood films", "label", r"infected( .+)?|(.+ )?(parasite|trophozoite|schizont|gametocyte)s?",
        "infected cells or parasites"),
    Job("a tumour's outline", None, caveat=AREA),
    Job("drivable area", None, caveat=AREA),
    Job("removing a background", None, measured=CUT_OUT,
        caveat="people in streets alone; the classifier learned from parts with and without a person"),
    Job("taking inventory", "count", r"(.+ )?(product|item|bottle|can|carton|package|parcel|pallet)s?|(.+ )?box(es)?",
        "goods (products, boxes, bottles)"),
    Job("counting crowds", "count", r"(.+ )?(person|people|pedestrian|human)s?", "people",
        "a few people in a picture are no crowd"),
    Job("counting cells", "count", r"(.+ )?(cell|nucleus|nuclei|erythrocyte|leu[ck]ocyte)s?", "cells or nuclei"),
    Job("recognising faces", None, caveat="who is it? is another task than any here"),
    Job("tracking in video", None, caveat="the same object from picture to picture: another task than any here"),
    Job("detecting objects", None, caveat="boxes are another task than any here"),
)  # fmt: skip


def advise(evidence: Evidence, margins: Mapping[str, float] | None = None) -> list[Card]:
    """A card for each set of pictures and question, by the rule of deciding.decide.

    margins: question → the smallest difference that matters to you, in the error's own unit (0.02 is two percentage
    points); a question's own margin without it. Raises VislabError for an unknown question or a margin not above 0.
    """
    return cards(evidence, margins or {})


def jobs(evidence: Evidence, margins: Mapping[str, float] | None = None) -> list[JobAdvice]:
    """What these results advise for each of JOBS, from the pictures that have classes which the job is about."""
    advice = advise(evidence, margins)
    return [
        _advise_job(job, evidence, [one for one in advice if one.question == job.asks and _shows(evidence, one, job)])
        for job in JOBS
    ]


def _shows(evidence: Evidence, one: Card, job: Job) -> bool:
    """Whether the pictures of an advice have a class that the job is about."""
    return any(job.is_of(name) for name in evidence.worlds[one.world][0].classes)


def _advise_job(job: Job, evidence: Evidence, advice: Sequence[Card]) -> JobAdvice:
    if job.measured is not None:
        return JobAdvice(job, "", f"{_measured_apart(job.measured)}\n(But: {job.caveat}.)")
    if not advice:
        reason = f"it would take pictures with {job.takes} among their classes" if job.asks else job.caveat
        return JobAdvice(job, "", f"no evidence here: {reason}.")
    settled = [one for one in advice if one.outcome == Outcome.SETTLED]
    told = settled or [one for one in advice if one.outcome == Outcome.PROVISIONAL] or advice
    why = "\n".join(f"{one.world}: {one.headline}. {one.why}" for one in told)
    if told[0].outcome in (Outcome.SETTLED, Outcome.PROVISIONAL):
        caveats = [job.caveat, *(_caveat(job, evidence, one.world) for one in told)]
        but = "; ".join(dict.fromkeys(filter(None, caveats)))
        why += f"\n(But: {but}.)" if but else ""
    return JobAdvice(job, " or ".join(dict.fromkeys(one.tasks[0] for one in settled)), why)


def _measured_apart(path: Path) -> str:
    """What a benchmark found, a line for each way: medians of its runs, with the least and the most."""
    told = read_json(path, format=1)
    lines = [
        f"measured apart from these results: the foreground of {told['test']} {told['pictures']}, found by what "
        f"learned from {told['train']} others, models for {told['minutes']:g} min; IoU, and F of its boundary."
    ]
    for way, scores in told["ways"].items():
        lines.append(f"{way.capitalize()}: {', '.join(_spread(*scores[name]) for name in ('iou', 'boundary_f'))}.")
    return "\n".join(lines)


def _spread(middle: float, low: float, high: float) -> str:
    least, most = f"{low:.2f}", f"{high:.2f}"
    return f"{middle:.2f}" + (f" ({least}–{most})" if least != most else "")


def _caveat(job: Job, evidence: Evidence, world: str) -> str:
    """What pictures leave open: whether a program drew them, and what the question was asked of if not of the job."""
    asked = evidence.worlds[world][0].asked(job.asks or "")
    others = join_words(asked[:6]) + (f" and {len(asked) - 6} more" if len(asked) > 6 else "")
    of_others = "" if all(map(job.is_of, asked)) else f"it was asked of {others} there"
    return ", and ".join(filter(None, ["drawn pictures alone" if evidence.drawn(world) else "", of_others]))
