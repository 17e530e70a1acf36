"""The Budget explorer in JupyterLab: every control by mouse and keyboard; what the browser reckons beside Python."""

import json

import pytest
from made_curves import made_curves, point

import vislab as vl
from vislab.costs.labels.budget import afford, cheapest, in_words
from vislab.costs.labels.learning_curves import reading_cell

from .driving import axe, focus_is_visible, quiet

pytestmark = pytest.mark.browser
EXPLORER = """
import vislab as vl
heard = []
budget = vl.explore_budget(vl.read_curves("made.json"))
budget.observe(lambda change: heard.append([change.name, change.new]), ["hours", "required", "by"])
budget"""
MORE = (point("classification", 32, label=0.31), point("instance", 500, label=0.12, count=0.5))
PRICED = {"classification": 36.0, "semantic": 360.0, "instance": 720.0}
HOURS, AMOUNT = "time to spend on labels", "time to spend on labels, in hours"


def show(lab, *, more=(), seconds=None):
    made_curves(*more, **({"seconds": seconds} if seconds else {})).save(lab.work / "made.json")
    lab.notebook([EXPLORER])
    lab.run_all()
    view = lab.page.locator(".vislab-budget").first
    view.wait_for(timeout=120_000)
    return view


def rows(view):
    return view.locator("tbody tr").evaluate_all("rows => rows.map(r => [...r.children].map(c => c.innerText))")


def write(lab, view, label, text):
    """Write into a field as a person does, and leave it."""
    view.get_by_label(label, exact=True).select_text()
    lab.page.keyboard.type(text)
    lab.page.keyboard.press("Tab")


# ---- the browser's reckoning is Python's -----------------------------------------------------------------------------

BUDGETS = [0.32, 3.17, 10.5, 20.0, 150.0]
ERRORS = [("label", 0.07), ("label", 0.15), ("label", 0.31), ("count", 0.75), ("count", 2.5), ("point", 0.2)]


@pytest.mark.parametrize(("more", "seconds"), [((), None), (MORE, PRICED)])
def test_the_browser_reckons_as_python_does(js, more, seconds):
    curves = made_curves(*more, **({"seconds": seconds} if seconds else {}))
    about = json.loads(json.dumps(vl.explore_budget(curves).about))
    questions = {question["name"]: question for question in about["questions"]}
    for hours in BUDGETS:
        for line, row in zip(about["lines"], afford(curves, hours).rows, strict=True):
            bought = js("reckoning.js", "buy", line, hours)
            assert (bought["pictures"], bought["at"], bought["why"]) == (row.pictures, row.at, row.why), (hours, row)
            given = {question: answer for question, answer in bought["answers"].items() if answer is not None}
            assert set(given) == set(row.answers)
            for question, answer in given.items():
                said = row.answers[question]
                assert answer == pytest.approx([said.mean, said.low, said.high])
                assert " ".join(js("reckoning.js", "errorCell", questions[question], answer)) == reading_cell(
                    question, said
                )
    for question, error in ERRORS:
        found = cheapest(curves, question, error)
        assert js("reckoning.js", "inSentence", about["lines"], questions[question], error) == found.sentence
        for route in found.routes:
            line = next(one for one in about["lines"] if (one["task"], one["start"]) == (route.task, route.start))
            got = js("reckoning.js", "routeTo", line, question, error)
            assert got["why"] == route.why
            assert [got[end] and got[end]["pictures"] for end in ("first", "sure")] == [
                one and one.pictures for one in (route.first, route.sure)
            ]


def test_words_of_hours(js):
    for hours in (1 / 3600, 0.0089, 0.0165, 0.57, 0.99, 0.995, 1, 8.44, 10, 99.9, 99.96, 537.04, 1166.2, 20_000):
        assert js("reckoning.js", "spent", hours) == in_words(hours)
    work = {7.9: "", 8: "1 working day of 8 h", 10: "1.3 working days of 8 h", 40: "1 working week of 40 h",
            537: "13 working weeks of 40 h"}  # fmt: skip
    assert {hours: js("reckoning.js", "asWork", hours) for hours in work} == work


def test_who_is_lowest_and_who_overlaps(js):
    bought = [{"answers": {"label": three}} for three in ([0.3, 0.28, 0.32], [0.1, 0.08, 0.12], [0.13, 0.12, 0.14])]
    found = js("reckoning.js", "lowest", [*bought, {"answers": {}}], "label")
    assert found == {"best": bought[1], "near": [bought[2]]}
    assert js("reckoning.js", "lowest", [{"answers": {}}], "label") is None


# ---- the widget ------------------------------------------------------------------------------------------------------


def test_the_budget_by_slider_by_keyboard_and_by_number(lab):
    view = show(lab)
    assert rows(view)[0][1] == "1,000"
    slider = view.get_by_label(HOURS, exact=True)
    assert slider.get_attribute("aria-valuetext") == "10 h = 1.3 working days of 8 h"
    slider.focus()
    assert focus_is_visible(lab)
    for _ in range(3):
        lab.page.keyboard.press("ArrowRight")
    lab.wait_python("budget.hours", 30)
    assert rows(view)[0][1].startswith("1,000 of 3,000")
    assert "no more was measured: 20 h left over" in rows(view)[0][1]
    assert (
        "For 30 h the lowest errors: any? classification 10.0 % (8.0–12.0)" in view.get_by_role("status").inner_text()
    )
    lab.page.keyboard.press("Home")
    lab.wait_python("budget.hours < 0.1", True)
    assert "too few hours: 1 h needed for its smallest measured set (10 pictures)" in rows(view)[1][2]
    box = slider.bounding_box()
    slider.click(position={"x": box["width"] - 2, "y": box["height"] / 2})
    lab.wait_python("budget.hours == budget.about['rungs'][-1]", True)
    write(lab, view, AMOUNT, "12.5")
    lab.wait_python("budget.hours", 12.5)
    view.get_by_label(AMOUNT, exact=True).select_text()
    lab.page.keyboard.type("20")
    lab.page.keyboard.press("Enter")
    lab.wait_python("budget.hours", 20)
    assert rows(view)[2][1] == "100", "10 h for the classifier, 10 for masks"
    quiet(lab)


def test_bad_numbers_are_named_and_change_nothing(lab):
    view = show(lab)
    for text in ("0", "-3", "e"):
        write(lab, view, AMOUNT, text)
        said = view.get_by_role("status").inner_text()
        assert said == "A budget is a number of hours above 0; nothing was changed."
        assert view.get_by_label(AMOUNT, exact=True).input_value() == "10"
    write(lab, view, "required error", "101")
    assert "A required error lies between 0 and 100 %" in view.get_by_role("status").inner_text()
    assert lab.python("heard") == []
    quiet(lab)


def test_python_hears_of_a_slider_when_it_is_let_go(lab):
    view = show(lab)
    slider = view.get_by_label(HOURS, exact=True)
    box = slider.bounding_box()
    lab.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    lab.page.mouse.down()
    for part in (0.6, 0.7, 0.8):
        lab.page.mouse.move(box["x"] + part * box["width"], box["y"] + box["height"] / 2)
        moved = float(view.get_attribute("data-hours"))
    assert lab.python("heard") == []
    assert moved != 10, "what is shown follows at once"
    lab.page.mouse.up()
    lab.wait_python("heard", [["hours", moved]])
    quiet(lab)


def test_the_required_answer_by_question_slider_and_number(lab):
    view = show(lab)
    told = lambda: view.get_by_role("status").inner_text().splitlines()[-1].removeprefix("★ ")  # noqa: E731
    assert told() == lab.python("budget.cheapest.sentence")
    assert view.locator(".vislab-cheapest").count() == 1
    asked = view.get_by_label("required answer: question")
    asked.select_option("count")
    lab.wait_python("budget.required", ["count", 2.5])
    assert told() == lab.python("budget.cheapest.sentence")
    assert view.locator("figure", has_text="how many?").locator(".vislab-cheapest").count() == 1
    slider = view.get_by_label("required error, at most")
    slider.focus()
    lab.page.keyboard.press("ArrowLeft")
    lab.wait_python("budget.required[1] < 2.5", True)
    lab.page.keyboard.press("Home")
    lab.wait_python("budget.required", ["count", 0])
    assert told() == "how many? off by at most 0: not reached in the measured range by any task whose hours are known."
    assert view.locator(".vislab-cheapest").count() == 0
    write(lab, view, "required error", "3.5")
    lab.wait_python("budget.required", ["count", 3.5])
    assert told() == lab.python("budget.cheapest.sentence")
    asked.select_option("label")
    lab.wait_python("budget.required", ["label", 0.24])
    quiet(lab)


def test_against_pictures_pulled_in_the_chart_and_moved_from_python(lab):
    view = show(lab)
    chart = view.locator("figure svg").first
    assert "budget 10 h" in chart.text_content()
    assert chart.locator(".vislab-ring").count() == 2  # classification and semantic; a transfer is still too dear
    box = chart.bounding_box()
    lab.page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2)
    lab.page.mouse.down()
    lab.page.mouse.up()
    lab.wait_python("budget.hours > 20", True)
    assert chart.locator(".vislab-ring").count() == 3
    assert chart.locator(".vislab-beyond").count() >= 1
    view.get_by_label("pictures", exact=True).check()
    lab.wait_python("budget.by", "pictures")
    assert "budget" not in chart.text_content()
    assert "1,000" in chart.text_content()
    assert "against labelled pictures. For" in chart.get_attribute("aria-label")
    lab.python("setattr(budget, 'hours', 2)")
    lab.page.wait_for_function("view => view.dataset.hours === '2'", arg=view.element_handle())
    assert rows(view)[1][1] == "20"
    quiet(lab)


def test_two_views_of_one_state_do_not_share_their_radios_and_a_closed_one_lets_go(lab):
    show(lab)
    lab.rewrite_and_run(
        0, EXPLORER.removesuffix("budget") + "from IPython.display import display\ndisplay(budget, budget)"
    )
    views = lab.page.locator(".vislab-budget")
    lab.page.wait_for_function("() => document.querySelectorAll('.vislab-budget').length === 2")
    views.first.get_by_label("pictures", exact=True).check()
    lab.page.wait_for_function(
        "() => [...document.querySelectorAll('.vislab-budget')].every(view => view.dataset.by === 'pictures')"
    )
    assert views.last.get_by_label("pictures", exact=True).is_checked()
    assert views.first.get_by_label("pictures", exact=True).is_checked()
    assert views.locator("[id]").count() == 0
    closed = views.first.element_handle()
    lab.rewrite_and_run(0, "budget.hours = 3")
    lab.wait_python("budget.hours", 3)
    assert closed.evaluate("view => [view.isConnected, view.dataset.hours]") == [False, "10"]
    quiet(lab)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(lab, theme):
    view = show(lab, more=MORE, seconds=PRICED)
    lab.theme(theme)
    write(lab, view, AMOUNT, "10.5")
    assert view.locator(".vislab-nothing").count() == 1
    assert axe(lab, ".vislab-budget") == []
    quiet(lab)


def test_it_goes_on_where_no_kernel_runs(lab):
    show(lab)
    lab.reopen_from_file()
    view = lab.page.locator(".vislab-budget").first
    view.get_by_label(HOURS, exact=True).focus()
    lab.page.keyboard.press("Home")
    assert "too few hours" in rows(view)[1][2]
