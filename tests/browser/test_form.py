"""Guesses, quizzes and ballots in JupyterLab and Notebook 7: by keyboard, with their names, in light and dark."""

import pytest

from .driving import axe, focus_is_visible, quiet

pytestmark = pytest.mark.browser

CELLS = [
    "import vislab as vl\nfrom vislab.widgets.quiz import Choice, Question\nfrom vislab.widgets.bets import ballot",
    'share = vl.guess("What share is infected?", name="t-share", unit="%"); share',
    'kind = vl.guess("Which answers where?", ["a label", "a mask <img src=x onerror=alert(1)>"], name="t-kind"); kind',
    'quiz = vl.quiz("t-quiz", [Question("Which counts?", (Choice("semantic", "It has no objects."),'
    ' Choice("instance", "It has.", right=True)))]); quiz',
    'words = {word: word for word in ("holds", "depends", "wrong")};'
    ' bets = ballot("t-bets", ["Masks are needed.", "Labels suffice."], words); bets',
]
WIDGETS = ".jp-OutputArea-output .vislab-form"


def name_of(lab):
    """The accessible name and role of the focused element, as the browser tells a screen reader."""
    session = lab.page.context.new_cdp_session(lab.page)
    node = session.send("Runtime.evaluate", {"expression": "document.activeElement"})["result"]["objectId"]
    tree = session.send("Accessibility.getPartialAXTree", {"objectId": node, "fetchRelatives": False})["nodes"][0]
    session.detach()
    return tree["role"]["value"], tree["name"]["value"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_any_question(lab, theme):
    lab.notebook(CELLS)
    lab.theme(theme)
    lab.run_all()
    lab.page.get_by_role("button", name="Keep my guess").first.click()  # the message about a mistake is checked too
    lab.page.get_by_text("✗ Not kept: please write a number").wait_for()
    lab.page.get_by_role("button", name="Check my answers").click()
    lab.page.get_by_text("0 of 1 right.").wait_for()
    assert lab.page.locator(WIDGETS).count() == 4
    assert axe(lab, WIDGETS) == []
    quiet(lab)


def test_axe_sees_what_is_wrong(lab):
    lab.notebook(CELLS[:2])
    lab.run_all()
    lab.page.locator(WIDGETS).evaluate(
        "e => e.insertAdjacentHTML('beforeend', '<p style=\"color: #999\">faint</p><input>')"
    )
    assert sorted(line.split(":")[0] for line in axe(lab, WIDGETS)) == ["color-contrast", "label"]


def test_every_question_is_answered_by_keyboard_alone_and_says_what_it_asks(lab):
    lab.notebook(CELLS)
    lab.run_all()
    steps = [  # what has the focus after each Tab, and the key that answers
        ("textbox", "Your guess (%):", "25"),
        ("combobox", "How sure?", "7"),
        ("button", "Keep my guess", "Enter"),
        ("radio", "a label", "ArrowDown"),
        ("combobox", "How sure?", "5"),
        ("button", "Keep my guess", "Enter"),
        ("radio", "semantic", "ArrowDown"),
        ("button", "Check my answers", "Enter"),
        ("combobox", "Verdict 1:", "d"),  # in JupyterLab's own hands, d pressed twice deletes the cell
        ("combobox", "How sure?", "9"),
        ("combobox", "Verdict 2:", "d"),
        ("combobox", "How sure?", "1"),
        ("button", "Keep my bets", "Enter"),
    ]
    lab.page.get_by_label("Your guess (%):").focus()
    for role, name, key in steps:
        assert name_of(lab) == (role, name)
        assert focus_is_visible(lab), name
        lab.page.keyboard.type(key) if key.isdigit() else lab.page.keyboard.press(key)
        lab.page.keyboard.press("Tab")
    lab.wait_python("[share.value, share.sure, kind.value, kind.sure, quiz.right]",
                    [25, 70, "a mask <img src=x onerror=alert(1)>", 50, 1])  # fmt: skip
    lab.wait_python("list(bets.bets.values())", [["depends", 90], ["depends", 10]])
    assert len(lab.cells()) == len(CELLS)
    assert lab.learner()["guesses"]["t-bets-02"]["value"] == "depends"
    quiet(lab)


def test_groups_of_choices_have_their_question_as_name(lab):
    lab.notebook(CELLS)
    lab.run_all()
    assert lab.page.get_by_role("radiogroup", name="Which answers where?").get_by_role("radio").count() == 2
    assert lab.page.get_by_role("radiogroup", name="1. Which counts?").get_by_role("radio").count() == 2


def test_names_are_text_and_answers_are_said_aloud(lab):
    lab.notebook(CELLS)
    lab.run_all()
    assert lab.page.locator(WIDGETS).locator("img").count() == 0
    said = lab.page.locator(WIDGETS).nth(1).get_by_role("status")
    lab.page.get_by_label("a mask <img src=x").check()
    lab.page.locator(WIDGETS).nth(1).get_by_role("combobox").select_option("50 %: half and half")
    lab.page.locator(WIDGETS).nth(1).get_by_role("button").click()
    lab.page.get_by_text("Kept: you said a mask <img src=x onerror=alert(1)> (50 % sure)").wait_for()
    assert said.inner_text().startswith("✓ Kept")
    quiet(lab)


def test_questions_reopened_from_a_file_still_ask(lab):
    lab.notebook(CELLS)
    lab.run_all()
    lab.reopen_from_file()
    lab.page.locator(WIDGETS).nth(3).wait_for(timeout=180_000)
    assert lab.page.get_by_label("Your guess (%):").is_visible()
    assert axe(lab, WIDGETS) == []
    quiet(lab)


def test_questions_in_notebook_7(lab):
    lab.notebook(CELLS, app="notebooks")
    lab.errors.clear()  # Notebook 7.6 itself complains of its own shortcuts while it starts
    lab.run_all()
    lab.page.locator(WIDGETS).nth(3).wait_for()
    lab.page.get_by_label("Verdict 1:").focus()
    lab.page.keyboard.press("d")
    lab.page.keyboard.press("d")
    assert len(lab.cells()) == len(CELLS)
    lab.wait_python("[b[0].value for b in bets._fields][0]", "depends")
    assert axe(lab, WIDGETS) == []
    quiet(lab)
