"""A few pictures and what a model says of them by now, small enough to be sent again and again."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures

from vislab.data.contact_sheet import colour_objects
from vislab.data.datasets.resize import resample
from vislab.data.scenes import Scenes
from vislab.data.selection import labels_in_turn
from vislab.data.vocabulary import IGNORE
from vislab.evaluation.evaluate import evaluate
from vislab.evaluation.predict import predict
from vislab.models.build import Model
from vislab.models.predictions import InstancePrediction, Prediction, RegressionPrediction, SemanticPrediction
from vislab.plotting.figures import PALETTE, Image, outline, rgb
from vislab.plotting.webp import encode

SIDE = 160  # pixels of a preview's longer side, at most
MANY = 4  # pictures
SCORES = {  # of evaluate(quick=True): in words, whether more is better, and how a value is written
    "accuracy": ("accuracy", True, "{:.0%}"),
    "mean_iou": ("mean IoU", True, "{:.2f}"),
    "pq": ("panoptic quality", True, "{:.2f}"),
    "count_error": ("count error", False, "{:.1f}"),
    "share_error": ("share error", False, "{:.1%}"),
}


class Tile(NamedTuple):
    """A picture as WebP (b"" for none), and the words below it."""

    image: bytes
    words: str

    def to_dict(self) -> dict[str, Any]:
        """As the front end takes it."""
        return self._asdict()


class Previews:
    """The same few pictures of a set, with their truth, looked at through a model as it learns."""

    def __init__(self, model: Model, scenes: Scenes) -> None:
        self.model, self.scenes = model, scenes.subset(labels_in_turn(scenes, MANY)).to("cpu")
        small = [fit_in(image.permute(1, 2, 0).numpy()) for image in self.scenes.images]
        self.photos: list[Image] = [np.asarray(photo) for photo in small]
        self.truth = [self._truth(index) for index in range(len(self.scenes))]

    def look(self) -> tuple[list[Tile], str]:
        """What the model says of each picture now, and its scores on them in words."""
        said = predict(self.model, self.scenes)
        words = ", ".join(in_words(name, value) for name, value in evaluate(said, self.scenes, quick=True).items())
        return [self._said(said, index) for index in range(len(self.scenes))], words

    def legend(self) -> list[tuple[str, str]]:
        """What the signs in the pictures mean: words, and the colour they explain ("" for none)."""
        words = self.scenes.vocabulary
        if self.model.task == "semantic":
            return list(zip(words.classes[1:], words.colours[1:], strict=True))
        if self.model.task == "classification":
            return [("The ring marks what speaks most for the label said.", "")]
        return []

    def _truth(self, index: int) -> Tile:
        photo, scenes, task = self.photos[index], self.scenes, self.model.task
        if task == "semantic":
            return Tile(webp(tint(photo, scenes.need("semantic")[index].numpy(), scenes.vocabulary.colours)), "")
        if task == "instance":
            ids = scenes.need("instances")[index].numpy()
            return Tile(webp(colour_objects(shrink(ids, photo), photo)), objects(int(ids.max(initial=0))))
        words = [] if scenes.labels is None else [scenes.vocabulary.labels[int(scenes.labels[index])]]
        if task == "regression" and scenes.objects is not None:
            words.append(objects(int((scenes.objects[index] > 0).sum())))
        return Tile(webp(photo), ", ".join(words))

    def _said(self, said: Prediction, index: int) -> Tile:
        photo, words = self.photos[index], self.scenes.vocabulary
        if isinstance(said, SemanticPrediction):
            mask, truth = said.mask[index].numpy(), self.scenes.need("semantic")[index].numpy()
            right = (mask == truth)[truth != IGNORE]
            return Tile(webp(tint(photo, mask, words.colours)), f"{right.mean():.0%} right" if right.size else "")
        if isinstance(said, InstancePrediction):
            sure = said.objects[index].at_least(said.threshold)
            return Tile(webp(colour_objects(shrink(sure.paint(*said.size), photo), photo)), objects(len(sure)))
        parts = []
        if said.scores.shape[1]:
            best = int(said.scores[index].argmax())
            known = None if self.scenes.labels is None else int(self.scenes.labels[index])
            sign = "" if known is None else "✓ " if known == best else "✗ "
            parts.append(f"{sign}{words.labels[best]}, {float(said.scores[index, best]):.2f}")
        if isinstance(said, RegressionPrediction):
            parts.append(f"{float(said.count[index].nansum()):.1f} objects")
            return Tile(b"", ", ".join(parts))
        point = said.points[index].numpy() * photo.shape[0] / self.scenes.size[0]
        return Tile(webp(ring(photo, point)), ", ".join(parts))


def in_words(score: str, value: float) -> str:
    """A score with its name, as in "mean IoU 0.87"."""
    name, _, form = SCORES.get(score, (score.replace("_", " "), True, "{:.2f}"))
    return f"{name} {form.format(value) if math.isfinite(value) else 'unknown'}"


def objects(count: int) -> str:
    """A count in words."""
    return f"{count} object{'' if count == 1 else 's'}"


def fit_in(image: Image) -> Pictures.Image:
    """A picture (h, w, 3), made smaller where a side is longer than SIDE."""
    height, width = image.shape[:2]
    part = min(1.0, SIDE / max(height, width))
    picture = Pictures.fromarray(image)
    return picture if part == 1 else picture.resize((max(1, round(width * part)), max(1, round(height * part))))


def shrink(ids: NDArray[np.integer[Any]], photo: Image) -> NDArray[np.integer[Any]]:
    """Ids (h, w) at the size of a preview, without new values."""
    return resample(ids, photo.shape[:2])


def tint(photo: Image, mask: NDArray[np.integer[Any]], colours: tuple[str, ...], opacity: float = 0.55) -> Image:
    """A picture with its classes in their colours, all but the background's and what is ignored; outlined in white."""
    mask = shrink(mask, photo)
    mask = np.where(mask < len(colours), mask, 0)
    table = np.array([rgb(colour) for colour in colours], float)
    mixed = np.where((mask > 0)[..., None], (1 - opacity) * photo + opacity * table[mask], photo)
    mixed[outline(mask)] = 255
    return mixed.astype(np.uint8)


def ring(photo: Image, point: NDArray[np.floating[Any]]) -> Image:
    """A picture with a ring around a point (x, y) in its pixels; none where the point is not known."""
    drawn = photo.copy()
    if np.isfinite(point).all():
        y, x = np.indices(photo.shape[:2]) + 0.5
        far = np.hypot(x - point[0], y - point[1]) / (max(photo.shape) / 12)
        drawn[abs(far - 1) < 0.4] = 255
        drawn[abs(far - 1) < 0.2] = rgb(PALETTE["vermillion"])
    return drawn


def webp(image: Image) -> bytes:
    """A picture (h, w, 3) as bytes for the browser."""
    return encode(image, 82)
