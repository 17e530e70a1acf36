"""Remove the background of pictures: what a segmenter finds stays, with a soft edge."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from vislab.data.scenes import Scenes
from vislab.errors import VislabError
from vislab.evaluation.predict import stream
from vislab.models.build import Model
from vislab.models.predictions import InstancePrediction, SemanticPrediction

SOFT = 3  # pixels: the window over which the hard edge of an object is averaged
Floats = NDArray[np.float32]


def cut_out(model: Model, scenes: Scenes) -> NDArray[np.uint8]:
    """The pictures without their background: uint8 (n, h, w, 4), red, green, blue and opacity.

    model: a semantic or an instance segmenter. Its things stay, or without things all classes but the first. Opacity
    is their probability; of objects that count it is 1, less at the edge. Save one as PNG with PIL.Image.fromarray.
    Raises VislabError for a model that predicts no masks, or for pictures that `vl.predict` refuses.
    """
    if model.task not in ("semantic", "instance"):
        raise VislabError(f"a model for {model.task} finds no edges; give a semantic or an instance segmenter")
    cut = np.empty((len(scenes), *scenes.size, 4), np.uint8)
    done = 0
    for prediction, part in stream(model, scenes):
        pictures = part.images.permute(0, 2, 3, 1).cpu().numpy()  # (b, h, w, 3)
        for picture, found in zip(pictures, _opacity(prediction), strict=True):
            cut[done, :, :, :3] = picture
            cut[done, :, :, 3] = np.rint(255 * found)
            done += 1
    return cut


def _opacity(prediction: SemanticPrediction | InstancePrediction) -> Floats:
    """How likely each pixel is to stay, float32 (b, h, w)."""
    words = prediction.vocabulary
    if isinstance(prediction, InstancePrediction):
        kept = (each.at_least(prediction.threshold).paint(*prediction.size) > 0 for each in prediction.objects)
        return np.stack([uniform_filter(each.astype(np.float32), SOFT, mode="nearest") for each in kept])
    stays = list(words.thing_indices) or list(range(1, len(words.classes)))
    likely: Floats = prediction.scores.float().softmax(1)[:, stays].sum(1).numpy()
    return likely
