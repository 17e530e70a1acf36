"""Pictures as a network takes them: float batches on the device with their truth, and varied for training."""

from typing import NamedTuple

import torch
from torch import Tensor

from vislab.data.scenes import Scenes
from vislab.data.vocabulary import Symmetry
from vislab.errors import VislabError


class Batch(NamedTuple):
    """Some pictures and their truth; fields as those of Scenes, None for a level that they lack.

    images: float32 (b, 3, h, w), 0 to 1. labels: int64 (b,). semantic: uint8 (b, h, w). instances: int16 (b, h, w).
    objects: uint8 (b, k); after a crop some objects have no pixels left.
    """

    images: Tensor
    labels: Tensor | None
    semantic: Tensor | None
    instances: Tensor | None
    objects: Tensor | None


def need(truth: Tensor | None, level: str) -> Tensor:
    """The truth; raises VislabError if these pictures lack that level."""
    if truth is None:
        raise VislabError(f"these pictures have no {level}, which this model learns from; train another or load masks")
    return truth


def take(scenes: Scenes, chosen: Tensor) -> Batch:
    """The chosen pictures (int64 indices on the scenes' device) as a batch there."""
    levels = (scenes.labels, scenes.semantic, scenes.instances, scenes.objects)
    return Batch(to_float(scenes.images[chosen]), *(None if level is None else level[chosen] for level in levels))


def to_float(images: Tensor) -> Tensor:
    """uint8 (b, 3, h, w) as float32 from 0 to 1, laid out as convolutions like it."""
    return images.to(memory_format=torch.channels_last).float().div_(255)


def vary(batch: Batch, symmetries: tuple[Symmetry, ...], chance: torch.Generator, crop: int | None = None) -> Batch:
    """Another batch that could as well have been taken: turned as the vocabulary allows, in another light.

    chance: a CPU generator. crop: the side of a random part, None for the whole; masks follow, labels do not change,
    so only models that learn from masks can be given parts.
    """
    images = batch.images.contiguous()  # channels first until the end: so do masks and noise lie
    levels = [images, *(level for level in (batch.semantic, batch.instances) if level is not None)]
    if crop is not None and crop < min(batch.images.shape[-2:]):
        levels = _crop(levels, crop, chance)
    if symmetries:
        levels = _turn(levels, symmetries, chance)
    images, *masks = levels
    semantic = masks.pop(0) if batch.semantic is not None else None
    instances = masks.pop(0) if batch.instances is not None else None
    return Batch(_relight(images, chance), batch.labels, semantic, instances, batch.objects)


def _crop(levels: list[Tensor], side: int, chance: torch.Generator) -> list[Tensor]:
    """The same random square of each level (b, ..., h, w), another one for each picture."""
    b, h, w = len(levels[0]), *levels[0].shape[-2:]
    top = torch.randint(h - side + 1, (b,), generator=chance).tolist()
    left = torch.randint(w - side + 1, (b,), generator=chance).tolist()
    windows = [(i, ..., slice(top[i], top[i] + side), slice(left[i], left[i] + side)) for i in range(b)]
    return [torch.stack([level[window] for window in windows]) for level in levels]


def _turn(levels: list[Tensor], symmetries: tuple[Symmetry, ...], chance: torch.Generator) -> list[Tensor]:
    """Each picture turned by half of the symmetries, by chance, at every level (b, ..., h, w).

    A symmetry is an order of pixels, and several after each other are one, so that pixels are moved once.
    """
    b, h, w = len(levels[0]), *levels[0].shape[-2:]
    orders = [torch.arange(h * w, device=levels[0].device).view(h, w)]
    choice = torch.zeros(b, dtype=torch.int64)
    for symmetry in symmetries:
        chosen = torch.rand(b, generator=chance).lt(0.5)
        if symmetry == "turn" and h != w:  # a quarter turn would change the shape
            continue
        choice += chosen * len(orders)
        orders += [_turned(order, symmetry) for order in orders]
    order = torch.stack(orders).flatten(1)[choice.to(levels[0].device)]  # (b, h w)
    return [_reorder(level, order) for level in levels]


def _turned(order: Tensor, symmetry: Symmetry) -> Tensor:
    return order.rot90() if symmetry == "turn" else order.flip(1 if symmetry == "mirror" else 0)


def _reorder(level: Tensor, order: Tensor) -> Tensor:
    """The pixels of a level (b, ..., h, w) in each picture's order (b, h w)."""
    pixels = level.flatten(-2)  # (b, ..., h w)
    index = order.view(len(order), *[1] * (pixels.ndim - 2), -1).expand_as(pixels)
    return pixels.gather(-1, index).view(level.shape)


def _relight(images: Tensor, chance: torch.Generator) -> Tensor:
    """Brightness, contrast and tint changed by up to a tenth or so, and some noise, for each picture by itself."""
    b, device = len(images), images.device
    gain = 1 + 0.15 * (2 * torch.rand(b, 1, 1, 1, generator=chance) - 1)
    tint = 1 + 0.05 * (2 * torch.rand(b, 3, 1, 1, generator=chance) - 1)
    shift = 0.08 * (2 * torch.rand(b, 1, 1, 1, generator=chance) - 1)
    grain = 0.02 * torch.rand(b, 1, 1, 1, generator=chance)
    generator = torch.Generator(device).manual_seed(int(torch.randint(2**62, (), generator=chance)))
    noise = torch.randn(images.shape, generator=generator, device=device)
    lit = (images * (gain * tint).to(device)).add_(shift.to(device))
    return lit.addcmul_(noise, grain.to(device)).clamp_(0, 1).contiguous(memory_format=torch.channels_last)
