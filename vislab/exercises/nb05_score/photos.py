"""Notebook 05: torchvision's pretrained Mask R-CNN on what it was made for, photographs; only where one opts in."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

import vislab.data.datasets
from vislab.data.batches import to_float
from vislab.data.scenes import Scenes
from vislab.errors import VislabError
from vislab.models.predictions import InstancePrediction
from vislab.models.torchvision_models import adapt
from vislab.models.torchvision_weights import fetch_weights

PERSON = 1  # among COCO's classes, as torchvision numbers them


class OnlyPeople(nn.Module):
    """A detector of COCO's classes that keeps to people."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, pictures: Sequence[Tensor]) -> list[dict[str, Tensor]]:
        """What it says of each picture, as torchvision has it."""
        found: list[dict[str, Any]] = self.net(pictures)
        return [{name: value[one["labels"] == PERSON] for name, value in one.items()} for one in found]


def find_people(photographs: Scenes, net: nn.Module | None = None) -> InstancePrediction:
    """The people in photographs, by torchvision's weights, which are downloaded once (170 MB), or by another `net`.

    Raises VislabError where the weights cannot be had.
    """
    net = pretrained_net() if net is None else net
    model = adapt("maskrcnn", photographs.vocabulary)
    model.net = OnlyPeople(net)
    with torch.inference_mode():
        said = model.eval().answer(to_float(photographs.images), "Mask R-CNN, pretrained", photographs.ids)
    assert isinstance(said, InstancePrediction)
    return said


def pretrained_net() -> nn.Module:
    """Mask R-CNN with COCO's weights, as torchvision builds it, whose own builder would not check the file."""
    from torchvision.models.detection import MaskRCNN, MaskRCNN_ResNet50_FPN_Weights
    from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
    from torchvision.ops import FrozenBatchNorm2d

    weights = MaskRCNN_ResNet50_FPN_Weights.COCO_V1
    norm = partial(FrozenBatchNorm2d, eps=0.0)  # these weights were trained so
    backbone = resnet_fpn_backbone(backbone_name="resnet50", weights=None, norm_layer=norm)
    net: nn.Module = MaskRCNN(backbone, num_classes=len(weights.meta["categories"]))
    net.load_state_dict(fetch_weights(weights))
    return net


def try_photographs(limit: int = 4) -> tuple[Scenes, InstancePrediction] | None:
    """Some photographs and the people found in them; None, and one line, where something cannot be had."""
    try:
        photographs = vislab.data.datasets.load.load("pennfudan", size=384, limit=limit, fit="pad")
        return photographs, find_people(photographs)
    except VislabError as error:
        print(f"Not here: {error}")
        return None
