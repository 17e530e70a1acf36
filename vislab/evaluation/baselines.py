"""Baselines that a model must beat: the commonest label, mean numbers, and colour with components or watershed.

Fitted on the training set, tuned on the validation set; test pictures are only ever predicted.
"""

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from vislab.data.convert import guess_objects, keep_visible, share_of
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import Vocabulary
from vislab.evaluation.colour_model import ColourTable, evenly, fit_colours, sizes
from vislab.models.grouping import Grouped, objects_of
from vislab.models.predictions import (
    ClassPrediction,
    InstancePrediction,
    Objects,
    Prediction,
    RegressionPrediction,
    SemanticPrediction,
)

SIZES = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5)  # of the median object's area: the smallest patch that is an object
DISTANCES = (0.3, 0.5, 0.8, 1.2, 1.8)  # of the median object's radius: how far apart watershed's peaks are
PIXELS_AT_ONCE = 2**20
TUNING_PICTURES = 128  # at most


def fit_all(train: Scenes, valid: Scenes) -> "dict[str, Constant | ByColour]":
    """The baselines for which these pictures have the truth, by name.

    majority: a ClassPrediction, the label most common in train (needs labels). mean: a RegressionPrediction, mean
    share and counts of train (needs semantic masks, counts need instances). threshold: a SemanticPrediction, classes
    by colour, the things among them cut into components (needs semantic masks). watershed: an InstancePrediction,
    the same patches cut by watershed (needs instances).
    """
    baselines: dict[str, Constant | ByColour] = {}
    if train.labels is not None:
        baselines["majority"] = _majority(train)
    if train.semantic is None or valid.semantic is None:
        return baselines
    baselines["mean"] = Constant(mean_numbers(train))
    colours = fit_colours(train, valid)
    baselines["threshold"] = ByColour("threshold", colours)
    valid = evenly(valid, TUNING_PICTURES)
    if train.objects is not None and valid.objects is not None and train.vocabulary.things:
        area = _median_area(train)
        smallest = sorted({max(1, round(part * area)) for part in SIZES})
        distances = sorted({max(1, round(part * (area / torch.pi) ** 0.5)) for part in DISTANCES}, reverse=True)
        baselines["threshold"] = _tune(ByColour("threshold", colours), valid, smallest, [None])
        baselines["watershed"] = _tune(ByColour("watershed", colours), valid, smallest, distances)
    return baselines


def predict_baselines(train: Scenes, valid: Scenes, test: Scenes) -> dict[str, Prediction]:
    """What the baselines that these pictures have the truth for predict of the test pictures, by name."""
    return {name: baseline.predict(test) for name, baseline in fit_all(train, valid).items()}


@dataclass(frozen=True, eq=False)
class Constant:
    """Predicts the same for every picture: what is predicted for a single one."""

    single: ClassPrediction | RegressionPrediction

    @property
    def name(self) -> str:
        """What a table calls it."""
        return self.single.name

    def predict(self, scenes: Scenes) -> ClassPrediction | RegressionPrediction:
        """The same tensors for every picture, on the CPU."""
        changed: dict[str, Any] = {"vocabulary": scenes.vocabulary, "ids": scenes.ids}
        for name, value in vars(self.single).items():
            if isinstance(value, Tensor):
                changed[name] = value.expand(len(scenes), *value.shape[1:])
        return replace(self.single, **changed)


def _majority(train: Scenes) -> Constant:
    """How common each label is, and no point."""
    counts = torch.bincount(train.need("labels").cpu(), minlength=len(train.vocabulary.labels))
    nowhere = torch.full((1, 2), torch.nan)
    return Constant(ClassPrediction("majority", train.vocabulary, ("",), (counts / counts.sum())[None], nowhere))


def mean_numbers(train: Scenes) -> RegressionPrediction:
    """The mean share and counts of pictures that have semantic masks, as of a single one; counts need instances."""
    vocabulary = train.vocabulary
    count = torch.full((1, len(vocabulary.classes)), torch.nan)
    if train.objects is not None and vocabulary.things:
        things = list(vocabulary.thing_indices)
        count[:, things] = train.count_objects().cpu().float().mean(0)[things]
    share = share_of(vocabulary, train.need("semantic").cpu()).nanmean()[None].float()
    return RegressionPrediction("mean", vocabulary, ("",), torch.zeros(1, 0), share, count)


@dataclass(frozen=True, eq=False)
class ByColour:
    """Classes by colour; patches of things are objects if they have `smallest` pixels, each of one class.

    distance: between watershed's peaks, in pixels; None takes connected components as they are, and predicts a
    semantic mask, whose components are the objects.
    """

    name: str
    colours: ColourTable
    smallest: int = 1
    distance: int | None = None

    def predict(self, scenes: Scenes) -> SemanticPrediction | InstancePrediction:
        """A semantic mask of scores 0 and 1, or objects, scored by how sure their colours are."""
        parts = torch.split(scenes.images, max(1, PIXELS_AT_ONCE // (scenes.size[0] * scenes.size[1])))
        vocabulary = scenes.vocabulary
        if self.distance is None:
            scores = torch.zeros(len(scenes), len(vocabulary.classes), *scenes.size, dtype=torch.half)
            for images, part in zip(parts, torch.split(scores, len(parts[0])), strict=True):
                part.scatter_(1, self._mask(vocabulary, images.cpu()).long()[:, None], 1)
            return SemanticPrediction(self.name, vocabulary, scenes.ids, scores)
        objects = tuple(each for images in parts for each in self._objects(vocabulary, images.cpu()))
        return InstancePrediction(self.name, vocabulary, scenes.ids, objects, scenes.size, threshold=0.0)

    def _mask(self, vocabulary: Vocabulary, images: Tensor) -> Tensor:
        """Classes uint8 (n, h, w), patches that are too small left out."""
        stuff, things, index = self.colours.read(images)
        if not vocabulary.things:
            return stuff
        ids, objects = self.part(vocabulary, things)
        classes = self.colours.classes_of(ids, index, objects.shape[1])
        table = torch.nn.functional.pad(classes, (1, 0)).to(torch.uint8)
        return torch.where(ids > 0, table.gather(1, ids.flatten(1).long()).view_as(stuff), stuff)

    def _objects(self, vocabulary: Vocabulary, images: Tensor) -> list[Objects]:
        _, things, index = self.colours.read(images)
        ids, objects = self.part(vocabulary, things)
        classes = self.colours.classes_of(ids, index, objects.shape[1])
        sure = self.colours.certainty(ids, index, objects.shape[1])
        counts = (objects > 0).sum(1).tolist()
        return [objects_of(Grouped(ids[i].long(), classes[i, :k], sure[i, :k])) for i, k in enumerate(counts)]

    def part(self, vocabulary: Vocabulary, things: Tensor) -> tuple[Tensor, Tensor]:
        """Pixels of things, bool (n, h, w), as objects: ids int16 (n, h, w), and (n, k), not 0 where there is one."""
        ids, objects = guess_objects(things.to(torch.uint8) * vocabulary.thing_indices[0], vocabulary, self.distance)
        large = sizes(ids, objects.shape[1]) >= self.smallest
        kept = torch.nn.functional.pad(large, (1, 0)).gather(1, ids.flatten(1).long()).view_as(ids)
        return keep_visible(ids * kept, objects * large)


def _tune(start: ByColour, valid: Scenes, smallest: list[int], distances: list[int] | list[None]) -> ByColour:
    """The distance and smallest size, the first of equals, with the smallest count error on the validation set."""
    vocabulary, truth = valid.vocabulary, valid.count_objects().cpu().sum(1)
    things = start.colours.read(valid.images.cpu()).things
    errors: dict[tuple[int | None, int], float] = {}
    for distance in distances:
        ids, objects = replace(start, distance=distance).part(vocabulary, things)
        areas = sizes(ids, objects.shape[1])
        for pixels in smallest:
            errors[distance, pixels] = float(((areas >= pixels).sum(1) - truth).abs().double().mean())
    distance, pixels = min(errors, key=errors.__getitem__)
    return replace(start, distance=distance, smallest=pixels)


def _median_area(scenes: Scenes) -> float:
    objects = scenes.need("objects").cpu()
    areas = sizes(scenes.need("instances").cpu(), objects.shape[1])[objects > 0]
    return float(areas.double().median()) if len(areas) else 1.0
