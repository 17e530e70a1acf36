"""The encoder: features at four scales, the sizes it refuses, and coordinates beside features."""

import pytest
import torch

from vislab.errors import VislabError
from vislab.models.encoder import Encoder, with_places


def test_features_come_at_four_scales():
    features = Encoder()(torch.rand(2, 3, 32, 48))
    assert [tuple(part.shape) for part in features] == [(2, 24, 16, 24), (2, 48, 8, 12), (2, 96, 4, 6), (2, 96, 2, 3)]


@pytest.mark.parametrize(("size", "mend"), [((50, 64), "64 × 64, .* size=64"), ((0, 0), "16 × 16")])
def test_other_sizes_say_what_to_pad_to(size, mend):
    with pytest.raises(VislabError, match=f"{size[0]} × {size[1]}; pad them to {mend}"):
        Encoder()(torch.rand(1, 3, *size))


def test_coordinates_run_from_minus_one_to_one():
    beside = with_places(torch.zeros(1, 4, 2, 3))[0, 4:]
    assert beside.tolist() == [[[-1, 0, 1], [-1, 0, 1]], [[-1, -1, -1], [1, 1, 1]]]
