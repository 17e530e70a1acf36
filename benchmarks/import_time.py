"""How much longer `import vislab as vl` takes than `import numpy`: python benchmarks/import_time.py.

Each import runs in a fresh interpreter, the two in turn, so that a slow moment of the machine meets both.
"""

import platform
import statistics
import subprocess
import sys
import time

REPEATS = 20


def seconds(statement: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - start


def main() -> None:
    taken: dict[str, list[float]] = {"pass": [], "import numpy": [], "import numpy, vislab as vl": []}
    for _ in range(REPEATS):
        for statement, times in taken.items():
            times.append(seconds(statement))
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {REPEATS} runs each\n")
    print("| statement | median, s | 10 % | 90 % |\n|---|---|---|---|")
    for statement, times in taken.items():
        low, *_, high = statistics.quantiles(times, n=10)
        print(f"| `{statement}` | {statistics.median(times):.3f} | {low:.3f} | {high:.3f} |")
    pairs = [v - n for v, n in zip(taken["import numpy, vislab as vl"], taken["import numpy"], strict=True)]
    print(f"\nvislab beyond numpy: {statistics.median(pairs):.3f} s (median of pairs; at most 0.1)")


if __name__ == "__main__":
    main()
