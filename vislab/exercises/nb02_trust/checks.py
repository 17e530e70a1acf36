"""The checks of notebook 02, "Trust a classifier"."""

import math
from collections.abc import Callable, Iterator

import numpy as np

from vislab.exercises.checking.answers import Panel
from vislab.exercises.checking.check import Check
from vislab.exercises.checking.recognising import Mistake
from vislab.exercises.checking.trial import RANDOM, Array, Trial
from vislab.exercises.nb02_trust.calibration import calibration_error

__all__ = ["calibration_error", "honest_report", "threshold_for"]

THROWS = 200  # of dice

# A threshold that finds a share of the infected


def finding_threshold(scores: Array, infected: Array, share: float, spare: int = 0, floor: bool = False) -> float:
    """The highest threshold that finds this share of the infected, NaN if nobody is.

    To make mistakes: spare finds so many more, floor rounds the number to find down.
    """
    falling = np.sort(scores[infected])[::-1]
    exactly = share * len(falling)
    wanted = math.floor(exactly) if floor else math.ceil(exactly - 1e-9)  # 0.07 * 100 is slightly above 7
    return float(falling[wanted - 1 + spare]) if len(falling) else math.nan


def _highest(enough: Callable[[Array, Array, float, float], bool]) -> Callable[[Array, Array, float], float]:
    """The highest score that satisfies a condition on what is said from it on."""
    return lambda scores, infected, share: float(max(t for t in scores if enough(scores, infected, share, t)))


def _most_accurate(scores: Array, infected: Array, share: float) -> float:
    return float(max(np.sort(scores)[::-1], key=lambda t: ((scores >= t) == infected).mean()))


def _threshold_trials() -> Iterator[Trial]:
    seen = [
        ([0.9, 0.7, 0.6, 0.2], [1, 0, 1, 0], 0.5, "Two are infected, at 0.9 and at 0.6; half of them is one. 0.9 finds "
         "itself, and any higher threshold loses it. How the healthy score does not matter."),
        ([0.5, 0.9, 0.6, 0.8, 0.7], [1, 1, 1, 1, 1], 0.8, "0.8 of five are four: 0.9, 0.8, 0.7 and 0.6 are found at "
         "0.6. The scores come in any order."),
        ([0.9, 0.8, 0.7, 0.1], [1, 1, 1, 0], 0.5, "Half of three is one and a half. One found is not enough, so it "
         "takes two: round up."),
        ([0.1, 0.2, 0.8, 0.9, 0.3, 0.4], [0, 0, 1, 0, 1, 1], 0.6, "0.6 of three infected is 1.8: two must be found, "
         "those at 0.8 and at 0.4."),
        ([0.9, 0.7, 0.6, 0.2], [1, 0, 1, 0], 1.0, "Both infected must be found: 0.6 is the highest that finds both."),
    ]  # fmt: skip
    cases = [(np.array(scores), np.array(ill) > 0, share, hint) for scores, ill, share, hint in seen]
    chance = np.random.default_rng(0)
    while len(cases) < len(seen) + RANDOM:
        n, percent = int(chance.integers(8, 40)), int(chance.choice([50, 70, 80, 90, 95, 99]))
        scores, ill = chance.permutation(100)[:n] / 100, chance.random(n) < 0.6
        wanted = -(-percent * int(ill.sum()) // 100)
        if 1 <= wanted == math.ceil(percent / 100 * ill.sum()):  # no case that rounding of floats decides
            cases.append((scores, ill, percent / 100, ""))
    cases.append((np.array([0.3, 0.6]), np.zeros(2, bool), 0.99, "If nobody is infected, there is no such threshold: "
                  "NaN."))  # fmt: skip
    return Trial.each(finding_threshold, cases)


threshold_for = Check(
    "02-threshold",
    _threshold_trials,
    (
        "Only the infected can be found: begin with `scores[infected]`.",
        "Sort them from the highest down: `np.sort(...)[::-1]`. At a threshold equal to the third, three are found.",
        "How many must be found? `math.ceil(share * how_many - 1e-9)`, as a computer's 0.07 * 100 is slightly above 7. "
        "The score in that place is the threshold, and Python counts places from 0. Where there is none, return "
        "`float('nan')`.",
    ),
    (
        Mistake("These are the scores of the healthy. You need to find the infected.",
            lambda s, i, share: finding_threshold(s, ~i, share)),
        Mistake("This is a quantile of all scores. Only the infected can be found: `scores[infected]`.",
            lambda s, i, share: float(np.quantile(s, 1 - share))),
        Mistake("It sorts the scores of all. Only the infected can be found: `scores[infected]`.",
            lambda s, i, share: finding_threshold(s, np.ones_like(i), share)),
        Mistake("A quantile blends two neighbouring scores. Count how many must be found: the score of the last of "
            "them is the threshold.", lambda s, i, share: float(np.quantile(s[i], 1 - share))),
        Mistake("It finds one too few: half of three, rounded down, is one, and one of three is not half. Round up.",
            lambda s, i, share: finding_threshold(s, i, share, floor=True)),
        Mistake("Off by one: it finds one more than it must, so it is not the highest. Python counts places from 0.",
            lambda s, i, share: finding_threshold(s, i, share, spare=1)),
        Mistake("Off by one: it finds one too few. The third score stands in place 2, and at it three are found.",
            lambda s, i, share: finding_threshold(s, i, share, spare=-1)),
        Mistake("You count scores above the threshold, but a score at the threshold means infected too: >=, not >.",
            _highest(lambda s, i, share, t: (s[i] > t).mean() >= share)),
        Mistake("This finds all of the infected, whatever `share` is. For a smaller share, a higher threshold will do.",
            lambda s, i, share: float(s[i].min())),
        Mistake("This threshold gives the most right answers. A missed patient and a false alarm do not weigh the "
            "same.", _most_accurate),
        Mistake("You divide by those called infected (precision). Divide by the infected.",
            _highest(lambda s, i, share, t: i[s >= t].mean() >= share)),
        Mistake("Nearly: but a step of a grid is not the highest threshold. That is the score of an infected one.",
            lambda s, i, share: float(max(t for t in np.arange(101) / 100 if (s[i] >= t).mean() >= share) - 0.01)),
    ),
    cases="lists of scores",
)  # fmt: skip


# Find the leak


def report_on(
    scores: Array, infected: Array, patients: Array, by_picture: bool = False, peeks: bool = False, all_of: bool = False
) -> float:
    """The share of the test's infected that are found at the threshold that finds all others; leaks to open."""
    test = (np.arange(len(scores)) if by_picture else patients) % 2 == 1
    known = infected if peeks else infected & ~test
    judged = infected if all_of else infected & test
    return float((scores >= scores[known].min())[judged].mean())


def _leaky_trials() -> Iterator[Trial]:
    seen = [
        ([1, 1, 2, 2], [0.4, 0.8, 0.6, 0.9], [1, 1, 1, 1], "Patient 2 sets the threshold, at 0.6, and patient 1 is the "
         "test: of the pictures 0.4 and 0.8 one is found."),
        ([1, 1, 2, 2, 3, 3, 4, 4], [0.4, 0.2, 0.3, 0.8, 0.1, 0.5, 0.9, 0.6], [1, 1, 1, 1, 0, 0, 1, 1], "Patients 2 and "
         "4 set the threshold, at 0.3; of patient 1's pictures one is found. Patient 3 is healthy."),
        ([5, 5, 5, 8, 8, 8], [0.9, 0.2, 0.3, 0.6, 0.4, 0.8], [1, 1, 1, 1, 1, 1], "All pictures of patient 5 are test "
         "pictures, wherever they stand. Patient 8's lowest score is 0.4."),
    ]  # fmt: skip
    cases = [(np.array(scores), np.array(ill) > 0, np.array(patients), hint) for patients, scores, ill, hint in seen]
    chance = np.random.default_rng(1)
    while len(cases) < len(seen) + RANDOM:
        patients = np.repeat(np.arange(1, 9), chance.integers(2, 4, 8))
        ill = (chance.random(9) < 0.6)[patients]
        scores = chance.permutation(100)[: len(patients)] / 100
        if (ill & (patients % 2 == 1)).any() and (ill & (patients % 2 == 0)).any():
            cases.append((scores, ill, patients, ""))
    return Trial.each(report_on, cases)


def _with_dice() -> tuple[str, list[Panel]]:
    """Both versions on scores that say nothing: 16 patients, half of them infected, three pictures each."""
    patients = np.repeat(np.arange(16), 3)
    ill = (patients // 2) % 2 == 1
    test = patients % 2 == 1
    throws = np.random.default_rng(2).random((THROWS, len(patients)))
    shares = {
        "the leaky one": [report_on(dice, ill, patients, by_picture=True, peeks=True) for dice in throws],
        "yours": [report_on(dice, ill, patients) for dice in throws],
        "false alarms among the test's healthy": [(dice >= dice[ill & ~test].min())[~ill & test] for dice in throws],
    }
    sentence = (
        f"Here are both on scores made by dice, the mean of {THROWS} throws. Yours can fail. (It is still high: a "
        "threshold that finds everybody calls nearly everybody infected, so look at the false alarms too.)"
    )
    return sentence, [Panel(name, f"{np.mean(share):.0%}") for name, share in shares.items()]


_ALL = "The share is still of all infected, and the ones that set the threshold are always found. Count the test's."

honest_report = Check(
    "02-leak",
    _leaky_trials,
    (
        "Ask of each line: which pictures does it see, and which may it see?",
        "`patients % 2 == 1` is True for the pictures of patients with an odd number. `~test` are the others.",
        "Conditions are joined with &: `infected & test` are the infected in the test. Who may set the threshold?",
    ),
    (
        Mistake("Pictures are still split one by one: a patient whose first picture sets the threshold has the next "
            "in the test. Split the patients.", lambda s, i, p: report_on(s, i, p, by_picture=True)),
        Mistake("It answers 1, whatever the scores are: the threshold comes from all infected, the test's too, so it "
            "cannot miss one. Take those that are not in the test.", lambda s, i, p: report_on(s, i, p, peeks=True)),
        Mistake(_ALL, lambda s, i, p: report_on(s, i, p, all_of=True)),
        Mistake(f"Two leaks are left. {_ALL}", lambda s, i, p: report_on(s, i, p, True, all_of=True)),
        Mistake("Test and the rest have changed places: the odd patients are the test, the even ones set the "
            "threshold.", lambda s, i, p: report_on(s, i, p + 1)),
        Mistake("The share is of all test pictures, the healthy too. Sensitivity asks only the infected.",
            lambda s, i, p: float((s >= s[i & (p % 2 == 0)].min())[p % 2 == 1].mean())),
        Mistake("A score at the threshold means infected too: >=, not >.",
            lambda s, i, p: float((s > s[i & (p % 2 == 0)].min())[i & (p % 2 == 1)].mean())),
        Mistake("The threshold is the lowest score of all others, the healthy too. It need find only the infected.",
            lambda s, i, p: float((s >= s[p % 2 == 0].min())[i & (p % 2 == 1)].mean())),
    ),
    afterword=_with_dice,
    cases="studies",
)  # fmt: skip
