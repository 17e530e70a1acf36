"""A model so small that its costs are reckoned by hand."""

from torch import nn


class Plain(nn.Module):
    """One convolution: 3 → 4 channels, 3 × 3, bias; 4 · 3 · 9 multiply-adds a pixel."""

    task = "semantic"

    def __init__(self):
        super().__init__()
        self.layer = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, image):
        return self.layer(image)

    def answer(self, image, name, ids):
        return self(image)
