"""Which object is each pixel of? Every pixel names its class, points at its object's centre and says its size."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vislab.data.batches import Batch, need
from vislab.data.vocabulary import IGNORE, Vocabulary
from vislab.models.encoder import Encoder
from vislab.models.grouping import SMALLEST, group, objects_of
from vislab.models.predictions import InstancePrediction
from vislab.models.semantic import Decoder, pixel_loss

REACH = 16.0  # pixels: the unit of predicted offsets, so that a network's numbers near 1 suffice


class InstanceSegmenter(nn.Module):
    """Pictures (b, 3, h, w) → class scores (b, classes, h, w) and four maps (b, 4, h, w).

    The maps: evidence for a centre here, the way to the own object's centre (x, y, in pixels), and the logarithm of
    the object's radius.
    After Panoptic-DeepLab (Cheng et al. 2020, CVPR). There every centre's spot is equally wide; here it is as wide as
    its object, and the predicted radius says which two peaks are one, so objects of very different size do not need
    a setting each.
    """

    task = "instance"
    optimiser = "muon"
    rate = 5e-3
    threshold = 0.1  # the score from which an object counts, until choose_threshold finds the model's own: heat is
    # seldom sure, and on the smear counts were best from 0.04 to 0.18

    def __init__(self, vocabulary: Vocabulary, encoder: Encoder | None = None) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.encoder = encoder or Encoder()
        self.decoder = Decoder(self.encoder.widths, len(vocabulary.classes) + 4)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        maps = self.decoder(self.encoder(image)).float()  # (b, classes + 4, h, w)
        scores, centre, way, size = maps.split([maps.shape[1] - 4, 1, 2, 1], 1)
        return scores, torch.cat([centre - 3, way * REACH, size + 1.5], 1)

    def loss(self, batch: Batch) -> Tensor:
        """Cross-entropy of the pixels' classes and of the centres' heat; errors of way and radius in radii."""
        scores, maps = self(batch.images)
        instances, semantic = need(batch.instances, "instances"), need(batch.semantic, "semantic")
        aim = targets(instances, int(instances.max()))
        known = semantic != IGNORE
        heat = nn.functional.binary_cross_entropy_with_logits(maps[:, 0], aim.heat, reduction="none")
        pixels = aim.inside.sum().clamp_min(1)
        astray = (maps[:, 1:3] - aim.way).abs().sum(1) / aim.radius.clamp_min(SMALLEST)
        misjudged = (maps[:, 3] - aim.radius.clamp_min(SMALLEST).log()).abs()
        inside = ((astray + 0.2 * misjudged) * aim.inside).sum() / pixels
        total: Tensor = (
            pixel_loss(scores, semantic) + 4 * (heat * known).sum() / known.sum().clamp_min(1) + 0.5 * inside
        )
        return total

    def answer(self, image: Tensor, name: str, ids: tuple[str, ...]) -> InstancePrediction:
        """Objects with their masks, classes and scores."""
        scores, maps = self(image)
        found = tuple(objects_of(one) for one in group(scores, maps, self.vocabulary.thing_indices))
        return InstancePrediction(name, self.vocabulary, ids, found, (image.shape[-2], image.shape[-1]))


@dataclass(frozen=True)
class Targets:
    """What each pixel should say of its object; 0 where no object is.

    inside: bool (b, h, w). way: float32 (b, 2, h, w), x and y in pixels to the centre. radius: float32 (b, h, w) in
    pixels. heat: float32 (b, h, w), 1 at the centre.
    """

    inside: Tensor
    way: Tensor
    radius: Tensor
    heat: Tensor


def targets(instances: Tensor, most: int) -> Targets:
    """The targets of masks (b, h, w) with ids up to `most`.

    The centre is the object's own pixel nearest to its mean, so that it lies in the object even where another covers
    the middle. The radius is that of a disc of the same area.
    """
    b, h, w = instances.shape
    ids = instances.flatten(1).long()  # (b, h w)
    x = torch.arange(w, device=ids.device, dtype=torch.float32).repeat(h).expand(b, -1)
    y = torch.arange(h, device=ids.device, dtype=torch.float32).repeat_interleave(w).expand(b, -1)

    def total(values: Tensor) -> Tensor:
        return torch.zeros(b, most + 1, device=ids.device).scatter_add_(1, ids, values)

    area = total(torch.ones_like(x)).clamp_min(1)  # (b, 1 + most)
    far = (x - (total(x) / area).gather(1, ids)) ** 2 + (y - (total(y) / area).gather(1, ids)) ** 2
    # The nearest pixel of each object, the first in reading order where several are: distance and place in one number.
    order = (far * 16).long() * (h * w) + torch.arange(h * w, device=ids.device)
    nearest = torch.full((b, most + 1), torch.iinfo(torch.int64).max, device=ids.device)
    place = nearest.scatter_reduce_(1, ids, order, "amin").remainder(h * w).gather(1, ids)
    inside = ids > 0
    way = torch.stack([place % w - x, place // w - y], 1) * inside[:, None]
    radius = (area / torch.pi).sqrt().clamp_min(SMALLEST).gather(1, ids) * inside
    width = (radius / 4).clamp_min(SMALLEST)
    heat = torch.exp(-(way**2).sum(1) / (2 * width**2)) * inside
    return Targets(inside.view(b, h, w), way.view(b, 2, h, w), radius.view(b, h, w), heat.view(b, h, w))
