"""Several seeds in one table: errors pooled, other numbers as means, a training that is too short for all."""

from math import isnan, nan

import pytest

from vislab.studies.several_seeds import pool_entries


def entry(wrong, half=0.0, **more):
    return {"answers": {"label": {"wrong": wrong, "low": wrong - half, "high": wrong + half}}, **more}


def test_an_error_is_the_mean_and_its_interval_covers_seeds_and_pictures():
    each = [{"semantic": entry(wrong, 0.02)} for wrong in (0.49, 0.50, 0.51)]
    error = pool_entries(each, sets_of_pictures=1)["semantic"]["answers"]["label"]
    assert error["wrong"] == pytest.approx(0.5)
    half = (0.02**2 + (4.303 * 0.01 / 3**0.5) ** 2) ** 0.5  # t of two degrees of freedom, s = 0.01
    assert error["high"] - error["wrong"] == pytest.approx(half, abs=1e-5)
    assert error["wrong"] - error["low"] == pytest.approx(half, abs=1e-5)


def test_an_interval_ends_at_what_can_be():
    error = pool_entries([{"majority": entry(wrong)} for wrong in (0.0, 1.0)], 2)["majority"]["answers"]["label"]
    assert error == {"wrong": 0.5, "low": 0.0, "high": 1.0}


def test_what_one_seed_cannot_tell_is_not_told_of_all():
    (pooled,) = pool_entries([{"semantic": entry(0.1)}, {"semantic": entry(nan), "instance": entry(0.1)}], 2).values()
    assert isnan(pooled["answers"]["label"]["wrong"])


def test_costs_and_scores_are_means_and_whole_numbers_stay_whole():
    costs = [{"parameters": 400, "latency_s": {"median": median}, "energy_j": None} for median in (1.0, 3.0)]
    each = [{"semantic": entry(0.1, cost=cost, scores={"mean_iou": 0.9})} for cost in costs]
    pooled = pool_entries(each, 2)["semantic"]
    assert pooled["cost"] == {"parameters": 400, "latency_s": {"median": 2.0}, "energy_j": None}
    assert isinstance(pooled["cost"]["parameters"], int)
    assert pooled["scores"] == {"mean_iou": 0.9}


def test_a_training_that_is_not_judged_stands_for_all():
    courses = [
        {"steps": steps, "passes": 1.0, "score": "accuracy", "halfway": 0.9, "end": 0.95} for steps in (768, 12, 700)
    ]
    pooled = pool_entries([{"classification": entry(0.1, training=course)} for course in courses], 3)
    assert pooled["classification"]["training"] == courses[1]
    assert pool_entries([{"classification": entry(0.1, training=course)} for course in courses[::2]], 2)[
        "classification"
    ]["training"] == courses[0] | {"steps": 734}
