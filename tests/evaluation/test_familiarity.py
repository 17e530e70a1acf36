"""Whether pictures look like those learned from: a caution about others, and silence about more of the same kind."""

from dataclasses import replace

import pytest
import torch
from torch.nn.functional import interpolate

import vislab as vl
from vislab.data.scenes import Scenes
from vislab.data.synthetic.draw import WORLDS
from vislab.errors import VislabError
from vislab.evaluation import familiarity
from vislab.evaluation.familiarity import World, caution, describe, learn_world, say_caution, see_world
from vislab.studies.study import study
from vislab.training.pretrained import FOLDER, PRETRAINED, read_world


def of_ones_own(scenes: Scenes, images: torch.Tensor | None = None) -> Scenes:
    """The same pictures, or others with the same truth unless their size differs, under another name than a world's."""
    images = scenes.images if images is None else images
    same = images.shape[2:] == scenes.images.shape[2:]
    truth = {} if same else dict.fromkeys(("labels", "semantic", "instances", "objects"))
    return replace(scenes, images=images, vocabulary=replace(scenes.vocabulary, name="mine"), **truth)


def scaled(images: torch.Tensor, size: int) -> torch.Tensor:
    return interpolate(images.float(), size=size, mode="bilinear", antialias=True).round().clamp(0, 255).byte()


@pytest.fixture(scope="module")
def train():
    return of_ones_own(vl.draw("smear", 16, seed=1))


@pytest.fixture(scope="module")
def test():
    return of_ones_own(vl.draw("smear", 32, seed=2))


CHANGES = {
    "half the size": lambda images: scaled(images, 48),
    "twice the size": lambda images: scaled(images, 192),
    "colours swapped": lambda images: images[:, [2, 0, 1]],
    "colours inverted": lambda images: 255 - images,
    "grey": lambda images: images.float().mean(1, keepdim=True).byte().expand(-1, 3, -1, -1),
    "one grey": lambda images: torch.full_like(images, 128),
    "a street": lambda images: vl.draw("street", len(images)).images,
    "no cells": lambda images: vl.draw("smear", len(images), objects=0).images,
}


@pytest.mark.parametrize("change", CHANGES)
def test_sixteen_pictures_tell_what_they_have_never_seen(train, test, change):
    told = caution(see_world(train), of_ones_own(test, CHANGES[change](test.images)))
    assert told.startswith("caution: 32 pictures asked about look unlike the 16 learned from")


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("count", [1, 4, 32])
def test_more_of_the_same_kind_are_passed_in_silence(world, count):
    train, test = of_ones_own(vl.draw(world, 64, seed=1)), of_ones_own(vl.draw(world, 64, seed=2))
    seen = see_world(train)
    told = [caution(seen, test[start : start + count]) for start in range(0, 64, count)]
    assert sum(map(bool, told)) <= 0.05 * len(told)


def test_a_weaker_lamp_and_a_mirror_make_no_other_world(train, test):
    for images in ((test.images.float() * 0.9).byte(), test.images.flip(3)):
        assert caution(see_world(train), of_ones_own(test, images)) == ""


def test_the_bound_is_wider_for_few_pictures_and_a_group_counts_once(train):
    seen = see_world(train)
    assert seen.bound(1) > seen.bound(10) > seen.bound(1000)
    grouped = see_world(replace(train, groups=("a",) * 8 + ("b",) * 8))
    assert (seen.independent, grouped.independent) == (16, 2)
    assert grouped.bound(10) > seen.bound(10)


def test_the_distance_by_hand():
    """Two features, unrelated: 3 and 4 spreads off, root of (9 + 16) / 2."""
    seen = World(9, 9, False, torch.tensor([1.0, 1.0]), torch.tensor([2.0, 1.0]), torch.eye(2))
    features = torch.tensor([[6.0, 5.0], [8.0, 5.0]])  # their mean is (7, 5)
    assert seen.distance(features) == pytest.approx((25 / 2) ** 0.5)


def test_features_do_not_depend_on_brightness_and_are_as_many_at_every_size(test):
    darker = (test.images.int() - 20).clamp(min=0).byte()
    kept = (test.images >= 20).flatten(1).all(1)
    assert torch.allclose(describe(test.images[kept]), describe(darker[kept]), atol=1e-3)
    assert len({describe(scaled(test.images[:2], size)).shape for size in (16, 96, 100)}) == 1


def test_pictures_without_objects_are_told_by_truth_and_by_prediction():
    train, empty = (of_ones_own(vl.draw("street", 24, seed=1, objects=objects)) for objects in ((3, 6), 0))
    seen = see_world(train)
    assert seen.objects
    assert "24 of 24 pictures asked about seem to hold no object" in caution(seen, empty)
    bare = replace(empty, labels=None, semantic=None, instances=None, objects=None)
    assert caution(seen, bare) == ""
    model = vl.pretrained("street", device="cpu")["instance"]
    assert "seem to hold no object" in caution(seen, bare, vl.predict(model, bare))
    assert caution(replace(seen, objects=False), empty) == ""


def test_predicting_and_scoring_say_it_once_and_a_quick_score_never(train, test, capsys):
    model = vl.build("classification", train.vocabulary)
    strange = of_ones_own(test, 255 - test.images)
    vl.predict(model, strange)
    assert "caution" not in capsys.readouterr().out  # nobody knows what it learned from
    learn_world(model, train)
    for ask in (vl.predict, vl.evaluate):
        ask(model, strange)
        assert capsys.readouterr().out.count("caution") == 1
        ask(model, test)
        assert "caution" not in capsys.readouterr().out
    vl.evaluate(model, strange, quick=True)
    assert "caution" not in capsys.readouterr().out


def test_a_fit_teaches_it_also_if_it_comes_from_the_cache(train, own_home):
    for _ in range(2):
        model = vl.build("classification", train.vocabulary)
        vl.fit(model, train, epochs=0.5, device="cpu")
        assert getattr(model, familiarity.WORLD).learned == 16


def test_drawn_pictures_are_passed_in_silence_whatever_their_dials(capsys):
    model = vl.pretrained("smear", device="cpu")["classification"]
    drawn = vl.draw("smear", 8, blur=4)
    say_caution(model, drawn)
    assert capsys.readouterr().out == ""
    say_caution(model, of_ones_own(drawn))
    assert "look unlike the 4,096 learned from" in capsys.readouterr().out


def test_tiny_pictures_have_no_world(train):
    tiny = of_ones_own(train, scaled(train.images, 8))
    assert see_world(tiny) is None
    assert (caution(None, train), caution(see_world(train), tiny)) == ("", "")


def test_a_world_goes_through_plain_numbers_and_a_broken_file_is_refused(train, tmp_path):
    seen = see_world(train)
    back = World.from_dict(seen.to_dict())
    assert back.to_dict() == seen.to_dict()
    path = tmp_path / "a.json"
    path.write_text('{"format": 1, "kind": "vislab.world", "mean": [1]}', encoding="utf-8")
    with pytest.raises(VislabError, match=r"a.json: does not tell what pictures look like .*; run make pretrained"):
        read_world(path)


@pytest.mark.parametrize("world", [name for name in WORLDS if name in PRETRAINED])
def test_the_worlds_that_come_with_vislab_know_their_own_pictures(world):
    seen = read_world(FOLDER / f"{world}-world.json")
    assert caution(seen, of_ones_own(vl.draw(world, 64, seed=5))) == ""
    assert caution(seen, of_ones_own(vl.draw(world, 64, seed=5, size=192)))


@pytest.mark.slow
def test_a_study_on_parts_that_differ_says_so_in_its_results(train, test, own_home):
    parts = replace(
        train + of_ones_own(test, 255 - test.images),
        attributes={"part": ("train",) * 12 + ("valid",) * 4 + ("test",) * 32},
    )
    results = study(parts, epochs=0.5, tasks=("classification",), device="cpu")
    assert any(line.startswith("caution: 32 pictures asked about look unlike") for line in results.left_out)
