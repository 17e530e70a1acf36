"""Scores of semantic masks, on pictures worked by hand and against torchmetrics, scikit-learn and SciPy."""

import numpy as np
import pytest
import torch
from text_pictures import picture

from vislab.evaluation.metrics.classification import accuracy
from vislab.evaluation.metrics.segmentation import (
    boundary_iou,
    class_dice,
    class_iou,
    count_boundary,
    count_pixels,
    mean_iou,
)

NAN = float("nan")


def random_masks(classes: int, seed: int, ignore: float = 0.1) -> tuple[torch.Tensor, torch.Tensor]:
    """Truth, with ignored pixels, and a guess that is right in half of the pixels: (6, 20, 17)."""
    random = np.random.default_rng(seed)
    blocks = random.integers(0, classes, (6, 4, 4), dtype=np.uint8)
    truth = blocks.repeat(5, 1).repeat(5, 2)[:, :, :17]
    guess = np.where(random.random(truth.shape) < 0.5, truth, random.integers(0, classes, truth.shape)).astype(np.uint8)
    truth = np.where(random.random(truth.shape) < ignore, np.uint8(255), truth)
    return torch.from_numpy(truth), torch.from_numpy(guess)


def test_scores_of_a_picture_worked_by_hand():
    truth, guess = picture("0011 0011 00??"), picture("0111 0011 0000")
    counts = count_pixels(truth, guess, 3)
    assert counts.tolist() == [[5, 1, 0], [0, 4, 0], [0, 0, 0]]
    assert accuracy(counts) == pytest.approx(9 / 10)
    assert class_iou(counts).tolist() == pytest.approx([5 / 6, 4 / 5, NAN], nan_ok=True)
    assert class_dice(counts).tolist() == pytest.approx([10 / 11, 8 / 9, NAN], nan_ok=True)
    assert mean_iou(counts) == pytest.approx((5 / 6 + 4 / 5) / 2)


def test_an_invented_class_scores_nought_and_an_absent_one_nothing():
    counts = count_pixels(picture("00 00"), picture("02 00"), 3)
    assert class_iou(counts).tolist() == pytest.approx([3 / 4, NAN, 0], nan_ok=True)


def test_pictures_where_nothing_is_known_have_no_score():
    counts = count_pixels(picture("?? ??"), picture("01 10"), 2)
    assert counts.sum() == 0
    assert accuracy(counts).isnan()
    assert class_iou(counts).isnan().all()
    assert mean_iou(counts).isnan()
    assert boundary_iou(count_boundary(picture("?? ??")[None], picture("01 10")[None], 2)).isnan().all()


def test_boundaries_of_a_square_moved_by_one():
    truth = picture("000000 011110 011110 011110 011110 000000")[None]
    moved = picture("000000 001111 001111 001111 001111 000000")[None]
    # Within one pixel of the background: of the square all but its inner 2 x 2. The moved one stands at the picture's
    # border, which is no boundary: its inner part is 2 x 3.
    counts = count_boundary(truth, moved, 2, width=1)
    assert counts[1].tolist() == [2 + 2 + 2, 12 + 10 - 6]
    assert boundary_iou(count_boundary(truth, truth, 2, width=1)).tolist() == [1, 1]


def test_boundaries_forgive_the_inside_and_nothing_else():
    truth = torch.zeros(1, 40, 40, dtype=torch.uint8)
    truth[:, 8:32, 8:32] = 1
    hole = truth.clone()
    hole[:, 8:10, 8:32] = 0
    plain = class_iou(count_pixels(truth, hole, 2))[1]
    assert boundary_iou(count_boundary(truth, hole, 2))[1] < plain - 0.2


def test_an_ignored_region_bounds_no_class():
    truth, guess = picture("11??00 11??00 11??00")[None], picture("111100 111100 111100")[None]
    assert count_boundary(truth, guess, 2, width=1).tolist() == [[0, 0], [0, 0]]
    assert count_boundary(truth, guess, 2, width=3).tolist() == [[3, 3], [3, 3]]


def test_counts_of_parts_add_up():
    truth, guess = random_masks(3, 5)
    parts = sum(count_boundary(truth[i : i + 2], guess[i : i + 2], 3) for i in (0, 2, 4))
    assert torch.equal(parts, count_boundary(truth, guess, 3))


def test_iou_and_dice_agree_with_torchmetrics():
    from torchmetrics.functional.classification import multiclass_f1_score, multiclass_jaccard_index

    for seed in range(3):
        truth, guess = random_masks(4, seed)
        counts = count_pixels(truth, guess, 4)
        settings = {"num_classes": 4, "ignore_index": 255, "average": "none"}
        peer = multiclass_jaccard_index(guess.long(), truth.long(), **settings)
        assert class_iou(counts).tolist() == pytest.approx(peer.tolist(), abs=1e-6)
        peer = multiclass_f1_score(guess.long(), truth.long(), **settings)
        assert class_dice(counts).tolist() == pytest.approx(peer.tolist(), abs=1e-6)


@pytest.mark.parametrize("classes", [2, 3, 15, 16, 40])
@pytest.mark.parametrize("wide", [16, 17])
def test_iou_agrees_with_scikit_learn(classes, wide):
    from sklearn.metrics import jaccard_score

    truth, guess = (mask[:5, :19, :wide] for mask in random_masks(classes, 7))  # of an odd number of pixels, too
    known = truth != 255
    peer = jaccard_score(truth[known], guess[known], average=None, labels=range(classes))
    assert class_iou(count_pixels(truth, guess, classes)).tolist() == pytest.approx(peer, abs=1e-6)


def test_boundaries_agree_with_eroding_by_scipy():
    from scipy.ndimage import binary_erosion

    for width, classes in ((1, 3), (2, 3), (3, 3), (2, 20)):
        truth, guess = random_masks(classes, 11)
        known = truth.numpy() != 255
        counts = count_boundary(truth, guess, classes, width)
        for index in range(classes):
            bands = []
            for mask in (truth.numpy(), guess.numpy()):
                here = (mask == index) | ~known  # what is ignored wears nothing away
                inner = [binary_erosion(m, np.ones((3, 3)), width, border_value=1) for m in here]
                bands.append((mask == index) & known & ~np.stack(inner))
            assert counts[index].tolist() == [(bands[0] & bands[1]).sum(), (bands[0] | bands[1]).sum()]
