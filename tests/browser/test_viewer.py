"""The Viewer in JupyterLab and Notebook 7: every control by mouse and by keyboard, its pixels and its Python side."""

import numpy as np
import pytest

from .driving import axe, count_pixels, focus_is_visible, pixel, quiet, unreadable_texts

pytestmark = pytest.mark.browser
EVIL = "<img src=x onerror=alert(1)>"
# Grey pictures of 32 px. Truth: a dot left above, a ring right below. The mask says dot all over the left half, surely
# above and hardly below; two objects are predicted, one of them with a low score. Picture k is 100 + k bright.
SETUP = """
import numpy as np, torch
import vislab as vl
from vislab.models.predictions import InstancePrediction, Objects, SemanticPrediction
from vislab.data.vocabulary import EnoughPixels, Vocabulary

def pictures(n=40, names=("dot", "ring"), ids=None):
    words = Vocabulary("dots", ("clear", "dotted"), ("background", *names), tuple(names), EnoughPixels((names[0],), 8),
                       {}, (), ("#000000", "#0072b2", "#e69f00"), share=((names[0],), ()))
    mask = torch.zeros(n, 32, 32, dtype=torch.uint8); mask[:, 4:12, 4:12] = 1; mask[:, 20:28, 20:28] = 2
    grey = torch.full((n, 3, 32, 32), 100, dtype=torch.uint8) + torch.arange(n, dtype=torch.uint8)[:, None, None, None]
    return vl.Scenes(images=grey, vocabulary=words, labels=torch.ones(n, dtype=torch.int64), semantic=mask,
                     instances=mask.to(torch.int16), objects=torch.tensor([[1, 2]] * n, dtype=torch.uint8),
                     ids=ids or tuple(f"p{k}" for k in range(n)))

def predictions(scenes, mask="mask", objects="objects"):
    scores = torch.zeros(len(scenes), 3, 32, 32); scores[:, 0] = 2
    scores[:, 1, :16, :16], scores[:, 1, 16:, :16] = 6, 1.5
    square = np.ones((8, 8), bool)
    found = Objects(np.array([[4, 4, 12, 12], [20, 20, 28, 28]]), (square, square), np.array([1, 2]),
                    np.array([0.9, 0.4], np.float32))
    return [SemanticPrediction(mask, scenes.vocabulary, scenes.ids, scores.half()),
            InstancePrediction(objects, scenes.vocabulary, scenes.ids, (found,) * len(scenes), (32, 32), threshold=0.5)]

scenes = pictures()
"""
VIEW = "viewer = vl.view(scenes, predictions(scenes)); viewer"
DOT, RING = (0, 114, 178), (230, 159, 0)
TRUTH, MASK, OBJECTS = range(1, 4)  # the first pane is the picture


def show(lab, *cells, **how):
    lab.notebook([SETUP, *(cells or [VIEW])], **how)
    how and lab.errors.clear()  # Notebook 7.6 itself complains of its own shortcuts while it starts
    lab.run_all()
    drawn(lab)
    viewer = lab.page.locator(".vislab-viewer").first
    viewer.get_by_role("button", name="more controls").press("Space")
    return viewer


def drawn(lab):
    """Wait until the first Viewer's first pane shows a picture."""
    lab.page.wait_for_function("""() => {
        const pane = document.querySelector('canvas.vislab-pane')
        return pane?.width > 2 && pane.getContext('2d').getImageData(1, 1, 1, 1).data[3] > 0
    }""")


def pane(viewer, number):
    return viewer.locator("canvas.vislab-pane").nth(number)


def at(canvas, x, y):
    """The colour in the middle of the picture's pixel (x, y)."""
    side = canvas.evaluate("c => c.width") / 32
    return pixel(canvas, int((x + 0.5) * side), int((y + 0.5) * side))[:3]


def share(canvas, colour):
    """The part of a canvas that has a colour."""
    return count_pixels(canvas, colour, within=2) / canvas.evaluate("c => c.width * c.height")


def in_rows(viewer):
    """Whether headings, pictures and readings lie below each other, and pictures of a row at one height."""
    return viewer.evaluate("""viewer => {
        const seen = name => [...viewer.querySelectorAll(`.vislab-${name}`)].filter(e => e.offsetParent)
        const parts = ['heading', 'pane', 'reading'].map(seen)
        const [headings, panes, readings] = parts.map(found => found.map(e => e.getBoundingClientRect()))
        const tops = boxes => new Set(boxes.map(box => Math.round(box.top))).size
        return tops(headings) === tops(panes)
            && panes.every((pane, k) => headings[k].bottom <= pane.top && pane.bottom <= readings[k].top)
    }""")


def slide(control, where):
    """Put a range control to a place between 0 and 1, with the mouse."""
    box = control.bounding_box()
    control.click(position={"x": max(1, min(box["width"] - 1, where * box["width"])), "y": box["height"] / 2})


def soon(lab, check):
    """Wait for what the browser redraws: a picture's frame or a few."""
    for _ in range(100):
        if check():
            return
        lab.page.wait_for_timeout(30)
    assert check()


def test_every_control_by_mouse(lab):
    viewer = show(lab)
    truth, mask, objects = (pane(viewer, number) for number in (TRUTH, MASK, OBJECTS))
    slide(viewer.get_by_label("opacity"), 1)
    lab.wait_python("viewer.opacity", 1)
    assert share(truth, DOT) > 0.03  # 64 of 1,024 pixels are dot, less its pattern and its white outline
    assert share(mask, DOT) > 0.15
    assert share(objects, RING) == 0  # its score is below the threshold
    slide(viewer.get_by_label("opacity"), 0)
    lab.wait_python("viewer.opacity", 0)
    assert at(mask, 2, 2) == (100, 100, 100)
    slide(viewer.get_by_label("opacity"), 1)

    slide(viewer.get_by_label("objects: score from"), 0.2)
    soon(lab, lambda: share(objects, RING) > 0.02)
    soon(lab, lambda: 0.1 < lab.python("viewer.thresholds[3]") < 0.3)
    viewer.get_by_label("objects: back to chosen on the validation set").click()
    soon(lab, lambda: share(objects, RING) == 0)
    lab.wait_python("viewer.thresholds[3]", 0.5)
    low, half = share(mask, DOT), viewer.get_by_label("mask: dot from probability")
    slide(half, 0.2)
    soon(lab, lambda: share(mask, DOT) > 1.5 * low)  # below, its probability is 0.35
    slide(half, 0.8)
    soon(lab, lambda: share(mask, DOT) < 1.1 * low)

    viewer.get_by_label("layer: mistakes").check()
    lab.wait_python("viewer.layer", "errors")
    assert viewer.get_by_text("missed").is_visible()
    viewer.get_by_label("layer: truth").check()
    soon(lab, lambda: abs(share(mask, RING) - share(truth, RING)) < 0.002)
    viewer.get_by_label("layer: picture").check()
    soon(lab, lambda: at(mask, 8, 8) == (100, 100, 100))
    viewer.get_by_label("layer: model").check()
    viewer.get_by_label("outlines").check()
    soon(lab, lambda: 0 < share(truth, DOT) < 0.03)
    lab.wait_python("[viewer.layer, viewer.outlined]", ["prediction", True])
    viewer.get_by_label("outlines").uncheck()
    viewer.get_by_label("dot", exact=True).uncheck()
    soon(lab, lambda: share(truth, DOT) == 0)
    lab.wait_python("viewer.hidden", [1])
    viewer.get_by_label("dot", exact=True).check()

    before = share(truth, DOT)
    viewer.get_by_role("button", name="zoom in").click()
    lab.wait_python("viewer.view['zoom']", 1.5)
    viewer.get_by_role("button", name="whole picture").click()
    soon(lab, lambda: share(truth, DOT) == before)
    viewer.get_by_label("wipe", exact=True).first.check()
    viewer.get_by_label("wipe: left of the line").select_option("truth")
    viewer.get_by_label("wipe: right of the line").select_option("objects")
    lab.wait_python("viewer.wipe", {"left": 1, "right": 3, "at": 0.5})
    soon(lab, lambda: share(truth, RING) == 0)  # that half shows what the other pane says
    assert share(truth, DOT) > 0.03
    names = viewer.locator(".vislab-names").nth(TRUTH).inner_text().split()
    assert names == ["truth", "objects"], "both names stand above the picture"
    viewer.get_by_label("wipe", exact=True).first.uncheck()
    lab.wait_python("viewer.wipe", None)

    truth.scroll_into_view_if_needed()
    box = truth.bounding_box()
    lab.page.mouse.move(box["x"] + box["width"] * 8.5 / 32, box["y"] + box["height"] * 8.5 / 32)
    soon(lab, lambda: viewer.locator(".vislab-reading").nth(TRUTH).inner_text() == "dot, object 1")
    assert viewer.locator(".vislab-reading").nth(MASK).inner_text().startswith("dot 0.98")
    assert viewer.locator(".vislab-reading").nth(OBJECTS).inner_text() == "dot, object 1, score 0.90"
    assert viewer.locator(".vislab-reading").first.inner_text() == "row 8, column 8"

    viewer.get_by_role("button", name="next picture").click()
    lab.wait_python("viewer.position", 1)
    viewer.get_by_role("button", name="picture 5", exact=True).click()
    lab.wait_python("viewer.position", 4)
    soon(lab, lambda: at(truth, 16, 2) == (104, 104, 104))
    assert viewer.locator(".vislab-status").inner_text().startswith("picture 5 of 40")
    viewer.get_by_role("button", name="previous picture").click()
    lab.wait_python("viewer.position", 3)
    quiet(lab)


def test_it_opens_simply_and_unfolds(lab):
    viewer = show(lab)
    fewer, sliders = viewer.get_by_role("button", name="fewer controls"), viewer.locator("input[type=range]")
    headings = viewer.locator(".vislab-heading").filter(visible=True)
    assert fewer.get_attribute("aria-expanded") == "true"
    assert headings.count() == 4
    viewer.get_by_label("wipe", exact=True).first.check()
    fewer.click()
    lab.wait_python("[viewer.unfolded, viewer.wipe]", [False, None])
    assert sliders.filter(visible=True).count() == 0
    assert [heading.inner_text().split("\n")[0] for heading in headings.all()] == ["picture", "mask", "objects"]
    lab.python("setattr(viewer, 'opacity', 1.0)")
    pane(viewer, MASK).focus()
    lab.page.keyboard.down("t")
    soon(lab, lambda: share(pane(viewer, OBJECTS), RING) > 0.02)  # the truth, without a pane of its own
    assert "truth" in headings.last.inner_text()
    lab.page.keyboard.up("t")
    quiet(lab)


def test_objects_that_touch_never_share_a_colour(js):
    ids = np.array([1, 1, 2, 0, 3, 3, 0, 0, 4, 0, 0, 5], np.uint16)  # 3 rows of 4; 3 touches 1, 2 and 4; 5 nobody
    codes = (ids > 0).astype(np.uint8)
    shaded = np.array(js("painting.js", "shaded", codes, ids, 4, 3))
    shades = {number: set((shaded[ids == number] // 256).tolist()) for number in range(6)}
    assert all(len(found) == 1 for found in shades.values())
    assert (shaded % 256 == codes).all()
    first, second, third, fourth, alone = (shades[number].pop() for number in range(1, 6))
    assert len({first, second, third}) == 3
    assert third != fourth
    assert (first, alone) == (0, 0)
    colours = {js("painting.js", "shade", "#56b4e9", towards) for towards in js("painting.js", "SHADES")}
    assert len(colours) == 8


def test_every_control_by_keyboard(lab):
    viewer = show(lab)
    truth, objects, press = pane(viewer, TRUTH), pane(viewer, OBJECTS), lab.page.keyboard.press
    cells = len(lab.cells())
    viewer.get_by_label("opacity").focus()
    press("End")
    lab.wait_python("viewer.opacity", 1)
    press("ArrowLeft")
    lab.wait_python("viewer.opacity", 0.99)
    press("ArrowDown")  # in JupyterLab's own hands this moves to the next cell
    lab.wait_python("viewer.opacity", 0.98)
    viewer.get_by_label("objects: score from").focus()
    press("Home")
    soon(lab, lambda: count_pixels(objects, RING, within=8) > 0)
    lab.wait_python("viewer.thresholds[3]", 0)
    viewer.get_by_label("layer: model").focus()
    press("ArrowRight")
    lab.wait_python("viewer.layer", "truth")
    viewer.get_by_label("outlines").focus()
    press("Space")
    lab.wait_python("viewer.outlined", True)

    truth.focus()
    assert focus_is_visible(lab)
    press("o")
    lab.wait_python("viewer.outlined", False)
    press("e")
    lab.wait_python("viewer.layer", "errors")
    press("e")
    lab.wait_python("viewer.layer", "prediction")
    press("p")
    lab.wait_python("viewer.layer", "none")
    press("p")
    press("+")
    lab.wait_python("viewer.view['zoom']", 1.5)
    press("0")
    lab.wait_python("viewer.view['zoom']", 1)
    for _ in range(2):
        press("Shift+ArrowUp")  # from the middle, (16, 16), in steps of 8
    press("Shift+ArrowLeft")
    press("ArrowDown")
    status = viewer.locator(".vislab-status").inner_text()
    assert "truth: background" in status  # (8, 1)
    for _ in range(5):
        press("ArrowDown")
    assert "truth: dot, object 1" in viewer.locator(".vislab-status").inner_text()
    lab.page.keyboard.down("t")
    soon(lab, lambda: count_pixels(objects, RING, within=8) > 0)
    lab.page.keyboard.up("t")
    press("PageDown")
    lab.wait_python("viewer.position", 1)
    viewer.get_by_role("button", name="picture 2", exact=True).focus()
    press("ArrowRight")
    lab.wait_python("viewer.position", 2)
    soon(lab, lambda: lab.page.evaluate("() => document.activeElement.ariaLabel") == "picture 3")
    for key in ("x", "d", "d", "a", "b"):  # commands of a notebook, were they not kept
        press(key)
    assert len(lab.cells()) == cells
    quiet(lab)


def test_every_control_is_reached_by_tab_and_shows_it(lab):
    viewer = show(lab)
    viewer.get_by_role("button", name="next picture").focus()
    seen = []
    for _ in range(25):
        tag = "e => [e.tagName, e.type || e.getAttribute('role') || '', e.ariaLabel || e.textContent || ''].join(' ')"
        where = lab.page.evaluate_handle("() => document.activeElement")
        if not where.evaluate("e => !!e.closest('.vislab-viewer')"):
            break
        seen.append(where.evaluate(tag))
        assert focus_is_visible(lab), seen[-1]
        lab.page.keyboard.press("Tab")
    kinds = " | ".join(seen)
    for wanted in (
        "picture 1",
        "opacity",
        "zoom in",
        "checkbox",
        "radio",
        "score from",
        "dot from probability",
        "CANVAS",
    ):
        assert wanted in kinds, kinds
    assert kinds.count("CANVAS") == 4


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_pixels_keep_their_colours(lab, theme):
    viewer = show(lab)
    lab.theme(theme)
    assert axe(lab, ".vislab-viewer") == []
    viewer.get_by_label("layer: mistakes").check()
    viewer.get_by_label("mask: dot from probability").focus()
    lab.page.keyboard.press("ArrowRight")
    assert viewer.locator(".vislab-warned").is_visible()
    viewer.get_by_label("wipe", exact=True).first.check()
    assert axe(lab, ".vislab-viewer") == []
    viewer.get_by_label("layer: picture").check()
    soon(lab, lambda: at(pane(viewer, TRUTH), 8, 20) == (100, 100, 100))
    quiet(lab)


def test_an_instance_segmenter_misses_nothing_that_is_no_thing(js):
    truth = np.array([0, 1, 2, 255, 1, 2], np.uint8)  # 1 is a road, 2 a car
    asked = js("painting.js", "ofThings", truth, ["sky", "road", "car"], ["car"])
    assert asked == [0, 0, 2, 255, 0, 2]
    predicted = np.array([0, 0, 2, 0, 2, 0], np.uint8)
    assert js("painting.js", "errors", np.array(asked, np.uint8), predicted) == [0, 0, 0, 0, 2, 1]


def test_two_views_stay_in_step_and_python_moves_both(lab):
    show(lab, VIEW, "viewer")
    first, second = (lab.page.locator(".vislab-viewer").nth(number) for number in (0, 1))
    slide(first.get_by_label("opacity"), 1)
    soon(lab, lambda: second.get_by_label("opacity").input_value() == "1")
    soon(lab, lambda: share(pane(second, TRUTH), DOT) > 0.03)
    second.get_by_role("button", name="next picture").click()
    soon(lab, lambda: at(pane(first, TRUTH), 16, 2) == (101, 101, 101))
    lab.python("setattr(viewer, 'opacity', 0.0)")
    for view in (first, second):
        soon(lab, lambda view=view: at(pane(view, TRUTH), 8, 8) == (101, 101, 101))
    quiet(lab)


def test_names_are_text_wherever_they_appear(lab):
    names = [EVIL, "\u05d0\u05d1\u05d2 \u202e \"'&lt;" + "long " * 60]
    call = f"vl.view(scenes, predictions(scenes, {EVIL + '1'!r}, {names[1]!r}))"
    show(lab, f"scenes = pictures(20, {tuple(names)!r}, tuple({EVIL!r} + str(k) for k in range(20)))\n{call}")
    viewer = lab.page.locator(".vislab-viewer")
    assert viewer.locator("img").count() == 0
    assert EVIL in viewer.locator(".vislab-legend").inner_text()
    assert EVIL + "0" in viewer.locator(".vislab-title").inner_text()
    assert viewer.evaluate("e => e.scrollWidth <= e.clientWidth + 1"), "a long name makes the Viewer wider"
    assert axe(lab, ".vislab-viewer") == []
    lab.reopen_from_file()
    drawn(lab)
    assert lab.page.locator(".jp-OutputArea img[src=x]").count() == 0
    quiet(lab)


def test_long_names_of_models_take_more_lines(lab):
    viewer = show(lab, "vl.view(scenes, predictions(scenes, 'trained on ten pictures ' * 5, 'objects'))")
    assert viewer.locator(".vislab-heading b").filter(has_text="trained on ten pictures " * 4).is_visible()
    assert unreadable_texts(lab.page, ".vislab-viewer") == []
    assert in_rows(viewer)


def test_reopened_from_a_file_it_still_switches_layers_and_opacity(lab):
    show(lab)
    lab.reopen_from_file()
    drawn(lab)
    viewer = lab.page.locator(".vislab-viewer").first
    slide(viewer.get_by_label("opacity"), 1)
    soon(lab, lambda: share(pane(viewer, TRUTH), DOT) > 0.03)
    viewer.get_by_label("layer: picture").check()
    soon(lab, lambda: at(pane(viewer, MASK), 8, 8) == (100, 100, 100))
    viewer.get_by_label("layer: model").check()
    viewer.get_by_label("objects: score from").focus()
    lab.page.keyboard.press("Home")
    soon(lab, lambda: share(pane(viewer, OBJECTS), RING) > 0.02)
    viewer.get_by_role("button", name="next picture").click()
    lab.page.get_by_text("No kernel answers").wait_for(timeout=60_000)
    size = (lab.work / "adhoc.ipynb").stat().st_size
    assert size < 1_000_000
    quiet(lab)


def test_in_notebook_7_too(lab):
    viewer = show(lab, app="notebooks")
    cells = len(lab.cells())
    slide(viewer.get_by_label("opacity"), 1)
    lab.wait_python("viewer.opacity", 1)
    assert share(pane(viewer, TRUTH), DOT) > 0.03
    viewer.get_by_label("opacity").focus()
    lab.page.keyboard.press("ArrowDown")
    lab.wait_python("viewer.opacity", 0.99)
    pane(viewer, TRUTH).focus()
    for key in ("d", "d", "x", "e"):
        lab.page.keyboard.press(key)
    lab.wait_python("viewer.layer", "errors")
    assert len(lab.cells()) == cells
    assert axe(lab, ".vislab-viewer") == []
    quiet(lab)


def test_a_hundred_reruns_leak_neither_listeners_nor_canvases_nor_memory(lab):
    plain = "import anywidget\nclass Plain(anywidget.AnyWidget):\n    _esm = 'export default { render() {} }'\nPlain()"
    show(
        lab,
        VIEW,
        "import gc, tracemalloc; tracemalloc.start(); given = predictions(scenes)",
        plain,
        "vl.view(scenes, given)",
    )
    _, jupyters = grown(lab, 3, 20)  # what a widget without any front end leaves behind is not ours
    held = lab.python("[gc.collect(), tracemalloc.get_traced_memory()[0]][1]")
    canvases, listeners = grown(lab, 4, 100)
    more = lab.python("[gc.collect(), tracemalloc.get_traced_memory()[0]][1]") - held
    assert canvases < 0.1
    assert listeners < jupyters + 0.5
    assert more / 100 < 100_000
    quiet(lab)


def grown(lab, cell, times):
    """Canvases and listeners that each rerun of a cell leaves behind, garbage collected; five reruns warm up."""
    session = lab.page.context.new_cdp_session(lab.page)
    session.send("Performance.enable")

    def alive():
        session.send("HeapProfiler.collectGarbage")
        canvas = session.send("Runtime.evaluate", {"expression": "HTMLCanvasElement.prototype"})["result"]["objectId"]
        found = session.send("Runtime.queryObjects", {"prototypeObjectId": canvas})["objects"]["objectId"]
        count = {"objectId": found, "functionDeclaration": "function() { return this.length }", "returnByValue": True}
        canvases = session.send("Runtime.callFunctionOn", count)["result"]["value"]
        session.send("Runtime.releaseObject", {"objectId": found})
        metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
        return canvases, metrics["JSEventListeners"]

    def rerun(many):
        for _ in range(many):
            lab.rewrite_and_run(cell)
        lab.page.wait_for_timeout(1000)

    rerun(5)
    before = alive()
    rerun(times)
    return [(later - earlier) / times for later, earlier in zip(alive(), before, strict=True)]
