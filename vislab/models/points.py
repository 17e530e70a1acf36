"""Where is a dot on each object? Every pixel tells whether an object's centre is there, and of which class."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from vislab.data.batches import Batch, need, place_objects
from vislab.data.vocabulary import IGNORE, Vocabulary
from vislab.models.backbone import Backbone
from vislab.models.encoder import Encoder, Features
from vislab.models.predictions import PointPrediction, Points
from vislab.models.semantic import Decoder
from vislab.models.spots import FIRST_HEAT, draw_spots, find_peaks, heat_by_class, heat_loss

WIDTH = 2.0  # pixels: the spot of a dot, the same for all, as dots know no sizes
APART = 4.0  # pixels: of two dots closer than half of it, one is left


class PointDetector(nn.Module):
    """Pictures (b, 3, h, w) → logits of heat for each thing (b, things, h, w): hot where a dot belongs.

    It learns from one dot an object, and a dot has no size. After the heatmap of centres of CenterNet (Zhou et al.
    2019, "Objects as Points"), at the picture's own resolution.
    """

    task = "points"
    optimiser = "muon"
    rate = 5e-3
    threshold = 0.3  # the score from which a dot counts, until choose_threshold finds the model's own

    def __init__(self, vocabulary: Vocabulary, encoder: Encoder | Backbone | None = None) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.encoder = encoder or Encoder()
        self.decoder = Decoder(self.encoder.widths, len(vocabulary.things))

    def forward(self, image: Tensor) -> Tensor:
        return self.head(self.encoder(image))

    def head(self, features: Features) -> Tensor:
        """Logits (b, things, h, w) from the encoder's features."""
        logits: Tensor = self.decoder(features).float() + FIRST_HEAT
        return logits

    def loss(self, batch: Batch) -> Tensor:
        """The focal loss of the heat around each dot."""
        logits = self(batch.images)  # (b, things, h, w)
        points, there = place_objects(batch, "points")  # (b, k, 2), (b, k)
        width = torch.full_like(points[..., 0], WIDTH)  # (b, k)
        spots = draw_spots(points, there, width, WIDTH, logits.shape[-2:])
        heat = heat_by_class(spots, need(batch.objects, "points"), self.vocabulary.thing_indices)  # (b, things, h, w)
        return heat_loss(logits, heat, None if batch.semantic is None else batch.semantic != IGNORE)

    def answer(self, image: Tensor, name: str, ids: tuple[str, ...]) -> PointPrediction:
        """Dots with their classes and scores."""
        return self.conclude(self(image), image.shape[-2:], name, ids)

    def conclude(self, logits: Tensor, size: Sequence[int], name: str, ids: tuple[str, ...]) -> PointPrediction:
        """The same from what `forward` gave for pictures of this height and width."""
        things = torch.tensor(self.vocabulary.thing_indices, device=logits.device)
        found = []
        for centres, thing in find_peaks(logits, torch.full_like(logits[:, 0], APART)):
            arrays = (centres.points + 0.5, things[thing], centres.heat)
            found.append(Points(*(array.cpu().numpy() for array in arrays)))
        return PointPrediction(name, self.vocabulary, ids, tuple(found), (size[0], size[1]))
