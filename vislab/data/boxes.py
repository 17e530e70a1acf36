"""Boxes and dots of objects, from their masks: what is left when a mask is forgotten.

Boxes are float32 (n, k, 4): left, top, right, bottom in pixels, right and bottom not included. Points are float32
(n, k, 2): x and y in pixels, where the first pixel reaches from 0 to 1. Rows of objects that are none are 0.
"""

import torch
from torch import Tensor

PIXELS_AT_ONCE = 2**20  # bounds the memory of what is derived from all pictures


def derive_places(level: str, instances: Tensor | None, boxes: Tensor | None, most: int) -> Tensor | None:
    """Objects' "boxes" or "points" from the level above them, that of up to `most` objects; None if there is none."""
    if instances is None:
        return points_from_boxes(boxes) if level == "points" and boxes is not None else None
    derive = boxes_from_instances if level == "boxes" else points_from_instances
    step = max(1, PIXELS_AT_ONCE // (instances.shape[1] * instances.shape[2]))
    return torch.cat([derive(part, most) for part in torch.split(instances, step)])


def boxes_from_instances(instances: Tensor, most: int) -> Tensor:
    """The smallest box around each object's pixels, (n, most, 4).

    instances: integer (n, h, w), 0 = no object, i + 1 = object i, up to `most`.
    """
    n, h, w = instances.shape
    ids = instances.flatten(1).long()  # (n, h w)
    y, x = _rows_and_columns(h, w, ids.device)
    none = ids.new_full((n, most + 1), max(h, w))
    left, top = (none.scatter_reduce(1, ids, at.expand(n, -1), "amin") for at in (x, y))  # (n, 1 + most) each
    right, bottom = (torch.zeros_like(none).scatter_reduce(1, ids, at.expand(n, -1) + 1, "amax") for at in (x, y))
    boxes = torch.stack([left, top, right, bottom], 2)[:, 1:]  # (n, most, 4)
    return (boxes * (boxes[..., 2:3] > 0)).float()


def points_from_instances(instances: Tensor, most: int) -> Tensor:
    """The middle of the pixel by which an object is known, (n, most, 2): see `centre_pixels`; instances as above."""
    h, w = instances.shape[1:]
    centre = centre_pixels(instances, most)[:, 1:]  # (n, most)
    there = centre < h * w
    return (torch.stack([centre % w, centre // w], 2) + 0.5) * there[..., None]


def centre_pixels(instances: Tensor, most: int) -> Tensor:
    """The pixel of each object that is nearest to the mean of its pixels, counted row by row: int64 (n, 1 + most).

    So it lies in the object even where another covers the middle. h w for an object that has no pixel; the first
    column is the background's.
    """
    n, h, w = instances.shape
    ids = instances.flatten(1).long()  # (n, h w)
    y, x = (at.expand(n, -1).float() for at in _rows_and_columns(h, w, ids.device))  # (n, h w) each
    zeros = torch.zeros(n, most + 1, device=ids.device)
    area = zeros.scatter_add(1, ids, torch.ones_like(x)).clamp_min(1)
    from_mean = [at - (zeros.scatter_add(1, ids, at) / area).gather(1, ids) for at in (x, y)]
    distance = from_mean[0] ** 2 + from_mean[1] ** 2  # (n, h w), squared
    distance = (distance * 16).long()  # so coarse that rounding does not choose between pixels equally near
    nearest = distance == _smallest(distance, ids, most).gather(1, ids)  # (n, h w), one pixel of each object or several
    pixel = torch.arange(h * w, device=ids.device).expand(n, -1)
    return _smallest(torch.where(nearest, pixel, h * w), ids, most, h * w)  # the first of them in reading order


def points_from_boxes(boxes: Tensor) -> Tensor:
    """The middle of each box (n, k, 4), as (n, k, 2)."""
    return (boxes[..., :2] + boxes[..., 2:]) / 2


def _rows_and_columns(h: int, w: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Each pixel's row and column, counted row by row: int64 (h w,) each."""
    pixel = torch.arange(h * w, device=device)
    return pixel // w, pixel % w


def _smallest(values: Tensor, ids: Tensor, most: int, none: int = torch.iinfo(torch.int64).max) -> Tensor:
    """The smallest value of each object's pixels: int64 (n, 1 + most); `none` for one without a pixel."""
    return ids.new_full((len(ids), most + 1), none).scatter_reduce(1, ids, values, "amin")
