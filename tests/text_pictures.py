"""Small pictures drawn as text."""

import torch


def picture(text: str) -> torch.Tensor:
    """A mask uint8 (h, w) from its rows as words of digits; ? = ignore."""
    return torch.tensor([[255 if c == "?" else int(c) for c in row] for row in text.split()], dtype=torch.uint8)
