"""How each of the four questions is answered from the truth or a prediction, and how wrong an answer is.

Answers are None if the source cannot say. Errors are float64 (n,), NaN where the pictures carry no truth of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vislab.data.convert import guess_objects, labels_from_masks, share_of
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import IGNORE, EnoughPixels, LargestClass, ManyObjects, Vocabulary
from vislab.evaluation.answers import pointing
from vislab.evaluation.marks import ellipse, rectangle, true_boxes, with_shape
from vislab.evaluation.predict import at_once
from vislab.models.predictions import (
    BoxPrediction,
    ClassPrediction,
    InstancePrediction,
    Objects,
    PointPrediction,
    Points,
    Prediction,
    RegressionPrediction,
    SemanticPrediction,
    part_of,
)

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Material:
    """The truth or a prediction of n pictures, and its masks on the CPU; None for masks that it has not.

    source: an InstancePrediction or a PointPrediction here holds only the objects that count. Boxes come as an
    InstancePrediction whose masks are the ellipses inside them: a guess.
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
    ignored = None if ignored is None else ignored.cpu()
    if isinstance(source, SemanticPrediction):
        mask = source.mask.cpu()
        if ignored is not None:
            mask[ignored] = IGNORE
        return Material(source, source.vocabulary, mask, *guess_objects(mask, source.vocabulary))
    if isinstance(source, BoxPrediction):
        source = with_shape(source, ellipse)
    if isinstance(source, InstancePrediction):
        return _paint(source, ignored)
    if isinstance(source, PointPrediction):
        return _count_points(source, ignored)
    if isinstance(source, Scenes):
        masks = (None if mask is None else mask.cpu() for mask in (source.semantic, source.instances, source.objects))
        return Material(source, source.vocabulary, *masks)
    return Material(source, source.vocabulary)


def materials(source: Scenes | Prediction, ignored: Tensor | None = None) -> Iterator[Material]:
    """`material_of` some pictures after others, so that masks of all are never held together; ignored as there."""
    if isinstance(source, ClassPrediction | RegressionPrediction):
        yield material_of(source)
        return
    height, width = source.scores.shape[-2:] if isinstance(source, SemanticPrediction) else source.size
    step = at_once((height, width))
    for start in range(0, max(1, len(source.ids)), step):  # of no picture there are no answers, but as arrays
        part = slice(start, start + step)
        some = source[part] if isinstance(source, Scenes) else part_of(source, part)
        yield material_of(some, None if ignored is None else ignored[part])


def _paint(prediction: InstancePrediction, ignored: Tensor | None) -> Material:
    (h, w), n = prediction.size, len(prediction.ids)
    semantic = torch.zeros(n, h, w, dtype=torch.uint8)
    instances = torch.zeros(n, h, w, dtype=torch.int16)
    counted = [objects.at_least(prediction.threshold) for objects in prediction.objects]
    if ignored is not None:
        counted = [_mostly_inside(objects, mask.numpy()) for objects, mask in zip(counted, ignored, strict=True)]
    for i, objects in enumerate(counted):
        ids = objects.paint(h, w)
        instances[i] = torch.from_numpy(ids)
        semantic[i] = torch.from_numpy(objects.classes_of(ids))
    if ignored is not None:
        semantic[ignored] = IGNORE
    source = replace(prediction, objects=tuple(counted))
    return Material(source, prediction.vocabulary, semantic, instances, _classes(counted))


def _count_points(prediction: PointPrediction, ignored: Tensor | None) -> Material:
    counted = [objects.at_least(prediction.threshold) for objects in prediction.objects]
    if ignored is not None:
        counted = [
            objects.subset(np.flatnonzero(~mask.numpy()[_pixels(objects, prediction.size)]))
            for objects, mask in zip(counted, ignored, strict=True)
        ]
    source = replace(prediction, objects=tuple(counted))
    return Material(source, prediction.vocabulary, objects=_classes(counted))


def _pixels(objects: Points, size: tuple[int, int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row and column of the pixel that each point lies in."""
    x, y = np.floor(objects.points).astype(int).T
    return y.clip(0, size[0] - 1), x.clip(0, size[1] - 1)


def _classes(found: Sequence[Objects] | Sequence[Points]) -> Tensor:
    """The classes of each picture's objects: uint8 (n, k_max), 0 = no object."""
    classes = [torch.from_numpy(objects.classes) for objects in found]
    padded = torch.nn.utils.rnn.pad_sequence(classes, batch_first=True) if classes else torch.zeros(0, 0)
    return padded.to(torch.uint8)


def _mostly_inside(objects: Objects, ignored: NDArray[np.bool_]) -> Objects:
    """Without the objects that lie more than half in ignored pixels (h, w)."""
    inside = [
        2 * ignored[top:bottom, left:right][mask].sum() <= mask.sum()
        for (left, top, right, bottom), mask in zip(objects.boxes, objects.masks, strict=True)
    ]
    return objects.subset(np.flatnonzero(inside))


# Answers


def answer_label(material: Material) -> Floats | None:
    """(n,), index into vocabulary.labels: as given or predicted, else by the vocabulary's rule from the masks."""
    source, vocabulary = material.source, material.vocabulary
    if isinstance(source, ClassPrediction | RegressionPrediction):
        return source.scores.argmax(1).double().cpu().numpy() if source.scores.shape[1] else None
    if isinstance(source, Scenes) and source.labels is not None:
        return source.labels.cpu().double().numpy()
    if isinstance(vocabulary.rule, ManyObjects):
        objects = material.objects
        return None if objects is None else vocabulary.rule(vocabulary, material.semantic, objects).double().numpy()
    if isinstance(source, PointPrediction):
        places = pointing.surest_dots(source) if isinstance(vocabulary.rule, EnoughPixels) else None
        return None if places is None else (~np.isnan(places[:, 0])).astype(np.float64)
    if vocabulary.rule is None or material.semantic is None:
        return None
    if isinstance(source, InstancePrediction) and not _things_decide(vocabulary):
        return None
    return labels_from_masks(vocabulary, material.semantic, material.objects).double().numpy()


def answer_share(material: Material) -> Floats | None:
    """(n,), the vocabulary's share, 0 to 1; NaN where there is nothing to take a share of."""
    source, vocabulary = material.source, material.vocabulary
    if isinstance(source, RegressionPrediction):
        return _unless_silent(source.share.double().cpu().numpy())
    if material.semantic is None:
        return None
    needed = {*(vocabulary.share[0] or vocabulary.asked), *vocabulary.share[1]}
    if isinstance(source, InstancePrediction) and not needed <= set(vocabulary.things):
        return None
    return share_of(vocabulary, material.semantic).numpy()


def answer_count(material: Material) -> Floats | None:
    """(n, classes), objects of each class; NaN for classes whose objects nobody asks for."""
    source, vocabulary = material.source, material.vocabulary
    counted = np.isin(vocabulary.classes, vocabulary.counted)
    if isinstance(source, RegressionPrediction):
        return _unless_silent(np.where(counted, source.count.double().cpu().numpy(), np.nan))
    if material.objects is None or not counted.any():
        return None
    count = (material.objects[..., None] == torch.arange(len(counted))).sum(1).double().numpy()
    return np.where(counted, count, np.nan)


def answer_point(material: Material) -> Floats | None:
    """(n, 2), x and y in pixels (the first pixel reaches from 0 to 1); NaN where the answer is "nowhere"."""
    source, vocabulary, semantic = material.source, material.vocabulary, material.semantic
    if isinstance(source, ClassPrediction):
        return _point_of_label(source)
    if isinstance(source, RegressionPrediction):
        return None if source.points is None else source.points.double().cpu().numpy()
    if isinstance(source, PointPrediction):
        return pointing.surest_dots(source)
    if semantic is None or not pointing.target_classes(vocabulary):
        return None
    hits = pointing.target(vocabulary, semantic)
    if isinstance(source, SemanticPrediction):
        return pointing.surest_pixels(source, hits)
    if not isinstance(source, InstancePrediction):
        return pointing.innermost_each(vocabulary, hits.numpy())
    if material.instances is None or not set(pointing.target_classes(vocabulary)) <= set(vocabulary.things):
        return None
    pictures = zip(material.instances.numpy(), hits.numpy(), source.objects, strict=True)
    points = [pointing.surest_point(vocabulary, ids, hit, objects) for ids, hit, objects in pictures]
    return np.array(points, np.float64).reshape(-1, 2)


def _point_of_label(prediction: ClassPrediction) -> Floats | None:
    point = _unless_silent(prediction.points.double().cpu().numpy().copy())
    if point is not None and isinstance(prediction.vocabulary.rule, EnoughPixels | LargestClass):
        point[prediction.scores.argmax(1).cpu().numpy() == 0] = np.nan  # the label says that there is none
    return point


def _things_decide(vocabulary: Vocabulary) -> bool:
    """Whether objects without stuff determine the label."""
    if isinstance(vocabulary.rule, LargestClass):
        return set(vocabulary.things) == set(vocabulary.classes[1:])
    return set(pointing.target_classes(vocabulary)) <= set(vocabulary.things)


def _unless_silent(values: Floats) -> Floats | None:
    return None if np.isnan(values).all() else values


# Errors


def label_errors(truth: Scenes, label: Floats) -> Floats:
    """1 where a label (n,) is wrong, 0 where it is right."""
    right = answer_label(material_of(truth))
    return _unknown(truth) if right is None else (label != right).astype(np.float64)


def share_errors(truth: Scenes, share: Floats) -> Floats:
    """The absolute error of shares (n,); the answer that there is nothing to take a share of counts as 0."""
    right = answer_share(material_of(truth))
    return _unknown(truth) if right is None else np.abs(np.nan_to_num(share) - right)


def count_offsets(truth: Scenes, count: Floats) -> Floats:
    """Objects counted (n, classes) less objects there, all that are asked for together."""
    counted = np.isin(truth.vocabulary.classes, truth.vocabulary.counted)
    if truth.objects is None or not counted.any():
        return _unknown(truth)
    there = truth.count_objects().cpu().double().numpy()[:, counted].sum(1)
    return np.asarray(np.nansum(count, 1) - there, np.float64)


def count_errors(truth: Scenes, count: Floats) -> Floats:
    """The absolute error of counts (n, classes), all that are asked for together."""
    return np.abs(count_offsets(truth, count))


def point_errors(truth: Scenes, point: Floats) -> Floats:
    """1 where points (n, 2) miss the target, 0 where they hit it, NaN where there is no target."""
    step = at_once(truth.size)
    parts = [(_target_mask(truth[k : k + step]), point[k : k + step]) for k in range(0, max(1, len(truth)), step)]
    missed = [_unknown(truth) if mask is None else _missed(truth.vocabulary, mask, some) for mask, some in parts]
    return np.concatenate(missed)


def _target_mask(truth: Scenes) -> Tensor | None:
    """The classes to point at, uint8 (n, h, w): the truth's masks, else its boxes, filled; None if it has neither."""
    if truth.semantic is not None:
        return truth.semantic.cpu()
    return None if truth.boxes is None else _paint(with_shape(true_boxes(truth), rectangle), None).semantic


def _missed(vocabulary: Vocabulary, semantic: Tensor, point: Floats) -> Floats:
    """`point_errors` of masks uint8 (n, h, w)."""
    hits = pointing.target(vocabulary, semantic).numpy()
    n, h, w = hits.shape
    x, y = np.floor(np.nan_to_num(point, nan=-1)).astype(int).T
    inside = (x >= 0) & (x < w) & (y >= 0) & (y < h)
    on = inside & hits[np.arange(n), np.clip(y, 0, h - 1), np.clip(x, 0, w - 1)]
    return np.where(hits.sum((1, 2)) >= pointing.least(vocabulary), ~on, np.nan)


def _unknown(truth: Scenes) -> Floats:
    return np.full(len(truth), np.nan)
