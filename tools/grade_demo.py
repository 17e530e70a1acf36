"""Go the classroom's way with nbgrader, from a notebook's source to marks and feedback: `make grade-demo`.

An assignment is generated and released; two learners hand in, one with every exercise right, one with wrong answers
and the last exercise untouched; both are graded by nbgrader's own commands and get feedback. The marks in the
gradebook are printed, and it ends with 1 where one is not as it should be. The course it made stays in
work/grade-demo, to look at; the next run replaces it. No file of your own is read or written.
"""

import argparse
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tools.build_notebooks import CODE_STUB, TEXT_STUB, TIMEOUT, read_source
from tools.choose_notebooks import choose
from vislab.errors import VislabError
from vislab.plotting.tables import lay_out
from vislab.system.files import home

if TYPE_CHECKING:  # imported where it is needed: bad input is told at once
    from nbformat import NotebookNode

RIGHT, WRONG = "all-right", "some-wrong"  # the two learners
# What nbgrader needs to know, for this course and for one of your own.
CONFIG = f"""\
import os
from pathlib import Path

c = get_config()
c.CourseDirectory.course_id = "vislab"
c.CourseDirectory.root = str(Path(__file__).parent)
c.ClearSolutions.code_stub = {{"python": {CODE_STUB!r}}}
c.ClearSolutions.text_stub = {TEXT_STUB!r}
c.LockCells.lock_readonly_cells = False
c.Execute.timeout = {TIMEOUT}  # seconds a cell; nbgrader's own 30 would stop a training
# Attempts and trained models of those who hand in are kept here, and not among your own.
os.environ["VISLAB_HOME"] = str(Path(__file__).parent / "home")
"""
ANSWERS = {  # exercise → what some learners answer, and is wrong
    "semantic-mask": "return instances",
    "label": "return int((semantic == 2).sum() > 12)",
    "ninety-five": "Nothing more: 95 is more than 90.",
}
ANY_CODE, ANY_TEXT = "return 0", "I do not know."
SOLUTION = re.compile(r"^( *)### BEGIN SOLUTION\n(.*?)^ *### END SOLUTION$", flags=re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, order=True)
class Mark:
    """What a learner got for an exercise. points: None where a person has to grade it."""

    learner: str
    notebook: str
    exercise: str
    points: float | None
    of: float

    def __str__(self) -> str:
        return f"needs a person (of {self.of:g})" if self.points is None else f"{self.points:g} of {self.of:g}"


def exercises(notebook: "NotebookNode") -> "dict[str, NotebookNode]":
    """The cells that a learner fills in, by their name."""
    cells = {cell.metadata["nbgrader"]["grade_id"]: cell for cell in notebook.cells if "nbgrader" in cell.metadata}
    return {name: cell for name, cell in cells.items() if cell.metadata["nbgrader"]["solution"]}


def answered(source: str, line: str | None = None) -> str:
    """A cell's source with its solution bare, or with a line in place of it."""
    return SOLUTION.sub(lambda found: found[2].rstrip("\n") if line is None else found[1] + line, source)


def hand_in(released: "NotebookNode", source: "NotebookNode", learner: str) -> "NotebookNode":
    """The released notebook with a learner's answers in it; in place."""
    solved = exercises(source)
    untouched = [name for name, cell in solved.items() if cell.cell_type == "code"][-1:]
    for name, cell in exercises(released).items():
        if learner == RIGHT:
            cell.source = answered(solved[name].source)
        elif cell.cell_type == "markdown":
            cell.source = ANSWERS.get(name, ANY_TEXT)
        elif name not in untouched:
            cell.source = answered(solved[name].source, ANSWERS.get(name, ANY_CODE))
    return released


def expected_marks(notebook: str, source: "NotebookNode") -> Iterator[Mark]:
    """What both learners should get: nothing where a person grades, else all points or none."""
    for cell in source.cells:
        about = cell.metadata.get("nbgrader", {})
        if about.get("grade"):
            for learner in (RIGHT, WRONG):
                points = None if about["solution"] else float(about["points"] * (learner == RIGHT))
                yield Mark(learner, notebook, about["grade_id"].removeprefix("check-"), points, about["points"])


def read_marks(course: Path, notebook: str) -> Iterator[Mark]:
    """What the gradebook says of a notebook's submissions."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "vislab") as book:
        for learner in (RIGHT, WRONG):
            for grade in book.find_submission_notebook(notebook, notebook, learner).grades:
                points = None if grade.needs_manual_grade else grade.score
                yield Mark(learner, notebook, grade.name.removeprefix("check-"), points, grade.max_score)


def nbgrader(course: Path, *command: str) -> None:
    """One of nbgrader's commands in the course's folder, with no other settings than the course's own."""
    print("nbgrader", *command, flush=True)
    # It calls alembic by its name, and the settings of your own are not meant.
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    environment = os.environ | {"PATH": path, "JUPYTER_CONFIG_DIR": str(course / "home"), "JUPYTER_CONFIG_PATH": ""}
    line = [sys.executable, "-m", "nbgrader", *command]
    ran = subprocess.run(line, cwd=course, env=environment, capture_output=True, text=True)
    if ran.returncode:
        raise VislabError(f"nbgrader {' '.join(command)} ended with {ran.returncode} and said:\n{ran.stderr[-2000:]}")


def go(course: Path, source: Path) -> None:
    """From a source to feedback, in a course's folder."""
    import nbformat

    name, solved = source.stem, read_source(source)

    def keep(notebook: "NotebookNode", *folders: str) -> None:
        place = course.joinpath(*folders, name)
        place.mkdir(parents=True)
        nbformat.write(notebook, place / f"{name}.ipynb")  # type: ignore[no-untyped-call]

    keep(solved, "source")
    nbgrader(course, "generate_assignment", name)
    for learner in (RIGHT, WRONG):
        released = nbformat.read(course / "release" / name / f"{name}.ipynb", as_version=4)  # type: ignore[no-untyped-call]
        keep(hand_in(released, solved, learner), "submitted", learner)
    nbgrader(course, "autograde", name)
    nbgrader(course, "generate_feedback", name)


def demonstrate(chosen: list[Path], place: Path) -> list[str]:
    """Go all the way for some notebooks, print the marks, leave the course at `place`; returns what is not right."""
    from nbgrader.utils import rmtree  # removes what is read-only too, as nbgrader's files are

    course = place.with_name(f".{place.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        (course / "home").mkdir(parents=True)
        (course / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
        for source in chosen:
            go(course, source)
        names = {source.stem: source for source in chosen}
        marks = [mark for name in names for mark in read_marks(course, name)]
        expected = [mark for name, source in names.items() for mark in expected_marks(name, read_source(source))]
        rows = [("learner", "notebook", "exercise", "points")]
        rows += [(mark.learner, mark.notebook, mark.exercise, str(mark)) for mark in marks]
        print("", *lay_out(rows, (1,)), "", sep="\n")
        if place.exists():
            rmtree(str(place))
        course.replace(place)
    except OSError as error:
        raise VislabError(f"{place}: cannot be written ({error.strerror or error}); make room") from error
    finally:
        if course.exists():
            rmtree(str(course))
    return compare(marks, expected)


def compare(marks: list[Mark], expected: list[Mark]) -> list[str]:
    """A line for each mark that is not as it should be."""

    def places(found: list[Mark]) -> dict[tuple[str, str, str], str]:
        return {(mark.learner, mark.notebook, mark.exercise): str(mark) for mark in found}

    got, due = places(marks), places(expected)
    return [
        f"{', '.join(place)}: {got.get(place, 'no mark')}, but it should be {due.get(place, 'no mark')}"
        for place in sorted(got.keys() | due.keys())
        if got.get(place) != due.get(place)
    ]


def main() -> int:
    """Grade the notebooks named, 00 where none is; 1 where a mark is wrong, 2 where it cannot be done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="*", default=["00"], help="by number, for example: 00 04")
    place = home() / "work" / "grade-demo"
    try:
        wrong = demonstrate(choose(parser.parse_args().notebooks), place)
    except ModuleNotFoundError as error:
        print(f"{error.name} is not installed; it comes with `make setup` or `pip install -e .[dev]`", file=sys.stderr)
        return 2
    except VislabError as error:
        print(error, file=sys.stderr)
        return 2
    print(*wrong or ["Every mark is as it should be."], sep="\n")
    print(f"What learners will read: {place / 'feedback'}\nThe course, with its gradebook: {place}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
