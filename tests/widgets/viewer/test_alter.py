"""Pictures altered as they are, on small ones worked by hand; and which pictures can be drawn anew."""

import pytest
import torch
from text_pictures import picture

import vislab as vl
from vislab import VislabError
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import ManyObjects, Vocabulary
from vislab.widgets.viewer.alter import Drawn, Photo, Slider, expose, resize, source_of

AS_IT_IS = {"light": 0, "brightness": 1, "blur": 0, "contrast": 1, "noise": 0}
CELLS = Vocabulary(
    "cells", ("few", "crowded"), ("nothing", "cell"), ("cell",), ManyObjects(1), {}, (), ("#000000", "#ffffff")
)


def taken(ids, label=None):
    """One picture whose mask is its ids; every pixel as bright as its id says."""
    instances = torch.as_tensor(ids)[None].to(torch.int16)
    semantic = (instances > 0).to(torch.uint8)
    images = (instances[:, None] * 40).clamp(0, 255).to(torch.uint8).repeat(1, 3, 1, 1)
    objects = torch.ones(1, int(instances.max()), dtype=torch.uint8)
    label = int(objects.shape[1] > 1) if label is None else label
    return Scenes(images, torch.tensor([label]), semantic, instances, objects, CELLS, ("photo.png",))


def half():
    """A picture of which the right half is white."""
    images = torch.zeros(1, 3, 16, 32, dtype=torch.uint8)
    images[..., 16:] = 200
    return images


def test_nothing_moved_is_the_picture_itself():
    images = torch.randint(0, 256, (1, 3, 16, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    assert expose(images, AS_IT_IS).equal(images)


def test_brightness_and_contrast_by_hand():
    assert expose(half(), AS_IT_IS | {"brightness": 0.5})[0, 0, 0, [0, 31]].tolist() == [0, 100]
    assert expose(half(), AS_IT_IS | {"contrast": 0})[0, 0, 0, [0, 31]].tolist() == [100, 100]
    assert expose(half(), AS_IT_IS | {"contrast": 0.5})[0, 0, 0, [0, 31]].tolist() == [50, 150]
    assert expose(half(), AS_IT_IS | {"brightness": 2})[0, 0, 0, [0, 31]].tolist() == [0, 255]


def test_blur_softens_the_edge_and_not_the_border():
    seen = expose(half(), AS_IT_IS | {"blur": 2})[0, 0, 8]
    assert seen[[0, 31]].tolist() == [0, 200]
    assert 60 < seen[15] < 100 < seen[16] < 140
    assert (seen.diff() >= 0).all()


def test_noise_is_always_the_same_grain_and_as_strong_as_it_says():
    grey = torch.full((1, 3, 64, 64), 128, dtype=torch.uint8)
    once, twice = (expose(grey, AS_IT_IS | {"noise": noise}) for noise in (5, 10))
    assert once.equal(expose(grey, AS_IT_IS | {"noise": 5}))
    assert float(once.double().std()) / 255 == pytest.approx(0.05, rel=0.05)
    assert ((twice.double() - 128) - 2 * (once.double() - 128)).abs().max() <= 1.5, "the same grain, twice as strong"


def test_uneven_light_fades_away_from_the_lamp():
    white = torch.full((1, 3, 32, 64), 250, dtype=torch.uint8)
    seen = expose(white, AS_IT_IS | {"light": 1})[0, 0]
    assert seen[10, 22] > 220
    assert seen[31, 63] < 60


def test_masks_follow_the_size_and_objects_without_a_pixel_are_gone():
    ids = picture("1100 1100 0002 0000")
    small = resize(taken(ids), (2, 2))
    assert small.instances[0].tolist() == [[1, 0], [0, 0]]  # the pixel under each centre
    assert small.objects.tolist() == [[1]]
    assert small.labels.tolist() == [0], "by the rule: one object is not many"
    assert taken(ids).labels.tolist() == [1]
    large = resize(taken(ids), (8, 8))
    assert large.instances[0, ::2, ::2].tolist() == ids.tolist()
    assert large.objects.tolist() == [[1, 1]]
    assert (large.images[0, :, :2, :2] == 40).all()


def test_a_label_without_masks_stays_as_it_was_given():
    scene = taken(picture("10 00"), label=0)
    bare = Scenes(scene.images, torch.tensor([1]), None, None, None, CELLS, ("photo.png",))
    assert resize(bare, (4, 4)).labels.tolist() == [1]


def test_sizes_lie_the_encoders_stride_apart_from_the_given_one():
    def sizes(side, other=None):
        blank = torch.zeros(1, 3, side, other or side, dtype=torch.uint8)
        source = Photo(Scenes(blank, None, None, None, None, CELLS, ("photo.png",)))
        return source, next(slider for slider in source.sliders if slider.name == "size")

    for side, low, high in ((96, 48, 192), (48, 32, 96), (512, 256, 512), (100, 52, 196)):
        slider = sizes(side)[1]
        assert (slider.low, slider.high, slider.start) == (low, high, side)
    source, slider = sizes(96, 160)
    start = {one.name: one.start for one in source.sliders}
    assert source.make(start).size == (96, 160)
    assert source.make(start | {"size": 80}).size == (48, 80)
    assert slider.start == 160
    assert [one.start for one in Drawn("smear-0-000001", 96).sliders if one.name == "size"] == [96]


def test_a_slider_takes_the_nearest_step():
    slider = Slider("blur", "blur", 0, 4, 0.1, 1)
    assert [slider.clip(value) for value in (-1, 0.04, 0.26, 3.999, 99)] == [0, 0, 0.3, 4, 4]
    for wrong in ("1", True, None, float("nan")):
        with pytest.raises(VislabError, match="blur must be a number from 0 to 4"):
            slider.clip(wrong)


@pytest.mark.slow
def test_only_a_picture_that_the_defaults_give_is_drawn_anew():
    usual = vl.draw("smear", 8, seed=3)
    assert isinstance(source_of(usual[5]), Drawn)
    assert isinstance(source_of(vl.draw("street", 2, size=64)[1]), Drawn)
    crowded = source_of(vl.draw("smear", 8, seed=3, crowding=1)[5])
    assert isinstance(crowded, Photo)
    assert "not drawn with the default settings" in crowded.note
    assert isinstance(source_of(vl.draw("smear", 8, seed=3, noise=2)[5]), Photo)
    stays = source_of(taken(picture("10 00")))
    assert "stay where they are" in stays.note
    assert "crowding" not in {slider.name for slider in stays.sliders}
