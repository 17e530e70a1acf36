"""What is in the picture? A map of evidence for each label, pooled to one number."""

import torch
from torch import Tensor, nn

from vislab.data.batches import Batch, need
from vislab.data.vocabulary import Vocabulary
from vislab.models.backbone import Backbone
from vislab.models.encoder import Encoder, convolution, merge_coarse
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
        scores, evidence = self(image)  # (b, labels), (b, labels, h', w')
        return ClassPrediction(name, self.vocabulary, ids, scores.softmax(1), peak_of(scores, evidence, image))


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
        merged = merge_coarse(self.encoder(image), self.merge)  # (b, 96, h/8, w/8)
        evidence = self.evidence(merged).float()  # (b, labels, h/8, w/8)
        return soft_maximum(evidence, self.sharpness), evidence


def peak_of(scores: Tensor, evidence: Tensor, image: Tensor) -> Tensor:
    """Where the evidence for the likeliest label stands out most: float32 (b, 2), x and y in pixels of `image`.

    scores: (b, labels). evidence: (b, labels, h', w'). image: (b, 3, h, w).
    """
    label = scores.argmax(1)  # (b,)
    own = evidence[torch.arange(len(label)), label]  # (b, h', w')
    contrast = 2 * own - evidence.sum(1)  # (b, h', w') the label's evidence less that of all other labels
    peak = contrast.flatten(1).argmax(1)  # (b,)
    height, width = evidence.shape[-2:]
    centre = torch.stack([peak % width + 0.5, peak // width + 0.5], 1)  # (b, 2)
    return centre * torch.tensor([image.shape[-1] / width, image.shape[-2] / height], device=image.device)


def soft_maximum(maps: Tensor, sharpness: Tensor) -> Tensor:
    """Pool maps (b, c, h, w) to (b, c): the mean where sharpness (c,) is near 0, the maximum where it is large."""
    sharpness = sharpness.abs().clamp_min(1e-3)  # (c,)
    flat = maps.flatten(2)  # (b, c, h w)
    pixels = torch.full((), flat.shape[2], device=maps.device)  # made there: a copy would wait for the device
    return ((sharpness[:, None] * flat).logsumexp(2) - pixels.log()) / sharpness
