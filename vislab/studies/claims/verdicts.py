"""From measured differences to a verdict: pool what several trainings gave, weigh against a margin, put together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from vislab.evaluation.metrics.intervals import over_seeds


class Verdict(StrEnum):
    """What can come of judging a claim, or a part of it."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    EQUIVALENT = "equivalent"
    DEPENDS = "depends"
    TOO_LITTLE = "too little evidence"
    NOT_COMPARABLE = "not comparable"
    CATEGORY_ERROR = "category error"
    NOT_MEASURABLE = "not measurable"


VERDICTS = tuple(Verdict)
DECIDED = (Verdict.SUPPORTED, Verdict.CONTRADICTED, Verdict.EQUIVALENT)
ENOUGH_TRAININGS = 3  # each with a seed of its own, that a final verdict needs


@dataclass(frozen=True)
class Interval:
    """A difference with its 95 % interval; negative where the claim's side is better.

    pictures: what it was measured on, the same for studies that tested the same pictures.
    """

    difference: float
    low: float
    high: float
    pictures: str = ""


@dataclass(frozen=True)
class Finding:
    """What one part of a claim's rule found: its verdict, and why in a sentence.

    on: what this part is about, name → value ("the pictures": "smear"); a verdict that depends, depends on these.
    trainings: how many seeds it rests on, 0 where seeds play no part. drawn: whether on drawn pictures alone; None
    where no picture plays a part. bound: what else bounds it ("after 512 steps of training"), or "".
    """

    verdict: str
    sentence: str
    on: Mapping[str, str] = field(default_factory=dict)
    trainings: int = 0
    drawn: bool | None = None
    bound: str = ""


def pool(each: Sequence[Interval]) -> Interval:
    """One interval from several trainings', which covers other pictures and other seeds (intervals.over_seeds).

    A single training keeps its own.
    """
    if len(each) == 1:
        return each[0]
    sets = len({interval.pictures for interval in each})
    halves = [(interval.high - interval.low) / 2 for interval in each]
    return Interval(*over_seeds([interval.difference for interval in each], halves, sets), "several")


def weigh(interval: Interval, margin: float) -> Verdict:
    """The verdict on "the first is better", by a rule that stands before the data.

    equivalent: the interval lies within ± margin. supported, contradicted: it leaves out 0, and the difference is at
    least the margin. Else the evidence is too little.
    """
    if -margin < interval.low and interval.high < margin:
        return Verdict.EQUIVALENT
    if interval.high < 0 and interval.difference <= -margin:
        return Verdict.SUPPORTED
    if interval.low > 0 and interval.difference >= margin:
        return Verdict.CONTRADICTED
    return Verdict.TOO_LITTLE


def combine(findings: Sequence[Finding]) -> tuple[str, str]:
    """The verdict on all parts together, and what must be said with it, or "".

    If all parts agree, it is theirs; if decided parts disagree, it depends. Else a part without evidence leaves the
    whole without, and parts that cannot be compared leave the verdict to those that can.
    """
    if not findings:
        return Verdict.TOO_LITTLE, ""
    verdicts = list(dict.fromkeys(finding.verdict for finding in findings))
    decided = [finding for finding in findings if finding.verdict in DECIDED]
    if len({finding.verdict for finding in decided}) > 1:
        return Verdict.DEPENDS, _depends_on(decided)
    if len(verdicts) == 1:
        return verdicts[0], ""
    if Verdict.TOO_LITTLE in verdicts:
        return Verdict.TOO_LITTLE, f"(what is decided so far: {decided[0].verdict})" if decided else ""
    return (decided[0].verdict if decided else verdicts[0]), ""


def _depends_on(decided: Sequence[Finding]) -> str:
    """What the verdict depends on: the one thing that tells all verdicts apart, or else all that differs."""
    names = dict.fromkeys(name for finding in decided for name in finding.on)
    differ = [name for name in names if len({finding.on.get(name, "") for finding in decided}) > 1]
    chosen = [name for name in differ if _decides(name, decided)][:1] or differ
    parts = []
    for verdict in DECIDED:
        values = _values([finding for finding in decided if finding.verdict == verdict], chosen)
        if values:
            parts.append(f"{verdict} for {join_words(values)}")
    return f"on {join_words(chosen)}: {'; '.join(parts)}" if chosen else ""


def _values(findings: Iterable[Finding], names: Sequence[str]) -> list[str]:
    """The findings' values of these names: each finding's first once, the others behind it in brackets."""
    groups: dict[str, list[str]] = {}
    for finding in findings:
        first, *others = [finding.on[name] for name in names if finding.on.get(name)] or ["the rest"]
        groups.setdefault(first, []).append(", ".join(others))
    return [f"{first} ({'; '.join(dict.fromkeys(rest))})" if any(rest) else first for first, rest in groups.items()]


def _decides(name: str, decided: Sequence[Finding]) -> bool:
    """Whether all findings have a value of this name, and those of the same value the same verdict."""
    outcomes = {(finding.on[name], finding.verdict) for finding in decided if name in finding.on}
    return all(name in finding.on for finding in decided) and len(outcomes) == len({value for value, _ in outcomes})


def join_words(words: Sequence[str], last: str = " and ") -> str:
    """Words as a sentence lists them: "a, b and c"."""
    return last.join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
