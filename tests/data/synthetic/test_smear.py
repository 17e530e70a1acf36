"""The blood film: what is counted, what is hidden, and what a label may rest on."""

import math

import pytest
import torch

import vislab as vl
from vislab.data.convert import guess_instances
from vislab.data.synthetic import smear, smear_paint
from vislab.data.synthetic.draw import sample
from vislab.data.synthetic.settings import Settings, chance


def film(*cells, parasite=None, size=96, infected=()):
    """One picture with cells (x, y, radius), the last on top; a parasite (x, y, radius) in the cell `infected`."""
    settings = Settings(objects=len(cells), noise=0, blur=0, light=0)
    generator = chance("smear", 0, 0)
    p = smear.contents(generator, 1, settings) | smear.camera(generator, 1, settings)
    for name, column in (("x", 0), ("y", 1), ("radius", 2)):
        p[name] = torch.tensor([[cell[column] for cell in cells]], dtype=torch.float64)
    p["there"] = torch.ones(1, len(cells), dtype=torch.bool)
    p["oval"], p["bumps"] = torch.zeros(2, 1, len(cells), dtype=torch.float64)
    p["infected"] = torch.tensor([[index in infected for index in range(len(cells))]])
    for name in ("platelet_there", "speck_there"):
        p[name] = torch.zeros_like(p[name])
    if parasite:
        for name, value in zip(("parasite_x", "parasite_y", "parasite"), parasite, strict=True):
            p[name] = torch.full((1, len(cells)), value, dtype=torch.float64)
    return smear.paint(p, size, torch.device("cpu"))


def components(scenes):
    """Connected patches of cells, whatever their class, in each picture."""
    from skimage.measure import label

    return [int(label(mask.numpy() > 0, connectivity=2).max()) for mask in scenes.semantic]


def test_of_two_cells_the_upper_one_takes_the_pixels_both_cover():
    _, semantic, instances, objects = film((0.4, 0.5, 0.1), (0.5, 0.5, 0.1))
    areas = [int((instances == index).sum()) for index in (1, 2)]
    disc = math.pi * 9.6**2
    lens = 2 * 9.6**2 * math.acos(0.5) - 0.5 * 9.6 * math.sqrt(4 * 9.6**2 - 9.6**2)  # two circles, one radius apart
    assert areas[1] == pytest.approx(disc, rel=0.03)
    assert areas[0] == pytest.approx(disc - lens, rel=0.05)
    assert objects.tolist() == [[1, 1]]
    assert semantic.bool().equal(instances.bool())


def test_cells_show_through_each_other():
    images, _, _, _ = film((0.4, 0.5, 0.1), (0.52, 0.5, 0.1))
    green = images[0, 1].float()
    both, one, none = green[48, 44], green[48, 36], green[5, 5]
    assert both < one < none
    # Beer-Lambert: light is multiplied; both rims lie in the lens, so its darkness lies between one and two rims'.
    assert (both / none).log() < 1.2 * (one / none).log()


@pytest.mark.slow
def test_a_hidden_cell_is_no_object():
    p = film((0.5, 0.5, 0.08), (0.5, 0.5, 0.1))
    assert set(p[2].unique().tolist()) == {0, 2}  # the id of a hidden cell is free; draw closes the gap
    scenes = vl.draw("smear", 8, objects=200, crowding=1, size=64)
    assert (scenes.count_objects().sum(1) < 200).any()


def test_a_cell_is_infected_only_if_its_parasite_is_seen():
    lower, upper, parasite = (0.4, 0.5, 0.1), (0.52, 0.5, 0.1), (0.36, 0.5, 0.03)
    seen = film(lower, upper, parasite=parasite, infected=(0,))
    assert seen[3].tolist() == [[2, 1]]
    assert (seen[1] == 2).sum() == (seen[2] == 1).sum()
    covered = film(lower, upper, parasite=(0.46, 0.5, 0.03), infected=(0,))
    assert covered[3].tolist() == [[1, 1]]
    assert covered[0].equal(film(lower, upper)[0])  # and then nothing of it is drawn
    on_top = film(lower, upper, parasite=(0.46, 0.5, 0.03), infected=(1,))
    assert on_top[3].tolist() == [[1, 2]]
    assert not on_top[0].equal(covered[0])


def test_a_parasite_half_outside_the_picture_does_not_count():
    inside = film((0.02, 0.5, 0.1), parasite=(0.05, 0.5, 0.03), infected=(0,))
    outside = film((0.02, 0.5, 0.1), parasite=(0.0, 0.5, 0.03), infected=(0,))
    assert inside[3].tolist() == [[2]]
    assert outside[3].tolist() == [[1]]


def test_a_cell_of_which_too_few_pixels_are_left_is_not_infected():
    sliver = film((0.5, 0.5, 0.02), parasite=(0.5, 0.5, 0.012), infected=(0,), size=64)
    assert 0 < (sliver[2] == 1).sum() < smear_paint.ENOUGH_PIXELS
    assert sliver[3].tolist() == [[1]]


def test_every_infected_cell_has_the_pixels_that_the_rule_asks_for():
    for size in (64, 96):
        scenes = vl.draw("smear", 64, size=size, seed=8, crowding=0.9)
        for one in scenes:
            infected = (one.objects[0] == 2).nonzero()[:, 0] + 1
            assert all(int((one.instances == index).sum()) >= smear_paint.ENOUGH_PIXELS for index in infected)
        assert scenes.labels.equal((scenes.count_objects()[:, 2] > 0).long())


@pytest.mark.slow
def test_what_is_drawn_where_a_cell_is_infected_differs_from_the_healthy_cell():
    p = sample("smear", 1, 0, Settings(noise=0))
    ill = smear.paint(p, 96, torch.device("cpu"))
    p["infected"] = torch.zeros_like(p["infected"])
    well = smear.paint(p, 96, torch.device("cpu"))
    changed = (ill[0].int() - well[0].int()).abs().amax(1) > 12
    per_picture = ((ill[1] == 2) & changed).flatten(1).sum(1)
    infected = (ill[1] == 2).flatten(1).any(1)
    assert (per_picture[infected] >= 3).all()  # each label "infected" rests on pixels that can be seen
    assert not changed[~infected].any()  # and no parasite is seen in a picture called healthy


def test_nothing_touches_without_crowding():
    scenes = vl.draw("smear", 32, seed=1, crowding=0)
    assert components(scenes) == scenes.count_objects().sum(1).tolist()
    at_64 = vl.draw("smear", 16, seed=1, crowding=0, size=64)
    assert components(at_64) == at_64.count_objects().sum(1).tolist()


def test_everything_touches_with_all_crowding():
    assert components(vl.draw("smear", 32, seed=1, crowding=1)) == [1] * 32


def test_crowding_makes_components_miscount_more():
    off = []
    for crowding in (0.0, 0.5, 1.0):
        scenes = vl.draw("smear", 32, seed=2, crowding=crowding)
        guess = guess_instances(scenes).count_objects().sum(1)
        off.append(float((guess - scenes.count_objects().sum(1)).abs().float().mean()))
    assert off[0] == 0
    assert 2.5 < off[1] < off[2]


@pytest.mark.slow
def test_three_hundred_cells_can_be_asked_for():
    scenes = vl.draw("smear", 2, size=256, objects=300)
    assert (scenes.count_objects().sum(1) > 150).all()
    assert scenes.images.float().mean() > 60  # a film, not a black picture


def test_a_film_without_cells_still_has_its_clutter():
    scenes = vl.draw("smear", 16, objects=0, noise=0)
    assert (scenes.images.amin((1, 2, 3)) < 110).any()


@pytest.mark.slow
def test_difficulty_makes_parasites_fainter():
    def contrast(difficulty):
        p = sample("smear", 2, 0, Settings(difficulty=difficulty, noise=0))
        with_them = smear.paint(p, 96, torch.device("cpu"))[0].float()
        p["infected"] = torch.zeros_like(p["infected"])
        return (with_them - smear.paint(p, 96, torch.device("cpu"))[0].float()).abs().amax((1, 2, 3)).mean()

    plain, usual, hard = map(contrast, (0.0, 0.5, 1.0))
    assert plain > usual > hard > 10
