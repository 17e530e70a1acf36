"""Time and energy to a stated score."""

import pytest

from vislab.costs.compute.to_score import Meter, cost_to_score
from vislab.errors import VislabError
from vislab.training.history import History


def training(**scores):
    """Four steps of 10 pictures in 8 s, scored after each."""
    rows = [{"seen": 10 * (i + 1)} | {name: values[i] for name, values in scores.items()} for i in range(4)]
    return History("semantic", {}, [1.0] * 4, [10, 20, 30, 40], rows, seconds=8.0)


class Fake:
    def __init__(self, *shown):
        self.shown = list(shown)

    def joules(self):
        return self.shown.pop(0)


def watched(counter, seconds=(1.0, 3.0, 4.0, 8.0)):
    """A meter that saw the same training, whose steps took unequal time."""
    meter = Meter(counter)
    for step, spent in enumerate(seconds):
        meter(History("semantic", {}, [1.0] * (step + 1), [10 * (i + 1) for i in range(step + 1)], seconds=spent))
    return meter


def test_the_first_pass_that_had_the_score():
    found = cost_to_score(training(mean_iou=[0.2, 0.7, 0.6, 0.9]), "mean_iou", 0.65)
    assert (found.seen, found.seconds, found.energy) == (20, 4.0, None)
    assert "spread evenly" in found.notes["seconds"]
    assert "not measured" in found.notes["energy"]
    assert repr(found).startswith("mean_iou 0.65 after 4.0 s and 20 pictures")


def test_less_of_an_error_is_better():
    assert cost_to_score(training(count_error=[3.0, 2.0, 0.5, 0.4]), "count_error", 0.5).seen == 30


def test_a_meter_knows_seconds_and_joules():
    history = training(mean_iou=[0.2, 0.7, 0.6, 0.9])
    found = cost_to_score(history, "mean_iou", 0.65, watched(Fake(100.0, 101.0, 105.0, 106.0, 120.0)))
    assert (found.seconds, found.energy) == (3.0, 5.0)


@pytest.mark.parametrize(
    ("counter", "why"),
    [(Fake(100.0, 101.0, 2.0, 106.0, 120.0), "went back"), (Fake(100.0, 100.0, 100.0, 100.0, 100.0), "stood still")],
)
def test_a_counter_that_resets_or_stands_still_gives_no_joules(counter, why):
    found = cost_to_score(training(mean_iou=[0.2, 0.7, 0.6, 0.9]), "mean_iou", 0.65, watched(counter))
    assert (found.seconds, found.energy) == (3.0, None)
    assert why in found.notes["energy"]


def test_a_meter_that_came_late_tells_seconds_alone():
    meter = Meter(Fake(0.0, 5.0, 9.0))
    meter(History("semantic", {}, [1.0] * 2, [10, 20], seconds=3.0))
    found = cost_to_score(training(mean_iou=[0.2, 0.7, 0.6, 0.9]), "mean_iou", 0.65, meter)
    assert (found.seconds, found.energy) == (3.0, None)
    assert "came late" in found.notes["energy"]


def test_a_score_that_was_not_reached_says_how_far_it_came():
    found = cost_to_score(training(mean_iou=[0.2, float("nan"), 0.6, 0.55]), "mean_iou", 0.95)
    assert (found.seen, found.seconds, found.energy) == (None, None, None)
    assert repr(found) == "mean_iou 0.95 was not reached: in 8.0 s it came to 0.600"


def test_bad_input_is_refused_in_a_sentence():
    with pytest.raises(VislabError, match="no score 'ap'; there are mean_iou"):
        cost_to_score(training(mean_iou=[0.1] * 4), "ap", 0.5)
    with pytest.raises(VislabError, match="no valid pictures"):
        cost_to_score(History("semantic", {}), "ap", 0.5)
    with pytest.raises(VislabError, match="must be a number"):
        cost_to_score(training(mean_iou=[0.1] * 4), "mean_iou", float("nan"))
