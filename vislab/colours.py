"""Which class a pixel's colour speaks for: a table learned from train pictures, the best that colour alone can do."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from vislab.metrics.pixels import count_pixels, mean_iou
from vislab.scenes import Scenes
from vislab.vocabulary import IGNORE, Vocabulary

Measure = Literal["colour", "contrast"]
MEASURES: tuple[Measure, ...] = ("colour", "contrast")
BINS = {"colour": 32**3, "contrast": 4 * 64}
PICTURES = 512  # of train pictures are counted at most: millions of pixels, far more than there are bins


def bins(images: Tensor, measure: Measure) -> Tensor:
    """What is looked up of each pixel, int64 (n, h, w), of pictures uint8 (n, 3, h, w), averaged over 3 × 3 pixels.

    colour: 32 levels of red, green and blue. contrast: the grey level above or below the picture's own threshold
    after Otsu 1979 (IEEE SMC 9(1)), apart for bright and dark pictures and for those mostly above and mostly below,
    as under one microscope objects are dark on light, under another light on dark.
    """
    smooth = torch.nn.functional.avg_pool2d(images.float(), 3, 1, 1, count_include_pad=False)
    if measure == "colour":
        red, green, blue = (smooth / 8).long().unbind(1)
        return (red * 32 + green) * 32 + blue
    from skimage.filters import threshold_otsu

    grey = smooth.mean(1)  # (n, h, w)
    cuts = [threshold_otsu(one.numpy()) if one.min() < one.max() else float(one.min()) for one in grey]
    cut = torch.tensor(np.array(cuts, np.float32))[:, None, None]
    level = ((grey - cut) / 8).floor().long().clamp(-32, 31) + 32
    mostly = (grey > cut).float().mean((1, 2), keepdim=True) > 0.5
    bright = grey.mean((1, 2), keepdim=True) > 128
    return level + 64 * (mostly.long() + 2 * bright.long())


@dataclass(frozen=True, eq=False)
class ColourTable:
    """How likely each class is at each colour.

    chances: float32 (bins, classes), rows that sum to 1. means: float32 (things, things), the mean chance of each
    thing over the pixels of each thing, among things. fill: whether holes in things belong to them.
    """

    vocabulary: Vocabulary
    measure: Measure
    chances: Tensor
    means: Tensor
    fill: bool = False

    def read(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The likeliest class that is no thing uint8 (n, h, w), where things are likelier than it bool (n, h, w), and
        how likely each thing is, float32 (n, things, h, w); of pictures uint8 (n, 3, h, w).
        """
        from scipy.ndimage import binary_fill_holes

        place = bins(images, self.measure)
        of_things, others = _parts(self.vocabulary)
        chance, stuff = self.chances[:, others].max(1)
        among = self.chances[:, of_things]
        things = (among.sum(1) > chance)[place]
        if self.fill and of_things:
            things = torch.from_numpy(np.stack([binary_fill_holes(one) for one in things.numpy()]))
        classes = torch.tensor(others, dtype=torch.uint8)[stuff]
        return classes[place], things, among[place].movedim(-1, 1)

    def classes_of(self, ids: Tensor, chance: Tensor, most: int) -> Tensor:
        """The class of each object, int64 (n, most): the thing whose pixels look most like the object's on average.

        ids: (n, h, w), from 1. chance: (n, things, h, w), as `read` gives it.
        """
        relative = chance / chance.sum(1, keepdim=True).clamp_min(1e-9)
        look = self.mean_over(ids, relative, most)  # (n, most, things)
        nearest = (look[:, :, None] - self.means).square().sum(-1).argmin(-1)
        return torch.tensor(self.vocabulary.thing_indices)[nearest]

    @staticmethod
    def mean_over(ids: Tensor, values: Tensor, most: int) -> Tensor:
        """The mean of values (n, c, h, w) over each object's pixels: float32 (n, most, c), 0 where it has none."""
        n, c = values.shape[:2]
        place = ids.flatten(1).long()[:, None].expand(n, c, -1)
        total = torch.zeros(n, c, most + 1).scatter_add_(2, place, values.flatten(2))
        count = torch.zeros(n, c, most + 1).scatter_add_(2, place, torch.ones(()).expand(place.shape))
        return (total / count.clamp_min(1))[:, :, 1:].movedim(1, 2)


def fit_colours(train: Scenes, valid: Scenes) -> ColourTable:
    """Count colours by class on train pictures; the measure, and whether to fill holes, by mean IoU on valid ones.

    For the IoU all things are one class: which is which is said of whole objects. Needs semantic masks.
    """
    words = train.vocabulary
    some = train.subset(np.linspace(0, len(train) - 1, min(PICTURES, len(train))).round().astype(int))
    best, most = None, -1.0
    for measure in MEASURES:
        table = _count(some, measure)
        for fill in (False, True) if words.things else (False,):
            one = ColourTable(words, measure, *table, fill)
            fit = float(mean_iou(_count_groups(one, valid)).nan_to_num(0))
            if best is None or fit > most:
                best, most = one, fit
    assert best is not None
    return best


def _count(train: Scenes, measure: Measure) -> tuple[Tensor, Tensor]:
    """The table's chances and means."""
    words = train.vocabulary
    c = len(words.classes)
    semantic = train.need("semantic").cpu()
    known = semantic != IGNORE
    pairs = bins(train.images.cpu(), measure)[known] * c + semantic[known].long()
    counts = torch.bincount(pairs, minlength=BINS[measure] * c).view(-1, c).double()
    usual = counts.sum(0) / counts.sum().clamp_min(1)
    chances = (counts + usual) / (counts.sum(1, keepdim=True) + 1)  # a colour never seen says nothing new
    things, _ = _parts(words)
    among = chances[:, things] / chances[:, things].sum(1, keepdim=True).clamp_min(1e-9)
    weights = counts[:, things] / counts[:, things].sum(0).clamp_min(1)
    return chances.float(), (weights.T @ among).float()


def _count_groups(table: ColourTable, valid: Scenes) -> Tensor:
    """Pixels by class as `count_pixels` gives them, all things taken for the first thing."""
    words = table.vocabulary
    truth = valid.need("semantic").cpu()
    stuff, things, _ = table.read(valid.images.cpu())
    if not words.things:
        return count_pixels(truth, stuff, len(words.classes))
    first = words.thing_indices[0]
    merged = torch.where(torch.isin(truth, torch.tensor(words.thing_indices)), first, truth)
    return count_pixels(merged, torch.where(things, first, stuff), len(words.classes))


def _parts(words: Vocabulary) -> tuple[list[int], list[int]]:
    """The classes that are things, and those that are not."""
    things = list(words.thing_indices)
    return things, [index for index in range(len(words.classes)) if index not in things]
