"""Objects of very different sizes, drawn as one flat list of pixels: a fragment is one pixel of one object's box."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Fragments:
    """The pixels of m boxes in pictures of side s: drawing costs what the boxes cover.

    owner: int64 (f,), the box, 0 to m - 1, that a fragment belongs to. pixel: int64 (f,), where it stands in
    pictures.view(n * s * s). x, y: float32 (f,), the pixel's centre in fractions of the picture.
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
        left, top, wide, start, picture = torch.stack([first[:, 0], first[:, 1], wide, start, picture]).index_select(
            1, owner
        )
        row, column = _divide(torch.arange(len(owner), device=area.device) - start, wide)
        row, column = row + top, column + left
        pixel = (picture * size + row) * size + column
        return cls(owner, pixel, (column + 0.5).float() / size, (row + 0.5).float() / size)


def _divide(value: Tensor, by: Tensor) -> tuple[Tensor, Tensor]:
    """Quotient and remainder of whole numbers from 0."""
    quotient = value // by
    return quotient, value - quotient * by


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
    for count in torch.bincount(rank).tolist() if len(rank) else []:
        part = slice(start, start + count)
        start += count
        under = image.index_select(1, pixel[part])
        image.index_copy_(1, pixel[part], under.lerp_(colour[:, part], alpha[part]))
        hidden = top.index_select(0, pixel[part])
        top.index_copy_(0, pixel[part], torch.where(solid[part], order[part], hidden))
    return top
