"""The Budget explorer without a browser: its state, what it tells the front end, and what stands where none is."""

import json
import math
import re
from dataclasses import replace
from itertools import pairwise

import pytest
from made_curves import NAN, made_curves, point

import vislab as vl
from vislab.costs.labels.budget import afford, cheapest
from vislab.errors import VislabError


@pytest.fixture
def explorer():
    return vl.explore_budget(made_curves())


def test_it_begins_at_ten_hours_and_an_error_that_is_reached_on_the_way(explorer):
    assert explorer.hours == 10
    assert explorer.required == ["label", 0.24]  # between 0.40 and 0.08
    assert explorer.by == "hours"
    assert repr(explorer.afforded) == repr(afford(made_curves(), 10))  # NaN is not itself
    assert repr(explorer.cheapest) == repr(cheapest(made_curves(), "label", 0.24))


def test_the_state_can_be_set_and_tables_follow(explorer):
    explorer.hours = 150
    explorer.required = ("count", 2.5)
    explorer.by = "pictures"
    assert repr(explorer.afforded) == repr(afford(made_curves(), 150))
    assert repr(explorer.cheapest) == repr(cheapest(made_curves(), "count", 2.5))
    assert "150 h of labelling buy" in repr(explorer)
    assert "off by at most 2.5: cheapest by semantic (transfer)" in repr(explorer)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("hours", 0, r"a budget is a number of hours above 0, such as 10, not 0"),
        ("hours", NAN, r"a budget is a number of hours above 0"),
        ("hours", "10", r"a budget is a number of hours above 0, such as 10, not '10'"),
        ("required", ("colour", 0.1), r"there is no question 'colour'"),
        ("required", ("label", 10), r"a share from 0 to 1, such as 0.1, not 10"),
        ("required", "label", r"what is required is a question and an error, such as \(\"label\", 0.1\), not 'label'"),
    ],
)
def test_bad_state_is_refused_in_one_sentence_and_changes_nothing(explorer, name, value, told):
    before = getattr(explorer, name)
    with pytest.raises(VislabError, match=told):
        setattr(explorer, name, value)
    assert getattr(explorer, name) == before


def test_the_slider_spans_seconds_to_years_in_round_steps():
    few = point("classification", 32, label=0.4)
    many = point("semantic", 2048, label=0.1)
    curves = replace(made_curves(), points=(few, many), seconds={"classification": 1.0, "semantic": 945.0})
    rungs = vl.explore_budget(curves).about["rungs"]
    assert rungs[0] == pytest.approx(30 / 3600), "one below the 32 s of the smallest set"
    assert rungs[-1] == 600, "one above the 538 h of the largest"
    assert rungs == sorted(rungs)
    assert max(b / a for a, b in pairwise(rungs)) <= 2
    assert {1, 10, 100} <= set(rungs)


def test_it_starts_in_the_middle_where_ten_hours_are_out_of_range():
    curves = replace(made_curves(), points=(point("classification", 10, label=0.4),), seconds={"classification": 1.0})
    explorer = vl.explore_budget(curves)
    rungs = explorer.about["rungs"]
    assert rungs[0] < 10 / 3600 < rungs[-1]
    assert explorer.hours in rungs


def test_what_the_front_end_is_told_is_plain_small_and_without_nan(explorer):
    sent = explorer.get_state()
    text = json.dumps({name: sent[name] for name in ("about", "hours", "required", "by")}, allow_nan=False)
    assert len(text) < 8_000
    lines = {line["name"]: line for line in explorer.about["lines"]}
    assert list(lines) == ["classification", "semantic", "semantic (transfer)", "instance"]
    assert (lines["semantic"]["fixed"], lines["semantic"]["each"]) == (0, pytest.approx(0.1))
    assert lines["semantic (transfer)"]["fixed"] == 10
    assert lines["instance"]["each"] is None
    assert lines["classification"]["curves"]["label"][1] == [100, pytest.approx(0.2), pytest.approx(0.18), 0.22]
    assert lines["classification"]["curves"]["count"] == []
    looks = {(line["colour"], line["marker"]) for line in lines.values()}
    assert len(looks) == 3, "a task is told by colour and by marker, a transfer by its line"


def test_questions_that_nobody_answers_are_left_out():
    curves = made_curves()
    labels = replace(curves, points=tuple(p for p in curves.points if p.task == "classification"))
    assert [question["name"] for question in vl.explore_budget(labels).about["questions"]] == ["label"]


@pytest.mark.slow
def test_without_a_front_end_there_are_a_picture_and_two_tables(explorer):
    bundle, _ = explorer._repr_mimebundle_()
    html = bundle["text/html"]
    assert html.count("<img") == 1
    assert html.count("<table>") == 2
    assert re.search(r'alt="Learning curves by hours, [^"]{40,}"', html)
    assert "Run this cell" in html
    assert bundle["text/plain"] == repr(explorer)
    assert len(html) < 200_000


@pytest.mark.slow
def test_names_are_text():
    evil = "<img src=x onerror=alert(1)>"
    curves = made_curves()
    named = vl.explore_budget(replace(curves, data=curves.data | {"name": evil}))
    assert named.as_html().count("<img") == 1


def test_one_seed_says_what_its_intervals_leave_out(explorer):
    assert "one seed, so the intervals are over pictures alone" in explorer.about["title"]
    two = vl.explore_budget(made_curves(point("classification", 10, seed=1, label=0.41)))
    assert "2 seeds" in two.about["title"]


@pytest.mark.parametrize(
    ("curves", "told"),
    [
        ({}, r"not a dict; curves come from vl.learning_curve or vl.read_curves"),
        (replace(made_curves(), points=()), r"these curves hold no point"),
        (made_curves(seconds=dict.fromkeys(("classification", "semantic", "instance"), NAN)), r"no curve has both"),
        (replace(made_curves(), points=(point("classification", 10, label=math.nan),)), r"no curve has both answers"),
    ],
)
def test_curves_that_cannot_be_explored(curves, told):
    with pytest.raises(VislabError, match=told):
        vl.explore_budget(curves)
