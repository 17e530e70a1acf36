"""Rules that decide claims by what a study measures. Each says in `words` how it decides, before there are data."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from vislab.evaluation.answers.questions import QUESTIONS
from vislab.studies.claims.evidence import ALL, AMONG, COSTS, TIMES, Evidence
from vislab.studies.claims.read_results import Study
from vislab.studies.claims.verdicts import (
    CONTRADICTED,
    EQUIVALENT,
    NOT_COMPARABLE,
    SUPPORTED,
    TOO_LITTLE,
    Finding,
    Interval,
    pool,
    weigh,
)
from vislab.studies.pairs import BOXES


@dataclass(frozen=True)
class Better:
    """a answers a question with a smaller error than another, on the same pictures.

    question: one of QUESTIONS. margin: the smallest difference that matters, None for the question's own.
    among: "all" pictures, or for counts those where most objects "touch". silence: the verdict where only the other
    cannot answer; where only a cannot it is the opposite.
    """

    question: str
    a: str
    than: str
    margin: float | None = None
    among: str = ALL
    silence: str = NOT_COMPARABLE

    @property
    def least(self) -> float:
        """The margin it goes by."""
        return QUESTIONS[self.question].margin if self.margin is None else self.margin

    @property
    def words(self) -> str:
        """As in Rule."""
        asked = QUESTIONS[self.question]
        silent = f" Where only {self.than} cannot answer: {self.silence}." if self.silence != NOT_COMPARABLE else ""
        least = f"{asked.scale * self.least:g}"
        return (
            f"Supported where the {asked.quantity} of {self.a}{AMONG[self.among]} is lower than that of {self.than} by "
            f"{least} {asked.unit} or more and the 95 % interval of the paired difference leaves out 0; contradicted "
            f"where it is so much higher; equivalent where the interval stays within ± {least}.{silent}"
        )

    def __call__(self, evidence: Evidence) -> list[Finding]:
        """As in Rule: a finding for each set of pictures."""
        return [self._find(evidence, world) for world in evidence.worlds]

    def _find(self, evidence: Evidence, world: str) -> Finding:
        on = {"the models": f"{self.a} against {self.than}", "the question": QUESTIONS[self.question].wording}
        on |= {"the pictures": world}
        drawn = evidence.drawn(world)
        each = evidence.differences(world, self.question, self.a, self.than, self.among)
        if not each:
            verdict, why = self._without(evidence.worlds[world])
            return Finding(verdict, f"{world}: {why}.", on, 0, drawn)
        found = pool(each)
        verdict = weigh(found, self.least)
        told = f"{world}: {self._say(found, len(each))}"
        if not evidence.learned(world, self.question, (self.a, self.than)):
            verdict = TOO_LITTLE
            told += ". But neither has learned it: who looks at no picture does as well"
        elif verdict == TOO_LITTLE:
            asked = QUESTIONS[self.question]
            told += f", which does not settle it: {asked.scale * self.least:g} {asked.unit} would matter"
        elif verdict == EQUIVALENT:
            told += ": too little to matter"
        return Finding(verdict, f"{told}.", on, len(each), drawn)

    def _without(self, studies: Sequence[Study]) -> tuple[str, str]:
        """The verdict where no paired difference is at hand, and why there is none."""
        told = {name: one for study in studies for name, one in study.who().items()}
        names = [name for name in (self.a, self.than) if name != BOXES]
        if missing := [name for name in names if name not in told]:
            return TOO_LITTLE, f"{' and '.join(missing)} was not measured"
        silent = [name for name in names if self.question not in told[name]["answers"]]
        if not silent:
            return TOO_LITTLE, (
                f"these results hold no paired difference of {self.a} and {self.than} on {self.question}: the pictures "
                "carry no truth of it, or the file is an earlier vislab's, and vislab compare makes a new one"
            )
        why = f"{' and '.join(silent)} cannot say: {QUESTIONS[self.question].wording.rstrip('?')}"
        if len(silent) == 2 or self.silence == NOT_COMPARABLE:
            return NOT_COMPARABLE, why
        opposite = CONTRADICTED if self.silence == SUPPORTED else SUPPORTED
        return (self.silence if silent == [self.than] else opposite), why

    def _say(self, found: Interval, trainings: int) -> str:
        asked = QUESTIONS[self.question]
        seeds = f", {trainings} trainings" if trainings > 1 else ""
        interval = f"(95 % interval {asked.scale * found.low + 0:+.3g} to {asked.scale * found.high + 0:+.3g}{seeds})"
        which = "lower than" if found.difference < 0 else "higher than"
        off = f"{asked.scale * abs(found.difference):.3g} {asked.unit} {which}" if found.difference else "the same as"
        return f"the {asked.quantity} of {self.a}{AMONG[self.among]} is {off} that of {self.than} {interval}"


@dataclass(frozen=True)
class Cheaper:
    """a costs less than another. cost: one of COSTS. times: how many times as much counts as more."""

    cost: str
    a: str
    than: str
    times: float = TIMES

    @property
    def words(self) -> str:
        """As in Rule."""
        return (
            f"{COSTS[self.cost].capitalize()}: supported where {self.than} needs {self.times:g} times as much as "
            f"{self.a} or more and their ranges do not meet; contradicted where it is the other way round; equivalent "
            f"where they stay within {self.times:g} times each other."
        )

    def __call__(self, evidence: Evidence) -> list[Finding]:
        """As in Rule: a finding for each set of pictures."""
        return [self._find(evidence, world) for world in evidence.worlds]

    def _find(self, evidence: Evidence, world: str) -> Finding:
        on = {"the cost": COSTS[self.cost], "the models": f"{self.a} against {self.than}"}
        on |= {"the pictures": world, "the architecture": "the same encoder"}
        once = self.cost == "training_s"  # each study knows one such time, and what other trainings take says more
        if once and all(study.data.get("minutes") for study in evidence.worlds[world]):
            why = f"{world}: every model was given the same minutes to train, so the {COSTS[self.cost]} says nothing."
            return Finding(TOO_LITTLE, why, on)
        each = evidence.ratios(world, self.cost, self.a, self.than)
        if not each:
            why = f"{world}, {COSTS[self.cost]}: not measured for both {self.a} and {self.than}."
            return Finding(TOO_LITTLE, why, on)
        if once and len(each) > 1:
            each = [Interval(one.difference, one.difference, one.difference) for one in each]
        # What is exact (lines of code) is the same in every study, and may be infinitely many times as much as none.
        found = each[0] if each[0] == each[-1] and each[0].low == each[0].high else pool(each)
        told = f"{world}, {COSTS[self.cost]}: "
        if math.isinf(found.difference):
            told += f"only {self.than if found.difference < 0 else self.a} needs any"
        else:
            times = f"{math.exp(-found.difference):.3g}"
            told += f"{self.than} needs {'' if times == '1' else f'{times} times '}as much as {self.a}"
        if once and len(each) == 1:
            told += ", taken once: more trainings would tell how far it varies"
        elif found.low < found.high:
            told += f" ({math.exp(-found.high):.3g} to {math.exp(-found.low):.3g})"
            told += ", which settles nothing" if weigh(found, math.log(self.times)) == TOO_LITTLE else ""
        return Finding(weigh(found, math.log(self.times)), f"{told}.", on, len(each) if once else 0)


@dataclass(frozen=True)
class TellsMore:
    """a answers more of the four questions than another."""

    a: str
    than: str

    @property
    def words(self) -> str:
        """As in Rule."""
        return (
            f"Supported where {self.a} answers more of the four questions than {self.than}, contradicted where fewer."
        )

    def __call__(self, evidence: Evidence) -> list[Finding]:
        """As in Rule: a finding for each set of pictures."""
        found = []
        for world, studies in evidence.worlds.items():
            on = {"the models": f"{self.a} against {self.than}", "the pictures": world}
            both = [study for study in studies if self.a in study.models and self.than in study.models]
            if not both:
                found.append(Finding(TOO_LITTLE, f"{world}: {self.a} or {self.than} was not measured.", on, 0, None))
                continue
            ours, theirs = (len(both[0].models[name]["answers"]) for name in (self.a, self.than))
            verdict = SUPPORTED if ours > theirs else EQUIVALENT if ours == theirs else CONTRADICTED
            told = f"{world}: {self.a} answers {ours} of the four questions, {self.than} {theirs}."
            found.append(Finding(verdict, told, on, 0, None))
        return found


@dataclass(frozen=True)
class Fixed:
    """No measurement can decide it: the verdict and why."""

    verdict: str
    why: str

    @property
    def words(self) -> str:
        """As in Rule."""
        return f"No measurement decides it: {self.verdict}."

    def __call__(self, evidence: Evidence) -> list[Finding]:
        """As in Rule."""
        return [Finding(self.verdict, self.why)]
