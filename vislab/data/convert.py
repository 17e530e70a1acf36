"""Converting one kind of label into another: down the ladder exactly, up the ladder by a guess.

Down: instance masks → semantic mask → label; each step only forgets. Up: a semantic mask does not show where one object
ends and the next begins, so connected components (or watershed) are a guess that fails if objects touch.
"""

from dataclasses import replace
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from vislab.data.scenes import Scenes
from vislab.data.vocabulary import IGNORE, Vocabulary
from vislab.errors import VislabError

PIXELS_AT_ONCE = 2**20  # bounds the memory of what is derived from all pictures

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

    semantic: uint8 (n, h, w). objects: uint8 (n, k); needed if the rule counts objects.
    Raises VislabError if the vocabulary has no rule, or if the rule needs objects and there are none.
    """
    if vocabulary.rule is None:
        raise VislabError(f"{vocabulary.name} has no rule that leads from masks to a label; give labels")
    return vocabulary.rule(vocabulary, semantic, objects)


def share_of(vocabulary: Vocabulary, semantic: Tensor) -> Tensor:
    """How much: the vocabulary's share of each mask uint8 (n, h, w), float64 (n,); NaN if the whole has no pixel.

    The area of the classes in vocabulary.share[0] (if it is empty, those asked for) divided by that of
    vocabulary.share[1] (every pixel not ignored, if it is empty).
    """
    step = max(1, PIXELS_AT_ONCE // max(1, semantic.shape[1] * semantic.shape[2]))
    return torch.cat([_share_of(vocabulary, part) for part in torch.split(semantic, step)])


def _share_of(vocabulary: Vocabulary, semantic: Tensor) -> Tensor:
    parts, among = vocabulary.share
    whole = vocabulary.covered(semantic, among) if among else semantic != IGNORE
    part, pixels = (
        vocabulary.covered(semantic, parts or vocabulary.asked).flatten(1).sum(1),
        whole.flatten(1).sum(1),
    )
    return torch.where(pixels > 0, part.double() / pixels, torch.nan)


def keep_visible(instances: Tensor, objects: Tensor) -> tuple[Tensor, Tensor]:
    """Ids without gaps: objects without a pixel go, the others keep their order.

    instances: integer (n, h, w), ids from 1. objects: uint8 (n, k), class 0 where there is none.
    Returns int16 (n, h, w) and uint8 (n, k'), k' the most visible objects of any picture.
    """
    classes = torch.nn.functional.pad(objects, (1, 0))  # (n, 1 + k): class 0 for "no object"
    flat = instances.flatten(1).long()
    visible = torch.zeros_like(classes, dtype=torch.bool).scatter_(1, flat, True) & (classes > 0)
    new = visible.cumsum(1) * visible  # (n, 1 + k): old id → new id, 0 for what is gone
    widest = int(new.max()) if new.numel() else 0
    remaining = classes.new_zeros(len(classes), widest + 1).scatter_(1, new, classes * visible)
    return new.gather(1, flat).view(instances.shape).to(torch.int16), remaining[:, 1:]


# Up


def guess_instances(
    scenes: Scenes, how: Literal["components", "watershed"] = "components", distance: int = 5
) -> Scenes:
    """The same pictures with instances guessed from their semantic masks.

    how: "components", 8-connected patches of one class (a diagonal step still touches); or "watershed", which cuts
    each patch between the peaks of its distance transform (Vincent & Soille 1991, IEEE PAMI 13(6)).
    distance: how far apart two peaks must be, in pixels, for watershed.
    Raises VislabError if there are no semantic masks.
    """
    if how not in ("components", "watershed"):
        raise VislabError(f'instances are guessed by "components" or "watershed", not {how!r}')
    masks = scenes.need("semantic").cpu()
    ids, objects = guess_objects(masks, scenes.vocabulary, distance if how == "watershed" else None)
    return replace(scenes, instances=ids.to(scenes.device), objects=objects.to(scenes.device))


def guess_objects(masks: Tensor, vocabulary: Vocabulary, distance: int | None = None) -> tuple[Tensor, Tensor]:
    """Ids int16 (n, h, w) and classes uint8 (n, k) of objects guessed from semantic masks uint8 (n, h, w) on the CPU.

    distance: between watershed's peaks, in pixels; None takes connected components, as in `guess_instances`.
    """
    ids, objects = torch.zeros(masks.shape, dtype=torch.int16), []
    for index, mask in enumerate(masks.numpy()):
        picture, classes = _split_picture(mask, vocabulary.thing_indices, distance)
        ids[index] = torch.from_numpy(picture)
        objects.append(torch.tensor(classes, dtype=torch.uint8))
    if not objects:
        return ids, torch.zeros(0, 0, dtype=torch.uint8)
    return ids, torch.nn.utils.rnn.pad_sequence(objects, batch_first=True)


def _split_picture(mask: np.ndarray, things: tuple[int, ...], distance: int | None) -> tuple[np.ndarray, list[int]]:
    """Ids int16 (h, w) from 1 and the class of each, for one semantic mask (h, w)."""
    from scipy.ndimage import distance_transform_edt
    from skimage.feature import peak_local_max
    from skimage.measure import label
    from skimage.segmentation import watershed

    ids = np.zeros(mask.shape, np.int16)
    classes: list[int] = []
    for thing in things:
        area = mask == thing
        if not area.any():  # of many classes, a picture shows few
            continue
        patches = label(area, connectivity=2)
        if distance is not None:
            depth = distance_transform_edt(np.pad(area, 1))[1:-1, 1:-1]  # the border of the picture is an edge too
            peaks = peak_local_max(depth, min_distance=distance, labels=patches, exclude_border=False)
            seeds = np.zeros(mask.shape, int)
            seeds[tuple(peaks.T)] = range(1, len(peaks) + 1)
            patches = watershed(-depth, seeds, mask=area, connectivity=2)  # corners join, as in the patches
        ids += np.where(area, patches + len(classes), 0).astype(np.int16)
        classes += [thing] * int(patches.max())
    return ids, classes


def count_difference(guess: Scenes, truth: Scenes) -> Tensor:
    """Objects in the guess minus objects in the truth, int64 (n,): negative if objects were merged."""
    return guess.count_objects().sum(1) - truth.count_objects().sum(1)
