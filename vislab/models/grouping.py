"""From maps to objects: find the centres, then let every pixel join the one it points at."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import max_pool2d, pad

from vislab.models.predictions import Objects

MIN_RADIUS = 0.6  # pixels: that of an object of one pixel
MIN_HEAT = 0.03  # of a peak; the score from which an object counts is chosen later, on the validation set
MAX_PEAKS = 1000  # in PEAK_PIXELS, as a picture without sense may have a peak on every fourth pixel
PEAK_PIXELS = 512 * 512
MOST_OBJECTS = 2**15 - 1  # of a picture, as ids are int16
PEAKS_AT_ONCE = 1000  # bounds the distances between every two of them
MAX_DISTANCE = 2.0  # radii: a pixel that points further beside every centre than this belongs to none
PAIRS_AT_ONCE = 2**22  # pixels × centres: bounds the memory to some tens of megabytes
CENTRES_A_TILE = 32  # about: 16 and 64 were no quicker at 96 to 512 px with 14 to 400 objects


@dataclass(frozen=True)
class Grouped:
    """One picture's objects, on the device: ids int64 (h, w), 0 = none, and for object i + 1 its class and score."""

    ids: Tensor
    classes: Tensor
    scores: Tensor


class Centres(NamedTuple):
    """One picture's centres, the hottest first: points (k, 2), x and y, heat (k,) and radius (k,); in pixels."""

    points: Tensor
    heat: Tensor
    radius: Tensor


def group(scores: Tensor, maps: Tensor, things: tuple[int, ...]) -> list[Grouped]:
    """Objects of pictures, from what an InstanceSegmenter predicts: scores (b, classes, h, w) and maps (b, 4, h, w).

    A peak is a pixel hotter than its eight neighbours; of peaks closer than half the smaller of their radii the
    hottest stands for all. A pixel of a thing joins the centre that it points at, distance taken in that centre's
    radii. An object's class is the likeliest over its pixels, its score the heat of its peak times that likelihood.
    """
    chances = scores.float().softmax(1)  # (b, classes, h, w)
    thing_classes = torch.tensor(things, device=scores.device)  # (things,)
    is_thing = torch.isin(chances.argmax(1), thing_classes)  # (b, h, w)
    heatmap = maps[:, 0].float().sigmoid()  # (b, h, w)
    offset = maps[:, 1:3].float()  # (b, 2, h, w)
    radius = maps[:, 3].float().clamp(-2, 8).exp().clamp_min(MIN_RADIUS)  # (b, h, w)
    hottest = max_pool2d(heatmap[:, None], kernel_size=3, stride=1, padding=1)[:, 0]  # (b, h, w)
    is_peak = (heatmap == hottest) & (heatmap >= MIN_HEAT) & is_thing  # (b, h, w)
    grouped = []
    for i in range(len(scores)):
        centres = find_centres(is_peak[i], heatmap[i], radius[i])
        grouped.append(_group_pixels(chances[i], is_thing[i], offset[i], centres, thing_classes))
    return grouped


def find_centres(is_peak: Tensor, heatmap: Tensor, radius: Tensor) -> Centres:
    """One centre for each object of a picture, from maps (h, w)."""
    y, x = is_peak.nonzero(as_tuple=True)  # (k,) each
    heat, order = heatmap[y, x].sort(descending=True, stable=True)
    most = min(MOST_OBJECTS, MAX_PEAKS * math.ceil(heatmap.numel() / PEAK_PIXELS))
    heat, order = heat[:most], order[:most]
    y, x = y[order], x[order]
    peaks = Centres(torch.stack([x, y], 1).float(), heat, radius[y, x])  # k of them
    # A peak gives way only to a hotter one that is kept itself, so the hottest thousand are settled before the next.
    kept = torch.zeros(0, dtype=torch.int64, device=heatmap.device)
    for part in torch.split(torch.arange(len(order), device=heatmap.device), PEAKS_AT_ONCE):
        part = part[~_are_near(peaks, part, kept).any(1)]
        hotter_and_near = _are_near(peaks, part, part).tril(-1)  # (p, p): of peak i in row i
        stays = torch.ones(len(part), dtype=torch.bool, device=heatmap.device)  # (p,)
        for _ in range(len(part)):  # each round settles at least one peak, from the hottest down; few rounds suffice
            before = stays
            stays = ~(hotter_and_near & before).any(1)
            if torch.equal(stays, before):
                break
        kept = torch.cat([kept, part[stays]])
    return Centres(*(each[kept] for each in peaks))


def _are_near(peaks: Centres, some: Tensor, others: Tensor) -> Tensor:
    """Whether two peaks are of one object, for the peaks of indices some (s,) and others (o,): bool (s, o)."""
    reach = 0.5 * torch.minimum(peaks.radius[some, None], peaks.radius[None, others]).clamp_min(1)  # (s, o)
    return torch.cdist(peaks.points[some], peaks.points[others]) < reach


def _group_pixels(chances: Tensor, is_thing: Tensor, offset: Tensor, centres: Centres, things: Tensor) -> Grouped:
    """One picture's objects: chances (classes, h, w), is_thing (h, w), offset (2, h, w), things (things,)."""
    count = len(centres.heat)  # k
    ids = torch.zeros_like(is_thing, dtype=torch.int64)  # (h, w)
    if not count:
        return Grouped(ids, things[:0], centres.heat)
    y, x = is_thing.nonzero(as_tuple=True)  # (p,) each
    target = torch.stack([x, y], 1) + offset[:, y, x].T  # (p, 2): where each pixel expects its centre
    joined = _nearest_centre(target, centres)  # (p,) from 1, 0 = none
    ids[y, x] = joined
    size = torch.bincount(joined, minlength=count + 1)[1:]  # (k,)
    total = torch.zeros(count + 1, len(things), device=ids.device)
    total.index_add_(0, joined, chances[things][:, y, x].T)  # (1 + k, things)
    chance, likeliest = (total[1:] / size[:, None].clamp_min(1)).max(1)  # (k,) each
    kept = size > 0  # (k,)
    new_id = pad(kept.cumsum(0) * kept, (1, 0))  # (1 + k,): old id → id without gaps
    return Grouped(new_id[ids], things[likeliest[kept]], (centres.heat * chance)[kept])


def _nearest_centre(target: Tensor, centres: Centres) -> Tensor:
    """For each of the points (p, 2) the nearest centre in its radii: int64 (p,) from 1, 0 if all are too far.

    The points are taken tile by tile, each with the few centres that can be theirs: all pairs would be as many as the
    square of the objects.
    """
    a_side = math.ceil((len(centres.heat) / CENTRES_A_TILE) ** 0.5)
    if a_side == 1:
        return _join(target, centres, torch.arange(len(centres.heat), device=target.device))
    low = target.amin(0)
    side = ((target.amax(0) - low) / a_side).clamp_min(1e-3)  # (2,)
    place = ((target - low) / side).long().clamp_(0, a_side - 1)  # (p, 2): column and row of each point's tile
    tile, order = (place[:, 1] * a_side + place[:, 0]).sort(stable=True)  # (p,) each
    joined = torch.zeros_like(order)
    points = torch.bincount(tile, minlength=a_side**2).tolist()
    for number, chosen in enumerate(torch.split(order, points)):
        row, column = divmod(number, a_side)
        first = low + side * torch.tensor([column, row], device=low.device)  # (2,): the tile's upper left corner
        outside = torch.maximum(first - centres.points, centres.points - first - side).clamp_min(0)  # (k, 2)
        near = outside.norm(dim=1) <= MAX_DISTANCE * centres.radius + 1  # (k,): a pixel more than rounding takes
        if len(chosen) and near.any():
            joined[chosen] = _join(target[chosen], centres, near.nonzero()[:, 0])
    return joined


def _join(target: Tensor, centres: Centres, near: Tensor) -> Tensor:
    """As `_nearest_centre`, of the centres with these indices (c,) alone."""
    joined = []
    for part in torch.split(target, max(1, PAIRS_AT_ONCE // len(near))):
        pixels = torch.cdist(part, centres.points[near], compute_mode="use_mm_for_euclid_dist")  # (step, c)
        distance, nearest = (pixels / centres.radius[near]).min(1)  # (step,) each
        joined.append(torch.where(distance <= MAX_DISTANCE, near[nearest] + 1, 0))
    return torch.cat(joined)


def objects_of(grouped: Grouped) -> Objects:
    """The objects with their masks cropped to their boxes, in NumPy."""
    from scipy.ndimage import find_objects

    ids = grouped.ids.cpu().numpy()
    slices = find_objects(ids, len(grouped.classes))  # a pair each; every id has a pixel
    boxes = np.array([[x.start, y.start, x.stop, y.stop] for y, x in slices], np.int64).reshape(-1, 4)
    masks = tuple(ids[part] == number for number, part in enumerate(slices, start=1))
    return Objects(boxes, masks, grouped.classes.cpu().numpy(), grouped.scores.float().cpu().numpy())
