"""Intervals over pictures, against what theory and SciPy say of them."""

import numpy as np
import pytest

from vislab.evaluation.metrics.intervals import bootstrap, over_seeds, paired_shares, t_half_width, wilson


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


@pytest.mark.parametrize(("hits", "n"), [(0, 149), (1, 149), (5, 256), (128, 256), (149, 149), (1, 1)])
def test_the_interval_of_a_share_is_scipys(hits, n):
    from scipy.stats import binomtest

    peer = binomtest(hits, n).proportion_ci(method="wilson")
    assert wilson(hits, n) == pytest.approx((hits / n, peer.low, peer.high), abs=1e-6)


def test_a_share_covers_the_truth_where_misses_are_few():
    """Of 2,000 sets of 256 pictures with 1 % wrong, Wilson's intervals hold the 1 % as often as they promise."""
    wrong = np.random.default_rng(3).binomial(256, 0.01, 2000)
    held = [wilson(int(hits), 256)[1] <= 0.01 <= wilson(int(hits), 256)[2] for hits in wrong]
    assert np.mean(held) == pytest.approx(0.95, abs=0.03)


def test_a_difference_of_shares_by_hand():
    """Five pictures against one, of 256: (6 - 2) / 258 ± 1.96 √((8 / 258 - (4 / 258)²) / 258)."""
    assert paired_shares(5, 1, 256) == pytest.approx((4 / 256, -0.005900, 0.036907), abs=1e-6)
    none = paired_shares(0, 0, 300)
    assert none.mean == 0
    assert none.high == -none.low == pytest.approx(2.77 / 302, rel=0.01)
    assert paired_shares(3, 0, 3) == pytest.approx((1, 0.2 * 3 - 1.959964 * (0.64 / 5) ** 0.5, 1))


def test_no_picture_has_no_share():
    assert np.isnan(wilson(0, 0)).all()
    assert np.isnan(paired_shares(0, 0, 0)).all()


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
