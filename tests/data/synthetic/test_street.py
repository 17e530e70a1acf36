"""The street: what blocks the lane, what hides what, and how its fragments are made."""

from itertools import pairwise

import pytest
import torch
from torch import Tensor

import vislab as vl
from vislab.data.convert import guess_instances, labels_from_masks
from vislab.data.synthetic import street
from vislab.data.synthetic.draw import sample
from vislab.data.synthetic.settings import Parameters, Settings
from vislab.data.synthetic.street.brush import edge, pulse, stack
from vislab.data.synthetic.street.plan import A_CAR, A_PERSON, BRAKING, CAR, LANE, NONE, PERSON

pytestmark = pytest.mark.slow  # a street takes longer to draw than all else that a fast test does
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def scenes() -> vl.Scenes:
    return vl.draw("street", 128, size=96, seed=0)


def sampled(block: int = 0, **settings: object) -> Parameters:
    return sample("street", 0, block, Settings(**settings))  # type: ignore[arg-type]


def placed(*things: tuple[int, float, float]) -> Parameters:
    """One street with right-hand traffic that holds these things alone: kind, x and z of each."""
    found = {name: values[:1].clone() for name, values in sampled(objects=2).items()}
    found["side"][:] = 1
    found["style"][:] = 0.5
    found["front"][:] = 0
    found["kind"][:] = NONE
    for column, (kind, x, z) in enumerate(things):
        found["kind"][0, column], found["x"][0, column], found["z"][0, column] = kind, x, z
        sizes = {"width": 1.7, "height": 1.5, "length": 4.2} if kind == CAR else {"width": 1.7, "height": 1.7}
        for name, value in sizes.items():
            found[name][0, column] = value
    return found


def masks(parameters: Parameters, size: int = 96) -> tuple[Tensor, Tensor, Tensor]:
    _, semantic, ids, objects = street.paint(parameters, size, CPU)
    return semantic, ids, objects


def label(*things: tuple[int, float, float], size: int = 96) -> str:
    semantic, _, objects = masks(placed(*things), size)
    return street.VOCABULARY.labels[int(labels_from_masks(street.VOCABULARY, semantic, objects))]


@pytest.mark.parametrize("size", [64, 96, 256])
def test_what_stands_in_the_lane_within_braking_distance_blocks_it(size: int) -> None:
    assert label((CAR, 0.0, 8.0), size=size) == "blocked"
    assert label((PERSON, 0.0, 8.0), size=size) == "blocked"
    assert label((PERSON, -1.2, 5.0), size=size) == "blocked"


@pytest.mark.parametrize("size", [64, 96, 256])
def test_what_stands_further_off_or_beside_the_lane_does_not(size: int) -> None:
    assert label((CAR, 0.0, BRAKING + 0.5), size=size) == "clear"
    assert label((PERSON, 0.0, BRAKING + 0.5), size=size) == "clear"
    assert label((CAR, -2 * LANE, 6.0), size=size) == "clear"
    assert label((CAR, LANE + 1.3, 6.0), size=size) == "clear"
    assert label((PERSON, LANE + 0.5, 5.0), size=size) == "clear"
    assert label(size=size) == "clear"


def test_the_label_says_what_the_ground_plan_says() -> None:
    stands, said = [], []
    for block in range(2):
        plan = sampled(block)
        half = torch.where(plan["kind"] == CAR, plan["width"] / 2, 0.1)
        moves = (plan["kind"] == CAR) | (plan["kind"] == PERSON)
        stands.append((moves & (plan["x"].abs() - half < LANE) & (plan["z"] < BRAKING)).any(1).long())
        semantic, _, objects = masks(plan)
        said.append(labels_from_masks(street.VOCABULARY, semantic, objects))
    assert (torch.cat(stands) == torch.cat(said)).float().mean() >= 0.99


def test_labels_follow_from_the_masks_and_are_about_even(scenes: vl.Scenes) -> None:
    labels = labels_from_masks(scenes.vocabulary, scenes.need("semantic"), scenes.objects)
    assert torch.equal(labels, scenes.need("labels"))
    assert 0.35 < labels.float().mean() < 0.65  # of 128; benchmarks/difficulty.py measures it on many


def test_the_zone_is_the_same_in_a_mirror() -> None:
    rule = street.VOCABULARY.rule
    assert isinstance(rule, street.EnoughPixels)
    for size in (64, 96, 97, 256):
        zone = rule.inside(size, size)
        assert torch.equal(zone, zone.flip(1))
        assert zone[-1].float().mean() > 0.9
        assert not zone[: size // 2].any()


def test_the_nearer_car_hides_the_farther_one() -> None:
    near, far = (CAR, 0.2, 6.0), (CAR, -0.4, 9.5)
    _, alone, _ = masks(placed(near))
    _, behind, _ = masks(placed(far))
    for things, first in (((near, far), 1), ((far, near), 2)):  # whatever their order
        _, ids, objects = masks(placed(*things))
        assert objects[0, :2].tolist() == [A_CAR, A_CAR]
        assert torch.equal(ids == first, alone == 1)
        rest = ids == 3 - first
        assert rest.any()
        assert torch.equal(rest, (behind == 1) & (alone == 0))


def test_a_person_right_behind_a_van_has_no_pixel_and_no_id() -> None:
    hidden = placed((PERSON, 0.0, 12.0), (CAR, 0.0, 5.0))
    hidden["height"][0, 1] = 1.95
    hidden["style"][0, 1, 0] = 0.0  # a van
    _, ids, objects = masks(hidden)
    assert objects[0, 0] == A_PERSON
    assert not (ids == 1).any()
    drawn = vl.draw("street", 64, objects=60, crowding=1.0)
    assert int(drawn.count_objects().sum(1).max()) < 60


def test_nearer_is_larger_and_lower() -> None:
    heights, feet = [], []
    for z in (5.0, 10.0, 20.0):
        rows = (masks(placed((PERSON, -0.5, z)), 256)[1][0] == 1).any(1).nonzero()[:, 0]
        heights.append(int(rows[-1] - rows[0]) + 1)
        feet.append(int(rows[-1]))
    assert feet[0] > feet[1] > feet[2]
    assert heights[0] / heights[1] == pytest.approx(2, rel=0.1)
    assert heights[1] / heights[2] == pytest.approx(2, rel=0.15)


def test_no_objects_is_a_clear_street(scenes: vl.Scenes) -> None:
    empty = vl.draw("street", 64, seed=1, objects=0)
    assert empty.objects is not None
    assert empty.objects.shape == (64, 0)
    assert not empty.need("labels").any()
    assert set(empty.need("semantic").unique().tolist()) == {0, 1, 2, 3, 4}


def test_every_class_is_there_and_the_road_takes_its_share(scenes: vl.Scenes) -> None:
    semantic = scenes.need("semantic")
    assert set(semantic.unique().tolist()) == set(range(7))
    share = (semantic == scenes.vocabulary.class_index("road")).flatten(1).float().mean(1)
    assert share.min() > 0.1
    assert share.max() < 0.6
    assert (semantic[:, -1] >= 3).float().mean() > 0.9  # ground, or what stands on it, at the bottom


def test_hundreds_can_be_asked_for() -> None:
    full = vl.draw("street", 4, size=256, objects=(350, 400), crowding=0.2)
    seen = full.count_objects().sum(1)
    assert seen.max() <= 400
    assert seen.float().mean() > 150


def test_cars_do_not_drive_into_one_another() -> None:
    for crowding in (0.0, 1.0):
        plan = sampled(objects=40, crowding=crowding)
        for x, z, length, kind in zip(plan["x"], plan["z"], plan["length"], plan["kind"], strict=True):
            for lane in range(-8, 9):
                there = (kind == CAR) & ((x - lane).abs() < 0.5)
                order = z[there].argsort()
                ends = zip(z[there][order].tolist(), length[there][order].tolist(), strict=True)
                assert all(a + reach <= b + 0.05 for (a, reach), (b, _) in pairwise(ends))


def test_a_crowd_is_harder_to_count_by_components() -> None:
    off = []
    for crowding in (0.0, 1.0):
        drawn = vl.draw("street", 32, seed=2, objects=15, crowding=crowding)
        guess = guess_instances(drawn).count_objects().sum(1)
        off.append(float((drawn.count_objects().sum(1) - guess).float().mean()))
    assert off[0] < off[1]


def test_the_same_street_is_seen_at_every_size() -> None:
    small, large = (vl.draw("street", 16, size=size, noise=0, blur=0).images.float() for size in (64, 192))
    shrunk = torch.nn.functional.avg_pool2d(large, 3)
    assert (small - shrunk).abs().mean() < 4  # of 255


def test_odd_sizes_have_a_column_that_looks_straight_ahead() -> None:
    assert int(vl.draw("street", 8, size=65, noise=0).images.float().std()) > 10


# What it is drawn with


def test_a_pulse_keeps_its_mean_however_wide_the_pixel() -> None:
    t = torch.arange(0, 4, 1 / 64)
    for width in (0.01, 0.5, 1.0, 3.3):
        assert pulse(t, 0.3, width).mean() == pytest.approx(0.3, abs=0.01)
    assert pulse(torch.tensor([0.15, 0.65]), 0.3, 0.1).tolist() == pytest.approx([1, 0], abs=1e-5)
    assert edge(torch.tensor([-1.0, 0.0, 0.25, 1.0]), 1.0).tolist() == [0, 0.5, 0.75, 1]


def test_the_higher_rank_is_on_top_where_it_covers_half() -> None:
    image = torch.zeros(3, 3)
    rank, pixel = torch.tensor([1, 1, 0, 0]), torch.tensor([0, 1, 0, 1])
    colour = torch.tensor([1.0, 1.0, 0.5, 0.5]).expand(3, -1)
    top = stack(image, rank, pixel, colour, torch.tensor([1.0, 0.25, 1.0, 1.0]))
    assert top.tolist() == [0, 3, -1]
    assert image[0].tolist() == [1.0, 0.625, 0.0]
