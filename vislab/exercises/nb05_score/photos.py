"""Notebook 05: torchvision's pretrained Mask R-CNN on photographs, for a learner who asks for the download."""

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor, nn

import vislab.data.datasets
from vislab.data.batches import to_float
from vislab.data.scenes import Scenes
from vislab.errors import VislabError
from vislab.models.predictions import InstancePrediction
from vislab.models.torchvision_models import adapt
from vislab.models.weights import fetch_weights

PERSON = 1  # among COCO's classes, as torchvision numbers them


class OnlyPeople(nn.Module):
    """A detector of COCO's classes that keeps the people alone."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, pictures: Sequence[Tensor]) -> list[dict[str, Tensor]]:
        """The people in each picture, in torchvision's format."""
        detections: list[dict[str, Tensor]] = self.net(pictures)
        return [{name: value[found["labels"] == PERSON] for name, value in found.items()} for found in detections]


def find_people(photographs: Scenes, net: nn.Module | None = None) -> InstancePrediction:
    """The people that `net` finds; without one, torchvision's pretrained Mask R-CNN (170 MB, downloaded once).

    Raises VislabError if the weights cannot be downloaded.
    """
    model = adapt("maskrcnn", photographs.vocabulary)
    model.net = OnlyPeople(pretrained_net() if net is None else net)
    with torch.inference_mode():
        people = model.eval().answer(to_float(photographs.images), "Mask R-CNN, pretrained", photographs.ids)
    assert isinstance(people, InstancePrediction)
    return people


def pretrained_net() -> nn.Module:
    """Mask R-CNN with COCO's weights, built as torchvision does. Its own builder would not check the file."""
    from torchvision.models.detection import MaskRCNN, MaskRCNN_ResNet50_FPN_Weights
    from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
    from torchvision.ops import FrozenBatchNorm2d

    weights = MaskRCNN_ResNet50_FPN_Weights.COCO_V1
    norm = partial(FrozenBatchNorm2d, eps=0.0)  # as in the training of these weights
    backbone = resnet_fpn_backbone(backbone_name="resnet50", weights=None, norm_layer=norm)
    net: nn.Module = MaskRCNN(backbone, num_classes=len(weights.meta["categories"]))
    net.load_state_dict(fetch_weights(weights))
    return net


def try_photographs(limit: int = 4) -> tuple[Scenes, InstancePrediction] | None:
    """Some photographs and the people found in them; None, after one printed line, if a download fails."""
    try:
        photographs = vislab.data.datasets.load.load("pennfudan", size=384, limit=limit, fit="pad")
        return photographs, find_people(photographs)
    except VislabError as error:
        print(f"Not here: {error}")
        return None
