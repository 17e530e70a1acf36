"""How much longer `import vislab as vl` takes than `import numpy`: python benchmarks/import_time.py [--write].

Each import runs in a fresh interpreter, the two in turn, so that a slow moment of the machine meets both.
"""

import argparse
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

REPEATS = 20


def seconds(statement: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - start


def table() -> str:
    taken: dict[str, list[float]] = {"pass": [], "import numpy": [], "import numpy, vislab as vl": []}
    for _ in range(REPEATS):
        for statement, times in taken.items():
            times.append(seconds(statement))
    lines = [
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {REPEATS} runs each\n",
        "| statement | median, s | 10 % | 90 % |\n|---|---|---|---|",
    ]
    for statement, times in taken.items():
        low, *_, high = statistics.quantiles(times, n=10)
        lines.append(f"| `{statement}` | {statistics.median(times):.3f} | {low:.3f} | {high:.3f} |")
    pairs = [v - n for v, n in zip(taken["import numpy, vislab as vl"], taken["import numpy"], strict=True)]
    lines.append(f"\nvislab beyond numpy: {statistics.median(pairs):.3f} s (median of pairs; at most 0.1)")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="into benchmarks/results")
    wanted = parser.parse_args()
    text = table()
    print(text)
    if wanted.write:
        (Path(__file__).parent / "results" / "import_time.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
