"""The sizes of code that claims rest on still hold, roughly: tidying a model is no evidence."""

from itertools import combinations

import pytest

from tools.count_code import count_code
from vislab.studies.examination import CODE


@pytest.mark.parametrize(("a", "b"), list(combinations(CODE, 2)))
def test_no_ratio_of_lines_has_moved_by_more_than_a_quarter(a, b):
    before, now = CODE[a].lines / CODE[b].lines, count_code(a).lines / count_code(b).lines
    assert 1 / 1.25 < now / before < 1.25


def test_instance_segmentation_still_has_the_most_constants():
    now = {task: count_code(task).constants for task in CODE}
    assert max(now, key=now.get) == max(CODE, key=lambda task: CODE[task].constants) == "instance"
