"""The long figures of notebook 05: pairs of outlines, one picture's matches, precision against recall."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vislab.data.scenes import Scenes
from vislab.evaluation.metrics.instances import match_objects
from vislab.exercises.checking.trial import Floats
from vislab.exercises.nb05_score.model_answers import RECALLS, Integers
from vislab.models.predictions import InstancePrediction, Objects
from vislab.plotting.figures import INK, PALETTE, Sheet

WINDOW = 13  # pixels from the middle of a cell to the edge of what is shown
BORDER = 3  # pixels at the edge of a picture, where cells are cut off
LARGE = 100  # pixels: smaller cells are hard to see


class Pair(NamedTuple):
    """A prediction and the true object that it overlaps most, both as indices in their picture."""

    iou: float
    picture: int
    predicted: int
    true: int


def show_overlaps(pictures: Scenes, prediction: InstancePrediction, ious: Sequence[float]) -> Sheet:
    """For each IoU the outlines of the pair that comes closest to it, among large cells that are not cut off."""
    pairs = _large_pairs(pictures, prediction)
    chosen = [min(pairs, key=lambda pair: abs(pair.iou - iou)) for iou in ious]
    values = ", ".join(f"{pair.iou:.2f}" for pair in chosen)
    sheet = Sheet(2.3 * len(chosen), 2.9, f"One cell each, outlines of truth and prediction; their IoUs: {values}.")
    for ax, pair in zip(sheet.subplots(1, len(chosen), squeeze=False)[0], chosen, strict=True):
        truth = (pictures.need("instances")[pair.picture] == pair.true + 1).cpu().numpy()
        predicted = _full_mask(prediction.objects[pair.picture], pair.predicted, prediction.size)
        y, x = np.nonzero(truth | predicted)
        left, top = (x.min() + x.max()) / 2 - WINDOW, (y.min() + y.max()) / 2 - WINDOW
        ax.imshow(pictures.images[pair.picture].permute(1, 2, 0).cpu().numpy())
        _outline(ax, truth, "sky blue", "-")
        _outline(ax, predicted, "vermillion", "--")
        ax.set(xlim=(left, left + 2 * WINDOW), ylim=(top + 2 * WINDOW, top), xticks=[], yticks=[])
        ax.set_title(f"IoU {pair.iou:.2f}")
    sheet.supxlabel("blue, solid: truth      orange, dashed: prediction", fontsize=13, color=INK)
    return sheet


def _large_pairs(pictures: Scenes, prediction: InstancePrediction) -> list[Pair]:
    height, width = prediction.size
    pairs = []
    for picture, matches in enumerate(match_objects(pictures, prediction.objects)):
        for i, (left, top, right, bottom) in enumerate(prediction.objects[picture].boxes.tolist()):
            whole = left > BORDER and top > BORDER and right < width - BORDER and bottom < height - BORDER
            true = int(matches.iou[i].argmax()) if whole and len(matches.true) else -1
            if true >= 0 and matches.true_area[true] > LARGE:
                pairs.append(Pair(float(matches.iou[i, true]), picture, i, true))
    return pairs


def show_matches(pictures: Scenes, prediction: InstancePrediction, finds: Integers, index: int = 0) -> Sheet:
    """One picture's true and predicted objects: found (with the score at its middle), invented (?) and missed (!).

    finds: for each prediction the index of the true object that it finds, -1 for none.
    """
    ids, objects = pictures.need("instances")[index].cpu().numpy(), prediction.objects[index]
    true = range(int(ids.max(initial=0)))
    missed = sorted(set(true) - set(finds.tolist()))
    alt = f"{(finds >= 0).sum()} predictions find a true object; {(finds < 0).sum()} find none; {len(missed)} objects "
    sheet = Sheet(5.4, 5.4, f"{alt}are missed.")
    ax = sheet.subplots()
    ax.imshow(127 + pictures.images[index].permute(1, 2, 0).cpu().numpy() // 2)
    for j in true:
        _outline(ax, ids == j + 1, "sky blue", "-", 1)
    for i, right in enumerate((finds >= 0).tolist()):
        mask = _full_mask(objects, i, prediction.size)
        y, x = np.argwhere(mask).mean(0)
        _outline(ax, mask, "bluish green" if right else "vermillion", "-" if right else "--")
        if right:
            ax.text(x, y, f"{objects.scores[i]:.2f}", ha="center", va="center", fontsize=9)
        else:
            _mark(ax, x - 4, y, "?", "vermillion")  # beside the ! of a missed one
    for j in missed:
        y, x = np.argwhere(ids == j + 1).mean(0)
        _mark(ax, x + 4, y, "!", "blue")
    key = "green: found, with its score; orange, dashed, ?: invented\nblue, thin: truth; blue !: missed"
    ax.set(xticks=[], yticks=[], title=key)
    return sheet


def _mark(ax: Any, x: float, y: float, sign: str, colour: str) -> None:
    """A sign on a light ground, which can be read where outlines and other signs are close."""
    ground = {"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 1}
    style = {"fontsize": 13, "weight": "bold", "color": PALETTE[colour], "bbox": ground}
    ax.text(x, y, sign, ha="center", va="center", **style)


def _full_mask(objects: Objects, index: int, size: tuple[int, int]) -> NDArray[np.bool_]:
    """One object's mask (h, w), not cropped to its box."""
    mask = np.zeros(size, bool)
    left, top, right, bottom = objects.boxes[index].tolist()
    mask[top:bottom, left:right] = objects.masks[index]
    return mask


def _outline(ax: Any, mask: NDArray[np.bool_], colour: str, style: str, width: float = 2) -> None:
    ax.contour(mask.astype(float), levels=[0.5], colors=PALETTE[colour], linestyles=style, linewidths=width)


def show_curves(curves: Mapping[str, tuple[Floats, Floats]]) -> Sheet:
    """Precision against recall, and dotted what COCO reads: the best precision at each recall or further right."""
    ends = "; ".join(f"{name}: up to recall {recall.max(initial=0):.2f}" for name, (recall, _) in curves.items())
    sheet = Sheet(5.6, 3.6, f"Precision against recall. {ends}.")
    ax = sheet.subplots()
    looks = zip(PALETTE.values(), ("-", "--", "-.") * 2, strict=False)
    dotted: dict[str, Any] = {"color": INK, "linestyle": ":", "linewidth": 1.6}
    for (name, (recall, precision)), (colour, style) in zip(curves.items(), looks, strict=False):
        marker = "o" if len(recall) < 20 else ""
        ax.plot(recall, precision, color=colour, linestyle=style, linewidth=2, marker=marker, label=name)
        best = [precision[recall >= level].max(initial=0) for level in RECALLS]
        ax.step(RECALLS, best, where="pre", zorder=3, **dotted)
    ax.plot([], [], label="best there or further right", **dotted)
    ax.set(xlim=(0, 1.02), ylim=(0, 1.03), xlabel="recall", ylabel="precision")
    ax.legend(frameon=False, fontsize=9, loc="lower left")
    return sheet
