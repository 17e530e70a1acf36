"""Print how many minutes each sitting takes: words / 200, half a minute a code cell, eight minutes an exercise.

A sitting ends at a cell of prose tagged `break`. By this count a notebook without one may take MOST minutes. Two people
who read them from top to bottom needed 75 to 100 minutes for notebooks of 58 to 60 (01 to 05, and 08), so that each
sitting of those counts as LONG_MOST at most, and takes about an hour.
"""

import sys
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from tools.build_notebooks import for_learners, read_source, sources
from vislab.course.learners_copy import BUILD_CHECK

if TYPE_CHECKING:
    from nbformat import NotebookNode

MOST, LONG_MOST = 60, 40  # minutes: an evening or a class
WORDS, CODE_CELL, EXERCISE = 200, 0.5, 8  # words a minute; minutes; minutes
BREAK = "break"


@dataclass(frozen=True)
class Load:
    """What a sitting asks of a learner."""

    words: int
    code_cells: int
    exercises: int

    @property
    def minutes(self) -> float:
        """How long that takes."""
        return self.words / WORDS + self.code_cells * CODE_CELL + self.exercises * EXERCISE


def loads_of(source: Path) -> list[Load]:
    """Count what a learner reads, runs and solves in each sitting; an exercise's cell is no code cell besides."""
    notebook = for_learners(read_source(source))
    cells = [cell for cell in notebook.cells if BUILD_CHECK not in cell.metadata.get("tags", ())]
    breaks = [sum(BREAK in cell.metadata.get("tags", ()) for cell in cells[: n + 1]) for n in range(len(cells))]
    sittings = groupby(zip(breaks, cells, strict=True), key=lambda pair: pair[0])
    return [_load([cell for _, cell in sitting]) for _, sitting in sittings]


def _load(cells: "list[NotebookNode]") -> Load:
    exercise = [cell for cell in cells if cell.metadata.get("nbgrader", {}).get("solution")]
    words = sum(len(cell.source.split()) for cell in cells if cell.cell_type == "markdown" and cell not in exercise)
    code = sum(cell.cell_type == "code" and cell not in exercise for cell in cells)
    return Load(words, code, len(exercise))


def too_long(loads: list[Load]) -> bool:
    """Whether a sitting of a notebook takes longer than it may."""
    return max(load.minutes for load in loads) > (MOST if len(loads) == 1 else LONG_MOST)


def main() -> int:
    """Print one line a sitting; 1 if one takes too long."""
    loads = {source.stem: loads_of(source) for source in sources()}
    for name, sittings in loads.items():
        for load in sittings:
            print(
                f"{name:<30} {load.minutes:4.0f} min  "
                f"({load.words:,} words, {load.code_cells} code cells, {load.exercises} exercises)"
            )
    return int(any(too_long(sittings) for sittings in loads.values()))


if __name__ == "__main__":
    sys.exit(main())
