"""The right answers to the exercises of notebook 03."""

from typing import Any

import numpy as np
import torch
from scipy.ndimage import maximum_filter, minimum_filter

from vislab.evaluation.metrics import segmentation
from vislab.exercises.checking.small_pictures import Mask


def enlarge_mask(mask: Mask, factor: int) -> Mask:
    """Each pixel of a mask (h, w) as a square of factor × factor."""
    return mask.repeat(factor, 0).repeat(factor, 1)


def class_iou(counts: Mask) -> Mask:
    """Intersection over union of each class (c,) from pixels (c, c), rows truth, columns prediction."""
    return np.asarray(segmentation.class_iou(torch.as_tensor(counts)))


def class_weights(pixels: Mask) -> Mask:
    """Weights (c,) by which all classes present weigh the same, and together as much as their pixels (c,)."""
    present = pixels > 0
    fair_share = pixels.sum() / max(1, present.sum())
    return np.where(present, fair_share / np.maximum(pixels, 1), 0.0)


def near_boundary(mask: Mask, width: int = 2) -> Any:
    """Pixels of a mask (h, w) with another class at most `width` pixels away, bool (h, w); as in the notebook."""
    size = 2 * width + 1
    return maximum_filter(mask, size) != minimum_filter(mask, size)


def boundary_iou(truth: Mask, prediction: Mask, width: int) -> float:
    """Boundary IoU of two Boolean masks (h, w); NaN if neither has a band."""
    both = [torch.as_tensor(mask.astype(np.uint8))[None] for mask in (truth, prediction)]
    return float(segmentation.boundary_iou(segmentation.count_boundary(both[0], both[1], 2, width))[1])
