"""The exercises of notebook 03: what a right answer passes, and which hint each likely mistake gets."""

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.ndimage import distance_transform_cdt, maximum_filter, minimum_filter, zoom
from skimage.transform import resize
from torch import nn

from vislab.exercises import semantic_answers as right
from vislab.exercises import semantic_segmentation as check
from vislab.metrics.pixels import class_dice, class_iou


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
        (resized(Image.BILINEAR), "a class that nobody said"),
        (resized(Image.BICUBIC), "Bicubic, like"),
        (resized(Image.LANCZOS), "like Lanczos, blends"),
        (lambda mask, factor: zoom(mask, factor), "order=3"),
        (lambda mask, factor: zoom(mask, factor, order=0), "corners on corners"),
        (lambda mask, factor: np.tile(mask, (factor, factor)), "copies of the whole mask"),
        (lambda mask, factor: np.repeat(mask, factor, axis=0), "the columns are not yet"),
        (lambda mask, factor: np.repeat(mask, factor, axis=1), "the rows are not yet"),
        (lambda mask, factor: np.asarray(Image.fromarray(mask).resize((mask.shape[0] * factor, mask.shape[1] * factor),
                                                                      Image.NEAREST)), "changed places"),
        (lambda mask, factor: resize(mask, np.multiply(mask.shape, factor)), "becomes a square"),  # recognised by none
    ],
)  # fmt: skip
def test_enlarge_mask_wrong(mistake, hint):
    assert hint in hint_of(check.enlarge_mask(mistake))


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
        (lambda c: c.diagonal() / (c.sum(0) + c.sum(1)), "counts them twice"),
        (lambda c: class_dice(torch.as_tensor(c)), "This is Dice"),
        (lambda c: by_loop(c)[1:], "background is a class too"),
        (lambda c: by_loop(c[1:, 1:]), "taken for background"),
        (lambda c: np.nanmean(by_loop(c)), "mean over the classes"),
        (lambda c: c.diagonal() / c.sum(), "divided by all pixels"),
        (lambda c: c.trace() / c.sum(), "the score that flatters"),
        (lambda c: np.nan_to_num(by_loop(c)), "made no mistake about it"),
        (lambda c: c.diagonal() / np.maximum(1, c.sum(0) + c.sum(1) - c.diagonal()), "made no mistake about it"),
        (lambda c: np.nan_to_num(by_loop(c), nan=1), "np.nanmean leaves it out"),
        (lambda c: np.where(c.sum(1) > 0, by_loop(c), np.nan), "said where it is not"),
        (lambda c: np.round(by_loop(c)), "both say it, divided by"),  # recognised by none
    ],
)
def test_class_iou_wrong(mistake, hint):
    assert hint in hint_of(check.class_iou(mistake))


# Class weights


def weights_by_loop(pixels):
    there = [n for n in pixels if n]
    return [sum(pixels) / len(there) / n if n else 0.0 for n in pixels]


def test_class_weights_right():
    assert check.class_weights(weights_by_loop).outcome == "right"
    weights = np.array(weights_by_loop([90, 8, 2]))
    assert weights @ [90, 8, 2] == pytest.approx(100)


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        (lambda n: n / n.sum(), "frequencies themselves"),
        (lambda n: 1 - n / n.sum(), "but hardly"),
        (lambda n: 1 / n, "the loss becomes tiny"),
        (lambda n: n.sum() / n, "as much as all pixels together"),
        (lambda n: (1 / n) / (1 / n).sum(), "add up to 1"),
        (lambda n: 1 / n / (1 / n).mean(), "1 over the pixels"),
        (lambda n: np.median(n) / n, "the median is a known way"),
        (lambda n: (n.sum() / len(n) / n) ** 0.5, "leave the root out"),
        (lambda n: n.sum() / len(n) / n, "infinite weight"),
        (lambda n: np.nan_to_num(n.sum() / len(n) / n, posinf=0), "still takes its part"),
        (lambda n: n.sum() / len(n) / np.maximum(n, 1), "should weigh 0"),
        (lambda n: n * 0 + 1, "as much as 100 / 3 pixels"),  # recognised by none
    ],
)
def test_class_weights_wrong(mistake, hint):
    assert hint in hint_of(check.class_weights(mistake))


# Errors near a boundary


def near(mask, **settings):
    return right.near_boundary(mask, **settings)


def near_and_edge(mask):
    return maximum_filter(mask, 5, mode="constant") != minimum_filter(mask, 5, mode="constant")


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


def test_share_near_boundary_right():
    assert check.share_near_boundary(lambda t, s: ratio((t != s) & near(t), t != s)).outcome == "right"
    assert check.share_near_boundary(lambda t, s: near(t)[t != s].mean()).outcome == "right"  # a NaN, and a warning


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        (lambda t, s: ratio((t != s) & near(t), near(t)), "how often the model errs there"),
        (lambda t, s: ((t != s) & near(t)).mean(), "divided by all pixels"),
        (lambda t, s: ratio((t != s) & near(s), t != s), "boundaries of what was said"),
        (lambda t, s: ratio((t != s) & ~near(t), t != s), "far from any boundary"),
        (lambda t, s: ratio((t == s) & near(t), t == s), "looked at the right pixels"),
        (lambda t, s: ratio((t == s) & near(t), near(t)), "right pixels near a boundary"),
        (lambda t, s: near(t).mean(), "right or wrong"),
        (lambda t, s: (t != s).mean(), "wherever they are"),
        (lambda t, s: ratio((t != s) & near(t), t != s) if (t != s).any() else 0, "all errors lie far"),
        (lambda t, s: ratio((t != s) & near(t), t != s) if (t != s).any() else 1, "all errors lie near"),
        (lambda t, s: ratio((t != s) & near_and_edge(t), t != s), "edge is no boundary"),
        (lambda t, s: 0.123, "First find the wrong pixels"),  # recognised by none
    ],
)
def test_share_near_boundary_wrong(mistake, hint):
    assert hint in hint_of(check.share_near_boundary(mistake))


# All of them

CHECKS = (check.enlarge_mask, check.class_iou, check.class_weights, check.share_near_boundary)


@pytest.mark.parametrize("one", CHECKS, ids=lambda one: one.name)
def test_not_yet_tried_and_hints(one):
    assert one(lambda *given: None).outcome == "not yet tried"
    assert [one.hint().sentence[0] for _ in range(4)] == ["1", "2", "3", "1"]


@pytest.mark.parametrize("one", CHECKS, ids=lambda one: one.name)
def test_no_known_mistake_is_right(one):
    """Each gives a wrong answer somewhere, and the first that it gives is told by a hint of its own."""
    hints = [mistake.hint for mistake in one.mistakes]
    assert len(set(hints)) == len(hints)
    for mistake in one.mistakes:
        assert hint_of(one(mistake.function)) == mistake.hint


def test_random_pictures_and_counts_hold_something():
    counts = list(check.random_counts())
    assert all((a == b).all() for a, b in zip(counts, check.random_counts(), strict=True))
    assert any(np.isnan(right.iou(one)).any() for one in counts)
    shares = [trial.expected for trial in check._near_trials()]
    assert np.nanmin(shares) < 0.8
    assert 0.2 < np.nanmean(shares) < 0.9


def test_quizzes_are_complete():
    for questions in (check.OPENING, check.CLOSING):
        assert len(questions) == 3
        assert all(choice.why for question in questions for choice in question.choices)
        assert len({[choice.right for choice in q.choices].index(True) for q in questions}) > 1
