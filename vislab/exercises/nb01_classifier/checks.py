"""The checks of notebook 01, "Build a classifier"."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from scipy.special import logsumexp
from torch.nn.functional import conv2d

from vislab.evaluation.metrics import classification as label_metrics
from vislab.exercises.checking.answers import Panel
from vislab.exercises.checking.check import Check
from vislab.exercises.checking.recognising import Mistake
from vislab.exercises.checking.trial import RANDOM, Array, Trial

# The size of what comes out of a convolution


def places(size: int, kernel: int, stride: int, padding: int) -> int:
    """How many results a row gives, from torch itself: it is run and its output measured."""
    row, window = torch.zeros(1, 1, 1, size), torch.zeros(1, 1, 1, kernel)
    return conv2d(row, window, stride=(1, stride), padding=(0, padding)).shape[-1]


def _size_trials() -> Iterator[Trial]:
    seen = [
        ((5, 1, 1, 0), "A window of 1 fits on each of the 5. From the first place to the last, count both ends: one "
         "more than their distance."),
        ((6, 3, 1, 0), "A window of 3 may begin at 0, 1, 2 or 3. Beginning at 4 it would stick out."),
        ((6, 3, 1, 1), "Padding is added at both ends: the row is 6 + 1 + 1 long before the window moves."),
        ((7, 3, 2, 0), "With stride 2 the window begins at 0, 2 and 4: first see how far it can move, then divide by "
         "the stride."),
        ((6, 3, 2, 0), "Here the window begins at 0 and 2; at 4 it would stick out. There is no half a place, and a "
         "window that sticks out has none: // divides and rounds down."),
        ((3, 3, 2, 0), "A window that only just fits has one place, whatever the stride."),
        ((96, 5, 2, 2), "This is the first convolution of vislab's encoder: it halves the side."),
    ]  # fmt: skip
    chance = np.random.default_rng(0)
    rows = [(kernel + int(chance.integers(0, 30)), kernel) for kernel in chance.integers(1, 8, RANDOM).tolist()]
    random = [((size, kernel, *map(int, chance.integers((1, 0), (5, 4)))), "") for size, kernel in rows]
    return Trial.each(places, [(*case, hint) for case, hint in [*seen, *random]])


output_size = Check(
    "01-output-size",
    _size_trials,
    (
        "Draw a row of 6 boxes and slide a window of 3 along it. Where can its left end stand?",
        "The left end can move `size + 2 * padding - kernel` steps of 1 from its first place.",
        "How many strides fit into these steps, rounded down? The first place counts too.",
    ),
    (
        Mistake("One too few: from the first place to the last, both ends count. It is one more than the number of "
            "steps.", lambda size, kernel, stride, padding: (size + 2 * padding - kernel) // stride),
        Mistake("Padding is added at both ends: the row is `size + 2 * padding` long before the window moves.",
            lambda size, kernel, stride, padding: (size - kernel) // stride + 1,
            lambda size, kernel, stride, padding: (size + padding - kernel) // stride + 1),
        Mistake("Padding is added before the window moves, so before dividing by the stride.",
            lambda size, kernel, stride, padding: (size - kernel) // stride + 1 + 2 * padding),
        Mistake("Padding makes the row longer, and you made it shorter: it is added at both ends.",
            lambda size, kernel, stride, padding: (size - 2 * padding - kernel) // stride + 1),
        Mistake("This is right for stride 1. With stride 2 the window skips every second place.",
            lambda size, kernel, stride, padding: size + 2 * padding - kernel + 1),
        Mistake("The 1 came in too early: add the first place after the division by the stride.",
            lambda size, kernel, stride, padding: (size + 2 * padding - kernel + 1) // stride),
        Mistake("With stride 2, divide the number of steps. Subtract the kernel first: that leaves the steps.",
            lambda size, kernel, stride, padding: (size + 2 * padding) // stride - kernel + 1),
        Mistake("There is no half a place, and a window that sticks out has none: // divides and rounds down.",
            lambda size, kernel, stride, padding: (size + 2 * padding - kernel) / stride + 1,
            lambda size, kernel, stride, padding: -((kernel - size - 2 * padding) // stride) + 1),
        Mistake("The kernel counts too: without padding, a window of 3 on 6 pixels may begin at 0, 1, 2 or 3.",
            lambda size, kernel, stride, padding: size // stride),
    ),
    cases="rows",
)  # fmt: skip

# Between the mean and the maximum


def pooled(evidence: Array, sharpness: float) -> float:
    """The logarithm of the mean exponential of one map (h, w), by SciPy, at this sharpness."""
    return float(logsumexp(sharpness * evidence, b=1 / evidence.size) / sharpness)


SMALL = np.full((4, 4), -1.0)  # a map in which a small parasite speaks, in one of 16 places
SMALL[1, 2] = 5.0

_LARGE = "np.exp(800) is inf, and np.log(0) is -inf. Subtract the largest evidence first, and add it back at the end."


def _pool_trials() -> Iterator[Trial]:
    large, low = np.zeros((3, 3)), np.full((3, 3), -500.0)
    large[1, 1], low[0, 2] = 400.0, -480.0
    seen = [
        (np.zeros((3, 3)), 1.0, "Nine places that all say 0 are pooled to 0, one number for the whole map. "
         "`evidence.max()` and `.mean()` without an axis look at all places; Python's `max` compares rows."),
        (np.full((3, 3), 2.0), 4.0, "Nine places that all say 2 are pooled to 2 at every sharpness: multiply by the "
         "sharpness at the beginning, divide by it at the end; and what was subtracted first is added back last."),
        (SMALL, 1e-6, "If the sharpness is near 0, the pool is nearly the mean, whatever the maximum is."),
        (SMALL, 2.0, f"One of 16 places says 5. In the mean, {SMALL.mean():.2f}, it drowns; at sharpness 2 the formula "
         f"gives {pooled(SMALL, 2.0):.2f}."),
        (large, 2.0, _LARGE),
        (low, 2.0, _LARGE),
    ]  # fmt: skip
    chance = np.random.default_rng(1)
    shapes = chance.integers(2, 9, (RANDOM, 2)).tolist()
    random = [(chance.normal(0, 3, shape).round(1), float(chance.uniform(0.2, 3)), "") for shape in shapes]
    return Trial.each(pooled, [*seen, *random])


def _small_parasite() -> tuple[str, list[Panel]]:
    """One map, pooled in three ways."""
    sentence = "Here is one map, in which one place of 16 speaks for an infection, pooled in three ways."
    pools = {"mean": SMALL.mean(), "yours, sharpness 2": pooled(SMALL, 2.0), "maximum": SMALL.max()}
    return sentence, [Panel("the evidence", SMALL), *(Panel(name, f"{value:.2f}") for name, value in pools.items())]


def _exp(evidence: Array, sharpness: float) -> Any:
    """The mean exponential, with the largest subtracted."""
    return np.exp(sharpness * (evidence - evidence.max())).mean()


def _softmax_weighted(evidence: Array, sharpness: float) -> Any:
    """Another pool between the mean and the maximum."""
    weights = np.exp(sharpness * (evidence - evidence.max()))
    return (weights * evidence).sum() / weights.sum()


pool = Check(
    "01-pool",
    _pool_trials,
    (
        "Begin inside: `np.exp(sharpness * evidence)` is a map, `.mean()` makes it one number.",
        "Then `np.log` of that number, divided by the sharpness.",
        "For large evidence: with `largest = evidence.max()`, pool `evidence - largest`, which is never above 0, and "
        "add `largest` to the result. On paper nothing changes.",
    ),
    (
        Mistake("Take the mean of the exponentials, not their sum: with a sum, 144 quiet places would be louder than "
            "one.", lambda e, s: e.max() + np.log(e.size * _exp(e, s)) / s),
        Mistake("The logarithm is missing. It undoes np.exp.",
            lambda e, s: np.exp(s * e).mean() / s, lambda e, s: np.exp(s * e).mean()),
        Mistake("Multiply by the sharpness at the beginning, divide by it at the end, after `np.log`.",
            lambda e, s: s * e.max() + np.log(_exp(e, s)), lambda e, s: e.max() + np.log(_exp(e, s)),
            lambda e, s: e.max() + np.log(_exp(e, 1)) / s, lambda e, s: np.log(np.exp(e).mean()) / s),
        Mistake("The maximum alone. If the sharpness is near 0, the pool is nearly the mean, whatever the maximum is.",
            lambda e, s: e.max()),
        Mistake("The mean alone. In it one place of 16 that says 5 drowns, and the sharpness has no say.",
            lambda e, s: e.mean()),
        Mistake("A mean weighted by exponentials lies between mean and maximum too, but the formula gives another "
            f"number: {pooled(SMALL, 2.0):.2f} where one of 16 places says 5, at sharpness 2.", _softmax_weighted),
        Mistake(_LARGE, lambda e, s: np.log(np.exp(s * e).mean()) / s),
        Mistake("You subtracted the largest evidence; at the end it is added back.",
            lambda e, s: np.log(_exp(e, s)) / s),
        Mistake("The sharpness belongs to both: `sharpness * (evidence - largest)`. Without the brackets they differ.",
            lambda e, s: np.log(np.exp(s * e - e.max()).mean()) / s + e.max()),
        Mistake("What was subtracted from the evidence is added back as it was, without the sharpness.",
            lambda e, s: np.log(_exp(e, s)) / s + s * e.max()),
        Mistake("Only the logarithm is divided by the sharpness. The largest evidence is added back after that.",
            lambda e, s: (e.max() + np.log(_exp(e, s))) / s),
    ),
    afterword=_small_parasite,
    cases="maps",
)  # fmt: skip

# Accuracy from scores


def share_right(scores: Array, labels: Array) -> float:
    """The package's own accuracy of scores (n, labels) against labels (n,)."""
    predicted = torch.from_numpy(scores).argmax(1)
    counts = label_metrics.count_labels(torch.from_numpy(labels), predicted, max(1, scores.shape[1]))
    return float(label_metrics.accuracy(counts))


def _accuracy_trials() -> Iterator[Trial]:
    seen = [
        ([[0.3, 0.7]], [1], "One picture, and its larger score stands at place 1, which is its label: 1 of 1 is "
         "right, a share of 1. A row is a picture, so look along the rows, axis 1, for the place of the largest."),
        ([[0.1, 0.9], [0.8, 0.2], [0.6, 0.4]], [0, 1, 1], "None is right here. Which column of each row is the "
         "largest? A fixed limit does not say, nor does the largest score itself."),
        ([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.4, 0.6]], [0, 1, 0, 1], "All four are right, a share of 1: in each "
         "row the largest score stands at the label. Each row is compared with its own label only."),
        ([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.4, 0.6]], [0, 1, 0, 0], "Three of four are right: 0.75. // rounds "
         "down to 0, and so does int()."),
        ([[4.0, 2.5], [-3.0, -1.0]], [0, 1], "Scores need not be probabilities: 0.5 means nothing here. Only which of "
         "a row is the largest counts."),
        ([[0.2, 0.3, 0.5], [0.1, 0.6, 0.3], [0.7, 0.2, 0.1]], [2, 1, 0], "There may be more than two labels: compare "
         "all scores of a row."),
    ]  # fmt: skip
    cases = [(np.array(scores), np.array(labels), hint) for scores, labels, hint in seen]
    chance = np.random.default_rng(2)
    for n, most in chance.integers((5, 2), (17, 5), (RANDOM, 2)).tolist():
        ranks = chance.permuted(np.tile(np.arange(most), (n, 1)), axis=1)  # no two of a row alike
        height = chance.integers(-3, 4, (n, 1)) / 2  # of a row: no fixed limit parts its largest from the others
        cases.append((ranks / 2 + height, chance.integers(0, most, n), ""))
    cases.append((np.zeros((0, 2)), np.zeros(0, int), "No pictures have no accuracy: NaN, not 0."))
    return Trial.each(share_right, cases)


def _hits(scores: Array, labels: Array) -> Any:
    return scores.argmax(1) == labels


accuracy = Check(
    "01-accuracy",
    _accuracy_trials,
    (
        "`scores.argmax(1)` gives for each picture the place of its largest score: that is the predicted label.",
        "Comparing it with `labels` gives one True or False a picture.",
        "True counts as 1, so the mean of that comparison is a share.",
    ),
    (
        Mistake("This is a percentage. A share of all is 1, and not 100.", lambda s, y: 100 * _hits(s, y).mean()),
        Mistake("This is the share of *wrong* ones: == asks for the right.", lambda s, y: (s.argmax(1) != y).mean()),
        Mistake("The larger the score, the likelier: the predicted label is the place of the largest, not of the "
            "smallest.", lambda s, y: (s.argmin(1) == y).mean()),
        Mistake("argmax without an axis gives one answer for all pictures. Each row needs its own: argmax(1).",
            lambda s, y: (s.argmax() == y).mean()),
        Mistake("A score is not a label. `max` says how large the largest is; a label is the place where it stands.",
            lambda s, y: (s.max(1) == y).mean()),
        Mistake("`scores[:, labels]` takes the columns of all labels for every picture. Each picture has one label "
            "only.", lambda s, y: (s.max(1) == s[:, y]).mean()),
        Mistake("This is a count, not a share. Divide by the number of pictures.", lambda s, y: _hits(s, y).sum()),
        Mistake("Divide by the number of pictures, not by that of all scores.",
            lambda s, y: _hits(s, y).sum() / s.size),
        Mistake("A share between 0 and 1 has places behind the point: // and int() round it down.",
            lambda s, y: _hits(s, y).sum() // len(y)),
        Mistake("Scores need not be probabilities: 0.5 means nothing here. Only which of a row is the largest counts.",
            lambda s, y: ((s[:, 1] > 0.5) == y).mean()),
        Mistake("There may be more than two labels: compare all scores of a row.",
            lambda s, y: ((s[:, 1] > s[:, 0]) == y).mean()),
        Mistake('Rounded: return the share as it is. Round when you print it, as `f"{share:.1%}"` does.',
            lambda s, y: round(_hits(s, y).mean(), 2)),
        Mistake("One True or False a picture: these are the hits. What share of them is True?", _hits),
        Mistake("No pictures have no accuracy: NaN, not 0. 0 would say that all were wrong.",
            lambda s, y: _hits(s, y).sum() / max(1, len(y))),
    ),
    cases="tables of scores",
)  # fmt: skip
