"""Run notebooks with other training seeds, to see whether the bounds that their cells assert hold: `make test-seeds`.

A cell bounds what a model has learned by an assertion; other seeds tell whether the bound is wide enough. Only
the seeds of models and trainings (SEEDED) move: the pictures stay the same. Each notebook runs with its solutions and
on to its end after a cell has failed; steps run beside each other, each in a temporary home. The report has the cells
that failed, and each number of an assertion that moved with the seed, beside the number it is compared with, so that
the margin shows.
"""

import argparse
import ast
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.build_notebooks import ROOT, TIMEOUT, read_source
from tools.choose_notebooks import choose
from vislab.errors import VislabError
from vislab.plotting.tables import lay_out
from vislab.system.workers import run_beside

if TYPE_CHECKING:  # imported where it is needed: bad input is told at once
    from nbformat import NotebookNode

SEEDED = {"vl.build": 3, "vl.fit": None, "vl.learning_curve": None, "torch.manual_seed": 0}  # call: place of its seed
STEPS = (1, 2)  # what is added to each seed
LONGEST = 48  # characters of an expression that are shown
# Put before and after a notebook's cells: what an assertion compares is kept, and told at the end.
BEFORE = """\
_seen = {}
def _see(place, value):
    try:
        kept = value.item() if hasattr(value, "item") else value
    except (TypeError, ValueError, RuntimeError):  # more than one number
        kept = value
    kept = kept if isinstance(kept, (bool, int, float, str)) else " ".join(repr(kept).split())[:40]
    _seen.setdefault(place, []).append(kept)
    return value"""
AFTER = "import json; print(json.dumps(_seen))"


@dataclass(frozen=True)
class Ran:
    """A run of a notebook with its seeds moved by a step.

    failed: a line for each cell that failed. seen: line, expression and comparison, apart by tabs → the values that an
    assertion compared, in the order in which it came by.
    """

    notebook: str
    step: int
    seconds: float
    failed: list[str]
    seen: dict[str, list[Any]] = field(repr=False)

    def __str__(self) -> str:
        outcome = "passed" if not self.failed else f"{len(self.failed)} of its cells failed"
        return f"{self.notebook}, seeds + {self.step}: {outcome}, after {self.seconds:.0f} s"


class Moved(ast.NodeTransformer):
    """A cell's code with the seeds of its trainings moved, and with assertions that keep what they compare.

    first: the line of the source on which the cell begins.
    """

    def __init__(self, step: int, first: int) -> None:
        self.step, self.first = step, first

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Add the step to the seed; one that is not given is 0."""
        self.generic_visit(node)
        name = ast.unparse(node.func)
        if name not in SEEDED:
            return node
        place = SEEDED[name]
        if place is not None and len(node.args) > place:
            node.args[place] = self._later(node.args[place])
        elif given := [keyword for keyword in node.keywords if keyword.arg == "seed"]:
            given[0].value = self._later(given[0].value)
        else:
            node.keywords.append(ast.keyword("seed", ast.Constant(self.step)))
        return node

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        """Keep what is compared, and let a failure say where it stands."""
        line = self.first + node.lineno - 1
        node.msg = ast.Constant(f"{line}: {ast.unparse(node.test)}")
        node.test = self._watched(node.test, line)
        return self.generic_visit(node)

    def _later(self, seed: ast.expr) -> ast.expr:
        return ast.BinOp(seed, ast.Add(), ast.Constant(self.step))

    def _watched(self, test: ast.expr, line: int) -> ast.expr:
        """A condition whose parts are kept when they are reached; what stands there as a number is not."""
        if isinstance(test, ast.BoolOp):
            test.values = [self._watched(part, line) for part in test.values]
        elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            test.operand = self._watched(test.operand, line)
        elif isinstance(test, ast.Compare):
            bound = ast.unparse(test)
            test.left = self._kept(test.left, line, bound)
            test.comparators = [self._kept(side, line, bound) for side in test.comparators]
        else:
            return self._kept(test, line, "")
        return test

    def _kept(self, value: ast.expr, line: int, bound: str) -> ast.expr:
        try:
            ast.literal_eval(value)
        except ValueError:
            place = ast.Constant(f"{line}\t{ast.unparse(value)}\t{bound}")
            return ast.Call(ast.Name("_see", ast.Load()), [place, value], [])
        return value


def move(code: str, step: int, first: int = 1) -> str:
    """A cell's code with its seeds moved by a step, and its assertions watched."""
    tree = Moved(step, first).visit(ast.parse(code))
    return ast.unparse(ast.fix_missing_locations(tree))


def first_lines(text: str, notebook: "NotebookNode") -> Iterator[int]:
    """On which line of the source each cell begins; of text, whose lines begin with #, the cell before's."""
    at = 0
    for cell in notebook.cells:
        at = max(at, text.find(cell.source, at))
        yield text.count("\n", 0, at) + 1


def run(source: Path, step: int, home: str) -> Ran:
    """Run a notebook with its seeds moved; a kernel that dies or hangs is a failure like others."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from nbformat.v4 import new_code_cell

    notebook = read_source(source)
    places = list(first_lines(source.read_text(encoding="utf-8"), notebook))
    for cell, first in zip(notebook.cells, places, strict=True):
        if cell.cell_type == "code":
            cell.source = move(cell.source, step, first)
    before, after = new_code_cell(BEFORE), new_code_cell(AFTER)  # type: ignore[no-untyped-call]
    cells, notebook.cells = notebook.cells, [before, *notebook.cells, after]
    place = {"metadata": {"path": str(ROOT)}}
    quiet = ["--log-level=ERROR"]
    client = NotebookClient(notebook, timeout=TIMEOUT, allow_errors=True, resources=place, extra_arguments=quiet)
    started, stopped = time.perf_counter(), []
    try:
        client.execute(env=os.environ | {"VISLAB_HOME": home, "NBGRADER_EXECUTION": "validate"})
    except (CellTimeoutError, DeadKernelError) as error:
        stopped = [f"stopped: {str(error).strip().splitlines()[0]}"]
    seen = json.loads(after.outputs[0].text) if after.outputs else {}
    failed = [line for cell, first in zip(cells, places, strict=True) for line in _failures(cell, first, seen)]
    return Ran(source.stem, step, time.perf_counter() - started, failed + stopped, seen)


def run_all(sources: Sequence[Path], step: int, tell: Callable[[float], None]) -> list[Ran]:
    """Run notebooks in order in a home of their own, their seeds moved by a step; tell: which share of them is done."""
    runs: list[Ran] = []
    with tempfile.TemporaryDirectory() as home:
        for source in sources:
            tell(len(runs) / len(sources))
            runs.append(run(source, step, home))
            print(runs[-1], flush=True)
    return runs


def _failures(cell: "NotebookNode", first: int, seen: dict[str, list[Any]]) -> Iterator[str]:
    """What went wrong in a cell: an assertion with its numbers, or another error's first line."""
    for output in cell.get("outputs", ()):
        if output.output_type == "error":
            line, colon, test = output.evalue.partition(": ")
            if output.ename == "AssertionError" and line.isdecimal() and colon:
                parts = {place.split("\t")[1]: values[-1] for place, values in seen.items()
                         if place.startswith(f"{line}\t")}  # fmt: skip
                yield f"line {line}: {test}, where " + ", ".join(f"{p} is {_shown([v])}" for p, v in parts.items())
            else:
                yield f"the cell of line {first}: {output.ename}: {output.evalue.splitlines()[0]}"


def _shown(values: Sequence[Any]) -> str:
    """A number, or from the least to the most; other values as they are."""
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return " to ".join(dict.fromkeys(f"{end:.4g}" for end in (min(values), max(values))))
    return ", ".join(dict.fromkeys(map(str, values)))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def moved_numbers(runs: Sequence[Ran]) -> list[tuple[str, ...]]:
    """Rows, headings first: what assertions compared and was not the same with all seeds; with one seed, everything."""
    steps = sorted({run.step for run in runs})
    rows: list[tuple[str, ...]] = [("", "line", "number", "is asserted as", *(f"seeds + {step}" for step in steps))]
    for notebook in dict.fromkeys(run.notebook for run in runs):
        by_step = {run.step: run.seen for run in runs if run.notebook == notebook}
        for place in dict.fromkeys(place for seen in by_step.values() for place in seen):
            values = [by_step.get(step, {}).get(place) for step in steps]
            if len(steps) == 1 or any(value != values[0] for value in values):
                line, number, bound = place.split("\t")
                shown = ("not reached" if value is None else _shown(value) for value in values)
                rows.append((notebook[:2], line, _short(number), _short(bound), *shown))
    return rows


def report(runs: Sequence[Ran]) -> str:
    """All runs as text: who passed, what failed, and the numbers that moved."""
    done = [("notebook", "seeds", "seconds", "cells that failed")]
    done += [(run.notebook, f"+ {run.step}", f"{run.seconds:.0f}", str(len(run.failed) or "none")) for run in runs]
    failed = [f"{run.notebook}, seeds + {run.step}, {line}" for run in runs for line in run.failed]
    numbers = lay_out(moved_numbers(runs), (1,))
    return "\n".join([*numbers, "", *lay_out(done, (1,)), *([""] if failed else []), *failed])


def main() -> int:
    """Run the notebooks named, or all; 1 where a cell failed, 2 where there is no such notebook."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="*", help="by number, for example: 01 03; all if none is named")
    parser.add_argument("--steps", nargs="+", type=int, default=STEPS, help="what is added to each seed (1 2)")
    wanted = parser.parse_args()
    try:
        chosen = choose(wanted.notebooks)
    except VislabError as error:
        print(error, file=sys.stderr)
        return 2
    from tools.try_seeds import run_all  # other processes find it by this module's name, not as __main__

    jobs = {f"seeds + {step}": (chosen, step) for step in wanted.steps}
    by_step = run_beside(run_all, jobs, "notebooks").values()
    runs = [run for same_notebook in zip(*by_step, strict=True) for run in same_notebook]
    print("", report(runs), sep="\n")
    return int(any(run.failed for run in runs))


if __name__ == "__main__":
    sys.exit(main())
