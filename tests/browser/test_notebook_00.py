"""Notebook 00 as a learner meets it: opened in JupyterLab, run, its controls used by keyboard, its exercises done."""

import pytest

from .driving import quiet

pytestmark = pytest.mark.browser
NAME = "00_four_questions.ipynb"


def test_run_all_without_touching_anything(lab):
    lab.open(NAME)
    assert not any(cell.get("outputs") for cell in lab.cells()), "no result before it is asked for"
    lab.run_all()
    code = [cell for cell in lab.cells() if cell["cell_type"] == "code"]
    wrong = [o for cell in code for o in cell["outputs"] if o["output_type"] == "error" or o.get("name") == "stderr"]
    assert wrong == []
    assert sum(bool(cell["outputs"]) for cell in code) > 0.7 * len(code)
    assert "4 of 4" not in lab.page.inner_text("body")
    quiet(lab)


def test_learners_see_neither_news_nor_a_teachers_buttons(lab):
    lab.open(NAME)
    assert lab.page.get_by_text("Would you like to get notified about official Jupyter news").count() == 0
    lab.page.get_by_role("menuitem", name="View", exact=True).click()
    menu = lab.page.locator(".lm-Menu-content").inner_text()
    assert "Show" in menu
    assert "Assignment" not in lab.page.inner_text("body")
    assert "Formgrader" not in lab.page.inner_text("body")


def test_a_guess_is_made_by_keyboard_alone_and_comes_back(lab):
    lab.open(NAME)
    lab.rewrite_and_run(lab.find("import vislab as vl"))
    place = lab.find('name="00-share"')
    lab.rewrite_and_run(place)
    number = lab.page.get_by_label("Your guess (%):")
    number.focus()
    lab.page.keyboard.type("12,5")
    lab.page.keyboard.press("Tab")
    assert lab.page.evaluate("() => document.activeElement.tagName") == "SELECT"
    lab.page.keyboard.press("7")  # the choice that begins with 7: 70 %, fairly sure
    lab.page.keyboard.press("Tab")
    lab.page.keyboard.press("Enter")
    lab.page.get_by_text("Kept: you said 12.5 % (70 % sure)").wait_for(timeout=60_000)
    assert lab.learner()["guesses"]["00-share"] == {
        "value": 12.5,
        "sure": 70,
        "first": {"value": 12.5, "sure": 70},
    }
    lab.rewrite_and_run(place)
    lab.page.get_by_text("you said 12.5 % (70 % sure).").wait_for(timeout=60_000)
    assert lab.page.get_by_label("Your guess (%):").input_value() == "12.5"
    quiet(lab)


def test_a_quiz_explains_wrong_choices_by_keyboard(lab):
    lab.open(NAME)
    lab.rewrite_and_run(lab.find("import vislab as vl"))
    lab.rewrite_and_run(lab.find('vl.quiz("00-opening"'))
    lab.page.get_by_label("the sum of all numbers that are 2").focus()
    lab.page.keyboard.press("Space")
    lab.page.get_by_role("button", name="Check my answers").focus()
    lab.page.keyboard.press("Enter")
    lab.page.get_by_text("That would be twice as much").wait_for(timeout=60_000)
    assert lab.page.get_by_text("0 of 3 right.").count() == 1
    assert lab.page.get_by_text("Not answered yet.").count() == 2
    quiet(lab)


def test_an_exercise_done_wrongly_then_rightly(lab):
    lab.open(NAME)
    lab.rewrite_and_run(lab.find("import vislab as vl"))
    lab.rewrite_and_run(lab.find('vl.quiz("00-opening"'))  # it imports the checks
    exercise, check = lab.find("def semantic_mask"), lab.find("check.semantic_mask(semantic_mask)")
    lab.rewrite_and_run(exercise)
    assert "Not yet tried" in lab.rewrite_and_run(check)
    lab.rewrite_and_run(exercise, "def semantic_mask(instances, objects):\n    return objects[instances]")
    assert "In line 2 of the cell above: IndexError" in lab.rewrite_and_run(check)
    lab.rewrite_and_run(exercise, "def semantic_mask(instances, objects):\n    return np.append(objects, 0)[instances]")
    assert "Object 1 has the class objects[0]" in lab.rewrite_and_run(check)
    shown = lab.select(check)
    assert shown.locator("table").count() == 3
    ring = shown.locator("table").last.locator("td").first
    assert "solid" in ring.evaluate("e => getComputedStyle(e).outlineStyle")
    lab.rewrite_and_run(
        exercise, "def semantic_mask(instances, objects):\n    return np.concatenate([[0], objects])[instances]"
    )
    assert "✓ Right." in lab.rewrite_and_run(check)
    kept = lab.learner()["exercises"]["00-semantic-mask"]
    assert (kept["tries"], kept["right"]) == (3, True)
    lab.restart_kernel()
    lab.rewrite_and_run(lab.find("import vislab as vl"))
    assert "✓ semantic mask" in lab.rewrite_and_run(lab.find("vl.progress()"))
    quiet(lab)
