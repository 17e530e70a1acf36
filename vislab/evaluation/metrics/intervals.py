"""95 % intervals: of a mean over pictures (bootstrap), of shares of pictures, and over seeds (Student's t)."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
Z = 1.959964  # of a normal distribution 95 % lie within so many standard deviations of the mean
_AT_ONCE = 2**21  # drawn indices, which bounds the memory to some tens of megabytes


class MeanInterval(NamedTuple):
    """A mean and the ends of its 95 % interval."""

    mean: float
    low: float
    high: float


def bootstrap(values: NDArray[np.float64], seed: int = 0) -> MeanInterval:
    """The mean of one value a picture, and the ends of its 95 % interval over pictures.

    values: (n,); NaN leaves a picture out. NaN three times if all are left out.
    The pictures are drawn anew with replacement 2,000 times; the interval holds the middle 95 % of those means.
    Pairs of models are compared by the interval of their differences, picture by picture.
    Source: Efron & Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13.
    """
    values = np.asarray(values, np.float64)
    values = values[~np.isnan(values)]
    if not len(values):
        return MeanInterval(math.nan, math.nan, math.nan)
    random = np.random.default_rng(seed)
    step = max(1, _AT_ONCE // len(values))
    means = [
        values[random.integers(0, len(values), (min(step, RESAMPLES - start), len(values)))].mean(1)
        for start in range(0, RESAMPLES, step)
    ]
    low, high = np.quantile(np.concatenate(means), [0.025, 0.975])
    return MeanInterval(float(values.mean()), float(low), float(high))


def wilson(hits: int, n: int) -> MeanInterval:
    """The share of pictures of which something holds, hits of n, and the ends of its 95 % interval; NaN if n is 0.

    Few hits make the percentile bootstrap too narrow, and none make it vanish; 0 of n is at most 3.84 / (n + 3.84).
    Source: Wilson 1927, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22(158).
    """
    if not n:
        return MeanInterval(math.nan, math.nan, math.nan)
    share, z2 = hits / n, Z**2
    middle = share + z2 / (2 * n)
    half = Z * math.sqrt(share * (1 - share) / n + z2 / (4 * n**2))
    low, high = ((middle + end) / (1 + z2 / n) for end in (-half, half))
    return MeanInterval(share, low if hits else 0.0, high if hits < n else 1.0)


def paired_shares(first: int, second: int, n: int) -> MeanInterval:
    """The difference of two shares of the same n pictures, and the ends of its 95 % interval; NaN if n is 0.

    first, second: of how many pictures something holds for the first alone, and for the second alone.
    Source: Bonett & Price 2012, "Adjusted Wald Confidence Interval for a Difference of Binomial Proportions Based on
    Paired Data", Journal of Educational and Behavioral Statistics 37(4): a picture is added to either side.
    """
    if not n:
        return MeanInterval(math.nan, math.nan, math.nan)
    a, b = (first + 1) / (n + 2), (second + 1) / (n + 2)
    half = Z * math.sqrt((a + b - (a - b) ** 2) / (n + 2))
    return MeanInterval((first - second) / n, max(-1.0, a - b - half), min(1.0, a - b + half))


def t_half_width(values: Sequence[float] | NDArray[np.float64]) -> float:
    """Half the 95 % interval of a mean over seeds (Student's t); infinite for one value.

    Source: Student 1908, Biometrika 6(1).
    """
    from scipy.special import stdtrit

    k = len(values)
    return float(stdtrit(k - 1, 0.975) * np.std(values, ddof=1) / math.sqrt(k)) if k > 1 else math.inf


def over_seeds(means: Sequence[float], half_widths: Sequence[float], sets_of_pictures: int = 1) -> MeanInterval:
    """One mean with its 95 % interval from several seeds', each with a half-width over pictures.

    One seed: its own interval. Several: t · s / √k for the seeds and, added in squares, the mean half-width over
    pictures, which shrinks only with the number of different sets of pictures. If each seed has its own pictures,
    their choice counts twice: rather too wide than too narrow.
    """
    mean = float(np.mean(means))
    pictures = float(np.mean(half_widths)) / math.sqrt(sets_of_pictures)
    half = math.hypot(t_half_width(means), pictures) if len(means) > 1 else pictures
    return MeanInterval(mean, mean - half, mean + half)
