"""How far the choice of pictures may have moved a mean: percentile bootstrap."""

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
