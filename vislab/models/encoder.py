"""The encoder that every model of vislab shares: pictures in, features at four scales out."""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from vislab.errors import VislabError

CONTRAST = 4.0  # pixels differ little from the picture's mean colour: a deviation of about 0.1 on the smear
STRIDE = 16  # pixels of the picture's side that one pixel of the coarsest features covers


class Features(NamedTuple):
    """What an encoder gives: half (b, 24, h/2, w/2), quarter (b, 48, h/4, w/4), eighth and sixteenth (b, 96, ...).

    The channels are those of our own encoder; a backbone has others.
    """

    half: Tensor
    quarter: Tensor
    eighth: Tensor
    sixteenth: Tensor


class Block(nn.Module):
    """Two 3 × 3 convolutions that halve the side, and a shortcut around them: 1 × 1 on averaged pixels.

    Source: He et al. 2016, "Deep Residual Learning", CVPR.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.first = convolution(in_channels, out_channels, stride=2)
        second = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.second = nn.Sequential(second, nn.BatchNorm2d(out_channels))  # its ReLU follows the sum
        self.shortcut = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(in_channels, out_channels, 1, bias=False))
        self.active = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        deep = self.second(self.first(x))  # (b, out, h/2, w/2)
        out: Tensor = self.active(deep + self.shortcut(x))  # (b, out, h/2, w/2)
        return out


def convolution(in_channels: int, out_channels: int, stride: int = 1, kernel: int = 3) -> nn.Sequential:
    """A convolution, its normalisation and a ReLU: (b, in, h, w) → (b, out, h/stride, w/stride)."""
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel, stride, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(out_channels),  # brings the bias
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
        self.quarter = Block(width, 2 * width)
        self.eighth = Block(2 * width, 4 * width)
        self.sixteenth = Block(4 * width, 4 * width)

    def forward(self, image: Tensor) -> Features:
        check_sides(image)
        return self.features(self.normalise(image))

    def normalise(self, image: Tensor) -> Tensor:
        """Pictures less their mean colour, as stain and lamp say nothing: (b, 3, h, w)."""
        return (image - image.mean((2, 3), keepdim=True)) * CONTRAST

    def features(self, normal: Tensor) -> Features:
        """Features of normalised pictures, or of parts of them (b, 3, h, w)."""
        half = self.stem(normal)  # (b, 24, h/2, w/2)
        quarter = self.quarter(half)  # (b, 48, h/4, w/4)
        eighth = self.eighth(quarter)  # (b, 96, h/8, w/8)
        sixteenth = self.sixteenth(eighth)  # (b, 96, h/16, w/16)
        return Features(half, quarter, eighth, sixteenth)


def check_sides(image: Tensor) -> None:
    """Raise VislabError unless the sides of pictures (b, 3, h, w) are multiples of the coarsest stride."""
    height, width = image.shape[-2:]
    if height % STRIDE or width % STRIDE or not image.numel():
        rows, columns = (max(STRIDE, math.ceil(side / STRIDE) * STRIDE) for side in (height, width))
        raise VislabError(
            f"pictures must have sides that are multiples of {STRIDE} pixels, not {height} × {width}; "
            f"pad them to {rows} × {columns}, or load them with size={max(rows, columns)}"
        )


def merge_coarse(features: Features, merge: nn.Module) -> Tensor:
    """The two coarsest features and each pixel's place, merged: (b, 96, h/8, w/8)."""
    coarse = nn.functional.interpolate(features.sixteenth, scale_factor=2)  # (b, 96, h/8, w/8)
    merged: Tensor = merge(with_places(torch.cat([features.eighth, coarse], 1)))  # (b, 192 + 2, h/8, w/8) → (b, 96, …)
    return merged


def with_places(features: Tensor) -> Tensor:
    """Features (b, c, h, w) → (b, c + 2, h, w): two more channels, each pixel's x and y from -1 to 1.

    A convolution cannot tell left from right, and "in my lane" asks for it. Source: Liu et al. 2018, "An Intriguing
    Failing of Convolutional Neural Networks and the CoordConv Solution", NeurIPS.
    """
    b, _, h, w = features.shape
    rows = torch.linspace(-1, 1, h, device=features.device, dtype=features.dtype)
    columns = torch.linspace(-1, 1, w, device=features.device, dtype=features.dtype)
    y, x = torch.meshgrid(rows, columns, indexing="ij")  # (h, w) each
    return torch.cat([features, torch.stack([x, y]).expand(b, 2, h, w)], 1)
