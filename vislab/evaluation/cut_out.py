"""Remove the background of pictures: what a segmenter finds stays, with a soft edge."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from vislab.data.scenes import Scenes
from vislab.data.vocabulary import Vocabulary
from vislab.errors import VislabError
from vislab.evaluation.predict import stream
from vislab.models.build import Model
from vislab.models.predictions import InstancePrediction, SemanticPrediction

SOFT = 3  # pixels: the window over which the hard edge of an object is averaged
Floats = NDArray[np.float32]


def cut_out(model: Model, scenes: Scenes, keep: str | Sequence[str] | None = None) -> NDArray[np.uint8]:
    """The pictures without their background: uint8 (n, h, w, 4), red, green, blue and opacity.

    model: a semantic or an instance segmenter. keep: the class that stays, or several; None keeps the things, or
    without things all classes but the first. Opacity is their probability; of objects that count it is 1, less at the
    edge. Objects below model.threshold go: one chosen to count well may lose much of the foreground, and 0 keeps every
    object (benchmarks/results/cut_out.md). Save one as PNG with PIL.Image.fromarray.
    Raises VislabError for a model that predicts no masks, for a class that it does not find, or for pictures that
    `vl.predict` refuses.
    """
    if model.task not in ("semantic", "instance"):
        raise VislabError(f"a model for {model.task} finds no edges; give a semantic or an instance segmenter")
    stays = _indices(model.vocabulary, model.task, [keep] if isinstance(keep, str) else keep)
    cut = np.empty((len(scenes), *scenes.size, 4), np.uint8)
    done = 0
    for prediction, part in stream(model, scenes):
        pictures = part.images.permute(0, 2, 3, 1).cpu().numpy()  # (b, h, w, 3)
        for picture, found in zip(pictures, _opacity(prediction, stays), strict=True):
            cut[done, :, :, :3] = picture
            cut[done, :, :, 3] = np.rint(255 * found)
            done += 1
    return cut


def _indices(words: Vocabulary, task: str, keep: Sequence[str] | None) -> list[int]:
    """The indices of the classes that stay."""
    if keep is None:
        return list(words.thing_indices) or list(range(1, len(words.classes)))
    found = words.things if task == "instance" else words.classes
    if unknown := [name for name in keep if name not in found]:
        raise VislabError(f"this model finds no {unknown[0]!r} to keep; it finds {', '.join(found)}")
    return [words.classes.index(name) for name in keep]


def _opacity(prediction: SemanticPrediction | InstancePrediction, stays: list[int]) -> Floats:
    """How likely each pixel is to stay, float32 (b, h, w)."""
    if isinstance(prediction, InstancePrediction):
        objects = [each.at_least(prediction.threshold) for each in prediction.objects]
        kept = (np.isin(each.classes_of(each.paint(*prediction.size)), stays) for each in objects)
        return np.stack([uniform_filter(each.astype(np.float32), SOFT, mode="nearest") for each in kept])
    likely: Floats = prediction.scores.float().softmax(1)[:, stays].sum(1).numpy()
    return likely
