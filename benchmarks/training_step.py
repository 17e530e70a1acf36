"""What a training step costs in float32 and bfloat16, with and without keeping freed memory.

Each of the four ways runs in a process of its own; the ways take turns.

    python benchmarks/training_step.py [--write]
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import torch
from records import recipe_line
from timed_steps import time_steps

import vislab as vl
from vislab.system.console import plural
from vislab.system.memory import keeping_freed_memory

WAYS = [(kept, precision) for kept in ("kept", "given back") for precision in ("float32", "bfloat16")]
STEPS, TURNS, BATCH = 10, 3, 32


def steps(kept: str, precision: str) -> list[float]:
    """Seconds of each step of a semantic segmenter on pictures of 96 px, on the one thread that torch begins with."""
    scenes = vl.draw("smear", BATCH)
    with keeping_freed_memory() if kept == "kept" else nullcontext():
        return time_steps(vl.build("semantic", scenes.vocabulary), scenes, STEPS, precision)


def table() -> str:
    load, taken = os.getloadavg()[0], {way: list[float]() for way in WAYS}
    for _ in range(TURNS):
        for way, times in taken.items():
            ran = subprocess.run([sys.executable, __file__, "--way", *way], check=True, capture_output=True, text=True)
            times.extend(map(float, ran.stdout.split()))
    lines = [
        "# A training step\n",
        f"Made by `benchmarks/training_step.py`: semantic segmenter, {BATCH} smears of 96 px, {TURNS} processes of "
        f"{STEPS} steps each, torch {torch.__version__}, {platform.machine()}, "
        f"{plural(torch.get_num_threads(), 'thread')}; the load of other programs before it was {load:.1f}.\n\n"
        f"{recipe_line()}\n",
        "| Freed memory | Precision | Median, ms | 10 % | 90 % |\n|---|---|---|---|---|",
    ]
    for (kept, precision), times in taken.items():
        low, *_, high = statistics.quantiles(times, n=10)
        middle = statistics.median(times)
        lines.append(f"| {kept} | {precision} | {1e3 * middle:.0f} | {1e3 * low:.0f} | {1e3 * high:.0f} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="into benchmarks/results")
    parser.add_argument("--way", nargs=2, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.way:
        print(*steps(*wanted.way))
        return
    text = table()
    print(text)
    if wanted.write:
        (Path(__file__).parent / "results" / "training_step.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
