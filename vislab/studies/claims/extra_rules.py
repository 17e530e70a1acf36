"""Rules that need measurements beside a study's models (see judge.judge); without them, they say what would decide."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from vislab.costs.labels.price_lists import WHOSE
from vislab.errors import VislabError
from vislab.evaluation.answers.questions import QUESTIONS
from vislab.evaluation.metrics.intervals import t_half_width
from vislab.studies.claims.evidence import TIMES, Evidence, ratio
from vislab.studies.claims.verdicts import ENOUGH_TRAININGS, Finding, Interval, Verdict, weigh

SEGMENTERS = ("semantic", "instance")


@dataclass(frozen=True)
class LightAndHeavy:
    """Every classifier answers quicker than every segmenter, whatever the architecture. Needs "architectures"."""

    times: float = TIMES

    @property
    def words(self) -> str:
        return (
            f"Architectures: supported if each segmenter takes {self.times:g} times as long for a picture as each "
            "classifier or longer, and the ranges do not meet; it depends if one segmenter is so much quicker than "
            "one classifier."
        )

    def __call__(self, evidence: Evidence) -> list[Finding]:
        costs = evidence.measured.get("architectures", ())
        classifiers = [cost for cost in costs if _get(cost, "task") == "classification"]
        segmenters = [cost for cost in costs if _get(cost, "task") in SEGMENTERS]
        if not classifiers or not segmenters:
            what = "vl.measure_cost of a light segmenter (LR-ASPP, say) and of a heavy classifier (ResNet-18, say)"
            why = f"Task and architecture were not varied separately; what would decide: {what}."
            return [Finding(Verdict.TOO_LITTLE, why)]
        return [self._find(*pair) for pair in product(classifiers, segmenters)]

    def _find(self, classifier: Mapping[str, Any], segmenter: Mapping[str, Any]) -> Finding:
        times = ratio(_latency(classifier), _latency(segmenter))
        first, second = _get(classifier, "name"), _get(segmenter, "name")
        sentence = (
            f"{second} ({_get(segmenter, 'task')}) takes {math.exp(-times.difference):.3g} times as long for a picture "
            f"as {first} (classification)"
        )
        if times.low <= 0 <= times.high:
            sentence += f"; their ranges meet ({math.exp(-times.high):.3g} to {math.exp(-times.low):.3g} times)"
        sentence += "."
        return Finding(weigh(times, math.log(self.times)), sentence, {"the architecture": f"{first} against {second}"})


@dataclass(frozen=True)
class FewPictures:
    """With few labelled pictures, or few hours of labelling, classification answers "any?" better. Needs "curves"."""

    margin: float = QUESTIONS["label"].margin

    @property
    def words(self) -> str:
        return (
            "At the fewest pictures that both were trained on, and at the fewest hours of labelling that both can be "
            "given, by published seconds and with a model's help: supported if the classifier is wrong on "
            f"{100 * self.margin:g} percentage points fewer pictures than the label from the semantic mask, by the "
            "95 % interval over at least three seeds."
        )

    def __call__(self, evidence: Evidence) -> list[Finding]:
        points = sorted(evidence.measured.get("curves", ()), key=_size)
        ours = [point for point in points if _get(point, "task") == "classification"]
        theirs = [point for point in points if _get(point, "task") == "semantic"]
        if not ours or not theirs:
            what = "learning curves of both tasks on nested subsets, three seeds or more, with the hours of labelling"
            why = f"Only one number of training pictures was tried; what would decide: {what}."
            return [Finding(Verdict.TOO_LITTLE, why)]
        findings = []
        shared = {_size(point) for point in ours} & {_size(point) for point in theirs}
        if shared:
            a, b = (next(point for point in curve if _size(point) == min(shared)) for curve in (ours, theirs))
            findings.append(self._find(a, b, f"{min(shared):g} pictures"))
        for whose, hours in _hours(theirs[0]).items():
            affordable = [point for point in ours if _hours(point).get(whose, math.inf) <= hours]
            if affordable:
                by = f", by {WHOSE.get(whose, whose)}" if whose else ""
                findings.append(self._find(affordable[-1], theirs[0], f"{hours:.3g} hours of labelling{by}"))
        why = "These curves share no number of pictures and no hours of labelling."
        return findings or [Finding(Verdict.TOO_LITTLE, why)]

    def _find(self, a: Mapping[str, Any], b: Mapping[str, Any], what: str) -> Finding:
        about = "the classifier is wrong on {} percentage points {} pictures than the mask"
        return _over_seeds(a, _get(a, "wrong"), _get(b, "wrong"), self.margin, about, ("fewer", "more"), what)


@dataclass(frozen=True)
class HeadStart:
    """A semantic segmenter learns more from few masks with a trained classifier's encoder. Needs "transfer"."""

    margin: float = 0.02

    @property
    def words(self) -> str:
        return (
            "At 32, 128 and 512 pictures: supported if 1 − mean IoU is lower by "
            f"{self.margin:g} or more with the trained classifier's encoder than from scratch, by the 95 % interval "
            "over at least three seeds; equivalent if the interval stays within that."
        )

    def __call__(self, evidence: Evidence) -> list[Finding]:
        points = sorted(evidence.measured.get("transfer", ()), key=_size)
        if not points:
            what = "a segmenter with a trained classifier's encoder against one from scratch, at 32, 128, 512 pictures"
            why = f"Nothing was transferred here; what would decide: {what}, three seeds each."
            return [Finding(Verdict.TOO_LITTLE, why)]
        return [self._find(point) for point in points]

    def _find(self, point: Mapping[str, Any]) -> Finding:
        what, about = f"{_size(point):g} pictures", "1 − IoU is {} hundredths {} with the classifier's encoder"
        a, b = _get(point, "transfer"), _get(point, "scratch")
        return _over_seeds(point, a, b, self.margin, about, ("lower", "higher"), what)


def _over_seeds(
    row: Mapping[str, Any], a: Sequence[float], b: Sequence[float], margin: float, about: str, words: tuple[str, str],
    what: str,
) -> Finding:  # fmt: skip
    """Whether `a` is less wrong than `b`, which hold an error for each seed, in the same order.

    row: may name the pictures ("of"). about: a sentence in which the first {} is the size of the difference in
    hundredths, and the second its direction, one of words. what: what there was to learn from.
    """
    if len(a) != len(b):
        raise VislabError(f"{len(a)} seeds against {len(b)} at {what}; give the same seeds of both")
    differences = np.asarray(a, float) - np.asarray(b, float)
    mean, half = float(differences.mean()), t_half_width(differences)
    interval = Interval(mean, mean - half, mean + half)
    verdict = weigh(interval, margin) if len(differences) >= ENOUGH_TRAININGS else Verdict.TOO_LITTLE
    sentence = f"{row['of']}: with" if row.get("of") else "With"
    sentence += f" {what}, " + about.format(f"{100 * abs(mean):.3g}", words[0] if mean < 0 else words[1])
    if len(differences) > 1:
        sentence += f" (95 % interval {100 * interval.low:+.3g} to {100 * interval.high:+.3g})"
    drawn = bool(row["drawn"]) if "drawn" in row else None
    return Finding(verdict, f"{sentence}; {len(a)} seeds.", {"what there is to learn from": what}, len(a), drawn)


def _get(row: Any, name: str) -> Any:
    if not isinstance(row, Mapping) or name not in row:
        raise VislabError(f"a further measurement must say its {name}, and this one is {row!r}")
    return row[name]


def _hours(row: Any) -> dict[str, float]:
    """Hours of labelling by whose seconds they are; "" if the row does not say."""
    hours = _get(row, "hours")
    by_whose = hours if isinstance(hours, Mapping) else {"": hours}
    return {str(whose): _number(by_whose, whose) for whose in by_whose}


def _number(row: Any, name: str) -> float:
    value = _get(row, name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
        raise VislabError(f"a further measurement's {name} must be a number above 0, not {value!r}")
    return float(value)


def _latency(row: Any) -> dict[str, float]:
    return {end: _number(_get(row, "latency_s"), end) for end in ("median", "p10", "p90")}


def _size(row: Any) -> float:
    return _number(row, "pictures")
