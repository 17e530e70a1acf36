"""Rules that need measurements which no study makes: each takes them as `claims.judge` documents, or names them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from vislab.errors import VislabError
from vislab.evaluation.answers.questions import QUESTIONS
from vislab.evaluation.metrics.intervals import t_half_width
from vislab.studies.claims.evidence import TIMES, Evidence
from vislab.studies.claims.verdicts import TOO_LITTLE, Finding, Interval, weigh

CLASSIFIES = ("classification",)
SEGMENTS = ("semantic", "instance")


@dataclass(frozen=True)
class LightAndHeavy:
    """Every classifier answers quicker than every segmenter, whatever the architecture. Needs "architectures"."""

    times: float = TIMES

    @property
    def words(self) -> str:
        """As in Rule."""
        return (
            f"Architectures: supported where each segmenter takes {self.times:g} times as long for a picture as each "
            "classifier or longer, and the ranges do not meet; it depends where one segmenter is so much quicker than "
            "one classifier."
        )

    def __call__(self, evidence: Evidence) -> list[Finding]:
        """As in Rule: a finding for each pair."""
        given = evidence.measured.get("architectures", ())
        light = [one for one in given if _get(one, "task") in CLASSIFIES]
        heavy = [one for one in given if _get(one, "task") in SEGMENTS]
        if not light or not heavy:
            what = "vl.measure_cost of a light segmenter (LR-ASPP, say) and of a heavy classifier (ResNet-18, say)"
            return [_lacking(f"Task and architecture were not varied separately; what would decide: {what}.")]
        found = []
        for a in light:
            for b in heavy:
                ends = [_get(one, "latency_s") for one in (a, b)]
                first, second = ({end: _number(one, end) for end in ("median", "p10", "p90")} for one in ends)
                ratio = Interval(
                    math.log(first["median"] / second["median"]),
                    math.log(first["p10"] / second["p90"]),
                    math.log(first["p90"] / second["p10"]),
                )
                pair = f"{_get(a, 'name')} against {_get(b, 'name')}"
                told = f"{_get(b, 'name')} ({_get(b, 'task')}) takes {math.exp(-ratio.difference):.3g} times as long "
                told += f"for a picture as {_get(a, 'name')} ({_get(a, 'task')})."
                found.append(Finding(weigh(ratio, math.log(self.times)), told, {"the architecture": pair}))
        return found


@dataclass(frozen=True)
class FewPictures:
    """With few labelled pictures, or few hours of labelling, classification answers "any?" better. Needs "curves"."""

    margin: float = QUESTIONS["label"].margin

    @property
    def words(self) -> str:
        """As in Rule."""
        return (
            "At the fewest pictures that both were trained on, and at the fewest hours of labelling that both can be "
            f"given: supported where the classifier is wrong on {100 * self.margin:g} percentage points fewer pictures "
            "than the label from the semantic mask, by the 95 % interval over at least three seeds."
        )

    def __call__(self, evidence: Evidence) -> list[Finding]:
        """As in Rule: one finding by pictures, one by hours."""
        points = evidence.measured.get("curves", ())
        ours = sorted((one for one in points if _get(one, "task") == "classification"), key=_size)
        theirs = sorted((one for one in points if _get(one, "task") == "semantic"), key=_size)
        if not ours or not theirs:
            what = "learning curves of both tasks on nested subsets, three seeds or more, with the hours of labelling"
            return [_lacking(f"Only one number of training pictures was tried; what would decide: {what}.")]
        found = []
        both = sorted({_size(one) for one in ours} & {_size(one) for one in theirs})
        if both:
            a, b = (next(one for one in some if _size(one) == both[0]) for some in (ours, theirs))
            found.append(self._find(a, b, f"{both[0]:g} pictures"))
        first = theirs[0]
        affordable = [one for one in ours if _number(one, "hours") <= _number(first, "hours")]
        if affordable:
            found.append(self._find(affordable[-1], first, f"{_number(first, 'hours'):.3g} hours of labelling"))
        return found or [_lacking("These curves share no number of pictures and no hours of labelling.")]

    def _find(self, a: Mapping[str, Any], b: Mapping[str, Any], what: str) -> Finding:
        told = f"{_with(a)} {what}, the classifier is wrong on {{}} percentage points {{}} pictures than the mask"
        found = _over_seeds(_get(a, "wrong"), _get(b, "wrong"), self.margin, told, ("fewer", "more"), what)
        return replace(found, drawn=_drawn(a))


@dataclass(frozen=True)
class HeadStart:
    """A semantic segmenter learns more from few masks with a trained classifier's encoder. Needs "transfer"."""

    margin: float = 0.02

    @property
    def words(self) -> str:
        """As in Rule."""
        return (
            "At 32, 128 and 512 pictures: supported where 1 − mean IoU is lower by "
            f"{self.margin:g} or more with the trained classifier's encoder than from scratch, by the 95 % interval "
            "over at least three seeds; equivalent where the interval stays within that."
        )

    def __call__(self, evidence: Evidence) -> list[Finding]:
        """As in Rule: a finding for each number of pictures."""
        points = sorted(evidence.measured.get("transfer", ()), key=_size)
        if not points:
            what = "a segmenter with a trained classifier's encoder against one from scratch, at 32, 128, 512 pictures"
            return [_lacking(f"Nothing was transferred here; what would decide: {what}, three seeds each.")]
        found = []
        for one in points:
            what = f"{_size(one):g} pictures"
            told = f"{_with(one)} {what}, 1 − IoU is {{}} hundredths {{}} with the classifier's encoder"
            ends = _get(one, "transfer"), _get(one, "scratch")
            found.append(replace(_over_seeds(*ends, self.margin, told, ("lower", "higher"), what), drawn=_drawn(one)))
        return found


def _over_seeds(
    a: Sequence[float], b: Sequence[float], margin: float, told: str, words: tuple[str, str], what: str
) -> Finding:
    """The finding on a being less wrong than b, both one a seed and in the same order of seeds."""
    if len(a) != len(b):
        raise VislabError(f"{len(a)} seeds against {len(b)} at {what}; give the same seeds of both")
    off = np.asarray(a, float) - np.asarray(b, float)
    half = t_half_width(off)
    found = Interval(float(off.mean()), float(off.mean()) - half, float(off.mean()) + half)
    verdict = weigh(found, margin) if len(off) >= 3 else TOO_LITTLE
    which = words[0] if found.difference < 0 else words[1]
    said = told.format(f"{100 * abs(found.difference):.3g}", which)
    if len(off) > 1:
        said += f" (95 % interval {100 * found.low:+.3g} to {100 * found.high:+.3g})"
    return Finding(verdict, f"{said}; {len(off)} seeds.", {"what there is to learn from": what}, len(off))


def _with(one: Mapping[str, Any]) -> str:
    """How a sentence begins: with what the pictures were, where that is said."""
    return f"{one['of']}: with" if one.get("of") else "With"


def _drawn(one: Mapping[str, Any]) -> bool | None:
    return bool(one["drawn"]) if "drawn" in one else None


def _lacking(why: str) -> Finding:
    return Finding(TOO_LITTLE, why)


def _get(one: Any, name: str) -> Any:
    if not isinstance(one, Mapping) or name not in one:
        raise VislabError(f"a further measurement must say its {name}, and this one is {one!r}")
    return one[name]


def _number(one: Any, name: str) -> float:
    value = _get(one, name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
        raise VislabError(f"a further measurement's {name} must be a number above 0, not {value!r}")
    return float(value)


def _size(one: Any) -> float:
    return _number(one, "pictures")
