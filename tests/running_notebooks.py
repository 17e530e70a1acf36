"""The notebooks, run by nbval as a maintainer types it: every error, every output that is not tagged to be ignored."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat

from tools.build_notebooks import EXACT, LEARNERS, read_source, sources


def built(source: Path) -> nbformat.NotebookNode:
    """The learners' notebook that was built from a source."""
    path = LEARNERS / f"{source.stem}.ipynb"
    assert path.exists(), f"{path.name} is not built; run make notebooks"
    return nbformat.read(path, as_version=4)


def run_nbval(folder: Path, home: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the notebooks of a folder."""
    nbval = ["--nbval", "--nbval-cell-timeout", "900", "-q", "-p", "no:cacheprovider", "-c", os.devnull]
    nbval += ["-n", "2", "--dist", "loadfile"]  # two notebooks at a time, each from its first cell to its last
    command = [sys.executable, "-m", "pytest", *nbval, f"--rootdir={folder}", str(folder)]
    environment = os.environ | {"VISLAB_HOME": str(home)} | variables
    environment.pop("PYTEST_ADDOPTS", None)
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def run_solutions(folder: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """Write the notebooks with their solutions into a folder and run them as a grader does."""
    for source in sources():
        notebook, there = read_source(source), built(source)
        for cell, kept in zip(notebook.cells, there.cells, strict=True):
            if EXACT in cell.metadata.get("tags", ()):
                cell.execution_count = kept.execution_count
                cell.outputs = kept.outputs  # the same text is expected, whatever an exercise is answered with
        nbformat.write(notebook, folder / f"{source.stem}.ipynb")
    return run_nbval(folder, home, NBGRADER_EXECUTION="validate")
