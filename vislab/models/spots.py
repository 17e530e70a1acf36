"""Spots of heat where objects are: what a model of dots or boxes learns, its loss, and the peaks of its own heat."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, max_pool2d, pad

from vislab.models.grouping import MIN_HEAT, Centres, find_centres

REACH = 3  # widths: there a spot's heat is a hundredth
FINE = 2**20  # steps of heat; of equally hot objects a pixel belongs to the last
FIRST_HEAT = -3.0  # where the heat's logit starts before training: few centres (a heat of 0.05)


class Spots(NamedTuple):
    """The hottest object of each pixel: heat float32 (b, h, w), 1 at a centre; owner int64 (b, h, w), its index + 1.

    Both are 0 beyond all spots.
    """

    heat: Tensor
    owner: Tensor


def draw_spots(points: Tensor, there: Tensor, width: Tensor, widest: float, size: tuple[int, int]) -> Spots:
    """A Gaussian spot at each of the points (b, k, 2), x and y in pixels, in pictures of this height and width.

    there: bool (b, k), False for an object that is none. width: (b, k), standard deviations in pixels, up to `widest`.
    """
    (b, k), (h, w), device = there.shape, size, points.device
    reach = round(REACH * widest)  # not of the widths that came: reading them would make a GPU wait
    steps = torch.arange(-reach, reach + 1, device=device)
    dy, dx = (step.flatten() for step in torch.meshgrid(steps, steps, indexing="ij"))  # (s,) each
    x, y = (at[..., None] for at in points.floor().long().unbind(2))  # (b, k, 1) each: the pixel that it lies in
    x, y = x + dx, y + dy  # (b, k, s) each
    heat = torch.exp(-(dx**2 + dy**2) / (2 * width[..., None] ** 2))  # (b, k, s)
    seen = there[..., None] & (x >= 0) & (x < w) & (y >= 0) & (y < h) & (heat > 0.01)  # (b, k, s)
    number = torch.arange(1, k + 1, device=device)[:, None]  # (k, 1)
    rank = ((heat * FINE).long() * (k + 1) + number) * seen  # (b, k, s): the heat, and behind it the object
    best = torch.zeros(b, h * w, dtype=torch.int64, device=device)
    best = best.scatter_reduce(1, ((y * w + x) * seen).flatten(1), rank.flatten(1), "amax").view(b, h, w)
    return Spots((best // (k + 1)).float() / FINE, best % (k + 1))


def heat_by_class(spots: Spots, objects: Tensor, things: tuple[int, ...]) -> Tensor:
    """The heat of each thing's objects, (b, things, h, w); objects: uint8 (b, k), class of each."""
    classes = pad(objects, (1, 0)).long().gather(1, spots.owner.flatten(1)).view_as(spots.owner)  # (b, h, w)
    return torch.stack([spots.heat * (classes == thing) for thing in things], 1)


def heat_loss(logits: Tensor, heat: Tensor, known: Tensor | None) -> Tensor:
    """The focal loss of heat (b, things, h, w) against its logits, for each object; known: bool (b, h, w) or None.

    A centre's pixel should be 1, all others 0, the less so the nearer to a centre: with few centres among thousands of
    pixels, those that are settled must not drown the rest.
    Source: Law & Deng 2018, "CornerNet", ECCV, equation 1, as in CenterNet (Zhou et al. 2019), equation 1.
    """
    chance = logits.sigmoid()
    centre = heat > 0.999
    loss = torch.where(
        centre, -((1 - chance) ** 2) * logsigmoid(logits), -((1 - heat) ** 4) * chance**2 * logsigmoid(-logits)
    )
    if known is not None:
        loss = loss * known[:, None]
    return loss.sum() / centre.sum().clamp_min(1)


def find_peaks(logits: Tensor, radius: Tensor) -> list[tuple[Centres, Tensor]]:
    """The objects of each picture, from logits of heat (b, things, h, w): their centres, and which thing (k,).

    radius: (b, h, w) in pixels; of peaks closer than half of it the hottest stands for all, of whatever class.
    """
    heat, thing = logits.sigmoid().max(1)  # (b, h, w) each
    hottest = max_pool2d(heat[:, None], kernel_size=3, stride=1, padding=1)[:, 0]  # (b, h, w)
    is_peak = (heat == hottest) & (heat >= MIN_HEAT)
    found = []
    for i in range(len(logits)):
        centres = find_centres(is_peak[i], heat[i], radius[i])
        x, y = centres.points.long().unbind(1)
        found.append((centres, thing[i, y, x]))
    return found
