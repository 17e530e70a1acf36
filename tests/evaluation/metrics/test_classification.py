"""Scores of labels, on tables worked by hand and against scikit-learn and torchmetrics."""

import pytest
import torch

from vislab.evaluation.metrics.classification import (
    accuracy,
    calibration_error,
    count_labels,
    sensitivity,
    specificity,
)

NAN = float("nan")


def test_labels_are_counted_with_truth_in_rows():
    truth, guess = torch.tensor([0, 0, 1, 1, 1]), torch.tensor([0, 1, 1, 1, 0])
    counts = count_labels(truth, guess, 3)
    assert counts.tolist() == [[1, 1, 0], [1, 2, 0], [0, 0, 0]]
    assert accuracy(counts) == pytest.approx(3 / 5)


def test_sensitivity_and_specificity_of_a_test_for_an_illness():
    # Of 10 ill people 9 are found, of 90 healthy ones 81 are sent home.
    counts = torch.tensor([[81, 9], [1, 9]])
    assert sensitivity(counts).tolist() == pytest.approx([0.9, 0.9])
    assert specificity(counts).tolist() == pytest.approx([0.9, 0.9])
    counts = torch.tensor([[60, 30], [1, 9]])
    assert sensitivity(counts)[1] == pytest.approx(9 / 10)
    assert specificity(counts)[1] == pytest.approx(60 / 90)


def test_what_is_absent_has_no_score():
    nothing = torch.zeros(2, 2, dtype=torch.int64)
    assert accuracy(nothing).isnan()
    assert sensitivity(nothing).isnan().all()
    only_healthy = torch.tensor([[4, 1], [0, 0]])
    assert sensitivity(only_healthy).tolist() == pytest.approx([4 / 5, NAN], nan_ok=True)
    assert specificity(only_healthy).tolist() == pytest.approx([NAN, 4 / 5], nan_ok=True)
    assert calibration_error(torch.zeros(0, 2), torch.zeros(0, dtype=torch.int64)).isnan()


def test_calibration_is_the_gap_between_confidence_and_accuracy():
    # 80 % sure four times and right three times, a gap of 0.05; 100 % sure once and wrong, a gap of 1.
    probabilities = torch.tensor([[0.2, 0.8]] * 4 + [[0.0, 1.0]])
    truth = torch.tensor([1, 1, 1, 0, 0])
    assert calibration_error(probabilities, truth) == pytest.approx((4 * 0.05 + 1 * 1.0) / 5)
    certain = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    assert calibration_error(certain, torch.tensor([1, 0])) == 0


@pytest.mark.slow
def test_labels_agree_with_scikit_learn():
    from sklearn import metrics

    random = torch.Generator().manual_seed(0)
    truth, guess = torch.randint(0, 4, (2, 300), generator=random)
    counts = count_labels(truth, guess, 4)
    assert counts.tolist() == metrics.confusion_matrix(truth, guess).tolist()
    assert accuracy(counts) == pytest.approx(metrics.accuracy_score(truth, guess), abs=1e-6)
    assert sensitivity(counts).tolist() == pytest.approx(metrics.recall_score(truth, guess, average=None), abs=1e-6)
    for label, value in enumerate(specificity(counts).tolist()):
        assert value == pytest.approx(metrics.recall_score(truth != label, guess != label), abs=1e-6)


@pytest.mark.slow
def test_calibration_agrees_with_torchmetrics():
    from torchmetrics.functional.classification import multiclass_calibration_error

    random = torch.Generator().manual_seed(1)
    probabilities = (3 * torch.randn(400, 3, generator=random)).softmax(1)
    truth = torch.randint(0, 3, (400,), generator=random)
    for bins in (5, 15):
        peer = multiclass_calibration_error(probabilities.double(), truth, 3, n_bins=bins, norm="l1")
        assert calibration_error(probabilities, truth, bins) == pytest.approx(peer.item(), abs=1e-6)
