"""The sizes of code that claims rest on still hold, roughly: tidying a model is no evidence."""

from itertools import permutations

import pytest

from tools.count_code import count_code
from vislab.studies.code_size import CODE


@pytest.mark.parametrize(("a", "b"), list(permutations(CODE, 2)))
def test_no_task_has_overtaken_another(a, b):
    now = count_code(a), count_code(b)
    if CODE[a].lines < CODE[b].lines:
        assert now[0].lines < now[1].lines
        assert now[0].lines / now[1].lines == pytest.approx(CODE[a].lines / CODE[b].lines, rel=0.25)
    if CODE[a].constants < CODE[b].constants:
        assert now[0].constants < now[1].constants
