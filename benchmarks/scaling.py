"""How time and memory grow with pixels, pictures and objects: drawing, loading, training, predicting, scoring, looking.

Every point runs in a process of its own, on one thread: once for the peak of its memory, three times for processor
time. Results are kept in results/scaling.json point by point, and a point that is there is not repeated. An exponent
is that of seconds = a + b · amount ** exponent; beyond the pictures is what the process held at the peak, less inputs
and result.

    python benchmarks/scaling.py [--only predict-instance score-instance] [--again] [--write]
"""

import argparse
import gc
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from records import RESULTS, Record, keep, matches, publish, read_records, recipe_line, spread
from scaling_cases import CASES, Amounts, Work
from workload import machine

PIXELS = (96, 128, 192, 256, 384, 512)  # a side
OBJECTS = (0, 25, 100, 200, 400)  # a picture of 256 px
AXES = {"pixels": "Pixels a side", "pictures": "Pictures", "objects": "Objects a picture"}
REPEATS, SHORTEST, LONG = 3, 0.05, 5.0  # seconds: quicker work is repeated, slower work is not warmed up first
MOST = 1.1  # the exponent wanted at most
BEYOND = 0.1  # of its own bytes: what a further picture may take beyond them
PIXEL_BYTES = 6  # of a picture with its masks
STILL = 1.5  # most ÷ least seconds: below it nothing grows
SAME = ("task", "axis", "value")


def bytes_of(value: Any) -> int:
    """What a result holds: its tensors and arrays, at any depth."""
    if isinstance(value, torch.Tensor | np.ndarray):
        return int(value.nbytes) + sys.getsizeof(value)
    if is_dataclass(value) and not isinstance(value, type):
        return sum(bytes_of(getattr(value, each.name)) for each in fields(value))
    if isinstance(value, Mapping):
        return sum(map(bytes_of, value.values()))
    if isinstance(value, list | tuple):
        return sys.getsizeof(value) + sum(map(bytes_of, value))
    return sys.getsizeof(value)


def held(what: str) -> int:
    """Bytes that this process holds ("VmRSS"), or held at its peak ("VmHWM"); Linux alone tells."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(what))


def amounts(axis: str, value: int) -> Amounts:
    """What else stays the same while one amount grows."""
    if axis == "pixels":
        return Amounts(16, value, None)
    return Amounts(value, 32, None) if axis == "pictures" else Amounts(8, 256, value)


def values(task: str, axis: str) -> Sequence[int]:
    case = CASES[task]
    if axis == "pictures":
        return case.pictures
    return (PIXELS if case.pixels else ()) if axis == "pixels" else (OBJECTS if case.objects else ())


def seconds(work: Work) -> float:
    """Processor seconds of one call, taken over as many as last long enough to be timed."""
    calls, started = 0, time.process_time()
    while True:
        work()
        calls += 1
        if (taken := time.process_time() - started) >= SHORTEST:
            return taken / calls


def measure(task: str, axis: str, value: int) -> Record:
    """One point; for a process of its own."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["VISLAB_HOME"] = scratch  # checkpoints and caches of a benchmark are nobody's
        CASES[task].make(amounts(axis, values(task, axis)[axis == "objects"]))()  # imports and what else comes once
        work = CASES[task].make(amounts(axis, value))
        gc.collect()
        before = held("VmRSS")
        Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")  # the peak begins anew: man 5 proc
        started = time.process_time()
        result = work()
        first = time.process_time() - started
        beyond = held("VmHWM") - before - bytes_of(result)
        del result
        times = [first] * (first >= LONG)
        times += [seconds(work) for _ in range(REPEATS - len(times))]
    return {"task": task, "axis": axis, "value": value, "seconds": times, "beyond": beyond, "load": load,
            "machine": machine()}  # fmt: skip


def exponent(amount: Sequence[float], times: Sequence[float]) -> float | None:
    """The p of times = a + b · amount ** p, a and b at least 0, relative errors least; None if none grows."""
    from scipy.optimize import nnls

    x, t = np.array(amount, float) / max(amount), np.array(times)
    if t.max() < STILL * t.min():
        return None
    tried = np.arange(0.05, 3, 0.01)
    misfit = [nnls(np.stack([1 / t, x**p / t], 1), np.ones(len(t)))[1] for p in tried]
    return float(tried[int(np.argmin(misfit))])


def page(records: Sequence[Record]) -> str:
    loads = spread((record["load"] for record in records), "{:.1f}")
    lines = [
        "# How cost grows",
        "",
        f"Made by `benchmarks/scaling.py` on {'; '.join(dict.fromkeys(record['machine'] for record in records))}, one "
        f"thread; {', '.join(dict.fromkeys(record['date'] for record in records))}. Milliseconds of processor time, "
        f"the median of {REPEATS} (least to most), each point in a process of its own. Exponent: p of a + b · amount "
        f"** p; wanted at most {MOST}. – does not grow. The load of all programs was {loads}.",
        "",
        recipe_line(records),
        *_lacking(records),
    ]
    for axis, head in AXES.items():
        lines += ["", *_times(head, axis, [record for record in records if record["axis"] == axis])]
    return "\n".join([*lines, "", *_memory([record for record in records if record["axis"] == "pictures"])]) + "\n"


def _lacking(records: Sequence[Record]) -> list[str]:
    """A line that names the points which were not measured; none if all were."""
    known = {tuple(record[name] for name in SAME) for record in records}
    lacking = []
    for task, case in CASES.items():
        for axis in AXES:
            points = [f"{value:,}" for value in values(task, axis) if (task, axis, value) not in known]
            if points:
                lacking.append(f"{case.title}, {axis} {', '.join(points)}")
    return ["", f"Not measured: {'; '.join(lacking)}."] if lacking else []


ABOUT = {
    "pixels": "16 pictures; exponents of the pixels a picture, not of its side.",
    "pictures": "32 px (drawn: 64 px), 4 discs each, or what is drawn. A training step is one of 8 pictures.",
    "objects": "8 pictures of 256 px: a grid of discs of 5 pixels' radius, or smears drawn with so many.",
}


def _times(head: str, axis: str, records: Sequence[Record]) -> list[str]:
    every = sorted({record["value"] for record in records})
    lines = [f"## {head}", "", ABOUT[axis], ""]
    lines += [f"| | {' | '.join(f'{value:,}' for value in every)} | Exponent | |", "|---" * (len(every) + 3) + "|"]
    for task, case in CASES.items():
        own = sorted((record for record in records if record["task"] == task), key=lambda record: record["value"])
        if not own:
            continue
        cells = {record["value"]: spread((1e3 * each for each in record["seconds"]), "{:,.3g}") for record in own}
        amount = [record["value"] ** (2 if axis == "pixels" else 1) for record in own]
        said = _verdict(amount, [statistics.median(record["seconds"]) for record in own])
        lines.append(f"| {case.title} | {' | '.join([*(cells.get(value, '') for value in every), *said])} |")
    return lines


def _verdict(amount: Sequence[float], times: Sequence[float]) -> tuple[str, str]:
    """The exponent, and whether it is as wanted; nothing is said of fewer than three points."""
    if len(times) < 3:
        return "", ""
    power = exponent(amount, times)
    if power is None:
        return "–", ""
    return f"{power:.2f}", "reached" if power <= MOST else "**not reached**"


def _memory(records: Sequence[Record]) -> list[str]:
    every = sorted({record["value"] for record in records})
    lines = [
        "## Memory beyond the pictures",
        "",
        "MB that the process held at the peak beyond inputs and result, and bytes of it for each further picture, from "
        f"the last number to the one before. A picture and its masks are {PIXEL_BYTES * 32**2:,} bytes (drawn: "
        f"{PIXEL_BYTES * 64**2:,}); wanted: at most {BEYOND:.0%} of them.",
        "",
        f"| Pictures | {' | '.join(f'{value:,}' for value in every)} | Bytes a picture | |",
        "|---" * (len(every) + 3) + "|",
    ]
    for task, case in CASES.items():
        own = sorted((record for record in records if record["task"] == task), key=lambda record: record["value"])
        if len(own) < 2:
            continue
        last, most = own[-2:]
        grown = (most["beyond"] - last["beyond"]) / (most["value"] - last["value"])
        side = 64 if case.drawn else 32
        verdict = "reached" if grown <= BEYOND * PIXEL_BYTES * side**2 else "**not reached**"
        cells = {record["value"]: f"{record['beyond'] / 1e6:,.0f}" for record in own}
        lines.append(
            f"| {case.title} | {' | '.join(cells.get(value, '') for value in every)} | {grown:,.0f} | {verdict} |"
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", default=list(CASES), choices=list(CASES), help="none times nothing")
    parser.add_argument("--axes", nargs="+", default=list(AXES), choices=list(AXES))
    parser.add_argument("--again", action="store_true", help="repeat what was measured before")
    parser.add_argument("--results", type=Path, default=RESULTS / "scaling.json")
    parser.add_argument("--write", action="store_true", help="scaling.md beside the results")
    given = parser.parse_args()
    torch.set_num_threads(1)
    for task in given.only:
        for axis in given.axes:
            for value in values(task, axis):
                wanted = {"task": task, "axis": axis, "value": value}
                if not given.again and any(matches(record, wanted) for record in read_records(given.results)):
                    continue
                with get_context("fork").Pool(1) as pool:
                    record = pool.apply(measure, (task, axis, value))
                keep(given.results, record, SAME)
                shown = spread((1e3 * each for each in record["seconds"]), "{:,.3g}")
                print(f"{task}, {value:,} {axis}: {shown} ms, {record['beyond'] / 1e6:,.0f} MB", flush=True)
    text = page(read_records(given.results))
    publish(text, given.results.with_suffix(".md"), given.write)


if __name__ == "__main__":
    main()
