"""Rules that decide claims by what a study measures. The `words` of each say how, before there are data."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from vislab.evaluation.answers.questions import QUESTIONS, Question
from vislab.studies.claims.evidence import ALL, AMONG, COST_NAMES, TIMES, Evidence, weigh_times
from vislab.studies.claims.one_study import Study
from vislab.studies.claims.verdicts import Finding, Interval, Verdict, pool, weigh
from vislab.studies.pairs import BOXES


@dataclass(frozen=True)
class Better:
    """`a` answers a question with a smaller error than `than`, on the same pictures.

    question: one of QUESTIONS. margin: the smallest difference that matters, None for the question's own.
    among: "all" pictures, or for counts those in which most objects "touch". silence: the verdict if only `than`
    cannot answer; if only `a` cannot, it is the opposite.
    """

    question: str
    a: str
    than: str
    margin: float | None = None
    among: str = ALL
    silence: str = Verdict.NOT_COMPARABLE

    @property
    def asked(self) -> Question:
        """The Question that `question` names."""
        return QUESTIONS[self.question]

    @property
    def least(self) -> float:
        """The smallest difference that matters here, in the error's own unit."""
        return self.asked.margin if self.margin is None else self.margin

    @property
    def words(self) -> str:
        least = f"{self.asked.scale * self.least:g}"
        silent = (
            f" If only {self.than} cannot answer: {self.silence}." if self.silence != Verdict.NOT_COMPARABLE else ""
        )
        return (
            f"Supported if the {self.asked.quantity} of {self.a}{AMONG[self.among]} is surely lower than that of "
            f"{self.than} (the 95 % interval of the paired difference leaves out 0) and, by the best estimate, lower "
            f"by {least} {self.asked.unit} or more; contradicted if it is so much higher; equivalent if the interval "
            f"stays within ± {least}.{silent}"
        )

    def __call__(self, evidence: Evidence) -> list[Finding]:
        return [self._find(evidence, world) for world in evidence.worlds]

    def _find(self, evidence: Evidence, world: str) -> Finding:
        on = {"the models": f"{self.a} against {self.than}", "the question": self.asked.wording, "the pictures": world}
        drawn = evidence.drawn(world)
        each = evidence.differences(world, self.question, self.a, self.than, self.among)
        if not each:
            verdict, why = self._without_difference(evidence.worlds[world])
            return Finding(verdict, f"{world}: {why}.", on, 0, drawn)
        if why := evidence.why_withheld(world, (self.a, self.than)):
            return Finding(Verdict.TOO_LITTLE, f"{world}: {why}.", on, len(each), drawn)
        difference = pool(each)
        verdict = weigh(difference, self.least)
        sentence = f"{world}: {self._in_words(difference, len(each))}"
        if not evidence.learned(world, self.question, (self.a, self.than)):
            verdict = Verdict.TOO_LITTLE
            sentence += ". But neither has learned it: a guess without looking at the picture does as well"
        elif verdict == Verdict.TOO_LITTLE:
            matters = f"{self.asked.scale * self.least:g} {self.asked.unit} would matter"
            sentence += f": {_how_open(difference)}, as {matters}"
        elif verdict == Verdict.EQUIVALENT:
            sentence += ": too little to matter"
        sentence = f"{sentence}.{evidence.partly(world, (self.a, self.than))}"
        return Finding(verdict, sentence, on, len(each), drawn)

    def _without_difference(self, studies: Sequence[Study]) -> tuple[str, str]:
        """The verdict if no study holds a paired difference, and why."""
        everyone = {name: entry for study in studies for name, entry in study.everyone().items()}
        names = [name for name in (self.a, self.than) if name != BOXES]
        if missing := [name for name in names if name not in everyone]:
            return Verdict.TOO_LITTLE, f"{' and '.join(missing)} was not measured"
        silent = [name for name in names if self.question not in everyone[name]["answers"]]
        if not silent:
            return Verdict.TOO_LITTLE, (
                f"these results hold no paired difference of {self.a} and {self.than} on {self.question}: the pictures "
                "carry no truth of it, or the file is an earlier vislab's, and vislab compare makes a new one"
            )
        return self._verdict_on_silence(silent), f"{' and '.join(silent)} cannot say: {self.asked.wording.rstrip('?')}"

    def _verdict_on_silence(self, silent: Sequence[str]) -> str:
        """The verdict if these cannot answer: `silence` against the claim's opponent, its opposite against `a`."""
        if len(silent) == 2 or self.silence == Verdict.NOT_COMPARABLE:
            return Verdict.NOT_COMPARABLE
        if silent == [self.than]:
            return self.silence
        return Verdict.CONTRADICTED if self.silence == Verdict.SUPPORTED else Verdict.SUPPORTED

    def _in_words(self, found: Interval, trainings: int) -> str:
        scale, unit = self.asked.scale, self.asked.unit
        seeds = f", {trainings} trainings" if trainings > 1 else ""
        interval = f"(95 % interval {scale * found.low + 0:+.3g} to {scale * found.high + 0:+.3g}{seeds})"
        which = "lower than" if found.difference < 0 else "higher than"
        size = f"{scale * abs(found.difference):.3g} {unit} {which}" if found.difference else "the same as"
        return f"the {self.asked.quantity} of {self.a}{AMONG[self.among]} is {size} that of {self.than} {interval}"


def _how_open(found: Interval) -> str:
    """What is known of a difference that is neither decided nor equivalent."""
    if found.low <= 0 <= found.high:
        return "too little evidence for either"
    return f"{'better' if found.high < 0 else 'worse'}, perhaps not by enough"


@dataclass(frozen=True)
class Cheaper:
    """`a` costs less than `than`. cost: one of COST_NAMES. times: how many times as much counts as more."""

    cost: str
    a: str
    than: str
    times: float = TIMES

    @property
    def words(self) -> str:
        alike = f"equivalent if they stay within {self.times:g} times each other"
        if self._by_the_clock:
            alike = "never equivalent, as these are times of separate runs, each without its quickest and slowest tenth"
        return (
            f"{COST_NAMES[self.cost].capitalize()}: supported if {self.than} needs {self.times:g} times as much as "
            f"{self.a} or more and their ranges do not meet; contradicted if it is the other way round; {alike}."
        )

    @property
    def _by_the_clock(self) -> bool:
        return self.cost == "latency_s"

    def __call__(self, evidence: Evidence) -> list[Finding]:
        return [self._find(evidence, world) for world in evidence.worlds]

    def _find(self, evidence: Evidence, world: str) -> Finding:
        on = {
            "the cost": COST_NAMES[self.cost],
            "the models": f"{self.a} against {self.than}",
            "the pictures": world,
            "the architecture": "the same encoder",
        }
        timed = self.cost == "training_s"  # one time a study; only several trainings say how far it varies
        if timed and all(study.data.get("minutes") for study in evidence.worlds[world]):
            why = f"{world}: every model had the same minutes to train, so the {COST_NAMES[self.cost]} says nothing."
            return Finding(Verdict.TOO_LITTLE, why, on)
        if timed and (why := evidence.why_withheld(world, (self.a, self.than))):
            return Finding(Verdict.TOO_LITTLE, f"{world}, {COST_NAMES[self.cost]}: {why}.", on)
        each = evidence.ratios(world, self.cost, self.a, self.than)
        if not each:
            why = f"{world}, {COST_NAMES[self.cost]}: not measured for both {self.a} and {self.than}."
            return Finding(Verdict.TOO_LITTLE, why, on)
        if timed and len(each) > 1:
            each = [Interval(ratio.difference, ratio.difference, ratio.difference) for ratio in each]
        # An exact cost (lines of code) is the same in every study, and may be infinitely many times as much as none.
        ratio = each[0] if each[0] == each[-1] and each[0].low == each[0].high else pool(each)
        verdict = weigh_times(ratio, self.times) if self._by_the_clock else weigh(ratio, math.log(self.times))
        sentence = f"{world}, {COST_NAMES[self.cost]}: {self._in_words(ratio)}"
        if timed and len(each) == 1:
            sentence += ", taken once: more trainings would tell how far it varies"
        elif ratio.low < ratio.high:
            sentence += f" ({math.exp(-ratio.high):.3g} to {math.exp(-ratio.low):.3g})"
            sentence += ", which settles nothing" if verdict == Verdict.TOO_LITTLE else ""
        return Finding(verdict, f"{sentence}.", on, len(each) if timed else 0)

    def _in_words(self, ratio: Interval) -> str:
        if math.isinf(ratio.difference):
            return f"only {self.than if ratio.difference < 0 else self.a} needs any"
        times = f"{math.exp(-ratio.difference):.3g}"
        return f"{self.than} needs {'' if times == '1' else f'{times} times '}as much as {self.a}"


@dataclass(frozen=True)
class TellsMore:
    """`a` answers more of the questions than `than`."""

    a: str
    than: str

    @property
    def words(self) -> str:
        return f"Supported if {self.a} answers more of the questions than {self.than}, contradicted if fewer."

    def __call__(self, evidence: Evidence) -> list[Finding]:
        return [self._find(world, studies) for world, studies in evidence.worlds.items()]

    def _find(self, world: str, studies: Sequence[Study]) -> Finding:
        on = {"the models": f"{self.a} against {self.than}", "the pictures": world}
        models = next((study.models for study in studies if {self.a, self.than} <= set(study.models)), None)
        if models is None:
            return Finding(Verdict.TOO_LITTLE, f"{world}: {self.a} or {self.than} was not measured.", on)
        ours, theirs = (len(models[name]["answers"]) for name in (self.a, self.than))
        verdict = Verdict.SUPPORTED if ours > theirs else Verdict.EQUIVALENT if ours == theirs else Verdict.CONTRADICTED
        sentence = f"{world}: {self.a} answers {ours} of the {len(QUESTIONS)} questions, {self.than} {theirs}."
        return Finding(verdict, sentence, on)


@dataclass(frozen=True)
class Fixed:
    """No measurement can decide it: the verdict and why."""

    verdict: str
    why: str

    @property
    def words(self) -> str:
        return f"No measurement decides it: {self.verdict}."

    def __call__(self, evidence: Evidence) -> list[Finding]:
        return [Finding(self.verdict, self.why)]
