"""How far two guests agree, such as two people who labelled the same pictures: neither is taken for the truth."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch

from vislab.data.scenes import Scenes
from vislab.errors import VislabError
from vislab.evaluation.answers.answering import materials
from vislab.evaluation.answers.answers import answers
from vislab.evaluation.answers.questions import QUESTIONS
from vislab.evaluation.answers.scoring import over_pictures
from vislab.evaluation.in_common import in_common
from vislab.evaluation.metrics.instances import match_picture
from vislab.evaluation.metrics.intervals import MeanInterval
from vislab.evaluation.metrics.segmentation import count_pixels, mean_iou
from vislab.models.predictions import ClassPrediction, InstancePrediction, Prediction, RegressionPrediction

FOUND = 0.5  # IoU above which two objects of a class are the same one; no third can then be, too
WORDS = {
    "label": "another label on {} of the pictures",
    "share": "apart by {}",
    "count": "apart by {} objects a picture",
}


class Shared(NamedTuple):
    """Objects that both marked, those that only the first or only the second did, and the mean IoU of the shared."""

    both: int
    first: int
    second: int
    iou: float


@dataclass(frozen=True)
class Agreement:
    """What two predictions have in common; prints as lines.

    names: of the two. pictures: that both predicted. apart: question → the mean difference of their answers and the
    ends of its 95 % interval over pictures (of labels the share that differ), if both answer it. mean_iou: of their
    masks, over classes; None without masks of both. objects: None unless both marked objects.
    """

    names: tuple[str, str]
    pictures: int
    apart: dict[str, MeanInterval]
    mean_iou: float | None = None
    objects: Shared | None = None

    def __repr__(self) -> str:
        lines = [f"{self.names[0]} and {self.names[1]}, {self.pictures:,} pictures of both"]
        for name, (mean, low, high) in self.apart.items():
            question = QUESTIONS[name]
            figures = question.figures({question.measure: mean, "low": low, "high": high})
            lines.append(f"{question.heading} {WORDS[name].format(figures)}")
        if self.mean_iou is not None:
            lines.append(f"pixels: mean IoU {self.mean_iou:.2f}")
        if self.objects is not None:
            both, first, second, iou = self.objects
            alone = f"{first:,} of {self.names[0]} alone, {second:,} of {self.names[1]} alone"
            lines.append(f"objects: {both:,} of both, with a mean IoU of {iou:.2f}; {alone}")
        return "\n".join(lines)


def agreement(a: Prediction, b: Prediction, scenes: Scenes) -> Agreement:
    """How far two predictions of the same pictures agree, whatever the truth; two people's labels are two guests.

    scenes: the pictures; those that both predicted are compared. Two objects are the same one if they are of one class
    and their IoU is above 0.5. Raises VislabError if no picture is of both, or one has other pictures or words.
    """
    scenes, both = in_common(scenes, [a, b])
    for one in both:
        if one.ids != scenes.ids:
            raise VislabError(f"{one.name} predicted other pictures than these; give those that both predicted")
        own, words = one.vocabulary, scenes.vocabulary
        if (own.classes, own.labels) != (words.classes, words.labels):
            raise VislabError(f"{one.name} has other classes or labels than these pictures; predict with their words")
    first, second = (answers(one) for one in both)
    apart: dict[str, MeanInterval] = {}
    for name in WORDS:
        if name in first.answered and name in second.answered:
            difference = np.abs(np.nan_to_num(first.totals(name)) - np.nan_to_num(second.totals(name)))
            differs = (difference > 0).astype(float) if name == "label" else difference
            apart[name] = over_pictures(QUESTIONS[name], differs)
    masked = not any(isinstance(one, ClassPrediction | RegressionPrediction) for one in both)
    marked = all(isinstance(one, InstancePrediction) for one in both)
    return Agreement(
        (a.name, b.name),
        len(scenes),
        apart,
        _mean_iou(both, len(scenes.vocabulary.classes)) if masked else None,
        _shared(both) if marked else None,
    )


def _mean_iou(both: list[Prediction], classes: int) -> float:
    """The mean IoU of their masks over the classes that either shows."""
    counts = torch.zeros(classes, classes, dtype=torch.int64)
    for one, other in zip(*map(materials, both), strict=True):
        assert one.semantic is not None
        assert other.semantic is not None
        counts += count_pixels(one.semantic, other.semantic, classes)
    return float(mean_iou(counts))


def _shared(both: list[Prediction]) -> Shared:
    """Their objects that are the same, and those that are not."""
    shared, alone, overlaps = 0, [0, 0], list[float]()
    for iou in _overlaps(both):
        hit = iou > FOUND
        shared += int(hit.any(0).sum())
        alone[0] += int((~hit.any(0)).sum())
        alone[1] += int((~hit.any(1)).sum())
        overlaps += iou[hit].tolist()
    return Shared(shared, alone[0], alone[1], float(np.mean(overlaps)) if overlaps else float("nan"))


def _overlaps(both: list[Prediction]) -> Iterator[np.ndarray]:
    """The IoU of each object of the second with each visible one of the first (k, m), 0 for another class."""
    first, second = both
    assert isinstance(first, InstancePrediction)
    assert isinstance(second, InstancePrediction)
    for one, other in zip(first.objects, second.objects, strict=True):
        seen, drawn = one.at_least(first.threshold), other.at_least(second.threshold)
        matches = match_picture(seen.paint(*first.size), seen.classes, drawn)
        yield np.where(matches.guessed[:, None] == matches.true, matches.iou, 0)
