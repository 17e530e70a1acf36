"""Which object is each pixel of? Every pixel predicts its class, points at its object's centre and tells its size."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from vislab.data.batches import Batch, need
from vislab.data.boxes import centre_pixels
from vislab.data.vocabulary import IGNORE, Vocabulary
from vislab.models.backbone import Backbone
from vislab.models.encoder import Encoder, Features
from vislab.models.grouping import MIN_RADIUS, group, objects_of
from vislab.models.predictions import InstancePrediction
from vislab.models.semantic import Decoder, pixel_loss

OFFSET_UNIT = 16.0  # pixels: so that a network's numbers near 1 suffice
# Where the maps start before training: few centres (a heat of 0.05), radii of about 4 pixels.
FIRST_HEAT, FIRST_LOG_RADIUS = -3.0, 1.5
# The loss: classes + HEATMAP_WEIGHT · heatmap + OBJECT_WEIGHT · (offset + RADIUS_WEIGHT · radius).
HEATMAP_WEIGHT, OBJECT_WEIGHT, RADIUS_WEIGHT = 4.0, 0.5, 0.2


class InstanceSegmenter(nn.Module):
    """Pictures (b, 3, h, w) → class scores (b, classes, h, w) and four maps (b, 4, h, w).

    The maps: the heatmap's logit, the offset to the centre of the pixel's object (x, y, in pixels), and the logarithm
    of the object's radius. After Panoptic-DeepLab (Cheng et al. 2020, CVPR), but a centre's spot is as wide as its
    object, and the predicted radius decides which peaks are one: objects of every size share one setting.
    """

    task = "instance"
    optimiser = "muon"
    rate = 5e-3
    threshold = 0.1  # the score from which an object counts, until choose_threshold finds the model's own: scores are
    # seldom high, and on the smear counts were best from 0.04 to 0.18

    def __init__(self, vocabulary: Vocabulary, encoder: Encoder | Backbone | None = None) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.encoder = encoder or Encoder()
        self.decoder = Decoder(self.encoder.widths, len(vocabulary.classes) + 4)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        return self.head(self.encoder(image))

    def head(self, features: Features) -> tuple[Tensor, Tensor]:
        """Scores and maps, as the class says, from the encoder's features."""
        maps = self.decoder(features).float()  # (b, classes + 4, h, w)
        scores = maps[:, :-4]  # (b, classes, h, w)
        heat, offset, log_radius = maps[:, -4:].split([1, 2, 1], 1)  # (b, 1 | 2 | 1, h, w)
        maps = torch.cat([heat + FIRST_HEAT, offset * OFFSET_UNIT, log_radius + FIRST_LOG_RADIUS], 1)  # (b, 4, h, w)
        return scores, maps

    def loss(self, batch: Batch) -> Tensor:
        """Cross-entropy of the pixels' classes and of the heatmap; errors of offset and radius in radii."""
        scores, maps = self(batch.images)  # (b, classes, h, w), (b, 4, h, w)
        instances, semantic = need(batch.instances, "instances"), need(batch.semantic, "semantic")  # (b, h, w) each
        target = targets(instances, need(batch.objects, "objects").shape[1])
        known = semantic != IGNORE  # (b, h, w)
        radius = target.radius.clamp_min(MIN_RADIUS)  # (b, h, w)

        heat_error = binary_cross_entropy_with_logits(maps[:, 0], target.heatmap, reduction="none")  # (b, h, w)
        offset_error = (maps[:, 1:3] - target.offset).abs().sum(1) / radius  # (b, h, w)
        radius_error = (maps[:, 3] - radius.log()).abs()  # (b, h, w)
        object_error = (offset_error + RADIUS_WEIGHT * radius_error) * target.inside  # (b, h, w)

        class_loss = pixel_loss(scores, semantic)
        heatmap_loss = (heat_error * known).sum() / known.sum().clamp_min(1)
        object_loss = object_error.sum() / target.inside.sum().clamp_min(1)
        total: Tensor = class_loss + HEATMAP_WEIGHT * heatmap_loss + OBJECT_WEIGHT * object_loss
        return total

    def answer(self, image: Tensor, name: str, ids: tuple[str, ...]) -> InstancePrediction:
        """Objects with their masks, classes and scores."""
        return self.conclude(self(image), image.shape[-2:], name, ids)

    def conclude(
        self, raw: tuple[Tensor, Tensor], size: Sequence[int], name: str, ids: tuple[str, ...]
    ) -> InstancePrediction:
        """The same from what `forward` gave for pictures of this height and width."""
        grouped = group(*raw, self.vocabulary.thing_indices)
        return InstancePrediction(name, self.vocabulary, ids, tuple(map(objects_of, grouped)), (size[0], size[1]))


class Targets(NamedTuple):
    """What each pixel should predict of its object; 0 where no object is.

    inside: bool (b, h, w). offset: float32 (b, 2, h, w), x and y in pixels to the centre. radius: float32 (b, h, w) in
    pixels. heatmap: float32 (b, h, w), 1 at the centre.
    """

    inside: Tensor
    offset: Tensor
    radius: Tensor
    heatmap: Tensor


def targets(instances: Tensor, most: int) -> Targets:
    """The targets of masks (b, h, w) with ids up to `most`.

    The centre is the object's own pixel nearest to its mean (`centre_pixels`). The radius is that of a disc of the same
    area.
    """
    b, h, w = instances.shape
    ids = instances.flatten(1).long()  # (b, h w)
    pixel = torch.arange(h * w, device=ids.device).expand(b, -1)  # (b, h w), counted row by row
    area = torch.zeros(b, most + 1, device=ids.device).scatter_add_(1, ids, torch.ones_like(pixel, dtype=torch.float32))
    centre = centre_pixels(instances, most).gather(1, ids)  # (b, h w)

    inside = ids > 0  # (b, h w)
    offset = torch.stack([centre % w - pixel % w, centre // w - pixel // w], 1).float() * inside[:, None]  # (b, 2, h w)
    radius = (area / torch.pi).sqrt().clamp_min(MIN_RADIUS).gather(1, ids) * inside  # (b, h w)
    width = (radius / 4).clamp_min(MIN_RADIUS)  # (b, h w): of the hot spot around the centre
    heatmap = torch.exp(-(offset**2).sum(1) / (2 * width**2)) * inside  # (b, h w)
    return Targets(inside.view(b, h, w), offset.view(b, 2, h, w), radius.view(b, h, w), heatmap.view(b, h, w))
