"""The checks of notebook 03, "Semantic segmentation"."""

from collections.abc import Iterator

import numpy as np

from vislab.exercises.checking.check import Check
from vislab.exercises.checking.recognising import Pace
from vislab.exercises.checking.small_pictures import Mask, picture, quarters, random_pictures
from vislab.exercises.checking.trial import Trial
from vislab.exercises.nb03_semantic import mistakes, reference

RANDOM = 12  # random counts a check ends with, always the same ones

# Enlarge a mask


def _enlarge_trials() -> Iterator[Trial]:
    seen = [
        ("0020 2200", 3, "Each pixel of the mask becomes a square of `factor` × `factor` pixels of the same class. "
                         "Rounding mends no blend: between a 0 and a 2 it gives a 1."),
        ("01 12", 2, "Each pixel becomes a square, and keeps its place: the first one stays at the top left."),
        ("012 210", 1, "With a factor of 1 the mask stays as it is."),
        ("000 000", 2, "A mask without objects becomes a larger one without objects."),
    ]  # fmt: skip
    cases = [(picture(rows), factor, hint) for rows, factor, hint in seen]
    for number, (instances, objects) in enumerate(random_pictures()):
        cases.append((np.append(0, objects)[instances][:5, :5], 2 + number % 2, ""))
    return Trial.each(reference.enlarge_mask, [(mask.astype(np.uint8), *rest) for mask, *rest in cases])


enlarge_mask = Check(
    "03-enlarge-mask",
    _enlarge_trials,
    (
        "Look at the pixels between a 0 and a 2. Which class is there now, and which line put it there?",
        "Numbers of classes are names, not amounts: nothing lies halfway between two names. So each new pixel has to "
        "copy one old pixel.",
        "Pillow copies the nearest pixel with Image.NEAREST. NumPy can repeat rows, and then columns, with .repeat.",
    ),
    mistakes.ENLARGING,
    pace=Pace(
        lambda side: {"mask": (quarters(side) % 3).astype(np.uint8), "factor": 4},
        reference.enlarge_mask,
        "a loop visits the pixels one by one; .repeat copies whole rows and columns.",
    ),
)

# Intersection over union


def random_counts() -> Iterator[Mask]:
    """Pixels by class (c, c), rows truth, columns prediction, of two to four classes, some of them absent."""
    chance = np.random.default_rng(3)
    for _ in range(RANDOM):
        classes = int(chance.integers(2, 5))
        counts = chance.integers(0, 9, (classes, classes)) + np.diag(chance.integers(0, 60, classes))
        absent = chance.random(classes) < 0.2
        counts[absent] = 0
        counts[:, absent] = 0
        yield counts


def _iou_trials() -> Iterator[Trial]:
    seen = [
        ([[50, 4, 1], [6, 30, 2], [0, 3, 4]], "For each class: both say it, divided by at least one says it."),
        ([[10, 2, 0], [1, 7, 0], [0, 0, 0]], "Neither the truth nor the prediction has the last class. 0 / 0 is "
                                             "neither 0 nor 1: NaN means that there is nothing to judge."),
        ([[8, 0, 3], [0, 5, 0], [0, 0, 0]], "The last class is in no true pixel, but it was predicted: its IoU is 0, "
                                            "not NaN."),
        ([[8, 0, 0], [0, 5, 0], [3, 0, 0]], "The last class is there but was never predicted: its IoU is 0."),
        ([[9, 0], [0, 7]], "A perfect mask has an IoU of 1 for each class."),
    ]  # fmt: skip
    cases = [(np.array(rows), hint) for rows, hint in seen] + [(counts, "") for counts in random_counts()]
    return Trial.each(reference.class_iou, cases)


class_iou = Check(
    "03-class-iou",
    _iou_trials,
    (
        "Rows are the truth, columns the prediction. Where in the table are the pixels on which both agree?",
        "`counts.diagonal()` are the pixels that agree, `counts.sum(1)` the true and `counts.sum(0)` the predicted.",
        "The union is true + predicted - agreed, as the agreed pixels are in both. If it is 0 the answer is NaN: as "
        "floats, 0.0 / 0.0 gives it.",
    ),
    mistakes.IOU,
    cases="tables",
)

# Class weights


def _weights_trials() -> Iterator[Trial]:
    seen = [
        ([90, 8, 2], "100 pixels and 3 classes: each class should weigh as much as 100 / 3 pixels, in all."),
        ([6, 0, 2], "Two classes are present, with 8 pixels: each should weigh 4 in all. The class without a pixel has "
                    "the weight 0."),
        ([5, 5], "Classes that are equally frequent weigh 1 each."),
        ([7, 0], "If only one class is present, it weighs 1, and the other 0."),
    ]  # fmt: skip
    cases = [(np.array(pixels), hint) for pixels, hint in seen]
    cases += [(counts.sum(1), "") for counts in random_counts() if counts.any()]
    return Trial.each(reference.class_weights, cases)


class_weights = Check(
    "03-class-weights",
    _weights_trials,
    (
        "If 100 pixels are shared fairly among 3 classes, how many pixels should each class weigh?",
        "weight × pixels = all pixels / classes. Solve it for the weight.",
        "Count only the classes that have pixels, `(pixels > 0).sum()`; np.where sets the weights of the others to 0.",
    ),
    mistakes.WEIGHTS,
    cases="lists of pixels",
)

# Boundary IoU


def _boundary_trials() -> Iterator[Trial]:
    disc = "00000000 01111110 01111110 01111110 01111110 01111110 01111110 00000000"
    moved = "00000000 00111111 00111111 00111111 00111111 00111111 00111111 00000000"
    cut = "00000000 01111110 01111110 01111000 01110000 01110000 01100000 00000000"
    full, empty, nothing = " ".join(["1" * 6] * 4), " ".join(["0" * 6] * 4), " ".join(["0" * 8] * 8)
    seen = [
        (disc, moved, 1, "Of each mask keep the pixels near its own boundary; then the IoU of the two bands."),
        (disc, cut, 2, "Each mask has a boundary of its own, and the width is given: here 2."),
        (full, full, 1, "The picture's edge is no boundary, so neither mask has a band: 0 / 0, NaN."),
        (disc, nothing, 1, "The truth has a band, the prediction has none: 0, not NaN."),
        (nothing, disc, 1, "The prediction has a band, the truth has none: 0, not NaN."),
        (empty, empty, 2, "No object, no edge: nothing to judge, so NaN."),
    ]
    cases = [(picture(truth) > 0, picture(guess) > 0, width, hint) for truth, guess, width, hint in seen]
    for number, (instances, objects) in enumerate(random_pictures()):
        mask = np.append(0, objects)[instances] > 0
        cases.append((mask, np.roll(mask, (number % 2, 1 + number % 2), (0, 1)), 1 + number % 3, ""))
    return Trial.each(reference.boundary_iou, cases)


boundary_iou = Check(
    "03-boundary-iou",
    _boundary_trials,
    (
        "What is the band of one mask? It lies in the mask, and near the mask's boundary: both at once.",
        "`truth & near_boundary(truth, width)` is the truth's band. The other mask has one as well.",
        "Then as before: both bands (`&`, counted by .sum()) divided by at least one (`|`); float('nan') if that is 0.",
    ),
    mistakes.BANDS,
)
