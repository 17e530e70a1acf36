"""How many threads a training step is worth: each task's step over sizes of picture, with 1 thread up to all cores.

Numbers of threads take turns in one process, so that a load that comes and goes meets them all.

    python benchmarks/threads.py [--write]
"""

import argparse
import os
import statistics
import time
from pathlib import Path

import torch
from records import recipe_line
from workload import machine

import vislab as vl
from vislab.models.predictions import TASKS, Task
from vislab.system.console import plural
from vislab.training.fit import prepare
from vislab.training.run import Run

SIZES, BATCH, ROUNDS, STEPS = (96, 128, 256, 512), 8, 3, 2
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
THREADS = [2**power for power in range(CORES.bit_length()) if 2**power <= CORES]


def training(task: Task, size: int) -> Run:
    """A training that is ready to step."""
    scenes = vl.draw("smear", BATCH, size=size)
    return prepare(vl.build(task, scenes.vocabulary), scenes, None, epochs=10**6)


def seconds(run: Run, threads: int) -> float:
    """The mean of a few steps."""
    torch.set_num_threads(threads)
    started = time.perf_counter()
    for _ in range(STEPS):
        run.step(run.choose())
    return (time.perf_counter() - started) / STEPS


def table() -> str:
    heads = " | ".join(plural(threads, "thread") for threads in THREADS)
    lines = [
        "# How many threads a training step is worth\n",
        f"Made by `benchmarks/threads.py` on {machine()}; {time.strftime('%Y-%m-%d')}. Smears, {BATCH} a step; steps a "
        f"second, medians of {ROUNDS} rounds of {STEPS} steps in which the numbers of threads took turns. In brackets: "
        f"times as fast as with one thread.\n\n{recipe_line()}\n",
        f"| Task | Pixels a side | {heads} |",
        f"|---|---|{'---|' * len(THREADS)}",
    ]
    for task in TASKS:
        for size in SIZES:
            run = training(task, size)
            for threads in THREADS:
                seconds(run, threads)
            rounds = [[seconds(run, threads) for threads in THREADS] for _ in range(ROUNDS)]
            taken = [statistics.median(column) for column in zip(*rounds, strict=True)]
            cells = [f"{1 / each:.1f} ({taken[0] / each:.2f})" for each in taken]
            lines.append(f"| {task} | {size} | {' | '.join(cells)} |")
            print(lines[-1], flush=True)
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="into benchmarks/results")
    wanted = parser.parse_args()
    text = table()
    if wanted.write:
        (Path(__file__).parent / "results" / "threads.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
