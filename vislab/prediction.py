"""What a model says of pictures, and how right it is."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from vislab.data.batches import to_float
from vislab.data.convert import share_of
from vislab.data.scenes import Scenes
from vislab.errors import VislabError
from vislab.metrics import labels, objects, pixels
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
from vislab.system.devices import autocast, precision
from vislab.system.malloc import keep_freed_memory

PIXELS = 2**19  # of pictures predicted at once
MOST_BYTES = 8e9  # of semantic scores kept at once; more are only streamed
THRESHOLD = "threshold"  # the attribute in which a model keeps the score from which an object counts
STEPS = np.arange(1, 100) / 100  # the thresholds to choose from

Parts = Iterable[tuple[Any, Scenes]]  # what is said of some pictures, and these pictures


def predict(model: Model, scenes: Scenes, name: str | None = None) -> Prediction:
    """What the model says of every picture; one prediction type a task, on the CPU.

    name: who says so; the task where it is None. Objects carry the threshold that `choose_threshold` chose for the
    model, 0.5 where nobody chose. Raises VislabError where the result would not fit in memory
    (`evaluate` needs no whole result), or the pictures are not of the encoder's stride.
    """
    height, width = scenes.size
    need = 2 * len(scenes) * len(scenes.vocabulary.classes) * height * width
    if model.task == "semantic" and need > MOST_BYTES:
        raise VislabError(
            f"the scores of {len(scenes):,} pictures would take {need / 1e9:,.1f} GB; predict fewer at a time, "
            "or use vl.evaluate, which keeps none"
        )
    whole: Prediction = join([part for part, _ in stream(model, scenes, name)])
    return whole


def stream(model: Model, scenes: Scenes, name: str | None = None) -> Iterator[tuple[Any, Scenes]]:
    """What the model says, some pictures at a time, beside these pictures; on the CPU."""
    keep_freed_memory()
    if model.vocabulary.classes != scenes.vocabulary.classes:
        raise VislabError(
            f"this model speaks of {model.vocabulary.name}, these pictures are of {scenes.vocabulary.name}; "
            "train one on such pictures"
        )
    place = next(model.parameters()).device
    step = max(1, PIXELS // (scenes.size[0] * scenes.size[1]))
    was_training = model.training
    model.eval()
    try:
        for start in range(0, len(scenes), step):
            part = scenes[start : start + step]
            with torch.inference_mode(), autocast(place, precision(place)):
                said = model.answer(to_float(part.images.to(place)), name or model.task, part.ids)
            if isinstance(said, InstancePrediction):
                said = replace(said, threshold=threshold_of(model))
            yield _to_cpu(said), part
    finally:
        model.train(was_training)


def choose_threshold(model: Model, valid: Scenes) -> float:
    """The score from which an object counts: the one whose counts on valid pictures are off by least.

    The model keeps it, in model.threshold, and `predict` and `evaluate` go by it. Of equally good ones it is the
    middle one, so that it lies far from those that are worse. Raises VislabError where the model finds no objects
    or the pictures have no instance masks.
    """
    if model.task != "instance":
        raise VislabError(f"only objects have a score to choose; this model is for {model.task}")
    there = valid.count_objects().sum(1).cpu().numpy()  # (n,)
    said = predict(model, valid)
    assert isinstance(said, InstancePrediction)
    counts = np.stack([(one.scores[:, None] >= STEPS).sum(0) for one in said.objects])  # (n, thresholds)
    off = np.abs(counts - there[:, None]).mean(0)
    best = np.flatnonzero(off == off.min())
    setattr(model, THRESHOLD, float(STEPS[best[len(best) // 2]]))
    return threshold_of(model)


def threshold_of(model: Model) -> float:
    """The score from which an object of this model counts."""
    return float(getattr(model, THRESHOLD, 0.5))


def _to_cpu(said: Any) -> Any:
    values = {key: value.cpu() if isinstance(value, torch.Tensor) else value for key, value in vars(said).items()}
    return type(said)(**values)


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
