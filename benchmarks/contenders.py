"""Who is compared in peers.py: our segmenters and their peers, each with the recipe that it trains best with."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn

import vislab as vl
from vislab.data.batches import Batch, need
from vislab.data.vocabulary import Vocabulary
from vislab.models.predictions import SemanticPrediction, Task
from vislab.models.semantic import pixel_loss
from vislab.models.torchvision_models import normalise


@dataclass(frozen=True)
class Contender:
    """A model and how it is trained.

    make: called with the vocabulary and the seed of random weights. minutes: how long a peer trains; None for ours,
    which is trained anew for each of several times. optimiser, rate, batch: for vl.fit; a rate of None is the model's
    own. tried: optimisers and rates that a trial chooses from, with `trial` pictures each.
    """

    name: str
    title: str
    task: Task
    make: Callable[[Vocabulary, int], Any]
    minutes: float | None = None
    optimiser: str = "muon"
    rate: float | None = None
    batch: int = 8
    tried: tuple[tuple[str, float], ...] = ()
    trial: int = 0


class UNet(nn.Module):
    """segmentation_models_pytorch's U-Net on a ResNet-18, from scratch, behind the face that vl.fit knows."""

    task: Task = "semantic"

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__()
        smp = import_module("segmentation_models_pytorch")  # by name: the package has no types, and may not be there
        self.vocabulary = vocabulary
        self.net = smp.Unet("resnet18", encoder_weights=None, classes=len(vocabulary.classes))

    def forward(self, image: Tensor) -> Tensor:
        """(b, 3, h, w) → (b, classes, h, w) scores."""
        scores: Tensor = self.net(normalise(image))
        return scores.float()

    def loss(self, batch: Batch) -> Tensor:
        """Cross-entropy of every pixel that is not ignored, as ours."""
        return pixel_loss(self(batch.images), need(batch.semantic, "semantic"))

    def answer(self, image: Tensor, name: str, ids: tuple[str, ...]) -> SemanticPrediction:
        """Scores of every class at every pixel."""
        return SemanticPrediction(name, self.vocabulary, ids, self(image).half())


def unet(vocabulary: Vocabulary, seed: int) -> UNet:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return UNet(vocabulary)


def mask_rcnn(vocabulary: Vocabulary, seed: int) -> Any:
    """With fewer proposals and objects than torchvision's, as a smear has 20 cells at most: it predicts sooner."""
    model = vl.adapt("maskrcnn", vocabulary, seed=seed)
    model.net.rpn._post_nms_top_n["testing"] = 200
    model.net.roi_heads.detections_per_img = 40
    return model


def our(task: Task) -> Callable[[Vocabulary, int], Any]:
    return lambda vocabulary, seed: vl.build(task, vocabulary, seed=seed)


def lraspp(vocabulary: Vocabulary, seed: int) -> Any:
    return vl.adapt("lraspp", vocabulary, seed=seed)


# Recipes of peers: the best of those that `peers.py --trial` tried on valid pictures (Mask R-CNN: not yet).
# Ours are vl.fit's defaults.
CONTENDERS = (
    Contender("ours-instance", "vislab, instance", "instance", our("instance")),
    Contender(
        "maskrcnn", "Mask R-CNN, ResNet-18 FPN (torchvision)", "instance", mask_rcnn, 10, "muon", 2e-3, 4,
        (("adamw", 1e-3), ("muon", 1e-3), ("muon", 2e-3)), 120,
    ),
    Contender("ours-semantic", "vislab, semantic", "semantic", our("semantic")),
    Contender(
        "lraspp", "LR-ASPP, MobileNetV3-L (torchvision)", "semantic", lraspp, 4, "muon", 5e-3, 8,
        (("adamw", 1e-3), ("adamw", 4e-3), ("muon", 2e-3), ("muon", 5e-3)), 2048,
    ),
    Contender(
        "unet", "U-Net, ResNet-18 (segmentation_models_pytorch)", "semantic", unet, 5, "muon", 5e-3, 8,
        (("adamw", 2e-3), ("muon", 2e-3), ("muon", 5e-3)), 1024,
    ),
)  # fmt: skip
