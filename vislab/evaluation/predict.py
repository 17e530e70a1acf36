"""What a model says of pictures, and how right it is."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from vislab.data.batches import to_float
from vislab.data.scenes import Scenes
from vislab.errors import VislabError
from vislab.models.build import Model
from vislab.models.predictions import InstancePrediction, Prediction, join
from vislab.system.devices import autocast, precision
from vislab.system.malloc import keep_freed_memory

PIXELS = 2**19  # of pictures predicted at once
MOST_BYTES = 8e9  # of semantic scores kept at once; more are only streamed
THRESHOLD = "threshold"  # the attribute in which a model keeps the score from which an object counts
STEPS = np.arange(1, 100) / 100  # the thresholds to choose from


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
