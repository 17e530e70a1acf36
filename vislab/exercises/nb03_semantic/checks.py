"""Notebook 03, "Semantic segmentation": its checks and its quizzes."""

from collections.abc import Iterator

import numpy as np

from vislab.exercises.checking.check import Check
from vislab.exercises.checking.recognising import Pace
from vislab.exercises.checking.small_pictures import picture, quarters, random_pictures
from vislab.exercises.checking.trial import Trial
from vislab.exercises.nb03_semantic import mistakes as right
from vislab.exercises.nb03_semantic.mistakes import Mask
from vislab.widgets.quiz import Choice, Question

RANDOM = 12  # random counts a check ends with, always the same ones

# A mask made larger


def _enlarge_trials() -> Iterator[Trial]:
    seen = [
        ("0020 2200", 3, "Each pixel of the mask becomes a square of `factor` × `factor` pixels of the same class. "
                         "Rounding mends no blend: between a 0 and a 2 it gives a 1."),
        ("01 12", 2, "Each pixel becomes a square, and keeps its place: the first one stays at the top left."),
        ("012 210", 1, "With a factor of 1 the mask stays as it is."),
        ("000 000", 2, "A mask without objects becomes a larger one without objects."),
    ]  # fmt: skip
    for rows, factor, hint in seen:
        mask = picture(rows).astype(np.uint8)
        yield Trial({"mask": mask, "factor": factor}, right.enlarge(mask, factor), hint)
    for number, (instances, objects) in enumerate(random_pictures()):
        mask = np.append(0, objects)[instances].astype(np.uint8)[:5, :5]
        yield Trial({"mask": mask, "factor": 2 + number % 2}, right.enlarge(mask, 2 + number % 2))


enlarge_mask = Check(
    "03-enlarge-mask",
    _enlarge_trials,
    (
        "Look at the pixels between a 0 and a 2. Which class stands there, and who put it there?",
        "Numbers of classes are names, not amounts: nothing lies halfway between two names. So each new pixel has to "
        "copy one old pixel.",
        "Pillow copies the nearest pixel with Image.NEAREST. NumPy can repeat rows, and then columns, with .repeat.",
    ),
    right.ENLARGING,
    pace=Pace(
        lambda side: {"mask": (quarters(side) % 3).astype(np.uint8), "factor": 4},
        right.enlarge,
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
        gone = chance.random(classes) < 0.2
        counts[gone], counts[:, gone] = 0, 0
        yield counts


def _iou_trials() -> Iterator[Trial]:
    seen = [
        ([[50, 4, 1], [6, 30, 2], [0, 3, 4]], "For each class: both say it, divided by at least one says it."),
        ([[10, 2, 0], [1, 7, 0], [0, 0, 0]], "Nobody says the last class, the truth does not either. 0 / 0 is neither "
                                             "0 nor 1: NaN says that there is nothing to judge."),
        ([[8, 0, 3], [0, 5, 0], [0, 0, 0]], "The last class is in no true pixel, but it was said: that is an IoU of 0, "
                                            "and not NaN."),
        ([[8, 0, 0], [0, 5, 0], [3, 0, 0]], "The last class is there and was never said: an IoU of 0."),
        ([[9, 0], [0, 7]], "A perfect mask has an IoU of 1 for each class."),
    ]  # fmt: skip
    for rows, hint in seen:
        yield Trial({"counts": np.array(rows)}, right.iou(np.array(rows)), hint)
    for counts in random_counts():
        yield Trial({"counts": counts}, right.iou(counts))


class_iou = Check(
    "03-class-iou",
    _iou_trials,
    (
        "Rows are the truth, columns what was said. Where in the table stand the pixels on which both agree?",
        "Agreed are `counts.diagonal()`; the truth has `counts.sum(1)` of each class, and `counts.sum(0)` were said.",
        "The union is truth + said - agreed, as agreed pixels are in both. Where it is 0 the answer is NaN: as floats, "
        "0.0 / 0.0 gives it.",
    ),
    right.OVERLAPS,
    cases="tables",
)

# Class weights


def _weights_trials() -> Iterator[Trial]:
    seen = [
        ([90, 8, 2], "100 pixels and 3 classes: every class should weigh as much as 100 / 3 pixels, all its pixels "
                     "together."),
        ([6, 0, 2], "Two classes are there, and 8 pixels: each should weigh 4 in all. The class without a pixel has "
                    "the weight 0."),
        ([5, 5], "Classes that are equally frequent weigh 1 each."),
        ([7, 0], "A class that is alone weighs 1, and the other, which is not there, 0."),
    ]  # fmt: skip
    for counts, hint in seen:
        yield Trial({"pixels": np.array(counts)}, right.weights(np.array(counts)), hint)
    for pixels in (counts.sum(1) for counts in random_counts()):
        if pixels.any():
            yield Trial({"pixels": pixels}, right.weights(pixels))


class_weights = Check(
    "03-class-weights",
    _weights_trials,
    (
        "If 100 pixels are shared fairly among 3 classes, how many pixels should each class weigh?",
        "weight × pixels = all pixels / classes. Solve it for the weight.",
        "Classes without a pixel: count only those that are there, `(pixels > 0).sum()`, and set the weight of the "
        "others to 0 with np.where.",
    ),
    right.WEIGHTS,
    cases="lists of pixels",
)

# Intersection over union of edge bands


def _band_trials() -> Iterator[Trial]:
    disc = "00000000 01111110 01111110 01111110 01111110 01111110 01111110 00000000"
    moved = "00000000 00111111 00111111 00111111 00111111 00111111 00111111 00000000"
    far = "00000000 01111110 01111110 01111000 01110000 01110000 01100000 00000000"
    full, empty, nothing = " ".join(["1" * 6] * 4), " ".join(["0" * 6] * 4), " ".join(["0" * 8] * 8)
    seen = [
        (disc, moved, 1, "Of each mask keep the pixels near its own boundary; then the IoU of the two bands."),
        (disc, far, 2, "Each mask has a boundary of its own, and the width is given: here 2."),
        (full, full, 1, "The picture's edge is no boundary, so neither mask has a band: 0 / 0, NaN."),
        (disc, nothing, 1, "The truth has a band, and nothing was said: 0, and not NaN."),
        (nothing, disc, 1, "Nothing is there, and what was said has a band: 0, and not NaN."),
        (empty, empty, 2, "No object, no edge: nothing to judge, so NaN."),
    ]
    for before, after, width, hint in seen:
        there, said = picture(before) > 0, picture(after) > 0
        given = {"truth": there, "said": said, "width": width}
        yield Trial(given, right.band_iou(there, said, width), hint)
    for number, (instances, objects) in enumerate(random_pictures()):
        mask = np.append(0, objects)[instances] > 0
        moved_by = np.roll(mask, (number % 2, 1 + number % 2), (0, 1))
        width = 1 + number % 3
        given = {"truth": mask, "said": moved_by, "width": width}
        yield Trial(given, right.band_iou(mask, moved_by, width))


boundary_iou = Check(
    "03-boundary-iou",
    _band_trials,
    (
        "What is the band of one mask? It lies in the mask, and near the mask's boundary: both at once.",
        "`truth & near_boundary(truth, width)` is the truth's band. The other mask has one as well.",
        "Then as before: both bands (`&`, counted by .sum()) divided by at least one (`|`); float('nan') where that is "
        "0.",
    ),
    right.BANDS,
)

# Questions

OPENING = (
    Question(
        "You hold the semantic mask of a smear, and it is right. What follows from it without a guess?",
        (
            Choice("how many cells there are", "Cells that touch are one patch in it; in notebook 00 patches missed "
                   "several cells a picture."),
            Choice("whether the picture is infected, by the rule", "It asks how many pixels are infected: down "
                   "the ladder is free.", right=True),
            Choice("which pixel belongs to which cell", "That is one level up, and up is a guess."),
        ),
    ),
    Question(
        "In notebook 02 the classifier's map of evidence was cut and held against the true mask. What came out?",
        (
            Choice("it points well and outlines badly", "Its peak mostly lies on an infected cell; as a mask it had "
                   "about half of the segmenter's IoU.", right=True),
            Choice("it is nearly as good a mask as a segmenter's", "Its IoU was about half of the segmenter's: for a "
                   "label, one part that gives the cell away is enough."),
            Choice("it says nothing of places", "Its peak mostly lies on an infected cell. Only pooling makes "
                   "one number of all places."),
        ),
    ),
    Question(
        "90 of 100 patients are healthy, and a test calls everybody healthy. What is true of it?",
        (
            Choice("accuracy 0.9, sensitivity 0.9", "Sensitivity looks at the 10 ill ones alone, and it finds none."),
            Choice("accuracy 0.5, sensitivity 0", "It is right about 90 of the 100."),
            Choice("accuracy 0.9, sensitivity 0", "Right about the many, blind to the few: you will meet this again, "
                   "with pixels.", right=True),
        ),
    ),
)  # fmt: skip

CLOSING = (
    Question(
        "A mask is right about 97 % of the pixels. What does this say of the infected cells?",
        (
            Choice("about 97 % of them are found", "The 97 % may all be background and healthy cells."),
            Choice("at least half of their pixels are found", "If they are 2 % of the pixels, missing all of them "
                   "costs 2 points of 100."),
            Choice("nothing yet", "It takes a score that looks only where the truth or the model says 'infected'.",
                   right=True),
        ),
    ),
    Question(
        "Most errors lie within 2 pixels of a boundary. For which objects does that matter most?",
        (
            Choice("small ones, which are nearly all boundary", "Two pixels off leave little of an object that is five "
                   "pixels wide.", right=True),
            Choice("large ones, which have longer boundaries", "Longer, but their inside grows faster still: the "
                   "wrong part of them is smaller."),
            Choice("all alike, as an error is an error", "Pixel by pixel, yes. As a part of the object, no."),
        ),
    ),
    Question(
        "From the classifier's encoder or from scratch: what may you conclude from the comparison above?",
        (
            Choice("what such a start is worth to segmentation", "Other pictures, more of them, or a better classifier "
                   "may turn it round."),
            Choice("what it was worth here, with so many pictures and steps", "Three trainings each are few, too: "
                   "notebook 08 repeats it along a whole curve.", right=True),
            Choice("nothing, as training is a matter of chance", "Chance is why each was trained three times; a "
                   "difference larger than among the three tells something."),
        ),
    ),
)  # fmt: skip
