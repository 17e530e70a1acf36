"""What models and baselines predict: one type for each task."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, ClassVar, Literal, Self, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vislab.data.vocabulary import Vocabulary
from vislab.errors import VislabError

Task = Literal["classification", "regression", "points", "detection", "semantic", "instance"]
TASKS: tuple[Task, ...] = ("classification", "regression", "points", "detection", "semantic", "instance")
COURSE_TASKS: tuple[Task, ...] = ("classification", "regression", "semantic", "instance")  # those of the notebooks
OBJECT_TASKS: tuple[Task, ...] = ("points", "detection", "instance")  # they find objects one by one, with scores


@dataclass(frozen=True, eq=False)
class ClassPrediction:
    """Labels of pictures.

    name: of the model. ids: of the pictures. scores: float32 (n, labels), probabilities, rows sum to 1.
    points: float32 (n, 2), x and y in pixels of the peak of the predicted label's evidence; NaN without such a map.
    """

    task: ClassVar[Task] = "classification"
    name: str
    vocabulary: Vocabulary
    ids: tuple[str, ...]
    scores: Tensor
    points: Tensor


@dataclass(frozen=True, eq=False)
class RegressionPrediction:
    """Numbers of pictures, learned from numbers alone, or as a person writes them into a table.

    scores: float32 (n, labels), probabilities; (n, 0) if it predicts no label. share: float32 (n,), the vocabulary's
    share, 0 to 1. count: float32 (n, classes), objects of each class, NaN for classes that are not things.
    points: float32 (n, 2), x and y in pixels of what "where?" asks for, NaN for "nowhere"; None if nobody pointed.
    """

    task: ClassVar[Task] = "regression"
    name: str
    vocabulary: Vocabulary
    ids: tuple[str, ...]
    scores: Tensor
    share: Tensor
    count: Tensor
    points: Tensor | None = None


class Found:
    """What one picture's objects have in common, however they are known: some can be chosen."""

    classes: NDArray[np.int64]
    scores: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.scores)

    def at_least(self, score: float) -> Self:
        """Without the objects of a lower score."""
        return self.subset(np.flatnonzero(self.scores >= score))

    def subset(self, chosen: NDArray[np.int64]) -> Self:
        """The objects of these indices, in their order."""
        parts = {
            name: value[chosen] if isinstance(value, np.ndarray) else tuple(value[i] for i in chosen)
            for name, value in vars(self).items()
        }
        return type(self)(**parts)


@dataclass(frozen=True, eq=False)
class Points(Found):
    """One picture's objects, each known by a dot, in any order.

    points: float32 (k, 2), x and y in pixels, where the first pixel reaches from 0 to 1. classes: int64 (k,). scores:
    float32 (k,).
    """

    points: NDArray[np.float32]
    classes: NDArray[np.int64]
    scores: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class PointPrediction:
    """Objects of pictures, each a dot. objects, size and threshold as those of an InstancePrediction."""

    task: ClassVar[Task] = "points"
    name: str
    vocabulary: Vocabulary
    ids: tuple[str, ...]
    objects: tuple[Points, ...]
    size: tuple[int, int]
    threshold: float = 0.5


@dataclass(frozen=True, eq=False)
class Boxes(Found):
    """One picture's objects, each known by its box, in any order; they may overlap.

    boxes: float32 (k, 4), left, top, right, bottom in pixels, right and bottom not included. classes: int64 (k,).
    scores: float32 (k,).
    """

    boxes: NDArray[np.float32]
    classes: NDArray[np.int64]
    scores: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class BoxPrediction:
    """Objects of pictures, each a box. objects, size and threshold as those of an InstancePrediction."""

    task: ClassVar[Task] = "detection"
    name: str
    vocabulary: Vocabulary
    ids: tuple[str, ...]
    objects: tuple[Boxes, ...]
    size: tuple[int, int]
    threshold: float = 0.5


@dataclass(frozen=True, eq=False)
class SemanticPrediction:
    """A class for every pixel. scores: float16 (n, classes, h, w), the larger the likelier."""

    task: ClassVar[Task] = "semantic"
    name: str
    vocabulary: Vocabulary
    ids: tuple[str, ...]
    scores: Tensor

    @property
    def mask(self) -> Tensor:
        """The likeliest class: uint8 (n, h, w)."""
        best, mask = self.scores[:, 0], torch.zeros_like(self.scores[:, 0], dtype=torch.uint8)
        for index in range(1, self.scores.shape[1]):  # argmax would take ten times as long on a CPU
            score = self.scores[:, index]
            mask = torch.maximum(mask, (score > best).to(torch.uint8) * index)
            best = torch.maximum(best, score)
        return mask


@dataclass(frozen=True, eq=False)
class Objects(Found):
    """One picture's objects, in any order; they may overlap, the later on top.

    boxes: int64 (k, 4), left, top, right, bottom in pixels, right and bottom not included.
    masks: k bool arrays (bottom - top, right - left), cropped to the boxes. classes: int64 (k,). scores: float32 (k,).
    """

    boxes: NDArray[np.int64]
    masks: tuple[NDArray[np.bool_], ...]
    classes: NDArray[np.int64]
    scores: NDArray[np.float32]

    def __iter__(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.bool_], int, float]]:
        return zip(self.boxes, self.masks, self.classes.tolist(), self.scores.tolist(), strict=True)

    def paint(self, height: int, width: int) -> NDArray[np.int16]:
        """Ids int16 (h, w): object i as i + 1, the later on top."""
        ids = np.zeros((height, width), np.int16)
        for number, (left, top, right, bottom) in enumerate(self.boxes.tolist(), start=1):
            ids[top:bottom, left:right][self.masks[number - 1]] = number
        return ids

    def classes_of(self, ids: NDArray[np.int16]) -> NDArray[np.uint8]:
        """The class of each pixel of `paint`'s ids: uint8 (h, w), 0 where no object is."""
        return np.append(0, self.classes)[ids].astype(np.uint8)


@dataclass(frozen=True, eq=False)
class InstancePrediction:
    """Objects of pictures, each with its mask. objects: one a picture. size: height and width of the pictures.

    threshold: the score from which an object counts when questions are answered, chosen on the validation set.
    """

    task: ClassVar[Task] = "instance"
    name: str
    vocabulary: Vocabulary
    ids: tuple[str, ...]
    objects: tuple[Objects, ...]
    size: tuple[int, int]
    threshold: float = 0.5


FoundObjects = PointPrediction | BoxPrediction | InstancePrediction  # of objects one by one, with scores
Prediction = ClassPrediction | RegressionPrediction | SemanticPrediction | FoundObjects
Kind = TypeVar("Kind", ClassPrediction, RegressionPrediction, PointPrediction, BoxPrediction, SemanticPrediction,
               InstancePrediction)  # fmt: skip
PER_PICTURE = ("ids", "objects")  # the fields of a prediction that hold one entry a picture, beside all its tensors


def part_of(prediction: Prediction, chosen: slice | Sequence[int]) -> Prediction:
    """What was predicted of some of the pictures: a slice of them, whose tensors are not copied, or these indices."""
    indices = range(len(prediction.ids))[chosen] if isinstance(chosen, slice) else chosen
    changed: dict[str, Any] = {
        name: value[chosen] if isinstance(value, Tensor) else tuple(value[index] for index in indices)
        for name, value in vars(prediction).items()
        if isinstance(value, Tensor) or name in PER_PICTURE
    }
    return replace(prediction, **changed)


def join(parts: Iterable[Kind], count: int) -> Kind:
    """Predictions of one type and name, of `count` pictures together, one after another.

    A part is copied as it comes and not kept, so that no number is held twice. Raises VislabError if there is none.
    """
    parts = iter(parts)
    first = next(parts, None)
    if first is None:
        raise VislabError("nothing was predicted; give at least one picture")
    tensors = {name: value.new_empty(count, *value.shape[1:]) for name, value in vars(first).items()
               if isinstance(value, Tensor)}  # fmt: skip
    lists: dict[str, list[Any]] = {name: [] for name in PER_PICTURE if hasattr(first, name)}
    done = 0
    for part in chain([first], parts):
        for name, tensor in tensors.items():
            tensor[done : done + len(part.ids)] = getattr(part, name)
        for name, values in lists.items():
            values += getattr(part, name)
        done += len(part.ids)
    return type(first)(**vars(first) | tensors | {name: tuple(values) for name, values in lists.items()})
