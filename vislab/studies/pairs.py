"""What a study keeps so that claims can be judged after the fact: paired differences, and what building a task took."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from vislab.data.convert import count_difference, guess_instances
from vislab.data.scenes import Scenes
from vislab.evaluation.answers.answers import Answers
from vislab.evaluation.answers.questions import QUESTIONS
from vislab.evaluation.answers.scoring import picture_errors
from vislab.evaluation.metrics.intervals import bootstrap
from vislab.models.predictions import InstancePrediction, Prediction

OVERLAP = 0.5  # IoU of two boxes of a class from which detectors keep one; torchvision's box_nms_thresh
BOXES = "instance boxes"  # who counts so in "pairs"
Groups = dict[str, NDArray[np.bool_]]


def paired_differences(
    test: Scenes, said: Mapping[str, Prediction], told: Mapping[str, Answers], baselines: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Who is less wrong, question by question, on the same pictures; as "pairs" in results.json.

    Each: question, a, b, among, pictures (how many tell), difference (the mean error of a less that of b), and low and
    high, its 95 % interval over pictures. Two baselines make no pair. among: "all" pictures; counts also among the
    third of them where most objects "touch" another of their class and where fewest do ("apart").
    """
    told = dict(told)
    if isinstance(instance := said.get("instance"), InstancePrediction):
        told[BOXES] = count_boxes(instance)
    errors = {
        (name, question): picture_errors(test, given, question)
        for name, given in told.items()
        for question in given.answered
    }
    everything = np.ones(len(test), bool)
    crowds = crowding(test)
    pairs = []
    for question in QUESTIONS:
        groups: Groups = {"all": everything} | (crowds if question == "count" else {})
        for a, b in combinations([name for name, asked in errors if asked == question], 2):
            if a in baselines and b in baselines:
                continue
            off = errors[a, question] - errors[b, question]
            for among, chosen in groups.items():
                difference, low, high = bootstrap(off[chosen])
                if not np.isnan(difference):
                    one: dict[str, Any] = {"question": question, "a": a, "b": b, "among": among}
                    one["pictures"] = int((~np.isnan(off[chosen])).sum())
                    pairs.append(one | {"difference": difference, "low": low, "high": high})
    return pairs


def crowding(test: Scenes) -> Groups:
    """The pictures where fewest objects ("apart") and where most ("touch") touch another of their class; else {}.

    By how many objects the components of the true masks miss: thirds of the pictures, more where several tie.
    """
    if test.instances is None or not len(test):
        return {}
    merged = -count_difference(guess_instances(test), test).cpu().double().numpy()
    low, high = np.quantile(merged, [1 / 3, 2 / 3])
    return {"apart": merged <= low, "touch": merged >= high} if high > max(low, 0) else {}


def count_boxes(said: InstancePrediction) -> Answers:
    """How many objects the boxes alone show: of two of a class that overlap by half and more, a detector keeps one."""
    from torchvision.ops import batched_nms

    n = len(said.ids)
    count = np.zeros((n, len(said.vocabulary.classes)))
    for row, objects in zip(count, said.objects, strict=True):
        sure = objects.at_least(said.threshold)
        parts = (sure.boxes.astype(np.float32), sure.scores, sure.classes)
        boxes, scores, classes = (torch.from_numpy(part) for part in parts)
        kept = batched_nms(boxes, scores, classes, OVERLAP).numpy()
        row += np.bincount(sure.classes[kept], minlength=len(row))
    return Answers(BOXES, said.ids, {"count": count})
