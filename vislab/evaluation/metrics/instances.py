"""How right predicted objects are: found, separated, and counted.

First each picture's predicted objects are compared with its true ones (`match_picture`); the scores then need no pixel.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from vislab.data.scenes import Scenes
from vislab.data.vocabulary import IGNORE
from vislab.errors import VislabError
from vislab.models.predictions import Boxes, Objects, Points

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Matches:
    """What one picture's predicted objects (p) have in common with its true ones (t), ignored pixels left out.

    iou: float64 (p, t). scores: float64 (p,). guessed, true: int64 (p,) and (t,), classes.
    guessed_area, true_area: int64, pixels. excused: bool (p,), predictions more than half in ignored pixels, which
    do not count against a model (but may find an object). overlapping: whether predictions share a pixel.
    """

    iou: Floats
    scores: Floats
    guessed: Integers
    true: Integers
    guessed_area: Integers
    true_area: Integers
    excused: NDArray[np.bool_]
    overlapping: bool

    def at_least(self, score: float) -> "Matches":
        """Without the predictions of a lower score."""
        kept = self.scores >= score
        parts = {name: getattr(self, name)[kept] for name in ("iou", "scores", "guessed", "guessed_area", "excused")}
        return replace(self, **parts)


def match_picture(
    truth: NDArray[np.integer[Any]],
    true_classes: Sequence[int] | Integers,
    guess: Objects,
    ignored: NDArray[np.bool_] | None = None,
) -> Matches:
    """Compare one picture's predicted objects, which may overlap, with its true ones, which do not.

    truth: ids (h, w), 0 = no object. true_classes: the class of object i + 1. ignored: bool (h, w).
    """
    t, p = len(true_classes), len(guess)
    ids = truth.astype(np.int64)  # (h, w): 0 no object, 1..t objects, t + 1 ignored
    if ignored is not None:
        ids[ignored] = t + 1
    sizes = np.array([np.count_nonzero(mask) for mask in guess.masks], np.int64)
    under = [
        ids[top:bottom, left:right][mask]
        for (left, top, right, bottom), mask in zip(guess.boxes.tolist(), guess.masks, strict=True)
    ]
    pairs = np.repeat(np.arange(p), sizes) * (t + 2) + np.concatenate([ids[:0, 0], *under])
    counts = np.bincount(pairs, minlength=p * (t + 2)).reshape(p, t + 2)  # pixels of each prediction by what is there
    both, outside = counts[:, 1:-1], counts[:, -1]
    guessed_area = sizes - outside
    true_area = np.bincount(ids.ravel(), minlength=t + 2)[1:-1]
    union = guessed_area[:, None] + true_area[None, :] - both
    return Matches(
        iou=both / np.maximum(union, 1),
        scores=guess.scores.astype(np.float64),
        guessed=guess.classes,
        true=np.asarray(true_classes, np.int64),
        guessed_area=guessed_area,
        true_area=true_area,
        excused=2 * outside > sizes,
        overlapping=bool(np.count_nonzero(guess.paint(*truth.shape)) < sizes.sum()),
    )


def match_objects(truth: Scenes, guess: Sequence[Objects]) -> list[Matches]:
    """`match_picture` for each of some pictures and its predicted objects.

    Raises VislabError if the pictures have no instance masks, or are not as many as the predictions.
    """
    if len(guess) != len(truth):
        raise VislabError(f"objects of {len(guess)} pictures cannot be compared with {len(truth)} pictures")
    ids = truth.need("instances").cpu().numpy()
    objects = truth.need("objects").cpu().numpy()
    semantic = truth.need("semantic").cpu().numpy()
    return [match_picture(ids[i], objects[i][objects[i] > 0], guess[i], semantic[i] == IGNORE) for i in range(len(ids))]


def match_boxes(truth: Scenes, guess: Sequence[Boxes]) -> list[Matches]:
    """What predicted boxes have in common with true ones, given or around true masks, for each of some pictures.

    Areas are those of boxes. Raises VislabError if the pictures have no boxes, or are not as many as the predictions.
    """
    from torchvision.ops import box_iou

    if len(guess) != len(truth):
        raise VislabError(f"objects of {len(guess)} pictures cannot be compared with {len(truth)} pictures")
    boxes, objects = truth.need("boxes").cpu(), truth.need("objects").cpu()
    matches = []
    for i, found in enumerate(guess):
        true, guessed = boxes[i][objects[i] > 0], torch.from_numpy(found.boxes)
        sides = (true[:, 2:] - true[:, :2]).numpy(), found.boxes[:, 2:] - found.boxes[:, :2]
        true_area, guessed_area = (side.prod(1).round().astype(np.int64) for side in sides)
        ignored = None if truth.semantic is None else truth.semantic[i].cpu().numpy() == IGNORE
        outside = np.zeros(len(found)) if ignored is None else _ignored_shares(found.boxes, ignored)
        iou = box_iou(guessed, true).double().numpy()
        classes = objects[i][objects[i] > 0].numpy().astype(np.int64)
        matches.append(
            Matches(iou, found.scores.astype(np.float64), found.classes, classes, guessed_area, true_area,
                    excused=outside > 0.5, overlapping=False)
        )  # fmt: skip
    return matches


def _ignored_shares(boxes: NDArray[np.float32], ignored: NDArray[np.bool_]) -> Floats:
    """The share of each box (k, 4) that lies in ignored pixels (h, w)."""
    corners = boxes.round().astype(int).tolist()
    parts = [ignored[top : max(bottom, top + 1), left : max(right, left + 1)] for left, top, right, bottom in corners]
    return np.array([part.mean() if part.size else 0 for part in parts])


def find_by_points(truth: Scenes, guess: Sequence[Points]) -> tuple[int, int, int]:
    """Dots that find an object, dots and objects of all pictures together.

    A dot finds an object of its class if it lies on its mask, or in its box if nobody drew a mask; each object is
    found once, by as many different dots as possible. Raises VislabError if the pictures have neither.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching

    objects = truth.need("objects").cpu().numpy()
    places = (truth.need("boxes") if truth.instances is None else truth.instances).cpu().numpy()
    height, width = truth.size
    hits = dots = 0
    for i, found in enumerate(guess):
        x, y = found.points.T
        if truth.instances is not None:
            id_there = places[i, y.astype(int).clip(0, height - 1), x.astype(int).clip(0, width - 1)]
            on = id_there[:, None] == np.arange(1, objects.shape[1] + 1)
        else:
            left, top, right, bottom = places[i].T
            on = (x[:, None] >= left) & (x[:, None] < right) & (y[:, None] >= top) & (y[:, None] < bottom)
        on &= found.classes[:, None] == objects[i]
        hits += int((maximum_bipartite_matching(csr_array(on), perm_type="column") >= 0).sum()) if on.size else 0
        dots += len(found)
    return hits, dots, int((objects > 0).sum())


def visible(objects: Objects, height: int, width: int) -> Objects:
    """The objects cut to their visible pixels, the later on top; hidden ones are left out."""
    painted = objects.paint(height, width)
    cut = [
        painted[top:bottom, left:right] == number
        for number, (left, top, right, bottom) in enumerate(objects.boxes.tolist(), start=1)
    ]
    return replace(objects, masks=tuple(cut)).subset(np.flatnonzero([mask.any() for mask in cut]))


def average_precision(pictures: Sequence[Matches], classes: Sequence[int]) -> dict[str, float]:
    """COCO's mask AP over IoU 0.50 to 0.95, AP50, AP75, and AP of small, medium and large objects.

    classes: the classes whose objects count; each result is the mean over those that have true objects, NaN where
    none has. Small, medium and large are terciles of the true objects' areas; equal areas share a tercile, so one
    may be empty. COCO allows 100 detections a class and picture; more where a picture has more objects.
    Source: Lin et al. 2014, "Microsoft COCO", ECCV, and its evaluation protocol; computed by faster-coco-eval.
    """
    names = ("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large")
    areas = np.concatenate([[], *(match.true_area[np.isin(match.true, classes)] for match in pictures)])
    if not len(areas):
        return dict.fromkeys(names, float("nan"))
    low, high = np.floor(np.quantile(areas, [1 / 3, 2 / 3]))
    sizes = {"small": [0, low], "medium": [low + 1, high], "large": [high + 1, _NO_LIMIT]}
    coco = _coco_evaluation(pictures, classes, sizes)
    coco.params.maxDets = [max(100, *(len(match.true) for match in pictures))]
    coco.evaluate()
    coco.accumulate()
    precision = np.asarray(coco.eval["precision"])[..., -1]  # (IoU thresholds, recalls, classes, sizes)
    precision = np.where(precision < 0, np.nan, precision)  # -1 says that a class or size has no object
    at = {round(100 * threshold): index for index, threshold in enumerate(coco.params.iouThrs)}
    every, *by_size = np.moveaxis(precision, -1, 0)
    parts = [every, every[at[50]], every[at[75]], *by_size]
    return {name: _mean(part) for name, part in zip(names, parts, strict=True)}


_NO_LIMIT = 1e10  # pixels: above any area


def _coco_evaluation(pictures: Sequence[Matches], classes: Sequence[int], sizes: dict[str, list[float]]) -> Any:
    """COCO's evaluation of IoUs that are known: its own would need every mask encoded by runs. sizes: name → areas."""
    from faster_coco_eval import COCOeval_faster

    class KnownIoUs(COCOeval_faster):  # type: ignore[misc]
        """Overrides what reads the data set and what computes IoUs, and leaves all counting to COCO."""

        def _prepare(self) -> None:
            for index, match in enumerate(pictures):
                # An unmatched detection whose area is out of range is passed over, which is what "excused" asks for.
                areas = np.where(match.excused, 2 * _NO_LIMIT, match.guessed_area)
                self.add_objects(self.gt_dataset, index, match.true, match.true_area, np.ones(len(match.true)))
                self.add_objects(self.dt_dataset, index, match.guessed, areas, match.scores)

        def add_objects(self, objects: Any, picture: int, kinds: Integers, areas: NDArray[Any], scores: Floats) -> None:
            rows = zip(kinds.tolist(), areas.tolist(), scores.tolist(), strict=True)
            for number, (kind, area, score) in enumerate(rows, start=1):
                objects.append_ref(picture, kind, {"id": number, "area": area, "score": score})

        def computeIoU(self, imgId: int, catId: int) -> Floats | list[float]:  # noqa: N802, N803
            match = pictures[imgId]
            guessed, true = np.flatnonzero(match.guessed == catId), np.flatnonzero(match.true == catId)
            if not len(guessed) or not len(true):
                return []
            ranked = guessed[np.argsort(-match.scores[guessed], kind="stable")][: self.params.maxDets[-1]]
            return match.iou[ranked[:, None], true]

    coco = KnownIoUs(iouType="bbox", ranges=sizes)
    coco.params.imgIds, coco.params.catIds = list(range(len(pictures))), list(classes)
    return coco


def panoptic_quality(pictures: Sequence[Matches], classes: Sequence[int]) -> dict[str, float]:
    """Panoptic quality of things: "pq", and its factors "sq" (segmentation) and "rq" (recognition).

    pictures: of objects that do not overlap (`visible`) and that count (score at or above a threshold). classes: each
    result is the mean over those that truth or prediction holds, NaN where none does; sq over those found at all.
    A prediction finds a true object of its class from an IoU above 0.5, so that none is found twice.
    Source: Kirillov et al. 2019, "Panoptic Segmentation", CVPR, equations 1 and 2.
    """
    overlap, hits, missed, wrong = np.zeros((4, 256))  # of each class
    for match in pictures:
        iou = np.where(match.guessed[:, None] == match.true, match.iou, 0)  # (p, t) of pairs of one class
        pairs = iou > 0.5
        hit, right = pairs.any(0), pairs.any(1)
        overlap += np.bincount(match.true[hit], iou.max(0, initial=0)[hit], 256)
        hits += np.bincount(match.true[hit], minlength=256)
        missed += np.bincount(match.true[~hit], minlength=256)
        wrong += np.bincount(match.guessed[~right & ~match.excused], minlength=256)
    present = [index for index in classes if hits[index] + missed[index] + wrong[index]]
    whole = hits + (missed + wrong) / 2
    hit_classes = [index for index in present if hits[index]]
    return {
        "pq": _mean(overlap[present] / whole[present]),
        "sq": _mean(overlap[hit_classes] / hits[hit_classes]),
        "rq": _mean(hits[present] / whole[present]),
    }


def mean_count_error(truth: Floats, guess: Floats) -> dict[str, float]:
    """Mean error of counts, predicted less true: "signed", and "absolute" of its size.

    truth, guess: (n,), or (n, classes) whose columns are added up; NaN columns (not things) are left out. NaN if there
    is no picture.
    """
    true, guessed = (counts if counts.ndim == 1 else np.nansum(counts, 1) for counts in (truth, guess))
    return {"signed": _mean(guessed - true), "absolute": _mean(np.abs(guessed - true))}


def _mean(values: NDArray[Any]) -> float:
    """The mean of what is not NaN; NaN if nothing is left."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
