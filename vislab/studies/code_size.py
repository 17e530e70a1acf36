"""How much code a task takes: proxies of how complicated it is to build.

The figures were counted once, by tools/count_code.py at commit 207e168, and no study counts them anew: tidying a model
must not change the verdict of a published claim. A test counts again, and fails if a ratio of two tasks' lines has
moved by more than a quarter, or another task has the most constants: then the tasks themselves have changed, and the
figures must follow. Smaller differences, as between regression and semantic, come and go with tidying.
"""

from typing import NamedTuple

from vislab.models.predictions import Task


class CodeSize(NamedTuple):
    """lines: of code of its own, beside the encoder that all share. constants: numbers that somebody had to choose."""

    lines: int
    constants: int


CODE: dict[Task, CodeSize] = {
    "classification": CodeSize(lines=47, constants=0),
    "regression": CodeSize(lines=54, constants=0),
    "semantic": CodeSize(lines=59, constants=0),
    "instance": CodeSize(lines=207, constants=6),
}
