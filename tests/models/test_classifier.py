"""The classifier's pool, and the point at which its evidence peaks."""

import pytest
import torch

from vislab.models.classifier import peak_of, soft_maximum


def test_the_pool_lies_between_mean_and_maximum():
    maps = torch.tensor([[[[0.0, 1.0], [2.0, 5.0]]]])
    assert soft_maximum(maps, torch.tensor([1e-3])).item() == pytest.approx(2.0, abs=0.01)
    assert soft_maximum(maps, torch.tensor([100.0])).item() == pytest.approx(5.0, abs=0.02)


def test_the_peak_is_in_pixels_of_the_picture():
    evidence = torch.zeros(1, 2, 2, 4)
    evidence[0, 1, 1, 2] = 3
    point = peak_of(torch.tensor([[0.0, 1.0]]), evidence, (16, 32))
    assert point.tolist() == [[20.0, 12.0]]
