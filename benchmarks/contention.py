"""One training beside other programs, and several learners' trainings at once: steps a second of each.

An instance segmenter on smears of 96 px, default settings. Every learner is a process of its own; the busy ones compute
in plain Python. Threads: those that vislab chooses, and as many as there are cores, as torch would take.

    python benchmarks/contention.py [--write] [--seconds 12] [--rounds 3]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from records import recipe_line
from workload import machine

import vislab as vl
from vislab.training.history import History

CORES = os.cpu_count() or 1
BUSY, LEARNERS = (0, 1, 4), (2, 4, 10)
CHOSEN, ALL = "chosen", "all"


def learn(threads: str, seconds: float) -> None:
    """Train when a line comes on standard input; print steps a second, and the numbers of threads used."""
    scenes = vl.draw("smear", 256)

    def train(minutes: float, seed: int) -> History:
        model = vl.build("instance", scenes.vocabulary)
        pinned = CORES if threads == ALL else None
        return vl.fit(model, scenes, minutes=minutes, seed=seed, threads=pinned, fresh=True)

    train(1 / 60, seed=1)
    print("ready", flush=True)
    sys.stdin.readline()
    history = train(seconds / 60, seed=0)
    print(json.dumps([len(history.losses) / history.seconds, sorted({row["threads"] for row in history.threads})]))


def race(learners: int, busy: int, threads: str, seconds: float) -> dict[str, Any]:
    """So many learners at once beside so many busy processes: the sum of their steps a second, and their threads."""
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(busy)]
    racers = []
    with tempfile.TemporaryDirectory() as home:
        try:
            for number in range(learners):
                environment = os.environ | {"VISLAB_HOME": f"{home}/{number}", "OMP_NUM_THREADS": str(CORES)}
                command = [sys.executable, __file__, "--learn", threads, "--seconds", str(seconds)]
                pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": environment}
                racers.append(subprocess.Popen(command, **pipes))  # type: ignore[call-overload]
            for racer in racers:
                while racer.stdout.readline().strip() != "ready":
                    assert racer.poll() is None, "a learner ended before it began"
            for racer in racers:
                racer.stdin.write("\n")
                racer.stdin.flush()
            results = [json.loads(racer.communicate()[0].splitlines()[-1]) for racer in racers]
        finally:
            for process in (*others, *racers):
                process.kill()
    return {"steps": sum(speed for speed, _ in results), "threads": sorted({n for _, used in results for n in used})}


def table(seconds: float, rounds: int) -> str:
    cases = [(1, busy, threads) for busy in BUSY for threads in (CHOSEN, ALL)]
    cases += [(learners, 0, threads) for learners in LEARNERS for threads in (CHOSEN, ALL)]
    taken: dict[tuple[int, int, str], list[dict[str, Any]]] = {case: [] for case in cases}
    for _ in range(rounds):
        for case, results in taken.items():
            results.append(race(*case, seconds))
            print(case, results[-1], flush=True)
    middle = {case: statistics.median(result["steps"] for result in results) for case, results in taken.items()}
    alone = middle[1, 0, ALL]
    lines = [
        "# Trainings beside other work\n",
        f"Made by `benchmarks/contention.py` on {machine()}; {time.strftime('%Y-%m-%d')}. An instance segmenter, "
        f"smears of 96 px, default settings, {seconds:g} s each. Steps a second of all learners together: median of "
        f"{rounds} rounds and, in brackets, the least and the most. Share: of one learner alone who takes all cores."
        f"\n\n{recipe_line()}\n",
        "| Learners | Busy processes beside | Threads chosen | Steps a second | Share | All cores' threads | Share |",
        "|---|---|---|---|---|---|---|",
    ]
    for learners, busy in dict.fromkeys(case[:2] for case in cases):
        used = sorted({n for result in taken[learners, busy, CHOSEN] for n in result["threads"]})
        cells = []
        for threads in (CHOSEN, ALL):
            steps = [result["steps"] for result in taken[learners, busy, threads]]
            cells += [
                f"{statistics.median(steps):.1f} ({min(steps):.1f}–{max(steps):.1f})",
                f"{middle[learners, busy, threads] / alone:.0%}",
            ]
        lines.append(f"| {learners} | {busy} | {' to '.join(map(str, used))} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="into benchmarks/results")
    parser.add_argument("--seconds", type=float, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--learn", choices=(CHOSEN, ALL), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.learn:
        learn(given.learn, given.seconds)
        return
    text = table(given.seconds, given.rounds)
    print(text)
    if given.write:
        (Path(__file__).parent / "results" / "contention.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
