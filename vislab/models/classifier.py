"""What is in the picture? A map of evidence for each label, pooled to one number."""

import torch
from torch import Tensor, nn

from vislab.data.batches import Batch, need
from vislab.data.vocabulary import Vocabulary
from vislab.models.encoder import Encoder, convolution, with_places
from vislab.models.predictions import ClassPrediction


class Classifier(nn.Module):
    """Labels from pictures (b, 3, h, w): scores (b, labels), not probabilities, and the maps they come from.

    The pool lies between the mean and the maximum, and may learn where: a small parasite is a matter of the maximum, a
    crowd one of the mean. (On the smear its sharpness stays near 1, where it began.)
    Source: Pinheiro & Collobert 2015, "From Image-level to Pixel-level Labeling", CVPR, equation 6.
    """

    task = "classification"
    optimiser = "muon"
    rate = 2e-3

    def __init__(self, vocabulary: Vocabulary, encoder: Encoder | None = None) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.encoder = encoder or Encoder()
        *_, eighth, sixteenth = self.encoder.widths
        self.merge = convolution(eighth + sixteenth + 2, eighth, kernel=1)
        self.evidence = nn.Conv2d(eighth, len(vocabulary.labels), 1)
        self.sharpness = nn.Parameter(torch.ones(len(vocabulary.labels)))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        *_, eighth, sixteenth = self.encoder(image)
        coarse = nn.functional.interpolate(sixteenth, scale_factor=2)  # (b, 96, h/8, w/8)
        evidence = self.evidence(self.merge(with_places(torch.cat([eighth, coarse], 1))))  # (b, labels, h/8, w/8)
        return soft_maximum(evidence.float(), self.sharpness), evidence.float()

    def loss(self, batch: Batch) -> Tensor:
        """Cross-entropy of the labels."""
        return nn.functional.cross_entropy(self(batch.images)[0], need(batch.labels, "labels"))

    def answer(self, image: Tensor, name: str, ids: tuple[str, ...]) -> ClassPrediction:
        """Probabilities, and where the evidence for the label said stands out most."""
        scores, evidence = self(image)  # (b, labels), (b, labels, h/8, w/8)
        return ClassPrediction(name, self.vocabulary, ids, scores.softmax(1), peak_of(scores, evidence, image))


def peak_of(scores: Tensor, evidence: Tensor, image: Tensor) -> Tensor:
    """Where the evidence (b, labels, h', w') for the label said stands out most: (b, 2), x and y in pixels of image."""
    said = scores.argmax(1)
    against = 2 * evidence[torch.arange(len(said)), said] - evidence.sum(1)  # (b, h', w')
    peak = against.flatten(1).argmax(1)
    rows, columns = evidence.shape[-2:]
    places = torch.stack([peak % columns + 0.5, peak // columns + 0.5], 1)
    return places * torch.tensor([image.shape[-1] / columns, image.shape[-2] / rows], device=image.device)


def soft_maximum(maps: Tensor, sharpness: Tensor) -> Tensor:
    """Pool maps (b, c, h, w) to (b, c): the mean where sharpness (c,) is near 0, the maximum where it is large."""
    sharp = sharpness.abs().clamp_min(1e-3)[:, None]
    flat = maps.flatten(2)  # (b, c, h w)
    places = torch.tensor(flat.shape[2], device=maps.device)
    return ((sharp * flat).logsumexp(2) - places.log()) / sharp[:, 0]
