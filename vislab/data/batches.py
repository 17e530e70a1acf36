"""Pictures as a network takes them: float batches on the device, with their truth."""

from typing import NamedTuple

import torch
from torch import Tensor

from vislab.data.scenes import Scenes
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
