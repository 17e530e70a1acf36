"""Drawing a batch of pictures at once: windows, antialiased shapes, light, blur and the sensor's noise.

Lengths are fractions of the picture's side, x to the right and y down, so that the same scene can be drawn at every
size; a pixel's centre stands at (i + 0.5) / size. Pictures are float32 (n, 3, s, s), about 0 to 1.
What is drawn does not depend on the number of threads or on the other pictures of the batch.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

TILE = 1024  # side of the noise tile: larger than any picture, so that no two pictures share their noise
STEPS = 2**16  # of a sum of absorbances, to one


class Painted(NamedTuple):
    """Images uint8 (n, 3, s, s), semantic uint8 (n, s, s), ids (n, s, s) with gaps, and objects uint8 (n, k)."""

    images: Tensor
    semantic: Tensor
    ids: Tensor
    objects: Tensor


def grid(size: int, device: torch.device | str = "cpu") -> tuple[Tensor, Tensor]:
    """The x (1, 1, s) and y (1, s, 1) of the pixels' centres; together they broadcast to (1, s, s)."""
    centres = (torch.arange(size, device=device, dtype=torch.float32) + 0.5) / size
    return centres[None, None, :], centres[None, :, None]


@dataclass(frozen=True)
class Windows:
    """m windows of side h = w into n pictures of side s = size, one an object: drawing costs what the object covers.

    picture, top, left: int64 (m,), the picture, first row and first column of each window.
    x: float32 (m, 1, w), y: float32 (m, h, 1): where the pixels' centres lie, seen from the object's centre.
    """

    picture: Tensor
    top: Tensor
    left: Tensor
    x: Tensor
    y: Tensor
    size: int

    @classmethod
    def about(cls, picture: Tensor, x: Tensor, y: Tensor, reach: float, size: int) -> "Windows":
        """Square windows about centres x, y (m,), `reach` to each side, moved to lie in the picture."""
        side = min(size, int(2 * reach * size) + 2)
        steps = torch.arange(side, device=x.device)
        left, top = (((centre - reach) * size).floor().clamp(0, size - side).long() for centre in (x, y))
        local_x = ((left[:, None] + steps + 0.5) / size - x[:, None]).float()
        local_y = ((top[:, None] + steps + 0.5) / size - y[:, None]).float()
        return cls(picture, top, left, local_x[:, None, :], local_y[:, :, None], size)

    def read(self, pictures: Tensor) -> Tensor:
        """What stands in the windows of pictures (n, s, s): (m, h, w)."""
        return pictures.flatten()[self.flat()]

    def add(self, sums: Tensor, values: Tensor) -> None:
        """Add values (m, h, w) to sums int32 (n, s, s), in steps of 1 / STEPS, in place; windows may overlap.

        Whole numbers, because a sum of them is the same in whatever order a device takes it.
        """
        steps = (values * STEPS).round_().to(sums.dtype)
        sums.view(-1).scatter_add_(0, self.flat().flatten(), steps.flatten())

    def put_on_top(self, ids: Tensor, values: Tensor) -> None:
        """Let the larger of id and value stand in ids (n, s, s), in place; windows may overlap.

        values: (m, h, w) of the dtype of ids. An object that lies higher carries the larger number.
        """
        ids.view(-1).scatter_reduce_(0, self.flat().flatten(), values.flatten(), "amax")

    def flat(self) -> Tensor:
        """Where each pixel of the windows stands in pictures.view(-1): int64 (m, h, w)."""
        steps = torch.arange(self.x.shape[2], device=self.top.device)
        start = (self.picture[:, None] * self.size + self.top[:, None] + steps) * self.size
        return start[:, :, None] + (self.left[:, None] + steps)[:, None, :]


@dataclass(frozen=True)
class Fragments:
    """The pixels of m boxes in pictures of side s, one flat list: drawing costs what the boxes cover.

    A fragment is one pixel of one box. owner: int64 (f,), the box, 0 to m - 1, that it belongs to. pixel: int64 (f,),
    where it stands in pictures.view(n * s * s). x, y: float32 (f,), its centre in fractions of the picture.
    """

    owner: Tensor
    pixel: Tensor
    x: Tensor
    y: Tensor

    @classmethod
    def of_boxes(cls, picture: Tensor, box: Tensor, size: int) -> "Fragments":
        """The pixels that boxes touch: picture int64 (m,), box (m, 4) left, top, right, bottom in fractions."""
        edges = (box * size).clamp(0, size)
        first, last = edges[:, :2].floor().long(), edges[:, 2:].ceil().long()
        wide, high = (last - first).clamp_min(0).unbind(1)
        area = wide * high
        owner = torch.repeat_interleave(torch.arange(len(area), device=area.device), area)
        start = area.cumsum(0) - area
        # One table of whole numbers, so that every fragment fetches its box's in one pass.
        numbers = torch.stack([first[:, 0], first[:, 1], wide, start, picture])
        left, top, wide, start, picture = numbers.index_select(1, owner)
        within = torch.arange(len(owner), device=area.device) - start
        row = within // wide
        row, column = row + top, within - row * wide + left
        pixel = (picture * size + row) * size + column
        return cls(owner, pixel, (column + 0.5).float() / size, (row + 0.5).float() / size)


# Shapes: signed distance from the outline, negative inside, in the unit of x and y.


def each(values: Tensor) -> Tensor:
    """One number a window (m,), ready to meet its pixels: (m, 1, 1)."""
    return values.float()[:, None, None]


def rotate(x: Tensor, y: Tensor, angle: Tensor) -> tuple[Tensor, Tensor]:
    """Coordinates seen by an object that is turned by angle (m,), in radians, clockwise on the screen: (m, h, w)."""
    cos, sin = each(angle.cos()), each(angle.sin())
    return x * cos + y * sin, y * cos - x * sin


def disc(x: Tensor, y: Tensor, radius: Tensor) -> Tensor:
    """Distance (m, h, w) from circles of radius (m,)."""
    return (x * x + y * y).sqrt_() - each(radius)


def coverage(distance: Tensor, size: int) -> Tensor:
    """How much of each pixel the shape covers, 0 to 1: an edge one pixel wide, half covered on the outline."""
    return distance.mul(-size).add_(0.5).clamp_(0, 1)


# Light, lens and sensor


def light_field(size: int, centre: Tensor, falloff: Tensor, slope: Tensor) -> Tensor:
    """How much light reaches each pixel: float32 (n, 1, s, s), 1 at the brightest point of a flat field.

    centre: (n, 2), x and y of the lamp's bright spot. falloff: (n,), about the share lost half a picture away from it,
    as a Gaussian, so that even a strong one leaves no black. slope: (n, 2), the share gained from side to side.
    """
    x, y = grid(size, centre.device)
    dx, dy = x - each(centre[:, 0]), y - each(centre[:, 1])
    field = (-4 * each(falloff) * (dx * dx + dy * dy)).exp_()
    field = field * (1 + each(slope[:, 0]) * (x - 0.5) + each(slope[:, 1]) * (y - 0.5))
    return field.clamp_min_(0)[:, None]


def clouds(coarse: Tensor, size: int) -> Tensor:
    """A smooth texture (n, c, s, s) from a coarse grid of numbers (n, c, g, g), by cubic interpolation."""
    return torch.nn.functional.interpolate(coarse.float(), (size, size), mode="bicubic", align_corners=False)


def blur(pictures: Tensor, sigma: Tensor) -> Tensor:
    """Pictures (n, c, s, s) behind Gaussians of sigma (n,) or (n, c), in fractions of the side; 0 leaves them.

    Each picture's rows and columns meet one banded matrix whose rows sum to 1, so the border is not darkened.
    """
    size = pictures.shape[-1]
    steps = torch.arange(size, device=pictures.device, dtype=torch.float32)
    width = (sigma.float() * size).clamp_min(1e-3)
    width = width[..., None, None] if sigma.dim() == 2 else width[:, None, None, None]
    kernel = (-0.5 * ((steps[:, None] - steps[None, :]) / width) ** 2).exp_()
    kernel /= kernel.sum(-1, keepdim=True)
    return (kernel @ pictures) @ kernel.transpose(-1, -2)


@lru_cache(maxsize=4)
def _noise_tile(device: str) -> Tensor:
    """Nearly normal noise of mean 0 and deviation 1, float32 (TILE, TILE): its tails end at 3.5 deviations."""
    # The sum of four even numbers, as torch.rand has the same bits everywhere.
    even = torch.rand(4, TILE, TILE, generator=torch.Generator().manual_seed(20))
    return ((even[0] + even[1] + even[2] + even[3] - 2) * 3**0.5).to(device)


def noise(where: Tensor, size: int) -> Tensor:
    """Noise of mean 0 and deviation 1, one number a pixel: float32 (n, c, s, s).

    where: float (n, c, 3) from 0 to 1, sampled once a picture and channel: which part of one large tile, and its sign.
    """
    starts = (where[..., :2] * (TILE - size + 1)).long().clamp_(0, TILE - size)
    tiles = _noise_tile(str(where.device)).unfold(0, size, 1).unfold(1, size, 1)
    sign = torch.where(where[..., 2] < 0.5, -1.0, 1.0)
    return tiles[starts[..., 0], starts[..., 1]] * sign[..., None, None]


def expose(pictures: Tensor, grain: Tensor, shot: Tensor, read: Tensor) -> Tensor:
    """Pictures (n, 3, s, s) as a sensor gives them, uint8: noise added, clipped at black and white.

    grain: noise (n, 3, s, s) of deviation 1. shot, read: (n,), the deviation at white that grows with the root of
    the light, and the one that does not, in fractions of white.
    """
    light = pictures.clamp(0, 1)
    shot, read = ((deviation.float() ** 2)[:, None, None, None] for deviation in (shot, read))
    deviation = (light * shot).add_(read).sqrt_()
    return light.add_(deviation.mul_(grain)).mul_(255).round_().clamp_(0, 255).to(torch.uint8)
