"""What a model predicts, and the score from which an object counts."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from vislab.data.batches import to_float
from vislab.data.scenes import Scenes
from vislab.errors import VislabError
from vislab.evaluation.familiarity import say_caution
from vislab.models.build import Model
from vislab.models.predictions import OBJECT_TASKS, FoundObjects, Prediction, join
from vislab.system.devices import autocast, precision
from vislab.system.memory import keeping_freed_memory
from vislab.system.threads import choose_threads, using

PIXELS_AT_ONCE = 2**19
MOST_BYTES = 8e9  # of semantic scores kept at once; more are only streamed
THRESHOLD = "threshold"  # the attribute in which a model keeps the score from which an object counts
THRESHOLDS = np.arange(1, 100) / 100  # to choose from


def predict(model: Model, scenes: Scenes, name: str | None = None) -> Prediction:
    """What the model predicts of every picture; one type for each task, on the CPU.

    name: of the prediction; None takes the task. Objects carry the threshold that `choose_threshold` chose for the
    model, or the model's first one. Raises VislabError if the result would not fit in memory (`evaluate` needs no
    whole result), or if the pictures' sides are no multiples of the encoder's stride.
    Says so if the pictures look unlike those that the model learned from.
    """
    prediction = predict_quietly(model, scenes, name)
    say_caution(model, scenes, prediction)
    return prediction


def predict_quietly(model: Model, scenes: Scenes, name: str | None = None) -> Prediction:
    """The same without a caution, for pictures that were looked at before or change all the time."""
    height, width = scenes.size
    size = 2 * len(scenes) * len(scenes.vocabulary.classes) * height * width  # bytes
    if model.task == "semantic" and size > MOST_BYTES:
        raise VislabError(
            f"the scores of {len(scenes):,} pictures would take {size / 1e9:,.1f} GB; predict fewer at a time, "
            "or use vl.evaluate, which keeps none"
        )
    whole: Prediction = join((part for part, _ in stream(model, scenes, name)), len(scenes))
    return whole


def at_once(size: tuple[int, int]) -> int:
    """How many pictures of this height and width are predicted, scored or asked together: it bounds the memory."""
    return max(1, PIXELS_AT_ONCE // (size[0] * size[1]))


def stream(model: Model, scenes: Scenes, name: str | None = None) -> Iterator[tuple[Any, Scenes]]:
    """What the model predicts, some pictures at a time, beside these pictures; on the CPU."""
    if reason := scenes.vocabulary.difference(model.vocabulary, ["classes"]):
        raise VislabError(f"these pictures have {reason}, which this model was made for; train one on such pictures")
    device = next(model.parameters()).device
    step = at_once(scenes.size)
    was_training = model.training
    model.eval()
    try:
        with keeping_freed_memory():
            for start in range(0, len(scenes), step):
                part = scenes[start : start + step]
                threads = choose_threads(len(part) * scenes.size[0] * scenes.size[1], device)
                with torch.inference_mode(), autocast(device, precision(device)), using(threads):
                    prediction = model.answer(to_float(part.images.to(device)), name or model.task, part.ids)
                if isinstance(prediction, FoundObjects):
                    prediction = replace(prediction, threshold=threshold_of(model))
                yield _to_cpu(prediction), part
    finally:
        model.train(was_training)


def choose_threshold(model: Model, valid: Scenes) -> float:
    """The score from which an object counts: the one whose counts on the validation set have the smallest mean error.

    It is kept in model.threshold, which `predict` and `evaluate` go by. Of equally good ones it is the middle one, far
    from those that are worse. Raises VislabError if the model finds no objects or the pictures have no instance masks.
    """
    if model.task not in OBJECT_TASKS:
        raise VislabError(f"only objects have a threshold to choose; this model is for {model.task}")
    truth = valid.count_objects().sum(1).cpu().numpy()  # (n,)
    prediction = predict_quietly(model, valid)
    assert isinstance(prediction, FoundObjects)
    counts = np.stack([(each.scores[:, None] >= THRESHOLDS).sum(0) for each in prediction.objects])  # (n, thresholds)
    error = np.abs(counts - truth[:, None]).mean(0)  # (thresholds,)
    best = np.flatnonzero(error == error.min())
    setattr(model, THRESHOLD, float(THRESHOLDS[best[len(best) // 2]]))
    return threshold_of(model)


def threshold_of(model: Model) -> float:
    """The score from which an object of this model counts."""
    return float(getattr(model, THRESHOLD, 0.5))


def _to_cpu(prediction: Any) -> Any:
    tensors = {name: value.cpu() for name, value in vars(prediction).items() if isinstance(value, torch.Tensor)}
    return replace(prediction, **tensors)
