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


ENLARGING = (
    Mistake(_resize(Image.Resampling.BILINEAR),
            "Between a 0 and a 2 there is a 1, a class that was not there: bilinear blends. Copy the nearest pixel."),
    Mistake(_resize(Image.Resampling.BICUBIC),
            "Bicubic, like Lanczos, blends as bilinear does, over more pixels. Class numbers must be copied."),
    Mistake(lambda mask, factor: zoom(mask, factor),
            "zoom blends unless you set its order (order=3), and class numbers must be copied."),
    Mistake(lambda mask, factor: zoom(mask, factor, order=0),
            "Nothing is blended any more, but zoom lays corners on corners, so the squares differ in size."),
    Mistake(lambda mask, factor: np.tile(mask, (factor, factor)),
            "This lays copies of the whole mask side by side. Repeat each pixel instead."),
    Mistake(lambda mask, factor: mask.repeat(factor, 0), "The rows are repeated, the columns are not yet."),
    Mistake(lambda mask, factor: mask.repeat(factor, 1), "The columns are repeated, the rows are not yet."),
    Mistake(_resize(Image.Resampling.NEAREST, swapped=True),
            "Height and width have changed places: Pillow wants (width, height), NumPy's shape is (height, width)."),
    Mistake(_resize(Image.Resampling.BILINEAR, swapped=True),
            "Two things: Pillow's resize wants (width, height), and bilinear blends class numbers."),
)  # fmt: skip

# Intersection over union


def _divide(counts: Mask, whole: Callable[[Mask, Mask, Mask], Mask]) -> Mask:
    """Pixels that agree, over a whole made of these, the true and the predicted ones; floats, so that 0 / 0 is NaN."""
    agreed = counts.diagonal().astype(float)
    return np.asarray(agreed / whole(agreed, counts.sum(1), counts.sum(0)))


IOU = (
    Mistake(lambda c: np.nan_to_num(class_iou(c)),
            "If neither has a class, its IoU is not 0, as the model made no mistake about it, but NaN."),
    Mistake(lambda c: np.nan_to_num(class_iou(c), nan=1.0),
            "If neither has a class, its IoU is not 1, as there is nothing to judge, but NaN; np.nanmean skips it."),
    Mistake(lambda c: np.where(c.sum(1) > 0, class_iou(c), np.nan),
            "NaN is for a class that neither has. This one was predicted where it is not: its IoU is 0."),
    Mistake(lambda c: _divide(c, lambda agreed, true, predicted: true),
            "You divided by the truth, not by the union: a model that says this class everywhere would be perfect."),
    Mistake(lambda c: _divide(c, lambda agreed, true, predicted: predicted),
            "You divided by the prediction, not by the union: a model that dares a single pixel would be perfect."),
    Mistake(lambda c: _divide(c, lambda agreed, true, predicted: true + predicted),
            "The sum counts the pixels on which both agree twice. Subtract them once."),
    Mistake(lambda c: _divide(c, lambda agreed, true, predicted: (true + predicted) / 2),
            "This is Dice, a good score, but another one. The union counts each pixel once."),
    Mistake(lambda c: class_iou(c)[1:],
            "The background is a class too: return one number for each row of counts, including the first."),
    Mistake(lambda c: class_iou(c[1:, 1:]),
            "The background's row and column are gone, and with them every cell taken for background."),
    Mistake(lambda c: np.nanmean(class_iou(c)), "That is the mean over the classes. Return one number for each."),
    Mistake(lambda c: c.diagonal() / c.sum(),
            "You divided by all pixels. Look only where the truth or the model says the class."),
    Mistake(lambda c: c.diagonal().sum() / c.sum(),
            "That is the share of right pixels, the score that flatters. Return one number for each class."),
)  # fmt: skip

# Class weights

WEIGHTS = (
    Mistake(lambda n: n / n.sum(),
            "These are the frequencies themselves. Rare classes need the large weights."),
    Mistake(lambda n: 1 - n / n.sum(),
            "Rare classes weigh more, but hardly: check whether weight × pixels is the same for every class."),
    Mistake(lambda n: 1 / n,
            "The ratios are right. But all together, weight × pixels should add up to `pixels.sum()`."),
    Mistake(lambda n: n.sum() / n,
            "Nearly: each class now weighs as much as all pixels together. Share them among the classes."),
    Mistake(lambda n: 1 / n / (1 / n).sum(),
            "The ratios are right. The weights add up to 1; but weight × pixels should add up to `pixels.sum()`."),
    Mistake(lambda n: 1 / n / (1 / n).mean(),
            "The ratios are right. You made the mean weight 1 over the classes; it should be 1 over the pixels."),
    Mistake(lambda n: np.median(n) / n,
            "The median is a known way to scale them. Here weight × pixels should add up to `pixels.sum()`."),
    Mistake(lambda n: np.sqrt(n.sum() / len(n) / n),
            "The root is milder, which is often wise. Here every class should weigh the same: leave the root out."),
    Mistake(lambda n: n.sum() / len(n) / n,
            "A class without a pixel gets an infinite weight, and the loss becomes NaN. Give it the weight 0."),
    Mistake(lambda n: np.where(n > 0, n.sum() / len(n) / np.maximum(n, 1), 0),
            "The absent class has weight 0, but still takes its part. Share the pixels among the other classes."),
    Mistake(lambda n: n.sum() / len(n) / np.maximum(n, 1),
            "A class without a pixel should weigh 0, and takes no part in the sharing."),
)  # fmt: skip

# Boundary IoU


def _share(part: Any, whole: Any) -> float:
    return float(np.float64(part.sum()) / np.float64(whole.sum()))


def _iou(truth: Any, prediction: Any) -> float:
    return _share(truth & prediction, truth | prediction)


def _band(mask: Mask, width: int) -> Any:
    return mask & near_boundary(mask, width)


def _of_bands(score: Callable[[Any, Any], float]) -> Callable[[Mask, Mask, int], float]:
    """Another score of the right bands."""
    return lambda truth, prediction, width: score(_band(truth, width), _band(prediction, width))


BANDS = (
    Mistake(lambda t, p, w: np.nan_to_num(boundary_iou(t, p, w)),
            "If neither mask has a band there is nothing to judge: NaN. A 0 would mean that all edges are wrong."),
    Mistake(lambda t, p, w: np.nan_to_num(boundary_iou(t, p, w), nan=1.0),
            "If neither mask has a band there is nothing to judge: NaN. A 1 would mean that all edges are right."),
    Mistake(lambda t, p, w: boundary_iou(t, p, w) if _band(t, w).any() else float("nan"),
            "NaN is for two masks without a band. Here the truth has none, and the prediction has one: 0."),
    Mistake(lambda t, p, w: boundary_iou(t, p, w) if _band(p, w).any() else float("nan"),
            "NaN is for two masks without a band. Here the prediction has none, and misses the band of the truth: 0."),
    Mistake(lambda t, p, w: _iou(t, p),
            "This is the IoU of the whole masks. Keep only their bands: `mask & near_boundary(mask, width)`."),
    Mistake(lambda t, p, w: _iou(near_boundary(t, w), near_boundary(p, w)),
            "`near_boundary` is True on both sides of an edge. The band of a mask is only its own side."),
    Mistake(lambda t, p, w: _iou(t & near_boundary(t, w), p & near_boundary(t, w)),
            "You cut both bands along the boundaries of the truth. The prediction has a boundary of its own."),
    Mistake(lambda t, p, w: _iou(t & near_boundary(p, w), p & near_boundary(p, w)),
            "You cut both bands along the boundaries of the prediction. The truth has a boundary of its own."),
    Mistake(lambda t, p, w: boundary_iou(t, p, 2), "You do not use the given width: `near_boundary(mask, width)`."),
    Mistake(_of_bands(lambda t, p: _share(t & p, t)),
            "You divided by the truth's band, not by the union of both: a band that is far too wide would be perfect."),
    Mistake(_of_bands(lambda t, p: _share(t & p, p)),
            "You divided by the band of the prediction, not by the union of both."),
    Mistake(_of_bands(lambda t, p: 2 * float(np.float64((t & p).sum()) / (t.sum() + p.sum()))),
            "This is Dice of the two bands. The union counts each pixel once."),
    Mistake(_of_bands(lambda t, p: float(np.float64((t & p).sum()) / (t.sum() + p.sum()))),
            "The sum counts the pixels in both bands twice. `band | band` counts them once."),
    Mistake(lambda t, p, w: _iou(t & ~near_boundary(t, w), p & ~near_boundary(p, w)),
            "You kept the insides and threw the bands away: remove the ~."),
)  # fmt: skip
