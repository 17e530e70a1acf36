"""Notebook 09, "The verdict": its checks and its quizzes."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from vislab.evaluation.metrics.intervals import t_half_width
from vislab.exercises.checking.answers import Panel
from vislab.exercises.checking.check import Check
from vislab.exercises.checking.quizzes import read_quizzes
from vislab.exercises.checking.recognising import Mistake
from vislab.exercises.checking.trial import Floats, Trial, run
from vislab.exercises.nb09_verdict.claims import all_claims, judge_own, own_claim
from vislab.studies.claims.verdicts import DECIDED, Interval, Verdict, weigh

__all__ = ["CLOSING", "OPENING", "all_claims", "by_yours", "judge_own", "over_seeds", "own_claim", "verdict"]

OPENING, CLOSING = read_quizzes(__file__)

RANDOM = 30  # random cases a check ends with, always the same ones
SUPPORTED, CONTRADICTED, EQUIVALENT = DECIDED
TOO_LITTLE = Verdict.TOO_LITTLE

# A verdict from an interval and a margin


def _weighed(difference: float, low: float, high: float, margin: float) -> str:
    return weigh(Interval(difference, low, high), margin).value  # a plain text, as a learner returns


def _first_true(*cases: tuple[bool, str], otherwise: str = TOO_LITTLE) -> str:
    return next((word for true, word in cases if true), otherwise)


def _by_zero(otherwise: str) -> Callable[..., str]:
    """An answer that only looks whether the interval leaves out 0."""
    return lambda d, low, high, m: _first_true((high < 0, SUPPORTED), (low > 0, CONTRADICTED), otherwise=otherwise)


def _within(low: float, high: float, m: float) -> tuple[bool, str]:
    return -m < low and high < m, EQUIVALENT


def _surely(d: float, low: float, high: float, m: float) -> list[tuple[bool, str]]:
    return [(high < 0 and d <= -m, SUPPORTED), (low > 0 and d >= m, CONTRADICTED)]


WEIGHED = (
    Mistake("The sign: the difference is the error of the claim's side less the other's, so the claim gains where it "
        "lies below 0.", lambda d, low, high, m: _weighed(-d, -high, -low, m)),
    Mistake("You left out the margin. A difference can be sure and too small to matter; and an interval that lies "
        "within ± margin says more than too little evidence does.", _by_zero(TOO_LITTLE)),
    Mistake("An interval that contains 0 is not yet equivalent: it may reach far to both sides, and then nothing is "
        "known. Equivalent needs the whole interval within ± margin.",
        _by_zero(EQUIVALENT),
        lambda d, low, high, m: _first_true(*_surely(d, low, high, m), (low <= 0 <= high, EQUIVALENT))),
    Mistake("You looked at the difference alone. Other pictures would give another one: low and high say how far off.",
        lambda d, low, high, m: _first_true((d <= -m, SUPPORTED), (d >= m, CONTRADICTED), otherwise=EQUIVALENT)),
    Mistake("You looked at the difference alone, and any difference would do. Use low, high and margin.",
        lambda d, low, high, m: _first_true((d < 0, SUPPORTED), (d > 0, CONTRADICTED), otherwise=EQUIVALENT)),
    Mistake("Equivalent by the difference alone. The truth may be far from it: ask for low and high within ± margin.",
        lambda d, low, high, m: _first_true((abs(d) < m, EQUIVALENT), *_surely(d, low, high, m))),
    Mistake("Supported and contradicted also need an interval that leaves out 0: high < 0, or low > 0.",
        lambda d, low, high, m: _first_true(_within(low, high, m), (d <= -m, SUPPORTED), (d >= m, CONTRADICTED))),
    Mistake("You ask for the whole interval beyond the margin. The rule asks less: the interval leaves out 0, and the "
        "difference itself is at least the margin.",
        lambda d, low, high, m: _first_true(_within(low, high, m), (high <= -m, SUPPORTED), (low >= m, CONTRADICTED))),
    Mistake("Leaving out 0 is not enough: the difference must also be at least the margin, or it may not matter.",
        lambda d, low, high, m: _first_true(_within(low, high, m), (high < 0, SUPPORTED), (low > 0, CONTRADICTED))),
    Mistake("Leaving out 0 is not enough: is the difference at least the margin? All within ± margin is equivalent.",
        lambda d, low, high, m: _first_true((high < 0, SUPPORTED), (low > 0, CONTRADICTED), _within(low, high, m))),
    Mistake("Not supported is not yet contradicted. Where the interval settles nothing, say so: too little evidence.",
        lambda d, low, high, m: _first_true(
            _within(low, high, m), _surely(d, low, high, m)[0], otherwise=CONTRADICTED)),
    Mistake("Within ± margin has two ends: -margin < low as well as high < margin.",
        lambda d, low, high, m: _first_true(*_surely(d, low, high, m), (high < m, EQUIVALENT))),
    Mistake("What is neither supported nor contradicted is equivalent only if the whole interval is within ± margin.",
        lambda d, low, high, m: _first_true(*_surely(d, low, high, m), otherwise=EQUIVALENT)),
    Mistake("The verdict is right, its capital letter is not: the four texts are compared letter by letter.",
        lambda d, low, high, m: _weighed(d, low, high, m).capitalize()),
)  # fmt: skip


def _verdict_trials() -> Iterator[Trial]:
    seen = [
        (-0.05, -0.08, -0.03, "Below 0 means: the claim's side is off by less. Even the upper end is below 0, and 5 "
         "points are more than the 2 that matter."),
        (0.05, 0.03, 0.08, "The claim's side is off by more, surely, and by more than matters."),
        (0.0, -0.1, 0.1, "It may be 10 points in favour of either side: nobody knows."),
        (-0.01, -0.015, -0.005, "Surely below 0. But even the far end, 1.5 points, is less than the 2 that matter."),
        (0.0, -0.012, 0.015, "Wherever in the interval the truth lies, it is too little to matter."),
        (-0.05, -0.12, 0.01, "A large difference, and other pictures could turn it round."),
        (-0.019, -0.034, -0.004, "Surely better. But is it by as much as matters? The interval leaves that open, and "
         "the difference is less than the margin."),
        (-0.025, -0.04, -0.01, "The interval leaves out 0 and the difference is at least the margin. Nothing more is "
         "asked."),
        (0.015, -0.025, 0.055, "Equivalent has two ends to look at, and both lie outside ± 2 points."),
    ]  # fmt: skip
    yield from Trial.each(_weighed, [(*interval, 0.02, hint) for *interval, hint in seen])
    chance = np.random.default_rng(9)
    for _ in range(RANDOM):
        margin = float(chance.choice([0.01, 0.02, 0.05, 0.5]))
        middle, half = margin * chance.normal(0, 1.5), margin * chance.uniform(0.1, 2.2)
        difference, low, high = (round(float(middle + end), 4) for end in (0.05 * half, -half, half))
        yield Trial.of(_weighed, difference, low, high, margin)


verdict = Check(
    "09-verdict",
    _verdict_trials,
    (
        "Draw three marks on a line: -margin, 0 and +margin. Then lay the interval on it. Which four cases are there?",
        "Equivalent: -margin < low and high < margin. It does not matter whether 0 lies inside.",
        "Supported: high < 0 and difference <= -margin. Contradicted mirrors it, and the rest is too little evidence.",
    ),
    WEIGHED,
    cases="intervals",
)

# One interval from several seeds


def _ends(differences: Floats, half: float, middle: float | None = None) -> Floats:
    mean = float(np.mean(differences)) if middle is None else middle
    return np.array([mean, mean - half, mean + half])


def _half(d: Floats, ddof: int = 1, times: float | None = None, root: bool = True) -> float:
    """Half an interval: times · s / √k; None for Student's t."""
    if times is None:
        times = t_half_width(d) / (float(np.std(d, ddof=1)) / len(d) ** 0.5) if np.ptp(d) else 0.0
    return float(times * np.std(d, ddof=ddof) / (len(d) ** 0.5 if root else 1))


def _t(p: float, freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, p))


SPREAD = "Three seeds know little of how far seeds scatter. Student's t, t.ppf(0.975, k - 1), allows for that"
OVER_SEEDS = (
    Mistake("np.std divides by k unless you say ddof=1. From a few seeds that is too narrow: the mean was fitted to "
        "the same few.", lambda d: _ends(d, _half(d, 0))),
    Mistake(f"1.96 is for many values. {SPREAD}.", lambda d: _ends(d, _half(d, times=1.96))),
    Mistake(f"1.96 is for many values. {SPREAD}. And np.std wants ddof=1.",
        lambda d: _ends(d, _half(d, 0, times=1.96))),
    Mistake("That is how far single trainings scatter. Return their mean's scatter, which is smaller: divide by √k.",
        lambda d: _ends(d, _half(d, root=False))),
    Mistake("That is how far single trainings scatter. Return their mean's scatter, which is smaller: divide by √k. "
        "And np.std wants ddof=1.", lambda d: _ends(d, _half(d, 0, root=False))),
    Mistake("You divided by k; the standard error of a mean divides by √k.",
        lambda d: _ends(d, _half(d) / len(d) ** 0.5)),
    Mistake("You divided by √(k - 1). The k - 1 is in s already; the mean of k values scatters by s / √k.",
        lambda d: _ends(d, _half(d) * (len(d) / (len(d) - 1)) ** 0.5)),
    Mistake("Degrees of freedom: k - 1, as one was spent on the mean.",
        lambda d: _ends(d, _half(d, times=_t(0.975, len(d))))),
    Mistake("t.ppf(0.95, ...) cuts off 5 % at each end. For a 95 % interval it is 0.975.",
        lambda d: _ends(d, _half(d, times=_t(0.95, len(d) - 1)))),
    Mistake("4.30 is right for three seeds only; it is t.ppf(0.975, k - 1).",
        lambda d: _ends(d, _half(d, times=4.302653))),
    Mistake("That is one standard error to each side, which holds the mean in far less than 95 of 100 cases. Multiply "
        "by t.ppf(0.975, k - 1).", lambda d: _ends(d, _half(d, times=1.0))),
    Mistake("The least and the largest of the seeds are no interval of their mean: more seeds would only make it "
        "wider.", lambda d: np.array([d.mean(), d.min(), d.max()])),
    Mistake("Quantiles of so few values lie between the least and the largest of them. Use the standard error and "
        "Student's t.", lambda d: np.array([d.mean(), *np.quantile(d, [0.025, 0.975])])),
    Mistake("The half-width is right. The ends are the mean less and plus it.",
        lambda d: np.array([d.mean(), -_half(d), _half(d)])),
    Mistake("You took the variance; it is its root, the standard deviation.",
        lambda d: _ends(d, float(_half(d) * np.std(d, ddof=1)))),
    Mistake("The ends are changed over: after the mean comes the lower one, then the upper one.",
        lambda d: _ends(d, -_half(d))),
    Mistake("The numbers are right, their order is not: the mean, the lower end, then the upper one.",
        lambda d: np.sort(_ends(d, _half(d)))),
    Mistake("That is the median of the seeds. Return their mean.", lambda d: _ends(d, _half(d), float(np.median(d)))),
)  # fmt: skip


def _seed_trials() -> Iterator[Trial]:
    seen = [
        ([-3.0, -2, -1], "The mean is -2, and the seeds scatter by s = 1. With k = 3, t.ppf(0.975, 2) is 4.30: half "
         "the interval is 4.30 · 1 / √3 = 2.48, so it contains 0, though every seed is below 0."),
        ([-2.0, -2, -2], "Seeds that agree leave an interval without width."),
        ([0.0, 1], "Two seeds: t.ppf(0.975, 1) is 12.7, and hardly anything is known."),
        ([-2.5, -2.0, -1.5, -2.2, -1.8], "Five seeds: t.ppf(0.975, 4) is 2.78."),
    ]  # fmt: skip
    chance = np.random.default_rng(10)
    cases = [(np.array(values), hint) for values, hint in seen]
    for k in chance.integers(2, 9, RANDOM).tolist():
        cases.append((chance.normal(-1, 1, k).round(2), ""))
    for differences, hint in cases:
        ends = tuple(_ends(differences, t_half_width(differences)).tolist())
        yield Trial({"differences": differences}, ends, hint)


def _what_seeds_gain() -> tuple[str, list[Panel]]:
    """Three, five and ten seeds that scatter alike."""
    panels = [Panel(f"{k} seeds", f"± {_t(0.975, k - 1) / k**0.5:.2f}") for k in (2, 3, 5, 10)]
    return "For seeds that scatter by 1, this is what their number buys:", panels


over_seeds = Check(
    "09-over-seeds",
    _seed_trials,
    (
        "The mean first. Then how far the seeds scatter about it: differences.std(ddof=1).",
        "A mean of k values scatters less than each, by √k: that is its standard error.",
        "half = t.ppf(0.975, k - 1) * differences.std(ddof=1) / np.sqrt(k); the ends are mean - half and mean + half.",
    ),
    OVER_SEEDS,
    afterword=_what_seeds_gain,
    cases="sets of seeds",
)

# Both together


def by_yours(seeds: Callable[..., Any], weighs: Callable[..., Any], differences: Floats, margin: float) -> str:
    """The verdict of the learner's two functions on one difference a seed, or that one of them fails, in words."""
    try:
        mean, low, high = (float(end) for end in run(seeds, {"differences": differences.copy()}))
        word = run(weighs, {"difference": mean, "low": low, "high": high, "margin": margin})
    except Exception:  # the checks have reported it
        word = None
    if not isinstance(word, str):
        return "Your two functions do not answer together yet. The package's do, below."
    return f"Yours: {100 * mean:.1f} points, 95 % interval {100 * low:.1f} to {100 * high:.1f}: {word}."
