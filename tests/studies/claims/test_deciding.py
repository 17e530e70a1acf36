"""The rule of advice, on intervals made by hand."""

import math

import pytest

from vislab.studies.claims.card import round_up, would_settle
from vislab.studies.claims.deciding import Contender, decide
from vislab.studies.claims.verdicts import Interval

BEST = Interval(0.0, 0.0, 0.0)


def contender(task, behind=BEST, gain=None, hours=math.nan):
    return Contender(task, Interval(0.1, 0.1, 0.1), behind, gain, {"published": hours})


def result(contenders):
    decision = decide(contenders, 0.02)
    return decision.outcome, decision.tasks


@pytest.mark.parametrize(
    ("behind", "gain", "told"),
    [
        ((0.01, 0.0, 0.019), None, "good enough"),
        ((0.01, 0.0, 0.02), None, "too little evidence"),
        ((0.03, -0.01, 0.07), None, "too little evidence"),
        ((0.01, 0.001, 0.03), None, "worse, perhaps not by enough"),
        ((0.03, 0.001, 0.05), None, "worse, perhaps not by enough"),
        ((0.03, 0.02, 0.05), None, "worse by as much as matters"),
        ((0.0, 0.0, 0.0), (-0.1, -0.2, -0.001), "good enough"),
        ((0.0, 0.0, 0.0), (-0.01, -0.019, 0.0), "no better than a baseline"),
        ((0.0, 0.0, 0.0), (-0.01, -0.03, 0.01), "perhaps no better than a baseline"),
        ((0.03, 0.02, 0.05), (-0.01, -0.03, 0.01), "worse by as much as matters"),
    ],
)
def test_a_task_is_in_one_of_six_states(behind, gain, told):
    one = contender("a", Interval(*behind), gain and Interval(*gain))
    assert decide([one], 0.02).states == {"a": told}


def test_only_cheaper_tasks_leave_a_card_open():
    unsure = Interval(0.01, -0.01, 0.03)
    cheap, dear = contender("a", unsure, hours=1.0), contender("b", hours=2.0)
    assert result([cheap, dear]) == ("not settled", ("a", "b"))
    cheap, dear = contender("a", unsure, hours=3.0), dear
    assert result([cheap, dear]) == ("settled", ("b",))
    assert result([contender("a", unsure), dear]) == ("not settled", ("a", "b"))  # hours unknown: as given
    assert result([]) == ("nobody answers it", ())


def test_fewer_trainings_than_three_settle_nothing():
    outcomes = [decide([contender("a")], 0.02, trainings=trainings).outcome for trainings in (1, 2, 3, 4)]
    assert outcomes == ["provisional"] * 2 + ["settled"] * 2
    assert decide([], 0.02, trainings=1).outcome == "nobody answers it"


def test_what_would_settle_it_follows_from_the_interval():
    """Half the interval is 0.02 and the margin 0.01 away: half as wide takes four times as much."""
    assert decide([contender("a", Interval(0.01, -0.01, 0.03)), contender("b")], 0.02).times == pytest.approx(4)
    assert decide([contender("a", Interval(0.03, 0.01, 0.05)), contender("b")], 0.02).times == pytest.approx(4)
    assert decide([contender("a", Interval(0.02, 0.01, 0.05)), contender("b")], 0.02).times == math.inf
    unproven = contender("a", BEST, Interval(-0.01, -0.03, 0.01))  # 0.01 from 0, and 0.01 from the margin below it
    assert decide([unproven], 0.02).times == pytest.approx(4)
    assert (
        would_settle(4.0, 1, 512)
        == "About 2,100 test pictures instead of 512 would settle it for these trained models."
    )
    assert would_settle(4.0, 3, 512) == "About 12 trainings instead of 3 would settle it."
    assert would_settle(math.inf, 1, 512).startswith("More pictures would hardly settle it")
    assert [round_up(value) for value in (3.2, 12, 121, 2048)] == [4, 12, 130, 2100]
