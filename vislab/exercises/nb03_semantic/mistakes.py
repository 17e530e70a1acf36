"""The exercises of notebook 03: the right answers, and the likely wrong ones with a hint for each."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from PIL import Image
from scipy.ndimage import maximum_filter, minimum_filter, zoom

from vislab.evaluation.metrics import segmentation as of_pixels
from vislab.exercises.checking.recognising import Mistake

Mask = np.ndarray[Any, np.dtype[Any]]
NEAR = 2  # pixels from a boundary that are near it

# A mask made larger


def enlarge(mask: Mask, factor: int) -> Mask:
    """Each pixel of a mask (h, w) as a square of factor × factor."""
    return mask.repeat(factor, 0).repeat(factor, 1)


def _resized(how: Image.Resampling, turned: bool = False) -> Callable[[Mask, int], Mask]:
    """Pillow's resize; `turned` gives it height and width in the wrong order."""

    def resize(mask: Mask, factor: int) -> Mask:
        high, wide = (side * factor for side in mask.shape)
        return np.asarray(Image.fromarray(mask).resize((high, wide) if turned else (wide, high), how))

    return resize


ENLARGING = (
    Mistake(
        _resized(Image.Resampling.BILINEAR),
        "Between a 0 and a 2 stands a 1: a class that nobody said, the mean of two class numbers. Bilinear blends; "
        "take the one setting that copies the nearest pixel.",
    ),
    Mistake(
        _resized(Image.Resampling.BICUBIC),
        "Bicubic, like Lanczos, blends as bilinear does, over more pixels. Class numbers must be copied.",
    ),
    Mistake(
        lambda mask, factor: zoom(mask, factor),
        "zoom blends (order=3) unless it is told not to, and class numbers must be copied.",
    ),
    Mistake(
        lambda mask, factor: zoom(mask, factor, order=0),
        "Nothing is blended any more, but zoom lays corners on corners, so the squares differ in size. "
        "Image.NEAREST, or .repeat twice, makes them equal.",
    ),
    Mistake(
        lambda mask, factor: np.tile(mask, (factor, factor)),
        "This lays copies of the whole mask side by side. It is each pixel that should be repeated.",
    ),
    Mistake(
        lambda mask, factor: mask.repeat(factor, 0),
        "The rows are repeated, the columns are not yet.",
    ),
    Mistake(
        lambda mask, factor: mask.repeat(factor, 1),
        "The columns are repeated, the rows are not yet.",
    ),
    Mistake(
        _resized(Image.Resampling.NEAREST, turned=True),
        "Height and width have changed places: Pillow's resize wants (width, height), NumPy's shape is (height, "
        "width).",
    ),
    Mistake(
        _resized(Image.Resampling.BILINEAR, turned=True),
        "Two things: Pillow's resize wants (width, height), and bilinear blends class numbers.",
    ),
)

# Intersection over union


def iou(counts: Mask) -> Mask:
    """Intersection over union of each class, as vislab's own metric has it."""
    return np.asarray(of_pixels.class_iou(torch.as_tensor(counts)))


def _parts(counts: Mask) -> tuple[Mask, Mask, Mask]:
    """Pixels of each class that agree, that the truth has, that were said; as floats, so that 0 / 0 is NaN."""
    return counts.diagonal().astype(float), counts.sum(1).astype(float), counts.sum(0).astype(float)


def _over_union(counts: Mask) -> Mask:
    hit, there, said = _parts(counts)
    return np.asarray(hit / (there + said - hit))


def _dice(counts: Mask) -> Mask:
    hit, there, said = _parts(counts)
    return np.asarray(2 * hit / (there + said))


def _of(which: int) -> Callable[[Mask], Mask]:
    """Divided by one side alone: 1 the truth, 2 what was said."""
    return lambda counts: np.asarray(_parts(counts)[0] / _parts(counts)[which])


OVERLAPS = (
    Mistake(
        lambda c: np.nan_to_num(_over_union(c)),
        "A class that neither has is not 0: the model made no mistake about it. NaN says that there is nothing to "
        "judge.",
    ),
    Mistake(
        lambda c: np.nan_to_num(_over_union(c), nan=1.0),
        "A class that neither has is not 1: nothing was shown. NaN says that there is nothing to judge, and "
        "np.nanmean leaves it out.",
    ),
    Mistake(
        lambda c: np.where(c.sum(1) > 0, _over_union(c), np.nan),
        "NaN is for a class that neither has. This one was said where it is not: that is an IoU of 0.",
    ),
    Mistake(
        _of(1),
        "You divided by the truth, not by the union: then a model that says this class everywhere is perfect.",
    ),
    Mistake(
        _of(2),
        "You divided by what was said, not by the union: then a model that dares a single pixel is perfect.",
    ),
    Mistake(
        lambda c: _parts(c)[0] / (_parts(c)[1] + _parts(c)[2]),
        "The pixels on which both agree are in the truth and in what was said, so the sum counts them twice. "
        "Subtract them once.",
    ),
    Mistake(
        _dice,
        "This is Dice: twice the agreement, divided by both areas. A good score, and another one. The union counts "
        "each pixel once.",
    ),
    Mistake(
        lambda c: _over_union(c)[1:],
        "The background is a class too: one number for each row of counts, the first one included.",
    ),
    Mistake(
        lambda c: _over_union(c[1:, 1:]),
        "The background's row and column are gone, and with them every cell taken for background. It is a class too.",
    ),
    Mistake(
        lambda c: np.nanmean(_over_union(c)),
        "That is the mean over the classes. Return one number for each.",
    ),
    Mistake(
        lambda c: c.diagonal() / c.sum(),
        "You divided by all pixels. Look only where the truth or the model says the class.",
    ),
    Mistake(
        lambda c: c.diagonal().sum() / c.sum(),
        "That is the share of right pixels, the score that flatters. Return one number for each class.",
    ),
)

# Class weights


def weights(pixels: Mask) -> Mask:
    """Weights (c,) with which all classes that are there weigh the same, and together as much as pixels (c,) do."""
    there = pixels > 0
    shares = pixels.sum() / max(1, there.sum())  # the pixels that each class should weigh
    return np.where(there, shares / np.maximum(pixels, 1), 0.0)


def _scaled(weights: Mask, to: float) -> Mask:
    return np.asarray(weights * to / weights.sum())


WEIGHTS = (
    Mistake(
        lambda n: n / n.sum(),
        "These are the frequencies themselves: common classes would weigh still more. Rare ones need the large "
        "weights.",
    ),
    Mistake(
        lambda n: 1 - n / n.sum(),
        "Rare classes weigh more, but hardly: check whether weight × pixels comes out the same for every class.",
    ),
    Mistake(
        lambda n: 1 / n,
        "The ratios are right. But all together should weigh as much as the pixels do: the sum of weight × pixels "
        "should be `pixels.sum()`.",
    ),
    Mistake(
        lambda n: n.sum() / n,
        "Nearly: each class now weighs as much as all pixels together. Share them among the classes.",
    ),
    Mistake(
        lambda n: _scaled(1 / n, 1),
        "The ratios are right. You made the weights add up to 1; it is weight × pixels that should add up to "
        "`pixels.sum()`.",
    ),
    Mistake(
        lambda n: _scaled(1 / n, len(n)),
        "The ratios are right. You made the mean weight 1 over the classes; it should be 1 over the pixels.",
    ),
    Mistake(
        lambda n: np.median(n) / n,
        "The ratios are right, and the median is a known way to scale them. Here the sum of weight × pixels should "
        "be `pixels.sum()`.",
    ),
    Mistake(
        lambda n: np.sqrt(n.sum() / len(n) / n),
        "The root makes it milder, which is often wise. Here every class should weigh the same in all: leave the "
        "root out.",
    ),
    Mistake(
        lambda n: n.sum() / len(n) / n,
        "A class without a pixel: dividing by 0 gives an infinite weight, and the loss is no number from then on. "
        "Give it the weight 0.",
    ),
    Mistake(
        lambda n: np.where(n > 0, n.sum() / len(n) / np.maximum(n, 1), 0),
        "The class that is not there has weight 0, and still takes its part: share the pixels only among the "
        "classes that are there.",
    ),
    Mistake(
        lambda n: n.sum() / len(n) / np.maximum(n, 1),
        "A class without a pixel should weigh 0, and takes no part in the sharing.",
    ),
)

# Intersection over union of edge bands


def near_boundary(mask: Mask, width: int = NEAR) -> Any:
    """Pixels of a mask (h, w) with another class at most `width` pixels away, bool (h, w); as in the notebook."""
    size = 2 * width + 1
    return maximum_filter(mask, size) != minimum_filter(mask, size)


def band_iou(truth: Mask, said: Mask, width: int) -> float:
    """Boundary IoU of two Boolean masks, as vislab's own metric has it."""
    there, guessed = (torch.as_tensor(mask.astype(np.uint8))[None] for mask in (truth, said))
    return float(of_pixels.boundary_iou(of_pixels.count_boundary(there, guessed, 2, width))[1])


def _share(part: Any, whole: Any) -> float:
    return float(np.float64(part.sum()) / whole.sum())


def _bands(truth: Mask, said: Mask, width: int) -> tuple[Any, Any]:
    return truth & near_boundary(truth, width), said & near_boundary(said, width)


def _in_both(there: Any, said: Any) -> float:
    return _share(there & said, there | said)


def _from_bands(how: Callable[[Any, Any], float]) -> Callable[[Mask, Mask, int], float]:
    return lambda truth, said, width: how(*_bands(truth, said, width))


BANDS = (
    Mistake(
        lambda t, s, w: np.nan_to_num(band_iou(t, s, w)),
        "Where neither mask has an edge there is nothing to judge: NaN. A 0 would say that all edges are wrong.",
    ),
    Mistake(
        lambda t, s, w: np.nan_to_num(band_iou(t, s, w), nan=1.0),
        "Where neither mask has an edge there is nothing to judge: NaN. A 1 would say that all edges are right.",
    ),
    Mistake(
        lambda t, s, w: band_iou(t, s, w) if _bands(t, s, w)[0].any() else float("nan"),
        "NaN is for two masks without a band. Here the truth has none, and a band was said where nothing is: 0.",
    ),
    Mistake(
        lambda t, s, w: band_iou(t, s, w) if _bands(t, s, w)[1].any() else float("nan"),
        "NaN is for two masks without a band. Here nothing was said, and the truth has a band that was missed: 0.",
    ),
    Mistake(
        lambda t, s, w: _in_both(t, s),
        "This is the IoU of the whole masks: the insides, which are easy, count as well. Keep of each mask only its "
        "band: `mask & near_boundary(mask, width)`.",
    ),
    Mistake(
        lambda t, s, w: _in_both(near_boundary(t, w), near_boundary(s, w)),
        "`near_boundary` is True on both sides of an edge. The band of a mask is its own side: "
        "`mask & near_boundary(mask, width)`.",
    ),
    Mistake(
        lambda t, s, w: _in_both(t & near_boundary(t, w), s & near_boundary(t, w)),
        "You cut both bands along the boundaries of the truth. What was said has a boundary of its own.",
    ),
    Mistake(
        lambda t, s, w: _in_both(t & near_boundary(s, w), s & near_boundary(s, w)),
        "You cut both bands along the boundaries of what was said. The truth has a boundary of its own.",
    ),
    Mistake(
        lambda t, s, w: band_iou(t, s, NEAR),
        "The width that was given is not used: `near_boundary(mask, width)`.",
    ),
    Mistake(
        _from_bands(lambda t, s: _share(t & s, t)),
        "You divided by the truth's band, not by the union of both: a mask with a band that is far too wide would be "
        "perfect.",
    ),
    Mistake(
        _from_bands(lambda t, s: _share(t & s, s)),
        "You divided by the band of what was said, not by the union of both.",
    ),
    Mistake(
        _from_bands(lambda t, s: float(2 * np.float64((t & s).sum()) / (t.sum() + s.sum()))),
        "This is Dice of the two bands. The union counts each pixel once.",
    ),
    Mistake(
        _from_bands(lambda t, s: float(np.float64((t & s).sum()) / (t.sum() + s.sum()))),
        "The pixels in both bands are in each of them, so the sum counts them twice. `band | band` counts them once.",
    ),
    Mistake(
        lambda t, s, w: _in_both(t & ~near_boundary(t, w), s & ~near_boundary(s, w)),
        "You kept the insides and threw the bands away: the ~ is one too many.",
    ),
)
