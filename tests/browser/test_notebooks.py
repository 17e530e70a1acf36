"""Every notebook as a learner meets it: opened in JupyterLab, run, each of its widgets there and its controls alive."""

import shutil

import pytest

from tools.build_notebooks import ROOT, sources
from tools.drive_lab import Lab, end_kernels, serving
from vislab.course.work_copy import hand_out

from .driving import quiet

pytestmark = [pytest.mark.notebook, pytest.mark.browser]
WIDGET = "application/vnd.jupyter.widget-view+json"
DRAWN = ".jupyter-widgets, [class*='vislab-']"
KINDS = ("input:enabled:not([type=radio]:checked)", "select:enabled", "[role=slider]", "button:enabled")
CONTROLS = ", ".join(f"{kind}:visible" for kind in KINDS)
PATIENCE = 60_000  # milliseconds for a widget to be drawn


@pytest.fixture(scope="module")
def course(solved, tmp_path_factory):
    """JupyterLab on fresh copies, in a home where everything was trained before: its address and its work folder."""
    home = tmp_path_factory.mktemp("course")
    shutil.copytree(solved[0] / "runs", home / "runs")
    hand_out(ROOT / "notebooks", home / "work")
    with serving(home) as base:
        yield base, home / "work"


@pytest.fixture
def lab(browser, course):
    page = browser.new_page()
    yield Lab(page, *course)
    page.close()
    end_kernels(course[0])


def widgets(lab):
    """The cells that show widgets: place → how many. Bars of progress are gone when their work is done."""
    alive = set(lab.python("list(__import__('ipywidgets').widgets.widget._instances)"))
    shown = {}
    for place, cell in enumerate(lab.cells()):
        views = [output.get("data", {}).get(WIDGET, {}) for output in cell.get("outputs", ())]
        shown[place] = sum(view.get("model_id") in alive for view in views)
    return {place: count for place, count in shown.items() if count}


def move(lab, control):
    """Use a control by keyboard or click; returns what it said before and after."""
    state = "e => [e.value, e.checked, e.getAttribute('aria-valuenow'), e.getAttribute('aria-pressed')].join()"
    before = control.evaluate(state)
    how = control.evaluate("e => e.getAttribute('role') || (e.tagName === 'INPUT' ? e.type : e.tagName.toLowerCase())")
    if how in ("range", "slider"):
        control.focus()
        ends = control.evaluate(
            "e => [e.value || e.getAttribute('aria-valuenow'), e.max || e.getAttribute('aria-valuemax')]"
        )
        lab.page.keyboard.press("ArrowLeft" if float(ends[0]) >= float(ends[1]) else "ArrowRight")
    elif how == "select":
        control.evaluate("e => { e.selectedIndex = (e.selectedIndex + 1) % e.options.length }")
        control.dispatch_event("change")
    elif how in ("text", "number"):
        control.fill("1")
    else:
        control.click()
    lab.page.wait_for_timeout(100)
    return how, before, control.evaluate(state) if control.count() else "gone"


@pytest.mark.parametrize("name", [source.stem for source in sources()])
def test_it_runs_its_widgets_are_there_and_move(lab, name):
    lab.open(f"{name}.ipynb")
    assert not any(cell.get("outputs") for cell in lab.cells()), "no result before it is asked for"
    lab.run_all()
    code = [cell for cell in lab.cells() if cell["cell_type"] == "code"]
    assert all(cell["execution_count"] for cell in code)
    wrong = [o for cell in code for o in cell["outputs"] if o["output_type"] == "error" or o.get("name") == "stderr"]
    assert wrong == []
    there = widgets(lab)
    assert there
    for place, count in there.items():
        lab.select(place)
        shown = lab.page.locator(f".jp-Cell.jp-mod-active .jp-OutputArea-output:has({DRAWN})")
        shown.nth(count - 1).wait_for(timeout=PATIENCE)
        assert "Error" not in shown.first.inner_text()[:40]
        control = shown.first.locator(CONTROLS).first
        if control.count():
            how, before, after = move(lab, control)
            assert how in ("button", "submit") or before != after, (place, how, before)
    quiet(lab)
