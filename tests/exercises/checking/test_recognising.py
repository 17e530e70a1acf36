"""The pace of a right answer, by a made clock: a loop over pixels is told on every machine, a clumsy answer on none."""

from types import SimpleNamespace

import numpy as np
import pytest

from vislab.exercises.checking import recognising
from vislab.exercises.checking.check import Check
from vislab.exercises.checking.recognising import Pace
from vislab.exercises.checking.trial import Trial

ADVICE = "ask all at once."


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("VISLAB_HOME", str(tmp_path))


@pytest.fixture
def clock(monkeypatch):
    made = SimpleNamespace(now=0.0)
    monkeypatch.setattr(recognising, "time", SimpleNamespace(thread_time=lambda: made.now))
    return made


def taking(clock, pixel, call=0.0, first=0.0):
    """A right answer that takes so many seconds a pixel and a call, and more on the first large picture.

    Its `sides` are those of the large pictures it was given.
    """

    def answer(mask):
        clock.now += pixel * mask.size + call
        if len(mask) > 2:
            clock.now += 0 if answer.sides else first
            answer.sides.append(len(mask))
        return 1

    answer.sides = []
    return answer


def sentence(fast, own):
    pace = Pace(lambda side: {"mask": np.zeros((side, side), bool)}, fast, ADVICE)
    answer = Check("t-pace", lambda: [Trial({"mask": np.zeros((2, 2), bool)}, 1)], (), (), pace=pace)(own)
    assert answer.outcome == "right"
    return answer.sentence


@pytest.mark.parametrize("machine", [0.1, 1, 10, 100])
@pytest.mark.parametrize(("times", "told"), [(1, False), (12, False), (60, True), (500, True)])
def test_what_counts_is_how_many_times_as_long_as_the_model_answer(clock, machine, times, told):
    fast = 2e-9 * machine
    assert (ADVICE in sentence(taking(clock, fast), taking(clock, times * fast))) == told


def test_what_a_call_costs_whatever_the_picture_is_forgiven(clock):
    assert ADVICE not in sentence(taking(clock, 1e-8, 1e-6), taking(clock, 2e-8, 1e-3))


def test_a_slow_first_call_is_forgiven(clock):
    assert ADVICE not in sentence(taking(clock, 1e-8), taking(clock, 1e-8, first=30.0))


def test_a_slow_answer_is_spared_the_largest_pictures(clock):
    fast, own = taking(clock, 1e-9), taking(clock, 5e-6)
    assert ADVICE in sentence(fast, own)
    assert max(own.sides) == 128
    assert max(fast.sides) == 128


def test_a_model_answer_that_takes_no_time_ends(clock):
    assert ADVICE not in sentence(taking(clock, 0.0), taking(clock, 0.0))


@pytest.mark.parametrize(("error", "told"), [(TimeoutError, True), (MemoryError, False)])
def test_an_answer_that_fails_on_a_large_picture_stays_right(clock, error, told):
    def own(mask):
        if len(mask) > 2:
            raise error
        return 1

    assert (ADVICE in sentence(taking(clock, 1e-8), own)) == told
