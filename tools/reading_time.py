"""Print how many minutes each notebook takes: words / 200, half a minute a code cell, eight minutes an exercise."""

import sys
from dataclasses import dataclass
from pathlib import Path

from tools.build_notebooks import for_learners, read_source, sources
from tools.work_copy import BUILD_CHECK

MOST = 60  # minutes: an evening or a class
WORDS, CODE_CELL, EXERCISE = 200, 0.5, 8  # words a minute; minutes; minutes


@dataclass(frozen=True)
class Load:
    """What a notebook asks of a learner."""

    words: int
    code_cells: int
    exercises: int

    @property
    def minutes(self) -> float:
        """How long that takes."""
        return self.words / WORDS + self.code_cells * CODE_CELL + self.exercises * EXERCISE


def load_of(source: Path) -> Load:
    """Count what a learner reads, runs and solves; an exercise's cell counts as an exercise, not as a code cell."""
    notebook = for_learners(read_source(source))
    cells = [cell for cell in notebook.cells if BUILD_CHECK not in cell.metadata.get("tags", ())]
    exercise = [cell for cell in cells if cell.metadata.get("nbgrader", {}).get("solution")]
    words = sum(len(cell.source.split()) for cell in cells if cell.cell_type == "markdown" and cell not in exercise)
    code = sum(cell.cell_type == "code" and cell not in exercise for cell in cells)
    return Load(words, code, len(exercise))


def main() -> int:
    """Print one line a notebook; 1 where one takes too long."""
    loads = {source.stem: load_of(source) for source in sources()}
    for name, load in loads.items():
        print(
            f"{name:<28} {load.minutes:4.0f} min  "
            f"({load.words:,} words, {load.code_cells} code cells, {load.exercises} exercises)"
        )
    return int(any(load.minutes > MOST for load in loads.values()))


if __name__ == "__main__":
    sys.exit(main())
