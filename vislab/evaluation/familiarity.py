"""Whether pictures look like those that a model learned from: a caution, and no judgement of its answers.

What is compared is the mean of a whole set of pictures, as a set's mean varies far less than one picture does.
benchmarks/results/familiarity.md says which changes this tells, and how often it is wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

from vislab.data.scenes import Scenes
from vislab.data.synthetic import shelf, smear, street
from vislab.evaluation.colour_model import evenly
from vislab.models.build import Model
from vislab.models.predictions import (
    FoundObjects,
    Prediction,
    RegressionPrediction,
    SemanticPrediction,
)
from vislab.system.console import plural, say

WORLD = "world"  # the attribute in which a model keeps what it learned from
SAMPLE = 128  # pictures that are looked at, at most
PIXELS_AT_ONCE = 2**19
OCTAVES = 4  # the size of details: 1 to 2, 2 to 4, 4 to 8 and 8 to 16 pixels
SMALLEST = 16  # pixels a side, so that there is something in every octave
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
LEAST = 1e-3  # of a contrast: less is nothing, as brightness comes in steps of 1/255
SPREAD = 0.1  # at least, of a feature: training itself varies contrast by a tenth
SHIFT, CHANCE = 0.2, 1.3  # the bound: a shift that is small anyway, and what chance explains
EMPTY = 0.5  # the share of pictures without objects from which a caution says so


@dataclass(frozen=True)
class World:
    """What the pictures look like that a model learned from.

    learned: how many they are. independent: how many of those looked at count by themselves, a group as one.
    objects: whether every one of them holds an object. mean, spread: float32 (d,), of each feature of `describe`.
    precision: float32 (d, d), the inverse of the features' correlations.
    """

    learned: int
    independent: int
    objects: bool
    mean: Tensor
    spread: Tensor
    precision: Tensor

    def distance(self, features: Tensor) -> float:
        """How far the mean of features (n, d) lies from the mean here, in spreads: the root mean square over features.

        Features that vary together count once. Source: Mahalanobis 1936, "On the generalised distance in statistics".
        """
        shift = (features.mean(0) - self.mean) / self.spread  # (d,)
        return float((shift @ self.precision @ shift / len(shift)).sqrt())

    def bound(self, independent: int) -> float:
        """The distance beyond which so many pictures look unlike those here."""
        return SHIFT + CHANCE * float((1 / self.independent + 1 / independent) ** 0.5)

    def to_dict(self) -> dict[str, Any]:
        """As plain numbers, for JSON."""
        return {name: value.tolist() if isinstance(value, Tensor) else value for name, value in vars(self).items()}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "World":
        """The world that `to_dict` wrote; raises KeyError, TypeError or ValueError if it makes no sense."""
        tensors = {name: torch.tensor(plain[name]) for name in ("mean", "spread", "precision")}
        d = len(tensors["mean"])
        if tensors["spread"].shape != (d,) or tensors["precision"].shape != (d, d):
            raise ValueError("features of another number")
        return cls(int(plain["learned"]), int(plain["independent"]), bool(plain["objects"]), **tensors)


def see_world(train: Scenes) -> World | None:
    """What these training pictures look like; None for pictures of less than 16 pixels a side.

    Few pictures' correlations are shrunk towards none.
    """
    if not _can_describe(train):
        return None
    seen = evenly(train, SAMPLE)
    features = describe(seen.images)  # (n, d)
    n, d = features.shape
    mean, spread = features.mean(0), features.std(0, correction=0).clamp_min(SPREAD)
    scaled = (features - mean) / spread  # (n, d)
    shrunk = (scaled.T @ scaled + d * torch.eye(d)) / (n + d)
    objects = train.objects is not None and not _are_empty(train, None).any()
    return World(len(train), _independent(seen), bool(objects), mean, spread, torch.linalg.inv(shrunk))


def learn_world(model: Model, train: Scenes) -> None:
    """Let a model keep what the pictures look like that it learned from."""
    setattr(model, WORLD, see_world(train))


def caution(world: World | None, scenes: Scenes, prediction: Prediction | None = None) -> str:
    """A sentence if the pictures look unlike those learned from, or hold no objects where those did; "" otherwise.

    prediction: of these pictures; it tells which are empty if the pictures carry no truth.
    Nothing is said of pictures drawn here: whoever turns a world's dials knows, and the course asks what breaks first.
    """
    drawn = scenes.vocabulary in (smear.VOCABULARY, street.VOCABULARY, shelf.VOCABULARY)
    if world is None or drawn or not _can_describe(scenes):
        return ""
    seen = evenly(scenes, SAMPLE)
    if words := unlike(world, describe(seen.images), _independent(seen), len(scenes)):
        return words
    asked = plural(len(scenes), "picture")
    empty = _are_empty(scenes, prediction)
    if world.objects and empty.sum() > EMPTY * len(scenes):
        return (
            f"caution: {int(empty.sum()):,} of {asked} asked about seem to hold no object, but each of the "
            f"{world.learned:,} learned from does; what a model says of empty pictures may be far off"
        )
    return ""


def unlike(world: World, features: Tensor, independent: int, asked: int) -> str:
    """A sentence if pictures look unlike those learned from, by the features (n, d) of some of them; "" otherwise.

    independent: how many of the n count by themselves. asked: how many there are in all.
    """
    distance, bound = world.distance(features), world.bound(independent)
    if distance <= bound:
        return ""
    return (
        f"caution: {plural(asked, 'picture')} asked about look unlike the {world.learned:,} learned from, at a "
        f"distance of {distance:.1f} where chance explains {bound:.1f}; what a model says of them may be far off"
    )


def say_caution(model: Model, scenes: Scenes, prediction: Prediction | None = None) -> None:
    """Say the caution about these pictures, if the model knows what it learned from and there is one."""
    if words := caution(getattr(model, WORLD, None), scenes, prediction):
        say(words)


def describe(images: Tensor) -> Tensor:
    """What uint8 pictures (n, 3, h, w) look like, whatever their size: float32 (n, 42), on the CPU.

    Of brightness, red against green, and both against blue, each less the picture's mean: the logarithms of the mean
    absolute and the root mean square detail at each octave, and of what is left; and five quantiles, in contrasts.
    """
    at_once = max(1, PIXELS_AT_ONCE // (images.shape[2] * images.shape[3]))
    return torch.cat([_describe(part) for part in torch.split(images, at_once)]).cpu()


def _describe(images: Tensor) -> Tensor:
    values = images.float() / 255
    red, green, blue = torch.split(values - values.mean((2, 3), keepdim=True), 1, 1)  # (n, 1, h, w) each
    level = torch.cat([(red + green + blue) / 3, red - green, (red + green) / 2 - blue], 1)  # (n, 3, h, w)
    features, quantiles = [], torch.empty(0)
    for octave in range(OCTAVES):
        coarse = avg_pool2d(level, 2)  # (n, 3, h/2, w/2)
        detail = (level - interpolate(coarse, size=level.shape[2:])).flatten(2)  # (n, 3, h w)
        features += [_log(detail.abs().mean(2)), _log(detail.square().mean(2).sqrt())]  # (n, 3) each
        level = coarse
        if octave == 1:  # of the picture at a quarter: noise is gone, and sorting is quick
            shares = torch.tensor(QUANTILES, device=images.device)
            contrast = level.square().mean((2, 3)).sqrt() + LEAST  # (n, 3)
            quantiles = level.flatten(2).quantile(shares, 2) / contrast  # (5, n, 3)
    left = _log(level.square().mean((2, 3)).sqrt())  # (n, 3)
    return torch.cat([*features, left, *quantiles], 1)


def _log(contrast: Tensor) -> Tensor:
    return (contrast + LEAST).log()


def _can_describe(scenes: Scenes) -> bool:
    return min(scenes.size) >= SMALLEST


def _independent(scenes: Scenes) -> int:
    return len(scenes) if scenes.groups is None else len(set(scenes.groups))


def _are_empty(scenes: Scenes, prediction: Prediction | None) -> Tensor:
    """Which pictures hold no object, by their truth, else by what was predicted: bool (n,); none if nobody knows."""
    if scenes.objects is not None:
        return scenes.count_objects().sum(1).cpu() == 0
    if isinstance(prediction, RegressionPrediction):
        return prediction.count.nansum(1) < 0.5
    if isinstance(prediction, FoundObjects):
        return torch.tensor([len(each.at_least(prediction.threshold)) == 0 for each in prediction.objects])
    if isinstance(prediction, SemanticPrediction):
        things = torch.tensor(scenes.vocabulary.thing_indices, dtype=torch.uint8)
        return ~torch.isin(prediction.mask, things).flatten(1).any(1)
    return torch.zeros(len(scenes), dtype=torch.bool)
