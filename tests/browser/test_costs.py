"""The cost explorer in JupyterLab: sliders move the bars, Python measures when asked, costs stand against errors."""

from pathlib import Path

import pytest

from .driving import axe, focus_is_visible, quiet

pytestmark = pytest.mark.browser
TESTS = Path(__file__).parents[1]
SETUP = f"""import sys; sys.path.insert(0, {str(TESTS)!r}); sys.path.insert(0, {str(TESTS / "widgets/explorers")!r})
import vislab as vl
from made_results import made
from test_costs import point, swept
models = {{task: model for task, model in vl.pretrained("smear", "cpu").items() if task in ("semantic", "instance")}}
held = made()
held["models"] = {{task: held["models"][task] for task in models}} | {{"<i>x</i>": held["models"]["regression"]}}
known = [point(name, size, batch, 0.01 * size / batch) for name in models for size in (64, 96) for batch in (1, 4)]"""
EXPLORE = "what = vl.explore_costs(held, swept(*known)); what"
MEASURING = """sweep = vl.sweep_costs(models, sizes=(32, 64), batches=(1,), repeats=6)
what = vl.explore_costs(held, sweep, models); what"""


def show(lab, cell=EXPLORE):
    lab.notebook([SETUP, cell])
    lab.run_all()
    view = lab.page.locator(".vislab-costs")
    view.wait_for(timeout=180_000)
    return view


def shown(view, cost, model):
    """What the panel of a cost shows for a model."""
    panel = view.locator("table").filter(has=view.page.locator("caption", has_text=cost))
    row = panel.locator("tr").filter(has=view.page.get_by_role("rowheader", name=model, exact=True))
    return row.locator("td").last.inner_text()


def bar(view, cost, model):
    panel = view.locator("table").filter(has=view.page.locator("caption", has_text=cost))
    row = panel.locator("tr").filter(has=view.page.get_by_role("rowheader", name=model, exact=True))
    return row.locator(".vislab-bar").evaluate("e => e.style.width")


def test_the_sliders_move_the_bars_while_python_hears_of_it(lab):
    view = show(lab)
    assert shown(view, "time a picture", "semantic").startswith("0.96 (0.86–1.06)")
    wide = bar(view, "time a picture", "semantic")
    view.get_by_label("resolution").focus()
    assert focus_is_visible(lab)
    lab.page.keyboard.press("ArrowLeft")
    assert shown(view, "time a picture", "semantic").startswith("0.64 (0.58–0.7)")
    assert bar(view, "time a picture", "semantic") != wide
    lab.wait_python("what.size", 64)
    view.get_by_label("batch").focus()
    lab.page.keyboard.press("End")
    assert shown(view, "time a picture", "semantic").startswith("0.16 (0.14–0.18)")
    lab.wait_python("what.batch", 4)
    assert shown(view, "energy a picture", "semantic") == "not measured"
    assert shown(view, "time a picture", "<i>x</i>") == "not measured"  # and its name is text
    lab.python("setattr(what, 'size', 96)")
    lab.page.wait_for_function("() => document.querySelector('.vislab-costs').dataset.at === '96 4'")
    quiet(lab)


def test_a_cost_is_set_against_an_error(lab):
    view = show(lab)
    plot = view.get_by_role("img")
    assert plot.get_attribute("aria-label").startswith("The error on any? against time a picture. semantic: 0.96 ms")
    view.get_by_label("which error").select_option("count")
    view.get_by_label("which cost").select_option("memory")
    lab.wait_python("[what.question, what.cost]", ["count", "memory"])
    shown = plot.get_attribute("aria-label")
    assert "against memory at once. semantic: 2.00 MB, how many? off by 1.00 (0.9–1.10)" in shown
    assert plot.locator(".vislab-mark").count() == 3  # the third from the study, which measured at 96 px
    view.get_by_label("which cost").select_option("energy")
    assert plot.locator(".vislab-mark").count() == 0
    assert "Not measured: energy a picture of semantic, instance, <i>x</i>" in view.inner_text()
    view.get_by_label("resolution").focus()
    lab.page.keyboard.press("ArrowLeft")
    assert "nobody measured them at 64 px" in view.inner_text()
    quiet(lab)


def test_a_point_that_is_not_there_is_measured_when_asked(lab):
    view = show(lab, MEASURING)
    view.get_by_label("resolution").focus()
    lab.page.keyboard.press("Home")  # to 32 px
    view.get_by_label("batch").focus()
    lab.page.keyboard.press("ArrowRight")
    view.get_by_text("Not measured at 32 px, 2 pictures at once").wait_for()
    lab.page.wait_for_function("() => document.querySelector('.vislab-guess:not([hidden])')")  # estimates came
    view.get_by_role("button", name="measure now").focus()
    lab.page.keyboard.press("Enter")
    view.get_by_text("Measured at 32 px, 2 pictures at once.").wait_for(timeout=180_000)
    assert "not measured" not in shown(view, "time a picture", "semantic")
    assert "×" in shown(view, "time a picture", "semantic")
    assert view.get_by_role("button", name="measure again").count() == 1
    assert "Not measured at 32 px, 2 pictures at once: <i>x</i>; give the models" in view.inner_text()
    assert lab.python("what.sweep.at('semantic', 32, 2) is not None")
    quiet(lab)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(lab, theme):
    view = show(lab, MEASURING)
    lab.theme(theme)
    view.get_by_label("resolution").focus()
    lab.page.keyboard.press("End")
    view.get_by_text("Not measured at 256 px").wait_for()
    assert axe(lab, ".vislab-costs") == []
    quiet(lab)


def test_reopened_without_python_it_still_moves_and_says_that_nobody_measures(lab):
    view = show(lab, MEASURING)
    lab.reopen_from_file()
    view = lab.page.locator(".vislab-costs")
    view.wait_for(timeout=120_000)
    view.get_by_label("resolution").focus()
    lab.page.keyboard.press("Home")
    lab.page.wait_for_function("() => document.querySelector('.vislab-costs').dataset.at === '32 1'")
    view.get_by_role("button", name="measure again").click()
    view.get_by_text("Python does not answer").wait_for(timeout=60_000)


def test_its_pure_functions(js):
    assert js("costs.js", "logTicks", 3, 250) == [10, 100] or len(js("costs.js", "logTicks", 3, 250)) >= 3
    assert js("costs.js", "logTicks", 0.9, 1100) == [1, 10, 100, 1000]
    assert js("costs.js", "evenTicks", 0.31)[-1] >= 0.31
    assert js("costs.js", "evenTicks", 4) == [0, 1, 2, 3, 4]
    placed = js("costs.js", "apart", [10, 12, 100], 15, 0, 110)
    assert placed == [10, 25, 100]
    low = js("costs.js", "apart", [100, 101, 102], 15, 0, 110)
    assert sorted(low) == low
    assert max(low) <= 110
    assert low[1] - low[0] >= 15
    assert js("costs.js", "inWords", [None, None, None, 3], "ms") == "not measured"
    assert js("costs.js", "inWords", [1234.4, 1000, 2000, None], "ms") == "1,234 ms (1,000–2,000)"
