"""Run the fast tests on every Python that vislab promises, and with the oldest packages it allows: `make matrix`.

Each gets an environment of its own in .venv/matrix. A Python that is not on the PATH is named and left out, unless
CI=true. Give names to run only some of them: `make matrix ARGS="3.13 oldest"`.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from vislab.system.machine import PYTHONS

ROOT = Path(__file__).parents[1]
UV = str(Path(sys.executable).parent / "uv")
VERSIONS = [f"3.{minor}" for minor in range(PYTHONS[0][1], PYTHONS[1][1])]
OLDEST = "oldest"  # the first Python with the oldest versions that pyproject.toml allows
LOCKED = ["--require-hashes", *(f"--requirements=requirements{kind}.lock" for kind in ("", "-torch", "-dev"))]
LOWEST = ["--resolution=lowest-direct", "--requirements=pyproject.toml", "--all-extras"]
TESTS = ["-p", "no:nbval", "--ignore=tests/browser", "-m", "not notebook and not browser and not wheel and not slow"]


def main() -> int:
    """Run those that are named, else all; 1 if one of them failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    names = [*VERSIONS, OLDEST]
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(names)}; all if none is given")
    chosen = parser.parse_args().names or names
    if unknown := [name for name in chosen if name not in names]:
        parser.error(f"there is no {unknown[0]}: choose from {', '.join(names)}")
    outcomes = {name: run_tests(name) for name in chosen}
    print("\n".join(f"{name:<8}{outcome}" for name, outcome in outcomes.items()))
    return int("failed" in outcomes.values() or (os.environ.get("CI") == "true" and "not here" in outcomes.values()))


def run_tests(name: str) -> str:
    """Set up one environment and run the fast tests in it: "passed", "failed" or "not here"."""
    version = VERSIONS[0] if name == OLDEST else name
    found = subprocess.run([UV, "python", "find", "--no-python-downloads", "--system", version], capture_output=True)
    if found.returncode:
        return "not here"
    place = ROOT / ".venv" / "matrix" / name
    python = str(place / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    install = [UV, "pip", "install", "--quiet", "--python", python]
    steps = [
        [UV, "venv", "--quiet", "--clear", "--python", found.stdout.decode().strip(), str(place)],
        [*install, *(LOWEST if name == OLDEST else LOCKED)],
        [*install, "--no-deps", "--editable", "."],
        [python, "-m", "pytest", "--quiet", "--numprocesses=2", *TESTS],
    ]
    print(f"{name}: {found.stdout.decode().strip()}", flush=True)
    return "passed" if all(subprocess.run(step, cwd=ROOT).returncode == 0 for step in steps) else "failed"


if __name__ == "__main__":
    sys.exit(main())
