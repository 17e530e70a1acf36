"""Varied pictures: their masks move with them, and only by the vocabulary's symmetries."""

import torch

import vislab as vl
from vislab.data.batches import take, vary


def test_varied_pictures_keep_masks_and_pictures_together():
    """The masks are painted into the picture: after any turn and crop they must still agree."""
    scenes = vl.draw("smear", 6, size=64)
    batch = take(scenes, torch.arange(6))
    marked = batch._replace(images=batch.semantic[:, None].repeat(1, 3, 1, 1).float() / 4)
    moved = 0
    for seed in range(4):
        varied = vary(marked, ("mirror", "flip", "turn"), torch.Generator().manual_seed(seed), crop=32)
        painted = (varied.images.mean(1) * 4).round().clamp(0, 2)
        assert varied.images.shape == (6, 3, 32, 32)
        assert ((painted - varied.semantic).abs() < 0.5).double().mean() > 0.9
        assert torch.equal(varied.instances > 0, varied.semantic > 0)
        moved += int(not torch.equal(varied.semantic, marked.semantic[:, :32, :32]))
    assert moved == 4


def test_pictures_are_turned_by_one_symmetry_after_the_other():
    batch = take(vl.draw("smear", 6, size=64), torch.arange(6))
    varied = vary(batch, ("mirror", "flip", "turn"), torch.Generator().manual_seed(5))
    chance = torch.Generator().manual_seed(5)
    expected = batch.instances.clone()
    for turn in (lambda mask: mask.flip(1), lambda mask: mask.flip(0), torch.rot90):
        for index in torch.rand(6, generator=chance).lt(0.5).nonzero()[:, 0]:
            expected[index] = turn(expected[index])
    assert torch.equal(varied.instances, expected)
    assert varied.images.is_contiguous(memory_format=torch.channels_last)


def test_a_street_is_never_turned_upside_down():
    batch = take(vl.draw("street", 8, size=64), torch.arange(8))
    varied = vary(batch, (), torch.Generator().manual_seed(0))
    assert torch.equal(varied.semantic, batch.semantic)


def test_a_part_is_a_window_of_the_picture():
    batch = take(vl.draw("street", 3, size=64), torch.arange(3))
    varied = vary(batch, (), torch.Generator().manual_seed(3), crop=32)
    chance = torch.Generator().manual_seed(3)
    top, left = (torch.randint(33, (3,), generator=chance).tolist() for _ in range(2))
    for index in range(3):
        window = batch.semantic[index, top[index] : top[index] + 32, left[index] : left[index] + 32]
        assert torch.equal(varied.semantic[index], window)
