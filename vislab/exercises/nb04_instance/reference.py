"""The right answers to the exercises of notebook 04."""

import numpy as np
import torch

from vislab.exercises.checking.small_pictures import Mask
from vislab.exercises.checking.trial import Floats
from vislab.models.instance import targets


def centres_of(instances: Mask) -> Mask:
    """The centre of each object, x and y, int (k, 2): its own pixel nearest to its mean, as in vislab's targets."""
    count = int(instances.max(initial=0))
    offset = targets(torch.as_tensor(instances)[None], count).offset[0].numpy()  # (2, h, w)
    firsts = [np.argwhere(instances == number)[0] for number in range(1, count + 1)]  # y and x of each object's first
    centres = [(x + offset[0, y, x], y + offset[1, y, x]) for y, x in firsts]
    return np.array(centres).round().astype(int).reshape(-1, 2)


def centre_heatmap(instances: Mask, centres: Mask, widths: Floats) -> Floats:
    """The heatmap (h, w): exp(-d² / (2 s²)) on the pixels of each object, 0 elsewhere."""
    y, x = np.indices(instances.shape)
    table = np.vstack([np.ones(3), np.column_stack([centres, widths])])  # (1 + k, 3): row 0 for the background
    left, top, width = table.T[:, instances]  # (h, w) each
    return np.asarray(np.exp(-((x - left) ** 2 + (y - top) ** 2) / (2 * width**2)) * (instances > 0))


def offset_to_centre(instances: Mask, centres: Mask) -> Mask:
    """The offset (2, h, w), x and y, from each pixel to the centre of its own object; 0 outside objects."""
    return offset_from_table(instances, np.vstack([np.zeros((1, 2), int), centres])) * (instances > 0)


def offset_from_table(instances: Mask, table: Mask) -> Mask:
    """The offset (2, h, w) from each pixel to row `instances` of a table (1 + k, 2) of x and y."""
    y, x = np.indices(instances.shape)
    return np.asarray(table[instances].transpose(2, 0, 1) - np.stack([x, y]))


def group_pixels(inside: Mask, centres: Floats, offset: Floats) -> Mask:
    """Ids (h, w): `i + 1` for the pixels inside that point closest to centre i, 0 outside."""
    y, x = np.indices(inside.shape)
    return nearest_centre(inside, centres, np.stack([x, y]) + offset)


def nearest_centre(inside: Mask, centres: Floats, places: Floats) -> Mask:
    """Ids (h, w): for each pixel inside, the centre nearest to its place, x and y in (2, h, w)."""
    if not len(centres):
        return np.zeros(inside.shape, int)
    squared = ((places[..., None] - centres.T[:, None, None]) ** 2).sum(0)  # (h, w, k)
    return np.where(inside, squared.argmin(-1) + 1, 0)
