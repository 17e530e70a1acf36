"""What is each pixel? The encoder's features, brought back to the picture's size step by step."""

from collections.abc import Sequence

from torch import Tensor, nn

from vislab.data.batches import Batch, need
from vislab.data.vocabulary import IGNORE, Vocabulary
from vislab.models.backbone import Backbone
from vislab.models.encoder import Encoder, Features, convolution
from vislab.models.predictions import SemanticPrediction, Task


class Decoder(nn.Module):
    """Features at four scales in, `channels` maps at the picture's size out: (b, channels, h, w).

    Coarse features tell what, fine ones where: each step doubles the coarser ones and adds the finer ones, brought to
    as many channels by a 1 × 1 convolution. Source: Lin et al. 2017, "Feature Pyramid Networks", CVPR. The last
    doubling makes four pixels from four channels (Shi et al. 2016, "Sub-Pixel Convolution", CVPR), so that no
    convolution runs at full resolution.
    """

    def __init__(self, widths: tuple[int, int, int, int], channels: int, width: int = 48) -> None:
        super().__init__()
        half, quarter, eighth, sixteenth = widths
        fine = width * 2 // 3
        self.coarse = convolution(sixteenth, width, kernel=1)
        self.lateral_eighth = nn.Conv2d(eighth, width, 1)
        self.at_eighth = convolution(width, width)
        self.lateral_quarter = nn.Conv2d(quarter, width, 1)
        self.at_quarter = convolution(width, fine)
        self.lateral_half = nn.Conv2d(half, fine, 1)
        self.at_half = convolution(fine, fine)
        self.head = nn.Conv2d(fine, 4 * channels, 3, padding=1)
        self.shuffle = nn.PixelShuffle(2)

    def forward(self, features: Features) -> Tensor:
        x = self.coarse(features.sixteenth)  # (b, 48, h/16, w/16)
        x = self.at_eighth(double(x) + self.lateral_eighth(features.eighth))  # (b, 48, h/8, w/8)
        x = self.at_quarter(double(x) + self.lateral_quarter(features.quarter))  # (b, 32, h/4, w/4)
        x = self.at_half(double(x) + self.lateral_half(features.half))  # (b, 32, h/2, w/2)
        maps: Tensor = self.shuffle(self.head(x))  # (b, channels, h, w)
        return maps


def double(x: Tensor) -> Tensor:
    """Each feature four times: (b, c, h, w) → (b, c, 2 h, 2 w)."""
    return nn.functional.interpolate(x, scale_factor=2)


class PixelModel(nn.Module):
    """A model that gives scores (b, classes, h, w), not probabilities: how it learns and answers."""

    task: Task = "semantic"
    vocabulary: Vocabulary

    def loss(self, batch: Batch) -> Tensor:
        """Cross-entropy of every pixel that is not ignored."""
        return pixel_loss(self(batch.images), need(batch.semantic, "semantic"))

    def answer(self, image: Tensor, name: str, ids: tuple[str, ...]) -> SemanticPrediction:
        """Scores of every class at every pixel."""
        return self.conclude(self(image), image.shape[-2:], name, ids)

    def conclude(self, scores: Tensor, size: Sequence[int], name: str, ids: tuple[str, ...]) -> SemanticPrediction:
        """The same from what `forward` gave for pictures of this height and width."""
        return SemanticPrediction(name, self.vocabulary, ids, scores.half())


class SemanticSegmenter(PixelModel):
    """A score for every class at every pixel: (b, 3, h, w) → (b, classes, h, w), not probabilities."""

    optimiser = "muon"
    rate = 5e-3

    def __init__(self, vocabulary: Vocabulary, encoder: Encoder | Backbone | None = None) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.encoder = encoder or Encoder()
        self.decoder = Decoder(self.encoder.widths, len(vocabulary.classes))

    def forward(self, image: Tensor) -> Tensor:
        return self.head(self.encoder(image))

    def head(self, features: Features) -> Tensor:
        """Scores (b, classes, h, w) from the encoder's features."""
        scores: Tensor = self.decoder(features)  # (b, classes, h, w)
        return scores.float()


def pixel_loss(scores: Tensor, semantic: Tensor) -> Tensor:
    """Mean cross-entropy of scores (b, classes, h, w) against uint8 (b, h, w), over the pixels not ignored."""
    total = nn.functional.cross_entropy(scores, semantic.long(), ignore_index=IGNORE, reduction="sum")
    return total / (semantic != IGNORE).sum().clamp_min(1)
