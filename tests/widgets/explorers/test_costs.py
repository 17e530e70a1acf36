"""The cost explorer without a browser: what it shows of studies, sweeps and models, and what measuring now adds."""

import json
import math

import pytest
from made_results import made
from plain_model import Plain

import vislab as vl
from vislab.costs.compute import sweep as sweeping
from vislab.costs.compute import timing
from vislab.costs.compute.sweep_result import Missing, Point, Sweep
from vislab.errors import VislabError
from vislab.widgets.explorers import costs as exploring_costs
from vislab.widgets.explorers.cost_cells import model_rows, of_point, of_study

ABOUT = {name: {"task": name, "parameters": 1000, "disk_bytes": 5000} for name in ("semantic", "instance")}


def point(model, size, batch=1, milliseconds=2.0):
    times = tuple(1e-3 * batch * milliseconds * part for part in (0.9, 0.9, 1.0, 1.0, 1.1, 1.1, 1.0))
    return Point(model, model, size, batch, times, 10**6 * size, 1e-3 * batch, 2_000_000, 1_000_000, 500_000, None,
                 "energy was not measured: a cpu has no counter")  # fmt: skip


def swept(*points, missing=()):
    return Sweep(points, tuple(missing), ABOUT, "cpu (test)", 1e9)


@pytest.fixture
def quick(monkeypatch):
    """A made clock."""
    monkeypatch.setattr(timing, "seconds_of", lambda model, images: 1e-3 * len(images))
    monkeypatch.setattr(sweeping, "pace_of", lambda place: 1e9)


def cell(what, model, size, batch=1):
    return next(c for c in what.cells if (c["model"], c["size"], c["batch"]) == (model, size, batch))


def test_a_point_in_its_units():
    values = of_point(point("semantic", 64, 4))["values"]
    assert values["each"] == [2.0, 1.8, 2.2, 0.25 * 1e-3 * 4 * 1e3]
    assert values["throughput"] == [500.0, pytest.approx(454.5), pytest.approx(555.6), None]
    assert values["memory"] == [2.0, None, None, 1.0]
    assert values["macs"][0] == 64
    assert "energy" not in values  # not measured is nothing, never 0
    assert of_point(point("semantic", 64))["why"] == {"energy": "a cpu has no counter"}


def test_a_study_alone_shows_its_one_size():
    what = vl.explore_costs(made())
    assert (what.size, what.batch, what.about["sizes"], what.about["batches"]) == (96, 1, [96], [1])
    assert cell(what, "semantic", 96)["values"]["each"] == [2.5, 2.375, 2.625, None]
    assert {one["name"] for one in what.about["models"]} == {"classification", "regression", "semantic", "instance"}
    assert what.about["models"][0]["own"]["training"] == [20, None, None, None]
    assert what.about["device"] == "cpu, 2 threads"
    assert "four of five" in what.about["whiskers"]
    assert what.about["able"] == []
    with pytest.raises(VislabError, match="no models to measure"):
        what.measure()


def test_errors_have_their_units_and_intervals_and_are_left_out_if_unknown():
    models = {one["name"]: one["errors"] for one in vl.explore_costs(made()).about["models"]}
    assert models["classification"]["label"] == [10, 9, 11]
    assert "count" not in models["classification"]
    held = made()
    held["models"]["semantic"]["answers"]["share"] = {"mae": None, "low": None, "high": None}
    what = vl.explore_costs(held)
    assert "share" not in next(one for one in what.about["models"] if one["name"] == "semantic")["errors"]
    assert list(what.about["questions"]) == ["label", "share", "count", "point"]


def test_estimates_of_a_study_come_from_its_file():
    held = made()
    held["models"]["semantic"]["cost"] |= {"latency_estimate_s": 0.001, "disk_bytes": 1_600_000}
    held["models"]["instance"]["cost"] |= {"latency_estimate_s": math.nan}
    what = vl.explore_costs(held)
    assert cell(what, "semantic", 96)["values"]["each"][3] == 1
    assert cell(what, "instance", 96)["values"]["each"][3] is None
    assert what.about["models"][2]["own"]["disk"][0] == 1.6


def test_a_sweep_stands_before_the_study_and_joins_its_errors():
    what = vl.explore_costs(made(), swept(point("semantic", 96), point("semantic", 64), point("instance", 64, 4)))
    assert cell(what, "semantic", 96)["values"]["each"][0] == 2  # the sweep's, not the study's 2.5
    assert cell(what, "regression", 96)["values"]["each"][0] == 1.9  # of the study alone
    assert what.about["sizes"] == [64, 96]
    assert what.about["batches"] == [1, 4]
    assert what.about["device"] == "cpu (test); the study: cpu, 2 threads"


def test_a_file_is_read_and_its_faults_are_named(tmp_path):
    held = made()
    held["models"]["semantic"]["cost"]["macs"] = -5
    path = tmp_path / "results.json"
    path.write_text(json.dumps(held))
    what = vl.explore_costs(path)
    assert "macs" not in cell(what, "semantic", 96)["values"]
    assert any("macs is -5" in trouble for trouble in what.about["troubles"])


def test_measure_now_joins_the_sweep(quick):
    models = {"a": Plain(), "b": Plain()}
    what = vl.explore_costs(models, vl.sweep_costs(models, sizes=(32,), batches=(1,), repeats=6))
    assert 256 in what.about["sizes"]
    what.size, what.batch = 64, 2
    expected = cell(what, "a", 64, 2)["values"]["each"]
    assert expected[0] is None
    assert expected[3] == pytest.approx(1e3 * 4 * 3 * 9 * 64 * 64 / 1e9, rel=1e-3)  # the estimate, before measuring
    states = []
    what.observe(lambda change: states.append(change.new), "measuring")
    what._hear(None, "measure", None)
    assert states == [True, False]
    assert cell(what, "a", 64, 2)["values"]["each"][0] == 1
    assert what.sweep.at("b", 64, 2) is not None
    assert what.sweep.at("a", 32, 1) is not None
    assert what.trouble == ""


def test_an_error_while_measuring_is_shown(quick, monkeypatch):
    models = {"a": Plain()}
    what = vl.explore_costs(models, vl.sweep_costs(models, sizes=(32,), batches=(1,), repeats=6))

    def fail(*given):
        raise RuntimeError("no more time")

    monkeypatch.setattr(exploring_costs, "sweep_costs", fail)
    what._hear(None, "measure", None)
    assert what.trouble == "Not measured: RuntimeError: no more time"
    assert not what.measuring


def test_models_alone_are_swept_at_once(quick, capsys):
    what = vl.explore_costs({"a": Plain()})
    assert "measuring the models" in capsys.readouterr().out
    assert {64, 96, 128} <= {one["size"] for one in what.cells}
    assert what.question == ""
    assert what.size == 64


def test_a_point_that_could_not_be_had_says_why():
    sweep = swept(point("semantic", 64), missing=[Missing("semantic", "semantic", 128, 1, "memory ran out")])
    what = vl.explore_costs(sweep)
    assert cell(what, "semantic", 128)["why"]["each"] == "memory ran out"
    what.size = 128
    assert "semantic: time a picture, ms not measured" in repr(what)


def test_without_a_kernel_a_table_stands_in_and_names_are_text():
    held = made({"<b>": {"label": 0.1}})
    held["models"] = {"<img src=x>": made()["models"]["semantic"]}
    what = vl.explore_costs(held)
    shown = what._repr_mimebundle_()[0]["text/html"]
    assert "<img" not in shown
    assert "&lt;img src=x&gt;" in shown
    assert "2.5 (2.375–2.625)" in shown
    assert "not measured" in shown  # energy
    assert "10 (9–11)" in shown
    assert "0 mJ" not in shown
    assert repr(what).startswith("Costs at 96 px, 1 at a time, on cpu, 2 threads")


def test_positions_that_are_not_offered_are_refused():
    what = vl.explore_costs(made())
    with pytest.raises(VislabError, match="there is no size 97 here; there are 96"):
        what.size = 97
    with pytest.raises(VislabError, match="there is no cost 'price' here"):
        what.cost = "price"


def lacking_models():
    held = made()
    held["models"] = {}
    return held


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (lambda: {}, "no model to explore"),
        (lambda: 7, "a study's results"),
        (lacking_models, "no model with its costs"),
        (lambda: made() | {"format": 9}, "of format 9"),
        (lambda: {"points": []}, "not the results of a study"),
        (lambda: swept(), "holds no point"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(given, why):
    with pytest.raises(VislabError, match=why):
        vl.explore_costs(given())


def test_a_sweep_of_others_is_refused():
    other = Sweep((point("ours", 64),), (), {"ours": ABOUT["semantic"]}, "cpu", 1e9)
    with pytest.raises(VislabError, match="share no name"):
        vl.explore_costs(made(), other)
    with pytest.raises(VislabError, match=r"sweeps come from vl\.sweep_costs"):
        vl.explore_costs(made(), made())


def test_models_keep_the_order_of_the_study():
    from vislab.studies.claims.read_results import read_source

    (study,) = read_source(made())
    assert [one["name"] for one in model_rows(study, swept(point("instance", 64)))] == list(study.models)
    assert len(of_study(study)) == 4
