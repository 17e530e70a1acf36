"""How right labels are, and how much their probabilities can be trusted."""

import torch
from torch import Tensor


def count_labels(truth: Tensor, guess: Tensor, labels: int) -> Tensor:
    """Pictures by label, int64 (labels, labels): rows truth, columns guess. truth, guess: int64 (n,)."""
    return torch.bincount(truth * labels + guess, minlength=labels**2).view(labels, labels)


def accuracy(counts: Tensor) -> Tensor:
    """Share on the diagonal of counts (c, c), of labels or of pixels; NaN where nothing was counted."""
    return divide(counts.diagonal().sum(), counts.sum())


def sensitivity(counts: Tensor) -> Tensor:
    """The share of each label's pictures that got this label: float64 (labels,), NaN where a label is absent.

    For labels (no, yes) the last is the sensitivity, and the first the specificity, of Altman & Bland 1994, BMJ 308.
    """
    return divide(counts.diagonal(), counts.sum(1))


def specificity(counts: Tensor) -> Tensor:
    """The share of all other pictures that did not get the label: float64 (labels,), NaN where there are none."""
    others = counts.sum() - counts.sum(1)
    wrongly = counts.sum(0) - counts.diagonal()
    return divide(others - wrongly, others)


def calibration_error(probabilities: Tensor, truth: Tensor, bins: int = 15) -> Tensor:
    """Expected calibration error: how far confidence and accuracy lie apart, weighted by pictures.

    probabilities: float (n, labels), rows that sum to 1. truth: int64 (n,). bins: of equal width, from 0 to 1.
    Source: Guo et al. 2017, "On Calibration of Modern Neural Networks", ICML, equation 3 (15 bins as there).
    """
    confidence, predicted = probabilities.double().max(1)
    right = (predicted == truth).double()
    # Bins are open below and closed above, as in the source.
    index = (confidence * bins).ceil().long().sub(1).clamp(0, bins - 1)
    totals = torch.zeros(2, bins, dtype=torch.float64, device=truth.device)
    totals[0].index_add_(0, index, confidence)
    totals[1].index_add_(0, index, right)
    return divide((totals[1] - totals[0]).abs().sum(), torch.tensor(len(truth)))


def divide(part: Tensor, whole: Tensor) -> Tensor:
    """The quotient as float64, NaN where whole is 0."""
    return torch.where(whole > 0, part.double() / whole.double(), torch.nan)
