"""Boxes and dots as objects with masks: ellipses, to answer by, and frames and discs, to be looked at."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vislab.data.scenes import Scenes
from vislab.models.predictions import (
    Boxes,
    BoxPrediction,
    FoundObjects,
    InstancePrediction,
    Objects,
    PointPrediction,
    Points,
)

Shape = Callable[[int, int], NDArray[np.bool_]]  # a box's height and width in pixels → which of them (h, w)


def rectangle(height: int, width: int) -> NDArray[np.bool_]:
    """All pixels of a box."""
    return np.ones((height, width), np.bool_)


def ellipse(height: int, width: int) -> NDArray[np.bool_]:
    """The pixels whose middles lie in the ellipse that fills a box: a guess at its object's mask."""
    y, x = (((2 * np.arange(side) + 1) / side - 1) ** 2 for side in (height, width))
    return np.asarray(y[:, None] + x <= 1, np.bool_)


def frame(height: int, width: int) -> NDArray[np.bool_]:
    """The pixels along a box's sides."""
    mask = rectangle(height, width)
    mask[1:-1, 1:-1] = False
    return mask


def fill_boxes(objects: Boxes, shape: Shape) -> Objects:
    """Boxes as objects whose masks have this shape; the surest lies on top."""
    order = np.argsort(objects.scores, kind="stable")
    low, high = np.floor(objects.boxes[order, :2] + 0.5), np.floor(objects.boxes[order, 2:] + 0.5)
    boxes = np.concatenate([low, np.maximum(high, low + 1)], 1).astype(np.int64)
    masks = tuple(shape(bottom - top, right - left) for left, top, right, bottom in boxes.tolist())
    return Objects(boxes, masks, objects.classes[order], objects.scores[order])


def with_shape(prediction: BoxPrediction, shape: Shape) -> InstancePrediction:
    """A prediction of boxes as one of objects whose masks have this shape."""
    return _with(prediction, [fill_boxes(objects, shape) for objects in prediction.objects])


def as_marks(prediction: FoundObjects) -> InstancePrediction:
    """Boxes as their frames, dots as small discs, so that whatever shows objects can show them; masks as they are."""
    if isinstance(prediction, InstancePrediction):
        return prediction
    if isinstance(prediction, BoxPrediction):
        return with_shape(prediction, frame)
    radius = max(1.5, max(prediction.size) / 64)
    return _with(
        prediction, [fill_boxes(_around(dots, radius, prediction.size), ellipse) for dots in prediction.objects]
    )


def true_boxes(scenes: Scenes) -> BoxPrediction:
    """The true boxes of pictures, given or derived, as if they were predicted, all with the score 1."""
    places = zip(scenes.need("boxes").cpu().numpy(), scenes.need("objects").cpu().numpy(), strict=True)
    objects = tuple(Boxes(boxes[kinds > 0], *_sure(kinds)) for boxes, kinds in places)
    return BoxPrediction("truth", scenes.vocabulary, scenes.ids, objects, scenes.size)


def true_points(scenes: Scenes) -> PointPrediction:
    """The same of the true dots."""
    places = zip(scenes.need("points").cpu().numpy(), scenes.need("objects").cpu().numpy(), strict=True)
    objects = tuple(Points(points[kinds > 0], *_sure(kinds)) for points, kinds in places)
    return PointPrediction("truth", scenes.vocabulary, scenes.ids, objects, scenes.size)


def _sure(kinds: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Classes and scores of one picture's true objects."""
    classes = kinds[kinds > 0].astype(np.int64)
    return classes, np.ones(len(classes), np.float32)


def _around(dots: Points, radius: float, size: tuple[int, int]) -> Boxes:
    """Squares around dots, moved into a picture of this size."""
    most = np.array(size[::-1], np.float32)
    low = (dots.points - radius).clip(0, most - 2 * radius)
    return Boxes(np.concatenate([low, low + 2 * radius], 1).astype(np.float32), dots.classes, dots.scores)


def _with(prediction: BoxPrediction | PointPrediction, objects: Sequence[Objects]) -> InstancePrediction:
    about: dict[str, Any] = {name: getattr(prediction, name) for name in ("name", "vocabulary", "ids", "size")}
    return InstancePrediction(**about, objects=tuple(objects), threshold=prediction.threshold)
