"""What notebook 05 scores and looks at: objects made from the truth, the parts of average precision, its figures."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion

from vislab.data.scenes import Scenes
from vislab.evaluation.metrics.instances import match_objects
from vislab.evaluation.predict import predict
from vislab.models.grouping import Grouped, objects_of
from vislab.models.predictions import InstancePrediction, Objects, RegressionPrediction
from vislab.plotting.figures import INK, PALETTE, Sheet
from vislab.training.pretrained import pretrained

WINDOW = 13  # pixels around the middle of a cell that is shown
RECALLS = np.linspace(0, 1, 101)  # where COCO reads the curve
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


# Objects that no model said


def true_objects(scenes: Scenes) -> list[Objects]:
    """The true objects of each picture, all of score 1."""
    ids, classes = scenes.need("instances").cpu().long(), scenes.need("objects").cpu().long()
    found = []
    for one, kinds in zip(ids, classes, strict=True):
        there = kinds[kinds > 0]
        found.append(objects_of(Grouped(one, there, torch.ones(len(there)))))
    return found


def counted_blindly(counter: RegressionPrediction, album: Scenes, pictures: Scenes) -> InstancePrediction:
    """A counter that hands in other pictures' objects: as many as it counts, from an album it takes in turn.

    The first picture of the album with that many objects, begun where the last search ended; the nearest number where
    none has it.
    """
    sizes = album.count_objects().sum(1).cpu().numpy()
    wanted = counter.count.nansum(1).round().long().cpu().numpy()
    start, chosen = 0, []
    for number in wanted:
        order = np.roll(np.arange(len(album)), -start)
        index = int(order[np.abs(sizes[order] - number).argmin()])
        chosen.append(index)
        start = index + 1
    handed = tuple(true_objects(album[chosen]))
    return InstancePrediction("B", pictures.vocabulary, pictures.ids, handed, pictures.size)


def segmenter_b(album: Scenes, pictures: Scenes) -> InstancePrediction:
    """The "B" that notebook 05 begins with: the shipped regressor counts, and the album's objects are handed in."""
    counter = predict(pretrained("smear")["regression"], pictures)
    assert isinstance(counter, RegressionPrediction)
    return counted_blindly(counter, album, pictures)


def drawn_thin(scenes: Scenes, name: str = "one pixel too small") -> InstancePrediction:
    """The true objects, each without the pixels at its rim; where nothing would be left, as they are."""
    thin = tuple(replace(one, masks=tuple(map(_without_rim, one.masks))) for one in true_objects(scenes))
    return InstancePrediction(name, scenes.vocabulary, scenes.ids, thin, scenes.size)


def _without_rim(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    inner = np.asarray(binary_erosion(mask), bool)
    return inner if inner.any() else mask


def as_boxes(said: InstancePrediction, name: str = "boxes") -> InstancePrediction:
    """The same objects, of which only the boxes are known: each box is full."""
    full = tuple(replace(one, masks=tuple(map(np.ones_like, one.masks))) for one in said.objects)
    return replace(said, name=name, objects=full)


# The parts of average precision


def match_by_score(iou: Floats, scores: Floats, at: float) -> Integers:
    """The true object that each prediction finds, -1 where none: int64 (p,), from IoUs (p, t) measured already.

    The surest prediction chooses first: the best of the true objects that are still free, if its IoU is `at` or more.
    """
    found, free = np.full(len(scores), -1), iou.copy()
    for guess in np.argsort(-scores, kind="stable"):
        best = int(free[guess].argmax()) if iou.shape[1] else -1
        if best >= 0 and free[guess, best] >= at:
            found[guess] = best
            free[:, best] = -1
    return found


def found_of_100(pictures: Scenes, said: InstancePrediction, at: float = 0.5) -> float:
    """How many of 100 true objects are found, whatever class was said."""
    pairs = match_objects(pictures, said.objects)
    hits = sum(int((match_by_score(pair.iou, pair.scores, at) >= 0).sum()) for pair in pairs)
    return 100 * hits / max(sum(len(pair.true) for pair in pairs), 1)


def curve(scores: Sequence[Floats], right: Sequence[NDArray[Any]], there: int) -> tuple[Floats, Floats]:
    """Recall and precision as the threshold falls past one prediction after another, those of all pictures pooled."""
    ranked = np.concatenate(right)[np.argsort(-np.concatenate(scores), kind="stable")]
    hits = ranked.cumsum()
    return hits / max(there, 1), hits / np.arange(1, len(ranked) + 1)


def pooled_ap(scores: Sequence[Floats], right: Sequence[NDArray[Any]], there: int) -> float:
    """Average precision as COCO has it: the mean, over 101 recalls, of the best precision at that recall or more."""
    if there == 0:
        return float("nan")
    recall, precision = curve(scores, right, there)
    return float(np.mean([precision[recall >= level].max(initial=0) for level in RECALLS]))


# Figures


def slid(radius: float, by: float) -> float:
    """The IoU of a disc and the same disc slid to the side."""
    overlap = 2 * np.arccos(by / (2 * radius)) - by / (2 * radius**2) * np.sqrt(4 * radius**2 - by**2)
    return float(overlap / (2 * np.pi - overlap))


def show_overlaps(pictures: Scenes, said: InstancePrediction, wanted: Sequence[float]) -> Sheet:
    """True cells and what was said of them: for each IoU the pair, whole in its picture, that comes nearest to it."""
    pairs = [
        (float(one.iou[guess, true]), picture, int(guess), int(true))
        for picture, one in enumerate(match_objects(pictures, said.objects))
        for guess, true in enumerate(one.iou.argmax(1) if one.iou.shape[1] else [])
        if one.true_area[true] > 100 and _inside(said.objects[picture].boxes[guess], said.size)
    ]
    chosen = [min(pairs, key=lambda pair: abs(pair[0] - level)) for level in wanted]
    values = ", ".join(f"{pair[0]:.2f}" for pair in chosen)
    sheet = Sheet(2.3 * len(chosen), 2.9, f"One cell each, outlines of truth and prediction; their IoUs: {values}.")
    for ax, (iou, picture, guess, true) in zip(sheet.subplots(1, len(chosen), squeeze=False)[0], chosen, strict=True):
        one = (pictures.need("instances")[picture] == true + 1).cpu().numpy()
        other = _whole(said.objects[picture], guess, said.size)
        y, x = np.nonzero(one | other)
        ax.imshow(pictures.images[picture].permute(1, 2, 0).cpu().numpy())
        _contour(ax, one, PALETTE["sky blue"], "-")
        _contour(ax, other, PALETTE["vermillion"], "--")
        left, top = (x.min() + x.max()) / 2 - WINDOW, (y.min() + y.max()) / 2 - WINDOW
        ax.set(xlim=(left, left + 2 * WINDOW), ylim=(top + 2 * WINDOW, top), xticks=[], yticks=[])
        ax.set_title(f"IoU {iou:.2f}")
    sheet.supxlabel("blue, solid: truth      orange, dashed: said", fontsize=13, color=INK)
    return sheet


def show_matches(picture: Scenes, said: InstancePrediction, found: Integers, index: int = 0) -> Sheet:
    """One picture's true objects and those said: found (numbered at their middle), invented (?) and missed (!)."""
    ids, objects = picture.need("instances")[index].cpu().numpy(), said.objects[index]
    missed = sorted(set(range(int(ids.max(initial=0)))) - set(found.tolist()))
    alt = f"{(found >= 0).sum()} objects said find a true one; {(found < 0).sum()} find none; {len(missed)} are missed."
    sheet = Sheet(5.4, 5.4, alt)
    ax = sheet.subplots()
    ax.imshow(127 + picture.images[index].permute(1, 2, 0).cpu().numpy() // 2)
    for true in range(int(ids.max(initial=0))):
        _contour(ax, ids == true + 1, PALETTE["sky blue"], "-", 1)
    for guess, true in enumerate(found.tolist()):
        mask = _whole(objects, guess, said.size)
        _contour(ax, mask, PALETTE["bluish green" if true >= 0 else "vermillion"], "-" if true >= 0 else "--")
        y, x = np.argwhere(mask).mean(0) if true >= 0 else np.argwhere(mask).mean(0) - (0, 3)
        ax.text(x, y, f"{objects.scores[guess]:.2f}" if true >= 0 else "?", ha="center", va="center", fontsize=9)
    for true in missed:
        y, x = np.argwhere(ids == true + 1).mean(0)
        ax.text(x + 3, y, "!", ha="center", va="center", fontsize=15, weight="bold", color=PALETTE["vermillion"])
    key = "green: found, with its score; orange, dashed, ?: invented\nblue, thin: truth; !: missed"
    ax.set(xticks=[], yticks=[], title=key)
    return sheet


def _inside(box: Integers, size: tuple[int, int]) -> bool:
    """Whether a box lies off the picture's border."""
    left, top, right, bottom = box.tolist()
    return bool(left > 3 and top > 3 and right < size[1] - 3 and bottom < size[0] - 3)


def _whole(objects: Objects, guess: int, size: tuple[int, int]) -> NDArray[np.bool_]:
    """One object's mask in its place."""
    mask = np.zeros(size, bool)
    left, top, right, bottom = objects.boxes[guess].tolist()
    mask[top:bottom, left:right] = objects.masks[guess]
    return mask


def _contour(ax: Any, mask: NDArray[np.bool_], colour: str, style: str, width: float = 2) -> None:
    ax.contour(mask.astype(float), levels=[0.5], colors=colour, linestyles=style, linewidths=width)


def show_curves(curves: Mapping[str, tuple[Floats, Floats]], best: bool = False) -> Sheet:
    """Precision against recall; best: also what COCO reads, the highest precision from each recall on, dotted."""
    ends = "; ".join(f"{name}: up to recall {recall.max(initial=0):.2f}" for name, (recall, _) in curves.items())
    sheet = Sheet(5.6, 3.6, f"Precision against recall. {ends}.")
    ax = sheet.subplots()
    for (name, (recall, precision)), colour, style in zip(
        curves.items(), PALETTE.values(), ("-", "--", "-.") * 2, strict=False
    ):
        marker = "o" if len(recall) < 20 else ""
        ax.plot(recall, precision, color=colour, linestyle=style, linewidth=2, marker=marker, label=name)
        if best:
            upper = [precision[recall >= level].max(initial=0) for level in RECALLS]
            ax.step(RECALLS, upper, where="pre", color=INK, linestyle=":", linewidth=1.6, zorder=3)
    if best:
        ax.plot([], [], color=INK, linestyle=":", linewidth=1.6, label="best there or further right")
    ax.set(xlim=(0, 1.02), ylim=(0, 1.03), xlabel="recall", ylabel="precision")
    ax.legend(frameon=False, fontsize=9, loc="lower left")
    return sheet
