"""Notebook 04, "Build an instance segmenter": its checks and its quizzes."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from vislab.exercises.checking.check import Check
from vislab.exercises.checking.recognising import Mistake, Pace
from vislab.exercises.checking.small_pictures import Mask, picture, quarters, random_pictures
from vislab.exercises.checking.trial import Trial
from vislab.exercises.nb04_instance.quiz import CLOSING, OPENING
from vislab.models.instance import targets

__all__ = ["CLOSING", "OPENING", "centre_heat", "group_pixels", "way_to_centre"]

Floats = np.ndarray[Any, np.dtype[np.float64]]
AXES = ("x", "y")  # the two layers of arrows


def centres_of(instances: Mask) -> Mask:
    """The centre of each object, x and y, (k, 2): its own pixel nearest to its mean, as vislab's targets have it."""
    most = int(instances.max(initial=0))
    way = targets(torch.as_tensor(instances)[None], most).offset[0].numpy()
    first: list[list[int]] = [np.argwhere(instances == number)[0].tolist() for number in range(1, most + 1)]
    found = [(x + way[0, y, x], y + way[1, y, x]) for y, x in first]
    return np.array(found).round().astype(int).reshape(-1, 2)


def _squares(side: int) -> dict[str, Any]:
    """Objects and centres of a picture of side × side pixels, a square in each quarter."""
    return {"instances": quarters(side), "centres": np.array([(1, 1), (3, 1), (1, 3), (3, 3)]) * side // 4}


def _from_0(instances: Mask, centres: Mask) -> Mask:
    """Which object's centre, counted from 1, each pixel takes where object i is given `centres[i]`; 0 takes none."""
    return np.where(instances == len(centres), 0, instances + 1)


_COUNTS_FROM_1 = "Objects count from 1, `centres` from 0: `centres[i]` belongs to `instances == i + 1`."
_LOOP = "a loop visits the pixels one by one; `x - left` is the way of all of them at once. Loop over objects only."

# Draw a centre target


def _heat(instances: Mask, centres: Mask, widths: Floats) -> Floats:
    y, x = np.indices(instances.shape)
    left, top, wide = np.concatenate([np.ones((1, 3)), np.column_stack([centres, widths])]).T[:, instances]
    return np.asarray(np.exp(-((x - left) ** 2 + (y - top) ** 2) / (2 * wide**2)) * (instances > 0))


def _other_heat(spot: Callable[[Floats, float], Floats]) -> Callable[..., Floats]:
    """Heat that falls with the squared distance in another way."""

    def heat(instances: Mask, centres: Mask, widths: Floats) -> Floats:
        y, x = np.indices(instances.shape)
        total = np.zeros(instances.shape)
        for number, ((left, top), width) in enumerate(zip(centres, widths, strict=True), start=1):
            far = ((x - left) ** 2 + (y - top) ** 2).astype(float)
            total = np.where(instances == number, spot(far, width), total)
        return total

    return heat


def _spilt(instances: Mask, centres: Mask, widths: Floats, how: Callable[..., Floats] = np.maximum) -> Floats:
    """Heat that runs on outside its object."""
    y, x = np.indices(instances.shape)
    heat = np.zeros(instances.shape)
    for (left, top), width in zip(centres, widths, strict=True):
        heat = how(heat, np.exp(-((x - left) ** 2 + (y - top) ** 2) / (2 * width**2)))
    return heat


def _warm_outside(instances: Mask, centres: Mask, widths: Floats) -> Floats:
    """Heat that is right on all objects; the background belongs to the last one."""
    return _heat(np.where(instances > 0, instances, len(centres)), centres, widths)


def _heat_trials() -> Iterator[Trial]:
    seen = [
        ("00000 01110 01110 01110 00000", [1.0], "At the centre the distance is 0, and there the heat is 1."),
        ("1110000 1110222 1110222 0000222", [0.8, 1.6], "widths[0] belongs to object 1, widths[1] to object 2."),
        ("11112222 11112222 11112222", [2.5, 2.5], "Heat ends where the object ends, also if another begins there."),
        ("000 000", [], "There is no object, so `centres` is empty: all is cold."),
    ]
    masks = [(picture(rows), np.array(widths, float), hint) for rows, widths, hint in seen]
    chance = np.random.default_rng(4)
    masks += [(mask, chance.uniform(0.6, 2.5, len(objects)), "") for mask, objects in random_pictures()]
    for mask, widths, hint in masks:
        centres = centres_of(mask)
        given = {"instances": mask, "centres": centres, "widths": widths}
        yield Trial(given, _heat(mask, centres, widths), hint)


_TURNED = "Are x and y swapped? x counts columns, the second axis of the array; y counts rows, the first."
_SPILLS = "The shape of the spot is right, but it leaves its object: outside of `instances == i + 1` it must be cold."
_SAME = "All spots are equally wide. Object i + 1 has the width widths[i]: a small cell needs a small spot."

centre_heat = Check(
    "04-centre-heat",
    _heat_trials,
    (
        "`y, x = np.indices(instances.shape)` gives each pixel's row and its column, as two whole maps.",
        "For one object: `(x - left) ** 2 + (y - top) ** 2` is the squared distance of every pixel to its centre.",
        "`heat[instances == i + 1]` stands for the pixels of object i + 1, and can be assigned to. Loop over objects.",
    ),
    (
        Mistake(lambda i, c, w: _heat(i, c[:, ::-1], w), _TURNED),
        Mistake(
            _other_heat(lambda far, w: np.exp(-far / (2 * w**2)) / (2 * np.pi * w**2)),
            "This is the density of a Gaussian, which adds up to 1. A target says 'here is a centre' with 1: leave out "
            "the factor in front.",
        ),
        Mistake(
            _other_heat(lambda far, w: np.exp(-far / (2 * w**2)) / (np.sqrt(2 * np.pi) * w)),
            "There is a factor in front of exp, so the centre is not at 1. Leave it out.",
        ),
        Mistake(lambda i, c, w: _heat(i, c, w[:1].repeat(len(w))), _SAME),
        Mistake(lambda i, c, w: _heat(i, c, np.ones(len(w))), _SAME),
        Mistake(lambda i, c, w: _heat(_from_0(i, c), c, w), _COUNTS_FROM_1),
        Mistake(lambda i, c, w: _heat(_from_0(i, c) * (i > 0), c, w), _COUNTS_FROM_1),
        Mistake(_spilt, _SPILLS),
        Mistake(_warm_outside, _SPILLS),
        Mistake(lambda i, c, w: _spilt(i, c, w, np.add), _SPILLS),
        Mistake(
            _other_heat(lambda far, w: np.exp(-np.sqrt(far) / (2 * w**2))),
            "The distance goes in squared: you took its root.",
        ),
        Mistake(_other_heat(lambda far, w: np.exp(-far / w**2)), "The width is squared and *doubled*: 2 * width ** 2."),
        Mistake(
            _other_heat(lambda far, w: np.exp(-far / 2 * w**2)),
            "Python goes from left to right: it divides by 2, then multiplies. Put 2 * width ** 2 in brackets.",
        ),
        Mistake(_other_heat(lambda far, w: np.exp(-far / (2 * w))), "The width goes in squared: 2 * width ** 2."),
        Mistake(
            _other_heat(lambda far, w: (far == 0).astype(float)),
            "Only the centre itself is warm. Its neighbours are nearly centres, and exp says how nearly.",
        ),
    ),
    pace=Pace(lambda side: _squares(side) | {"widths": np.full(4, 8.0)}, _heat, _LOOP),
)

# Point at the own centre


def _way(instances: Mask, centres: Mask) -> Mask:
    y, x = np.indices(instances.shape)
    table = np.concatenate([np.zeros((1, 2), int), centres])
    return np.asarray((table[instances].transpose(2, 0, 1) - np.stack([x, y])) * (instances > 0))


def _everywhere(instances: Mask, centres: Mask, first: Mask) -> Mask:
    """Arrows from the background too: to wherever a table that begins with `first` sends it."""
    y, x = np.indices(instances.shape)
    table = np.concatenate([first.reshape(1, 2), centres])
    return np.asarray(table[instances].transpose(2, 0, 1) - np.stack([x, y]))


def _to_nearest(instances: Mask, centres: Mask) -> Mask:
    place = np.indices(instances.shape)[::-1, ..., None]  # (2, h, w, 1): x, y
    apart = ((place - centres.T[:, None, None]) ** 2).sum(0)
    return _way(np.where(instances > 0, apart.argmin(-1) + 1, 0), centres)


def _way_trials() -> Iterator[Trial]:
    seen = [
        ("00000 01110 01110 01110 00000", "Left of the centre x is positive, above it y is: the way *to* the centre."),
        ("1110000 1110222 1110222 0000222", "Layer 0 holds x, to the right; layer 1 holds y, downwards."),
        ("11111112 11111112 11111112", "A pixel points at the centre of its own object, however far that is."),
        ("2220 2221 0111 0111", "Which pixel belongs to whom is in `instances`, not in the order of the places."),
        ("000 000", "There is no object, so `centres` is empty: both layers are 0."),
    ]
    masks = [(picture(rows), hint) for rows, hint in seen] + [(mask, "") for mask, _ in random_pictures()]
    for mask, hint in masks:
        centres = centres_of(mask)
        yield Trial({"instances": mask, "centres": centres}, _way(mask, centres), hint)


_OUTSIDE = "Inside objects all is right. Where `instances` is 0 there is no way to go: both layers must be 0 there."

way_to_centre = Check(
    "04-way-to-centre",
    _way_trials,
    (
        "`y, x = np.indices(instances.shape)`; for one object, the way in x is `left - x` on its pixels.",
        "Begin with `way = np.zeros((2, *instances.shape))`. `way[0][instances == i + 1]` can be assigned to.",
        "Loop over `enumerate(centres)`: each gives `i, (left, top)`.",
    ),
    (
        Mistake(lambda i, c: -_way(i, c), "The sign is turned: pixel + way = centre, so way = centre - pixel."),
        Mistake(lambda i, c: _way(i, c)[::-1], "x and y are swapped: layer 0 is x, the way to the right."),
        Mistake(lambda i, c: _way(i, c[:, ::-1]), "Are x and y of the centres swapped? Each row of `centres` is x, y."),
        Mistake(
            lambda i, c: _way(i, c).transpose(1, 2, 0),
            "The numbers are right, the axes are not: it should be (2, h, w), the two layers first.",
        ),
        Mistake(lambda i, c: _everywhere(i, c, np.zeros((1, 2), int)), _OUTSIDE),
        Mistake(lambda i, c: _everywhere(i, c, c[-1]), _OUTSIDE),
        Mistake(
            _to_nearest, "Some pixels point at a nearer centre that is not theirs. `instances` says whose they are."
        ),
        Mistake(
            lambda i, c: _way(np.where(i > 0, i % len(c) + 1, 0), c),
            "Pixels point at a neighbour's centre: object 1 has the centre centres[0], object 2 has centres[1].",
        ),
        Mistake(lambda i, c: _way(_from_0(i, c), c), _COUNTS_FROM_1),
        Mistake(lambda i, c: _way(_from_0(i, c) * (i > 0), c), _COUNTS_FROM_1),
        Mistake(lambda i, c: np.abs(_way(i, c)), "All is positive: these are distances. A way can go left and up too."),
        Mistake(
            lambda i, c: _way(i, c) / np.maximum(np.linalg.norm(_way(i, c), axis=0), 1e-9),
            "All arrows have length 1: they say where to, but not how far.",
        ),
    ),
    channels=AXES,
    pace=Pace(_squares, _way, _LOOP),
)

# Group pixels


def _joined(inside: Mask, centres: Floats, way: Floats, least: int = 1) -> Mask:
    y, x = np.indices(inside.shape)
    return _nearest(inside, centres, np.stack([x, y]) + way, least)


def _nearest(inside: Mask, centres: Floats, aim: Floats, least: int = 1) -> Mask:
    """Ids of the centres nearest to where each pixel aims, (2, h, w)."""
    if not len(centres):
        return np.zeros(inside.shape, int)
    apart = ((aim[..., None] - centres.T[:, None, None]) ** 2).sum(0)
    return np.asarray(np.where(inside, apart.argmin(-1) + least, 0))


def _maps(instances: Mask, chance: np.random.Generator, noise: float) -> dict[str, Any]:
    """What a network would say of these objects: ways that miss a little, and nonsense in the background."""
    centres = centres_of(instances)
    missed = chance.normal(0, noise, (2, *instances.shape)).round(1)
    nonsense = chance.uniform(-3, 3, (2, *instances.shape)).round(1)
    way = np.where(instances > 0, _way(instances, centres) + missed, nonsense)
    return {"inside": instances > 0, "centres": centres, "way": way}


def _join_trials() -> Iterator[Trial]:
    seen = [
        ("00000 01110 01110 01110 00000", 0.0, "Pixels outside get 0; the first centre's pixels get 1, not 0."),
        (
            "11111112 11111112 11111112",
            0.0,
            "A pixel joins the centre it points at, not the one it happens to be near.",
        ),
        ("1110000 1110222 1110222 0000222", 0.2, "Arrows miss a little. What counts is which centre is nearest."),
    ]
    chance = np.random.default_rng(5)
    given = [(_maps(picture(rows), chance, noise), hint) for rows, noise, hint in seen]
    nobody = {"inside": picture("0110 0110") > 0, "centres": np.zeros((0, 2), int), "way": np.zeros((2, 2, 4))}
    given.append((nobody, "No centre was found, so no pixel has an object to join: all are 0."))
    given += [(_maps(mask, chance, 0.3), "") for mask, _ in random_pictures()]
    for one, hint in given:
        yield Trial(one, _joined(**one), hint)


def _aims(side: int) -> dict[str, Any]:
    """A picture of side × side pixels with 24 centres."""
    chance = np.random.default_rng(6)
    way = chance.normal(0, 4, (2, side, side))
    return {"inside": np.ones((side, side), bool), "centres": chance.integers(0, side, (24, 2)), "way": way}


group_pixels = Check(
    "04-group-pixels",
    _join_trials,
    (
        "First, where does each pixel point? `x + way[0]` and `y + way[1]`, as whole maps.",
        "`(x + way[0])[..., None] - centres[:, 0]` has the shape (h, w, k): every pixel beside every centre.",
        "`apart.argmin(-1)` gives the place of the nearest, from 0. It stops where there is no centre: return zeros.",
    ),
    (
        Mistake(
            lambda i, c, w: np.where(i, _joined(i, c, w) - 1, 0),
            "The first object is called 0 and vanishes in the background: ids begin with 1.",
        ),
        Mistake(
            lambda i, c, w: _joined(np.ones_like(i), c, w),
            "Background pixels joined as well. Where `inside` is False, the id is 0.",
        ),
        Mistake(
            lambda i, c, w: _joined(i, c, 0 * w),
            "Each pixel went to the centre that it lies nearest to. It should go to the one that it *points* at: "
            "add the way first.",
        ),
        Mistake(lambda i, c, w: _joined(i, c, -w), "The way is subtracted: a pixel points at its place *plus* way."),
        Mistake(lambda i, c, w: _joined(i, c, w[::-1]), "way[0] belongs to x, the column; way[1] to y, the row."),
        Mistake(lambda i, c, w: _joined(i, c[:, ::-1], w), "Are x and y of the centres swapped? Each row is x, y."),
        Mistake(
            lambda i, c, w: _nearest(i, c, w),
            "`way` alone is a step, no place: add each pixel's own x and y to it, then look for the nearest centre.",
        ),
        Mistake(
            lambda i, c, w: _nearest(i, c, np.indices(i.shape) + w),
            "x goes with columns and way[0], y with rows and way[1]; `np.indices` gives the rows first.",
        ),
        Mistake(lambda i, c, w: i.astype(int), "All pixels are one object. Which centre does each of them point at?"),
    ),
    channels=AXES,
    pace=Pace(
        _aims,
        _joined,
        "a loop visits the pixels one by one; an array (h, w, k) of all distances asks them all at once.",
    ),
)
