"""From maps to objects: find the centres, then let every pixel join the one it points at."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vislab.models.predictions import Objects

SMALLEST = 0.6  # pixels: the radius of an object of one pixel, and the least that a centre's spot is wide
LEAST = 0.03  # heat from which a peak is looked at; the score threshold for answers is chosen later, on valid pictures
MOST = 1000  # peaks a picture: more than an evening's patience for counting
TOO_FAR = 2.0  # radii: a pixel that points further beside every centre than this belongs to none
CELLS = 2**25  # pixels × centres compared at once: bounds the memory to some hundred megabytes


@dataclass(frozen=True)
class Grouped:
    """One picture's objects, on the device: ids int64 (h, w), 0 = none, and for object i + 1 its class and score."""

    ids: Tensor
    classes: Tensor
    scores: Tensor


def group(scores: Tensor, maps: Tensor, things: tuple[int, ...]) -> list[Grouped]:
    """Objects of pictures, from what an InstanceSegmenter says: scores (b, classes, h, w) and maps (b, 4, h, w).

    A peak is a pixel warmer than its eight neighbours; of peaks closer than half the smaller of their radii the
    warmest stands for all. A pixel of a thing joins the centre that it points at, distance taken in that centre's
    radii. An object's class is the likeliest over its pixels, its score the heat of its peak times that likelihood.
    """
    likely = scores.float().softmax(1)  # (b, classes, h, w)
    said = likely.argmax(1)
    is_thing = torch.zeros(scores.shape[1], dtype=torch.bool, device=scores.device)
    is_thing[list(things)] = True
    inside = is_thing[said]  # (b, h, w)
    heat = maps[:, 0].float().sigmoid()
    warmest = torch.nn.functional.max_pool2d(heat[:, None], 3, 1, 1)[:, 0]
    peak = (heat == warmest) & (heat >= LEAST) & inside
    radius = maps[:, 3].float().clamp(-2, 8).exp().clamp_min(SMALLEST)
    return [
        _group_one(likely[i], inside[i], heat[i], peak[i], radius[i], maps[i, 1:3].float(), things)
        for i in range(len(scores))
    ]


def _group_one(
    likely: Tensor, inside: Tensor, heat: Tensor, peak: Tensor, radius: Tensor, way: Tensor, things: tuple[int, ...]
) -> Grouped:
    """One picture of `group`: likely (classes, h, w), way (2, h, w), the others (h, w)."""
    centres, warmth, radii = _centres(peak, heat, radius)
    ids = torch.zeros_like(inside, dtype=torch.int64)
    if not len(centres):
        nothing = torch.zeros(0, device=heat.device)
        return Grouped(ids, nothing.long(), nothing)
    y, x = inside.nonzero(as_tuple=True)
    aim = torch.stack([x, y], 1) + way[:, y, x].T  # (p, 2) where each pixel says its centre is
    joined = torch.zeros(len(aim), dtype=torch.int64, device=heat.device)
    step = max(1, CELLS // len(centres))
    for start in range(0, len(aim), step):
        apart = torch.cdist(aim[start : start + step], centres) / radii  # (p, k)
        nearest, which = apart.min(1)
        joined[start : start + step] = torch.where(nearest <= TOO_FAR, which + 1, 0)
    ids[y, x] = joined
    # Likelihood of each thing, averaged over each object's pixels.
    votes = torch.zeros(len(centres) + 1, len(things), device=heat.device)
    votes.index_add_(0, joined, likely[list(things)][:, y, x].T)
    sizes = torch.bincount(joined, minlength=len(centres) + 1)
    chance, which = (votes[1:] / sizes[1:, None].clamp_min(1)).max(1)
    kept = sizes[1:] > 0
    new = torch.cat([kept.new_zeros(1), kept]).cumsum(0) * torch.cat([kept.new_zeros(1), kept])
    return Grouped(new[ids], torch.tensor(things, device=ids.device)[which[kept]], (warmth * chance)[kept])


def _centres(peak: Tensor, heat: Tensor, radius: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Centres (k, 2) as x and y, their heat and radius (k,), the warmest first, one for each object."""
    y, x = peak.nonzero(as_tuple=True)
    warmth, order = heat[y, x].sort(descending=True, stable=True)
    order, warmth = order[:MOST], warmth[:MOST]
    y, x = y[order], x[order]
    radii = radius[y, x]
    places = torch.stack([x, y], 1).float()
    near = torch.cdist(places, places) < 0.5 * torch.minimum(radii[:, None], radii[None, :]).clamp_min(1)
    near = near.tril(-1)  # a warmer peak that is near
    # A peak falls to a warmer one only if that stands itself: decided from the warmest down, few rounds suffice.
    stands = torch.ones(len(order), dtype=torch.bool, device=heat.device)
    for _ in range(len(order)):
        now = ~(near & stands[None, :]).any(1)
        if torch.equal(now, stands):
            break
        stands = now
    return places[stands], warmth[stands], radii[stands]


def objects_of(found: Grouped) -> Objects:
    """The objects with their masks cropped to their boxes, in NumPy."""
    from scipy.ndimage import find_objects

    ids = found.ids.cpu().numpy()
    parts = find_objects(ids, len(found.classes))  # a pair of slices each; every id has a pixel
    boxes = np.array([[x.start, y.start, x.stop, y.stop] for y, x in parts], np.int64).reshape(-1, 4)
    masks = tuple(ids[part] == number for number, part in enumerate(parts, start=1))
    return Objects(boxes, masks, found.classes.cpu().numpy(), found.scores.float().cpu().numpy())
