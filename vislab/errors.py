"""The one error of vislab: a sentence that says what was expected, what came, and how to mend it.

And two questions that are asked before it is raised.
"""

import math
from numbers import Real
from typing import Any


class VislabError(ValueError):
    """Bad input, in one sentence that names the file or picture and how to mend it.

    In a notebook it shows as that sentence alone: the learner's own line is in the cell above, and the frames below it
    are vislab's.
    """

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback."""
        return [f"VislabError: {self}"]


def is_number(value: Any) -> bool:
    """Whether it is a finite number; True and False are none."""
    try:
        return not isinstance(value, bool) and isinstance(value, Real) and math.isfinite(value)
    except OverflowError:  # a whole number beyond the largest float
        return False


def is_whole(value: Any, least: int = 1) -> bool:
    """Whether it is a whole number from `least` on; True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= least
