"""The checks of notebook 04, "Build an instance segmenter"."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from vislab.exercises.checking.check import Check
from vislab.exercises.checking.recognising import Pace
from vislab.exercises.checking.small_pictures import Mask, picture, quarters, random_pictures
from vislab.exercises.checking.trial import Trial
from vislab.exercises.nb04_instance import mistakes, reference
from vislab.exercises.nb04_instance.reference import centres_of

AXES = ("x", "y")  # the two channels of offsets
LOOP = "a loop visits the pixels one by one; `x - left` is the offset of all at once. Loop over objects only."


def _squares(side: int) -> dict[str, Any]:
    """Objects and centres of a picture of side × side pixels, a square in each quarter."""
    return {"instances": quarters(side), "centres": np.array([(1, 1), (3, 1), (1, 3), (3, 3)]) * side // 4}


# Draw the heatmap


def _heatmap_trials() -> Iterator[Trial]:
    seen = [
        ("00000 01110 01110 01110 00000", [1.0], "Object 1 has `centres[0]`: there d is 0, so there the heatmap is 1."),
        ("1110000 1110222 1110222 0000222", [0.8, 1.6], "widths[0] belongs to object 1, widths[1] to object 2."),
        ("11112222 11112222 11112222", [2.5, 2.5], "A hill ends where its object ends, even if another begins there."),
        ("000 000", [], "There is no object, so `centres` is empty, and the heatmap is 0 everywhere."),
    ]
    masks = [(picture(rows), np.array(widths, float), hint) for rows, widths, hint in seen]
    chance = np.random.default_rng(4)
    masks += [(mask, chance.uniform(0.6, 2.5, len(objects)), "") for mask, objects in random_pictures()]
    return Trial.each(reference.centre_heatmap, [(mask, centres_of(mask), *rest) for mask, *rest in masks])


centre_heatmap = Check(
    "04-centre-heatmap",
    _heatmap_trials,
    (
        "`y, x = np.indices(instances.shape)` gives each pixel's row and its column, as two whole maps.",
        "For one object: `(x - left) ** 2 + (y - top) ** 2` is the squared distance of every pixel to its centre.",
        "`heatmap[instances == i + 1]` are the pixels of object i + 1, and you can assign to it. Loop over objects.",
    ),
    mistakes.HEATMAPS,
    pace=Pace(lambda side: _squares(side) | {"widths": np.full(4, 8.0)}, reference.centre_heatmap, LOOP),
)  # fmt: skip

# Point to the centre


def _offset_trials() -> Iterator[Trial]:
    seen = [
        ("00000 01110 01110 01110 00000", "Left of the centre, x is positive; above it, y is: offsets lead *to* it."),
        ("1110000 1110222 1110222 0000222", "Channel 0 holds x, to the right; channel 1 holds y, downwards."),
        ("11111112 11111112 11111112", "A pixel points at the centre of its own object, however far that is."),
        ("2220 2221 0111 0111", "`instances` says which object a pixel is part of, not the order of the objects."),
        ("000 000", "There is no object, so `centres` is empty: both channels are 0."),
    ]
    masks = [(picture(rows), hint) for rows, hint in seen] + [(mask, "") for mask, _ in random_pictures()]
    return Trial.each(reference.offset_to_centre, [(mask, centres_of(mask), hint) for mask, hint in masks])


offset_to_centre = Check(
    "04-offset-to-centre",
    _offset_trials,
    (
        "`y, x = np.indices(instances.shape)`; for one object, the offset in x is `left - x` on its pixels.",
        "Begin with `offset = np.zeros((2, *instances.shape))`. You can assign to `offset[0, instances == i + 1]`.",
        "Loop over `enumerate(centres)`: each gives `i, (left, top)`.",
    ),
    mistakes.OFFSETS,
    channels=AXES,
    pace=Pace(_squares, reference.offset_to_centre, LOOP),
)  # fmt: skip

# Group pixels


def _predict(instances: Mask, chance: np.random.Generator, noise: float) -> dict[str, Any]:
    """What a network would predict for these objects: offsets that miss a little, and nonsense in the background."""
    centres = centres_of(instances)
    misses = chance.normal(0, noise, (2, *instances.shape)).round(1)
    nonsense = chance.uniform(-3, 3, (2, *instances.shape)).round(1)
    offset = np.where(instances > 0, reference.offset_to_centre(instances, centres) + misses, nonsense)
    return {"inside": instances > 0, "centres": centres, "offset": offset}


def _group_trials() -> Iterator[Trial]:
    seen = [
        ("00000 01110 01110 01110 00000", 0.0, "Pixels outside get 0; the first centre's pixels get 1, not 0."),
        ("11111112 11111112 11111112", 0.0, "A pixel joins the centre it points at, however far that is."),
        ("1110000 1110222 1110222 0000222", 0.2, "Arrows miss a little. What counts is which centre is nearest."),
    ]  # fmt: skip
    chance = np.random.default_rng(5)
    trials = [(_predict(picture(rows), chance, noise), hint) for rows, noise, hint in seen]
    empty = {"inside": picture("0110 0110") > 0, "centres": np.zeros((0, 2), int), "offset": np.zeros((2, 2, 4))}
    trials.append((empty, "No centre was found, so no pixel has an object to join: all are 0."))
    far = {"inside": np.ones((6, 8), bool), "centres": np.array([(4, 4), (6, 1)]), "offset": np.zeros((2, 6, 8))}
    trials.append((far, "Even an arrow that misses by far joins a centre, the nearest: smallest dx² + dy²."))
    trials += [(_predict(mask, chance, 0.3), "") for mask, _ in random_pictures()]
    for arguments, hint in trials:
        yield Trial(arguments, reference.group_pixels(**arguments), hint)


def _many_centres(side: int) -> dict[str, Any]:
    """A picture of side × side pixels with 24 centres."""
    chance = np.random.default_rng(6)
    offset = chance.normal(0, 4, (2, side, side))
    return {"inside": np.ones((side, side), bool), "centres": chance.integers(0, side, (24, 2)), "offset": offset}


group_pixels = Check(
    "04-group-pixels",
    _group_trials,
    (
        "First, where does each pixel point? `x + offset[0]` and `y + offset[1]`, as whole maps.",
        "`(x + offset[0])[..., None] - centres[:, 0]` has the shape (h, w, k): every pixel beside every centre.",
        "`distance.argmin(-1)` gives the index of the nearest, from 0. It fails if there is no centre: return zeros.",
    ),
    mistakes.GROUPS,
    channels=AXES,
    pace=Pace(_many_centres, reference.group_pixels,
         "a loop visits the pixels one by one; an array (h, w, k) of all distances asks them all at once."),
)  # fmt: skip
