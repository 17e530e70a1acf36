"""What rules go by: the evidence of all studies, the names of costs, and what a rule is."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from vislab.costs.kinds import COST_KINDS
from vislab.evaluation.answers.questions import QUESTIONS
from vislab.evaluation.in_common import judged_on_some
from vislab.studies.claims.one_study import Study
from vislab.studies.claims.verdicts import Finding, Interval, Verdict, pool, weigh
from vislab.studies.pairs import BOXES
from vislab.studies.results import would_settle

TIMES = 1.25  # how many times as much counts as more
COST_NAMES = {  # of the costs that claims compare, in a sentence
    **{key: COST_KINDS[key].name for key in ("latency_s", "macs", "parameters", "peak_memory_bytes", "training_s")},
    "lines": "lines of code of its own",
    "constants": "constants that somebody had to choose",
}
BLIND = ("majority", "mean")  # baselines that look at no picture: a model that is no better has learned nothing
PROXIES = ("lines", "constants", "training_s")
ALL, TOUCH, APART = "all", "touch", "apart"
AMONG = {ALL: "", TOUCH: " where most objects touch", APART: " where fewest objects touch"}


@dataclass(frozen=True)
class Evidence:
    """All that claims are judged by. worlds: name of the pictures → studies of them, one a seed.

    measured: further measurements by name, see judge.judge.
    """

    worlds: Mapping[str, Sequence[Study]]
    measured: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def drawn(self, world: str) -> bool:
        """Whether a program drew these pictures."""
        return all(study.drawn for study in self.worlds[world])

    def differences(self, world: str, question: str, a: str, b: str, among: str = ALL) -> list[Interval]:
        """The error of a less that of b, from each study that holds it."""
        differences = []
        for study in self.worlds[world]:
            for pair in study.pairs:
                if (pair["question"], pair["among"]) == (question, among) and {pair["a"], pair["b"]} == {a, b}:
                    sign = 1 if pair["a"] == a else -1
                    low, high = sorted((sign * pair["low"], sign * pair["high"]))
                    pictures = str(study.data.get("pictures", study.data["seed"]))
                    differences.append(Interval(sign * pair["difference"], low, high, pictures))
        return differences

    def learned(self, world: str, question: str, names: Sequence[str]) -> bool:
        """Whether one of them surely beats the baselines that look at no picture; for "point", hits any target."""
        if question == "point":
            errors = [study.error(name, question) for study in self.worlds[world] for name in names]
            return any(error < 1 for error in errors)
        known = [self.differences(world, question, name, blind) for name in names for blind in BLIND]
        against = [pool(each) for each in known if each]
        return not against or any(difference.high < 0 for difference in against)

    def why_withheld(self, world: str, names: Iterable[str]) -> str:
        """Why nothing is judged of the first of these that was trained too little, in words; "" if all can be.

        Its training ended too early, or on no question does it beat a guess that looks at no picture.
        """
        trained = ["instance" if name == BOXES else name for name in names]
        if why := self.why_unfinished(world, trained):
            return why
        blind = [name for name in trained if not self._learned_any(world, name)]
        settle = would_settle(self.worlds[world][0].data, pictures=True)
        return f"not judged: {blind[0]} is no better than a guess that looks at no picture; {settle}" if blind else ""

    def why_unfinished(self, world: str, names: Iterable[str]) -> str:
        """Why nothing is judged of the first of these whose training ended too early, in words; "" if all can be."""
        whys = [study.why_withheld(name) for name in names for study in self.worlds[world]]
        return next(filter(None, whys), "")

    def partly(self, world: str, names: Iterable[str]) -> str:
        """Which of these are guests of some of the pictures alone, in sentences after another; "" if none is."""
        study, said = self.worlds[world][0], ""
        for name in names:
            some, test = study.guests.get(name, {}).get("pictures", 0), study.data["test"]
            said += f" {judged_on_some(name, some, test)}." if 0 < some < test else ""
        return said

    def _learned_any(self, world: str, name: str) -> bool:
        """Whether it surely beats a guess on any question that is guessed; also if none is, as of a baseline."""
        guessed = [asked for asked in QUESTIONS if any(self.differences(world, asked, name, blind) for blind in BLIND)]
        return not guessed or any(self.learned(world, question, [name]) for question in guessed)

    def ratios(self, world: str, cost: str, a: str, b: str) -> list[Interval]:
        """The logarithm of a's cost over b's, from each study of both; infinite ends for a time taken once."""
        both = [study.models for study in self.worlds[world] if {a, b} <= set(study.models)]
        costs = [(_cost_of(models[a], cost), _cost_of(models[b], cost)) for models in both]
        return [ratio(first, second) for first, second in costs if first and second]


class Rule(Protocol):
    """What decides a claim, or a part of it."""

    @property
    def words(self) -> str:
        """How it decides, in a sentence that stands before the data."""

    def __call__(self, evidence: Evidence) -> Sequence[Finding]:
        """What it finds: a finding for each part that it looks at."""


def _cost_of(model: Mapping[str, Any], cost: str) -> dict[str, float] | None:
    """A cost with the ends of its range; the same ends if it is exact, 0 and infinity if it was taken once."""
    value = model.get("code", {}).get(cost) if cost in ("lines", "constants") else model.get("cost", {}).get(cost)
    if value is None or isinstance(value, Mapping):
        return dict(value) if value else None
    low, high = (0.0, math.inf) if cost == "training_s" else (value, value)
    return {"median": float(value), "p10": float(low), "p90": float(high)}


def ratio(a: Mapping[str, float], b: Mapping[str, float]) -> Interval:
    """The logarithm of cost a over cost b, each "median" with the ends of its range, "p10" and "p90"."""
    return Interval(_log(a["median"], b["median"]), _log(a["p10"], b["p90"]), _log(a["p90"], b["p10"]))


def weigh_times(ratio: Interval, times: float) -> Verdict:
    """The verdict on two latencies: never equivalent, as they come from separate runs, and a busy clock hides much."""
    verdict = weigh(ratio, math.log(times))
    return Verdict.TOO_LITTLE if verdict == Verdict.EQUIVALENT else verdict


def _log(a: float, b: float) -> float:
    """The logarithm of a / b: 0 for two of one size, infinite beside 0 or infinity."""
    if a == b:
        return 0.0
    if 0 < a < math.inf and 0 < b < math.inf:
        return math.log(a / b)
    return math.inf if a > b else -math.inf
