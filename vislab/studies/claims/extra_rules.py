"""Rules that need measurements beside a study's models (see judge.judge); without them, they say what would decide."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from vislab.costs.labels.price_lists import WHOSE
from vislab.errors import VislabError
from vislab.evaluation.answers.questions import QUESTIONS
from vislab.evaluation.metrics.intervals import t_half_width
from vislab.studies.claims.evidence import TIMES, Evidence, ratio, weigh_times
from vislab.studies.claims.verdicts import ENOUGH_TRAININGS, Finding, Interval, Verdict, weigh

SEGMENTERS = ("semantic", "instance")
FEWEST = 2  # numbers of pictures, and of masks whose hours are a budget, that count as little data


@dataclass(frozen=True)
class LightAndHeavy:
    """Every classifier answers quicker than every segmenter, whatever the architecture. Needs "architectures"."""

    times: float = TIMES

    @property
    def words(self) -> str:
        return (
            f"Architectures: supported if each segmenter takes {self.times:g} times as long for a picture as each "
            "classifier or longer, and the ranges do not meet; it depends if one segmenter is so much quicker than "
            "one classifier; never equivalent, as these are times of separate runs."
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
        return Finding(weigh_times(times, self.times), sentence, {"the architecture": f"{first} against {second}"})


@dataclass(frozen=True)
class FewPictures:
    """With few labelled pictures, or few hours of labelling, classification answers "any?" better. Needs "curves"."""

    margin: float = QUESTIONS["label"].margin

    @property
    def words(self) -> str:
        return (
            "At the two fewest numbers of pictures that both were trained on, and for the hours that the two fewest "
            "masks take, by published seconds, with a model's help and, if known, by your own, spent on labels instead "
            "(as many as were measured at most): supported if the classifier's label is surely wrong less often than "
            f"the semantic mask's, by {100 * self.margin:g} percentage points or more; 95 % interval over three seeds "
            "or more."
        )

    def __call__(self, evidence: Evidence) -> list[Finding]:
        points = sorted(evidence.measured.get("curves", ()), key=_size)
        ours = [point for point in points if _get(point, "task") == "classification"]
        theirs = [point for point in points if _get(point, "task") == "semantic"]
        if not ours or not theirs:
            what = "learning curves of both tasks on nested subsets, three seeds or more, with the hours of labelling"
            why = f"Only one number of training pictures was tried; what would decide: {what}."
            return [Finding(Verdict.TOO_LITTLE, why)]
        pairs = [(a, b) for a in ours for b in theirs if _size(a) == _size(b)][:FEWEST]
        findings = [self._find(a, b, f"{_size(a):,g} pictures") for a, b in pairs]
        for masks in theirs[:FEWEST]:
            for whose, hours in _hours(masks).items():
                affordable = [point for point in ours if _hours(point).get(whose, math.inf) <= hours]
                if affordable:
                    by = f", by {WHOSE.get(whose, whose)}" if whose else ""
                    labels = affordable[-1]
                    all_of_them = ", all that were measured," if labels is ours[-1] else ""
                    bought = f" ({_size(labels):,g} labels{all_of_them} against {_size(masks):,g} masks)"
                    findings.append(self._find(labels, masks, f"{hours:.3g} hours of labelling{by}", bought))
        why = "These curves share no number of pictures and no hours of labelling."
        return findings or [Finding(Verdict.TOO_LITTLE, why)]

    def _find(self, a: Mapping[str, Any], b: Mapping[str, Any], what: str, bought: str = "") -> Finding:
        def tell(found: Interval) -> str:
            how = "less" if found.difference < 0 else "more"
            size = f"{100 * abs(found.difference):.3g} percentage points {how} often than the mask's"
            ends = _interval(f"{100 * found.low:+.3g} to {100 * found.high:+.3g}", found)
            return f"with {what}{bought}, the classifier's label is wrong {size}{ends}"

        return _over_seeds(a, _get(a, "wrong"), _get(b, "wrong"), self.margin, what, tell)


@dataclass(frozen=True)
class HeadStart:
    """A semantic segmenter learns more from few masks with a trained classifier's encoder. Needs "transfer"."""

    margin: float = 0.02

    @property
    def words(self) -> str:
        return (
            "At each number of pictures that was measured: supported if mean IoU is surely higher with the trained "
            f"classifier's encoder than from scratch, by {self.margin:g} or more, by the 95 % interval over at least "
            f"three seeds; equivalent if the interval stays within ± {self.margin:g}."
        )

    def __call__(self, evidence: Evidence) -> list[Finding]:
        points = sorted(evidence.measured.get("transfer", ()), key=_size)
        if not points:
            what = "a segmenter with a trained classifier's encoder against one from scratch, at 32, 128, 512 pictures"
            why = f"Nothing was transferred here; what would decide: {what}, three seeds each."
            return [Finding(Verdict.TOO_LITTLE, why)]
        return [self._find(point) for point in points]

    def _find(self, point: Mapping[str, Any]) -> Finding:
        what = f"{_size(point):,g} pictures"

        def tell(found: Interval) -> str:  # errors are 1 − IoU, so IoU has the other sign
            size = f"{abs(found.difference):.4f} {'higher' if found.difference < 0 else 'lower'}"
            ends = _interval(f"{-found.high:+.4f} to {-found.low:+.4f}", found)
            return f"with {what}, mean IoU is {size} with the classifier's encoder{ends}"

        return _over_seeds(point, _get(point, "transfer"), _get(point, "scratch"), self.margin, what, tell)


def _over_seeds(
    row: Mapping[str, Any], a: Sequence[float], b: Sequence[float], margin: float, what: str,
    tell: Callable[[Interval], str],
) -> Finding:  # fmt: skip
    """Whether `a` is less wrong than `b`, which hold an error for each seed, in the same order.

    row: may name the pictures ("of") and the "steps" of each training. what: what there was to learn from. tell: the
    difference in words, a sentence without its first capital and its end.
    """
    if len(a) != len(b):
        raise VislabError(f"{len(a)} seeds against {len(b)} at {what}; give the same seeds of both")
    differences = np.asarray(a, float) - np.asarray(b, float)
    mean, half = float(differences.mean()), t_half_width(differences)
    interval = Interval(mean, mean - half, mean + half)
    verdict = weigh(interval, margin) if len(differences) >= ENOUGH_TRAININGS else Verdict.TOO_LITTLE
    told = tell(interval)
    sentence = f"{row['of']}: {told}" if row.get("of") else told[0].upper() + told[1:]
    little = ": too little to matter" if verdict == Verdict.EQUIVALENT else ""
    drawn = bool(row["drawn"]) if "drawn" in row else None
    bound = f"after {_number(row, 'steps'):,g} steps of training" if "steps" in row else ""
    on = {"what there is to learn from": what}
    return Finding(verdict, f"{sentence}; {len(a)} seeds{little}.", on, len(a), drawn, bound)


def _interval(ends: str, found: Interval) -> str:
    """The interval in brackets, or "": a single seed has none."""
    return f" (95 % interval {ends})" if math.isfinite(found.low) else ""


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
