"""What an instance segmenter learns: targets of masks worked by hand."""

import pytest
import torch
from text_pictures import picture

from vislab.models.instance import targets


def test_targets_point_at_a_pixel_of_the_object_itself():
    ids = torch.stack([picture("1110 1010 1112 0000")])
    target = targets(ids, 2)
    y, x = 1, 0
    end_x, end_y = x + int(target.offset[0, 0, y, x]), y + int(target.offset[0, 1, y, x])
    assert ids[0, end_y, end_x] == 1  # the ring's middle is a hole; the centre is on the ring
    assert target.heatmap[0].amax() == 1
    assert target.heatmap[0, 2, 3] == 1  # an object of one pixel is its own centre
    assert (target.offset[0, :, ids[0] == 0] == 0).all()


def test_the_centre_is_the_first_of_equally_near_pixels():
    target = targets(torch.stack([picture("0110 0110")]), 1)
    assert target.offset[0, :, 1, 2].tolist() == [-1, -1]
    assert target.radius[0, 0].tolist() == pytest.approx([0, (4 / torch.pi) ** 0.5, (4 / torch.pi) ** 0.5, 0])
