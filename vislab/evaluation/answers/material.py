"""What questions are answered from: the truth or a prediction, with its masks painted and its objects told apart."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vislab.data.convert import guess_instances
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import IGNORE, Vocabulary
from vislab.models.predictions import InstancePrediction, Objects, Prediction, SemanticPrediction


@dataclass(frozen=True, eq=False)
class Material:
    """The truth or a prediction of n pictures, and its masks on the CPU; None for masks that it has not.

    source: an InstancePrediction here holds only the objects that count.
    semantic: uint8 (n, h, w), index into vocabulary.classes, 255 = ignore.
    instances: int16 (n, h, w), 0 = no object, 1..k; of a semantic mask its connected components, a guess.
    objects: uint8 (n, k_max), class of object i + 1, 0 = no such object.
    """

    source: Scenes | Prediction
    vocabulary: Vocabulary
    semantic: Tensor | None = None
    instances: Tensor | None = None
    objects: Tensor | None = None


def material_of(source: Scenes | Prediction, ignored: Tensor | None = None) -> Material:
    """The masks and objects of the truth or a prediction; ignored as in `answers`."""
    if isinstance(source, SemanticPrediction):
        mask = source.mask.cpu()
        if ignored is not None:
            mask[ignored.cpu()] = IGNORE
        n, h, w = mask.shape
        blank = torch.zeros((), dtype=torch.uint8).expand(n, 3, h, w)  # components need no picture
        guess = guess_instances(Scenes(blank, None, mask, None, None, source.vocabulary, source.ids))
        return Material(source, source.vocabulary, mask, guess.instances, guess.objects)
    if isinstance(source, InstancePrediction):
        return _paint(source, ignored)
    if isinstance(source, Scenes):
        masks = (None if mask is None else mask.cpu() for mask in (source.semantic, source.instances, source.objects))
        return Material(source, source.vocabulary, *masks)
    return Material(source, source.vocabulary)


def _paint(prediction: InstancePrediction, ignored: Tensor | None) -> Material:
    (h, w), n = prediction.size, len(prediction.ids)
    semantic = torch.zeros(n, h, w, dtype=torch.uint8)
    instances = torch.zeros(n, h, w, dtype=torch.int16)
    counted = []
    for i, objects in enumerate(prediction.objects):
        outside = None if ignored is None else ignored[i].cpu().numpy()
        counted.append(_mostly_inside(objects.at_least(prediction.threshold), outside))
        ids = counted[i].paint(h, w)
        instances[i] = torch.from_numpy(ids)
        semantic[i] = torch.from_numpy(np.append(0, counted[i].classes)[ids].astype(np.uint8))
        if outside is not None:
            semantic[i, torch.from_numpy(outside)] = IGNORE
    classes = [torch.from_numpy(objects.classes) for objects in counted]
    padded = torch.nn.utils.rnn.pad_sequence(classes, batch_first=True) if n else torch.zeros(0, 0)
    source = replace(prediction, objects=tuple(counted))
    return Material(source, prediction.vocabulary, semantic, instances, padded.to(torch.uint8))


def _mostly_inside(objects: Objects, ignored: NDArray[np.bool_] | None) -> Objects:
    """Without the objects that lie more than half in ignored pixels (h, w)."""
    if ignored is None:
        return objects
    inside = [
        number
        for number, (box, mask, _, _) in enumerate(objects)
        if 2 * ignored[box[1] : box[3], box[0] : box[2]][mask].sum() <= mask.sum()
    ]
    masks = tuple(objects.masks[i] for i in inside)
    return Objects(objects.boxes[inside], masks, objects.classes[inside], objects.scores[inside])
