"""The likely mistakes in the exercises of notebook 03, each with a hint."""

from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image
from scipy.ndimage import zoom

from vislab.exercises.checking.recognising import Mistake
from vislab.exercises.checking.small_pictures import Mask
from vislab.exercises.nb03_semantic.reference import boundary_iou, class_iou, near_boundary

# Enlarge a mask


def _resize(method: Image.Resampling, swapped: bool = False) -> Callable[[Mask, int], Mask]:
    """Pillow's resize; `swapped` gives it height and width in the wrong order."""

    def resize(mask: Mask, factor: int) -> Mask:
        height, width = (side * factor for side in mask.shape)
        return np.asarray(Image.fromarray(mask).resize((height, width) if swapped else (width, height), method))

    return resize


def _blend_one_hot(mask: Mask, factor: int) -> Mask:
    """Each class on its own blended, and at each pixel the largest."""
    blended = [_resize(Image.Resampling.BILINEAR)((mask == k).astype(np.float32), factor) for k in range(3)]
    return np.asarray(np.argmax(blended, 0))


def _first_of_each_square(mask: Mask, factor: int) -> Mask:
    """Each pixel at the corner of its square, zeros elsewhere."""
    larger = np.zeros([side * factor for side in mask.shape], mask.dtype)
    larger[::factor, ::factor] = mask
    return larger


ENLARGING = (
    Mistake("Between a 0 and a 2 there is a 1, a class that was not there: bilinear blends. Copy the nearest pixel.",
        _resize(Image.Resampling.BILINEAR)),
    Mistake("Bicubic, like Lanczos, blends as bilinear does, over more pixels. Class numbers must be copied.",
        _resize(Image.Resampling.BICUBIC)),
    Mistake("zoom blends unless you set its order (order=3), and class numbers must be copied.",
        lambda mask, factor: zoom(mask, factor)),
    Mistake("Nothing is blended any more, but zoom lays corners on corners, so the squares differ in size.",
        lambda mask, factor: zoom(mask, factor, order=0)),
    Mistake("This lays copies of the whole mask side by side. Repeat each pixel instead.",
        lambda mask, factor: np.tile(mask, (factor, factor))),
    Mistake("Blending each class on its own invents no class, but rounds corners. Each pixel must stay a square: copy.",
        _blend_one_hot),
    Mistake("Only one pixel of each square is set. The whole square gets its class.", _first_of_each_square),
    Mistake("Without an axis, .repeat makes one long row: repeat rows (axis 0), and then columns (axis 1).",
        lambda mask, factor: mask.repeat(factor)),
    Mistake("The rows are repeated, the columns are not yet.", lambda mask, factor: mask.repeat(factor, 0)),
    Mistake("The columns are repeated, the rows are not yet.", lambda mask, factor: mask.repeat(factor, 1)),
    Mistake("Height and width have changed places: Pillow wants (width, height), NumPy's shape is (height, width).",
        _resize(Image.Resampling.NEAREST, swapped=True)),
    Mistake("Two things: Pillow's resize wants (width, height), and bilinear blends class numbers.",
        _resize(Image.Resampling.BILINEAR, swapped=True)),
)  # fmt: skip

# Intersection over union


def _divide(counts: Mask, whole: Callable[[Mask, Mask, Mask], Mask]) -> Mask:
    """Pixels that agree, over a whole made of these, the true and the predicted ones; floats, so that 0 / 0 is NaN."""
    agreed = counts.diagonal().astype(float)
    return np.asarray(agreed / whole(agreed, counts.sum(1), counts.sum(0)))


IOU = (
    Mistake("If neither has a class, its IoU is not 0, as the model made no mistake about it, but NaN.",
        lambda c: np.nan_to_num(class_iou(c))),
    Mistake("If neither has a class, its IoU is not 1, as there is nothing to judge, but NaN; np.nanmean skips it.",
        lambda c: np.nan_to_num(class_iou(c), nan=1.0)),
    Mistake("NaN is for a class that neither has. This one was predicted where it is not: its IoU is 0.",
        lambda c: np.where(c.sum(1) > 0, class_iou(c), np.nan)),
    Mistake("You divided by the truth, not by the union: a model that says this class everywhere would be perfect.",
        lambda c: _divide(c, lambda agreed, true, predicted: true)),
    Mistake("You divided by the prediction, not by the union: a model that dares a single pixel would be perfect.",
        lambda c: _divide(c, lambda agreed, true, predicted: predicted)),
    Mistake("The sum counts the pixels on which both agree twice. Subtract them once.",
        lambda c: _divide(c, lambda agreed, true, predicted: true + predicted)),
    Mistake("The agreed pixels are subtracted twice, so the union lacks them. Subtract them once.",
        lambda c: _divide(c, lambda agreed, true, predicted: true + predicted - 2 * agreed)),
    Mistake("`//` rounds down, and nearly every IoU becomes 0. Divide with `/`.", lambda c: np.floor(class_iou(c))),
    Mistake("That is the IoU of the first class. Return one number for each: is `return` inside the loop?",
        lambda c: class_iou(c)[0]),
    Mistake("This is Dice, a good score, but another one. The union counts each pixel once.",
        lambda c: _divide(c, lambda agreed, true, predicted: (true + predicted) / 2)),
    Mistake("The background is a class too: return one number for each row of counts, including the first.",
        lambda c: class_iou(c)[1:]),
    Mistake("The background's row and column are gone, and with them every cell taken for background.",
        lambda c: class_iou(c[1:, 1:])),
    Mistake("That is the mean over the classes. Return one number for each.", lambda c: np.nanmean(class_iou(c))),
    Mistake("You divided by all pixels. Look only where the truth or the model says the class.",
        lambda c: c.diagonal() / c.sum()),
    Mistake("That is the share of right pixels, the score that flatters. Return one number for each class.",
        lambda c: c.diagonal().sum() / c.sum()),
)  # fmt: skip

# Class weights

WEIGHTS = (
    Mistake("These are the frequencies themselves. Rare classes need the large weights.", lambda n: n / n.sum()),
    Mistake("This is upside down: rare classes need the large weights.", lambda n: n * (n > 0).sum() / n.sum()),
    Mistake("That is weight × pixels, what each class should weigh in all. Divide it by the class's own pixels.",
        lambda n: np.full(len(n), n.sum() / (n > 0).sum())),
    Mistake("Rare classes weigh more, but hardly: check whether weight × pixels is the same for every class.",
        lambda n: 1 - n / n.sum()),
    Mistake("The ratios are right. But all together, weight × pixels should add up to `pixels.sum()`.",
        lambda n: 1 / n, lambda n: n.max() / n, lambda n: n[n > 0].min() / n),
    Mistake("Nearly: each class now weighs as much as all pixels together. Share them among the classes.",
        lambda n: n.sum() / n),
    Mistake("The ratios are right. The weights add up to 1; but weight × pixels should add up to `pixels.sum()`.",
        lambda n: 1 / n / (1 / n).sum()),
    Mistake("The ratios are right. You made the mean weight 1 over the classes; it should be 1 over the pixels.",
        lambda n: 1 / n / (1 / n).mean()),
    Mistake("The median is a known way to scale them. Here weight × pixels should add up to `pixels.sum()`.",
        lambda n: np.median(n) / n),
    Mistake("The root is milder, which is often wise. Here every class should weigh the same: leave the root out.",
        lambda n: np.sqrt(n.sum() / len(n) / n)),
    Mistake("A class without a pixel gets an infinite weight, and the loss becomes NaN. Give it the weight 0.",
        lambda n: n.sum() / len(n) / n),
    Mistake("np.nan_to_num makes an infinite weight a huge number. A class without a pixel weighs 0, and has no share.",
        lambda n: np.nan_to_num(n.sum() / len(n) / n), lambda n: np.nan_to_num(n.sum() / (n > 0).sum() / n)),
    Mistake("The absent class has weight 0, but still takes its part. Share the pixels among the other classes.",
        lambda n: np.where(n > 0, n.sum() / len(n) / np.maximum(n, 1), 0)),
    Mistake("A class without a pixel should weigh 0, and takes no part in the sharing.",
        lambda n: n.sum() / len(n) / np.maximum(n, 1)),
)  # fmt: skip

# Boundary IoU


def _share(part: Any, whole: Any) -> float:
    return float(np.float64(part.sum()) / np.float64(whole.sum()))


def _iou(truth: Any, prediction: Any) -> float:
    return _share(truth & prediction, truth | prediction)


def _band(mask: Mask, width: int) -> Any:
    return mask & near_boundary(mask, width)


def _outside(mask: Mask, width: int) -> Any:
    return ~mask & near_boundary(mask, width)


def _of_bands(score: Callable[[Any, Any], float]) -> Callable[[Mask, Mask, int], float]:
    """Another score of the right bands."""
    return lambda truth, prediction, width: score(_band(truth, width), _band(prediction, width))


def _same_band(join: Callable[[Any, Any], Any]) -> Callable[[Mask, Mask, int], float]:
    """The IoU within one band for both masks, made from their two neighbourhoods of a boundary."""

    def score(truth: Mask, prediction: Mask, width: int) -> float:
        band = join(near_boundary(truth, width), near_boundary(prediction, width))
        return _share(truth & prediction & band, (truth | prediction) & band)

    return score


BANDS = (
    Mistake("If neither mask has a band there is nothing to judge: NaN. A 0 would mean that all edges are wrong.",
        lambda t, p, w: np.nan_to_num(boundary_iou(t, p, w))),
    Mistake("If neither mask has a band there is nothing to judge: NaN. A 1 would mean that all edges are right.",
        lambda t, p, w: np.nan_to_num(boundary_iou(t, p, w), nan=1.0)),
    Mistake("NaN is for two masks without a band. Here the truth has none, and the prediction has one: 0.",
        lambda t, p, w: boundary_iou(t, p, w) if _band(t, w).any() else float("nan")),
    Mistake("NaN is for two masks without a band. Here the prediction has none, and misses the band of the truth: 0.",
        lambda t, p, w: boundary_iou(t, p, w) if _band(p, w).any() else float("nan")),
    Mistake("This is the IoU of the whole masks. Keep only their bands: `mask & near_boundary(mask, width)`.",
        lambda t, p, w: _iou(t, p)),
    Mistake("`near_boundary` is True on both sides of an edge. The band of a mask is only its own side.",
        lambda t, p, w: _iou(near_boundary(t, w), near_boundary(p, w))),
    Mistake("You cut both bands along the boundaries of the truth. The prediction has a boundary of its own.",
        lambda t, p, w: _iou(t & near_boundary(t, w), p & near_boundary(t, w))),
    Mistake("You cut both bands along the boundaries of the prediction. The truth has a boundary of its own.",
        lambda t, p, w: _iou(t & near_boundary(p, w), p & near_boundary(p, w))),
    Mistake("Both masks are cut along the same band. Keep of each mask only what lies along its *own* boundary.",
        _same_band(np.logical_or), _same_band(np.logical_and)),
    Mistake("These are bands of the intersection and of the union. First make the band of each *mask*, then compare.",
        lambda t, p, w: _share(_band(t & p, w), _band(t | p, w)),
        lambda t, p, w: _share(near_boundary(t & p, w), near_boundary(t | p, w))),
    Mistake("These bands lie outside the masks: remove the ~.", lambda t, p, w: _iou(_outside(t, w), _outside(p, w))),
    Mistake("This divides pixel by pixel. Count each band's pixels first, with .sum().",
        lambda t, p, w: (_band(t, w) & _band(p, w)) / (_band(t, w) | _band(p, w))),
    Mistake("You do not use the given width: `near_boundary(mask, width)`.", lambda t, p, w: boundary_iou(t, p, 2)),
    Mistake("You divided by the truth's band, not by the union of both: a band that is far too wide would be perfect.",
        _of_bands(lambda t, p: _share(t & p, t))),
    Mistake("You divided by the band of the prediction, not by the union of both.",
        _of_bands(lambda t, p: _share(t & p, p))),
    Mistake("This is Dice of the two bands. The union counts each pixel once.",
        _of_bands(lambda t, p: 2 * float(np.float64((t & p).sum()) / (t.sum() + p.sum())))),
    Mistake("The sum counts the pixels in both bands twice. `band | band` counts them once.",
        _of_bands(lambda t, p: float(np.float64((t & p).sum()) / (t.sum() + p.sum())))),
    Mistake("You kept the insides and threw the bands away: remove the ~.",
        lambda t, p, w: _iou(t & ~near_boundary(t, w), p & ~near_boundary(p, w))),
)  # fmt: skip
