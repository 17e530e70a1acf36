"""The exercises of notebook 03: what a right answer passes, and which hint each likely mistake gets."""

import numpy as np
import pytest
import torch
from made_paces import agrees_when_timed, slow_down
from PIL import Image
from scipy.ndimage import binary_erosion, distance_transform_cdt, zoom
from skimage.transform import resize
from torch import nn

from vislab.evaluation.metrics.segmentation import class_dice, class_iou
from vislab.exercises.nb03_semantic import checks as check
from vislab.exercises.nb03_semantic import reference


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("VISLAB_HOME", str(tmp_path))


def hint_of(answer):
    assert answer.outcome.startswith("wrong"), answer
    return answer.hint


# A mask made larger


def resized(how):
    def enlarge(mask, factor):
        return np.asarray(Image.fromarray(mask).resize((mask.shape[1] * factor, mask.shape[0] * factor), how))

    return enlarge


@pytest.mark.parametrize(
    "function",
    [
        resized(Image.NEAREST),
        lambda mask, factor: mask.repeat(factor, 0).repeat(factor, 1),
        lambda mask, factor: np.kron(mask, np.ones((factor, factor), int)),
        lambda mask, factor: nn.functional.interpolate(torch.from_numpy(mask)[None, None].float(), scale_factor=factor)[
            0, 0
        ],
        lambda mask, factor: resize(mask, np.multiply(mask.shape, factor), order=0, preserve_range=True),
    ],
)
def test_enlarge_mask_right(function):
    assert check.enlarge_mask(function).outcome == "right"


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        (resized(Image.BILINEAR), "a class that was not there"),
        (resized(Image.BICUBIC), "Bicubic, like"),
        (resized(Image.LANCZOS), "like Lanczos, blends"),
        (lambda mask, factor: zoom(mask, factor), "order=3"),
        (lambda mask, factor: zoom(mask, factor, order=0), "corners on corners"),
        (lambda mask, factor: np.tile(mask, (factor, factor)), "copies of the whole mask"),
        (lambda mask, factor: np.repeat(mask, factor), "Without an axis"),
        (lambda mask, factor: np.kron(mask, np.arange(factor**2).reshape(factor, factor) == 0), "one pixel of each"),
        (lambda mask, factor: np.argmax([resized(Image.BILINEAR)((mask == k).astype("float32"), factor)
                                         for k in range(3)], 0), "rounds corners"),
        (lambda mask, factor: np.repeat(mask, factor, axis=0), "the columns are not yet"),
        (lambda mask, factor: np.repeat(mask, factor, axis=1), "the rows are not yet"),
        (lambda mask, factor: np.asarray(Image.fromarray(mask).resize((mask.shape[0] * factor, mask.shape[1] * factor),
                                                                      Image.NEAREST)), "changed places"),
        (lambda mask, factor: resize(mask, np.multiply(mask.shape, factor)), "becomes a square"),  # recognised by none
        (lambda mask, factor: np.round(zoom(mask.astype(float), factor, order=1, grid_mode=True, mode="nearest")),
         "Rounding mends no blend"),
    ],
)  # fmt: skip
def test_enlarge_mask_wrong(mistake, hint):
    assert hint in hint_of(check.enlarge_mask(mistake))


def test_a_loop_over_pixels_is_right_and_called_slow(monkeypatch):
    def by_pixel(mask, factor):
        larger = np.zeros((mask.shape[0] * factor, mask.shape[1] * factor), np.uint8)
        for row in range(larger.shape[0]):
            for column in range(larger.shape[1]):
                larger[row, column] = mask[row // factor, column // factor]
        return larger

    slow_down(monkeypatch, by_pixel)
    answer = check.enlarge_mask(by_pixel)
    assert answer.outcome == "right"
    assert "a loop visits the pixels one by one" in answer.sentence
    assert agrees_when_timed(check.enlarge_mask.pace, by_pixel)


def test_the_bilinear_bug_shows_a_class_that_was_not_there():
    panels = check.enlarge_mask(resized(Image.BILINEAR)).panels
    assert set(np.unique(panels[0].value)) == {0, 2}
    assert set(np.unique(panels[-1].value)) == {0, 1, 2}


# Intersection over union


def by_loop(counts):
    result = []
    for k in range(len(counts)):
        union = counts[k].sum() + counts[:, k].sum() - counts[k, k]
        result.append(counts[k, k] / union if union else float("nan"))
    return result


def test_class_iou_right():
    assert check.class_iou(by_loop).outcome == "right"
    assert check.class_iou(lambda c: c.diagonal() / (c.sum(0) + c.sum(1) - c.diagonal())).outcome == "right"
    assert check.class_iou(lambda c: class_iou(torch.as_tensor(c))).outcome == "right"


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        (lambda c: c.diagonal() / c.sum(1), "divided by the truth"),
        (lambda c: c.diagonal() / c.sum(0), "a model that dares a single pixel"),
        (lambda c: c.diagonal() / (c.sum(0) + c.sum(1)), "Subtract them once"),
        (lambda c: c.diagonal() / (c.sum(0) + c.sum(1) - 2 * c.diagonal()), "subtracted twice"),
        (lambda c: c.diagonal() // (c.sum(0) + c.sum(1) - c.diagonal()), "rounds down"),
        (lambda c: by_loop(c)[0], "inside the loop"),
        (lambda c: class_dice(torch.as_tensor(c)), "This is Dice"),
        (lambda c: by_loop(c)[1:], "background is a class too"),
        (lambda c: by_loop(c[1:, 1:]), "taken for background"),
        (lambda c: np.nanmean(by_loop(c)), "mean over the classes"),
        (lambda c: c.diagonal() / c.sum(), "divided by all pixels"),
        (lambda c: c.trace() / c.sum(), "the score that flatters"),
        (lambda c: np.nan_to_num(by_loop(c)), "made no mistake about it"),
        (lambda c: c.diagonal() / np.maximum(1, c.sum(0) + c.sum(1) - c.diagonal()), "made no mistake about it"),
        (lambda c: np.nan_to_num(by_loop(c), nan=1), "np.nanmean skips it"),
        (lambda c: np.where(c.sum(1) > 0, by_loop(c), np.nan), "predicted where it is not"),
        (lambda c: np.round(by_loop(c)), "both say it, divided by"),  # recognised by none
    ],
)
def test_class_iou_wrong(mistake, hint):
    assert hint in hint_of(check.class_iou(mistake))


# Class weights


def weights_by_loop(pixels):
    present = [n for n in pixels if n]
    return [sum(pixels) / len(present) / n if n else 0.0 for n in pixels]


def test_class_weights_right():
    assert check.class_weights(weights_by_loop).outcome == "right"
    weights = np.array(weights_by_loop([90, 8, 2]))
    assert weights @ [90, 8, 2] == pytest.approx(100)


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        (lambda n: n / n.sum(), "frequencies themselves"),
        (lambda n: 1 - n / n.sum(), "but hardly"),
        (lambda n: (n > 0).sum() / n.sum() * n, "upside down"),
        (lambda n: 0 * n + n.sum() / (n > 0).sum(), "Divide it by"),
        (lambda n: 1 / n, "The ratios are right. But all together"),
        (lambda n: np.where(n > 0, n.max() / n, 0), "The ratios are right. But all together"),
        (lambda n: np.where(n > 0, min(k for k in n if k) / n, 0), "The ratios are right. But all together"),
        (lambda n: np.nan_to_num(n.sum() / n / len(n)), "a huge number"),
        (lambda n: np.nan_to_num(n.sum() / n / (n > 0).sum()), "a huge number"),
        (lambda n: n.sum() / n, "as much as all pixels together"),
        (lambda n: (1 / n) / (1 / n).sum(), "add up to 1"),
        (lambda n: 1 / n / (1 / n).mean(), "1 over the pixels"),
        (lambda n: np.median(n) / n, "The median is a known way"),
        (lambda n: (n.sum() / len(n) / n) ** 0.5, "leave the root out"),
        (lambda n: n.sum() / len(n) / n, "infinite weight"),
        (lambda n: np.nan_to_num(n.sum() / len(n) / n, posinf=0), "still takes its part"),
        (lambda n: n.sum() / len(n) / np.maximum(n, 1), "should weigh 0"),
        (lambda n: n * 0 + 1, "as much as 100 / 3 pixels"),  # recognised by none
    ],
)
def test_class_weights_wrong(mistake, hint):
    assert hint in hint_of(check.class_weights(mistake))


# Intersection over union of edge bands


def near(mask, **settings):
    return reference.near_boundary(mask, **settings)


def ratio(part, whole):
    return part.sum() / whole.sum() if whole.any() else float("nan")


def test_near_boundary_is_within_two_steps_of_another_class():
    for instances, objects in check.random_pictures():
        mask = np.append(0, objects)[instances]
        expected = np.zeros(mask.shape, bool)
        for kind in np.unique(mask):  # an oracle: the chessboard distance to the next pixel of another class
            if (mask != kind).any():
                expected |= (mask == kind) & (distance_transform_cdt(mask == kind, "chessboard") <= 2)
        assert (near(mask) == expected).all()


def band(mask, width):
    return mask & near(mask, width=width)


def banded(truth, prediction, width):
    bands = band(truth, width), band(prediction, width)
    return ratio(bands[0] & bands[1], bands[0] | bands[1])


def by_erosion(truth, prediction, width):
    """A second way: what an erosion takes away; the picture's edge takes nothing."""
    window = np.ones((2 * width + 1,) * 2)
    bands = [mask & ~binary_erosion(mask, window, border_value=1) for mask in (truth, prediction)]
    return ratio(bands[0] & bands[1], bands[0] | bands[1])


def test_boundary_iou_right():
    assert check.boundary_iou(banded).outcome == "right"
    assert check.boundary_iou(by_erosion).outcome == "right"


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        (lambda t, s, w: ratio(t & s, t | s), "IoU of the whole masks"),
        (lambda t, s, w: ratio(near(t, width=w) & near(s, width=w), near(t, width=w) | near(s, width=w)), "both sides"),
        (lambda t, s, w: ratio(t & s & near(t, width=w), (t | s) & near(t, width=w)), "boundary of its own"),
        (lambda t, s, w: banded(t, s, 2), "do not use the given width"),
        (lambda t, s, w: ratio(band(t, w) & band(s, w), band(t, w)), "divided by the truth's band"),
        (lambda t, s, w: ratio(band(t, w) & band(s, w), band(s, w)), "band of the prediction"),
        (lambda t, s, w: 2 * (band(t, w) & band(s, w)).sum() / (band(t, w).sum() + band(s, w).sum()), "This is Dice"),
        (lambda t, s, w: np.nan_to_num(banded(t, s, w)), "all edges are wrong"),
        (lambda t, s, w: np.nan_to_num(banded(t, s, w), nan=1), "all edges are right"),
        (lambda t, s, w: ratio(band(t, w) & band(s, w), band(t, w) | band(s, w)) if band(t, w).any() else np.nan,
         "the truth has none"),
        (lambda t, s, w: banded(t, s, w) if s.any() else np.nan, "misses the band of the truth"),
        (lambda t, s, w: 0.123, "Of each mask keep the pixels"),  # recognised by none
        (lambda t, s, w: band(t, w) & band(s, w), "Of each mask keep the pixels"),
        (lambda t, s, w: (band(t, w) & band(s, w)) / (band(t, w) | band(s, w)), "pixel by pixel"),
        (lambda t, s, w: ratio(band(t & s, w), band(t | s, w)), "bands of the intersection"),
        (lambda t, s, w: ratio(near(t & s, width=w), near(t | s, width=w)), "bands of the intersection"),
        (lambda t, s, w: ratio(band(t | s, w) & t & s, band(t | s, w)), "Of each mask keep"),  # recognised by none
        (lambda t, s, w: ratio(t & s & near(t, width=w) & near(s, width=w),
                               (t | s) & near(t, width=w) & near(s, width=w)), "along the same band"),
        (lambda t, s, w: ratio(t & s & (near(t, width=w) | near(s, width=w)),
                               (t | s) & (near(t, width=w) | near(s, width=w))), "along the same band"),
        (lambda t, s, w: banded(~t, ~s, w), "outside the masks"),
    ],
)  # fmt: skip
def test_boundary_iou_wrong(mistake, hint):
    assert hint in hint_of(check.boundary_iou(mistake))


def test_boundary_iou_of_a_mask_that_was_shaved_in_place():
    def shaved(truth, prediction, width):
        truth &= near(truth, width=width)
        prediction &= near(prediction, width=width)
        return ratio(truth & prediction, truth | prediction)

    assert check.boundary_iou(shaved).outcome == "changed its input"


# All of them

CHECKS = (check.enlarge_mask, check.class_iou, check.class_weights, check.boundary_iou)


@pytest.mark.parametrize("exercise", CHECKS, ids=lambda exercise: exercise.name)
def test_not_yet_tried_and_hints(exercise):
    assert exercise(lambda *given: None).outcome == "not yet tried"
    assert [exercise.hint().sentence[0] for _ in range(4)] == ["1", "2", "3", "1"]


@pytest.mark.parametrize("exercise", CHECKS, ids=lambda exercise: exercise.name)
@pytest.mark.slow
def test_no_known_mistake_is_right(exercise):
    """Each gives a wrong answer somewhere, and the first that it gives gets a hint of its own."""
    hints = [mistake.hint for mistake in exercise.mistakes]
    assert len(set(hints)) == len(hints)
    for mistake in exercise.mistakes:
        assert all(hint_of(exercise(function)) == mistake.hint for function in mistake.functions)


def test_random_pictures_and_counts_hold_something():
    tables = list(check.random_counts())
    assert all((a == b).all() for a, b in zip(tables, check.random_counts(), strict=True))
    assert any(np.isnan(reference.class_iou(counts)).any() for counts in tables)
    scores = [trial.expected for trial in check._boundary_trials()]
    assert np.nanmin(scores) < 0.3
    assert 0.2 < np.nanmean(scores) < 0.9
    assert any(np.isnan(scores))
