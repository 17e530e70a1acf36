"""What learning curves say: means and intervals by hand, hours, what claims are given, and files."""

import json
import math

import pytest

from vislab.costs.labels.curve_files import read_curves
from vislab.costs.labels.learning_curves import Curves, Point
from vislab.errors import VislabError
from vislab.studies.claims.evidence import Evidence
from vislab.studies.claims.published import CLAIMS

DATA = {"name": "smear", "size": 96, "drawn": True, "valid": 10, "test": 20, "steps": 4, "batch": 8}
DATA |= {"machine": "a desk", "torch": "2"}


def error(value, half=0.0, name="wrong"):
    return {name: value, "low": value - half, "high": value + half}


def point(task="classification", start="scratch", pictures=32, seed=0, wrong=0.25, half=0.0, iou=0.5):
    return Point(task, start, pictures, seed, 1e-3, 2.0, {"label": error(wrong, half)}, {"mean_iou": iou})


CURVES = Curves(
    DATA,
    tuple(
        point(task, start, n, seed, wrong, 0.03, iou)
        for task, start, n, wrong, iou in [
            ("classification", "scratch", 32, 0.5, 0.0),
            ("classification", "scratch", 128, 0.2, 0.0),
            ("semantic", "scratch", 32, 0.1, 0.8),
            ("semantic", "transfer", 32, 0.08, 0.9),
        ]
        for seed in (0, 1, 2)
    ),
    {"classification": 1.0, "semantic": 900.0, "instance": math.nan},
    {"classification": "1 s for the label"},
)


def test_seeds_that_agree_leave_the_interval_over_pictures():
    read = CURVES.read("classification", "scratch", 32, "label")
    assert (read.mean, read.low, read.high, read.seeds) == pytest.approx((0.5, 0.47, 0.53, 3))


def test_seeds_that_differ_widen_it_by_students_t():
    three = Curves(DATA, tuple(point(seed=s, wrong=w) for s, w in enumerate((0.1, 0.2, 0.3))), {"classification": 1})
    read = three.read("classification", "scratch", 32, "label")
    half = 4.302653 * 0.1 / math.sqrt(3)  # t(2) at 97.5 %
    assert (read.mean, read.high) == pytest.approx((0.2, 0.2 + half))
    assert read.low == 0  # an error is never below 0


def test_a_share_ends_at_one_and_a_count_nowhere():
    wide = [
        Point(
            "regression", "scratch", 32, seed, 1e-3, 2.0, {"label": error(wrong), "count": error(wrong, name="mae")}, {}
        )
        for seed, wrong in enumerate((0.5, 1.0))
    ]
    curves = Curves(DATA, tuple(wide), {"regression": 1.0})
    assert curves.read("regression", "scratch", 32, "label").high == 1
    assert curves.read("regression", "scratch", 32, "count").high > 3


def test_one_seed_has_the_interval_over_pictures_alone():
    one = Curves(DATA, (point(wrong=0.2, half=0.05),), {"classification": 1})
    read = one.read("classification", "scratch", 32, "label")
    assert (read.low, read.high, read.seeds) == pytest.approx((0.15, 0.25, 1))


def test_a_task_that_does_not_answer_or_was_not_measured_there_has_no_reading():
    assert CURVES.read("classification", "scratch", 32, "count") is None
    assert CURVES.read("classification", "scratch", 64, "label") is None


def test_lines_and_sizes_in_order():
    assert CURVES.lines() == [("classification", "scratch"), ("semantic", "scratch"), ("semantic", "transfer")]
    assert CURVES.sizes("classification") == [32, 128]


def test_a_transfers_hours_hold_the_labels_of_the_classifier_it_came_from():
    assert CURVES.hours("semantic", "scratch", 32) == 8
    assert CURVES.hours("semantic", "transfer", 32) == pytest.approx(8 + 128 / 3600)


def test_claims_five_and_eleven_are_judged_from_curves():
    given = CURVES.measured()
    assert {(row["task"], row["pictures"]) for row in given["curves"]} == {
        ("classification", 32),
        ("classification", 128),
        ("semantic", 32),
    }
    (row,) = given["transfer"]
    assert (row["pictures"], row["of"], row["drawn"]) == (32, "smear", True)
    assert row["scratch"] == pytest.approx([0.2] * 3)
    assert row["transfer"] == pytest.approx([0.1] * 3)
    rules = {claim.number: claim.parts[0] for claim in CLAIMS}
    evidence = Evidence({}, given)
    few = rules[5](evidence)
    assert [one.verdict for one in few] == ["contradicted"] * 3
    assert [one.on["what there is to learn from"] for one in few] == [
        "32 pictures",
        "8 hours of labelling, by published seconds, by hand",
        "8 hours of labelling, by published seconds, with a model's help",  # no outlines to shorten
    ]
    (head_start,) = rules[11](evidence)
    assert (head_start.verdict, head_start.drawn, head_start.bound) == (
        "supported",
        True,
        "after 4 steps of training",
    )
    assert head_start.sentence.startswith("smear: with 32 pictures, mean IoU is 0.1000 higher with the classifier's")


def test_claim_five_is_judged_by_the_readers_own_seconds_too():
    given = CURVES.measured({"classification": 9.0, "semantic": 36.0})
    assert [row["hours"]["your own"] for row in given["curves"]] == pytest.approx([0.08, 0.32, 0.32])
    rule = next(claim for claim in CLAIMS if claim.number == 5).parts[0]
    (own,) = [one for one in rule(Evidence({}, given)) if "your own" in one.on["what there is to learn from"]]
    assert own.on["what there is to learn from"] == "0.32 hours of labelling, by your own seconds"
    assert all("your own" not in row["hours"] for row in CURVES.measured({"instance": 1.0})["curves"])


def test_a_file_comes_back_as_it_was(tmp_path):
    path = CURVES.save(tmp_path / "curves.json")
    again = read_curves(path)
    assert repr(again) == repr(CURVES)
    assert again.points == CURVES.points
    assert math.isnan(again.seconds["instance"])


def test_the_table_names_every_point_and_what_is_not_answered():
    table = repr(CURVES)
    assert "50.0 % (47.0–53.0)" in table
    assert "–" in table
    assert table.count("\n") >= 1 + 4


@pytest.mark.slow
def test_a_narrow_page_gets_one_panel_below_the_other():
    left = {round(axes.get_subplotspec().colspan.start) for axes in CURVES.figure("hours", across=1).axes}
    assert left == {0}


@pytest.mark.slow
def test_figures_by_pictures_and_by_hours_say_what_they_show():
    for by, word in (("pictures", "labelled pictures"), ("hours", "hours of labelling")):
        sheet = CURVES.figure(by)
        ax = sheet.axes[0]
        assert ax.get_xlabel() == word
        assert ax.get_xscale() == "log"
        labels = ax.get_legend_handles_labels()[1]
        assert labels == ["classification", "semantic", "semantic, transfer"]
        assert "lower is better" in sheet.alt
    with pytest.raises(VislabError, match="not 'money'"):
        CURVES.figure("money")


def test_curves_that_come_with_vislab_are_of_five_seeds_and_four_sizes():
    curves = read_curves()
    assert curves.lines() == [
        ("classification", "scratch"),
        ("regression", "scratch"),
        ("semantic", "scratch"),
        ("semantic", "transfer"),
        ("instance", "scratch"),
    ]
    for task, start in curves.lines():
        assert curves.sizes(task, start) == [32, 128, 512, 2048]
        assert all(len(curves.at(task, start, size)) == 5 for size in (32, 128, 512, 2048))
    assert set(curves.measured()) == {"curves", "transfer"}


def broken(tmp_path, change):
    plain = CURVES.to_dict()
    change(plain)
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(plain), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda plain: plain.update(kind="x"), "not a vislab.curves file"),
        (lambda plain: plain.update(format=9), "has format 9"),
        (lambda plain: plain.pop("points"), "lacks 'points'"),
        (lambda plain: plain["points"][0]["errors"]["label"].update(wrong=0.9), "does not lie in its own interval"),
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path, change, message):
    with pytest.raises(VislabError, match=message):
        read_curves(broken(tmp_path, change))


def test_a_missing_file_and_one_that_is_no_json(tmp_path):
    with pytest.raises(VislabError, match=r"none\.json: cannot be read"):
        read_curves(tmp_path / "none.json")
    (tmp_path / "text.json").write_text("hello", encoding="utf-8")
    with pytest.raises(VislabError, match="is no JSON"):
        read_curves(tmp_path / "text.json")
