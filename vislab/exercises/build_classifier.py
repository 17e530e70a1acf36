"""Notebook 01, "Build a classifier": its checks and its quizzes."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from scipy.special import logsumexp
from torch.nn.functional import conv2d

from vislab.exercises.answers import Panel
from vislab.exercises.checking import Check, Trial
from vislab.metrics import labels as label_metrics
from vislab.widgets.asking import Choice, Question

Array = np.ndarray[Any, np.dtype[Any]]
RANDOM = 20  # random cases a check ends with, always the same ones

# The size of what comes out of a convolution


def places(size: int, kernel: int, stride: int, padding: int) -> int:
    """How many results a row gives, from torch itself: it is run and its output measured."""
    row, window = torch.zeros(1, 1, 1, size), torch.zeros(1, 1, 1, kernel)
    return conv2d(row, window, stride=(1, stride), padding=(0, padding)).shape[-1]


def _size_trials() -> Iterator[Trial]:
    seen = [
        ((5, 1, 1, 0), "A window of 1 fits on each of the 5. Whoever counts from the first place to the last counts "
         "both ends: one more than their distance."),
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
    for case, hint in [*seen, *random]:
        given = dict(zip(("size", "kernel", "stride", "padding"), case, strict=True))
        yield Trial(given, places(**given), hint)


output_size = Check(
    "01-output-size",
    _size_trials,
    (
        "Draw a row of 6 boxes and slide a window of 3 along it. Where can its left end stand?",
        "The left end can move `size + 2 * padding - kernel` steps of 1 from its first place.",
        "How many strides are in that way, rounded down? And the first place counts too.",
    ),
)

# Between the mean and the maximum


def pooled(evidence: Array, sharpness: float) -> float:
    """The logarithm of the mean exponential of one map (h, w), by SciPy, at this sharpness."""
    return float(logsumexp(sharpness * evidence, b=1 / evidence.size) / sharpness)


SMALL = np.full((4, 4), -1.0)  # a map in which a small parasite speaks, in one of 16 places
SMALL[1, 2] = 5.0


def _pool_trials() -> Iterator[Trial]:
    large, low = np.zeros((3, 3)), np.full((3, 3), -500.0)
    large[1, 1], low[0, 2] = 400.0, -480.0
    told = "np.exp(800) is inf, and np.log(0) is -inf. Subtract the largest evidence first, and add it back at the end."
    seen = [
        (np.zeros((3, 3)), 1.0, "Nine places that all say 0 are pooled to 0. Take the mean of the exponentials, not "
         "their sum; and the logarithm undoes np.exp."),
        (np.full((3, 3), 2.0), 4.0, "Nine places that all say 2 are pooled to 2 at every sharpness: multiply by the "
         "sharpness at the beginning, divide by it at the end; and what was subtracted first is added back last."),
        (SMALL, 1e-6, "Where the sharpness is near 0 the pool is nearly the mean, whatever the maximum is."),
        (SMALL, 2.0, f"One of 16 places says 5. In the mean, {SMALL.mean():.2f}, it drowns; at sharpness 2 the formula "
         f"gives {pooled(SMALL, 2.0):.2f}."),
        (large, 2.0, told),
        (low, 2.0, told),
    ]  # fmt: skip
    chance = np.random.default_rng(1)
    shapes = chance.integers(2, 9, (RANDOM, 2)).tolist()
    random = [(chance.normal(0, 3, shape).round(1), float(chance.uniform(0.2, 3)), "") for shape in shapes]
    for evidence, sharpness, hint in [*seen, *random]:
        yield Trial({"evidence": evidence, "sharpness": sharpness}, pooled(evidence, sharpness), hint)


def _small_parasite() -> tuple[str, list[Panel]]:
    """One map, pooled in three ways."""
    said = "Here is one map, in which one place of 16 speaks for an infection, pooled in three ways."
    pools = {"mean": SMALL.mean(), "yours, sharpness 2": pooled(SMALL, 2.0), "maximum": SMALL.max()}
    return said, [Panel("the evidence", SMALL), *(Panel(name, f"{value:.2f}") for name, value in pools.items())]


pool = Check(
    "01-pool",
    _pool_trials,
    (
        "Begin inside: `np.exp(sharpness * evidence)` is a map, `.mean()` makes it one number.",
        "Then `np.log` of that number, divided by the sharpness.",
        "For large evidence: with `largest = evidence.max()`, pool `evidence - largest`, which is never above 0, and "
        "add `largest` to the result. On paper nothing changes.",
    ),
    afterword=_small_parasite,
)

# Accuracy from scores


def share_right(scores: Array, labels: Array) -> float:
    """The package's own accuracy of scores (n, labels) against labels (n,)."""
    counts = label_metrics.count_labels(
        torch.from_numpy(labels), torch.from_numpy(scores).argmax(1), max(1, scores.shape[1])
    )
    return float(label_metrics.accuracy(counts))


def _accuracy_trials() -> Iterator[Trial]:
    seen = [
        ([[0.3, 0.7]], [1], "One picture, and its larger score stands at place 1, which is its label: 1 of 1 is "
         "right, a share of 1. A row is a picture, so look along the rows: argmax(1)."),
        ([[0.1, 0.9], [0.8, 0.2], [0.6, 0.4]], [0, 1, 1], "None is right here. argmax without an axis looks through "
         "the whole array and gives one answer for all pictures; each row needs its own: argmax(1)."),
        ([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.4, 0.6]], [0, 1, 0, 1], "All four are right. That is a share of 1, "
         "not a count of 4: divide by the number of pictures."),
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
        cases.append((ranks / 2 - 0.5, chance.integers(0, most, n), ""))
    cases.append((np.zeros((0, 2)), np.zeros(0, int), "Of no pictures there is no accuracy: NaN, not 0."))
    for scores, labels, hint in cases:
        yield Trial({"scores": scores, "labels": labels}, share_right(scores, labels), hint)


accuracy = Check(
    "01-accuracy",
    _accuracy_trials,
    (
        "`scores.argmax(1)` gives for each picture the place of its largest score: that is the label said.",
        "Comparing it with `labels` gives one True or False a picture.",
        "True counts as 1, so the mean of that comparison is a share.",
    ),
)

# Questions

OPENING = (
    Question(
        "Somebody gives you instance masks: which pixel belongs to which cell, and each cell's class. What else do "
        "you have, without asking anybody?",
        (
            Choice("nothing; labels have to be made by themselves", "The label is a rule on the classes, and the "
                   "classes are the objects' classes. Both can be worked out."),
            Choice("the classes of all pixels, and the label", "Down the ladder is free: each step only forgets.",
                   right=True),
            Choice("the classes of all pixels, but not the label", "At least 12 pixels of infected cells: the mask "
                   "says whether there are so many."),
        ),
    ),
    Question(
        "Which of the four questions is a classifier of smears trained to answer?",
        (
            Choice("Is there any?", "It learns one word a picture, and says one word a picture.", right=True),
            Choice("How many?", "No count was ever shown to it. What it says of one would be a guess of ours."),
            Choice("Where?", "No place was ever shown to it. Notebook 02 tries to get one out of it all the same."),
        ),
    ),
    Question(
        "In notebook 00 a lazy model never said 'infected', and yet it got nearly all pixels right. Why?",
        (
            Choice("Hardly any picture was infected.", "About half of the pictures were. Hardly any *pixel* was."),
            Choice("It was good at finding cells.", "It was, but that is not why: background and healthy cells alone "
                   "are nearly all of the pixels."),
            Choice("Hardly any pixel belongs to an infected cell.", "So saying nothing is nearly always right. A "
                   "baseline shows what that is worth.", right=True),
        ),
    ),
)  # fmt: skip

CLOSING = (
    Question(
        "A smear of 96 × 96 goes through a convolution with kernel 3, stride 2 and padding 1. What comes out of each "
        "of its kernels?",
        (
            Choice("48 × 48", "The padded row is 98 long, the window can move 95 steps, and 95 // 2 + 1 is 48.",
                   right=True),
            Choice("47 × 47", "Without padding, yes: (96 - 3) // 2 + 1 is 47. The padding adds one on each side."),
            Choice("96 × 96", "With stride 1, yes. Stride 2 leaves out every second place."),
        ),
    ),
    Question(
        "You train a classifier with two labels. After 100 steps its loss still is 0.69. What does that tell you?",
        (
            Choice("It is right for 69 % of the pictures.", "A loss is no share. It says how little was given to the "
                   "right label, on a logarithmic scale."),
            Choice("It is sure, and wrong.", "Then the loss would be far larger: 1 % for the right label costs 4.6."),
            Choice("It still gives both labels about one half.", "-log(0.5) is 0.69: it has learned nothing yet that "
                   "helps.", right=True),
        ),
    ),
    Question(
        "A classifier got 94 % of 512 test pictures right, and the 95 % interval is 92 to 96 %. What may you say?",
        (
            Choice("Trained again from other first weights, it would get 92 to 96 % right.", "The interval is over "
                   "pictures. How much another training changes was not tried: for that one has to train again."),
            Choice("On other smears drawn like these, this model would most likely get 92 to 96 % right.", "Other "
                   "pictures of the same kind, the same model: this is what was measured.", right=True),
            Choice("In a hospital it would be wrong for 4 to 8 of 100 patients.", "These smears are drawn, half of "
                   "them are ill, and one picture is not one patient. Notebook 02 changes the microscope."),
        ),
    ),
)  # fmt: skip
