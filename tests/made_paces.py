"""A made pace for exercises that judge how long a right answer takes, so that no test depends on the machine."""

import numpy as np

from vislab.exercises.checking import recognising


def slow_down(monkeypatch, *functions):
    """Let these functions take a hundred times as long as all others."""
    monkeypatch.setattr(recognising, "_seconds", lambda function, given: 1.0 if function in functions else 0.01)


def agrees_when_timed(pace, function):
    """Whether a pace's model answer says what a right function says, on the smallest picture it is timed on."""
    given = pace.arguments(recognising.SIDES[0]).values()
    return np.allclose(pace.fast(*given), function(*given))
