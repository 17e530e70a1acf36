"""A few pictures and what a model predicts of them by now, small enough to be sent again and again."""

import math
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures

from vislab.data.contact_sheet import colour_objects, labels_in_turn
from vislab.data.datasets.resize import resample
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import IGNORE
from vislab.evaluation.evaluate import evaluate
from vislab.evaluation.marks import as_marks, true_boxes, true_points
from vislab.evaluation.predict import predict_quietly
from vislab.models.build import Model
from vislab.models.predictions import (
    FoundObjects,
    Prediction,
    RegressionPrediction,
    SemanticPrediction,
)
from vislab.plotting.figures import PALETTE, Image, outline, rgb
from vislab.plotting.webp import encode

SIDE = 160  # pixels of a preview's longer side, at most
MANY = 4  # pictures
webp = partial(encode, quality=82)  # a picture (h, w, 3) as bytes for the browser


class ScoreFormat(NamedTuple):
    """A score in words, whether more is better, and how a value is written."""

    words: str
    more: bool = True
    form: str = "{:.2f}"


SCORES = {  # of evaluate(quick=True)
    "accuracy": ScoreFormat("accuracy", form="{:.0%}"),
    "mean_iou": ScoreFormat("mean IoU"),
    "f1": ScoreFormat("F1"),
    "box_ap": ScoreFormat("box AP"),
    "box_ap50": ScoreFormat("box AP50"),
    "pq": ScoreFormat("panoptic quality"),
    "count_error": ScoreFormat("count error", more=False, form="{:.1f}"),
    "share_error": ScoreFormat("share error", more=False, form="{:.1%}"),
}


class Tile(NamedTuple):
    """A picture as WebP (b"" for none), and the words below it."""

    image: bytes
    words: str


class Previews:
    """The same few pictures of a set, with their truth and what a model predicts as it learns."""

    def __init__(self, model: Model, scenes: Scenes) -> None:
        self.model, self.scenes = model, scenes.subset(labels_in_turn(scenes, MANY)).to("cpu")
        self.photos = [fit_in(image.permute(1, 2, 0).numpy()) for image in self.scenes.images]
        self.truth = [self._truth(index) for index in range(len(self.scenes))]

    def look(self) -> tuple[list[Tile], str]:
        """What the model predicts for each picture now, and its scores on them in words."""
        prediction = predict_quietly(self.model, self.scenes)
        scores = evaluate(prediction, self.scenes, quick=True)
        words = ", ".join(in_words(name, value) for name, value in scores.items())
        return [self._predicted(prediction, index) for index in range(len(self.scenes))], words

    def legend(self) -> list[tuple[str, str]]:
        """What the marks in the pictures mean: words, and the colour they explain ("" for none)."""
        words = self.scenes.vocabulary
        if self.model.task == "semantic":
            return list(zip(words.classes[1:], words.colours[1:], strict=True))
        if self.model.task == "classification":
            return [("The ring marks the place that speaks most for the predicted label.", "")]
        return []

    def _truth(self, index: int) -> Tile:
        photo, scenes, task = self.photos[index], self.scenes, self.model.task
        if task == "semantic":
            return Tile(webp(tint(photo, scenes.need("semantic")[index].numpy(), scenes.vocabulary.colours)), "")
        if task == "instance":
            ids = scenes.need("instances")[index].numpy()
            return Tile(webp(colour_objects(shrink(ids, photo), photo)), objects(int(ids.max(initial=0))))
        if task in ("points", "detection"):
            true = (true_points if task == "points" else true_boxes)(scenes[index])
            return self._objects(true, 0, photo)
        words = [] if scenes.labels is None else [scenes.vocabulary.labels[int(scenes.labels[index])]]
        if task == "regression" and scenes.objects is not None:
            words.append(objects(int((scenes.objects[index] > 0).sum())))
        return Tile(webp(photo), ", ".join(words))

    @staticmethod
    def _objects(prediction: FoundObjects, index: int, photo: Image) -> Tile:
        shown = as_marks(prediction)
        found = shown.objects[index].at_least(shown.threshold)
        return Tile(webp(colour_objects(shrink(found.paint(*shown.size), photo), photo)), objects(len(found)))

    def _predicted(self, prediction: Prediction, index: int) -> Tile:
        photo, words = self.photos[index], self.scenes.vocabulary
        if isinstance(prediction, SemanticPrediction):
            mask, truth = prediction.mask[index].numpy(), self.scenes.need("semantic")[index].numpy()
            right = (mask == truth)[truth != IGNORE]
            return Tile(webp(tint(photo, mask, words.colours)), f"{right.mean():.0%} right" if right.size else "")
        if isinstance(prediction, FoundObjects):
            return self._objects(prediction, index, photo)
        texts = []
        if prediction.scores.shape[1]:
            best = int(prediction.scores[index].argmax())
            label = None if self.scenes.labels is None else int(self.scenes.labels[index])
            mark = "" if label is None else "✓ " if label == best else "✗ "
            texts.append(f"{mark}{words.labels[best]}, {float(prediction.scores[index, best]):.2f}")
        if isinstance(prediction, RegressionPrediction):
            texts.append(f"{float(prediction.count[index].nansum()):.1f} objects")
            return Tile(b"", ", ".join(texts))
        point = prediction.points[index].numpy() * photo.shape[0] / self.scenes.size[0]
        return Tile(webp(ring(photo, point)), ", ".join(texts))


def in_words(score: str, value: float) -> str:
    """A score with its name, as in "mean IoU 0.87"."""
    known = score_format(score)
    return f"{known.words} {known.form.format(value) if math.isfinite(value) else 'unknown'}"


def score_format(score: str) -> ScoreFormat:
    """How a score is shown; one of the learner's own by its name."""
    return SCORES.get(score, ScoreFormat(score.replace("_", " ")))


def objects(count: int) -> str:
    """A count in words."""
    return f"{count} object{'' if count == 1 else 's'}"


def fit_in(image: Image) -> Image:
    """A picture (h, w, 3), made smaller if a side is longer than SIDE."""
    photo = Pictures.fromarray(image)
    photo.thumbnail((SIDE, SIDE), reducing_gap=None)
    return np.asarray(photo)


def shrink(ids: NDArray[np.integer[Any]], photo: Image) -> NDArray[np.integer[Any]]:
    """Ids (h, w) at the size of a preview, without new values."""
    return resample(ids, photo.shape[:2])


def tint(photo: Image, mask: NDArray[np.integer[Any]], colours: tuple[str, ...], opacity: float = 0.55) -> Image:
    """A picture with its classes in their colours, outlined in white; background and ignored pixels stay."""
    mask = shrink(mask, photo)
    mask = np.where(mask < len(colours), mask, 0)
    table = np.array([rgb(colour) for colour in colours], float)
    mixed = np.where((mask > 0)[..., None], (1 - opacity) * photo + opacity * table[mask], photo)
    mixed[outline(mask)] = 255
    return mixed.astype(np.uint8)


def ring(photo: Image, point: NDArray[np.floating[Any]]) -> Image:
    """A picture with a ring around a point (x, y) in its pixels; without one if the point is NaN."""
    drawn = photo.copy()
    if np.isfinite(point).all():
        y, x = np.indices(photo.shape[:2]) + 0.5
        radius = np.hypot(x - point[0], y - point[1]) / (max(photo.shape) / 12)
        drawn[abs(radius - 1) < 0.4] = 255
        drawn[abs(radius - 1) < 0.2] = rgb(PALETTE["vermillion"])
    return drawn
