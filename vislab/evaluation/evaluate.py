"""How right predictions are: the task's own scores."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

from vislab.data.convert import share_of
from vislab.data.scenes import Scenes
from vislab.errors import VislabError
from vislab.evaluation.metrics import classification as labels
from vislab.evaluation.metrics import instances as objects
from vislab.evaluation.metrics import segmentation as pixels
from vislab.evaluation.predict import stream
from vislab.models.build import Model
from vislab.models.predictions import (
    ClassPrediction,
    InstancePrediction,
    Prediction,
    RegressionPrediction,
    SemanticPrediction,
    Task,
    join,
)

Parts = Iterable[tuple[Any, Scenes]]  # what is said of some pictures, and these pictures


def evaluate(source: Model | Prediction, scenes: Scenes, quick: bool = False) -> dict[str, float]:
    """The task's own scores on these pictures: no two tasks share a scale, so never rank tasks by them.

    source: a model, or what it (or a baseline) predicted of these pictures.
    classification: accuracy, sensitivity, specificity (of the last label), calibration error. regression: accuracy,
    mean absolute errors of share and count. semantic: pixel accuracy, mean IoU, mean Dice, boundary IoU, IoU by
    class. instance: ap, ap50, ap75, ap by size, pq, count errors. NaN where undefined.
    quick: the first score alone, or few, as after every pass of training.
    A model streams: nothing is kept but counts. Raises VislabError where the pictures lack the truth, or the
    predictions are of others.
    """
    if not isinstance(source, Prediction):
        return SCORES[source.task](stream(source, scenes), scenes, quick)
    if source.ids != scenes.ids:
        raise VislabError(f"what {source.name} predicted is of other pictures than these; predict the same ones")
    return SCORES[TASK_OF[type(source)]]([(source, scenes)], scenes, quick)


def _score_classes(parts: Parts, scenes: Scenes, quick: bool) -> dict[str, float]:
    truth = scenes.need("labels").cpu()
    scores = torch.cat([said.scores for said, _ in parts])
    counts = labels.count_labels(truth, scores.argmax(1), scores.shape[1])
    result = {"accuracy": float(labels.accuracy(counts))}
    if quick:
        return result
    return result | {
        "sensitivity": float(labels.sensitivity(counts)[-1]),
        "specificity": float(labels.specificity(counts)[-1]),
        "calibration_error": float(labels.calibration_error(scores, truth)),
    }


def _score_numbers(parts: Parts, scenes: Scenes, quick: bool) -> dict[str, float]:
    whole = join([said for said, _ in parts])
    result: dict[str, float] = {}
    if scenes.labels is not None and whole.scores.shape[1]:
        result["accuracy"] = float((whole.scores.argmax(1) == scenes.labels.cpu()).double().mean())
    if scenes.semantic is not None:
        off = whole.share - share_of(scenes.vocabulary, scenes.semantic).cpu()
        result["share_error"] = float(off.abs().nanmean())
    if scenes.objects is not None:
        count = whole.count.double().numpy()
        errors = objects.count_errors(scenes.count_objects().double().cpu().numpy(), count)
        result["count_error"] = errors["absolute"]
    return result


def _score_masks(parts: Parts, scenes: Scenes, quick: bool) -> dict[str, float]:
    scenes.need("semantic")
    words = scenes.vocabulary.classes
    counts = torch.zeros(len(words), len(words), dtype=torch.int64)
    edges = torch.zeros(len(words), 2, dtype=torch.int64)
    for said, part in parts:
        truth, mask = part.need("semantic").cpu(), said.mask
        counts += pixels.count_pixels(truth, mask, len(words))
        if not quick:
            edges += pixels.count_boundary(truth, mask, len(words))
    result = {"mean_iou": float(pixels.mean_iou(counts))}
    if quick:
        return result
    by_class = zip(words, pixels.class_iou(counts).tolist(), strict=True)
    return result | {
        "pixel_accuracy": float(labels.accuracy(counts)),
        "mean_dice": float(pixels.class_dice(counts).nanmean()),
        "boundary_iou": float(pixels.boundary_iou(edges).nanmean()),
        **{f"iou {name}": value for name, value in by_class},
    }


def _score_objects(parts: Parts, scenes: Scenes, quick: bool) -> dict[str, float]:
    things = scenes.vocabulary.thing_indices
    found, sure, seen = [], [], []
    for said, part in parts:
        matches = objects.match_objects(part, said.objects)
        found += matches
        certain = [one.at_least(said.threshold) for one in matches]
        sure += certain
        for index, one in enumerate(certain):
            if one.overlapping:  # panoptic quality goes by what is seen of objects that lie on each other
                top = objects.visible(said.objects[index].at_least(said.threshold), *said.size)
                one = objects.match_objects(part[index : index + 1], [top])[0]
            seen.append(one)
    truth = np.array([len(one.true) for one in sure], np.float64)
    count = objects.count_errors(truth, np.array([len(one.guessed) for one in sure], np.float64))
    quality = objects.panoptic_quality(seen, things)
    if quick:
        return {"pq": quality["pq"], "count_error": count["absolute"]}
    return (
        objects.average_precision(found, things)
        | quality
        | {
            "count_error": count["absolute"],
            "count_bias": count["signed"],
        }
    )


SCORES = {
    "classification": _score_classes,
    "regression": _score_numbers,
    "semantic": _score_masks,
    "instance": _score_objects,
}


TASK_OF: dict[type[Prediction], Task] = {
    ClassPrediction: "classification",
    RegressionPrediction: "regression",
    SemanticPrediction: "semantic",
    InstancePrediction: "instance",
}
