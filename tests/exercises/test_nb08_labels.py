"""The exercises of notebook 08: what a right answer passes, and what the likely mistakes are told."""

import math

import numpy as np
import pytest
from made_curves import made_curves

from vislab.costs.labels.budget import afford, between, cheapest, measured
from vislab.costs.labels.learning_curves import SCRATCH
from vislab.exercises.nb08_labels import checks as check

NAN = float("nan")


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("VISLAB_HOME", str(tmp_path))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    return tmp_path


def answered(exercise, mistake):
    """The hint that a mistake is shown; it must be wrong, or have stopped."""
    answer = exercise(mistake)
    assert answer.outcome.split()[0] in ("wrong", "stopped"), answer
    return answer.hint


# Labels that hours buy


def test_affordable():
    answer = check.affordable(lambda hours, seconds, fixed: max(0, int((hours - fixed) * 3600 // seconds)))
    assert (answer.outcome, "all 26 budgets" in answer.sentence) == ("right", True)
    assert check.affordable(lambda h, s, f: int((h - f) * 3600 / s) if h > f else 0).outcome == "right"
    assert check.affordable(lambda h, s, f: max(0, h * 3600 - f * 3600) // s).outcome == "right"


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        (lambda h, s, f: h * 3600 // s, "spent before the first picture"),
        (lambda h, s, f: (h - f) * 3600 // s, "exceed the budget"),
        (lambda h, s, f: int((h - f) * 3600 / s), "exceed the budget"),
        (lambda h, s, f: max(0, round((h - f) * 3600 / s)), "You rounded. "),
        (lambda h, s, f: max(0, math.ceil((h - f) * 3600 / s)), "You rounded up"),
        (lambda h, s, f: max(0, (h - f) * 3600 / s), "whole number of pictures: round down"),
        (lambda h, s, f: (h - f) * 3600 / s, "never below 0"),
        (lambda h, s, f: max(0, (h - f) * 60 // s), "60 minutes"),
        (lambda h, s, f: max(0, (h - f) // s), "Bring both to the same unit"),
        (lambda h, s, f: max(0, (h * 3600 - f) // s), "fixed is in hours, too"),
        (lambda h, s, f: max(0, math.floor(h * 3600 / s - f)), "fixed off the pictures"),
        (lambda h, s, f: (h + f) * 3600 // s, "You added"),
        (lambda h, s, f: max(0, int(h - f) * 3600 // s), "rounded the hours down"),
        (lambda h, s, f: max(0, s // ((h - f) * 3600)), "upside down"),
        (lambda h, s, f: 100 if f == 0 else 7, "600 seconds are left over"),  # none of these
    ],
)
def test_mistakes_about_what_hours_buy(mistake, hint):
    assert hint in answered(check.affordable, mistake)


def test_the_package_buys_what_the_exercise_asks_for():
    curves = made_curves()
    for hours in (0.5, 11.75, 600.0):
        for row in afford(curves, hours).rows:
            fixed, seconds = curves.hours(row.task, row.start, 0), curves.seconds[row.task]
            if row.pictures is not None:
                assert row.pictures == max(0, int((hours - fixed) * 3600 // seconds)), row


# Reading a curve


def by_hand(pictures, errors, n):
    if n < pictures[0] or n > pictures[-1]:
        return NAN
    return np.interp(np.log2(n), np.log2(pictures), errors)


def test_read_curve():
    answer = check.read_curve(by_hand)
    assert (answer.outcome, "all 27 curves" in answer.sentence) == ("right", True)
    some = [trial.expected for trial in check.read_curve.trials()]
    assert 4 < sum(map(math.isnan, some)) < 14


def test_the_package_reads_as_the_exercise_asks():
    points = measured(made_curves(), "classification", SCRATCH, "label")
    pictures, errors = np.array([n for n, _ in points]), np.array([one.mean for _, one in points])
    assert between(points, 300).mean == pytest.approx(by_hand(pictures, errors, 300))


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        (lambda p, e, n: np.interp(n, p, e) if p[0] <= n <= p[-1] else NAN, "The curve is straight against"),
        (lambda p, e, n: np.interp(n, p, e), "And np.interp holds the last value; beyond the first"),
        (lambda p, e, n: np.interp(np.log(n), np.log(p), e), "as if the curve went on flat"),
        (lambda p, e, n: np.interp(n, p, e) if n <= p[-1] else NAN, "The curve is straight against"),
        (
            lambda p, e, n: np.exp(np.interp(np.log(n), np.log(p), np.log(e))) if p[0] <= n <= p[-1] else NAN,
            "the logarithm of the errors, too",
        ),
        (lambda p, e, n: by_hand(p, e, n) if p[0] < n < p[-1] else NAN, "*were* measured"),
        (lambda p, e, n: np.nan_to_num(by_hand(p, e, n)), "0 would mean"),
        (lambda p, e, n: e[np.abs(p - n).argmin()] if p[0] <= n <= p[-1] else NAN, "nearest measured size"),
        (lambda p, e, n: e[(p <= n).sum() - 1] if p[0] <= n <= p[-1] else NAN, "measured before it"),
        (lambda p, e, n: np.interp(n, np.log(p), e) if p[0] <= n <= p[-1] else NAN, "but not of n"),
        (lambda p, e, n: np.interp(np.log(n), p, e) if p[0] <= n <= p[-1] else NAN, "but not of pictures"),
        (lambda p, e, n: np.interp(np.log(n), p, e, left=NAN, right=NAN), "NaN even at a size that was measured"),
        (lambda p, e, n: np.interp(n, np.log(p), e, left=NAN, right=NAN), "NaN even at a size that was measured"),
        (lambda p, e, n: NAN if n == 100 else by_hand(p, e, n), "100 was measured: it is 0.2"),  # none of these
        (lambda p, e, n: by_hand(p, e, n) if n <= p[-1] else None, "nobody knows: NaN"),
    ],
)
def test_mistakes_about_reading_a_curve(mistake, hint):
    assert hint in answered(check.read_curve, mistake)


def test_a_line_drawn_on_is_told_to_be_a_guess():
    def drawn_on(pictures, errors, n):
        x, at = np.log(pictures), min(max(int((pictures <= n).sum()) - 1, 0), len(pictures) - 2)
        slope = (errors[at + 1] - errors[at]) / (x[at + 1] - x[at])
        return errors[at] + slope * (np.log(n) - x[at])

    assert "You drew the line on" in answered(check.read_curve, drawn_on)


# The cheapest task


def right_task(hours, errors, wanted):
    good = errors <= wanted
    price = np.where(good, hours, np.inf)
    return price.min(1).argmin() if good.any() else -1


def test_cheapest_task():
    answer = check.cheapest_task(right_task)
    assert (answer.outcome, "all 28 tables" in answer.sentence) == ("right", True)
    said = [trial.expected for trial in check.cheapest_task.trials()]
    assert {-1, 0, 1, 2} <= set(said)

    def by_loops(hours, errors, wanted):
        best, found = float("inf"), -1
        for row in range(len(hours)):
            for column in range(hours.shape[1]):
                if errors[row, column] <= wanted and hours[row, column] < best:
                    best, found = hours[row, column], row
        return found

    assert check.cheapest_task(by_loops).outcome == "right"


def priced(hours, good):
    return np.where(good, hours, np.inf)


def or_none(answer, good):
    return answer if good.any() else -1


def first_good_row(hours, errors, wanted):
    for row in range(len(hours)):
        for error in errors[row]:
            if error <= wanted:
                return row
    return -1


def test_the_first_good_row_fails_on_a_table_that_can_be_read():
    answer = check.cheapest_task(first_good_row)
    assert answer.panels[0].value.shape == (3, 3)
    assert answer.panels[2].value == 0.25


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        (lambda h, e, w: np.nanmin(e, 1).argmin(), "least error of all"),
        (lambda h, e, w: or_none(np.where(np.isnan(e), 9, e).min(1).argmin(), e <= w), "Good enough is good enough"),
        (lambda h, e, w: np.where(np.isnan(e), 9, e).min(1).argmin(), "whatever it costs"),
        (lambda h, e, w: priced(h, e <= w).min(1).argmin(), "Return -1"),
        (lambda h, e, w: h.min(1).argmin(), "good enough or not"),
        (lambda h, e, w: or_none(np.where(e > w, np.inf, h).min(1).argmin(), ~(e > w)), "NaN > wanted is False"),
        (lambda h, e, w: np.where(e > w, np.inf, h).min(1).argmin(), "NaN > wanted is False"),
        (lambda h, e, w: right_task(h, np.where(e < w, e, np.inf), w), "includes `wanted`"),
        (lambda h, e, w: or_none(priced(h, e <= w).argmin(), e <= w), "the *row*"),
        (lambda h, e, w: or_none(priced(h, e <= w).min(0).argmin(), e <= w), "You found the column"),
        (lambda h, e, w: or_none(priced(h, e <= w).min(), e <= w), "These are the hours"),
        (lambda h, e, w: or_none(priced(h[:, -1], e[:, -1] <= w).argmin(), e[:, -1] <= w), "the largest size alone"),
        (
            lambda h, e, w: or_none(np.where((e <= w).any(1), (e <= w).argmax(1), 99).argmin(), e <= w),
            "the fewest *pictures*",
        ),
        (first_good_row, "You took the first row"),
        (lambda h, e, w: 1, "here it is good enough for 1 hour"),  # none of these
    ],
)
def test_mistakes_about_the_cheapest_task(mistake, hint):
    assert hint in answered(check.cheapest_task, mistake)


def test_the_package_finds_the_task_the_exercise_asks_for():
    curves, tasks, sizes = made_curves(), ("classification", "semantic"), (10, 1000)
    errors = np.array([[curves.read(task, SCRATCH, n, "label").mean for n in sizes] for task in tasks])
    hours = np.array([[curves.hours(task, SCRATCH, n) for n in sizes] for task in tasks])
    for wanted in (0.1, 0.05):  # where no reading between two sizes decides
        route = next(route for route in cheapest(curves, "label", wanted).routes if route.start == SCRATCH)
        assert right_task(hours, errors, wanted) == (-1 if route.first is None else tasks.index(route.task))


def test_each_check_has_hints_and_knows_who_has_not_tried():
    for exercise in (check.affordable, check.read_curve, check.cheapest_task):
        assert exercise(lambda *given: ...).outcome == "not yet tried"
        assert [exercise.hint().sentence[:6] for _ in range(4)] == ["1 of 3", "2 of 3", "3 of 3", "1 of 3"]
        first, again = (list(exercise.trials()) for _ in range(2))
        assert [str(trial) for trial in first] == [str(trial) for trial in again]


# Questions
