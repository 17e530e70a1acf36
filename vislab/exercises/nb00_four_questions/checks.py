"""The checks of notebook 00, "One picture, four questions"."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import torch
from skimage.measure import label as number_patches

from vislab.data.convert import labels_from_masks
from vislab.data.synthetic.smear import VOCABULARY
from vislab.exercises.checking.answers import Answer, Panel
from vislab.exercises.checking.check import Check
from vislab.exercises.checking.recognising import Mistake, Pace
from vislab.exercises.checking.small_pictures import (
    Mask,
    count_patches,
    picture,
    quarters,
    random_pictures,
    semantic_of,
)
from vislab.exercises.checking.trial import Trial

# Down the ladder, from objects to classes


def _semantic_trials() -> Iterator[Trial]:
    seen = [
        ("0110 0122 0022", [2, 1], "Object 1 has the class objects[0], object 2 the class objects[1]."),
        ("1102 1102 0033", [2, 1, 2], "Several objects may be of the same class."),
        ("000 000", [], "A picture without objects is a normal picture: nothing but background."),
    ]
    cases = [(picture(rows), np.array(objects, int), hint) for rows, objects, hint in seen]
    return Trial.each(semantic_of, cases + [(*pair, "") for pair in random_pictures()])


def _one_object(index: int) -> Callable[[Mask, Mask], Mask]:
    """Paints only one of the objects."""

    def mask(instances: Mask, objects: Mask) -> Mask:
        if len(objects) == 0:
            return np.zeros_like(instances)
        number = index % len(objects)
        return np.asarray((instances == number + 1) * objects[number])

    return mask


def _changed_twice(instances: Mask, objects: Mask) -> Mask:
    """Replaces ids by classes in the same mask: a pixel that became a 2 is then taken for object 2."""
    mask = instances.copy()
    for number, class_index in enumerate(objects, start=1):
        mask[mask == number] = class_index
    return mask


class _MaskCheck(Check):
    """A check that also says why arrays of two shapes did not fit together."""

    def judge(self, function: object) -> Answer:
        answer = super().judge(function)
        if answer.outcome in ("stopped", "wrong shape") and "96" in answer.sentence:  # no picture here is so large
            return replace(answer, hint="Masks come in other sizes too: `instances.shape` says how large this one is.")
        if answer.outcome == "stopped" and "broadcast" in answer.sentence:
            return replace(answer, hint="`objects` has one number an object, a mask has one a pixel: NumPy cannot pair "
                           "them. Take the objects one by one, or look each pixel's number up.")  # fmt: skip
        return answer


semantic_mask = _MaskCheck(
    "00-semantic-mask",
    _semantic_trials,
    (
        "Begin with a mask of zeros as large as `instances`. Which pixels belong to object 1, and what do they become?",
        "`enumerate(objects, start=1)` gives each object's number with its class. Where is that number in `instances`?",
        "Or without a loop: a whole mask can index an array. What would a table hold at index 0?",
    ),
    (
        Mistake("Everything is shifted by one: `enumerate` begins at 0, objects at 1. Object 1 has the class "
            "objects[0].", lambda instances, objects: np.append(objects, 0)[instances]),
        Mistake("The background must stay 0: there `instances - 1` is -1, and objects[-1] is the last object.",
            lambda instances, objects: objects[instances - 1]),
        Mistake("This says *which* object a pixel belongs to. The class of object 2 is objects[1]: healthy 1, "
            "infected 2.", lambda instances, objects: instances),
        Mistake("Every object has become a 1. `objects` holds the class of each: 1 is healthy, 2 infected.",
            lambda instances, objects: (instances > 0) * 1),
        Mistake("Some pixels are changed once more: object 1 becomes class 2, then counts as object 2. Begin with "
            "zeros.", _changed_twice),
        Mistake("Only the last object is left. Make the mask of zeros once, before the loop.", _one_object(-1)),
        Mistake("Only the first object is there. Does `return` stand inside the loop? It ends the function at once.",
            _one_object(0)),
        Mistake("The last object is missing. `range(1, n)` ends before n: how many objects are there?",
            lambda instances, objects: np.concatenate([[0], objects[:-1], [0]])[instances]),
    ),
    pace=Pace(
        lambda side: {"instances": quarters(side), "objects": np.array([1, 2, 1, 2])},
        lambda instances, objects: np.concatenate([[0], objects])[instances],
        "a loop visits the pixels one by one; a comparison with the whole mask handles them all at once.",
    ),
)  # fmt: skip

# Down the ladder, from classes to the label


def _label(semantic: Mask) -> int:
    """The label by the package's own rule."""
    return int(labels_from_masks(VOCABULARY, torch.as_tensor(semantic, dtype=torch.uint8)[None]))


def _label_trials() -> Iterator[Trial]:
    seen = [
        ("000000 022220 022220 022220", "Twelve infected pixels are enough, as at least 12 includes 12: the number 1."),
        ("000000 022220 022220 022200", "Eleven infected pixels are one too few."),
        ("111111 111111 111111 111111", "Healthy cells do not make a patient ill, however many pixels they have."),
        ("222022 222022 000000 000022", "The rule counts infected pixels of all cells together."),
        ("02 02 02 02 02 02 02 00 00 00 00 00", "Seven infected pixels are too few, however many rows there are."),
        ("000000 000000 000000 000000", "An empty picture is a normal one, and healthy."),
    ]
    masks = [(picture(rows), hint) for rows, hint in seen] + [(semantic_of(*pair), "") for pair in random_pictures()]
    return Trial.each(_label, masks)


def _largest(semantic: Mask) -> int:
    """The number of pixels of the largest infected patch."""
    return int(np.bincount(number_patches(semantic == 2).ravel(), minlength=2)[1:].max())


label = Check(
    "00-label",
    _label_trials,
    (
        "A comparison such as `semantic == 2` gives True and False; True counts as 1 in a sum.",
        "Two steps: how many pixels are infected, and is that at least 12?",
        "`int(True)` is 1.",
    ),
    (
        Mistake("Twelve infected pixels are enough: at least 12 includes 12, so the sign is >=.",
            lambda semantic: int((semantic == 2).sum() > 12)),
        Mistake("One infected pixel is not enough: the rule asks for 12, and eleven are one too few.",
            lambda semantic: int((semantic == 2).any())),
        Mistake("This counts the pixels of all cells. Healthy cells do not make a patient ill: count only the 2s.",
            lambda semantic: int((semantic > 0).sum() >= 12)),
        Mistake("This asks whether one patch is large enough. The rule counts infected pixels of all cells together.",
            lambda semantic: int(_largest(semantic) >= 12)),
        Mistake("This adds up the pixels' values, and each infected one is a 2: six of them would do. Count them.",
            lambda semantic: int(semantic[semantic == 2].sum() >= 12)),
        Mistake("This adds up the pixels' values: an infected one counts twice, a healthy one once. Count the 2s.",
            lambda semantic: int(semantic.sum() >= 12)),
        Mistake("`len` counts the rows of the mask, whatever is in them. Which function counts what is True?",
            lambda semantic: int(len(semantic == 2) >= 12), lambda semantic: len(semantic == 2)),
        Mistake("It answers 0 for all pictures, or nearly all. Print what it compares with 12.", lambda semantic: 0),
        Mistake("It answers 1 for all pictures, or nearly all. Print what it compares with 12.", lambda semantic: 1),
        Mistake("The word is right, but return the label as a number: 1 for infected, 0 for healthy.",
            lambda semantic: "infected" if (semantic == 2).sum() >= 12 else "healthy"),
        Mistake("Return a number, not a word: 1 for infected, 0 for healthy. Which of the two depends on the picture.",
            lambda semantic: "infected"),
        Mistake("In `semantic` 1 is a healthy cell, and 2 an infected one. The label, 1 for infected, is something "
            "else.", lambda semantic: int((semantic == 1).sum() >= 12)),
        Mistake("It is the other way round: 1 stands for infected, 0 for healthy.",
            lambda semantic: int((semantic == 2).sum() < 12)),
        Mistake("That is how many pixels are infected. The label says whether there are enough: 1 or 0.",
            lambda semantic: (semantic == 2).sum()),
    ),
    pace=Pace(
        lambda side: {"semantic": quarters(side) % 3},
        lambda semantic: int((semantic == 2).sum() >= 12),
        "a loop visits the pixels one by one; `(semantic == 2).sum()` counts them all at once.",
    ),
)  # fmt: skip

# Up the ladder


def _count_trials() -> Iterator[Trial]:
    seen = [
        ("110011 110011 000000", "Two patches that do not touch are two cells. Does it use `semantic` alone?"),
        ("1100 1100 0011 0011", "Pixels that meet at a corner only belong together as well."),
        ("1122 1122 0000", "A healthy and an infected cell side by side are two: look at one class at a time."),
        ("000 000", "If there is nothing, the count is 0."),
    ]
    masks = [(picture(rows), hint) for rows, hint in seen] + [(semantic_of(*pair), "") for pair in random_pictures()]
    return Trial.each(count_patches, masks)


def _where_it_breaks() -> tuple[str, list[Panel]]:
    """Two truths that have one semantic mask: no function of the mask can be right about both."""
    two, one = picture("11220 11220 11220"), picture("11110 11110 11110")
    mask = semantic_of(two, np.array([1, 1]))
    sentence = f"Now see it fail. It counts {count_patches(mask)} in these classes. Both truths beside them have them."
    return sentence, [Panel("the classes", mask), Panel("objects: two cells", two), Panel("objects: one cell", one)]


count_cells = Check(
    "00-count-cells",
    _count_trials,
    (
        "`number_patches(mask, connectivity=2)` gives every patch a number: 1, 2, 3, ... What is its largest value?",
        "Pixels of two classes never share a patch: the function takes care of that if it gets the classes.",
        "So give it `semantic` as it is, and return the largest number.",
    ),
    (
        Mistake("Pixels that meet at a corner only belong together as well: that is `connectivity=2`.",
            lambda semantic: number_patches(semantic, connectivity=1).max()),
        Mistake("`semantic > 0` joins a healthy and an infected cell: look at one class at a time, or pass the "
            "classes.", lambda semantic: number_patches(semantic > 0, connectivity=2).max()),
        Mistake("One too many: patches are numbered from 1, and the 0 of the background is no patch.",
            lambda semantic: len(np.unique(number_patches(semantic, connectivity=2)))),
        Mistake("Only infected cells are counted. Healthy ones, the 1s, are cells too.",
            lambda semantic: number_patches(semantic == 2, connectivity=2).max()),
        Mistake("Only healthy cells are counted. Infected ones, the 2s, are cells too.",
            lambda semantic: number_patches(semantic == 1, connectivity=2).max()),
        Mistake("This adds up the patch numbers of all pixels: a pixel of patch 3 adds 3. Count the patches instead.",
            lambda semantic: number_patches(semantic, connectivity=2).sum()),
        Mistake("This counts pixels. How many patches do they make?", lambda semantic: (semantic > 0).sum()),
        Mistake("The largest value of `semantic` is a class. Number the patches first: `number_patches`.",
            lambda semantic: semantic.max()),
        Mistake("These are the patches, each with its number. How many there are is the largest of these numbers.",
            lambda semantic: number_patches(semantic, connectivity=2)),
    ),
    afterword=_where_it_breaks,
)  # fmt: skip
