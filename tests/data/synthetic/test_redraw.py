"""One picture drawn again: the same at the settings it was drawn with, itself under others."""

import pytest
import torch

import vislab as vl
from vislab import VislabError
from vislab.data.synthetic.draw import BLOCK, WORLDS, is_drawn, redraw
from vislab.data.synthetic.settings import Settings

pytestmark = pytest.mark.slow
each_world = pytest.mark.parametrize("world", WORLDS)
TRUTH = ("labels", "semantic", "instances", "objects")


def truth_is_same(some, other):
    return all(getattr(some, level).equal(getattr(other, level)) for level in TRUTH)


@each_world
@pytest.mark.parametrize("size", [64, 96, 256])
def test_a_picture_drawn_again_is_that_picture(world, size):
    scenes = vl.draw(world, BLOCK + 3 if size == 96 else 4, size=size, seed=5)
    for index in (0, 3, BLOCK - 1, BLOCK + 2):
        if index < len(scenes):
            again = redraw(scenes.ids[index], size)
            assert again.ids == (scenes.ids[index],)
            assert truth_is_same(again, scenes[index])
            # Shapes are cut off where the widest of those painted together ends, so a few values may differ.
            assert (again.images != scenes.images[index]).double().mean() < 0.001


@each_world
def test_with_the_settings_it_was_drawn_with_it_is_that_picture(world):
    how = {"difficulty": 0.2, "crowding": 0.9, "objects": (3, 5), "noise": 2.0, "blur": 0.5, "light": 3.0}
    scene = vl.draw(world, 6, seed=8, **how)[5]
    again = redraw(scene.ids[0], 96, Settings(**how))
    assert truth_is_same(again, scene)
    assert (again.images != scene.images).double().mean() < 0.001
    assert not truth_is_same(redraw(scene.ids[0]), scene), "the defaults give another scene"


@each_world
def test_noise_blur_and_light_change_the_picture_and_leave_the_scene(world):
    start = redraw(f"{world}-0-000004")
    for name in ("noise", "blur", "light"):
        other = redraw(f"{world}-0-000004", 96, Settings(**{name: 3.0}))
        assert truth_is_same(other, start), name
        assert not other.images.equal(start.images), name


@each_world
def test_it_does_not_matter_what_was_drawn_before(world):
    name, far = f"{world}-2-000070", Settings(blur=4, noise=0, crowding=1)
    first = redraw(name).images
    torch.manual_seed(0)
    expected = torch.rand(2)
    torch.manual_seed(0)
    moved = redraw(name, 96, far)
    assert torch.rand(2).equal(expected), "a learner's own random numbers are left alone"
    assert redraw(name).images.equal(first)
    assert redraw(name, 96, far).images.equal(moved.images)
    kept = moved.images.clone()
    moved.images.zero_()  # what is kept for the next call is not what was given away
    assert redraw(name, 96, far).images.equal(kept)


def test_the_same_scene_at_another_size():
    small, large = redraw("smear-0-000004", 64), redraw("smear-0-000004", 128)
    shrunk = torch.nn.functional.avg_pool2d(large.images.float(), 2)
    assert (shrunk - small.images).abs().mean() < 12
    assert (large.semantic[:, ::2, ::2] == small.semantic).double().mean() > 0.95


def test_what_is_no_drawn_picture_is_refused():
    assert is_drawn("street-12-000007")
    assert is_drawn("smear-0-1234567")
    for name in ("smear-0-12", "forest-0-000001", "smear-a-000001", "img_7.png", "", "xsmear-0-000001"):
        assert not is_drawn(name)
        with pytest.raises(VislabError, match=r"is no picture that was drawn; their ids read like smear-0-000012"):
            redraw(name)
    with pytest.raises(VislabError, match=r"size must be a whole number from 64 to 512, not 48"):
        redraw("smear-0-000001", 48)
