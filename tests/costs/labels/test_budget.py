"""What hours buy, worked by hand: between measured places, at their ends, and where nothing was measured."""

import math
from dataclasses import replace

import pytest
from made_curves import NAN, made_curves, point

from vislab.costs.labels.budget import READ, UNASKED, UNPRICED, UNREACHED, afford, cheapest, in_words
from vislab.costs.labels.learning_curves import TRANSFER
from vislab.errors import VislabError


def row(budget, task, start="scratch"):
    return next(one for one in budget.rows if (one.task, one.start) == (task, start))


def route(routes, task, start="scratch"):
    return next(one for one in routes.routes if (one.task, one.start) == (task, start))


def near(reading, mean, low, high):
    assert (reading.mean, reading.low, reading.high) == pytest.approx((mean, low, high))


def test_a_measured_place_is_read_as_it_is():
    bought = row(afford(made_curves(), 1.0), "classification")  # 36 s a label
    assert (bought.pictures, bought.at, bought.left, bought.why) == (100, 100, 0, "")
    near(bought.answers["label"], 0.20, 0.18, 0.22)
    assert set(bought.answers) == {"label"}, "a classifier says nothing else"


def test_between_two_places_it_lies_on_the_line_over_the_logarithm_of_the_pictures():
    bought = row(afford(made_curves(), 10.0), "semantic")  # 100 masks: the middle between 10 and 1,000
    assert (bought.pictures, bought.at) == (100, 100)
    near(bought.answers["label"], 0.20, 0.18, 0.22)
    near(bought.answers["count"], 3.0, 2.98, 3.02)
    near(row(afford(made_curves(), 3.17), "semantic").answers["label"], 0.30 - 0.2 * math.log10(3.1) / 2, *(
        0.30 - 0.2 * math.log10(3.1) / 2 + end for end in (-0.02, 0.02)))  # fmt: skip  # 31 masks, not 31.7


def test_nothing_is_said_beyond_what_was_measured():
    below = row(afford(made_curves(), 0.5), "semantic")
    assert (below.pictures, below.at, below.answers) == (5, None, {})
    assert below.why == "too few hours: 1 h needed for its smallest measured set (10 pictures)"
    above = row(afford(made_curves(), 150.0), "semantic")
    assert (above.pictures, above.at, above.left) == (1500, 1000, 50)
    assert above.why == "no more was measured: 50 h left over"
    assert above.answers == row(afford(made_curves(), 100.0), "semantic").answers
    assert row(afford(made_curves(), 100.0), "semantic").why == ""


def test_a_transfer_pays_for_the_classifier_first():
    curves = made_curves()  # 1,000 labels at 0.01 h: 10 h
    assert row(afford(curves, 9.0), "semantic", TRANSFER).pictures == 0
    short = row(afford(curves, 10.5), "semantic", TRANSFER)
    assert (short.pictures, short.at) == (5, None)
    assert short.why == "too few hours: 11 h needed for its smallest measured set (10 pictures)"
    bought = row(afford(curves, 20.0), "semantic", TRANSFER)
    assert bought.pictures == 100
    near(bought.answers["share"], 0.065, 0.045, 0.085)


def test_hours_that_nobody_knows():
    unknown = row(afford(made_curves(), 10.0), "instance")
    assert (unknown.pictures, unknown.at, unknown.why, unknown.answers) == (None, None, UNPRICED, {})
    no_labels = made_curves(seconds={"classification": NAN, "semantic": 360.0, "instance": NAN})
    assert row(afford(no_labels, 99.0), "semantic", TRANSFER).why == UNPRICED
    assert row(afford(no_labels, 99.0), "semantic").answers


def test_a_curve_with_one_point_gives_that_point_alone():
    curves = made_curves(seconds={"classification": 36.0, "semantic": 360.0, "instance": 720.0})
    assert row(afford(curves, 1.9), "instance").answers == {}
    bought = row(afford(curves, 20.0), "instance")
    assert (bought.pictures, bought.at, bought.left) == (100, 10, 18)
    assert bought.why == "no more was measured: 18 h left over; measured at one number of pictures alone"
    near(bought.answers["count"], 1.0, 0.98, 1.02)
    reached = route(cheapest(curves, "count", 1.0), "instance")
    assert (reached.first.pictures, reached.first.hours) == (10, 2)
    assert route(cheapest(curves, "count", 0.99), "instance").why == UNREACHED


def test_a_question_that_was_not_measured_at_every_size_is_read_in_its_own_range():
    curves = made_curves(point("semantic", 100, label=0.2, share=0.1, count=NAN, point=0.3))
    at = row(afford(curves, 10.0), "semantic").answers
    assert at["count"].mean == pytest.approx(3.0), "between its neighbours"
    late = replace(curves, points=(point("semantic", 10, label=0.3), point("semantic", 100, label=0.2, count=2.0)))
    assert set(row(afford(late, 5.0), "semantic").answers) == {"label"}


def test_the_cheapest_way_to_an_answer():
    routes = cheapest(made_curves(), "label", 0.15)
    label = route(routes, "classification")
    assert label.first.pictures == math.ceil(100 * math.sqrt(10))  # halfway from 0.20 at 100 to 0.10 at 1,000
    assert label.first.hours == pytest.approx(3.17)
    assert label.first.reading.mean <= 0.15
    assert not label.is_sure
    assert label.sure.pictures == math.ceil(100 * 10**0.7)  # its upper end: 0.22 at 100, 0.12 at 1,000
    mask = route(routes, "semantic")
    assert mask.first.pictures == math.ceil(10 * 100**0.75)
    assert [one.task for one in routes.routes] == ["classification", "semantic", "semantic", "instance"]
    assert [one.start for one in routes.routes[1:3]] == ["transfer", "scratch"], "by hours: 10 and some, 31"
    assert routes.routes[-1].why == UNREACHED
    assert routes.sentence == (
        "any? at most 15 % wrong: cheapest by classification, 3.2 h for 317 pictures; "
        "with its whole interval from 5 h (502 pictures) on."
    )


def test_what_the_smallest_set_already_answers_and_what_is_surely_there():
    routes = cheapest(made_curves(), "label", 0.45)
    assert route(routes, "classification").first.pictures == 10
    assert route(routes, "classification").is_sure
    assert routes.sentence.endswith("cheapest by classification, 6 min for 10 pictures; with its whole interval, too.")
    narrow = cheapest(made_curves(), "label", 0.101)
    assert route(narrow, "classification").sure is None
    assert "with its whole interval nowhere in the measured range" in narrow.sentence


def test_what_is_not_reached_not_asked_and_not_priced():
    routes = cheapest(made_curves(), "count", 1.0)
    assert [(one.task, one.why) for one in routes.routes] == [
        ("instance", UNPRICED), ("semantic", UNREACHED), ("semantic", UNREACHED), ("classification", UNASKED),
    ]  # fmt: skip
    assert (
        routes.sentence
        == "how many? off by at most 1: not reached in the measured range by any task whose hours are known."
    )
    assert routes.routes[0].first.pictures == 10


def test_the_first_crossing_counts_where_a_curve_rises_again():
    curves = made_curves(point("semantic", 100, label=0.1, share=0.5, count=1.0, point=0.5))
    assert route(cheapest(curves, "count", 1.0), "semantic").first.pictures == 100


def test_several_seeds_are_read_as_the_curves_read_them():
    curves = made_curves(point("classification", 100, seed=1, label=0.30))
    bought = row(afford(curves, 1.0), "classification").answers["label"]
    assert bought == curves.read("classification", "scratch", 100, "label")
    assert bought.seeds == 2
    assert bought.high - bought.low > 0.8, "two seeds say little"


def test_both_print_as_tables_and_names_are_text():
    curves = made_curves()
    told = repr(afford(curves, 150.0))
    assert told.startswith("150 h of labelling buy:")
    assert "1,000 of 1,500 10.0 % (8.0–12.0)" in " ".join(told.split())
    assert "no more was measured: 50 h left over" in told
    assert READ in told
    assert max(map(len, told.splitlines()[1:-2])) < 170
    routes = repr(cheapest(curves, "label", 0.15))
    assert "from 5 h on" in routes
    html = afford(curves, 150.0)._repr_html_()
    assert html.count("<tr>") == 5
    assert "1,000 of 1,500" in html
    assert cheapest(curves, "label", 0.15)._repr_html_().count("<th ") == 7
    evil = replace(curves, points=tuple(replace(p, task="<b>") for p in curves.points[:1]))
    assert evil.lines() == [], "a task that there is not is no line"


@pytest.mark.parametrize(
    ("hours", "words"),
    [(0.001, "3.6 s"), (32 / 3600, "32 s"), (59.6 / 3600, "1 min"), (0.57, "34.2 min"), (0.995, "1 h"), (8.44, "8.4 h"),
     (99.96, "100 h"), (1166.2, "1,166 h")],
)  # fmt: skip
def test_hours_in_words(hours, words):
    assert in_words(hours) == words


@pytest.mark.parametrize("hours", [0, -1, NAN, math.inf, "10", None, True])
def test_a_budget_is_a_number_above_0(hours):
    with pytest.raises(VislabError, match=r"a budget is a number of hours above 0, such as 10, not"):
        afford(made_curves(), hours)


@pytest.mark.parametrize(("question", "error"), [("label", 1.1), ("share", -0.1), ("point", NAN), ("label", "0.1")])
def test_a_required_share_lies_between_0_and_1(question, error):
    with pytest.raises(VislabError, match=r"a required error on '\w+' is a share from 0 to 1, such as 0.1, not"):
        cheapest(made_curves(), question, error)


def test_other_bad_input():
    curves = made_curves()
    with pytest.raises(VislabError, match=r"a required error on 'count' is a number of objects, 0 or more, not -1"):
        cheapest(curves, "count", -1)
    assert cheapest(curves, "count", 30).routes[0].first is not None
    with pytest.raises(VislabError, match=r"no question 'colour'; ask one of label, share, count, point"):
        cheapest(curves, "colour", 0.1)
    with pytest.raises(VislabError, match=r"these curves hold no point; measure some with vl.learning_curve"):
        afford(replace(curves, points=()), 10)
    with pytest.raises(VislabError, match=r"curves come from vl.learning_curve or vl.read_curves, not as dict"):
        cheapest({}, "label", 0.1)
