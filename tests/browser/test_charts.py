"""A chart with a slider in a real JupyterLab and Notebook 7: nothing is fetched, the slider moves the mark."""

import pytest

from .driving import axe, quiet

pytestmark = pytest.mark.browser

NAME = "<img src=x onerror='window.pwned=1'>"
CELL = f"""from vislab.widgets.explorers import charts
import numpy as np
scores, truth = np.array([0.9, 0.6, 0.4, 0.2], np.float32), np.array([True, False, True, False])
rows, measure = charts.label_rows(scores, truth), charts.Measure("specificity", "specificity ")
now = next(row for row in rows if row["threshold"] == 0.5)
charts.Chart(charts._vega_lite({NAME!r}, rows, 0.5, measure), charts._sheet({NAME!r}, rows, now, measure))"""
CHART = ".vega-embed"


def place(lab):
    """Where the mark is, in pixels from the left of its chart, and what is read out."""
    return lab.page.locator(CHART).first.evaluate("""chart => {
        const mark = chart.querySelector('.mark-symbol path').getBoundingClientRect()
        const words = [...chart.querySelectorAll('text')].map(t => t.textContent).find(t => t.startsWith('at 0.'))
        return [mark.x + mark.width / 2 - chart.getBoundingClientRect().x, words]
    }""")


@pytest.mark.parametrize("app", ["lab/tree", "notebooks"])
def test_the_slider_moves_the_mark_and_nothing_leaves_the_machine(lab, app):
    lab.notebook([CELL], app=app)
    lab.errors.clear()  # Notebook 7.6 itself complains of its own shortcuts while it starts
    lab.run_all()
    slider = lab.page.get_by_label("score threshold")
    slider.wait_for(timeout=120_000)
    assert slider.input_value() == "0.5"
    before, words = place(lab)
    assert words == "at 0.50: precision 0.50, recall 0.50, specificity 0.50"
    slider.focus()
    for _ in range(20):
        lab.page.keyboard.press("ArrowLeft")
    lab.page.get_by_text("at 0.30: precision 0.67, recall 1.00, specificity 0.50").wait_for(timeout=60_000)
    assert place(lab)[0] - before == pytest.approx(220, abs=2)  # half of the axis, from recall 0.5 to 1
    quiet(lab)


def test_names_are_text_the_slider_has_a_name_and_the_page_may_be_dark(lab):
    lab.notebook([CELL])
    lab.theme("dark")
    lab.run_all()
    lab.page.get_by_label("score threshold").wait_for(timeout=120_000)
    assert lab.page.evaluate("() => window.pwned") is None
    assert NAME in lab.page.locator(CHART).last.get_attribute("aria-label")
    background = lab.page.locator(f"{CHART} svg").last.evaluate("svg => getComputedStyle(svg).backgroundColor")
    assert background == "rgb(255, 255, 255)"
    assert axe(lab, ".vega-bindings") == []
    quiet(lab)
