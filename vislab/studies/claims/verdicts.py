"""From measured differences to a verdict: pool what several trainings gave, weigh against a margin, put together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from vislab.evaluation.metrics.intervals import over_seeds

SUPPORTED, CONTRADICTED, EQUIVALENT, DEPENDS = "supported", "contradicted", "equivalent", "depends"
TOO_LITTLE, NOT_COMPARABLE = "too little evidence", "not comparable"
CATEGORY_ERROR, NOT_MEASURABLE = "category error", "not measurable"
VERDICTS = (SUPPORTED, CONTRADICTED, EQUIVALENT, DEPENDS, TOO_LITTLE, NOT_COMPARABLE, CATEGORY_ERROR, NOT_MEASURABLE)
DECIDED = (SUPPORTED, CONTRADICTED, EQUIVALENT)
ENOUGH = 3  # trainings, each with a seed of its own, that a final verdict needs


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
    where no picture plays a part.
    """

    verdict: str
    sentence: str
    on: Mapping[str, str] = field(default_factory=dict)
    trainings: int = 0
    drawn: bool | None = None


def pool(each: Sequence[Interval]) -> Interval:
    """One interval from several trainings', which covers other pictures and other seeds (intervals.over_seeds).

    One: its own.
    """
    if len(each) == 1:
        return each[0]
    sets = len({one.pictures for one in each})
    halves = [(one.high - one.low) / 2 for one in each]
    return Interval(*over_seeds([one.difference for one in each], halves, sets), "several")


def weigh(found: Interval, margin: float) -> str:
    """The verdict on "the first is better", by a rule that stands before the data.

    equivalent: the interval lies within ± margin. supported, contradicted: it leaves out 0, and the difference is at
    least the margin. Else the evidence is too little.
    """
    if -margin < found.low and found.high < margin:
        return EQUIVALENT
    if found.high < 0 and found.difference <= -margin:
        return SUPPORTED
    if found.low > 0 and found.difference >= margin:
        return CONTRADICTED
    return TOO_LITTLE


def combine(findings: Sequence[Finding]) -> tuple[str, str]:
    """The verdict on all parts together, and what must be said with it ("" where nothing must).

    All agree: that. Decided parts disagree: it depends. Else a part without evidence leaves the whole without, and
    parts that cannot be compared leave the verdict to those that can.
    """
    if not findings:
        return TOO_LITTLE, ""
    verdicts = list(dict.fromkeys(finding.verdict for finding in findings))
    decided = [finding for finding in findings if finding.verdict in DECIDED]
    if len({finding.verdict for finding in decided}) > 1:
        return DEPENDS, _depends_on(decided)
    if len(verdicts) == 1:
        return verdicts[0], ""
    if TOO_LITTLE in verdicts:
        return TOO_LITTLE, f"(what is decided so far: {decided[0].verdict})" if decided else ""
    return (decided[0].verdict if decided else verdicts[0]), ""


def _depends_on(decided: Sequence[Finding]) -> str:
    """What alone tells the verdicts apart, or else all that differs; with the values behind each verdict."""
    names = dict.fromkeys(name for finding in decided for name in finding.on)
    differ = [name for name in names if len({finding.on.get(name, "") for finding in decided}) > 1]
    shared = [name for name in differ if all(name in finding.on for finding in decided)]
    alone = [name for name in shared if _tells(name, decided)]
    chosen = alone[:1] or differ
    told = []
    for verdict in DECIDED:
        groups: dict[str, list[str]] = {}  # the first name's value → those of the others
        for finding in decided:
            if finding.verdict == verdict:
                first, *others = [finding.on.get(name, "") for name in chosen] or [""]
                groups.setdefault(first, []).append(", ".join(filter(None, others)))
        values = [
            f"{first} ({'; '.join(dict.fromkeys(rest))})" if any(rest) else first for first, rest in groups.items()
        ]
        if values:
            told.append(f"{verdict} for {_list(values)}")
    return f"on {_list(chosen)}: {'; '.join(told)}" if chosen else ""


def _tells(name: str, decided: Iterable[Finding]) -> bool:
    """Whether the value of one name decides the verdict."""
    seen: dict[str, set[str]] = {}
    for finding in decided:
        seen.setdefault(finding.on.get(name, ""), set()).add(finding.verdict)
    return all(len(verdicts) == 1 for verdicts in seen.values())


def _list(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
