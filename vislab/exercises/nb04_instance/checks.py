"""The checks of notebook 04, "Build an instance segmenter"."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from vislab.exercises.checking.check import Check
from vislab.exercises.checking.recognising import Mistake, Pace
from vislab.exercises.checking.small_pictures import Mask, picture, quarters, random_pictures
from vislab.exercises.checking.trial import Floats, Trial
from vislab.exercises.nb04_instance import reference
from vislab.exercises.nb04_instance.reference import centres_of

AXES = ("x", "y")  # the two channels of offsets
COUNTS_FROM_1 = "Objects count from 1, `centres` from 0: `centres[i]` belongs to `instances == i + 1`."
LOOP = "a loop visits the pixels one by one; `x - left` is the offset of all at once. Loop over objects only."


def _squares(side: int) -> dict[str, Any]:
    """Objects and centres of a picture of side × side pixels, a square in each quarter."""
    return {"instances": quarters(side), "centres": np.array([(1, 1), (3, 1), (1, 3), (3, 3)]) * side // 4}


def _shifted(instances: Mask, centres: Mask) -> Mask:
    """The objects as a loop with `instances == i` in place of `i + 1` meets them: the background first."""
    return np.where(instances == len(centres), 0, instances + 1)


# Draw the heatmap


def _with_hill(hill: Callable[[Floats, float], Floats]) -> Callable[[Mask, Mask, Floats], Floats]:
    """A function that draws heatmaps with another hill, which depends on the squared distance and the width."""

    def draw(instances: Mask, centres: Mask, widths: Floats) -> Floats:
        y, x = np.indices(instances.shape)
        heatmap = np.zeros(instances.shape)
        for number, ((left, top), width) in enumerate(zip(centres, widths, strict=True), start=1):
            squared = ((x - left) ** 2 + (y - top) ** 2).astype(float)
            heatmap = np.where(instances == number, hill(squared, width), heatmap)
        return heatmap

    return draw


def _spill(instances: Mask, centres: Mask, widths: Floats, join: Callable[..., Floats] = np.maximum) -> Floats:
    """A heatmap whose hills run on outside their objects."""
    y, x = np.indices(instances.shape)
    heatmap = np.zeros(instances.shape)
    for (left, top), width in zip(centres, widths, strict=True):
        heatmap = join(heatmap, np.exp(-((x - left) ** 2 + (y - top) ** 2) / (2 * width**2)))
    return heatmap


def _spill_last(instances: Mask, centres: Mask, widths: Floats) -> Floats:
    """A heatmap that is right on all objects; the background belongs to the last one."""
    return reference.centre_heatmap(np.where(instances > 0, instances, len(centres)), centres, widths)


def _heatmap_trials() -> Iterator[Trial]:
    seen = [
        ("00000 01110 01110 01110 00000", [1.0], "At the centre the distance is 0, and there the heatmap is 1."),
        ("1110000 1110222 1110222 0000222", [0.8, 1.6], "widths[0] belongs to object 1, widths[1] to object 2."),
        ("11112222 11112222 11112222", [2.5, 2.5], "A hill ends where its object ends, even if another begins there."),
        ("000 000", [], "There is no object, so `centres` is empty, and the heatmap is 0 everywhere."),
    ]
    masks = [(picture(rows), np.array(widths, float), hint) for rows, widths, hint in seen]
    chance = np.random.default_rng(4)
    masks += [(mask, chance.uniform(0.6, 2.5, len(objects)), "") for mask, objects in random_pictures()]
    for mask, widths, hint in masks:
        yield Trial.of(reference.centre_heatmap, mask, centres_of(mask), widths, hint=hint)


centre_heatmap = Check(
    "04-centre-heatmap",
    _heatmap_trials,
    (
        "`y, x = np.indices(instances.shape)` gives each pixel's row and its column, as two whole maps.",
        "For one object: `(x - left) ** 2 + (y - top) ** 2` is the squared distance of every pixel to its centre.",
        "`heatmap[instances == i + 1]` are the pixels of object i + 1, and you can assign to it. Loop over objects.",
    ),
    (
        Mistake("Are x and y swapped? x counts columns, the second axis of the array; y counts rows, the first.",
            lambda i, c, w: reference.centre_heatmap(i, c[:, ::-1], w)),
        Mistake("This Gaussian adds up to 1. The target is 1 at the centre: leave out the factor in front.",
            _with_hill(lambda d2, w: np.exp(-d2 / (2 * w**2)) / (2 * np.pi * w**2))),
        Mistake("There is a factor in front of exp, so the centre is not at 1. Leave it out.",
            _with_hill(lambda d2, w: np.exp(-d2 / (2 * w**2)) / (np.sqrt(2 * np.pi) * w))),
        Mistake("All hills are equally wide. Object i + 1 has the width widths[i]: a small cell needs a narrow hill.",
            lambda i, c, w: reference.centre_heatmap(i, c, w[:1].repeat(len(w))),
            lambda i, c, w: reference.centre_heatmap(i, c, np.ones(len(w)))),
        Mistake(COUNTS_FROM_1,
            lambda i, c, w: reference.centre_heatmap(_shifted(i, c), c, w),
            lambda i, c, w: reference.centre_heatmap(_shifted(i, c) * (i > 0), c, w)),
        Mistake("The shape of the hill is right, but it leaves its object: outside of `instances == i + 1` it must be "
            "0.", _spill, _spill_last, lambda i, c, w: _spill(i, c, w, np.add)),
        Mistake("The distance goes in squared: you took its root.",
            _with_hill(lambda d2, w: np.exp(-np.sqrt(d2) / (2 * w**2)))),
        Mistake("The width is squared and *doubled*: 2 * width ** 2.", _with_hill(lambda d2, w: np.exp(-d2 / w**2))),
        Mistake("Python goes from left to right: it divides by 2, then multiplies. Put 2 * width ** 2 in brackets.",
            _with_hill(lambda d2, w: np.exp(-d2 / 2 * w**2))),
        Mistake("The width goes in squared: 2 * width ** 2.", _with_hill(lambda d2, w: np.exp(-d2 / (2 * w)))),
        Mistake("Only the centre itself is above 0. Its neighbours are nearly centres, and exp says how nearly.",
            _with_hill(lambda d2, w: (d2 == 0).astype(float))),
    ),
    pace=Pace(lambda side: _squares(side) | {"widths": np.full(4, 8.0)}, reference.centre_heatmap, LOOP),
)  # fmt: skip

# Point to the centre


def _to_nearest(instances: Mask, centres: Mask) -> Mask:
    """Offsets to the nearest centre, whichever object a pixel is part of."""
    y, x = np.indices(instances.shape)
    return reference.offset_to_centre(reference.nearest_centre(instances > 0, centres, np.stack([x, y])), centres)


def _offset_trials() -> Iterator[Trial]:
    seen = [
        ("00000 01110 01110 01110 00000", "Left of the centre, x is positive; above it, y is: offsets lead *to* it."),
        ("1110000 1110222 1110222 0000222", "Channel 0 holds x, to the right; channel 1 holds y, downwards."),
        ("11111112 11111112 11111112", "A pixel points at the centre of its own object, however far that is."),
        ("2220 2221 0111 0111", "`instances` says which object a pixel is part of, not the order of the objects."),
        ("000 000", "There is no object, so `centres` is empty: both channels are 0."),
    ]
    masks = [(picture(rows), hint) for rows, hint in seen] + [(mask, "") for mask, _ in random_pictures()]
    for mask, hint in masks:
        yield Trial.of(reference.offset_to_centre, mask, centres_of(mask), hint=hint)


offset_to_centre = Check(
    "04-offset-to-centre",
    _offset_trials,
    (
        "`y, x = np.indices(instances.shape)`; for one object, the offset in x is `left - x` on its pixels.",
        "Begin with `offset = np.zeros((2, *instances.shape))`. You can assign to `offset[0, instances == i + 1]`.",
        "Loop over `enumerate(centres)`: each gives `i, (left, top)`.",
    ),
    (
        Mistake("The sign is turned: pixel + offset = centre, so offset = centre - pixel.",
            lambda i, c: -reference.offset_to_centre(i, c)),
        Mistake("x and y are swapped: channel 0 is x.", lambda i, c: reference.offset_to_centre(i, c)[::-1]),
        Mistake("Are x and y of the centres swapped? Each row of `centres` is x, y.",
            lambda i, c: reference.offset_to_centre(i, c[:, ::-1])),
        Mistake("x and y have changed places: `np.indices` gives the rows, y, first, and then the columns, x.",
            lambda i, c: reference.offset_to_centre(i, c[:, ::-1])[::-1]),
        Mistake("The numbers are right, the axes are not: it should be (2, h, w), the two channels first.",
            lambda i, c: reference.offset_to_centre(i, c).transpose(1, 2, 0)),
        Mistake("Inside objects all is right. Where `instances` is 0, both channels must be 0.",
            lambda i, c: reference.offset_from_table(i, np.vstack([np.zeros((1, 2), int), c])),
            lambda i, c: reference.offset_from_table(i, np.vstack([c[-1], c]))),
        Mistake("Some pixels point at a nearer centre, that of another object.", _to_nearest),
        Mistake("Pixels point at a neighbour's centre: object 1 has the centre centres[0], object 2 has centres[1].",
            lambda i, c: reference.offset_to_centre(np.where(i > 0, i % len(c) + 1, 0), c)),
        Mistake(COUNTS_FROM_1,
            lambda i, c: reference.offset_to_centre(_shifted(i, c), c),
            lambda i, c: reference.offset_to_centre(_shifted(i, c) * (i > 0), c)),
        Mistake("All is positive: these are distances. An offset can go left and up too.",
            lambda i, c: np.abs(reference.offset_to_centre(i, c))),
        Mistake("All arrows have length 1: they say in which direction, but not how far.",
            lambda i, c: reference.offset_to_centre(i, c) / np.maximum(np.linalg.norm(reference.offset_to_centre(i, c),
                axis=0), 1e-9)),
    ),
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
    (
        Mistake("The first object has the id 0 and vanishes in the background: ids begin with 1.",
            lambda i, c, o: np.where(i, reference.group_pixels(i, c, o) - 1, 0)),
        Mistake("Background pixels joined as well. Where `inside` is False, the id is 0.",
            lambda i, c, o: reference.group_pixels(np.ones_like(i), c, o)),
        Mistake("Each pixel joined the centre nearest to itself, not the one it *points* at: add the offset first.",
            lambda i, c, o: reference.group_pixels(i, c, 0 * o)),
        Mistake("The offset is subtracted: a pixel points at its own place *plus* the offset.",
            lambda i, c, o: reference.group_pixels(i, c, -o)),
        Mistake("offset[0] belongs to x, the column; offset[1] to y, the row.",
            lambda i, c, o: reference.group_pixels(i, c, o[::-1])),
        Mistake("Are x and y of the centres swapped? Each row is x, y.",
            lambda i, c, o: reference.group_pixels(i, c[:, ::-1], o)),
        Mistake("The offset alone is a step, not a place: add each pixel's own x and y first.",
            lambda i, c, o: reference.nearest_centre(i, c, o)),
        Mistake("x goes with columns and offset[0], y with rows and offset[1]; `np.indices` gives the rows first.",
            lambda i, c, o: reference.nearest_centre(i, c, np.indices(i.shape) + o)),
        Mistake("All pixels are one object. Which centre does each of them point at?", lambda i, c, o: i.astype(int)),
    ),
    channels=AXES,
    pace=Pace(_many_centres, reference.group_pixels,
         "a loop visits the pixels one by one; an array (h, w, k) of all distances asks them all at once."),
)  # fmt: skip
