"""Watching a training in a real JupyterLab: it moves while the cell runs, stops when asked, and stays when saved."""

import pytest

from .driving import axe, focus_is_visible, quiet

pytestmark = pytest.mark.browser

SETUP = """import vislab as vl, torch
torch.set_num_threads(1)
train, valid = vl.draw("smear", 64, size=64), vl.draw("smear", 16, size=64, seed=9)
model = vl.build("semantic", train.vocabulary)"""
FIT = "history = vl.fit(model, train, valid, epochs={epochs}, fresh=True)\nhistory"
AFTER = 'print("afterwards", vl.evaluate(model, valid, quick=True)["mean_iou"] >= 0)'
SHARE = "() => Number(document.querySelector('.vislab-live [role=progressbar]')?.getAttribute('aria-valuenow'))"
PANEL = ".vislab-live"


def start(lab, epochs):
    lab.notebook([SETUP, FIT.format(epochs=epochs), AFTER])
    lab.page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells') }")
    lab.page.locator(PANEL).wait_for(timeout=120_000)


def text(lab, index):
    return "".join("".join(output.get("text", "")) for output in lab.cells()[index]["outputs"])


def wait_for_the_end(lab):
    lab.page.get_by_text("afterwards True").wait_for(timeout=120_000)


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
def test_stop_ends_the_cell_keeps_the_model_and_lets_the_next_cell_run(lab, way):
    start(lab, epochs=100)
    lab.page.wait_for_function(f"() => ({SHARE})() >= 1", timeout=120_000)
    stop = lab.page.get_by_role("button", name="Stop", exact=True)
    if way == "mouse":
        stop.click()
    else:
        stop.focus()
        assert focus_is_visible(lab)
        lab.page.keyboard.press("Enter")
    lab.page.locator(f"{PANEL} .facts", has_text="stopped after").wait_for(timeout=60_000)
    wait_for_the_end(lab)
    assert lab.page.get_by_role("button", name="Stop", exact=True).count() == 0
    assert "stopped after" in text(lab, 1)
    assert lab.python("[history.note.split(';')[0], model.training]")[1] is False
    assert not any(output["output_type"] == "error" for cell in lab.cells() for output in cell["outputs"])
    quiet(lab)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_moves_while_the_cell_runs_and_is_accessible(lab, theme):
    start(lab, epochs=100)
    lab.theme(theme)
    first = lab.page.evaluate(SHARE)
    lab.page.wait_for_function(f"() => ({SHARE})() > {first}", timeout=120_000)
    shown = lab.page.locator(PANEL)
    assert shown.locator(".facts", has_text="pictures a second").count() == 1
    assert shown.locator(".facts", has_text="left").count() == 1
    assert "These 4 pictures before: mean IoU" in shown.locator(".words").inner_text()
    assert shown.get_by_role("img", name="Loss, from").count() == 1
    shown.get_by_role("img", name="mean IoU on validation pictures").wait_for(timeout=120_000)  # after the first pass
    assert shown.locator("img").count() == 8
    assert axe(lab, PANEL) == []
    lab.page.get_by_role("button", name="Stop", exact=True).click()
    wait_for_the_end(lab)
    assert axe(lab, PANEL) == []
    quiet(lab)


def test_what_is_read_out_changes_seldom(lab):
    start(lab, epochs=100)
    lab.page.evaluate("""() => {
        window.updates = 0
        new MutationObserver(() => { window.updates += 1 }).observe(
            document.querySelector('.vislab-live [role=status]'), { childList: true, characterData: true })
        window.made = Date.now() + 60_000
        Date.now = () => window.made
    }""")
    for times in (1, 2, 3):
        lab.page.wait_for_function(f"() => window.updates === {times}", timeout=180_000)
        lab.page.evaluate("() => { window.made += 4_999 }")
        for _ in range(2):  # whatever goes on
            first = lab.page.evaluate(SHARE)
            lab.page.wait_for_function(f"() => ({SHARE})() > {first}", timeout=120_000)
        assert lab.page.evaluate("() => window.updates") == times
        lab.page.evaluate("() => { window.made += 1 }")
    lab.page.get_by_role("button", name="Stop", exact=True).click()
    wait_for_the_end(lab)


def test_the_end_is_shown_once_and_a_saved_notebook_still_shows_it(lab):
    start(lab, epochs=2)
    wait_for_the_end(lab)
    shown = lab.page.locator(PANEL)
    shown.locator(".facts", has_text="done after").wait_for(timeout=60_000)
    assert shown.count() == 1
    kinds = [output["output_type"] for output in lab.cells()[1]["outputs"]]
    assert kinds == ["display_data", "stream"]  # the panel and the line; no second picture of the same curves
    data = lab.cells()[1]["outputs"][0]["data"]
    assert 'alt="Training curves.' in "".join(data["text/html"])
    quiet(lab)
    lab.page.evaluate("async () => { await jupyterapp.commands.execute('docmanager:save') }")
    lab.open("adhoc.ipynb")
    lab.page.locator(f"{PANEL} .facts", has_text="done after").wait_for(timeout=120_000)
    assert shown.locator("img").count() == 8
    assert shown.locator("img").first.evaluate("image => image.decode().then(() => image.naturalWidth)") == 64
    quiet(lab)


TWICE = """from vislab.widgets.live import Panel
from IPython.display import display
bad = '<img src=x onerror="window.pwned = 1">'
panel = Panel(title=bad, ids=[bad], legend=[[bad, "#ff0000"]], truth=[{"image": b"", "words": bad}],
              progress={"share": 0.5, "seen": 8, "total": 16, "speed": 2.0, "seconds": 4, "left": 4})
display(panel)
display(panel)"""


def test_two_views_are_in_step_and_names_are_text(lab):
    lab.notebook([TWICE, "panel.progress = panel.progress | {'share': 0.75}; panel.phase = 'done'"])
    lab.rewrite_and_run(0)
    bars = lab.page.locator(f"{PANEL} [role=progressbar]")
    lab.page.wait_for_function("() => document.querySelectorAll('.vislab-live [aria-valuenow=\"50\"]').length === 2")
    assert lab.page.locator(f"{PANEL} .title").first.inner_text() == '<img src=x onerror="window.pwned = 1">'
    lab.rewrite_and_run(1)
    lab.page.wait_for_function("() => document.querySelectorAll('.vislab-live [aria-valuenow=\"75\"]').length === 2")
    assert bars.count() == 2
    assert lab.page.evaluate("() => window.pwned") is None
    quiet(lab)


def test_round_numbers_and_words(js):
    assert js("live.js", "ticks", 0.98, 3) == [0, 0.5]
    assert js("live.js", "ticks", 1024, 4) == [0, 500, 1000]
    assert js("live.js", "ticks", 0, 4) == [0]
    assert js("live.js", "roundUp", 0.98, 3) == 1
    assert js("live.js", "roundUp", 2.1, 3) == 3
    assert [js("live.js", "duration", seconds) for seconds in (4.4, 59.6, 150, 7200)] == [
        "4 s",
        "1 min",
        "3 min",
        "2.0 h",
    ]
    assert [js("live.js", "brief", value) for value in (0.123, 12.34, 1234.5, None)] == ["0.12", "12.3", "1235", "–"]


def test_facts_say_what_is_known(js):
    going = {"seen": 1200, "total": 2400, "speed": 61.2, "left": 23, "seconds": 20}
    assert js("live.js", "facts", "training", "", going) == (
        "1,200 of 2,400 pictures · 61 pictures a second · about 23 s left"
    )
    assert js("live.js", "facts", "training", "", {"seen": 0, "total": 0, "speed": None, "left": None}) == "0 pictures"
    assert js("live.js", "facts", "done", "", going).endswith("done after 20 s")
    assert js("live.js", "facts", "stopped", "stopped after 37%", going).endswith("· stopped after 37%")
