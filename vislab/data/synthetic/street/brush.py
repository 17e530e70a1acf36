"""What things are drawn with: fragments, soft edges, waves that fade, and a brush that mixes colours a fragment.

A thing stands in an upright plane. Its fragments' lines of sight meet that plane at x metres from its middle and y
above the ground; shapes there say how much of a pixel they cover. Everything is float32, one number a fragment (f,).
"""

from typing import NamedTuple

import torch
from torch import Tensor

from vislab.data.synthetic.canvas import Fragments
from vislab.data.synthetic.settings import Parameters
from vislab.data.synthetic.street.plan import EYE, FOCAL, HORIZON

Number = Tensor | float


def stack(image: Tensor, rank: Tensor, pixel: Tensor, colour: Tensor, alpha: Tensor) -> Tensor:
    """Paint fragments over an image in the order of their ranks, in place; what is on top of each pixel at the end.

    image: float32 (3, n * s * s). rank: int64 (f,), from 0, painted first; within a rank no pixel comes twice.
    pixel: int64 (f,). colour: float32 (3, f). alpha: float32 (f,), 0 to 1.
    Returns the topmost fragment that covers at least half of each pixel, int64 (n * s * s,), -1 where none does.
    """
    top = torch.full(image.shape[1:], -1, dtype=torch.int64, device=image.device)
    order = rank.argsort(stable=True)
    pixel, colour, alpha = pixel[order], colour.index_select(1, order), alpha[order]
    solid = alpha >= 0.5
    start = 0
    for count in torch.bincount(rank).tolist():
        part = slice(start, start + count)
        start += count
        under = image.index_select(1, pixel[part])
        image.index_copy_(1, pixel[part], under.lerp_(colour[:, part], alpha[part]))
        hidden = top.index_select(0, pixel[part])
        top.index_copy_(0, pixel[part], torch.where(solid[part], order[part], hidden))
    return top


def each(values: Tensor) -> Tensor:
    """One number (n,) or colour (n, 3) a picture, ready to meet pixels (n, c, h, w)."""
    return values.view(len(values), -1, 1, 1)


def edge(inside: Tensor, width: Number) -> Tensor:
    """How much of a pixel of this width lies inside, from the distance inwards of its centre: 0 to 1."""
    return (inside / width).add_(0.5).clamp_(0, 1)


def pulse(t: Tensor, duty: Number, width: Number) -> Tensor:
    """A wave that is 1 for `duty` of each period of length 1 and else 0, averaged over a pixel's width."""

    def integral(at: Tensor) -> Tensor:
        whole = at.floor()
        return whole * duty + torch.minimum(at - whole, torch.as_tensor(duty))

    return (integral(t + width / 2) - integral(t - width / 2)) / width


def rounded(x: Tensor, y: Tensor, half_x: Number, half_y: Number, radius: float) -> Tensor:
    """Distance inwards from the outline of a box with half sides and rounded corners."""
    out_x, out_y = x.abs() - half_x + radius, y.abs() - half_y + radius
    beyond = (out_x.clamp_min(0) ** 2 + out_y.clamp_min(0) ** 2).sqrt_()
    return radius - beyond - torch.maximum(out_x, out_y).clamp_max_(0)


def limb(x: Tensor, y: Tensor, start: tuple[Number, float], end: tuple[Number, float]) -> Tensor:
    """Distance from the line between two points x, y."""
    along_x, along_y = end[0] - start[0], end[1] - start[1]
    away_x, away_y = x - start[0], y - start[1]
    part = ((away_x * along_x + away_y * along_y) / (along_x * along_x + along_y * along_y)).clamp_(0, 1)
    return ((away_x - part * along_x) ** 2 + (away_y - part * along_y) ** 2).sqrt_()


def on_screen(thing: Parameters, half: Tensor, top: Tensor) -> Tensor:
    """The box (m, 4) left, top, right, bottom, in fractions, of things with half a width and a height in metres."""
    scale = FOCAL / thing["z"]
    middle = 0.5 + thing["x"] * scale
    box = [middle - half * scale, HORIZON + (EYE - top) * scale, middle + half * scale, HORIZON + EYE * scale]
    return torch.stack(box, 1)


class Plane(NamedTuple):
    """Where lines of sight meet an upright plane: x, y, and metres a pixel, (f,) each."""

    x: Tensor
    y: Tensor
    metre: Tensor


class Brush:
    """The fragments of m things of one kind, and how much of each ingredient they show so far.

    thing: numbers (m,) and colours (m, c) of the things; picture (m,), which each is in; box (m, 4) on the screen.
    at: each fragment's copy of the numbers; seen: the fragments; alpha (f,): how much of each is covered.
    """

    def __init__(self, thing: Parameters, picture: Tensor, box: Tensor, size: int) -> None:
        self.seen, self.size = Fragments.of_boxes(picture, box, size), size
        names = [name for name, value in thing.items() if value.dim() == 1]
        table = torch.stack([thing[name] for name in names]).index_select(1, self.seen.owner)
        self.at = dict(zip(names, table, strict=True))
        self.alpha = torch.zeros_like(self.seen.x)
        self._share: dict[str, Tensor] = {}

    def plane(self, behind: Number = 0.0) -> Plane:
        """The plane that the things stand in, or one behind it."""
        scale = (self.at["z"] + behind) / FOCAL
        x, y = (self.seen.x - 0.5) * scale - self.at["x"], EYE - (self.seen.y - HORIZON) * scale
        return Plane(x, y, scale / self.size)

    def add(self, name: str, cover: Tensor, shade: Number = 1.0) -> None:
        """Paint an ingredient, brightened or darkened by shade, over the others where `cover` (f,) says how much."""
        left = 1 - cover
        for other in self._share:
            self._share[other] = self._share[other] * left
        self._share[name] = self._share.get(name, 0) + cover * shade
        self.alpha = self.alpha * left + cover

    def mix(self, ingredients: Parameters) -> Tensor:
        """The fragments' colours (3, f) from the ingredients', (m, 3) each, or (1, 3) where all things share one."""
        total = torch.zeros(3, len(self.alpha), device=self.alpha.device)
        for name, share in self._share.items():
            colour = ingredients[name].T
            total.addcmul_(colour if colour.shape[1] == 1 else colour.index_select(1, self.seen.owner), share)
        return total.div_(self.alpha.clamp_min(1e-3))
