"""How far the choice of pictures and of seeds may have moved a mean: percentile bootstrap, Student's t, and both."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
_AT_ONCE = 2**21  # drawn indices, which bounds the memory to some tens of megabytes


def bootstrap(values: NDArray[np.float64], seed: int = 0) -> tuple[float, float, float]:
    """The mean of one value a picture, and the ends of its 95 % interval over pictures.

    values: (n,); NaN stands for a picture that is not asked and is left out. NaN three times where none is asked.
    The pictures are drawn anew with replacement 2,000 times; the interval holds the middle 95 % of those means.
    Pairs of models are compared by the interval of their differences, picture by picture.
    Source: Efron & Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13.
    """
    values = np.asarray(values, np.float64)
    values = values[~np.isnan(values)]
    if not len(values):
        return float("nan"), float("nan"), float("nan")
    random = np.random.default_rng(seed)
    step = max(1, _AT_ONCE // len(values))
    means = [
        values[random.integers(0, len(values), (min(step, RESAMPLES - start), len(values)))].mean(1)
        for start in range(0, RESAMPLES, step)
    ]
    low, high = np.quantile(np.concatenate(means), [0.025, 0.975])
    return float(values.mean()), float(low), float(high)


def t_half_width(values: Sequence[float] | NDArray[np.float64]) -> float:
    """Half the 95 % interval of a mean over seeds (Student's t); infinite for one value.

    Source: Student 1908, Biometrika 6(1).
    """
    from scipy.special import stdtrit

    k = len(values)
    return float(stdtrit(k - 1, 0.975) * np.std(values, ddof=1) / math.sqrt(k)) if k > 1 else math.inf


def over_seeds(
    means: Sequence[float], half_widths: Sequence[float], sets_of_pictures: int = 1
) -> tuple[float, float, float]:
    """One mean with its 95 % interval from several seeds', each with a half-width over pictures; low and high.

    One seed: its own interval. Several: t · s / √k for the seeds and, added in squares, the mean half-width over
    pictures, which shrinks only with the number of different sets of pictures. Where each seed has its own pictures
    their choice counts twice: rather too wide than too narrow.
    """
    mean = float(np.mean(means))
    pictures = float(np.mean(half_widths)) / math.sqrt(sets_of_pictures)
    half = math.hypot(t_half_width(means), pictures) if len(means) > 1 else pictures
    return mean, mean - half, mean + half
