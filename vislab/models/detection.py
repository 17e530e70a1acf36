"""Where is a box around each object? Every pixel tells whether a box's middle is there, and how large the box is."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from vislab.data.batches import Batch, need, place_objects
from vislab.data.boxes import points_from_boxes
from vislab.data.vocabulary import IGNORE, Vocabulary
from vislab.models.backbone import Backbone
from vislab.models.encoder import Encoder, Features
from vislab.models.predictions import Boxes, BoxPrediction
from vislab.models.semantic import Decoder
from vislab.models.spots import FIRST_HEAT, draw_spots, find_peaks, heat_by_class, heat_loss

SPOT = 1 / 8  # of the side of a square as large as the box: the width of the spot at its middle
NARROWEST, WIDEST = 0.6, 4.0  # pixels: of spots
OFFSET_UNIT = 4.0  # pixels: so that a network's numbers near 1 suffice
FIRST_LOG_SIDE = 2.5  # sides start at about 12 pixels
BOX_WEIGHT, OFFSET_WEIGHT = 1.0, 2.0  # the loss: heat + BOX_WEIGHT · (sides + OFFSET_WEIGHT · offset)


class BoxMaps(NamedTuple):
    """What a detector gives for each pixel, if a box's middle is there.

    heat: (b, things, h, w), logits. offset: (b, 2, h, w), x and y in pixels from the pixel's middle to that of the box.
    log_sides: (b, 2, h, w), logarithms of its width and height in pixels.
    """

    heat: Tensor
    offset: Tensor
    log_sides: Tensor


class Detector(nn.Module):
    """Pictures (b, 3, h, w) → BoxMaps: centres of boxes, and their sides.

    After CenterNet (Zhou et al. 2019, "Objects as Points"), at the picture's own resolution; as in TTFNet (Liu et al.
    2020, AAAI) all pixels of a spot learn the box, not the middle one alone, which takes fewer steps.
    """

    task = "detection"
    optimiser = "muon"
    rate = 5e-3
    threshold = 0.2  # the score from which a box counts, until choose_threshold finds the model's own

    def __init__(self, vocabulary: Vocabulary, encoder: Encoder | Backbone | None = None) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.encoder = encoder or Encoder()
        self.decoder = Decoder(self.encoder.widths, len(vocabulary.things) + 4)

    def forward(self, image: Tensor) -> BoxMaps:
        return self.head(self.encoder(image))

    def head(self, features: Features) -> BoxMaps:
        """The maps from the encoder's features."""
        maps = self.decoder(features).float()  # (b, things + 4, h, w)
        heat, offset, log_sides = maps.split([len(self.vocabulary.things), 2, 2], 1)
        return BoxMaps(heat + FIRST_HEAT, offset * OFFSET_UNIT, log_sides + FIRST_LOG_SIDE)

    def loss(self, batch: Batch) -> Tensor:
        """The focal loss of the heat, and the errors of offset and sides in sides, at the pixels of each spot."""
        maps = self(batch.images)
        boxes, there = place_objects(batch, "boxes")  # (b, k, 4), (b, k)
        middles, sides = points_from_boxes(boxes), (boxes[..., 2:] - boxes[..., :2]).clamp_min(1)  # (b, k, 2) each
        width = (SPOT * sides.prod(2).sqrt()).clamp(NARROWEST, WIDEST)  # (b, k)
        spots = draw_spots(middles, there, width, WIDEST, maps.heat.shape[-2:])
        heat = heat_by_class(spots, need(batch.objects, "boxes"), self.vocabulary.thing_indices)  # (b, things, h, w)
        loss = heat_loss(maps.heat, heat, None if batch.semantic is None else batch.semantic != IGNORE)

        side = at_owner(sides, spots.owner)  # (b, 2, h, w)
        offset_error = (maps.offset - (at_owner(middles, spots.owner) - pixel_middles(maps.heat))).abs() / side
        side_error = (maps.log_sides - side.log()).abs()  # (b, 2, h, w)
        box_error = (side_error + OFFSET_WEIGHT * offset_error).sum(1) * spots.heat  # (b, h, w)
        total: Tensor = loss + BOX_WEIGHT * box_error.sum() / spots.heat.sum().clamp_min(1)
        return total

    def answer(self, image: Tensor, name: str, ids: tuple[str, ...]) -> BoxPrediction:
        """Boxes with their classes and scores."""
        return self.conclude(self(image), image.shape[-2:], name, ids)

    def conclude(self, raw: Sequence[Tensor], size: Sequence[int], name: str, ids: tuple[str, ...]) -> BoxPrediction:
        """The same from what `forward` gave for pictures of this height and width."""
        maps, (h, w) = BoxMaps(*raw), size
        things = torch.tensor(self.vocabulary.thing_indices, device=maps.heat.device)
        middles, sides = pixel_middles(maps.heat) + maps.offset, maps.log_sides.clamp(-2, 8).exp()  # (b, 2, h, w) each
        corners = torch.cat([middles - sides / 2, middles + sides / 2], 1)  # (b, 4, h, w)
        corners = corners.clamp_min(0).minimum(corners.new_tensor([w, h, w, h])[:, None, None])
        found = []
        for i, (centres, thing) in enumerate(find_peaks(maps.heat, sides.mean(1) / 2)):
            x, y = centres.points.long().unbind(1)
            arrays = (corners[i][:, y, x].T, things[thing], centres.heat)
            found.append(Boxes(*(array.cpu().numpy() for array in arrays)))
        return BoxPrediction(name, self.vocabulary, ids, tuple(found), (h, w))


def pixel_middles(like: Tensor) -> Tensor:
    """X and y of the middle of each pixel of maps (..., h, w): float32 (2, h, w)."""
    h, w = like.shape[-2:]
    x, y = (torch.arange(side, device=like.device) + 0.5 for side in (w, h))
    return torch.stack([x.expand(h, w), y[:, None].expand(h, w)])


def at_owner(values: Tensor, owner: Tensor) -> Tensor:
    """What the object of each pixel has, of values (b, k, c): (b, c, h, w), 1 where no object is; owner as in Spots."""
    b, c = len(values), values.shape[2]
    padded = torch.cat([values.new_ones(b, 1, c), values], 1)  # (b, 1 + k, c)
    index = owner.flatten(1)[..., None].expand(-1, -1, c)  # (b, h w, c)
    return padded.gather(1, index).transpose(1, 2).view(b, c, *owner.shape[1:])
