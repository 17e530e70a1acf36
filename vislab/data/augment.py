"""A batch that could as well have been taken: turned, cropped, in another light."""

import torch
from torch import Tensor

from vislab.data.batches import Batch
from vislab.data.vocabulary import Symmetry


def vary(batch: Batch, symmetries: tuple[Symmetry, ...], chance: torch.Generator, crop: int | None = None) -> Batch:
    """Another batch that could as well have been taken: turned where the vocabulary allows, in another light.

    chance: a CPU generator. crop: the side of a random part, None for the whole; masks follow, labels do not change,
    so only models that learn from masks can be given parts.
    """
    layers = [batch.images, *(layer for layer in (batch.semantic, batch.instances) if layer is not None)]
    if crop is not None and crop < min(batch.images.shape[-2:]):
        layers = _crop(layers, crop, chance)
    for symmetry in symmetries:
        layers = _turn(layers, symmetry, chance)
    images, *masks = layers
    semantic = masks.pop(0) if batch.semantic is not None else None
    instances = masks.pop(0) if batch.instances is not None else None
    return Batch(_relight(images, chance), batch.labels, semantic, instances, batch.objects)


def _crop(layers: list[Tensor], side: int, chance: torch.Generator) -> list[Tensor]:
    """The same random square of each layer (b, ..., h, w), another one for each picture."""
    b, h, w = len(layers[0]), *layers[0].shape[-2:]
    top = torch.randint(h - side + 1, (b,), generator=chance).tolist()
    left = torch.randint(w - side + 1, (b,), generator=chance).tolist()
    parts = []
    for layer in layers:
        cut = [layer[i, ..., top[i] : top[i] + side, left[i] : left[i] + side] for i in range(b)]
        parts.append(torch.stack(cut))
    return parts


def _turn(layers: list[Tensor], symmetry: Symmetry, chance: torch.Generator) -> list[Tensor]:
    """Half of the pictures, by chance, turned in every layer (b, ..., h, w)."""
    chosen = torch.rand(len(layers[0]), generator=chance).lt(0.5).nonzero()[:, 0].to(layers[0].device)
    turned = []
    for layer in layers:
        if symmetry == "turn":
            if layer.shape[-1] != layer.shape[-2]:  # a quarter turn would change the shape
                return layers
            other = layer[chosen].rot90(1, (-2, -1))
        else:
            other = layer[chosen].flip(-1 if symmetry == "mirror" else -2)
        turned.append(layer.index_copy(0, chosen, other))
    return turned


def _relight(images: Tensor, chance: torch.Generator) -> Tensor:
    """Brightness, contrast and tint changed by up to a tenth or so, and some noise, for each picture by itself."""
    b = len(images)
    gain = 1 + 0.15 * (2 * torch.rand(b, 1, 1, 1, generator=chance) - 1)
    tint = 1 + 0.05 * (2 * torch.rand(b, 3, 1, 1, generator=chance) - 1)
    shift = 0.08 * (2 * torch.rand(b, 1, 1, 1, generator=chance) - 1)
    grain = 0.02 * torch.rand(b, 1, 1, 1, generator=chance)
    noisy = torch.Generator(images.device)
    noisy.manual_seed(int(torch.randint(2**62, (), generator=chance)))
    noise = torch.randn(images.shape, generator=noisy, device=images.device)
    there = images.device
    lit = images * (gain * tint).to(there) + shift.to(there)
    return lit.addcmul_(noise, grain.to(there)).clamp_(0, 1).contiguous(memory_format=torch.channels_last)
