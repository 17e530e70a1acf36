"""Notebook 00, "One picture, four questions": its checks, its quizzes and the claims that are bet on."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from vislab.claims import BETS
from vislab.claims import CLAIMS as PUBLISHED
from vislab.derive import guess_instances, keep_visible, labels_from_masks, semantic_from_instances
from vislab.exercises.answers import Panel
from vislab.exercises.checking import Check, Trial
from vislab.scenes import Scenes
from vislab.widgets.asking import Choice, Question
from vislab.worlds.smear import VOCABULARY

Mask = np.ndarray[Any, np.dtype[Any]]
RANDOM = 20  # random pictures a check ends with, always the same ones


def picture(text: str) -> Mask:
    """A mask from its rows, one digit a pixel: "011 012"."""
    return np.array([[int(digit) for digit in row] for row in text.split()])


def random_pictures() -> Iterator[tuple[Mask, Mask]]:
    """Instance masks (h, w) of up to five small discs that hide one another, and the class of each object."""
    chance = np.random.default_rng(0)
    for _ in range(RANDOM):
        high, wide, number = (int(chance.integers(low, below)) for low, below in ((6, 12), (6, 12), (0, 6)))
        y, x = np.indices((high, wide))
        ids = np.zeros((1, high, wide), int)
        for i in range(number):
            centre, radius = chance.uniform(0, (high, wide)), chance.uniform(1, 3)
            ids[0][(y - centre[0]) ** 2 + (x - centre[1]) ** 2 <= radius**2] = i + 1
        classes = chance.integers(1, 3, (1, number)).astype(np.uint8)
        seen, kept = keep_visible(torch.from_numpy(ids), torch.from_numpy(classes))
        yield seen[0].numpy().astype(int), kept[0].numpy().astype(int)


# Down the ladder, from objects to classes


def _semantic(instances: Mask, objects: Mask) -> Mask:
    found = semantic_from_instances(torch.as_tensor(instances)[None], torch.as_tensor(objects, dtype=torch.uint8)[None])
    return found[0].numpy().astype(int)


def _semantic_trials() -> Iterator[Trial]:
    seen = [
        ("0110 0122 0022", [2, 1], "Object 1 has the class objects[0], object 2 the class objects[1]."),
        ("1102 1102 0033", [2, 1, 2], "Several objects may be of the same class."),
        ("000 000", [], "A picture without objects is a normal picture: nothing but background."),
    ]
    for rows, objects, hint in seen:
        instances, classes = picture(rows), np.array(objects, int)
        yield Trial({"instances": instances, "objects": classes}, _semantic(instances, classes), hint)
    for instances, classes in random_pictures():
        yield Trial({"instances": instances, "objects": classes}, _semantic(instances, classes))


semantic_mask = Check(
    "00-semantic-mask",
    _semantic_trials,
    (
        "Begin with a mask of zeros as large as `instances`. Which pixels belong to object 1, and what do they become?",
        "`instances == i + 1` is True on object i. A loop over `enumerate(objects)` visits every object.",
        "Or without a loop: an array can be indexed by a whole mask. What would a table hold at place 0?",
    ),
)

# Down the ladder, from classes to the label


def _label_trials() -> Iterator[Trial]:
    seen = [
        ("000000 022220 022220 022220", "Twelve infected pixels are enough: at least 12 includes 12."),
        ("000000 022220 022220 022200", "Eleven infected pixels are one too few."),
        ("111111 111111 111111 111111", "Healthy cells do not make a patient ill, however many pixels they have."),
        ("222022 222022 000000 000022", "The rule counts infected pixels of all cells together."),
        ("000000 000000 000000 000000", "An empty field is a normal picture, and a healthy one."),
    ]
    masks = [(picture(rows), hint) for rows, hint in seen] + [(_semantic(*pair), "") for pair in random_pictures()]
    for mask, hint in masks:
        expected = labels_from_masks(VOCABULARY, torch.as_tensor(mask, dtype=torch.uint8)[None])
        yield Trial({"semantic": mask}, int(expected), hint)


label = Check(
    "00-label",
    _label_trials,
    (
        "A comparison such as `semantic == 2` gives True and False; True counts as 1 in a sum.",
        "Two steps: how many pixels are infected, and is that at least 12?",
        "`int(True)` is 1.",
    ),
)

# Up the ladder


def _count(mask: Mask) -> int:
    """Connected patches of one class, as vislab's own guess counts them."""
    scenes = Scenes(
        images=torch.zeros(1, 3, *mask.shape, dtype=torch.uint8),
        labels=None,
        semantic=torch.as_tensor(mask, dtype=torch.uint8)[None],
        instances=None,
        objects=None,
        vocabulary=VOCABULARY,
        ids=("mask",),
    )
    return int(guess_instances(scenes).count_objects().sum())


def _count_trials() -> Iterator[Trial]:
    seen = [
        ("110011 110011 000000", "Two patches that do not touch are two cells."),
        ("1100 1100 0011 0011", "Pixels that meet at a corner only belong together as well."),
        ("1122 1122 0000", "A healthy and an infected cell side by side are two: look at one class at a time."),
        ("000 000", "Where nothing is, the count is 0."),
    ]
    masks = [(picture(rows), hint) for rows, hint in seen] + [(_semantic(*pair), "") for pair in random_pictures()]
    for mask, hint in masks:
        yield Trial({"semantic": mask}, _count(mask), hint)


def _where_it_breaks() -> tuple[str, list[Panel]]:
    """Two truths that have one semantic mask: no function of the mask can be right about both."""
    two, one = picture("11220 11220 11220"), picture("11110 11110 11110")
    mask = _semantic(two, np.array([1, 1]))
    said = (
        f"Now look where it breaks. From the mask below it counts {_count(mask)}. Both truths beside it have that mask."
    )
    return said, [Panel("the mask", mask), Panel("a truth: two cells", two), Panel("another: one cell", one)]


count_cells = Check(
    "00-count-cells",
    _count_trials,
    (
        "`number_patches(mask, connectivity=2)` gives every patch a number: 1, 2, 3, ... What is its largest value?",
        "Side by side, pixels of two classes are two patches: it sees to that itself, as long as it gets the classes.",
        "So give it `semantic` as it is, and return the largest number.",
    ),
    afterword=_where_it_breaks,
)

# Questions

OPENING = (
    Question(
        "mask is a NumPy array of 96 × 96 whole numbers. What does (mask == 2).sum() say?",
        (
            Choice("how many pixels of the mask are 2", "The comparison gives one True or False a pixel, and True "
                   "counts as 1.", right=True),
            Choice("the sum of all pixels that are 2", "That would be twice as much: (mask == 2) holds True and False, "
                   "and no 2 any more."),
            Choice("whether the mask holds a 2", "That is (mask == 2).any()."),
        ),
    ),
    Question(
        "What does a classifier answer with, when it gets a picture?",
        (
            Choice("one class for each pixel", "That is a semantic segmenter."),
            Choice("one label for the whole picture", "Or one score for each label there is.", right=True),
            Choice("an outline around each object", "That is an instance segmenter."),
        ),
    ),
    Question(
        "A test is right for 95 of 100 pictures. Which sentence is safe?",
        (
            Choice("It is a good test.", "If 95 of the pictures are healthy, always saying 'healthy' is as good."),
            Choice("It is better than one that is right for 90 of 100.", "On other pictures, or at another question, "
                   "95 and 90 cannot be compared."),
            Choice("It was right for 95 of those 100.", "More is not known before one knows the pictures, and what a "
                   "simpler test gets right on them.", right=True),
        ),
    ),
)  # fmt: skip

CLOSING = (
    Question(
        "You have the semantic mask of a smear, and it is perfect. What can you not read from it for sure?",
        (
            Choice("whether the patient is infected", "The rule for the label asks only how many pixels are infected: "
                   "the mask says so."),
            Choice("how many cells there are", "Cells that touch are one patch in it. The number of patches is a "
                   "guess.", right=True),
            Choice("what share of the cells' area is infected", "Both areas are counts of pixels, and the mask has "
                   "them."),
        ),
    ),
    Question(
        "Counting patches is off by more in crowded pictures. What would mend it?",
        (
            Choice("a mask with finer pixels", "Touching cells touch at every size: the patch stays one."),
            Choice("a mask with fewer wrong pixels", "The mask was the truth, and the count was wrong all the same."),
            Choice("knowing which pixel belongs to which cell", "That is what instance masks add, and what an instance "
                   "segmenter has to learn.", right=True),
        ),
    ),
    Question(
        "A page says: segmentation reaches 95 %, classification 90 %, so it is better. What is missing first?",
        (
            Choice("a larger test", "More pictures make both numbers steadier. They stay answers to two questions."),
            Choice("the same question asked of both, on the same pictures", "A share of pixels and a share of pictures "
                   "have no scale in common.", right=True),
            Choice("a newer model", "It would move both numbers and leave them as far from comparable as before."),
        ),
    ),
)  # fmt: skip

# What is bet on: vislab.claims has the claims and judges them, notebook 09 shows how.
VERDICTS = tuple(BETS)
CLAIMS = tuple(claim.says for claim in PUBLISHED)
