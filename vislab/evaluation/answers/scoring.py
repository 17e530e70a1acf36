"""How wrong answers are against the truth, and whether one model's are less wrong than another's."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vislab.data.scenes import Scenes
from vislab.errors import VislabError
from vislab.evaluation.answers.answers import Answers, true_numbers
from vislab.evaluation.answers.pointing import least, target
from vislab.evaluation.metrics.intervals import bootstrap

Floats = NDArray[np.float64]
Question = Literal["label", "share", "count", "point"]

# What is averaged over pictures, its name in a table, its name in a sentence, its unit, and that unit's size.
MEASURES: dict[str, tuple[str, str, str, float]] = {
    "label": ("wrong", "share of wrong labels", "percentage points", 100),
    "share": ("mae", "mean error of the share", "percentage points", 100),
    "count": ("mae", "mean error of the count", "objects", 1),
    "point": ("missed", "share of missed targets", "percentage points", 100),
}


def score_answers(truth: Scenes, given: Answers) -> dict[str, dict[str, float]]:
    """The error of each answer, each with the ends of its 95 % bootstrap interval over pictures ("low", "high").

    label: "wrong", the share of pictures. share: "mae", the mean absolute error; where truth has a share and the
    answer is that there is nothing to take a share of, it counts as 0. count: "mae", the mean absolute error of all
    things together, and "bias", the mean of said less there ("bias_low", "bias_high"). point: "missed", among
    pictures whose truth holds a target, the share where no point was given or it lies beside the target.
    NaN where nobody was trained to say or the truth does not know. Raises VislabError for other pictures' answers.
    """
    result: dict[str, dict[str, float]] = {}
    for question, (name, *_) in MEASURES.items():
        mean, low, high = bootstrap(picture_errors(truth, given, question))
        result[question] = {name: mean, "low": low, "high": high}
    mean, low, high = bootstrap(_count_off(truth, given))
    result["count"] |= {"bias": mean, "bias_low": low, "bias_high": high}
    return result


@dataclass(frozen=True)
class Comparison:
    """Two models on one question: the mean of a's error less b's over the same pictures, with its 95 % interval.

    Negative where a is better; a fraction for label, share and point, objects a picture for count. sentence: the
    same in words. All NaN where one of them does not answer.
    """

    question: Question
    difference: float
    low: float
    high: float
    sentence: str


def compare_pair(truth: Scenes, a: Answers, b: Answers, question: Question) -> Comparison:
    """Whether a or b answers a question better, judged picture by picture on the same pictures.

    The interval is over pictures: it says nothing of what another training of the same models would give.
    Raises VislabError for a question that is none, or answers of other pictures.
    """
    if question not in MEASURES:
        raise VislabError(f"{question!r} is no answer to compare; compare one of {', '.join(MEASURES)}")
    _, what, unit, size = MEASURES[question]
    off = picture_errors(truth, a, question) - picture_errors(truth, b, question)
    difference, low, high = bootstrap(off)
    if np.isnan(difference):
        silent = [given.name for given in (a, b) if question not in given.asked]
        why = f"{' and '.join(silent)} cannot say" if silent else "these pictures carry no truth of it"
        return Comparison(question, difference, low, high, f"The {what} cannot be compared: {why}.")
    interval = f"95 % interval {size * low:+.3g} to {size * high:+.3g}, {int((~np.isnan(off)).sum()):,} pictures"
    if low <= 0 <= high:
        sentence = (
            f"The {what} does not tell {a.name} and {b.name} apart: "
            f"{size * difference:+.3g} {unit} between them ({interval})."
        )
    else:
        which = "lower" if difference < 0 else "higher"
        sentence = (
            f"The {what} of {a.name} is {size * abs(difference):.3g} {unit} {which} than that of {b.name} ({interval})."
        )
    return Comparison(question, difference, low, high, sentence)


def picture_errors(truth: Scenes, given: Answers, question: str) -> Floats:
    """The error of one answer in each picture, float64 (n,); NaN where it is not asked or nobody says.

    label: 1 where it is wrong. share, count: absolute errors. point: 1 where the target is missed, NaN without one.
    Raises VislabError for the answers of other pictures.
    """
    if given.ids != truth.ids:
        raise VislabError(f"the answers of {given.name} are of other pictures than these; predict the same ones")
    if question not in given.asked:
        return np.full(len(truth), np.nan)
    if question == "count":
        return np.abs(_count_off(truth, given))
    if question == "point":
        return _missed(truth, given)
    label, share, _ = true_numbers(truth)
    if question == "share":
        return np.abs(np.nan_to_num(given.share) - share)
    return np.where(np.isnan(label), np.nan, given.label != label)


def _count_off(truth: Scenes, given: Answers) -> Floats:
    """Things said less things there, (n,); NaN where nobody says."""
    if "count" not in given.asked or truth.objects is None:
        return np.full(len(truth), np.nan)
    there = truth.count_objects().cpu().double().numpy().sum(1)
    return np.asarray(np.nansum(given.count, 1) - there, np.float64)


def _missed(truth: Scenes, given: Answers) -> Floats:
    """1 where a target is missed, 0 where it is hit, NaN where there is none to point at."""
    if truth.semantic is None:
        return np.full(len(truth), np.nan)
    hits = target(truth.vocabulary, truth.semantic.cpu()).numpy()
    n, h, w = hits.shape
    pointing = ~np.isnan(given.point).any(1)
    x, y = np.floor(np.nan_to_num(given.point)).astype(int).T
    inside = pointing & (x >= 0) & (x < w) & (y >= 0) & (y < h)
    on = inside & hits[np.arange(n), np.clip(y, 0, h - 1), np.clip(x, 0, w - 1)]
    return np.where(hits.sum((1, 2)) >= least(truth.vocabulary), ~on, np.nan)
