"""How right predictions are: each task's own scores."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from vislab.data.convert import share_of
from vislab.data.scenes import Scenes
from vislab.errors import VislabError
from vislab.evaluation.familiarity import say_caution
from vislab.evaluation.in_common import judged_on_some, places
from vislab.evaluation.metrics import classification as labels
from vislab.evaluation.metrics import instances as objects
from vislab.evaluation.metrics import segmentation as pixels
from vislab.evaluation.metrics.detection import detection_accuracy
from vislab.evaluation.metrics.instances import Matches
from vislab.evaluation.predict import at_once, stream
from vislab.models.build import Model
from vislab.models.predictions import InstancePrediction, Prediction, join
from vislab.system.console import say

OWN_SCORES = {"classification": "accuracy", "regression": "count_error", "points": "f1", "detection": "box_ap",
              "semantic": "mean_iou", "instance": "ap"}  # fmt: skip
SCORE_NAMES = {"ap": "mask AP", "box_ap": "box AP", "f1": "F1", "mean_iou": "mean IoU", "pq": "PQ"}
Parts = Iterable[tuple[Any, Scenes]]  # predictions of some pictures, and these pictures


def evaluate(source: Model | Prediction, scenes: Scenes, quick: bool = False) -> dict[str, float]:
    """The task's own scores on these pictures: no two tasks share a scale, so never rank tasks by them.

    source: a model, which streams so that only counts are kept, or what it, a baseline or a guest predicted of these
    pictures, or of some of them: then it is judged on those, and that is said.
    classification: accuracy, sensitivity, specificity (of the last label), calibration error. regression: accuracy,
    mean absolute errors of share and count. points: F1, precision and recall of dots on objects, count errors.
    detection: box_ap, box_ap50, box_ap75, box_ap by size, count errors. semantic: pixel accuracy, mean IoU, mean Dice,
    boundary IoU, IoU by class. instance: ap, ap50, ap75, ap by size, pq, detection accuracy from IoU 0.5 (accuracy50)
    to 0.9, count errors.
    NaN where undefined.
    quick: only the first score or two, as after every pass of training.
    Unless quick, says so if the pictures look unlike those that the model learned from.
    Raises VislabError if the pictures lack the truth, have labels or classes of other names, or are not those that
    were predicted.
    """
    scenes, count = scenes.renumber(source.vocabulary), len(scenes)
    if not isinstance(source, Prediction):
        scores = SCORES[source.task](stream(source, scenes), scenes, quick)
        if not quick:
            say_caution(source, scenes)
        return scores
    found = places(scenes, source.ids)
    if found is None:
        raise VislabError(f"what {source.name} predicted is of other pictures than these; predict the same ones")
    if source.ids != scenes.ids:
        scenes = scenes.subset(found)
    if len(found) < count and not quick:
        say(judged_on_some(source.name, len(found), count))
    return SCORES[source.task]([(source, scenes)], scenes, quick)


def own_score(task: str, scores: Mapping[str, Any]) -> str:
    """The score by which a task's own field goes, with its name."""
    name = OWN_SCORES[task] if OWN_SCORES[task] in scores else next(iter(scores))
    return f"{SCORE_NAMES.get(name, name.replace('_', ' '))} {scores[name]:.3f}"


def _score_labels(parts: Parts, scenes: Scenes, quick: bool) -> dict[str, float]:
    truth = scenes.need("labels").cpu()
    scores = torch.cat([prediction.scores for prediction, _ in parts])  # (n, labels)
    counts = labels.count_labels(truth, scores.argmax(1), scores.shape[1])
    result = {"accuracy": float(labels.accuracy(counts))}
    if quick:
        return result
    return result | {
        "sensitivity": float(labels.sensitivity(counts)[-1]),
        "specificity": float(labels.specificity(counts)[-1]),
        "calibration_error": float(labels.calibration_error(scores, truth)),
    }


def _score_numbers(parts: Parts, scenes: Scenes, quick: bool) -> dict[str, float]:
    whole = join((prediction for prediction, _ in parts), len(scenes))
    result: dict[str, float] = {}
    if scenes.labels is not None and whole.scores.shape[1]:
        result["accuracy"] = float((whole.scores.argmax(1) == scenes.labels.cpu()).double().mean())
    if scenes.semantic is not None:
        error = whole.share - share_of(scenes.vocabulary, scenes.semantic).cpu()
        result["share_error"] = float(error.abs().nanmean())
    if scenes.objects is not None:
        truth, count = scenes.count_objects().double().cpu().numpy(), whole.count.double().numpy()
        result["count_error"] = objects.mean_count_error(truth, count)["absolute"]
    return result


def _score_masks(parts: Parts, scenes: Scenes, quick: bool) -> dict[str, float]:
    scenes.need("semantic")
    classes = scenes.vocabulary.classes
    counts = torch.zeros(len(classes), len(classes), dtype=torch.int64)
    boundaries = torch.zeros(len(classes), 2, dtype=torch.int64)
    step = at_once(scenes.size)  # a whole prediction is one part
    for prediction, pictures in parts:
        both = (torch.split(values, step) for values in (prediction.scores, pictures.need("semantic")))
        for scores, truth in zip(*both, strict=True):
            truth, mask = truth.cpu(), replace(prediction, scores=scores).mask
            counts += pixels.count_pixels(truth, mask, len(classes))
            if not quick:
                boundaries += pixels.count_boundary(truth, mask, len(classes))
    result = {"mean_iou": float(pixels.mean_iou(counts))}
    if quick:
        return result
    by_class = zip(classes, pixels.class_iou(counts).tolist(), strict=True)
    return result | {
        "pixel_accuracy": float(labels.accuracy(counts)),
        "mean_dice": float(pixels.class_dice(counts).nanmean()),
        "boundary_iou": float(pixels.boundary_iou(boundaries).nanmean()),
        **{f"iou {name}": iou for name, iou in by_class},
    }


def _score_objects(parts: Parts, scenes: Scenes, quick: bool) -> dict[str, float]:
    things = scenes.vocabulary.thing_indices
    ranked, counted, visible = [], [], []  # Matches of each picture, for average precision, counts, panoptic quality
    for prediction, pictures in parts:
        matches = objects.match_objects(pictures, prediction.objects)
        above = [match.at_least(prediction.threshold) for match in matches]
        ranked += matches
        counted += above
        visible += [_match_visible(pictures, prediction, index, match) for index, match in enumerate(above)]
    count = _count_errors([(len(match.true), len(match.guessed)) for match in counted], quick)
    quality = objects.panoptic_quality(visible, things)
    if quick:
        return {"pq": quality["pq"]} | count
    precision = objects.average_precision(ranked, things)
    found = detection_accuracy(visible, things)
    accuracy = {f"accuracy{100 * threshold:.0f}": value for threshold, value in found.items()}
    return precision | quality | accuracy | count


def _score_boxes(parts: Parts, scenes: Scenes, quick: bool) -> dict[str, float]:
    matches: list[Matches] = []
    counted: list[Matches] = []  # of the boxes that count
    for prediction, pictures in parts:
        matches += (several := objects.match_boxes(pictures, prediction.objects))
        counted += [match.at_least(prediction.threshold) for match in several]
    precision = objects.average_precision(matches, scenes.vocabulary.thing_indices)
    scores = {f"box_{name}": value for name, value in precision.items()}
    chosen = ["box_ap", "box_ap50"] if quick else list(scores)
    pairs = [(len(match.true), len(match.guessed)) for match in counted]
    return {name: scores[name] for name in chosen} | _count_errors(pairs, quick)


def _score_points(parts: Parts, scenes: Scenes, quick: bool) -> dict[str, float]:
    located = scenes.has("boxes")  # without, nobody can tell whether a dot lies on its object
    found = np.zeros(3)
    pairs: list[tuple[int, int]] = []
    for prediction, pictures in parts:
        counted = [each.at_least(prediction.threshold) for each in prediction.objects]
        found += objects.find_by_points(pictures, counted) if located else np.nan
        true = (pictures.need("objects") > 0).sum(1).tolist()
        pairs += zip(true, map(len, counted), strict=True)
    hits, dots, there = found.tolist()
    scores = {"f1": 2 * hits / (dots + there) if dots + there else np.nan}
    if not quick:
        scores |= {"precision": hits / dots if dots else np.nan, "recall": hits / there if there else np.nan}
    return scores | _count_errors(pairs, quick)


def _count_errors(pairs: Sequence[tuple[int, int]], quick: bool) -> dict[str, float]:
    """The errors of counts, of pairs of objects there and objects counted, one a picture."""
    true, counted = np.array(pairs, np.float64).reshape(-1, 2).T
    error = objects.mean_count_error(true, counted)
    return {"count_error": error["absolute"]} | ({} if quick else {"count_bias": error["signed"]})


def _match_visible(truth: Scenes, prediction: InstancePrediction, index: int, match: Matches) -> Matches:
    """A picture's match of the objects that count; if they overlap, a new one of what is visible of them."""
    if not match.overlapping:
        return match
    top = objects.visible(prediction.objects[index].at_least(prediction.threshold), *prediction.size)
    return objects.match_objects(truth[index : index + 1], [top])[0]


SCORES: dict[str, Callable[[Parts, Scenes, bool], dict[str, float]]] = {
    "classification": _score_labels,
    "regression": _score_numbers,
    "points": _score_points,
    "detection": _score_boxes,
    "semantic": _score_masks,
    "instance": _score_objects,
}
