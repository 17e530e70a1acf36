"""How long OpenMP's threads should spin before they sleep: a training step alone, and beside a busy process.

A step has hundreds of short parallel parts, and a thread that has done its share waits for the other. Spinning hears
the next part at once, but keeps a core from whoever else could use it; sleeping takes time to wake. vislab sets
GOMP_SPINCOUNT (libgomp, which torch brings on Linux) when it is imported, unless somebody else did.

    python benchmarks/waiting.py [--write]
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

WAYS: dict[str, dict[str, str]] = {
    "libgomp's default": {"GOMP_SPINCOUNT": ""},
    "sleep at once": {"GOMP_SPINCOUNT": "0"},
    "spin 10,000 times (vislab)": {"GOMP_SPINCOUNT": "10000"},
}
STEPS, TURNS, BATCH = 10, 2, 8


def steps() -> list[float]:
    """Seconds of each step of an instance segmenter on smears of 96 px, with a thread for each core."""
    import torch
    from timed_steps import time_steps

    import vislab as vl
    from vislab.system.devices import precision

    scenes = vl.draw("smear", BATCH)
    model = vl.build("instance", scenes.vocabulary)
    torch.set_num_threads(os.cpu_count() or 1)  # vislab begins with one, which waits for nobody
    return time_steps(model, scenes, STEPS, precision(torch.device("cpu")))


def run(way: str, busy: bool) -> list[float]:
    """The steps of a process that waits in this way, beside one that computes in plain Python or beside none."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OMP_", "GOMP_"))}
    environment |= {name: value for name, value in WAYS[way].items() if value}
    if not WAYS[way]["GOMP_SPINCOUNT"]:
        environment["GOMP_SPINCOUNT"] = str(300_000)  # libgomp's own where no thread is too many; so says its manual
    other = subprocess.Popen([sys.executable, "-c", "while True: pass"]) if busy else None
    try:
        done = subprocess.run(
            [sys.executable, __file__, "--steps"], check=True, capture_output=True, text=True, env=environment
        )
    finally:
        if other is not None:
            other.kill()
    return [float(word) for word in done.stdout.split()]


def table() -> str:
    from records import recipe_line

    taken: dict[tuple[str, bool], list[float]] = {(way, busy): [] for way in WAYS for busy in (False, True)}
    for _ in range(TURNS):
        for (way, busy), times in taken.items():
            times.extend(run(way, busy))
    lines = [
        "# How threads wait\n",
        f"Made by `benchmarks/waiting.py`: a training step of an instance segmenter, {BATCH} smears of 96 px, {TURNS} "
        f"processes of {STEPS} steps each, taking turns; {platform.machine()}, {os.cpu_count()} cores and threads. "
        f"Median and, in brackets, what four of five steps lie between.\n\n{recipe_line()}\n",
        "| A thread that waits | Alone, ms | Beside a busy process, ms |\n|---|---|---|",
    ]
    for way in WAYS:
        cells = []
        for busy in (False, True):
            low, *_, high = statistics.quantiles(taken[way, busy], n=10)
            cells.append(f"{1e3 * statistics.median(taken[way, busy]):.0f} ({1e3 * low:.0f}–{1e3 * high:.0f})")
        lines.append(f"| {way} | {cells[0]} | {cells[1]} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="into benchmarks/results")
    parser.add_argument("--steps", action="store_true", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.steps:
        print(*steps())
        return
    text = table()
    print(text)
    if wanted.write:
        (Path(__file__).parent / "results" / "waiting.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
