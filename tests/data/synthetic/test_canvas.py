"""The canvas: shapes where they should be, sums that do not depend on order, light that adds up."""

import math

import pytest
import torch

from vislab.data.synthetic import canvas
from vislab.data.synthetic.canvas import Fragments, Windows


def numbers(*values):
    return torch.tensor(values, dtype=torch.float64)


def about(x, y, reach, size, picture=None):
    picture = torch.zeros(len(x), dtype=torch.int64) if picture is None else picture
    return Windows.about(picture, x, y, reach, size)


def test_pixel_centres_stand_in_the_middle_of_pixels():
    x, y = canvas.grid(4)
    assert x.flatten().tolist() == y.flatten().tolist() == [0.125, 0.375, 0.625, 0.875]
    assert (x + y).shape == (1, 4, 4)


def test_two_discs_that_overlap_give_the_ids_worked_by_hand():
    # Side 8: discs of radius 2 pixels about (3, 4) and (5, 4); pixel centres at half numbers. The second is on top.
    window = about(numbers(3 / 8, 5 / 8), numbers(4 / 8, 4 / 8), 3 / 8, 8)
    inside = canvas.disc(window.x, window.y, numbers(2 / 8, 2 / 8)) <= 0
    ids = torch.zeros(1, 8, 8, dtype=torch.int32)
    window.put_on_top(ids, inside * torch.tensor([1, 2], dtype=torch.int32)[:, None, None])
    rows = ["".join(map(str, row)) for row in ids[0].tolist()]
    assert rows == ["00000000", "00000000", "00112200", "01122220", "01122220", "00112200", "00000000", "00000000"]


def test_what_is_added_where_windows_overlap_is_their_sum_in_any_order():
    x, y = numbers(0.4, 0.5, 0.6), numbers(0.5, 0.5, 0.5)
    values = torch.rand(3, *about(x, y, 0.3, 32).flat().shape[1:], generator=torch.Generator().manual_seed(0))
    sums = [torch.zeros(1, 32, 32, dtype=torch.int32) for _ in range(2)]
    about(x, y, 0.3, 32).add(sums[0], values)
    order = [2, 0, 1]
    about(x[order], y[order], 0.3, 32).add(sums[1], values[order])
    assert sums[0].equal(sums[1])
    assert sums[0].sum().item() / canvas.STEPS == pytest.approx(values.sum().item(), rel=1e-3)


def test_windows_are_moved_into_the_picture_and_lose_nothing_of_it():
    window = about(numbers(0.0, 0.97), numbers(0.5, 1.1), 0.2, 20, torch.tensor([0, 1]))
    assert window.left.tolist() == [0, 20 - window.x.shape[2]]
    pictures = torch.zeros(2, 20, 20, dtype=torch.int32)
    window.put_on_top(pictures, (canvas.disc(window.x, window.y, numbers(0.2, 0.2)) <= 0).int())
    x, y = canvas.grid(20)
    whole = torch.stack([(x**2 + (y - 0.5) ** 2)[0] <= 0.04, ((x - 0.97) ** 2 + (y - 1.1) ** 2)[0] <= 0.04])
    assert pictures.bool().equal(whole)
    assert pictures.sum() > 0


def test_reading_gives_back_what_was_put():
    window = about(numbers(0.3, 0.8), numbers(0.6, 0.2), 0.15, 24, torch.tensor([1, 0]))
    pictures = torch.zeros(2, 24, 24)
    values = torch.rand(window.flat().shape)
    window.put_on_top(pictures, values)
    assert window.read(pictures).equal(values)


def test_the_covered_area_is_the_disc_s():
    window = about(numbers(0.5), numbers(0.5), 0.45, 200)
    covered = canvas.coverage(canvas.disc(window.x, window.y, numbers(0.3)), 200)
    assert covered.sum().item() / 200**2 == pytest.approx(math.pi * 0.09, rel=0.005)
    assert ((covered > 0) & (covered < 1)).any()  # the edge is soft


def test_a_turned_shape_turns_clockwise_on_the_screen():
    window = about(numbers(0.5), numbers(0.5), 0.4, 50)
    x, y = canvas.rotate(window.x, window.y, numbers(math.pi / 4))
    inside = (x.abs() <= 0.35) & (y.abs() <= 0.03)  # a flat bar, before it is turned
    place = inside[0].nonzero().double()  # (pixels, 2): row, column
    assert torch.corrcoef(place.T)[0, 1] > 0.9  # further right is further down


def test_fragments_are_the_pixels_that_boxes_touch():
    boxes = torch.tensor([[0.0, 0.0, 0.5, 0.25], [0.6, 0.5, 2.0, 0.6], [-2.0, 0.0, -1.0, 1.0]])
    seen = Fragments.of_boxes(torch.tensor([0, 1, 1]), boxes, 4)
    assert seen.owner.tolist() == [0, 0, 1, 1]
    assert seen.pixel.tolist() == [0, 1, 16 + 8 + 2, 16 + 8 + 3]
    assert seen.x.tolist() == [0.125, 0.375, 0.625, 0.875]
    assert seen.y.tolist() == [0.125, 0.125, 0.625, 0.625]


def test_blur_keeps_the_light_and_the_border_and_spreads_each_picture_by_its_own():
    pictures = torch.zeros(2, 1, 41, 41)
    pictures[:, 0, 20, 20] = 1
    blurred = canvas.blur(pictures, numbers(0.0, 2 / 41))
    assert blurred[0].allclose(pictures[0])
    assert blurred.sum((1, 2, 3)).tolist() == pytest.approx([1, 1], abs=1e-4)
    steps = torch.arange(41.0) - 20
    assert (blurred[1, 0].sum(0) * steps**2).sum().sqrt().item() == pytest.approx(2, abs=0.01)
    assert canvas.blur(torch.ones(1, 3, 9, 9), numbers(0.3)).allclose(torch.ones(1, 3, 9, 9))


def test_blur_agrees_with_scipy_inside():
    from scipy.ndimage import gaussian_filter

    picture = torch.rand(1, 1, 48, 48, generator=torch.Generator().manual_seed(1))
    ours = canvas.blur(picture, numbers(1.5 / 48))[0, 0, 8:-8, 8:-8]
    theirs = torch.from_numpy(gaussian_filter(picture[0, 0].numpy(), 1.5, truncate=5))[8:-8, 8:-8]
    assert ours.allclose(theirs, atol=1e-4)


def test_light_falls_off_from_its_centre():
    field = canvas.light_field(5, torch.tensor([[0.5, 0.5]]), numbers(0.2), torch.zeros(1, 2))[0, 0]
    assert field[2, 2] == 1
    assert field[2, 0].item() == pytest.approx(math.exp(-0.2 * 4 * 0.4**2))
    assert field.equal(field.T)
    assert canvas.light_field(5, torch.tensor([[0.5, 0.5]]), numbers(0.0), torch.zeros(1, 2)).eq(1).all()


def test_noise_is_normal_enough_and_differs_between_pictures():
    where = torch.rand(4, 3, 3, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    grain = canvas.noise(where, 96)
    assert grain.shape == (4, 3, 96, 96)
    assert grain.mean().abs() < 0.02
    assert grain.std().item() == pytest.approx(1, abs=0.02)
    pairs = torch.corrcoef(grain.flatten(2).flatten(0, 1)) - torch.eye(12)
    assert pairs.abs().max() < 0.06
    beside = torch.corrcoef(torch.stack([grain[..., 1:].flatten(), grain[..., :-1].flatten()]))[0, 1]
    assert beside.abs() < 0.02
    assert canvas.noise(where, 512).shape == (4, 3, 512, 512)


def test_a_sensor_without_noise_only_rounds_and_clips():
    light = torch.tensor([-0.5, 0.0, 0.5, 1.0, 2.0]).expand(1, 3, 5, 5)
    none = torch.zeros(1)
    seen = canvas.expose(light, torch.randn(1, 3, 5, 5), none, none)
    assert seen[0, 0, 0].tolist() == [0, 0, 128, 255, 255]
    assert seen.dtype == torch.uint8


def test_a_sensor_s_noise_is_as_strong_as_said():
    where = torch.rand(1, 3, 3, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    seen = canvas.expose(torch.full((1, 3, 96, 96), 0.5), canvas.noise(where, 96), numbers(0.06), numbers(0.02))
    assert seen.float().std().item() / 255 == pytest.approx((0.06**2 * 0.5 + 0.02**2) ** 0.5, rel=0.05)
