"""Spots of heat and their peaks, on small pictures."""

import pytest
import torch

from vislab.models.spots import draw_spots, find_peaks, heat_by_class, heat_loss


def test_a_spot_is_hot_at_its_centre_and_belongs_to_the_hottest():
    points = torch.tensor([[[2.5, 3.5], [6.2, 3.9], [0, 0]]])
    there = torch.tensor([[True, True, False]])
    spots = draw_spots(points, there, torch.full((1, 3), 1.0), 1.0, (8, 10))
    assert spots.heat[0, 3, 2] == spots.heat[0, 3, 6] == 1
    assert spots.heat[0, 3, 3].item() == pytest.approx(2.718281828**-0.5, abs=1e-5)
    assert spots.owner[0, 3, :7].tolist() == [
        1,
        1,
        1,
        1,
        2,
        2,
        2,
    ]  # the middle one is as near to both: the later has it
    assert spots.heat[0, 0, 0] < 0.01
    assert spots.owner.max() == 2
    heat = heat_by_class(spots, torch.tensor([[2, 1, 0]], dtype=torch.uint8), (1, 2))
    assert (heat[0, 0, 3, 6], heat[0, 1, 3, 6], heat[0, 1, 3, 2]) == (1, 0, 1)


def test_spots_at_the_border_are_cut_and_without_objects_all_is_cold():
    spots = draw_spots(
        torch.tensor([[[0.5, 7.9]]]), torch.ones(1, 1, dtype=torch.bool), torch.full((1, 1), 2.0), 2.0, (8, 8)
    )
    assert spots.heat[0, 7, 0] == 1
    none = draw_spots(torch.zeros(2, 0, 2), torch.zeros(2, 0, dtype=torch.bool), torch.zeros(2, 0), 2.0, (8, 8))
    assert not none.heat.any()
    assert heat_loss(torch.full((2, 1, 8, 8), -9.0), none.heat[:, None], None) < 1e-3


def test_the_loss_is_least_for_the_heat_itself():
    heat = draw_spots(
        torch.tensor([[[4.5, 4.5]]]), torch.ones(1, 1, dtype=torch.bool), torch.ones(1, 1), 1.0, (9, 9)
    ).heat[:, None]
    right = heat_loss(torch.where(heat > 0.99, 8.0, -8.0), heat, None)
    assert right < heat_loss(torch.full_like(heat, -8.0), heat, None)  # nothing found
    assert right < heat_loss(torch.full_like(heat, 8.0), heat, None)  # everything
    assert heat_loss(torch.full_like(heat, 8.0), heat, torch.zeros(1, 9, 9, dtype=torch.bool)) == 0  # ignored


def test_peaks_are_found_once_with_their_class():
    logits = torch.full((1, 2, 12, 12), -9.0)
    logits[0, 0, 2, 3], logits[0, 1, 8, 8], logits[0, 0, 8, 9] = 2.0, 3.0, 1.0  # the last is near a hotter one
    ((centres, thing),) = find_peaks(logits, torch.full((1, 12, 12), 4.0))
    assert centres.points.tolist() == [[8, 8], [3, 2]]
    assert thing.tolist() == [1, 0]
    assert centres.heat.tolist() == pytest.approx([0.9526, 0.8808], abs=1e-3)
