"""A cost table that lies: an exercise of notebook 07, with the mistakes that its check knows."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from vislab.exercises.checking.answers import Panel
from vislab.exercises.checking.check import Check
from vislab.exercises.checking.recognising import Mistake
from vislab.exercises.checking.trial import Trial
from vislab.exercises.nb09_verdict.tables import Table

Row = dict[str, Any]
FINE, KINDS = "fine", ("energy", "memory", "operations", "clock", "throughput")
FASTEST = 50 * 10**12  # multiply-adds a second: what the invented device's data sheet promises at most
RANDOM = 30  # random rows a check ends with, always the same ones


def row(
    parameters: int, memory: float, macs: float, counted: float, latency: float, batch: int, throughput: float,
    energy: float | None,
) -> Row:  # fmt: skip
    """A model's row: bytes, multiply-adds of a picture reported and counted, seconds, pictures a second, joules."""
    made = {"parameters": parameters, "memory": int(memory), "macs": int(macs), "counted": int(counted)}
    return made | {"latency": latency, "batch": batch, "throughput": throughput, "energy": energy, "fastest": FASTEST}


LEDGER = {  # made up, models and measurements alike, so that the lies can be found
    "Alder": row(11_700_000, 62e6, 1.8e9, 1.8e9, 0.004, 32, 2600, 0.09),
    "Birch": row(3_200_000, 31e6, 0.4e9, 0.4e9, 0.005, 32, 3100, 0.0),
    "Cedar": row(25_600_000, 48e6, 4.1e9, 4.1e9, 0.009, 32, 1200, 0.21),
    "Dogwood": row(11_700_000, 62e6, 3.6e9, 1.8e9, 0.004, 32, 2500, 0.09),
    "Elm": row(42_000_000, 510e6, 80e9, 80e9, 0.0003, 8, 45, None),
    "Fir": row(3_200_000, 34e6, 0.4e9, 0.4e9, 0.02, 4, 900, None),
    "Ginkgo": row(44_400_000, 640e6, 70e9, 70e9, 0.06, 1, 16.5, None),
}
WHY = {
    "Alder": "Every figure is possible. Its throughput is ten times 1 / latency: that is what a batch gains.",
    "Birch": "Work takes energy. A 0 says that the counter did not move, or that nobody read it.",
    "Cedar": "25.6 million parameters are 102 MB as float32, four bytes each; they do not fit into 48 MB.",
    "Dogwood": "1.8 billion multiply-adds counted and twice as many reported: FLOPs, in a column of multiply-adds.",
    "Elm": "80 billion multiply-adds take 1.6 ms at the device's fastest, and 0.3 ms were reported: the clock was read "
    "before the GPU had finished.",
    "Fir": "At 900 a second a batch of 4 takes 4.4 ms. One picture alone takes 20 ms; four cannot take less.",
    "Ginkgo": "Energy is marked as not measured, and that is honest. All other figures are possible.",
}


def judged(
    given: Row,
    energy: Callable[[Row], bool] = lambda r: r["energy"] == 0,
    memory: Callable[[Row], bool] = lambda r: r["memory"] < 4 * r["parameters"],
    operations: Callable[[Row], bool] = lambda r: r["macs"] != r["counted"],
    clock: Callable[[Row], bool] = lambda r: r["latency"] < r["counted"] / r["fastest"],
    throughput: Callable[[Row], bool] = lambda r: r["batch"] / r["throughput"] < r["latency"],
) -> str:
    """The first of KINDS whose figure is impossible in this row; "fine" if none is."""
    tests = zip(KINDS, (energy, memory, operations, clock, throughput), strict=True)
    return next((kind for kind, lies in tests if lies(given)), FINE)


def _with(**changed: Callable[[Row], bool]) -> Callable[[Row], str]:
    return lambda given: judged(given, **changed)


def _never(given: Row) -> bool:
    return False


FAULTS = (
    Mistake('The words are the exercise\'s own, in small letters: "energy", not "Energy".',
        lambda given: judged(given).title()),
    Mistake("None is not a lie: it says that nobody measured. Only 0 is impossible; `not energy` catches both.",
        _with(energy=lambda r: not r["energy"])),
    Mistake("None is honest: not measured. It is 0 that is impossible.", _with(energy=lambda r: r["energy"] is None)),
    Mistake("All work takes energy: nobody has ever measured 0.", _with(energy=_never)),
    Mistake("memory is in bytes, parameters are numbers: as float32, each of them takes 4 bytes.",
        _with(memory=lambda r: r["memory"] < r["parameters"])),
    Mistake("Memory should be more than the parameters: it holds the pictures' activations too. Less is impossible.",
        _with(memory=lambda r: r["memory"] > 4 * r["parameters"])),
    Mistake("The parameters alone need 4 bytes each. Compare memory with that.", _with(memory=_never)),
    Mistake("Compare macs with counted: twice as many, macs == 2 * counted, means that someone reported FLOPs.",
        _with(operations=_never)),
    Mistake("Someone timed a GPU without waiting for it. At its fastest the device needs counted / fastest seconds: "
        "less is impossible.", _with(clock=_never)),
    Mistake("Every model is slower than the device's fastest. Faster is impossible.",
        _with(clock=lambda r: r["latency"] > r["counted"] / r["fastest"])),
    Mistake("More pictures a second than 1 / latency is no lie: a batch gains just that. Ask how long the batch took, "
        "batch / throughput, and whether one picture alone took longer.",
        _with(throughput=lambda r: r["throughput"] > 1 / r["latency"])),
    Mistake("Throughput need not be 1 / latency: a batch gains. Ask how long the batch took, batch / throughput, and "
        "whether one picture alone took longer.",
        _with(throughput=lambda r: not np.isclose(r["throughput"], 1 / r["latency"]))),
    Mistake("A batch takes longer than one picture: that is as it should be. It cannot take less time than one alone.",
        _with(throughput=lambda r: r["batch"] / r["throughput"] > r["latency"])),
    Mistake("A batch took batch / throughput seconds. Can that be less than what one picture alone takes?",
        _with(throughput=_never)),
    Mistake("1 / throughput is a picture's share of the batch's time, and that may well be less than the latency. The "
        "whole batch took batch / throughput.", _with(throughput=lambda r: 1 / r["throughput"] < r["latency"])),
)  # fmt: skip


def _random_row(chance: np.random.Generator, kind: str) -> Row:
    """A possible row, or one with a single fault."""
    parameters, counted = int(chance.integers(1, 60)) * 100_000, int(chance.integers(2, 200)) * 10**8
    latency = float(f"{counted / FASTEST * chance.uniform(4, 40):.3g}")
    batch = int(chance.choice([2, 4, 8, 32]))
    throughput = float(f"{batch / (latency * chance.uniform(1.1, 0.9 * batch)):.3g}")
    energy = None if chance.random() < 0.5 else float(f"{chance.uniform(0.01, 3):.2g}")
    made = row(parameters, parameters * chance.uniform(4.5, 20), counted, counted, latency, batch, throughput, energy)
    if kind == "energy":
        made["energy"] = 0.0
    elif kind == "memory":
        made["memory"] = int(parameters * chance.uniform(0.3, 3.8))
    elif kind == "operations":
        made["macs"] = 2 * counted
    elif kind == "clock":
        made["latency"] = float(f"{counted / FASTEST * chance.uniform(0.02, 0.8):.3g}")
    elif kind == "throughput":
        made["throughput"] = float(f"{batch / (latency * chance.uniform(0.1, 0.8)):.3g}")
    return made


def _rows() -> Iterator[Trial]:
    for name, given in LEDGER.items():
        yield Trial({"row": given}, judged(given), f"{name}: {WHY[name]}")
    chance = np.random.default_rng(11)
    for number in range(RANDOM):
        given = _random_row(chance, (*KINDS, FINE)[number % 6])
        yield Trial({"row": given}, judged(given))


class RowCheck(Check):
    """A check whose argument is a row: every figure is shown with its name."""

    def split_panel(self, panel: Panel) -> list[Panel]:
        """A row as one panel a figure."""
        if isinstance(panel.value, dict):
            return [Panel(name, str(v) if v is None else f"{v:,}") for name, v in panel.value.items()]
        return super().split_panel(panel)


def _found() -> tuple[str, list[Panel]]:
    return "The rows of the table:", [Panel(name, judged(given)) for name, given in LEDGER.items()]


fault = RowCheck(
    "07-fault",
    _rows,
    (
        'One `if` a word, each with its `return`; at the end return "fine".',
        "memory: less than 4 * parameters. clock: the device needs at least counted / fastest seconds.",
        "throughput: a batch took batch / throughput seconds, and one picture alone `latency`. Which must be more?",
    ),
    FAULTS,
    afterword=_found,
    cases="rows",
)


def show_ledger() -> Table:
    """The invented table, one model a row."""
    rows = [
        (name, f"{r['parameters'] / 1e6:.1f} million", f"{r['memory'] / 1e6:.0f} MB", f"{r['macs'] / 1e9:.1f} billion",
         f"{r['counted'] / 1e9:.1f} billion", f"{1e3 * r['latency']:g} ms", f"{r['throughput']:,g}", str(r["batch"]),
         "not measured" if r["energy"] is None else f"{r['energy']:g} J")
        for name, r in LEDGER.items()
    ]  # fmt: skip
    headings = ("", "parameters", "memory", "multiply-adds, as reported", "counted by layer", "latency",
                "pictures a second", "at a batch of", "energy a picture")  # fmt: skip
    caption = f"Invented. All on one GPU, which can do at most {FASTEST / 1e12:g} × 10¹² multiply-adds a second."
    return Table(headings, rows, caption)
