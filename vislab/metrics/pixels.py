"""How right a semantic mask is: by pixel, by class, and at the boundaries."""

import torch
from torch import Tensor

from vislab.vocabulary import IGNORE


def count_pixels(truth: Tensor, guess: Tensor, classes: int) -> Tensor:
    """Pixels by class, int64 (classes, classes): rows truth, columns guess; ignored pixels are not counted.

    truth: uint8 (..., h, w), 255 = ignore. guess: uint8 of the same shape, classes only.
    """
    known = truth != IGNORE
    pairs = truth[known].long() * classes + guess[known].long()
    return torch.bincount(pairs, minlength=classes**2).view(classes, classes)


def class_iou(counts: Tensor) -> Tensor:
    """Intersection over union of each class, float64 (classes,), NaN where a class is absent from both.

    counts: (classes, classes), rows truth, columns guess.
    Source: Everingham et al. 2010, "The PASCAL Visual Object Classes (VOC) Challenge", IJCV 88(2).
    """
    hit = counts.diagonal()
    union = counts.sum(0) + counts.sum(1) - hit
    return torch.where(union > 0, hit.double() / union.double(), torch.nan)


def class_dice(counts: Tensor) -> Tensor:
    """Twice the intersection over the sum of the areas, float64 (classes,), NaN where a class is absent from both.

    Source: Dice 1945, Ecology 26(3).
    """
    hit = counts.diagonal()
    areas = counts.sum(0) + counts.sum(1)
    return torch.where(areas > 0, 2 * hit.double() / areas.double(), torch.nan)


def mean_iou(counts: Tensor) -> Tensor:
    """The mean of class_iou over the classes that are there; NaN where none is."""
    return class_iou(counts).nanmean()


def boundary_iou(truth: Tensor, guess: Tensor, classes: int, width: int | None = None) -> Tensor:
    """IoU of each class within `width` pixels of the classes' own inner boundaries: float64 (classes,).

    truth, guess: uint8 (n, h, w). width: 2 % of the picture's diagonal, at least 1, where it is None.
    NaN where a class has a boundary in neither. Pixels that truth ignores are left out, as is the picture's border,
    which is no boundary of an object.
    Source: Cheng et al. 2021, "Boundary IoU", CVPR, section 4 (where 2 % is recommended).
    """
    height, wide = truth.shape[-2:]
    width = width if width is not None else max(1, round(0.02 * (height**2 + wide**2) ** 0.5))
    hit = torch.zeros(classes, dtype=torch.int64, device=truth.device)
    union = hit.clone()
    known = truth != IGNORE
    for index in range(classes):
        inner = [_inner_band((mask == index) & known, width) for mask in (truth, guess)]
        hit[index] = (inner[0] & inner[1]).sum()
        union[index] = (inner[0] | inner[1]).sum()
    return torch.where(union > 0, hit.double() / union.double(), torch.nan)


def _inner_band(mask: Tensor, width: int) -> Tensor:
    """Pixels of a mask (n, h, w) that lie within `width` steps, diagonal ones too, of a pixel outside it."""
    # A pooled maximum over the complement is a dilation of it; padding is left out of the maximum.
    outside = (~mask).to(torch.float16 if mask.is_cuda else torch.float32)[:, None]
    near = torch.nn.functional.max_pool2d(outside, 2 * width + 1, stride=1, padding=width)[:, 0]
    return mask & (near > 0)
