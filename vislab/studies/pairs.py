"""Paired differences of errors on the same pictures, which a study keeps so that claims can be judged after it."""

from collections.abc import Container, Mapping
from itertools import combinations
from typing import TypedDict

import numpy as np
import torch
from numpy.typing import NDArray

from vislab.data.convert import count_difference, guess_instances
from vislab.data.scenes import Scenes
from vislab.evaluation.answers.answers import Answers
from vislab.evaluation.answers.questions import QUESTIONS
from vislab.evaluation.answers.scoring import over_pairs, picture_errors
from vislab.models.predictions import InstancePrediction, Prediction

OVERLAP = 0.5  # IoU of two boxes of a class above which detectors keep one; torchvision's box_nms_thresh
BOXES = "instance boxes"  # the name in "pairs" of counting by boxes alone
AMONG = ("all", "touch", "apart")  # pictures of a pair
Groups = dict[str, NDArray[np.bool_]]


class Pair(TypedDict):
    """The mean error of a less that of b on one question, with its 95 % interval over pictures.

    among: "all" pictures, or for counts the third in which the most objects "touch" another of their class, or the
    third with the fewest ("apart"). pictures: how many of them have a known difference.
    """

    question: str
    a: str
    b: str
    among: str
    pictures: int
    difference: float
    low: float
    high: float


def paired_differences(
    test: Scenes, predictions: Mapping[str, Prediction], answers: Mapping[str, Answers], baselines: Container[str]
) -> list[Pair]:
    """The difference of every two models, guests or baselines, question by question; two baselines make no pair.

    Counting by the instance segmenter's boxes alone takes part as one more model.
    """
    answers = dict(answers)
    if isinstance(instance := predictions.get("instance"), InstancePrediction):
        answers[BOXES] = count_boxes(instance)
    crowds = crowding(test)
    everything = np.ones(len(test), bool)
    pairs: list[Pair] = []
    for question, asked in QUESTIONS.items():
        groups: Groups = {"all": everything} | (crowds if question == "count" else {})
        errors = {
            name: picture_errors(test, given, question) for name, given in answers.items() if question in given.answered
        }
        for a, b in combinations(errors, 2):
            if a in baselines and b in baselines:
                continue
            for among, chosen in groups.items():
                differences = (errors[a] - errors[b])[chosen]
                mean, low, high = over_pairs(asked, differences)
                if not np.isnan(mean):
                    known = int((~np.isnan(differences)).sum())
                    pairs.append({"question": question, "a": a, "b": b, "among": among, "pictures": known,
                                  "difference": mean, "low": low, "high": high})  # fmt: skip
    return pairs


def crowding(test: Scenes) -> Groups:
    """The pictures in which the fewest ("apart") and the most objects ("touch") touch another of their class.

    bool (n,) each: thirds of the pictures, or more if several tie, by how many objects are lost when the true mask's
    components are counted. {} without instances, or if too few objects touch.
    """
    if test.instances is None or not len(test):
        return {}
    merged = -count_difference(guess_instances(test), test).cpu().double().numpy()
    low, high = np.quantile(merged, [1 / 3, 2 / 3])
    return {"apart": merged <= low, "touch": merged >= high} if high > max(low, 0) else {}


def count_boxes(prediction: InstancePrediction) -> Answers:
    """Counts by the boxes alone: of two of a class whose IoU is above OVERLAP, a detector keeps one."""
    from torchvision.ops import batched_nms

    counts = np.zeros((len(prediction.ids), len(prediction.vocabulary.classes)))
    for row, objects in zip(counts, prediction.objects, strict=True):
        sure = objects.at_least(prediction.threshold)
        arrays = (sure.boxes.astype(np.float32), sure.scores, sure.classes)
        boxes, scores, classes = (torch.from_numpy(array) for array in arrays)
        kept = batched_nms(boxes, scores, classes, OVERLAP).numpy()
        row += np.bincount(sure.classes[kept], minlength=len(row))
    return Answers(BOXES, prediction.ids, {"count": counts})
