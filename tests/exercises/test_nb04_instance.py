"""The exercises of notebook 04: what a right answer passes, which hint each likely mistake gets, what figures show."""

import numpy as np
import pytest
import torch
from made_paces import agrees_when_timed, slow_down
from text_pictures import picture

import vislab as vl
from vislab.data.synthetic.smear import VOCABULARY
from vislab.exercises.checking.check import Check
from vislab.exercises.checking.recognising import Mistake
from vislab.exercises.nb04_instance import checks as check
from vislab.exercises.nb04_instance import reference
from vislab.exercises.nb04_instance.figures import (
    as_scenes,
    count_touching,
    perfect_maps,
    predict_maps,
    show_maps,
    show_miscounts,
    true_maps,
)
from vislab.models.grouping import group, objects_of
from vislab.models.predictions import InstancePrediction


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("VISLAB_HOME", str(tmp_path))


# Draw a centre target


def heatmap_by_loop(instances, centres, widths):
    heatmap = np.zeros(instances.shape)
    for row in range(len(instances)):
        for column in range(len(instances[0])):
            if i := instances[row, column]:
                x, y = centres[i - 1]
                heatmap[row, column] = np.exp(-((column - x) ** 2 + (row - y) ** 2) / (2 * widths[i - 1] ** 2))
    return heatmap


def drawn(spot, keep=True, turn=False, same=False):
    """A learner's function with its mistakes as switches."""

    def heatmap(instances, centres, widths):
        y, x = np.indices(instances.shape)
        x, y = (y, x) if turn else (x, y)
        total = np.zeros(instances.shape)
        for i, (left, top) in enumerate(centres):
            d = (x - left) ** 2 + (y - top) ** 2
            warm = spot(d, widths[0] if same else widths[i])
            total = np.where(instances == i + 1, warm, total) if keep else np.maximum(total, warm)
        return total

    return heatmap


def gauss(d, w):
    return np.exp(-d / (2 * w**2))


def from_0(right):
    """A right answer's loop with `instances == i` in place of i + 1: the last object is never met."""

    def shifted(instances, centres, *widths):
        return right(np.where(instances < len(centres), instances + 1, 0), centres, *widths)

    return shifted


def heatmap_by_table(instances, centres, widths):
    y, x = np.indices(instances.shape)
    left, top = centres[instances - 1].transpose(2, 0, 1)
    return gauss((x - left) ** 2 + (y - top) ** 2, widths[instances - 1])


@pytest.mark.slow
def test_centre_heatmap():
    assert check.centre_heatmap(heatmap_by_loop).outcome == "right"
    assert check.centre_heatmap(drawn(gauss)).outcome == "right"
    for mistake, hint in [
        (drawn(gauss, turn=True), "x and y swapped"),
        (drawn(lambda d, w: gauss(d, w) / (2 * np.pi * w**2)), "adds up to 1"),
        (drawn(lambda d, w: gauss(d, w) / (w * np.sqrt(2 * np.pi))), "factor in front"),
        (drawn(gauss, same=True), "equally wide"),
        (drawn(lambda d, w: gauss(d, 1.0)), "equally wide"),
        (drawn(gauss, keep=False), "leaves its object"),
        (drawn(lambda d, w: np.exp(-np.sqrt(d) / (2 * w**2))), "took its root"),
        (drawn(lambda d, w: np.exp(-d / w**2)), "doubled"),
        (drawn(lambda d, w: np.exp(-d / (2 * w))), "width goes in squared"),
        (drawn(lambda d, w: d == 0), "Only the centre"),
        (lambda i, c, w: heatmap_by_loop(i, c, w).astype(int), "zeros_like"),
        (drawn(lambda d, w: np.exp(d / (2 * w**2))), "minus is missing"),
        (drawn(lambda d, w: np.exp(-((np.sqrt(d) / (2 * w)) ** 2))), "squared the double"),
        (lambda i, c, w: drawn(gauss)(np.where(i > 0, len(c), 0), c, w), "on all objects"),
        (lambda i, c, w: heatmap_by_loop(np.where(i == 1, 1, 0), c, w), "`return` inside the loop"),
        (lambda i, c, w: heatmap_by_loop(np.where(i == len(c), i, 0), c, w), "Only the last object"),
        (drawn(lambda d, w: np.exp(-d / 2 * w**2)), "in brackets"),
        (from_0(drawn(gauss)), "count from 1"),
        (lambda i, c, w: from_0(drawn(gauss))(i, c, w) * (i > 0), "count from 1"),
        (heatmap_by_table, "leaves its object"),
        (drawn(lambda d, w: 0.5 * gauss(d, w)), "there the heatmap is 1"),
    ]:
        answer = check.centre_heatmap(mistake)
        assert answer.outcome.startswith("wrong")
        assert hint in answer.hint


def test_heatmap_of_an_empty_picture_and_a_stub():
    stopped = check.centre_heatmap(lambda i, c, w: drawn(gauss)(i, c, w) if c.max() >= 0 else None)
    assert stopped.outcome == "stopped"
    assert "`centres` is empty" in stopped.hint
    assert check.centre_heatmap(lambda i, c, w: ...).outcome == "not yet tried"


# Point at the own centre


def offset_by_loop(instances, centres):
    offset = np.zeros((2, *instances.shape))
    for i, (left, top) in enumerate(centres):
        rows, columns = np.nonzero(instances == i + 1)
        offset[0, rows, columns] = left - columns
        offset[1, rows, columns] = top - rows
    return offset


def everywhere(instances, centres):
    y, x = np.indices(instances.shape)
    return np.concatenate([[(0, 0)], centres])[instances].transpose(2, 0, 1) - np.stack([x, y])


def without_shift(instances, centres):
    if not len(centres):
        return np.zeros((2, *instances.shape))
    y, x = np.indices(instances.shape)
    return centres[instances - 1].transpose(2, 0, 1) - np.stack([x, y])


def to_any_centre(instances, centres):
    offset = np.zeros((2, *instances.shape))
    for row, column in np.argwhere(instances > 0):
        left, top = min(centres.tolist(), key=lambda c: (c[0] - column) ** 2 + (c[1] - row) ** 2)
        offset[:, row, column] = left - column, top - row
    return offset


def with_indices_swapped(instances, centres):
    x, y = np.indices(instances.shape)  # they come as y, x
    offset = np.zeros((2, *instances.shape))
    for i, (left, top) in enumerate(centres):
        offset = np.where(instances == i + 1, [left - x, top - y], offset)
    return offset


@pytest.mark.slow
def test_offset_to_centre():
    assert check.offset_to_centre(offset_by_loop).outcome == "right"
    assert check.offset_to_centre(lambda i, c: everywhere(i, c) * (i > 0)).outcome == "right"
    for mistake, hint in [
        (lambda i, c: -offset_by_loop(i, c), "sign is turned"),
        (lambda i, c: offset_by_loop(i, c)[::-1], "channel 0 is x"),
        (lambda i, c: offset_by_loop(i, c[:, ::-1]), "of the centres swapped"),
        (with_indices_swapped, "`np.indices` gives the rows"),
        (lambda i, c: np.moveaxis(offset_by_loop(i, c), 0, -1), "two channels first"),
        (everywhere, "both channels must be 0"),
        (without_shift, "both channels must be 0"),
        (to_any_centre, "another object"),
        (lambda i, c: offset_by_loop(i, np.roll(c, -1, 0)), "a neighbour's centre"),
        (lambda i, c: abs(offset_by_loop(i, c)), "distances"),
        (lambda i, c: np.where(i > 0, np.append(c, [(0, 0)], 0)[i - 1].T.swapaxes(1, 2), 0), "place of the centre"),
        (lambda i, c: np.stack([offset_by_loop(i, c)[0], -offset_by_loop(i, c)[1]]), "downwards"),
        (lambda i, c: offset_by_loop(np.where(i == 1, 1, 0), c), "`return` inside the loop"),
        (lambda i, c: offset_by_loop(np.where(i == len(c), i, 0), c), "Only the last object"),
        (from_0(offset_by_loop), "count from 1"),
        (lambda i, c: from_0(offset_by_loop)(i, c) * (i > 0), "count from 1"),
    ]:
        answer = check.offset_to_centre(mistake)
        assert answer.outcome.startswith("wrong")
        assert hint in answer.hint


def test_arrows_are_shown_one_channel_beside_the_other():
    answer = check.offset_to_centre(lambda i, c: -offset_by_loop(i, c))
    titles = [panel.title for panel in answer.panels]
    assert titles == ["instances", "centres", *(f"{who}: {axis}" for who in ("it should be", "your function says")
                                                for axis in "xy")]  # fmt: skip
    assert answer.panels[2].value.tolist()[2] == [0, 1, 0, -1, 0]
    assert answer.panels[4].marks.sum() == 6  # the middle column is 0 either way
    assert "<table" in answer._repr_mimebundle_()["text/html"]


def test_offsets_of_an_empty_picture():
    stopped = check.offset_to_centre(lambda i, c: everywhere(i, c) * (i > 0) if c.max() >= 0 else None)
    assert stopped.outcome == "stopped"
    assert "`centres` is empty" in stopped.hint


# Group pixels


def join(inside, centres, offset, first=1, everywhere=False, power=2):
    ids = np.zeros(inside.shape, int)
    if len(centres):
        for row, column in np.argwhere(inside | everywhere):
            aim = np.array([column, row]) + offset[:, row, column]
            ids[row, column] = (abs(centres - aim) ** power).sum(1).argmin() + first
    return ids


def places(inside):
    """x and y of every pixel, (2, h, w)."""
    return np.indices(inside.shape)[::-1]


def squared_misses(centres, offset):
    """The squared distance from where each pixel points to each centre, (h, w, k)."""
    aims = places(offset[0]) + offset
    return ((aims[..., None] - centres.T[:, None, None]) ** 2).sum(0)


@pytest.mark.slow
def test_group_pixels():
    assert check.group_pixels(join).outcome == "right"
    for mistake, hint in [
        (lambda i, c, w: join(i, c, w, first=0), "begin with 1"),
        (lambda i, c, w: join(i, c, w, everywhere=True), "Background pixels joined"),
        (lambda i, c, w: join(i, c, 0 * w), "*points* at"),
        (lambda i, c, w: join(i, c, -w), "*plus* the offset"),
        (lambda i, c, w: join(i, c, w[::-1]), "offset[0] belongs to x"),
        (lambda i, c, w: join(i, c[:, ::-1], w), "of the centres swapped"),
        (lambda i, c, w: join(i, c, w - places(i)), "a step, not a place"),
        (lambda i, c, w: join(i, c, w - places(i) + places(i)[::-1]), "rows first"),
        (lambda i, c, w: 1 * i, "All pixels are one object"),
        (lambda i, c, w: join(i, c, w, power=1), "straight line"),
        (lambda i, c, w: i * len(c), "The last centre"),
        (lambda i, c, w: i * (1 + squared_misses(c, w).argmax(-1)), "farthest"),
        (lambda i, c, w: join(i, c, w) * (squared_misses(c, w).min(-1, initial=99) < 4), "by far"),
        (lambda i, c, w: i * (1 + squared_misses(c, w).argmin()), "without an axis"),
        (lambda i, c, w: join(i, c, w) if len(c) else 1 * i, "No centre was found"),
        (lambda i, c, w: join(i, c, w + 0.5), ""),
    ]:
        answer = check.group_pixels(mistake)
        assert answer.outcome.startswith("wrong")
        assert hint in answer.hint
    stopped = check.group_pixels(lambda i, c, w: join(i, c, w) if len(c) else [].pop())
    assert "No centre was found" in stopped.hint


def test_loops_over_pixels_are_right_and_called_slow(monkeypatch):
    def offset_by_pixel(instances, centres):
        offset = np.zeros((2, *instances.shape))
        for row in range(instances.shape[0]):
            for column in range(instances.shape[1]):
                if instances[row, column]:
                    left, top = centres[instances[row, column] - 1]
                    offset[:, row, column] = left - column, top - row
        return offset

    for exercise, loop, quick in (
        (check.offset_to_centre, offset_by_pixel, offset_by_loop),
        (check.centre_heatmap, heatmap_by_loop, drawn(gauss)),
    ):
        slow_down(monkeypatch, loop)
        answer = exercise(loop)
        assert answer.outcome == "right"
        assert "Loop over objects only" in answer.sentence
        assert "Loop over objects only" not in exercise(quick).sentence
        assert agrees_when_timed(exercise.pace, loop)


def test_a_function_that_writes_into_its_input_is_not_right():
    def trimmed(inside, centres, offset):
        ids = join(inside, centres, offset)
        offset *= inside
        return ids

    assert check.group_pixels(trimmed).outcome == "changed its input"


def test_a_slow_grouping_is_right_and_called_slow(monkeypatch):
    slow_down(monkeypatch, join)
    answer = check.group_pixels(join)
    assert answer.outcome == "right"
    assert "a loop visits the pixels one by one" in answer.sentence
    assert "one by one" not in check.group_pixels(reference.group_pixels).sentence
    assert agrees_when_timed(check.group_pixels.pace, join)


def test_a_mistake_that_fails_where_others_are_made_is_passed_over():
    mistake = Mistake("never", lambda i, c: [].pop(), lambda i, c: "ab", offset_by_loop)
    exercise = Check("t-any", check.offset_to_centre.trials, ("hint",), (mistake,))
    assert exercise(lambda i, c: offset_by_loop(i, c) + 1).hint.startswith("Left of the centre")
    assert exercise(lambda i, c: [[1], [2, 3]]).outcome == "wrong type"
    assert exercise(3).outcome == "wrong"


# What the notebook looks at


def scenes_of(rows, classes):
    ids = picture(rows)
    return vl.Scenes(
        images=torch.full((1, 3, *ids.shape), 200, dtype=torch.uint8),
        labels=None,
        semantic=torch.tensor([0, *classes], dtype=torch.uint8)[ids.long()][None],
        instances=ids.to(torch.int16)[None],
        objects=torch.tensor([classes], dtype=torch.uint8),
        vocabulary=VOCABULARY,
        ids=("one",),
    )


def test_objects_that_touch_are_counted_corners_too():
    assert count_touching(scenes_of("1120 1120 0000 3330", [1, 1, 2])).tolist() == [2]
    assert count_touching(scenes_of("1100 0022 0000", [1, 1])).tolist() == [2]
    assert count_touching(scenes_of("11000 00022 33022", [1, 1, 1])).tolist() == [0]
    assert count_touching(scenes_of("000 000", [])).tolist() == [0]


def test_perfect_maps_are_grouped_into_the_truth_which_is_painted_in_its_place():
    truth = scenes_of("1111220 1111220 1111220 0000000 0033300 0033300", [1, 2, 1])
    grouped = group(*perfect_maps(truth), VOCABULARY.thing_indices)
    prediction = InstancePrediction(
        "perfect", VOCABULARY, truth.ids, tuple(objects_of(objects) for objects in grouped), truth.size
    )
    painted = as_scenes(truth, prediction)
    pairs = set(zip(truth.instances.flatten().tolist(), painted.instances.flatten().tolist(), strict=True))
    assert len(pairs) == 4
    assert torch.equal(painted.semantic, truth.semantic)
    assert painted.count_objects().tolist() == [[0, 2, 1]]
    nobody = as_scenes(
        truth, InstancePrediction("none", VOCABULARY, truth.ids, prediction.objects, truth.size, threshold=2)
    )
    assert nobody.count_objects().sum() == 0


def test_what_a_model_predicts_has_the_units_of_the_truth():
    pictures = vl.draw("smear", 3, seed=5)
    predicted, truth = predict_maps(vl.build("instance", VOCABULARY), pictures), true_maps(pictures)
    for name in ("inside", "offset", "radius", "heatmap"):
        assert getattr(predicted, name).shape == getattr(truth, name).shape
        assert getattr(predicted, name).dtype == getattr(truth, name).dtype
    assert 0 <= predicted.heatmap.min() < predicted.heatmap.max() <= 1


@pytest.mark.slow
def test_maps_are_shown_with_words_an_empty_picture_too():
    sheet = show_maps(scenes_of("1111 1111", [1]), true_maps(scenes_of("1111 1111", [1])))
    assert "heatmap, up to 1.00" in sheet.alt
    assert "radius, 1.6 to 1.6 pixels" in sheet.alt
    assert "<img" in sheet.to_html()
    empty = scenes_of("0000 0000", [])
    assert "of nothing" in show_maps(empty, true_maps(empty)).alt


def test_predicted_radii_are_coloured_on_the_scale_of_the_true_ones():
    truth = scenes_of("1111 1111", [1])
    maps = true_maps(truth)
    twice = maps._replace(radius=2 * maps.radius)
    named = [{ax.get_title(loc="left"): ax for ax in show_maps(truth, drawn_maps).axes} for drawn_maps in (maps, twice)]
    scales = [axes["radius, pixels"].images[0].get_clim() for axes in named]
    assert scales[0] == scales[1]


def test_miscounts_are_drawn_and_put_in_words():
    sheet = show_miscounts([10, 60], {"patches": [(0.0, 0.1), (4.25, 0.5)], "model": [(0.3, 0.1), (0.6, 0.2)]})
    assert "patches: 0.0, 4.2; model: 0.3, 0.6" in sheet.alt
    assert "<img" in sheet.to_html()
