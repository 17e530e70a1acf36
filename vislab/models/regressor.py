"""Label, share and count from numbers alone: what can be learned of masks without ever seeing one."""

import torch
from torch import Tensor, nn

from vislab.data.batches import Batch
from vislab.data.convert import share_of
from vislab.data.vocabulary import Vocabulary
from vislab.models.classifier import soft_maximum
from vislab.models.encoder import Encoder, convolution, with_places
from vislab.models.predictions import RegressionPrediction


class Regressor(nn.Module):
    """Numbers from pictures (b, 3, h, w): scores (b, labels), share (b,) from 0 to 1, count (b, things).

    Counts are sums of a map of density, so a picture twice as wide holds twice as many. The share is the part that
    one map of amounts has in two. Source of counting by density: Lempitsky & Zisserman 2010, NIPS; here the density
    is never shown, only its sum.
    """

    task = "regression"
    optimiser = "muon"
    rate = 2e-3

    def __init__(self, vocabulary: Vocabulary, encoder: Encoder | None = None) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.encoder = encoder or Encoder()
        *_, eighth, sixteenth = self.encoder.widths
        labels, things = len(vocabulary.labels), len(vocabulary.things)
        self.parts = (labels, things, 2)
        self.merge = convolution(eighth + sixteenth + 2, eighth, kernel=1)
        self.maps = nn.Conv2d(eighth, sum(self.parts), 1)
        self.sharpness = nn.Parameter(torch.ones(labels))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        *_, eighth, sixteenth = self.encoder(image)
        coarse = nn.functional.interpolate(sixteenth, scale_factor=2)  # (b, 96, h/8, w/8)
        maps = self.maps(self.merge(with_places(torch.cat([eighth, coarse], 1)))).float()
        evidence, density, amounts = maps.split(self.parts, 1)  # (b, labels | things | 2, h/8, w/8)
        count = nn.functional.softplus(density - 3).flatten(2).sum(2)  # (b, things); few objects at the start
        of, rest = nn.functional.softplus(amounts).flatten(2).sum(2).unbind(1)  # (b,) each
        return soft_maximum(evidence, self.sharpness), of / (of + rest), count

    def loss(self, batch: Batch) -> Tensor:
        """Cross-entropy of the label, of the share, and the error of the counts in units of their size.

        Numbers come from the truth's masks where there are masks; what nobody knows is not asked.
        """
        scores, share, count = self(batch.images)
        total: Tensor = scores.new_zeros(())
        if batch.labels is not None:
            total = total + nn.functional.cross_entropy(scores, batch.labels)
        if batch.semantic is not None:
            truth = share_of(self.vocabulary, batch.semantic)
            known = ~truth.isnan()
            # On a GPU autocast refuses this loss, of float32 too, though what it guards against is float16 alone.
            with torch.autocast(share.device.type, enabled=False):
                total = total + nn.functional.binary_cross_entropy(share[known], truth[known].to(share.dtype))
        if batch.objects is not None:
            counts = torch.stack([(batch.objects == index).sum(1) for index in self.vocabulary.thing_indices], 1)
            total = total + ((count - counts).abs() / (counts + 1).sqrt()).mean()
        return total

    def answer(self, image: Tensor, name: str, ids: tuple[str, ...]) -> RegressionPrediction:
        """Probabilities, share and counts; NaN counts for classes that are not things."""
        scores, share, count = self(image)
        counts = torch.full((len(image), len(self.vocabulary.classes)), torch.nan, device=image.device)
        counts[:, list(self.vocabulary.thing_indices)] = count
        return RegressionPrediction(name, self.vocabulary, ids, scores.softmax(1), share, counts)
