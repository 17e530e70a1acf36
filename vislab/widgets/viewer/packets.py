"""One picture, its truth and its predictions, as bytes for the browser: a length, JSON, and the parts it refers to."""

import json
import zlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vislab.data.scenes import Scenes
from vislab.evaluation.marks import as_marks
from vislab.models.predictions import (
    ClassPrediction,
    FoundObjects,
    Objects,
    Prediction,
    RegressionPrediction,
)
from vislab.plotting.webp import encode

LOSSLESS = 200 * 200  # pixels; larger pictures are sent with losses too small to see
DIMMEST = 2  # of 255: a class that stays below this probability all over a picture is not sent
THUMB = 48  # pixels of a thumbnail's side
FAINTEST = 0.01  # the score below which no slider brings an object back


@dataclass
class Packet:
    """Bytes that grow part by part until `close` puts the header before them."""

    parts: list[tuple[str, bytes]] = field(default_factory=list)

    def add(self, array: NDArray[Any]) -> int:
        """Compress an array's bytes; returns the number of the part."""
        self.parts.append(("deflate", zlib.compress(np.ascontiguousarray(array).data, 1)))
        return len(self.parts) - 1

    def add_image(self, image: NDArray[np.uint8]) -> int:
        """A picture (h, w, 3) as WebP; returns the number of the part."""
        self.parts.append(("image/webp", encode_picture(image)))
        return len(self.parts) - 1

    def close(self, **header: Any) -> bytes:
        """All of it: uint32 length of the JSON, the JSON, the parts."""
        header |= {"parts": [[kind, len(part)] for kind, part in self.parts]}
        text = json.dumps(header, allow_nan=False, separators=(",", ":")).encode()
        return b"".join([len(text).to_bytes(4, "little"), text, *(part for _, part in self.parts)])


def encode_picture(image: NDArray[np.uint8], quality: int = 90) -> bytes:
    """A picture (h, w, 3) as WebP, exact if it is small."""
    return encode(image, None if image.shape[0] * image.shape[1] <= LOSSLESS else quality)


def image_of(scenes: Scenes, index: int) -> NDArray[np.uint8]:
    """One picture (h, w, 3)."""
    return np.ascontiguousarray(scenes.images[index].permute(1, 2, 0).cpu().numpy())


def thumbnails(scenes: Scenes, indices: list[int]) -> bytes:
    """Small pictures side by side in one WebP, THUMB × THUMB each."""
    row = Image.new("RGB", (THUMB * max(1, len(indices)), THUMB))
    for column, index in enumerate(indices):
        row.paste(Image.fromarray(image_of(scenes, index)).resize((THUMB, THUMB)), (THUMB * column, 0))
    return encode(row, 75)


def pack(scenes: Scenes, predictions: tuple[Prediction, ...], index: int, **more: Any) -> bytes:
    """One picture, its truth and its predictions; `more` joins the header."""
    packet = Packet()
    truth: dict[str, Any] = {"label": None if scenes.labels is None else int(scenes.labels[index])}
    if scenes.semantic is not None:
        truth["semantic"] = packet.add(scenes.semantic[index].cpu().numpy())
    if scenes.instances is not None and scenes.objects is not None:
        truth["ids"] = packet.add(scenes.instances[index].cpu().numpy().astype(np.uint16))
        truth["objects"] = [code for code in scenes.objects[index].tolist() if code]
    return packet.close(
        index=index,
        id=scenes.ids[index],
        image=packet.add_image(image_of(scenes, index)),
        truth=truth,
        panes=[_pane(packet, prediction, index) for prediction in predictions],
        **more,
    )


def _pane(packet: Packet, prediction: Prediction, index: int) -> dict[str, Any]:
    if isinstance(prediction, ClassPrediction):
        point = prediction.points[index].tolist()
        return {"scores": _numbers(prediction.scores[index]), "point": None if np.isnan(point).any() else point}
    if isinstance(prediction, RegressionPrediction):
        share, count = float(prediction.share[index]), prediction.count[index].cpu().numpy()
        told = {"share": None if np.isnan(share) else share,
                "count": None if np.isnan(count).all() else float(np.nansum(count))}  # fmt: skip
        return {"scores": _numbers(prediction.scores[index])} | told
    if isinstance(prediction, FoundObjects):
        return {"objects": _objects(packet, as_marks(prediction).objects[index])}
    chances = prediction.scores[index].float().softmax(0)  # (classes, h, w)
    probabilities = chances.mul(255).round().cpu().numpy().astype(np.uint8)
    codes = np.flatnonzero(probabilities.max((1, 2)) >= DIMMEST)
    return {"classes": codes.tolist(), "probabilities": packet.add(probabilities[codes])}


def _objects(packet: Packet, objects: Objects) -> dict[str, Any]:
    objects = objects.at_least(FAINTEST)
    masks = np.concatenate([np.zeros(0, bool), *(mask.ravel() for mask in objects.masks)])
    return {
        "boxes": objects.boxes.tolist(),
        "classes": objects.classes.tolist(),
        "scores": _numbers(objects.scores),
        "masks": packet.add(masks.astype(np.uint8)),
    }


def _numbers(values: Any) -> list[float]:
    return [round(float(value), 4) for value in values]
