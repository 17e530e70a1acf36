"""How right objects are: found, told apart, and counted."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Matches:
    """What one picture's predicted objects (p) have in common with its true ones (t).

    iou: float64 (p, t). scores: float64 (p,). guessed, true: int64 (p,) and (t,), classes.
    guessed_area, true_area: int64, pixels. Predictions that lie mostly in ignored pixels are not among them.
    """

    iou: Floats
    scores: Floats
    guessed: Integers
    true: Integers
    guessed_area: Integers
    true_area: Integers


def match_picture(
    truth: NDArray[np.integer],
    true_classes: Sequence[int],
    pixels: Sequence[Integers],
    classes: Sequence[int],
    scores: Sequence[float],
    ignored: NDArray[np.bool_] | None = None,
) -> Matches:
    """Compare one picture's predicted objects with its true ones.

    truth: ids (h, w), 0 = no object. true_classes: the class of object i + 1.
    pixels: for each predicted object the flat indices of its pixels; objects may overlap. classes, scores: of them.
    ignored: bool (h, w); a prediction more than half inside does not count, and no ignored pixel is counted.
    """
    flat = truth.ravel().astype(np.int64)
    sizes = np.array([len(where) for where in pixels], np.int64)
    owner = np.repeat(np.arange(len(pixels)), sizes)
    everything = np.concatenate(pixels) if len(pixels) else np.zeros(0, np.int64)
    known = np.ones(len(flat), bool) if ignored is None else ~ignored.ravel()
    seen = known[everything]
    outside = sizes - np.bincount(owner[seen], minlength=len(pixels))
    keep = np.flatnonzero((2 * outside <= sizes) & (sizes > 0))
    columns = len(true_classes) + 1
    both = np.bincount(owner[seen] * columns + flat[everything[seen]], minlength=len(pixels) * columns)
    both = both.reshape(len(pixels), columns)[keep, 1:]
    guessed_area = (sizes - outside)[keep]
    true_area = np.bincount(flat[known], minlength=columns)[1:columns]
    union = guessed_area[:, None] + true_area[None, :] - both
    return Matches(
        iou=both / np.maximum(union, 1),
        scores=np.asarray(scores, np.float64)[keep],
        guessed=np.asarray(classes, np.int64)[keep],
        true=np.asarray(true_classes, np.int64),
        guessed_area=guessed_area,
        true_area=true_area.astype(np.int64),
    )


def average_precision(pictures: Sequence[Matches], classes: Sequence[int]) -> dict[str, float]:
    """COCO's mask AP over IoU 0.50 to 0.95, AP50, AP75, and AP of small, medium and large objects.

    classes: the classes whose objects count; each result is the mean over those that have true objects, NaN where
    none has. Small, medium and large are terciles of the true objects' areas. As many detections a picture are
    allowed as the fullest picture has objects, at least 100.
    Source: Lin et al. 2014, "Microsoft COCO", and its evaluation protocol; computed by faster-coco-eval.
    """
    from faster_coco_eval import COCO, COCOeval_faster

    class FromMatches(COCOeval_faster):  # type: ignore[misc]
        """The evaluation on IoUs that are known already; its own would need masks encoded by runs."""

        def computeIoU(self, imgId: int, catId: int) -> Floats | list[float]:  # noqa: N802, N803
            found = pictures[imgId]
            rows = np.flatnonzero(found.guessed == catId)
            rows = rows[np.argsort(-found.scores[rows], kind="mergesort")][: self.params.maxDets[-1]]
            columns = np.flatnonzero(found.true == catId)
            return found.iou[np.ix_(rows, columns)] if len(rows) and len(columns) else []

    areas = np.concatenate([found.true_area[np.isin(found.true, classes)] for found in pictures] or [np.zeros(0)])
    if not len(areas):
        return dict.fromkeys(("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large"), float("nan"))
    guessed = [
        _annotations(index, found.guessed, found.guessed_area, found.scores) for index, found in enumerate(pictures)
    ]
    true = [_annotations(index, found.true, found.true_area) for index, found in enumerate(pictures)]
    images = [{"id": index} for index in range(len(pictures))]
    categories = [{"id": int(index), "name": str(index)} for index in classes]
    sets = []
    for annotations in (true, guessed):
        listed = [a for some in annotations for a in some if a["category_id"] in classes]
        for number, annotation in enumerate(listed, start=1):
            annotation["id"] = number
        sets.append(COCO({"images": images, "categories": categories, "annotations": listed}))
    low, high = np.quantile(areas, [1 / 3, 2 / 3])
    ranges = {"small": [0, low], "medium": [low, high], "large": [high, 1e10]}
    judge = FromMatches(*sets, iouType="bbox", ranges=ranges)
    fullest = max(len(found.true) for found in pictures)
    judge.params.maxDets = [1, 10, max(100, fullest)]
    judge.evaluate()
    judge.accumulate()
    precision = np.asarray(judge.eval["precision"])[..., -1]  # (IoU thresholds, recalls, classes, sizes)
    thresholds = np.asarray(judge.params.iouThrs)
    return {
        "ap": _mean(precision[:, :, :, 0]),
        "ap50": _mean(precision[np.isclose(thresholds, 0.50), :, :, 0]),
        "ap75": _mean(precision[np.isclose(thresholds, 0.75), :, :, 0]),
        "ap_small": _mean(precision[:, :, :, 1]),
        "ap_medium": _mean(precision[:, :, :, 2]),
        "ap_large": _mean(precision[:, :, :, 3]),
    }
