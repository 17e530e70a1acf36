"""The Comparison in JupyterLab: everybody's answers, which follow a threshold, and orders of pictures, by keyboard."""

import pytest

from .driving import axe, quiet
from .test_viewer import show, soon

pytestmark = pytest.mark.browser
COMPARE = "viewer = vl.compare(scenes, predictions(scenes)); viewer"


def cell(viewer, who, column):
    """What somebody answers: the first line of a cell, the second being over all pictures."""
    row = viewer.locator("tbody tr").filter(has=viewer.page.get_by_role("rowheader", name=who, exact=True))
    return row.locator("td").nth(column).locator("> span").inner_text()


def test_answers_follow_the_threshold_and_return_with_it(lab):
    viewer = show(lab, COMPARE)
    assert [cell(viewer, "truth", column) for column in range(4)] == ["dotted", "6.3 %", "2", "there is one"]
    assert [cell(viewer, "objects", column) for column in range(4)] == ["dotted ✓", "6.3 % ✓", "1 (−1)", "hit ✓"]
    assert cell(viewer, "mask", 1) == "25.0 % (+18.8)"
    assert "off by 1.00 (1.00–1.00)" in viewer.locator("tbody tr").nth(2).inner_text()
    viewer.get_by_label("objects: score from").focus()
    for _ in range(15):
        lab.page.keyboard.press("ArrowLeft")
    soon(lab, lambda: cell(viewer, "objects", 2) == "2 ✓")
    lab.wait_python("viewer.thresholds[3]", 0.35)
    assert "off by 1.00" in viewer.locator("tbody tr").nth(2).inner_text(), "over all, thresholds stay as chosen"
    viewer.get_by_label("objects: back to chosen on the validation set").click()
    soon(lab, lambda: cell(viewer, "objects", 2) == "1 (−1)")
    quiet(lab)


FIFTH = """
from dataclasses import replace
from vislab.evaluation.answers.questions import QUESTIONS
def largest(material):
    found = material.instances
    return None if found is None else np.array([np.bincount(ids.flatten())[1:].max() for ids in found.numpy()], float)
QUESTIONS["largest"] = replace(QUESTIONS["count"], name="largest", heading="how large?", column="pixels off", key="",
    answer=largest, errors=lambda truth, area: np.abs(area - 64.0), offsets=None)
"""


def test_a_fifth_question_is_a_fifth_column(lab):
    viewer = show(lab, FIFTH + COMPARE)
    assert viewer.get_by_role("columnheader", name="how large?").count() == 1
    assert cell(viewer, "truth", 4) == "64"
    assert cell(viewer, "objects", 4) == "64 ✓"
    assert "pixels off 0.00 (0.00–0.00)" in viewer.locator("tbody tr").nth(2).inner_text()
    viewer.get_by_label("objects: score from").focus()
    lab.page.keyboard.press("ArrowLeft")
    soon(lab, lambda: cell(viewer, "objects", 4) == "?")  # the browser cannot answer it anew
    quiet(lab)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_order_is_chosen_by_keyboard_and_axe_finds_nothing(lab, theme):
    viewer = show(lab, COMPARE)
    lab.theme(theme)
    order = viewer.get_by_label("order of the pictures")
    order.focus()
    lab.page.keyboard.press("w")  # the first that begins so: where answers differ most
    lab.wait_python("viewer.order", "where answers differ most")
    soon(lab, lambda: "40 of 40 pictures (100.0%) divide the models" in viewer.inner_text())
    assert axe(lab, ".vislab-viewer") == []
    quiet(lab)
