"""Build notebooks/NN_name.ipynb, and with --solutions notebooks/solutions/NN_name.ipynb, from notebooks/source.

A notebook is built anew only where its source, the package or this script has changed since. What is built is the
same on every machine with the same packages: ids, times, paths and what only one machine can say are left out.
"""

import argparse
import hashlib
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vislab.course.learners_copy import BUILD_CHECK
from vislab.system.files import writing

if TYPE_CHECKING:  # imported where it is needed, so that finding nothing to do takes no time
    from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "notebooks" / "source"
LEARNERS, SOLUTIONS = ROOT / "notebooks", ROOT / "notebooks" / "solutions"
CODE_STUB = "...  # your lines go here"
TEXT_STUB = "*Double-click here and write your answer.*"
OWN_MACHINE = "own-machine"  # tag of a cell whose output is about the machine it ran on: not kept
EXACT = "nbval-check-output"  # tag of a cell whose output is the same on every machine
MAY_DIFFER = "nbval-ignore-output"  # tag of all other cells that show something: a plain --nbval does not compare them
TIMEOUT = 300  # seconds a cell
BAR = "%|"  # in the words of tqdm's bar, as in "30 %|###   | 00:01 < 00:02"


def sources() -> list[Path]:
    """The notebooks' sources, in order."""
    return sorted(SOURCES.glob("[0-9][0-9]_*.py"))


def read_source(path: Path) -> "NotebookNode":
    """A source as a notebook with solutions and without outputs; cells have the same ids every time."""
    import jupytext
    from nbformat import NotebookNode

    notebook: NotebookNode = jupytext.read(path)
    notebook.metadata = NotebookNode(  # type: ignore[no-untyped-call]
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"},
        }
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    taken: dict[str, int] = {}
    for cell in notebook.cells:
        cell.metadata.pop("lines_to_next_cell", None)  # of the source's layout only
        tags = cell.metadata.get("tags", [])
        if cell.cell_type == "code" and EXACT not in tags and BUILD_CHECK not in tags:
            cell.metadata.tags = [*tags, MAY_DIFFER]
        name = cell.metadata.get("nbgrader", {}).get("grade_id") or hashlib.sha256(cell.source.encode()).hexdigest()[:8]
        taken[name] = taken.get(name, 0) + 1
        cell.id = name if taken[name] == 1 else f"{name}-{taken[name]}"
    return notebook


def for_learners(notebook: "NotebookNode") -> "NotebookNode":
    """The notebook with its solutions cleared and its checks locked, by nbgrader's own preprocessors; in place."""
    from nbgrader.preprocessors import ClearSolutions, ComputeChecksums, LockCells

    steps = (
        ClearSolutions(code_stub={"python": CODE_STUB}, text_stub=TEXT_STUB),
        LockCells(lock_readonly_cells=False),
        ComputeChecksums(),
    )
    for step in steps:
        notebook, _ = step.preprocess(notebook, {})
    return notebook


def execute(notebook: "NotebookNode", graded: bool = False) -> None:
    """Run all cells in the project, as a learner would who has answered nothing yet; in place.

    graded: the checks raise on anything but right. Raises nbclient's CellExecutionError, or ValueError where a cell
    writes to stderr, for which nbgrader gives 0 points and a learner gets a red box.
    """
    from nbclient import NotebookClient

    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"VISLAB_HOME": home} | ({"NBGRADER_EXECUTION": "validate"} if graded else {})
        client = NotebookClient(
            notebook,
            timeout=TIMEOUT,
            record_timing=False,
            resources={"metadata": {"path": str(ROOT)}},
            extra_arguments=["--log-level=ERROR"],
        )
        client.execute(env=environment)
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if output.output_type == "stream" and output.name == "stderr":
                raise ValueError(f"cell {cell.id} writes to stderr: {output.text}")


def tidy(notebook: "NotebookNode") -> "NotebookNode":
    """The executed notebook without what differs from run to run; controls without a kernel are switched off.

    A progress bar that has gone still has its words in the file, frozen somewhere on the way: they go too.
    """
    import nbformat

    from vislab.widgets.form import TO_RUN

    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if OWN_MACHINE in cell.metadata.get("tags", ()):
            cell.outputs = []
        if cell.cell_type == "code":
            cell.outputs = [one for one in cell.outputs if BAR not in one.get("data", {}).get("text/plain", "")]
    notebook.metadata.language_info = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"}
    state = notebook.metadata.get("widgets", {}).get("application/vnd.jupyter.widget-state+json", {}).get("state", {})
    for model in state.values():
        classes = model["state"].get("_dom_classes", ())
        if "vislab-field" in classes:
            model["state"]["disabled"] = True
        if "vislab-status" in classes:
            model["state"]["value"] = TO_RUN
    text = json.dumps(notebook)
    for number, model_id in enumerate(state):
        text = text.replace(model_id, f"{number:032x}")
    tidied: NotebookNode = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    return tidied


def made_from(source: Path) -> str:
    """A hash of all that a built notebook depends on: its source, the package, this script."""
    package = (path for path in (ROOT / "vislab").rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    found = hashlib.sha256()
    for path in sorted([*package, Path(__file__), source]):
        content = path.read_bytes().replace(b"\r\n", b"\n")
        found.update(f"{path.relative_to(ROOT).as_posix()} {len(content)}\n".encode() + content)
    return found.hexdigest()[:16]


def is_fresh(built: Path, mark: str) -> bool:
    """Whether a notebook was built from what there is now."""
    try:
        known: Any = json.loads(built.read_text(encoding="utf-8"))["metadata"]["vislab"]["made_from"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return bool(known == mark)


def build(source: Path, solutions: bool) -> str:
    """One notebook as its file's text, executed and tidied."""
    import nbformat

    mark = made_from(source)  # before it runs: what changes meanwhile asks for another build
    notebook = read_source(source)
    if not solutions:
        notebook = for_learners(notebook)
    execute(notebook, graded=solutions)
    notebook = tidy(notebook)
    notebook.metadata.vislab = {"made_from": mark}
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook)) + "\n"  # type: ignore[no-untyped-call]


def main() -> int:
    """Build what is not fresh; 1 where a notebook does not run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--solutions", action="store_true", help="with solutions, into notebooks/solutions")
    wanted = parser.parse_args()
    for source in sources():
        built = (SOLUTIONS if wanted.solutions else LEARNERS) / f"{source.stem}.ipynb"
        if is_fresh(built, made_from(source)):
            continue
        started = time.perf_counter()
        try:
            text = build(source, wanted.solutions)
        except Exception as error:
            print(f"{source.relative_to(ROOT)} cannot be built: {error}", file=sys.stderr)
            return 1
        with writing(built) as part:
            part.write_text(text, encoding="utf-8", newline="\n")
        print(f"{built.relative_to(ROOT)}: built in {time.perf_counter() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
