"""How much memory a learner's kernel holds that is idle after notebook 00, and how much of it the imports (Linux only).

`python benchmarks/kernel_memory.py` starts two kernels, each with an empty home. The first imports libraries one by
one. The second runs all cells of the learner's copy of the notebook, whose exercises are not solved. PSS shares each
page among the processes that map it, so run nothing else that uses torch meanwhile; "own" pages are no other's.
"""

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

from tools.work_copy import learners_copy

NOTEBOOK = Path("notebooks/00_four_questions.ipynb")
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


def main() -> None:
    """Print the table."""
    print(f"Python {platform.python_version()}, {platform.machine()}, torch {version('torch')}\n", flush=True)
    print(f"| Step | {', MB | '.join(KINDS)}, MB |\n|---|{'---|' * len(KINDS)}", flush=True)
    with started_kernel() as (client, process):
        print(row("bare kernel", process))
        for name, code in IMPORTS.items():
            run(client, code)
            print(row(f"+ {name}", process), flush=True)
    cells = [cell for cell in json.loads(learners_copy(NOTEBOOK))["cells"] if cell["cell_type"] == "code"]
    with started_kernel() as (client, process):
        for number, cell in enumerate(cells):
            source = "".join(cell["source"])
            run(client, source)
            if number == 0 or "check_machine" in source:
                print(row("notebook 00, first cell" if number == 0 else "check_machine()", process), flush=True)
        time.sleep(IDLE)
        print(row("notebook 00, all cells, idle", process))
        print("\nLoaded at the end:", run(client, f"import sys; print([m for m in {HEAVY} if m in sys.modules])"))


if __name__ == "__main__":
    main()
