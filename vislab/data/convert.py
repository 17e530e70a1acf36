"""Down the ladder exactly, up the ladder by guessing.

Down: instance masks → semantic mask → label; each step only forgets. Up: a semantic mask says nothing about where
one object ends and the next begins, so connected components (or watershed) are a guess that fails where objects touch.
"""

from dataclasses import replace
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from vislab.data.scenes import Scenes
from vislab.data.vocabulary import IGNORE, Vocabulary
from vislab.errors import VislabError

# Down


def semantic_from_instances(instances: Tensor, objects: Tensor, stuff: Tensor | None = None) -> Tensor:
    """The class of each pixel's object: uint8 (n, h, w).

    instances: integer (n, h, w), 0 = no object, i + 1 = object i. objects: uint8 (n, k), the class of each.
    stuff: uint8 (n, h, w), the class of pixels without an object (road, sky, ignore); 0 without it.
    """
    table = torch.nn.functional.pad(objects, (1, 0))  # (n, 1 + k): class 0 for "no object"
    flat = instances.flatten(1).long()
    semantic = table.gather(1, flat).view(instances.shape)
    return semantic if stuff is None else torch.where(instances > 0, semantic, stuff)


def labels_from_masks(vocabulary: Vocabulary, semantic: Tensor, objects: Tensor | None = None) -> Tensor:
    """The label of each picture by the vocabulary's rule: int64 (n,).

    semantic: uint8 (n, h, w). objects: uint8 (n, k); needed where the rule counts objects.
    Raises VislabError where the vocabulary has no rule, or the rule needs objects and there are none.
    """
    if vocabulary.rule is None:
        raise VislabError(f"{vocabulary.name} has no rule that leads from masks to a label; labels must be given")
    return vocabulary.rule(vocabulary, semantic, objects)


def share_of(vocabulary: Vocabulary, semantic: Tensor) -> Tensor:
    """How much: the vocabulary's share of each mask uint8 (n, h, w), float64 (n,); NaN where there is nothing to share.

    The area of the classes in vocabulary.share[0] (the things, where it is empty) among that of vocabulary.share[1]
    (every pixel not ignored, where it is empty).
    """

    def area(names: tuple[str, ...]) -> Tensor:
        hit = torch.zeros_like(semantic, dtype=torch.bool)
        for name in names:
            hit |= semantic == vocabulary.classes.index(name)
        return hit.flatten(1).sum(1)

    of, among = vocabulary.share
    whole = area(among) if among else (semantic != IGNORE).flatten(1).sum(1)
    return torch.where(whole > 0, area(of or vocabulary.things).double() / whole, torch.nan)


def keep_visible(instances: Tensor, objects: Tensor) -> tuple[Tensor, Tensor]:
    """Ids without gaps: objects without a pixel are dropped, the others keep their order.

    instances: integer (n, h, w), ids from 1. objects: uint8 (n, k), class 0 where there is none.
    Returns int16 (n, h, w) and uint8 (n, k'), k' the most objects that any picture keeps.
    """
    n, k = objects.shape
    flat = instances.flatten(1).long()
    seen = torch.zeros(n, k + 1, dtype=torch.bool, device=objects.device).scatter_(1, flat, True)
    seen[:, 0] = False
    seen[:, 1:] &= objects > 0
    new = seen.cumsum(1) * seen  # (n, 1 + k): old id → new id, 0 for what is gone
    widest = int(new.max()) if new.numel() else 0
    kept = torch.zeros(n, widest + 1, dtype=objects.dtype, device=objects.device)
    kept.scatter_(1, new, torch.nn.functional.pad(objects, (1, 0)) * seen)
    kept[:, 0] = 0
    return new.gather(1, flat).view(instances.shape).to(torch.int16), kept[:, 1:]


# Up


def guess_instances(
    scenes: Scenes, how: Literal["components", "watershed"] = "components", distance: int = 5
) -> Scenes:
    """The same pictures with instances guessed from their semantic masks.

    how: "components", 8-connected patches of one class (a diagonal step still touches); or "watershed", which cuts
    each patch between the peaks of its distance transform (Vincent & Soille 1991, IEEE PAMI 13(6)).
    distance: how far apart two peaks must be, in pixels, for watershed.
    Raises VislabError where there are no semantic masks.
    """
    if how not in ("components", "watershed"):
        raise VislabError(f'instances are guessed by "components" or "watershed", not {how!r}')
    masks = scenes.need("semantic").cpu().numpy()
    found = [_split_picture(mask, scenes.vocabulary.thing_indices, how, distance) for mask in masks]
    widest = max((len(classes) for _, classes in found), default=0)
    objects = np.zeros((len(found), widest), np.uint8)
    for row, (_, classes) in zip(objects, found, strict=True):
        row[: len(classes)] = classes
    ids = np.stack([ids for ids, _ in found]) if found else np.zeros(masks.shape, np.int16)
    device = scenes.device
    return replace(scenes, instances=torch.from_numpy(ids).to(device), objects=torch.from_numpy(objects).to(device))


def _split_picture(mask: np.ndarray, things: tuple[int, ...], how: str, distance: int) -> tuple[np.ndarray, list[int]]:
    """Ids int16 (h, w) from 1 and the class of each, for one semantic mask (h, w)."""
    from scipy.ndimage import distance_transform_edt
    from skimage.feature import peak_local_max
    from skimage.measure import label
    from skimage.segmentation import watershed

    ids = np.zeros(mask.shape, np.int16)
    classes: list[int] = []
    for thing in things:
        here = mask == thing
        patches = label(here, connectivity=2)
        if how == "watershed" and here.any():
            inside = distance_transform_edt(np.pad(here, 1))[1:-1, 1:-1]  # the border of the picture is an edge too
            peaks = peak_local_max(inside, min_distance=distance, labels=patches, exclude_border=False)
            seeds = np.zeros(mask.shape, int)
            seeds[tuple(peaks.T)] = range(1, len(peaks) + 1)
            patches = watershed(-inside, seeds, mask=here, connectivity=2)  # corners join, as in the patches
        found = int(patches.max())
        ids += np.where(here, patches + len(classes), 0).astype(np.int16)
        classes += [thing] * found
    return ids, classes


def count_difference(guess: Scenes, truth: Scenes) -> Tensor:
    """Objects in the guess less objects in the truth, int64 (n,): negative where objects were merged."""
    return guess.count_objects().sum(1) - truth.count_objects().sum(1)
