"""The likely mistakes in the exercises of notebook 04, each with a hint."""

from collections.abc import Callable

import numpy as np

from vislab.exercises.checking.recognising import Mistake
from vislab.exercises.checking.small_pictures import Mask
from vislab.exercises.checking.trial import Floats
from vislab.exercises.nb04_instance import reference

COUNTS_FROM_1 = "Objects count from 1, `centres` from 0: `centres[i]` belongs to `instances == i + 1`."


def _shifted(instances: Mask, centres: Mask) -> Mask:
    """The objects as a loop with `instances == i` in place of `i + 1` meets them: the background first."""
    return np.where(instances == len(centres), 0, instances + 1)


def _only(number: int, instances: Mask, answer: Floats) -> Floats:
    """A right answer (h, w) or (2, h, w) on the object of this number, 0 elsewhere."""
    return np.asarray(answer * (instances == number))


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


HEATMAPS = (
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
    Mistake("Every hill is drawn on all objects, and the last one stays. Hill i belongs on `instances == i + 1`.",
        lambda i, c, w: reference.centre_heatmap(np.where(i > 0, len(c), 0), c, w)),
    Mistake("Only the first object has its hill: is `return` inside the loop?",
        lambda i, c, w: _only(1, i, reference.centre_heatmap(i, c, w))),
    Mistake("Only the last object has its hill: begin the heatmap before the loop, and keep what it holds.",
        lambda i, c, w: _only(len(c), i, reference.centre_heatmap(i, c, w))),
    Mistake("The minus is missing: a hill falls with the distance.", _with_hill(lambda d2, w: np.exp(d2 / (2 * w**2)))),
    Mistake("2 * width ** 2 doubles the square. You squared the double, (2 * width) ** 2, which is twice as much.",
        _with_hill(lambda d2, w: np.exp(-d2 / (4 * w**2)))),
    Mistake("The distance goes in squared: you took its root.",
        _with_hill(lambda d2, w: np.exp(-np.sqrt(d2) / (2 * w**2)))),
    Mistake("The width is squared and *doubled*: 2 * width ** 2.", _with_hill(lambda d2, w: np.exp(-d2 / w**2))),
    Mistake("Python goes from left to right: it divides by 2, then multiplies. Put 2 * width ** 2 in brackets.",
        _with_hill(lambda d2, w: np.exp(-d2 / 2 * w**2))),
    Mistake("The width goes in squared: 2 * width ** 2.", _with_hill(lambda d2, w: np.exp(-d2 / (2 * w)))),
    Mistake("Only the centre itself is above 0. An array of integers, such as np.zeros_like(instances), cuts 0.6 to 0; "
        "np.zeros(instances.shape) does not. Or is exp missing, which says how near a pixel is?",
        _with_hill(lambda d2, w: (d2 == 0).astype(float))),
)  # fmt: skip

# Point to the centre


def _to_nearest(instances: Mask, centres: Mask) -> Mask:
    """Offsets to the nearest centre, whichever object a pixel is part of."""
    y, x = np.indices(instances.shape)
    return reference.offset_to_centre(reference.nearest_centre(instances > 0, centres, np.stack([x, y])), centres)


OFFSETS = (
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
    Mistake("This is the place of the centre. The offset leads there from the pixel: subtract the pixel's own x and y.",
        lambda i, c: np.vstack([np.zeros((1, 2), int), c])[i].transpose(2, 0, 1)),
    Mistake("x is right. y counts downwards, so the offset in y is `top - y`.",
        lambda i, c: reference.offset_to_centre(i, c) * np.array([1, -1])[:, None, None]),
    Mistake("Only the first object has offsets: is `return` inside the loop?",
        lambda i, c: _only(1, i, reference.offset_to_centre(i, c))),
    Mistake("Only the last object has offsets: begin the array before the loop, and keep what it holds.",
        lambda i, c: _only(len(c), i, reference.offset_to_centre(i, c))),
    Mistake("All is positive: these are distances. An offset can go left and up too.",
        lambda i, c: np.abs(reference.offset_to_centre(i, c))),
    Mistake("All arrows have length 1: they say in which direction, but not how far.",
        lambda i, c: reference.offset_to_centre(i, c) / np.maximum(np.linalg.norm(reference.offset_to_centre(i, c),
            axis=0), 1e-9)),
)  # fmt: skip

# Group pixels


def _misses(inside: Mask, centres: Mask, offset: Floats) -> Floats:
    """How far each pixel's arrow ends from each centre, x and y: (h, w, k, 2)."""
    y, x = np.indices(inside.shape)
    return np.stack([x + offset[0], y + offset[1]], -1)[..., None, :] - centres


def _join_flat(inside: Mask, distance: Floats) -> Mask:
    """One id for all pixels: an argmin without an axis."""
    return np.where(inside, distance.argmin() + 1, 0)


GROUPS = (
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
    Mistake("The nearest is the one at the shortest straight line: compare dx² + dy², not |dx| + |dy|.",
        lambda i, c, o: np.where(i, np.abs(_misses(i, c, o)).sum(-1).argmin(-1) + 1, 0)),
    Mistake("`argmax` finds the farthest centre; the nearest has the smallest distance.",
        lambda i, c, o: np.where(i, (_misses(i, c, o) ** 2).sum(-1).argmax(-1) + 1, 0)),
    Mistake("`argmin` without an axis gives one number for the whole array. Give it the axis of the centres.",
        lambda i, c, o: _join_flat(i, (_misses(i, c, o) ** 2).sum(-1)),
        lambda i, c, o: _join_flat(i, (_misses(i, c, o) ** 2).sum(-1).transpose(2, 0, 1))),
    Mistake("The last centre takes all pixels. In a loop, keep the smallest distance so far too, and update it.",
        lambda i, c, o: i * len(c)),
    Mistake("All pixels are one object. Which centre does each of them point at?", lambda i, c, o: i.astype(int)),
)  # fmt: skip
