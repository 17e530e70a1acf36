"""What is in the picture? A map of evidence for each label, pooled to one number."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from vislab.data.batches import Batch, need
from vislab.data.vocabulary import Vocabulary
from vislab.models.backbone import Backbone
from vislab.models.encoder import Encoder, Features, convolution, merge_coarse
from vislab.models.predictions import ClassPrediction, Task


class LabelModel(nn.Module):
    """A model that gives scores (b, labels) and the maps of evidence that they come from: how it learns and answers."""

    task: Task = "classification"
    vocabulary: Vocabulary

    def loss(self, batch: Batch) -> Tensor:
        """Cross-entropy of the labels."""
        scores, _ = self(batch.images)
        return nn.functional.cross_entropy(scores, need(batch.labels, "labels"))

    def answer(self, image: Tensor, name: str, ids: tuple[str, ...]) -> ClassPrediction:
        """Probabilities, and where the evidence for the predicted label stands out most."""
        return self.conclude(self(image), image.shape[-2:], name, ids)

    def conclude(
        self, raw: tuple[Tensor, Tensor], size: Sequence[int], name: str, ids: tuple[str, ...]
    ) -> ClassPrediction:
        """The same from what `forward` gave for pictures of this height and width."""
        scores, evidence = raw  # (b, labels), (b, labels, h', w')
        return ClassPrediction(name, self.vocabulary, ids, scores.softmax(1), peak_of(scores, evidence, size))


class Classifier(LabelModel):
    """Labels from pictures (b, 3, h, w): scores (b, labels), not probabilities, and the maps they come from.

    The pool lies between the mean and the maximum, and learns where: a small parasite is a matter of the maximum, a
    crowd one of the mean. (On the smear its sharpness stays near 1, where it began.)
    Source: Pinheiro & Collobert 2015, "From Image-level to Pixel-level Labeling", CVPR, equation 6.
    """

    optimiser = "muon"
    rate = 2e-3

    def __init__(self, vocabulary: Vocabulary, encoder: Encoder | Backbone | None = None) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.encoder = encoder or Encoder()
        *_, eighth, sixteenth = self.encoder.widths
        self.merge = convolution(eighth + sixteenth + 2, eighth, kernel=1)
        self.evidence = nn.Conv2d(eighth, len(vocabulary.labels), 1)
        self.sharpness = nn.Parameter(torch.ones(len(vocabulary.labels)))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        return self.head(self.encoder(image))

    def head(self, features: Features) -> tuple[Tensor, Tensor]:
        """Scores and evidence from the two coarsest of the encoder's features."""
        merged = merge_coarse(features, self.merge)  # (b, 96, h/8, w/8)
        evidence = self.evidence(merged).float()  # (b, labels, h/8, w/8)
        return soft_maximum(evidence, self.sharpness), evidence


def peak_of(scores: Tensor, evidence: Tensor, size: Sequence[int]) -> Tensor:
    """Where the evidence for the likeliest label stands out most: float32 (b, 2), x and y in pixels of the pictures.

    scores: (b, labels). evidence: (b, labels, h', w'). size: height and width of the pictures.
    """
    label = scores.argmax(1)  # (b,)
    own = evidence[torch.arange(len(label)), label]  # (b, h', w')
    contrast = 2 * own - evidence.sum(1)  # (b, h', w') the label's evidence less that of all other labels
    peak = contrast.flatten(1).argmax(1)  # (b,)
    height, width = evidence.shape[-2:]
    centre = torch.stack([peak % width + 0.5, peak // width + 0.5], 1)  # (b, 2)
    return centre * torch.tensor([size[1] / width, size[0] / height], device=scores.device)


def soft_maximum(maps: Tensor, sharpness: Tensor) -> Tensor:
    """Pool maps (b, c, h, w) to (b, c): the mean where sharpness (c,) is near 0, the maximum where it is large."""
    sharpness = sharpness.abs().clamp_min(1e-3)  # (c,)
    flat = maps.flatten(2)  # (b, c, h w)
    pixels = torch.full((), flat.shape[2], device=maps.device)  # made there: a copy would wait for the device
    return ((sharpness[:, None] * flat).logsumexp(2) - pixels.log()) / sharpness
