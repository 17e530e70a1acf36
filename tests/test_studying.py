"""The study: every task, every baseline, the same test pictures; its table, its file, and what it leaves out."""

import json
from dataclasses import replace

import pytest

import vislab as vl
from vislab.errors import VislabError

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VISLAB_HOME", str(tmp_path_factory.mktemp("home")))
        return vl.study(vl.draw("smear", 40, size=64), epochs=1)


def test_every_task_and_baseline_is_asked_on_the_same_pictures(results):
    assert set(results.models) == {"classification", "regression", "semantic", "instance"}
    assert set(results.baselines) == {"majority", "mean", "threshold", "watershed"}
    assert {said.ids for said in results.predictions.values()} == {results.test.ids}
    assert results.data["train"] + results.data["valid"] + results.data["test"] == 40


def test_the_file_holds_what_the_format_promises_and_no_nan(results, tmp_path):
    folder = results.save(tmp_path / "out")
    told = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert told["format"] == 1
    semantic = told["models"]["semantic"]
    assert {"mean_iou", "boundary_iou"} <= set(semantic["scores"])
    assert set(semantic["answers"]) == {"label", "share", "count", "point"}
    assert {"median", "p10", "p90"} == set(semantic["cost"]["latency_s"])
    assert told["models"]["classification"]["answers"]["count"]["mae"] is None  # not trained to say
    assert (folder / "outcome.png").stat().st_size > 10_000


def test_the_table_names_all_and_says_who_cannot_say(results):
    lines = repr(results).splitlines()
    row = next(line for line in lines if line.startswith("classification"))
    assert "–" in row
    assert all(any(line.startswith(name) for line in lines) for name in (*results.models, *results.baselines))
    assert "do not rank tasks by them" in repr(results)


def test_data_without_a_level_runs_what_it_can(tmp_path, monkeypatch):
    monkeypatch.setenv("VISLAB_HOME", str(tmp_path))
    bare = replace(vl.draw("smear", 30, size=64), instances=None, objects=None)
    found = vl.study(bare, epochs=0.5, tasks=("semantic", "instance"))
    assert set(found.models) == {"semantic"}
    assert "instance is left out: these pictures have no instance masks" in found.left_out[0]
    with pytest.raises(VislabError, match="no task can be learned"):
        vl.study(bare, epochs=0.5, tasks=("instance",))
