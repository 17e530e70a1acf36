"""Open JupyterLab on the learner's copy of the notebooks; what follows on the command line goes to JupyterLab.

Its settings stand in tools/lab and hold for this JupyterLab only: no teacher's buttons, no news, widgets kept.
"""

import os
import subprocess
import sys
from pathlib import Path

from tools.work_copy import hand_out
from vislab.errors import VislabError
from vislab.system.files import home

ROOT = Path(__file__).resolve().parent.parent
FIRST = "00_four_questions.ipynb"


def command(work: Path, first_time: bool, rest: list[str]) -> list[str]:
    """How JupyterLab is started: on the first notebook the first time, later where the learner left off."""
    line = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={work}"]
    if first_time:
        line.append(f"--LabApp.default_url=/lab/tree/{FIRST}")
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # in a container one is root, and Jupyter wants that said
        line.append("--allow-root")
    return line + rest


def environment() -> dict[str, str]:
    """The environment with our settings before all others; none of the user's own is changed."""
    paths = [str(ROOT / "tools" / "lab"), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    return os.environ | {"JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, paths))}


def main() -> int:
    """Hand out the notebooks, say what is new, open JupyterLab and wait for its end."""
    work = home() / "work"
    first_time = not (work / FIRST).exists()
    try:
        for line in hand_out(ROOT / "notebooks", work):
            print(line)
    except VislabError as error:
        print(error, file=sys.stderr)
        return 1
    try:
        return subprocess.call(command(work, first_time, sys.argv[1:]), env=environment(), cwd=work)
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
