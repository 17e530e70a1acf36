"""Intervals over pictures, against what theory and SciPy say of them."""

import numpy as np
import pytest

from vislab.evaluation.metrics.intervals import bootstrap, over_seeds, t_half_width


def test_the_interval_of_a_mean_is_as_wide_as_theory_says():
    values = np.random.default_rng(0).normal(3, 2, 400)
    mean, low, high = bootstrap(values)
    assert mean == values.mean()
    error = values.std() / 20
    assert (low, high) == pytest.approx((mean - 1.96 * error, mean + 1.96 * error), abs=0.1 * error)


def test_it_agrees_with_scipy():
    from scipy import stats

    values = (np.random.default_rng(1).random(200) < 0.1).astype(float)
    peer = stats.bootstrap((values,), np.mean, method="percentile", n_resamples=20000, rng=0).confidence_interval
    assert bootstrap(values)[1:] == pytest.approx(tuple(peer), abs=0.01)


def test_nan_is_left_out_and_nothing_has_no_interval():
    assert bootstrap(np.array([1.0, np.nan, 1.0])) == (1, 1, 1)
    assert np.isnan(bootstrap(np.array([np.nan]))).all()
    assert np.isnan(bootstrap(np.zeros(0))).all()


def test_the_same_seed_gives_the_same_interval():
    values = np.random.default_rng(2).random(50)
    assert bootstrap(values) == bootstrap(values)
    assert bootstrap(values) != bootstrap(values, seed=1)


def test_seeds_widen_an_interval_by_students_t_added_in_squares():
    mean, low, high = over_seeds([0.1, 0.2, 0.3], [0.03, 0.03, 0.03])
    half = np.hypot(4.302653 * 0.1 / np.sqrt(3), 0.03)
    assert (mean, low, high) == pytest.approx((0.2, 0.2 - half, 0.2 + half))
    assert over_seeds([0.2], [0.03]) == pytest.approx((0.2, 0.17, 0.23))
    assert t_half_width([1.0]) == np.inf
