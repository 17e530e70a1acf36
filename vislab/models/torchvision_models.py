"""torchvision's models behind the same interface as ours: trained, asked and measured alike."""

from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import torch
from torch import Tensor, nn

from vislab.data.batches import Batch, need
from vislab.data.vocabulary import Vocabulary
from vislab.errors import VislabError
from vislab.models.classifier import LabelModel
from vislab.models.predictions import InstancePrediction, Objects, Task
from vislab.models.semantic import PixelModel
from vislab.models.weights import fetch_weights, read_weights

Name = Literal["resnet18", "lraspp", "maskrcnn"]
# Channel means and deviations of ImageNet, which torchvision's weights expect (its documentation of the weights).
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# Of a picture: regions that Mask R-CNN learns from in a step, and objects that it predicts at most.
REGIONS, DETECTIONS = 64, 100
ANCHORS = (8, 16, 32, 64, 96)  # pixels a side, one for each level of the feature pyramid


def adapt(name: Name, vocabulary: Vocabulary, weights: str | Path | None = None, seed: int = 0) -> "Adapted":
    """A torchvision model for a vocabulary: "resnet18" classifies, "lraspp" segments, "maskrcnn" finds objects.

    weights: None starts from random weights; "DEFAULT" from torchvision's, downloaded once, with new last layers for
    the vocabulary; a path from a file of the same weights. seed: of random weights.
    Raises VislabError for another name, and if there are no such weights, saying how to bring the file.
    """
    if name not in get_args(Name):
        raise VislabError(f"there is no torchvision model {name!r} here; there are {', '.join(get_args(Name))}")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model: Adapted
        if name == "maskrcnn":
            model = MaskRCNN(vocabulary, "resnet18" if weights is None else "resnet50")
        else:
            model = ResNet18(vocabulary) if name == "resnet18" else LRASPP(vocabulary)
    if weights is not None:
        _load_weights(model, weights)
    return model


class ResNet18(LabelModel):
    """He et al. 2016, CVPR. Points are the peaks of its class activation map (Zhou et al. 2016, CVPR)."""

    rate = 1e-3

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__()
        from torchvision.models import ResNet18_Weights, resnet18

        self.vocabulary, self.weights = vocabulary, ResNet18_Weights.DEFAULT
        self.net = resnet18(num_classes=len(vocabulary.labels))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        net = self.net
        x = net.maxpool(net.relu(net.bn1(net.conv1(normalise(image)))))  # (b, 64, h/4, w/4)
        x = net.layer4(net.layer3(net.layer2(net.layer1(x)))).float()  # (b, 512, h/32, w/32)
        evidence = torch.einsum("bchw,kc->bkhw", x, net.fc.weight.float()) + net.fc.bias.float()[:, None, None]
        return evidence.mean((2, 3)), evidence  # (b, labels), (b, labels, h/32, w/32): fc of the mean is the maps' mean


class LRASPP(PixelModel):
    """Lite R-ASPP on MobileNetV3-Large: Howard et al. 2019, ICCV."""

    rate = 1e-3

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__()
        from torchvision.models.segmentation import LRASPP_MobileNet_V3_Large_Weights, lraspp_mobilenet_v3_large

        self.vocabulary, self.weights = vocabulary, LRASPP_MobileNet_V3_Large_Weights.DEFAULT
        self.net = lraspp_mobilenet_v3_large(weights=None, weights_backbone=None, num_classes=len(vocabulary.classes))

    def forward(self, image: Tensor) -> Tensor:
        scores: Tensor = self.net(normalise(image))["out"]  # (b, classes, h, w)
        return scores.float()


class MaskRCNN(nn.Module):
    """Mask R-CNN (He et al. 2017, ICCV) with a feature pyramid, fit for pictures of about 96 px.

    torchvision's own is made for photographs resized to 800 px: here pictures keep their size, and anchors measure
    8 to 96 px. From scratch it is built on a ResNet-18; torchvision has weights only for a ResNet-50. It learns from
    64 regions of a picture instead of torchvision's 512, which would make a step of 8 pictures four times as long.
    """

    task: Task = "instance"
    rate = 1e-3

    def __init__(self, vocabulary: Vocabulary, backbone: Literal["resnet18", "resnet50"] = "resnet18") -> None:
        super().__init__()
        from torchvision.models.detection import MaskRCNN as Net
        from torchvision.models.detection import MaskRCNN_ResNet50_FPN_Weights
        from torchvision.models.detection.anchor_utils import AnchorGenerator
        from torchvision.models.detection.backbone_utils import resnet_fpn_backbone

        self.vocabulary, self.weights = vocabulary, MaskRCNN_ResNet50_FPN_Weights.DEFAULT
        # Frozen normalisation is for pretrained weights; from scratch it must learn.
        norm = {} if backbone == "resnet50" else {"norm_layer": nn.BatchNorm2d}
        self.net = Net(
            resnet_fpn_backbone(backbone_name=backbone, weights=None, trainable_layers=5, **norm),
            num_classes=1 + len(vocabulary.things),
            rpn_anchor_generator=AnchorGenerator(tuple((side,) for side in ANCHORS), ((0.5, 1.0, 2.0),) * len(ANCHORS)),
            box_batch_size_per_image=REGIONS,
            box_detections_per_img=DETECTIONS,
        )
        self.net.transform.resize = lambda image, target: (image, target)
        # torchvision computes boxes in its heads' precision; beyond 64 px bfloat16 holds only halves of a pixel.
        for head in (self.net.rpn.head, self.net.roi_heads.box_predictor, self.net.roi_heads.mask_predictor):
            head.register_forward_hook(lambda module, inputs, output: _to_float(output))

    def loss(self, batch: Batch) -> Tensor:
        """The sum of its five losses: proposals (two), boxes, classes, masks."""
        instances, objects = need(batch.instances, "instances"), need(batch.objects, "objects")
        truth = [self._target(ids, classes) for ids, classes in zip(instances.long(), objects, strict=True)]
        losses: dict[str, Tensor] = self.net(list(batch.images.contiguous()), truth)
        return torch.stack(list(losses.values())).sum()

    def _target(self, ids: Tensor, classes: Tensor) -> dict[str, Tensor]:
        """One picture as torchvision wants it: boxes, classes (things from 1) and masks."""
        visible = torch.unique(ids)
        visible = visible[visible > 0]  # (k,)
        masks = ids[None] == visible[:, None, None]  # (k, h, w)
        label_of = torch.zeros(256, dtype=torch.int64, device=ids.device)  # class → thing, from 1
        label_of[list(self.vocabulary.thing_indices)] = torch.arange(len(self.vocabulary.things), device=ids.device) + 1
        return {
            "boxes": _boxes(masks).float(),
            "labels": label_of[classes[visible - 1].long()],
            "masks": masks.to(torch.uint8),
        }

    def answer(self, image: Tensor, name: str, ids: tuple[str, ...]) -> InstancePrediction:
        """Objects with their masks, those of low scores first, so that sure ones lie on top."""
        objects = tuple(self._objects(detections) for detections in self.net(list(image.contiguous())))
        return InstancePrediction(name, self.vocabulary, ids, objects, (image.shape[-2], image.shape[-1]))

    def _objects(self, detections: dict[str, Tensor]) -> Objects:
        """What torchvision's net found in one picture, without empty masks."""
        order = detections["scores"].argsort()  # (k,)
        masks = detections["masks"][order, 0] >= 0.5  # (k, h, w)
        filled = masks.flatten(1).any(1)  # (k,)
        order, masks = order[filled], masks[filled]
        boxes = _boxes(masks).cpu().numpy()
        cropped = tuple(
            mask[top:bottom, left:right]
            for mask, (left, top, right, bottom) in zip(masks.cpu().numpy(), boxes.tolist(), strict=True)
        )
        classes = np.array(self.vocabulary.thing_indices)[detections["labels"][order].cpu().numpy() - 1]
        return Objects(boxes, cropped, classes, detections["scores"][order].float().cpu().numpy())


def _to_float(output: Any) -> Any:
    """Tensors, or lists and tuples of them, as float32."""
    return output.float() if isinstance(output, Tensor) else type(output)(map(_to_float, output))


def _boxes(masks: Tensor) -> Tensor:
    """Left, top, right, bottom of masks (k, h, w) that are not empty, right and bottom not included: int64 (k, 4)."""
    from torchvision.ops import masks_to_boxes

    boxes: Tensor = masks_to_boxes(masks).long()
    return boxes + torch.tensor([0, 0, 1, 1], device=masks.device)


Adapted = ResNet18 | LRASPP | MaskRCNN


def normalise(image: Tensor) -> Tensor:
    """Pictures (b, 3, h, w) from 0 to 1 as torchvision's weights expect them."""
    # Made on the device: a training on a GPU would wait for the copy of new_tensor.
    mean, deviation = (torch.cat([image.new_full((1, 1, 1), x) for x in values]) for values in (MEAN, DEVIATION))
    return (image - mean) / deviation


def _load_weights(model: Adapted, weights: str | Path) -> None:
    """Load torchvision's weights, except for the layers whose size depends on the vocabulary."""
    source = model.weights
    state = fetch_weights(source) if weights == "DEFAULT" else read_weights(Path(weights), source.url)
    own = model.net.state_dict()
    fitting = {name: value for name, value in state.items() if name in own and own[name].shape == value.shape}
    if len(fitting) < len(own) / 2:
        raise VislabError(
            f"{weights}: holds {len(fitting)} of the {len(own)} layers of this model; give the file of {source.url}"
        )
    model.net.load_state_dict(own | fitting)
