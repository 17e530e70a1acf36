"""Notebook 05: two segmenters that look for nothing. B only counts, and the ground truth knows everything."""

from dataclasses import replace

import numpy as np
import torch

from vislab.data.scenes import Scenes
from vislab.evaluation.predict import predict
from vislab.models.grouping import Grouped, objects_of
from vislab.models.predictions import InstancePrediction, RegressionPrediction
from vislab.training.pretrained import pretrained


def ground_truth(scenes: Scenes) -> InstancePrediction:
    """The true objects of each picture as a prediction, each with a score of 1."""
    objects = []
    for ids, slots in zip(scenes.need("instances"), scenes.need("objects"), strict=True):
        classes = slots[slots > 0].cpu().long()
        objects.append(objects_of(Grouped(ids.cpu().long(), classes, torch.ones(len(classes)))))
    return InstancePrediction("truth", scenes.vocabulary, scenes.ids, tuple(objects), scenes.size)


def hand_in_others(counter: RegressionPrediction, album: Scenes) -> InstancePrediction:
    """For each picture the objects of an album's picture that holds as many as the counter says.

    The search goes round the album and begins where the last one ended. If no picture holds exactly that number, the
    first with the closest number is taken.
    """
    sizes = album.count_objects().sum(1).cpu().numpy()
    start, chosen = 0, []
    for number in counter.count.nansum(1).round().long().tolist():
        order = np.roll(np.arange(len(album)), -start)
        chosen.append(int(order[np.abs(sizes[order] - number).argmin()]))
        start = chosen[-1] + 1
    return replace(ground_truth(album[chosen]), name="B", ids=counter.ids)


def segmenter_b(album: Scenes, pictures: Scenes) -> InstancePrediction:
    """What "B" predicts: the shipped regressor counts, and cells of the album are handed in."""
    counter = predict(pretrained("smear")["regression"], pictures)
    assert isinstance(counter, RegressionPrediction)
    return hand_in_others(counter, album)
