"""Opening a notebook changes nothing in it, so that closing it asks nothing."""

import pytest

from tools.drive_lab import PANEL
from vislab.course.lab import FIRST

pytestmark = pytest.mark.browser


def test_a_notebook_that_was_only_opened_is_not_asked_to_be_saved(lab):
    lab.open(FIRST)
    lab.page.wait_for_function(f"() => ({PANEL}).context.model.metadata.language_info.version")  # told by the kernel
    lab.page.wait_for_timeout(1000)
    assert lab.page.evaluate(f"() => ({PANEL}).context.model.dirty") is False
