"""How wrong answers are against the truth, and whether one model's are less wrong than another's."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vislab.data.scenes import Scenes
from vislab.errors import VislabError
from vislab.evaluation.answers.answers import Answers
from vislab.evaluation.answers.questions import QUESTIONS, Question, Scoring, question_of
from vislab.evaluation.in_common import places
from vislab.evaluation.metrics.intervals import MeanInterval, bootstrap, paired_shares, wilson

Floats = NDArray[np.float64]


def score_answers(truth: Scenes, given: Answers) -> dict[str, dict[str, float]]:
    """The error of each answer, each with the ends of its 95 % interval over pictures ("low", "high"; over_pictures).

    label: "wrong", the share of pictures. share: "mae", the mean absolute error; where truth has a share and the
    answer is that there is nothing to take a share of, it counts as 0. count: "mae", the mean absolute error of all
    things together, and "bias", the mean of objects counted less objects there ("bias_low", "bias_high"). point:
    "missed", among pictures whose truth holds a target, the share where no point was given or it lies beside the
    target. NaN for a question that was not answered, or that the truth cannot tell. Answers for some of the pictures
    are judged on those.
    Raises VislabError for other pictures' answers.
    """
    result: dict[str, dict[str, float]] = {}
    for name, question in QUESTIONS.items():
        mean, low, high = over_pictures(question, picture_errors(truth, given, name))
        result[name] = {question.measure: mean, "low": low, "high": high}
        if question.offsets is not None:
            mean, low, high = bootstrap(_of_each(truth, given, name, question.offsets))
            result[name] |= {"bias": mean, "bias_low": low, "bias_high": high}
    return result


def picture_errors(truth: Scenes, given: Answers, question: str) -> Floats:
    """The error of one answer in each picture, float64 (n,); NaN where it was not answered or truth cannot tell.

    That is also so where a picture is none of those that were answered. label: 1 where it is wrong. share, count:
    absolute errors. point: 1 where the target is missed, NaN without one.
    Raises VislabError for the answers of other pictures or with other names, and for an unknown question.
    """
    return _of_each(truth, given, question, question_of(question).errors)


def _of_each(truth: Scenes, given: Answers, question: str, scoring: Scoring) -> Floats:
    """What `scoring` says of each picture of the truth, (n,); NaN where it was not answered."""
    found = places(truth, given.ids)
    if found is None:
        raise VislabError(f"the answers of {given.name} are of other pictures than these; predict the same ones")
    each = np.full(len(truth), np.nan)
    if question in given.values:
        some = truth if given.ids == truth.ids else truth.subset(found)
        some = some if given.vocabulary is None else some.renumber(given.vocabulary)
        each[found] = scoring(some, given.values[question])
    return each


def over_pictures(question: Question, errors: Floats) -> MeanInterval:
    """The mean error of pictures (n,) with its 95 % interval: Wilson's where answers are right or wrong; NaN left out.

    Numbers are off by any amount, and the bootstrap draws their pictures anew.
    """
    errors = errors[~np.isnan(errors)]
    return bootstrap(errors) if question.kind == "number" else wilson(int((errors > 0).sum()), len(errors))


def over_pairs(question: Question, differences: Floats) -> MeanInterval:
    """The mean difference of two models' errors on the same pictures (n,) with its 95 % interval; NaN is left out.

    Where answers are right or wrong, it goes by the pictures that only one of the two has wrong.
    """
    differences = differences[~np.isnan(differences)]
    if question.kind == "number":
        return bootstrap(differences)
    return paired_shares(int((differences > 0).sum()), int((differences < 0).sum()), len(differences))


@dataclass(frozen=True)
class Comparison:
    """Two models on one question: the mean of a's error less b's over the same pictures, with its 95 % interval.

    Negative where a is better; a fraction for label, share and point, objects a picture for count. sentence: the
    same in words. All NaN if one of them does not answer.
    """

    question: str
    difference: float
    low: float
    high: float
    sentence: str


def compare_pair(truth: Scenes, a: Answers, b: Answers, question: str) -> Comparison:
    """Whether a or b answers a question better, judged picture by picture on the same pictures.

    question: one of QUESTIONS. The interval is over pictures: it says nothing of what another training of the same
    models would give. Raises VislabError for an unknown question, or answers of other pictures.
    """
    asked = question_of(question)
    differences = picture_errors(truth, a, question) - picture_errors(truth, b, question)
    interval = over_pairs(asked, differences)
    if np.isnan(interval.mean):
        silent = [given.name for given in (a, b) if question not in given.values]
        why = f"{' and '.join(silent)} cannot say" if silent else "these pictures carry no truth of it"
        sentence = f"The {asked.quantity} cannot be compared: {why}."
    else:
        pictures = int((~np.isnan(differences)).sum())
        sentence = _in_words(asked, (a.name, b.name), interval, pictures)
    return Comparison(question, *interval, sentence)


def _in_words(asked: Question, names: tuple[str, str], ends: MeanInterval, pictures: int) -> str:
    difference, low, high = (asked.scale * end for end in ends)
    a, b = names
    if low <= 0 <= high:
        return (
            f"The {asked.quantity} does not tell {a} and {b} apart: {difference:+.3g} {asked.unit} between them "
            f"(95 % interval {low:+.3g} to {high:+.3g}, {pictures:,} pictures)."
        )
    which = "lower" if difference < 0 else "higher"
    least, most = sorted((abs(low), abs(high)))
    return (
        f"The {asked.quantity} of {a} is {abs(difference):.3g} {asked.unit} {which} than that of {b} "
        f"(95 % interval {least:.3g} to {most:.3g} {which}, {pictures:,} pictures)."
    )
