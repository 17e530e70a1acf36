"""The exercises of notebook 01: what a right answer passes, what the likely mistakes are shown."""

import math

import numpy as np
import pytest
import torch

from vislab.exercises.nb01_classifier import checks as check
from vislab.models.classifier import soft_maximum


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("VISLAB_HOME", str(tmp_path))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


def answered(exercise, mistake):
    """The hint that a mistake is shown; it must be wrong, or have stopped."""
    answer = exercise(mistake)
    assert answer.outcome in ("wrong", "wrong shape", "stopped"), answer
    return answer.hint


# The size of what comes out of a convolution


def test_output_size():
    assert check.output_size(lambda n, k, s, p: (n + 2 * p - k) // s + 1).outcome == "right"
    assert check.output_size(lambda n, k, s, p: len(range(0, n + 2 * p - k + 1, s))).outcome == "right"


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        (lambda n, k, s, p: (n + 2 * p - k) // s, "both ends"),  # off by one
        (lambda n, k, s, p: n - k, "count both ends"),  # by the case itself
        (lambda n, k, s, p: n, "0, 1, 2 or 3"),  # as if every window fitted
        (lambda n, k, s, p: (n - 2 * p - k) // s + 1, "made it shorter"),
        (lambda n, k, s, p: (n + 2 * p - k + 1) // s, "too early"),
        (lambda n, k, s, p: n // s, "0, 1, 2 or 3"),
        (lambda n, k, s, p: (n - k) // s + 1, "both ends: the row"),  # no padding
        (lambda n, k, s, p: (n + p - k) // s + 1, "both ends: the row"),  # padding at one end
        (lambda n, k, s, p: (n - k) // s + 1 + 2 * p, "before dividing"),  # padding added to the places
        (lambda n, k, s, p: n + 2 * p - k + 1, "With stride 2"),  # no stride
        (lambda n, k, s, p: (n + 2 * p) // s - k + 1, "With stride 2"),  # divided too early
        (lambda n, k, s, p: (n + 2 * p - k) / s + 1, "no half a place"),  # float division
        (lambda n, k, s, p: math.ceil((n + 2 * p - k) / s) + 1, "no half a place"),
    ],
)
def test_mistakes_about_the_output_size(mistake, hint):
    assert hint in answered(check.output_size, mistake)


def test_what_the_quiz_says_of_sizes():
    assert check.places(96, 3, 2, 1) == 48
    assert check.places(96, 3, 2, 0) == 47
    assert check.places(96, 3, 1, 1) == 96


# Between the mean and the maximum


def stable(evidence, sharpness):
    largest = evidence.max()
    return largest + np.log(np.exp(sharpness * (evidence - largest)).mean()) / sharpness


def weighted(evidence, sharpness):
    """Another pool between mean and maximum: the mean weighted by a softmax."""
    weights = np.exp(sharpness * (evidence - evidence.max()))
    return (weights * evidence).sum() / weights.sum()


def test_pool():
    assert check.pool(stable).outcome == "right"
    assert check.pool(lambda e, s: np.log(np.exp(s * e - (s * e).max()).mean()) / s + e.max()).outcome == "right"


def test_the_pool_is_the_packages_own():
    maps = np.random.default_rng(0).normal(0, 3, (4, 6, 6))
    sharpness = np.array([0.01, 0.5, 1, 3])
    ours = soft_maximum(torch.from_numpy(maps)[None], torch.from_numpy(sharpness))[0]
    assert ours.tolist() == pytest.approx([check.pooled(*one) for one in zip(maps, sharpness, strict=True)], abs=1e-4)


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        (lambda e, s: np.log(np.exp(s * e).sum()) / s, "not their sum"),
        (lambda e, s: np.exp(s * e).mean() / s, "undoes np.exp"),
        (lambda e, s: np.log(np.exp(s * e).mean()), "divide by it"),
        (lambda e, s: np.log(np.exp(e).mean()) / s, "Multiply by"),
        (lambda e, s: e.max(), "nearly the mean"),
        (lambda e, s: e.mean(), "drowns"),
        (weighted, "gives another number: 3.61"),
        (lambda e, s: np.log(np.exp(s * e).mean()) / s, "Subtract the largest"),  # inf
        (lambda e, s: np.log(np.exp(s * e - 700).mean()) / s + 700 / s, "Subtract the largest"),
        (lambda e, s: np.log(np.exp(s * (e - e.max())).mean()) / s, "is added back"),
        (lambda e, s: np.log(np.exp(s * (e - e.max())).mean()) / s + s * e.max(), "without the sharpness"),
        (lambda e, s: (e.max() + np.log(np.exp(s * (e - e.max())).mean())) / s, "Only the logarithm"),
        (lambda e, s: np.exp(s * e).mean(), "undoes np.exp"),
        (lambda e, s: np.log(np.exp(s * e)) / s, "for the whole map"),  # a map
        (lambda e, s: np.log(np.exp(s * e).mean(0)) / s, "without an axis"),
        (lambda e, s: max(e) + np.log(np.exp(s * (e - max(e))).mean()) / s, "Python's `max`"),
        (lambda e, s: np.log(np.exp(s * e - e.max()).mean()) / s + e.max(), "Without the brackets"),
    ],
)
def test_mistakes_about_the_pool(mistake, hint):
    assert hint in answered(check.pool, mistake)


def test_a_right_pool_is_shown_what_it_is_good_for():
    panels = {panel.title: panel.value for panel in check.pool(stable).panels}
    assert (float(panels["mean"]), float(panels["maximum"])) == (-0.62, 5)
    assert float(panels["yours, sharpness 2"]) == pytest.approx(3.61)


# Accuracy from scores


def test_accuracy():
    assert check.accuracy(lambda scores, labels: (scores.argmax(1) == labels).mean()).outcome == "right"
    assert check.accuracy(lambda s, y: np.divide((s.argmax(1) == y).sum(), len(y))).outcome == "right"
    assert check.accuracy(lambda s, y: (s.argmax(axis=-1) == y).sum() / y.size).outcome == "right"


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        (lambda s, y: (s.argmax(0) == y).mean(), "along the rows"),
        (lambda s, y: 100 * (s.argmax(1) == y).mean(), "a percentage"),
        (lambda s, y: (s.argmax(1) != y).mean(), "*wrong* ones"),
        (lambda s, y: (s.argmax() == y).mean(), "without an axis"),
        (lambda s, y: ((s[:, 1] > 0) == y).mean(), "A fixed limit does not say"),
        (lambda s, y: ((s.max(1) > 0.5) == y).mean(), "A fixed limit does not say"),
        (lambda s, y: (s.max(1) == y).mean(), "A score is not a label"),
        (lambda s, y: (s.max(1) == s[:, y]).mean(), "columns of all labels"),
        (lambda s, y: (s == y[:, None]).mean(), "look along the rows"),  # scores as labels: no mistake of the list
        (lambda s, y: (s.argmax(1) == y).sum(), "a count, not a share"),
        (lambda s, y: (s.argmax(1) == y).sum() // len(y), "round it down"),
        (lambda s, y: int((s.argmax(1) == y).mean()), "round it down"),
        (lambda s, y: ((s[:, 1] > 0.5) == y).mean(), "need not be probabilities"),
        (lambda s, y: (s.argmin(1) == y).mean(), "not of the smallest"),
        (lambda s, y: (s.argmax(1) == y).sum() / s.size, "not by that of all scores"),
        (lambda s, y: s.argmax(1) == y, "share of them is True"),
        (lambda s, y: ((s[:, 1] > s[:, 0]) == y).mean(), "more than two labels"),
        (lambda s, y: (s.argmax(1) == y).sum() / max(1, len(y)), "NaN, not 0"),
    ],
)
def test_mistakes_about_accuracy(mistake, hint):
    assert hint in answered(check.accuracy, mistake)


def test_a_rounded_accuracy_and_a_changed_map():
    assert "Rounded" in answered(check.accuracy, lambda s, y: round((s.argmax(1) == y).mean(), 2))

    def in_place(evidence, sharpness):
        largest = evidence.max()
        evidence -= largest
        return largest + np.log(np.exp(sharpness * evidence).mean()) / sharpness

    changed = check.pool(in_place)
    assert changed.outcome == "changed its input"
    assert "evidence.copy()" in changed.hint


def test_each_check_says_what_it_has_tried():
    assert "all 27 rows" in check.output_size(lambda n, k, s, p: (n + 2 * p - k) // s + 1).sentence
    assert "all 26 maps" in check.pool(stable).sentence
    assert "tables of scores" in check.accuracy(lambda s, y: (s.argmax(1) == y).mean()).sentence


def test_random_cases_are_the_same_each_time():
    for exercise in (check.output_size, check.pool, check.accuracy):
        first, second = list(exercise.trials()), list(exercise.trials())
        assert len(first) > check.RANDOM
        assert [t.expected for t in first[:-1]] == [t.expected for t in second[:-1]]


# Questions
