"""Hand out the course and open JupyterLab on it.

Its settings stand in settings/ and hold for this JupyterLab only: no teacher's buttons, no news, widgets kept.
"""

import os
import subprocess
import sys
from pathlib import Path

from vislab.course.work_copy import hand_out
from vislab.system.console import say
from vislab.system.files import home

HERE = Path(__file__).parent
IN_WHEEL = HERE / "notebooks"  # where a wheel has them, without outputs
FIRST = "00_four_questions.ipynb"


def notebooks() -> Path:
    """The folder of the notebooks and the glossary: in the installed package, or beside it in the project."""
    return IN_WHEEL if IN_WHEEL.is_dir() else HERE.parents[1] / "notebooks"


def give_course(folder: Path) -> None:
    """Bring notebooks and glossary into a folder, and say what is new; nothing that was changed there is overwritten.

    Raises VislabError if the disk refuses.
    """
    for line in hand_out(notebooks(), folder):
        say(line)


def open_lab(folder: Path | None = None, browser: bool = True) -> int:
    """Hand out the notebooks into work/ in a folder, open JupyterLab there and wait for its end; its exit status.

    folder: what home() is for these notebooks, with data/, runs/ and work/; None takes home() as it is.
    browser: whether to open one; else JupyterLab prints its address. Raises VislabError if the disk refuses.
    """
    top = home() if folder is None else folder.expanduser().resolve()
    work = top / "work"
    first_time = not (work / FIRST).exists()
    give_course(work)
    own = {} if folder is None else {"VISLAB_HOME": str(top)}
    line = command(work, first_time, [] if browser else ["--no-browser"])
    try:
        return subprocess.call(line, env=environment() | own, cwd=work)
    except KeyboardInterrupt:
        return 0


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
    paths = [str(HERE / "settings"), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    return os.environ | {"JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, paths))}
