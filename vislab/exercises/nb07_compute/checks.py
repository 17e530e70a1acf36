"""Notebook 07, "Compare the costs of computing": its checks and its quizzes."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from vislab.exercises.checking.check import Check
from vislab.exercises.checking.quizzes import read_quizzes
from vislab.exercises.checking.recognising import Mistake
from vislab.exercises.checking.trial import RANDOM, Floats, Trial
from vislab.exercises.nb07_compute.convolution import conv_macs
from vislab.exercises.nb07_compute.lying import fault, show_ledger

__all__ = ["CLOSING", "OPENING", "conv_macs", "fault", "latency_and_throughput", "show_ledger"]

OPENING, CLOSING = read_quizzes(__file__)

# Latency, and throughput


def both(alone: Floats, together: Floats, batch: int) -> Floats:
    """Seconds to one picture's answer, and pictures a second (2,); the first time of each is the warm-up."""
    return np.array([np.median(alone[1:]), batch / np.median(together[1:])])


def _paces(latency: Callable[..., float] | None = None, throughput: Callable[..., float] | None = None) -> Any:
    """An answer with one of the two numbers right, the other taken from the function given."""

    def answer(alone: Floats, together: Floats, batch: int) -> tuple[float, float]:
        right = both(alone, together, batch)
        first = right[0] if latency is None else latency(alone, together, batch)
        return first, right[1] if throughput is None else throughput(alone, together, batch)

    return answer


WARM = "The first time of each list is the warm-up: leave it out, [1:]."
PACES = (
    Mistake("Latency is not 1 / throughput: to get one picture of a batch you wait for the whole batch. Take the "
        "latency from `alone`.", _paces(lambda a, t, b: np.median(t[1:]) / b)),
    Mistake("Throughput is not 1 / latency: in a batch the device has more to do at once, and takes less for each "
        "picture. Take it from `together`.", _paces(throughput=lambda a, t, b: 1 / np.median(a[1:]))),
    Mistake("You divided the batch by the time of one picture alone. A batch takes longer: its times are in "
        "`together`.", _paces(throughput=lambda a, t, b: b / np.median(a[1:]))),
    Mistake("Your throughput is upside down: that is seconds a picture. Pictures a second is batch / seconds.",
        _paces(throughput=lambda a, t, b: np.median(t[1:]) / b)),
    Mistake("That is batches a second. Each holds `batch` pictures.",
        _paces(throughput=lambda a, t, b: 1 / np.median(t[1:]))),
    Mistake("You multiplied. Pictures a second: the pictures of a batch divided by its seconds.",
        _paces(throughput=lambda a, t, b: b * np.median(t[1:]))),
    Mistake("That is how long a whole batch takes. Latency asks for one picture that comes alone: `alone`.",
        _paces(lambda a, t, b: np.median(t[1:]))),
    Mistake("You took the mean. One time during which the machine did something else pulls it up; the median stays.",
        lambda a, t, b: (np.mean(a[1:]), b / np.mean(t[1:]))),
    Mistake("The latency is a mean. One time during which the machine did something else pulls it up; the median "
        "stays.", _paces(lambda a, t, b: np.mean(a[1:]))),
    Mistake("The throughput is a mean. One time during which the machine did something else moves it; the median "
        "stays.", _paces(throughput=lambda a, t, b: np.mean(b / t[1:]))),
    Mistake("The throughput is from a mean. One time during which the machine did something else moves it; the median "
        "stays.", _paces(throughput=lambda a, t, b: b / np.mean(t[1:]))),
    Mistake(WARM, lambda a, t, b: (np.median(a), b / np.median(t))),
    Mistake(f"You took the mean. Take the median. {WARM}", lambda a, t, b: (np.mean(a), b / np.mean(t))),
    Mistake("The least time is the luckiest one. The median says what you can expect.",
        lambda a, t, b: (np.min(a[1:]), b / np.min(t[1:]))),
    Mistake("The two are in the wrong order: latency first, then throughput.", lambda a, t, b: both(a, t, b)[::-1]),
    Mistake("The latency is in milliseconds. It must be in seconds.",
        lambda a, t, b: (1000 * np.median(a[1:]), b / np.median(t[1:]))),
)  # fmt: skip


def _timings() -> Iterator[Trial]:
    seen = [
        ([9.0, 1, 1, 1], [9.0, 2, 2, 2], 8, "After the warm-up one picture alone takes 1 s. Eight together take 2 s: "
         "that is 4 pictures a second."),
        ([5.0, 1, 1, 7], [5.0, 2, 2, 17], 4, "One time in each list is far off, as the machine did something else. The "
         "median does not mind: 1 s, and 4 pictures in 2 s."),
        ([1.0, 0.5, 0.7, 0.6], [1.0, 0.6, 0.5, 0.7], 1, "A batch of one: here, and only here, throughput comes near "
         "1 / latency."),
        ([0.2, 0.01, 0.011, 0.012], [0.3, 0.16, 0.16, 0.16], 16, "A batch that gains nothing: 16 pictures take 16 "
         "times as long."),
    ]  # fmt: skip
    chance = np.random.default_rng(8)
    cases = [(np.array(alone), np.array(together), batch, hint) for alone, together, batch, hint in seen]
    for _ in range(RANDOM):
        one, batch = chance.uniform(0.002, 0.05), int(chance.choice([2, 4, 8, 16, 32]))
        alone = one * (1 + chance.exponential(0.2, chance.integers(4, 10)))
        together = one * batch * chance.uniform(0.2, 0.9) * (1 + chance.exponential(0.2, chance.integers(4, 10)))
        alone[0], together[0] = 6 * alone[0], 4 * together[0]
        cases.append((alone.round(4), together.round(4), batch, ""))
    return Trial.each(both, cases)


latency_and_throughput = Check(
    "07-latency-and-throughput",
    _timings,
    (
        "Leave out the first time of each list: alone[1:], together[1:].",
        "Latency: how long does a picture that comes alone wait? np.median of `alone` without the warm-up.",
        "Throughput: `batch` pictures in np.median(together[1:]) seconds.",
    ),
    PACES,
    cases="lists of timings",
)
