"""The encoder that every model of vislab shares: pictures in, features at four scales out."""

import torch
from torch import Tensor, nn

from vislab.errors import VislabError

CONTRAST = 4.0  # what differs from the picture's mean colour is little: a deviation of about 0.1 on the smear
STRIDE = 16  # pixels of the picture's side that one step of the coarsest features covers


class Block(nn.Module):
    """Two 3 × 3 convolutions around which the input is added again, after He et al. 2016, "Deep Residual Learning".

    stride 2 halves the side; the shortcut then is a 1 × 1 convolution of averaged pixels.
    """

    def __init__(self, inside: int, outside: int, stride: int = 1) -> None:
        super().__init__()
        self.first = convolution(inside, outside, stride)
        self.second = nn.Sequential(nn.Conv2d(outside, outside, 3, padding=1, bias=False), nn.BatchNorm2d(outside))
        shrink = [nn.AvgPool2d(2)] if stride == 2 else []
        same = inside == outside and stride == 1
        self.shortcut = nn.Identity() if same else nn.Sequential(*shrink, nn.Conv2d(inside, outside, 1, bias=False))
        self.active = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.active(self.second(self.first(x)) + self.shortcut(x))
        return out


def convolution(inside: int, outside: int, stride: int = 1, kernel: int = 3) -> nn.Sequential:
    """A convolution, its normalisation and a ReLU; the bias is the normalisation's."""
    return nn.Sequential(
        nn.Conv2d(inside, outside, kernel, stride, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(outside),
        nn.ReLU(inplace=True),
    )


class Encoder(nn.Module):
    """Features at a half, a quarter, an eighth and a sixteenth of the picture's side.

    The stem strides at once: at full resolution a convolution costs four times as much and sees half as far.
    """

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        self.widths = (width, 2 * width, 4 * width, 4 * width)
        self.stem = convolution(3, width, stride=2, kernel=5)
        self.quarter = Block(width, 2 * width, stride=2)
        self.eighth = Block(2 * width, 4 * width, stride=2)
        self.sixteenth = Block(4 * width, 4 * width, stride=2)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        height, width = image.shape[-2:]
        if height % STRIDE or width % STRIDE or not image.numel():
            up = [max(STRIDE, -(-side // STRIDE) * STRIDE) for side in (height, width)]
            raise VislabError(
                f"pictures of {height} × {width} pixels do not part into steps of {STRIDE}; "
                f"pad them to {up[0]} × {up[1]}, or load them with size={max(up)}"
            )
        centred = (image - image.mean((2, 3), keepdim=True)) * CONTRAST  # the stain and the lamp say nothing
        half = self.stem(centred)  # (b, 24, h/2, w/2)
        quarter = self.quarter(half)  # (b, 48, h/4, w/4)
        eighth = self.eighth(quarter)  # (b, 96, h/8, w/8)
        sixteenth = self.sixteenth(eighth)  # (b, 96, h/16, w/16)
        return half, quarter, eighth, sixteenth


def with_places(features: Tensor) -> Tensor:
    """Features (b, c, h, w) and where they are: two more maps, x and y from -1 to 1.

    A convolution cannot tell left from right, and "in my lane" asks for it. Source: Liu et al. 2018, "An Intriguing
    Failing of Convolutional Neural Networks and the CoordConv Solution", NeurIPS.
    """
    b, _, h, w = features.shape
    y = torch.linspace(-1, 1, h, device=features.device, dtype=features.dtype).view(1, 1, h, 1).expand(b, 1, h, w)
    x = torch.linspace(-1, 1, w, device=features.device, dtype=features.dtype).view(1, 1, 1, w).expand(b, 1, h, w)
    return torch.cat([features, x, y], 1)
