"""Label, share and count from numbers alone: what can be learned of masks without ever seeing one."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy, cross_entropy, softplus

from vislab.data.batches import Batch
from vislab.data.convert import share_of
from vislab.data.vocabulary import Vocabulary
from vislab.models.backbone import Backbone
from vislab.models.classifier import soft_maximum
from vislab.models.encoder import Encoder, Features, convolution, merge_coarse
from vislab.models.predictions import RegressionPrediction


class Numbers(NamedTuple):
    """What the regressor gives: scores (b, labels), not probabilities, share (b,) from 0 to 1, counts (b, things)."""

    scores: Tensor
    share: Tensor
    counts: Tensor


class Regressor(nn.Module):
    """Numbers from pictures (b, 3, h, w): a label, a share and counts.

    Counts are sums of a density map, so a picture twice as wide holds twice as many. The share comes from two maps of
    amounts: the first's sum in that of both. Source of counting by density: Lempitsky & Zisserman 2010, NIPS; here
    training sees the sum of the density alone.
    """

    task = "regression"
    optimiser = "muon"
    rate = 2e-3

    def __init__(self, vocabulary: Vocabulary, encoder: Encoder | Backbone | None = None) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.encoder = encoder or Encoder()
        *_, eighth, sixteenth = self.encoder.widths
        labels, things = len(vocabulary.labels), len(vocabulary.things)
        self.channels = (labels, things, 2)
        self.merge = convolution(eighth + sixteenth + 2, eighth, kernel=1)
        self.maps = nn.Conv2d(eighth, sum(self.channels), 1)
        self.sharpness = nn.Parameter(torch.ones(labels))

    def forward(self, image: Tensor) -> Numbers:
        return self.head(self.encoder(image))

    def head(self, features: Features) -> Numbers:
        """Numbers from the two coarsest of the encoder's features."""
        merged = merge_coarse(features, self.merge)  # (b, 96, h/8, w/8)
        evidence, density, amounts = self.maps(merged).float().split(self.channels, 1)  # (b, labels | things | 2, ...)
        count = softplus(density - 3).flatten(2).sum(2)  # (b, things); - 3 starts with few objects
        part, rest = softplus(amounts).flatten(2).sum(2).unbind(1)  # (b,) each
        return Numbers(soft_maximum(evidence, self.sharpness), part / (part + rest), count)

    @torch.no_grad()
    def start_at(self, share: Tensor, counts: Tensor, size: tuple[int, int]) -> None:
        """Let the biases alone say this share and these counts of any picture of this size; labels stay as they are.

        share: (), above 0 and below 1. counts: (things,), above 0. NaN leaves a number as it is.
        """
        start = torch.cat([counts * 64 / (size[0] * size[1]), torch.stack([share, 1 - share])])  # 64 pixels a place
        start = start.expm1().log() + start.new_tensor([3] * len(counts) + [0, 0])  # softplus undone
        _, bias = self.maps.parameters()
        known = ~start.isnan().to(bias.device)
        bias[self.channels[0] :][known] = start.to(bias)[known]

    def loss(self, batch: Batch) -> Tensor:
        """Cross-entropy of the label and of the share, and the error of the counts in units of their size.

        Share and counts come from the batch's masks; a level that the batch lacks adds nothing.
        """
        scores, share, count = self(batch.images)  # (b, labels), (b,), (b, things)
        total: Tensor = scores.new_zeros(())
        if batch.labels is not None:
            total = total + cross_entropy(scores, batch.labels)
        if batch.semantic is not None:
            truth = share_of(self.vocabulary, batch.semantic)  # (b,)
            known = (~truth.isnan()).to(share.dtype)  # (b,)
            # On a GPU autocast refuses this loss even in float32, though only float16 would endanger it.
            with torch.autocast(share.device.type, enabled=False):
                mean = binary_cross_entropy(share, truth.nan_to_num().to(share.dtype), known)  # over all b
            total = total + mean * (len(known) / known.sum().clamp_min(1))  # over those that are known
        if batch.objects is not None:
            counts = torch.stack([(batch.objects == index).sum(1) for index in self.vocabulary.thing_indices], 1)
            total = total + ((count - counts).abs() / (counts + 1).sqrt()).mean()  # (b, things) → one number
        return total

    def answer(self, image: Tensor, name: str, ids: tuple[str, ...]) -> RegressionPrediction:
        """Probabilities, share and counts; NaN counts for classes that are not things."""
        return self.conclude(self(image), image.shape[-2:], name, ids)

    def conclude(self, raw: Numbers, size: Sequence[int], name: str, ids: tuple[str, ...]) -> RegressionPrediction:
        """The same from what `forward` gave for pictures of this height and width."""
        scores, share, count = raw
        counts = torch.full((len(ids), len(self.vocabulary.classes)), torch.nan, device=count.device)
        counts[:, list(self.vocabulary.thing_indices)] = count
        return RegressionPrediction(name, self.vocabulary, ids, scores.softmax(1), share, counts)
