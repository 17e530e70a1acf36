"""Every benchmark that a CPU can run, one after another, alone on the machine; each writes its table anew.

One that cannot run here, as it needs a package, a browser or a data set that is not there, is named at the end with
the reason; its table stays as it was.

    python benchmarks/run_all.py [--only compare metrics]
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
# They take over an hour, and what learning_curves writes changes what the course shows.
APART = {"learning_curves", "pretrained"}


def scripts() -> list[str]:
    """The benchmarks that write a table, by name."""
    others = [path for path in sorted(HERE.glob("*.py")) if path.stem not in {*APART, Path(__file__).stem}]
    return [path.stem for path in others if '"--write"' in _text(path)]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def run(name: str) -> str:
    """Run a benchmark and let it write; returns why it could not, or ""."""
    script = HERE / f"{name}.py"
    again = ["--again"] if '"--again"' in _text(script) else []
    environment = os.environ | {"PYTHONPATH": str(HERE.parent)}  # some drive a browser with the package tools
    done = subprocess.run(
        [sys.executable, script, *again, "--write"], stderr=subprocess.PIPE, text=True, env=environment
    )
    return (done.stderr.strip().splitlines() or ["no reason given"])[-1] if done.returncode else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=scripts(), choices=scripts())
    chosen = parser.parse_args().only
    print(f"{os.getloadavg()[0]:.1f} programs computed in the last minute; these timings want none.", flush=True)
    failed = {}
    for name in chosen:
        print(f"\n{name}", flush=True)
        started = time.monotonic()
        if reason := run(name):
            failed[name] = reason
        print(f"{name}: {(time.monotonic() - started) / 60:.1f} minutes", flush=True)
    for name, reason in failed.items():
        print(f"{name} did not run, and its table is the old one: {reason}")
    sys.exit(len(failed) > 0)


if __name__ == "__main__":
    main()
