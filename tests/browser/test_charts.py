"""A chart with a slider in a real JupyterLab and Notebook 7: nothing is fetched, the slider moves the mark."""

import pytest

from .driving import axe, quiet

pytestmark = pytest.mark.browser

NAME = "<img src=x onerror='window.pwned=1'>"
CELL = f"""from vislab.widgets.explorers import charts
import numpy as np
scores, truth = np.array([0.9, 0.6, 0.4, 0.2], np.float32), np.array([True, False, True, False])
rows, sharper = charts.label_rows(scores, truth), charts.label_rows(np.array([0.9, 0.6, 0.4, 0.2]), truth[::-1])
charts.chart_of(charts.of_label("ill", 2, 2), {NAME!r}, {{0.5: rows, 0.95: sharper}}, 0.5)"""
CHART = ".vega-embed"


def place(lab):
    """Where the mark is, in parts of the chart's height from its top, and what is read out."""
    return lab.page.locator(CHART).first.evaluate("""chart => {
        const mark = chart.querySelector('.mark-symbol path').getBoundingClientRect()
        const words = [...chart.querySelectorAll('text')].map(t => t.textContent).find(t => t.startsWith('at 0.'))
        const lines = chart.querySelector('.mark-line').getBoundingClientRect()
        return [(mark.y + mark.height / 2 - lines.y) / lines.height, words]
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
    assert words == "at 0.50: sensitivity 0.500 (1 of 2), specificity 0.500 (1 of 2), precision 0.500"
    slider.focus()
    for _ in range(20):
        lab.page.keyboard.press("ArrowLeft")
    lab.page.get_by_text("at 0.30: sensitivity 1.000 (2 of 2), specificity 0.500 (1 of 2)").wait_for(timeout=60_000)
    assert before - place(lab)[0] == pytest.approx(0.5, abs=0.02)  # half of the axis, from 0.5 to 1
    lab.page.get_by_label("found from an IoU of").focus()
    lab.page.keyboard.press("End")
    lab.page.get_by_text("at 0.30: sensitivity 0.500 (1 of 2), specificity 0.000").wait_for(timeout=60_000)
    quiet(lab)


def test_names_are_text_the_slider_has_a_name_and_the_page_may_be_dark(lab):
    lab.notebook([CELL])
    lab.theme("dark")
    lab.run_all()
    lab.page.get_by_label("score threshold").wait_for(timeout=120_000)
    assert lab.page.evaluate("() => window.pwned") is None
    assert NAME in lab.page.locator(CHART).last.get_attribute("aria-label")
    background = lab.page.locator(f"{CHART} svg").last.evaluate("svg => getComputedStyle(svg).backgroundColor")
    assert background == "rgba(0, 0, 0, 0)"
    ink = lab.page.locator(f"{CHART} svg .mark-text text").last.evaluate("text => getComputedStyle(text).fill")
    assert min(int(part) for part in ink.split("(")[1].split(",")[:3]) > 200, f"{ink} on dark"
    assert axe(lab, ".vega-bindings") == []
    quiet(lab)
