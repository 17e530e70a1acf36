"""The shelf: what hides what, what is a gap, what each dial does, and what the questions ask for."""

import pytest
import torch
from torch import Tensor

import vislab as vl
from vislab.data.convert import guess_instances, labels_from_masks, share_of
from vislab.data.synthetic import shelf
from vislab.data.synthetic.draw import sample
from vislab.data.synthetic.settings import Parameters, Settings
from vislab.data.synthetic.shelf_paint import BOX, CAN, GAP, NONE, TAG
from vislab.evaluation.answers import pointing
from vislab.studies.claims.advice import JOBS

CPU = torch.device("cpu")


def placed(*items: tuple[int, float, float, float, float]) -> Parameters:
    """One level shelf that holds these items alone, all of them rectangles: kind, left, right, top, bottom."""
    found = {name: values[:1].clone() for name, values in sample("shelf", 0, 0, Settings()).items()}
    found["slope"][:] = 0
    found["kind"][:] = NONE
    found["neck"][:] = 1
    for column, (kind, left, right, top, bottom) in enumerate(items):
        found["kind"][0, column] = kind
        found["x"][0, column], found["width"][0, column] = (left + right) / 2, right - left
        found["base"][0, column], found["height"][0, column] = bottom, bottom - top
    return found


def rows(mask: Tensor) -> list[str]:
    return ["".join(map(str, row)) for row in mask[0].tolist()]


def components(scenes: vl.Scenes) -> list[int]:
    """Connected patches of products, whatever their kind, in each picture."""
    from skimage.measure import label

    return [int(label(ids.numpy() > 0, connectivity=2).max()) for ids in scenes.need("instances")]


def test_the_truth_of_a_tiny_shelf_is_that_worked_by_hand() -> None:
    # Edges in pixels. The box stands before the right quarter of the gap, the can before the box, a tag below.
    items = (GAP, 0, 4, 2, 6), (BOX, 3, 5, 3, 6), (CAN, 4, 6, 4, 6), (TAG, 5, 7, 6, 7)
    painted = shelf.paint(placed(*((kind, *(edge / 8 for edge in edges)) for kind, *edges in items)), 8, CPU)
    nothing = "00000000"
    assert rows(painted.semantic) == [
        nothing, nothing, "11110000", "11144000", "11143300", "11143300", nothing, nothing,
    ]  # fmt: skip
    assert rows(painted.ids) == [nothing, nothing, nothing, "00022000", "00023300", "00023300", nothing, nothing]
    assert painted.objects[0, :4].tolist() == [0, BOX, CAN, 0]  # neither the gap nor the tag is counted
    label = labels_from_masks(shelf.VOCABULARY, painted.semantic, painted.objects)
    assert shelf.VOCABULARY.labels[int(label)] == "restock"  # 13 pixels of gap, and 12 are enough
    assert share_of(shelf.VOCABULARY, painted.semantic).item() == 13 / (13 + 4 + 4)


def test_less_than_twelve_pixels_are_no_gap() -> None:
    eleven = shelf.paint(placed((GAP, 0, 11 / 16, 0, 1 / 16)), 16, CPU)
    assert (eleven.semantic == GAP).sum() == 11
    assert labels_from_masks(shelf.VOCABULARY, eleven.semantic, eleven.objects).tolist() == [0]


def test_boards_that_slope_carry_the_products_with_them() -> None:
    sloping = placed((BOX, 0, 0.25, 0.25, 0.5), (BOX, 0.75, 1, 0.25, 0.5))
    sloping["slope"][:] = 0.25  # from 1/8 of the picture above to 1/8 below
    ids = shelf.paint(sloping, 32, CPU).ids[0]
    first = [int((ids == number).any(1).nonzero()[0, 0]) for number in (1, 2)]
    assert first[1] - first[0] == 6  # 0.25 * 0.75 of 32


@pytest.mark.parametrize("size", [64, 96, 256])
def test_the_label_says_whether_a_place_is_empty(size: int) -> None:
    scenes = vl.draw("shelf", 64, size=size, seed=3)
    empty = (sample("shelf", 3, 0, Settings())["kind"] == GAP).any(1)
    assert torch.equal(scenes.need("labels"), empty.long())
    assert 0.3 < empty.float().mean() < 0.7  # of 64; benchmarks/difficulty.py measures it on many


def test_the_questions_ask_for_gaps_and_count_products() -> None:
    words = shelf.VOCABULARY
    assert pointing.target_classes(words) == ("gap",)
    assert words.counted == ("bottle", "can", "box")
    (inventory,) = (job for job in JOBS if job.name == "taking inventory")
    assert all(map(inventory.is_of, words.counted))


def test_a_shelf_without_products_is_one_gap() -> None:
    scenes = vl.draw("shelf", 8, size=64, objects=0)
    assert scenes.count_objects().sum() == 0
    assert share_of(scenes.vocabulary, scenes.need("semantic")).tolist() == [1.0] * 8
    assert (scenes.need("semantic") == GAP).float().mean() > 0.6


@pytest.mark.slow
def test_nothing_touches_without_crowding_and_much_does_with_it() -> None:
    for size in (64, 96):
        scenes = vl.draw("shelf", 64, size=size, seed=1, crowding=0)
        assert components(scenes) == scenes.count_objects().sum(1).tolist()
    off = []
    for crowding in (0.0, 0.5, 1.0):
        scenes = vl.draw("shelf", 32, seed=2, crowding=crowding)
        guess = guess_instances(scenes).count_objects().sum(1)
        off.append(float((scenes.count_objects().sum(1) - guess).float().mean()))
    assert off[0] == 0
    assert 5 < off[1] < off[2]


@pytest.mark.slow
def test_hundreds_that_overlap_can_be_asked_for() -> None:
    scenes = vl.draw("shelf", 4, size=256, objects=(300, 400), crowding=1)
    seen = scenes.count_objects().sum(1)
    assert seen.min() > 200
    assert seen.max() <= 400
    assert max(components(scenes)) < 60


def test_difficulty_sets_products_back_leaves_space_between_them_and_makes_some_dark() -> None:
    plain, hard = (sample("shelf", 0, 0, Settings(difficulty=difficulty, crowding=0)) for difficulty in (0, 1))

    def of_products(p: Parameters, name: str) -> Tensor:
        return p[name][(p["kind"] > GAP) & (p["kind"] < TAG)]

    for name in ("light", "colour", "width"):
        assert of_products(hard, name).mean() < of_products(plain, name).mean(), name


def test_the_lamps_glare_goes_with_light() -> None:
    dull, usual, strong = (vl.draw("shelf", 16, size=64, light=light).images for light in (0, 1, 4))
    burnt = [float((images.amin(1) > 240).float().mean()) for images in (dull, usual, strong)]
    assert burnt[0] < burnt[1] < burnt[2]
