"""Who is compared in peers.py: our segmenters and their peers, each with the settings that it trains best with."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal
from unittest.mock import patch

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
    which is trained anew for each of several times. settings: rate and batch for vl.fit; ours take its defaults.
    rates: those that a trial chooses from, with `trial` pictures each, about a minute's worth.
    precision: "float32" or "bfloat16", whichever is faster on a CPU that has both; None leaves it to vl.fit.
    """

    name: str
    title: str
    task: Task
    make: Callable[[Vocabulary, int], Any]
    minutes: float | None
    settings: dict[str, Any]
    rates: tuple[float, ...] = ()
    trial: int = 0
    precision: Literal["float32", "bfloat16"] | None = None


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
    return vl.adapt("maskrcnn", vocabulary, seed=seed)


def our(task: Task) -> Callable[[Vocabulary, int], Any]:
    return lambda vocabulary, seed: vl.build(task, vocabulary, seed=seed)


def lraspp(vocabulary: Vocabulary, seed: int) -> Any:
    return vl.adapt("lraspp", vocabulary, seed=seed)


# Rates: the best of those that `peers.py --trial` tried on valid pictures. Ours are vl.fit's defaults.
CONTENDERS = (
    Contender("ours-instance", "vislab, instance", "instance", our("instance"), None, {}),
    Contender(
        "maskrcnn", "Mask R-CNN, ResNet-18 FPN (torchvision)", "instance", mask_rcnn, 15,
        {"rate": 1e-3, "batch": 8}, (3e-4, 1e-3, 2e-3), 240, "bfloat16",
    ),
    Contender("ours-semantic", "vislab, semantic", "semantic", our("semantic"), None, {}),
    Contender(
        "lraspp", "LR-ASPP, MobileNetV3-L (torchvision)", "semantic", lraspp, 5,
        {"rate": 4e-3, "batch": 16}, (1e-3, 4e-3, 1e-2), 4096, "float32",
    ),
    Contender(
        "unet", "U-Net, ResNet-18 (segmentation_models_pytorch)", "semantic", unet, 5,
        {"rate": 2e-3, "batch": 16}, (5e-4, 2e-3, 6e-3), 3072, "bfloat16",
    ),
)  # fmt: skip


@contextmanager
def in_precision(wanted: str | None, device: torch.device) -> Iterator[None]:
    """Train and predict in this precision on the CPU; elsewhere, and without a wish, in the one vislab picks."""
    from vislab.system.devices import precision

    if wanted is None or device.type != "cpu" or precision(device) == "float32":
        yield
        return
    with (
        patch("vislab.system.devices.precision", lambda place: wanted),
        patch("vislab.system.devices.precision", lambda place: wanted),
    ):
        yield
