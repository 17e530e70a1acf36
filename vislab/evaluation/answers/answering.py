"""How each of the four questions is answered from the truth or a prediction; None where it cannot be answered."""

import numpy as np
import torch
from numpy.typing import NDArray

from vislab.data.convert import labels_from_masks, share_of
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import EnoughPixels, LargestClass, Vocabulary
from vislab.evaluation.answers.material import Material
from vislab.evaluation.answers.pointing import innermost_each, surest_pixels, surest_point, target, target_classes
from vislab.models.predictions import ClassPrediction, InstancePrediction, RegressionPrediction, SemanticPrediction

Floats = NDArray[np.float64]


def answer_label(material: Material) -> Floats | None:
    """(n,), index into vocabulary.labels: as given or predicted, else by the vocabulary's rule from the masks."""
    source, words = material.source, material.vocabulary
    if isinstance(source, ClassPrediction | RegressionPrediction):
        return source.scores.argmax(1).double().cpu().numpy() if source.scores.shape[1] else None
    if isinstance(source, Scenes) and source.labels is not None:
        return source.labels.cpu().double().numpy()
    if words.rule is None or material.semantic is None:
        return None
    if words.rule.level == "instances" and material.objects is None:
        return None
    if isinstance(source, InstancePrediction) and not _things_decide(words):
        return None
    return labels_from_masks(words, material.semantic, material.objects).double().numpy()


def answer_share(material: Material) -> Floats | None:
    """(n,), the vocabulary's share, 0 to 1; NaN where there is nothing to take a share of."""
    source, words = material.source, material.vocabulary
    if isinstance(source, RegressionPrediction):
        return _unless_silent(source.share.double().cpu().numpy())
    if material.semantic is None:
        return None
    if isinstance(source, InstancePrediction) and not {*words.share[0], *words.share[1]} <= set(words.things):
        return None
    return share_of(words, material.semantic).numpy()


def answer_count(material: Material) -> Floats | None:
    """(n, classes), objects of each class; NaN for classes that are not things."""
    source, words = material.source, material.vocabulary
    if isinstance(source, RegressionPrediction):
        return _unless_silent(source.count.double().cpu().numpy())
    if material.objects is None or (isinstance(source, SemanticPrediction) and not words.things):
        return None
    classes = torch.arange(len(words.classes))
    count = (material.objects[..., None] == classes).sum(1).double().numpy()
    return np.where(np.isin(classes.numpy(), words.thing_indices), count, np.nan)


def answer_point(material: Material) -> Floats | None:
    """(n, 2), x and y in pixels (the first pixel reaches from 0 to 1); NaN where the answer is "nowhere"."""
    source, words, semantic = material.source, material.vocabulary, material.semantic
    if isinstance(source, ClassPrediction):
        return _point_of_label(source)
    if semantic is None or not target_classes(words):
        return None
    hits = target(words, semantic)
    if isinstance(source, SemanticPrediction):
        return surest_pixels(source, hits)
    if not isinstance(source, InstancePrediction):
        return innermost_each(words, hits.numpy())
    if material.instances is None or not set(target_classes(words)) <= set(words.things):
        return None
    pictures = zip(material.instances.numpy(), hits.numpy(), source.objects, strict=True)
    points = [surest_point(words, ids, hit, objects) for ids, hit, objects in pictures]
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
    return set(target_classes(vocabulary)) <= set(vocabulary.things)


def _unless_silent(values: Floats) -> Floats | None:
    return None if np.isnan(values).all() else values
