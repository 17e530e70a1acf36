"""The likeliest class of a pixel by its colour: a table learned from train pictures, the best that colour can do."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from vislab.data.convert import guess_instances
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import IGNORE, Vocabulary
from vislab.evaluation.metrics.segmentation import count_pixels, mean_iou

Measure = Literal["colour", "contrast"]
MEASURES: tuple[Measure, ...] = ("colour", "contrast")
BINS = {"colour": 32**3, "contrast": 4 * 64}
PICTURES = 256  # counted at most: millions of pixels, far more than there are bins
AT_ONCE = 32  # pictures whose pixels are counted together, in 64 bits: it bounds the memory


def bins(images: Tensor, measure: Measure) -> Tensor:
    """Each pixel's bin, int64 (n, h, w), of pictures uint8 (n, 3, h, w) averaged over 3 × 3 pixels.

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
    cuts = [threshold_otsu(part.numpy()) if part.min() < part.max() else float(part.min()) for part in grey]
    cut = torch.tensor(np.array(cuts, np.float32))[:, None, None]
    level = ((grey - cut) / 8).floor().long().clamp(-32, 31) + 32
    mostly = (grey > cut).float().mean((1, 2), keepdim=True) > 0.5
    bright = grey.mean((1, 2), keepdim=True) > 128
    return level + 64 * (mostly.long() + 2 * bright.long())


class Reading(NamedTuple):
    """What the colours of pictures tell.

    stuff: uint8 (n, h, w), the likeliest class that is no thing. things: bool (n, h, w), where things are likelier than
    that. bins: int64 (n, h, w), each pixel's.
    """

    stuff: Tensor
    things: Tensor
    bins: Tensor


@dataclass(frozen=True, eq=False)
class ColourTable:
    """How likely each class is at each colour.

    chances: float32 (bins, classes), rows that sum to 1. looks: what objects of each thing look like.
    fill: whether holes in things belong to them.
    """

    vocabulary: Vocabulary
    measure: Measure
    chances: Tensor
    looks: "Looks"
    fill: bool = False

    @property
    def among(self) -> Tensor:
        """How likely each thing is at each colour: float32 (bins, things)."""
        return self.chances[:, list(self.vocabulary.thing_indices)]

    def read(self, images: Tensor) -> Reading:
        """What the colours of pictures uint8 (n, 3, h, w) tell."""
        from scipy.ndimage import binary_fill_holes

        index = bins(images, self.measure)
        of_things = self.vocabulary.thing_indices
        others = [index for index in range(len(self.vocabulary.classes)) if index not in of_things]
        chance, stuff = self.chances[:, others].max(1)
        things = (self.among.sum(1) > chance)[index]
        if self.fill and of_things:
            things = torch.from_numpy(np.stack([binary_fill_holes(mask) for mask in things.numpy()]))
        return Reading(torch.tensor(others, dtype=torch.uint8)[stuff][index], things, index)

    def classes_of(self, ids: Tensor, index: Tensor, most: int) -> Tensor:
        """The class of each object, int64 (n, most): the likeliest thing by its pixels' colours.

        ids: (n, h, w), from 1. index: int64 (n, h, w), as `read` gives it.
        """
        look = _look_of(ids, index, self.among, most)  # (n, most, things)
        spread = self.looks.variance.sqrt()  # (things,)
        distance = torch.cdist(look / spread, self.looks.means / spread, compute_mode="donot_use_mm_for_euclid_dist")
        likeliest = (self.looks.shares.log() - distance.square() / 2).argmax(-1)
        return torch.tensor(self.vocabulary.thing_indices)[likeliest]

    def certainty(self, ids: Tensor, index: Tensor, most: int) -> Tensor:
        """How sure it is that each object is a thing: float32 (n, most), from 0 to 1; arguments as of `classes_of`."""
        return mean_over(ids, index, self.among.sum(1, keepdim=True), most)[..., 0]


@dataclass(frozen=True, eq=False)
class Looks:
    """How clearly each thing's objects look like each thing: a normal distribution each.

    means: float32 (things, things), a row a thing. variance: (things,), common to all. shares: (things,) of objects.
    """

    means: Tensor
    variance: Tensor
    shares: Tensor


def mean_over(ids: Tensor, index: Tensor, values: Tensor, most: int) -> Tensor:
    """The mean of its pixels' values over each object: float32 (n, most, c), 0 where it has no pixel.

    ids: (n, h, w), from 1. index: int64 (n, h, w), each pixel's row of values (rows, c). Pixels of one row are counted
    first, so that many values cost little: an object has few colours.
    """
    from scipy.sparse import coo_array

    inside = ids > 0
    numbers = torch.arange(len(ids))[:, None, None] * most + ids.long() - 1  # (n, h, w)
    pixels = (numbers[inside].numpy(), index[inside].numpy())
    counts = coo_array((np.ones(len(pixels[0])), pixels), shape=(len(ids) * most, len(values))).tocsr()
    total = torch.from_numpy(counts @ values.double().numpy()).view(len(ids), most, values.shape[1])
    return (total / sizes(ids, most).clamp_min(1)[..., None]).float()


def sizes(ids: Tensor, most: int) -> Tensor:
    """Pixels of each object, int64 (n, most), of ids (n, h, w) from 1."""
    areas = torch.zeros(len(ids), most + 1, dtype=torch.int64)
    for part, area in zip(torch.split(ids.flatten(1), AT_ONCE), torch.split(areas, AT_ONCE), strict=True):
        area.scatter_add_(1, part.long(), torch.ones((), dtype=torch.int64).expand(part.shape))
    return areas[:, 1:]


def _look_of(ids: Tensor, index: Tensor, among: Tensor, most: int) -> Tensor:
    """How clearly each object's pixels look like each thing: float32 (n, most, things).

    The mean of fourth powers gives weight to a small but clear spot: it separates infected cells from others with an
    area under the curve of 0.90, a plain mean with 0.80 (smear, true objects of 256 pictures).
    """
    clear = among / among.sum(1, keepdim=True).clamp_min(1e-9)  # (bins, things)
    return mean_over(ids, index, clear**4, most) ** 0.25


def fit_colours(train: Scenes, valid: Scenes) -> ColourTable:
    """Count colours by class on the training set; mean IoU on the validation set chooses measure and filling of holes.

    For the IoU all things are one class, as each thing's class is decided for whole objects. Needs semantic masks.
    """
    vocabulary = train.vocabulary
    train, valid = evenly(train, PICTURES), evenly(valid, PICTURES)
    fills = (False, True) if vocabulary.things else (False,)
    tables = []
    for measure in MEASURES:
        chances = _count(train, measure)
        looks = _look(train, measure, chances)
        tables += [ColourTable(vocabulary, measure, chances, looks, fill) for fill in fills]
    return max(tables, key=lambda table: float(mean_iou(_count_groups(table, valid)).nan_to_num(0)))


def evenly(scenes: Scenes, most: int) -> Scenes:
    """At most so many of the pictures, spread evenly over them."""
    if len(scenes) <= most:
        return scenes
    return scenes.subset(np.linspace(0, len(scenes) - 1, most).round().astype(int))


def _count(train: Scenes, measure: Measure) -> Tensor:
    """How likely each class is at each bin: float32 (bins, classes)."""
    vocabulary = train.vocabulary
    c = len(vocabulary.classes)
    counts = torch.zeros(BINS[measure] * c, dtype=torch.int64)
    for images, semantic in _parts(train.images, train.need("semantic")):
        known = semantic != IGNORE
        pairs = bins(images, measure)[known] * c + semantic[known].long()
        counts += torch.bincount(pairs, minlength=len(counts))
    counts = counts.view(-1, c).double()
    usual = counts.sum(0) / counts.sum().clamp_min(1)
    chances = (counts + usual) / (counts.sum(1, keepdim=True) + 1)  # an unseen colour gets the usual chances
    return chances.float()


def _look(train: Scenes, measure: Measure, chances: Tensor) -> Looks:
    """What the true objects of train pictures look like; without instances, each patch of a class is an object."""
    things = list(train.vocabulary.thing_indices)
    scenes = train if train.objects is not None or not things else guess_instances(train)
    if scenes.instances is None or scenes.objects is None or not things:
        nothing = torch.ones(len(things))
        return Looks(torch.eye(len(things)), nothing, nothing)
    objects = scenes.objects.cpu()
    among, looks = chances[:, things], []
    for images, ids in _parts(scenes.images, scenes.instances):
        looks.append(_look_of(ids, bins(images, measure), among, objects.shape[1]))
    look = torch.cat(looks)[objects > 0]  # (objects, things)
    is_thing = objects[objects > 0][:, None] == torch.tensor(things)  # (objects, things)
    counts = is_thing.sum(0)
    means = is_thing.T.float() @ look / counts.clamp_min(1)[:, None]
    spread = (look - means[is_thing.float().argmax(1)]).square().mean(0) if len(look) else torch.ones(len(things))
    return Looks(means, spread.clamp_min(1e-6), counts / counts.sum().clamp_min(1))


def _count_groups(table: ColourTable, valid: Scenes) -> Tensor:
    """Pixels by class as `count_pixels` gives them, all things taken for the first thing."""
    vocabulary = table.vocabulary
    c = len(vocabulary.classes)
    counts = torch.zeros(c, c, dtype=torch.int64)
    for images, truth in _parts(valid.images, valid.need("semantic")):
        stuff, things, _ = table.read(images)
        if vocabulary.things:
            first = vocabulary.thing_indices[0]
            truth = torch.where(vocabulary.covered(truth, vocabulary.things), first, truth)
            stuff = torch.where(things, first, stuff)
        counts += count_pixels(truth, stuff, c)
    return counts


def _parts(*values: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """Some pictures of each at a time, on the CPU."""
    return zip(*(torch.split(value.cpu(), AT_ONCE) for value in values), strict=True)
