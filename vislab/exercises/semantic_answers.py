"""The exercises of notebook 03: the right answers, and the likely wrong ones with a hint for each."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from PIL import Image
from scipy.ndimage import maximum_filter, minimum_filter, zoom

from vislab.exercises.recognising import Mistake
from vislab.metrics import pixels as of_pixels

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
        "should be `pixels.sum()`, or the loss becomes tiny.",
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

# Errors near a boundary


def near_boundary(mask: Mask, width: int = NEAR) -> Any:
    """Pixels of a mask (h, w) with another class at most `width` pixels away, bool (h, w); as in the notebook."""
    size = 2 * width + 1
    return maximum_filter(mask, size) != minimum_filter(mask, size)


def share_near(truth: Mask, said: Mask) -> float:
    """The share of wrong pixels that lie near a boundary of the truth, NaN where none is wrong."""
    wrong = truth != said
    return float((wrong & near_boundary(truth)).sum() / wrong.sum()) if wrong.any() else np.nan


def _near_share(part: Callable[[Any, Any], Any], whole: Callable[[Any, Any], Any]) -> Callable[[Mask, Mask], float]:
    """A share, from what is counted (truth, said) and what it is divided by."""
    return lambda truth, said: float(np.float64(part(truth, said).sum()) / whole(truth, said).sum())


def _wrong(truth: Mask, said: Mask) -> Any:
    return truth != said


def _wrong_near(truth: Mask, said: Mask) -> Any:
    return (truth != said) & near_boundary(truth)


NEARNESS = (
    Mistake(
        lambda t, s: np.nan_to_num(share_near(t, s)),
        "Where nothing is wrong, 0 would say that all errors lie far from the boundaries. There are none: NaN.",
    ),
    Mistake(
        lambda t, s: np.nan_to_num(share_near(t, s), nan=1.0),
        "Where nothing is wrong, 1 would say that all errors lie near the boundaries. There are none: NaN.",
    ),
    Mistake(
        _near_share(_wrong_near, lambda t, s: near_boundary(t)),
        "You divided by the pixels near a boundary: that is how often the model errs there. Asked is which part of "
        "its errors lies there: divide by the errors.",
    ),
    Mistake(
        _near_share(_wrong_near, lambda t, s: np.ones(t.shape)),
        "You divided by all pixels of the picture. Divide by the wrong ones.",
    ),
    Mistake(
        _near_share(lambda t, s: _wrong(t, s) & near_boundary(s), _wrong),
        "You took the boundaries of what was said. An object that is missed altogether has none there. Take those "
        "of the truth.",
    ),
    Mistake(
        _near_share(lambda t, s: _wrong(t, s) & ~near_boundary(t), _wrong),
        "This is the share far from any boundary: the other part.",
    ),
    Mistake(
        _near_share(lambda t, s: (t == s) & near_boundary(t), lambda t, s: t == s),
        "You looked at the right pixels: where `truth == said` the model does not err.",
    ),
    Mistake(
        _near_share(lambda t, s: (t == s) & near_boundary(t), lambda t, s: near_boundary(t)),
        "You looked at the right pixels near a boundary. Asked is where the wrong ones are.",
    ),
    Mistake(
        _near_share(lambda t, s: near_boundary(t), lambda t, s: np.ones(t.shape)),
        "This is the share of all pixels that lie near a boundary, right or wrong: a good number to compare with, "
        "and not the one asked for.",
    ),
    Mistake(
        _near_share(_wrong, lambda t, s: np.ones(t.shape)),
        "This is the share of wrong pixels, wherever they are.",
    ),
)
