"""All malformed inputs judged in another process, which a reader that hangs or dies cannot take along."""

import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from malformed.judge import OUTCOMES, judge

DEADLINE = 20.0  # seconds an input, on a machine that does other things too; most take a hundredth of that
TO_START = 120.0  # seconds until the first, which imports torch


DIED, HUNG = STOPPED = ("took its process along", "did not end in time")


class Verdict(NamedTuple):
    """What came of an input."""

    name: str
    outcome: str
    said: str


def judge_all(chosen: Sequence[str] = ()) -> Iterator[Verdict]:
    """The outcome of every case, or of those whose names hold one of these words, in their order."""
    done, stopped = 0, True
    with tempfile.TemporaryDirectory() as home:
        while stopped:
            stopped = False
            for verdict in _batch(done, chosen, Path(home)):
                yield verdict
                done += 1
                stopped = verdict.said.startswith(STOPPED)


def _batch(start: int, chosen: Sequence[str], home: Path) -> Iterator[Verdict]:
    """Judge the cases from `start` on in one process, until one stops it."""
    tests = Path(__file__).parents[1]
    environment = os.environ | {"VISLAB_HOME": str(home / "home"), "OMP_NUM_THREADS": "1"}
    environment["PYTHONPATH"] = os.pathsep.join([str(tests), str(tests.parent)])
    command = [sys.executable, "-m", "malformed.batches", "--from", str(start), "--in", str(home), *chosen]
    errors = home / "errors.txt"
    with (
        errors.open("w") as noise,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=noise, env=environment, encoding="utf-8") as process,
    ):
        lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=_hand_over, args=(process, lines), daemon=True).start()
        name, limit = "the first", TO_START
        try:
            while line := lines.get(timeout=limit):
                told = json.loads(line)
                if "begins" in told:
                    name, limit = told["begins"], DEADLINE
                else:
                    yield Verdict(name, told["outcome"], told["said"])
                    name = ""
            if name:
                yield Verdict(name, "bare", f"{DIED}: {errors.read_text(errors='replace')[-200:]}")
            elif process.wait():
                raise RuntimeError(errors.read_text(encoding="utf-8", errors="replace")[-2000:])
        except queue.Empty:
            yield Verdict(name, "hanging", HUNG)
        finally:
            process.kill()


def _hand_over(process: "subprocess.Popen[str]", lines: "queue.SimpleQueue[str]") -> None:
    for line in process.stdout or ():
        lines.put(line)
    lines.put("")


def table(verdicts: Sequence[Verdict]) -> str:
    """A row a kind: how many inputs, and how many of each outcome; the last is the sum."""
    by_kind: dict[str, Counter[str]] = {}
    for verdict in verdicts:
        by_kind.setdefault(verdict.name.split(": ")[0], Counter())[verdict.outcome] += 1
    by_kind["all"] = sum(by_kind.values(), Counter())
    rows = [["kind", "inputs", *OUTCOMES]]
    rows += [[kind, *map(str, (found.total(), *(found[each] for each in OUTCOMES)))] for kind, found in by_kind.items()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def _work(start: int, home: Path, chosen: Sequence[str]) -> None:
    """Judge the cases from `start` on, and say before and after each on stdout, where nothing else may write."""
    from malformed.all_cases import CASES

    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def tell(**what: str) -> None:
        out.write(json.dumps(what) + "\n")
        out.flush()

    cases = [case for case in CASES if not chosen or any(word in case.name for word in chosen)]
    for number, case in enumerate(cases[start:], start):
        tell(begins=case.name)
        folder = home / f"case-{number}"
        folder.mkdir()
        outcome, said = judge(case, folder)
        tell(outcome=outcome, said=said)
        shutil.rmtree(folder, ignore_errors=True)
        if number % 50 == 0:
            shutil.rmtree(home / "home", ignore_errors=True)  # the cache of decoded pictures


if __name__ == "__main__":
    if sys.argv[1:2] == ["--from"]:
        _work(int(sys.argv[2]), Path(sys.argv[4]), sys.argv[5:])
    else:
        judged = []
        for each in judge_all(sys.argv[1:]):
            judged.append(each)
            if each.outcome not in OUTCOMES[:2]:
                print(f"{each.outcome}: {each.name}: {each.said:.300}", flush=True)
        print(table(judged))
