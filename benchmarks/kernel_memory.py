"""How much memory a learner's kernel holds that is idle after notebook 00, and how much of it the imports (Linux only).

`python benchmarks/kernel_memory.py [--write]` starts two kernels, each with an empty home. The first imports libraries
one by one. The second runs all cells of the learner's copy of the notebook, whose exercises are not solved. PSS shares
each page among the processes that map it, so run nothing else that uses torch meanwhile; "own" pages are no other's.
"""

import argparse
import json
import os
import platform
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from vislab.course.learners_copy import learners_copy

NOTEBOOK = Path("notebooks/00_four_questions.ipynb")
RESULT = Path(__file__).parent / "results" / "kernel_memory.md"
IDLE = 5.0  # seconds without work before the memory is read
IMPORTS = {
    "numpy": "import numpy",
    "torch": "import torch",
    "matplotlib": "import matplotlib.figure, matplotlib.backends.backend_agg",
    "widgets": "import ipywidgets, anywidget",
    "scikit-image's and SciPy's parts": "from skimage.measure import label; from scipy.special import stdtrit",
    "vislab's own": (
        "import vislab as vl\nfor name in 'draw pretrained predict view show compare quiz guess'.split():\n"
        "    getattr(vl, name)"
    ),
    "torchvision, if it were loaded": "import torchvision.ops",
}
HEAVY = ("torchvision", "torch._dynamo", "sympy", "scipy.stats", "pandas", "triton")
KINDS = {"PSS": "Pss", "RSS": "Rss", "own": "Private_Dirty"}  # column: field of /proc/PID/smaps_rollup

ABOUT = """\
Two kernels with empty homes: one imports libraries one by one; one runs all cells of the learner's copy of notebook
00, unsolved, and is read 5 s after the last. Pages that other programs share count in part in PSS, in full in RSS, and
not as "own"; beside other programs that use torch, PSS is less than alone.

Measured on 2026-11-30, two cores, beside other programs that used torch, some from the same files, with torch's build
for NVIDIA's GPUs; its build for the CPU alone was not measured. A second run of the notebook ended at 546, 791 and 479
MB. The goal, 0.5 GB of PSS, is not reached. Imports held 417 MB of PSS, 302 MB of them torch; of the rest, the
notebook's tensors were 44 MB, and `malloc_trim` gave 15 MB more back at the end. Before two changes, one run of the
same cells ended at 722, 997 and 613 MB:

- `check_machine` loaded torchvision, which brings torch's compiler and SymPy. It now loads torchvision's compiled
  operators alone.
- After the first prediction the process kept all memory that it freed; `malloc_trim` gave 56 MB back at the end. It now
  goes back after every prediction and training.
"""


@contextmanager
def started_kernel() -> Iterator[tuple[BlockingKernelClient, int]]:
    """A kernel in an empty home, and its process."""
    with tempfile.TemporaryDirectory() as home:
        manager = KernelManager()
        manager.start_kernel(env=os.environ | {"VISLAB_HOME": home}, extra_arguments=["--log-level=ERROR"])
        client = manager.blocking_client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=120)
            yield client, int(run(client, "import os; print(os.getpid())"))
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)


def run(client: BlockingKernelClient, code: str) -> str:
    """Run a cell, even if it fails, as one without a solution does; returns what it printed."""
    said: list[str] = []

    def hear(message: dict[str, Any]) -> None:
        if message["msg_type"] == "stream":
            said.append(message["content"]["text"])

    client.execute_interactive(code, timeout=600, output_hook=hear)
    return "".join(said)


def row(step: str, process: int) -> str:
    """A line of the table: what the process holds now, in MB."""
    fields = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
    kilobytes = dict(re.findall(r"^(\w+): +(\d+) kB", fields, re.MULTILINE))
    return f"| {step} | " + " | ".join(f"{int(kilobytes[kind]) * 1024 / 1e6:,.0f}" for kind in KINDS.values()) + " |"


def measure() -> Iterator[str]:
    """The lines of the table, and what was loaded at the end."""
    yield f"| Step | {', MB | '.join(KINDS)}, MB |\n|---|{'---|' * len(KINDS)}"
    with started_kernel() as (client, process):
        yield row("bare kernel", process)
        for name, code in IMPORTS.items():
            run(client, code)
            yield row(f"+ {name}", process)
    cells = [cell for cell in json.loads(learners_copy(NOTEBOOK))["cells"] if cell["cell_type"] == "code"]
    with started_kernel() as (client, process):
        for number, cell in enumerate(cells):
            source = "".join(cell["source"])
            run(client, source)
            if number == 0 or "check_machine" in source:
                yield row("notebook 00, first cell" if number == 0 else "check_machine()", process)
        time.sleep(IDLE)
        yield row("notebook 00, all cells, idle", process)
        loaded = run(client, f"import sys; print(*[m for m in {HEAVY} if m in sys.modules], sep=', ')").strip()
        yield f"\nOf {', '.join(HEAVY)}, loaded at the end: {loaded or 'none'}."


def main() -> None:
    """Print the table, and with --write keep it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"put it into {RESULT.name}")
    given = parser.parse_args()
    versions = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, torch {version('torch')}"
    lines = [f"# The memory of an idle kernel\n\nMade by `benchmarks/kernel_memory.py`, one run. {versions}.\n"]
    for line in measure():
        lines.append(line)
        print(line, flush=True)
    if given.write:
        RESULT.write_text("\n".join([*lines, "", ABOUT]), encoding="utf-8")


if __name__ == "__main__":
    main()
