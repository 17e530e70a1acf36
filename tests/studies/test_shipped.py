"""A study without training: the shipped models on new smears."""

import pytest

import vislab as vl
from vislab.errors import VislabError
from vislab.studies import shipped
from vislab.studies.claims.judge import gather, judge
from vislab.studies.results import Results

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def results():
    return shipped.study_shipped(count=16)


def test_it_is_a_study_like_any(results, tmp_path):
    assert isinstance(results, Results)
    assert list(results.models) == ["classification", "regression", "semantic", "instance"]
    assert (results.data["test"], results.data["train"]) == (16, 4096)
    study = gather(results.save(tmp_path)).worlds["smear"][0]
    assert study.troubles == []
    assert [one.verdict for one in judge(tmp_path)] == [one.verdict for one in judge(results)]
    assert "majority" in repr(results)


def test_the_pictures_are_new_to_models_and_baselines_alike(results):
    drawn = vl.draw("smear", sum(shipped.FEW) + 16, seed=0)
    assert results.test.ids == drawn[sum(shipped.FEW) :].ids
    assert shipped.SEED > 1000


def test_only_costs_that_take_a_moment_are_measured(results):
    took = results.models["semantic"]["cost"]
    assert took["macs"] > results.models["classification"]["cost"]["macs"]
    assert 0 < took["latency_s"]["p10"] <= took["latency_s"]["median"] <= took["latency_s"]["p90"]
    assert [took[name] for name in ("training_s", "throughput_per_s", "peak_memory_bytes")] == [None] * 3


def test_a_world_without_trained_models_is_refused():
    with pytest.raises(VislabError, match="no trained models of 'moon'"):
        shipped.study_shipped("moon")
