"""The Labeller in JupyterLab and Notebook 7: brush, outline, label by mouse and by keyboard; what Python then holds."""

import numpy as np
import pytest

from vislab.widgets.labeller.strokes import Item, Stroke, brush

from .driving import axe, call_module, focus_is_visible, pixel, quiet

pytestmark = pytest.mark.browser
EVIL = "<img src=x onerror=alert(1)>"
# Three grey pictures of 32 px.
SETUP = """
import shutil, torch
import vislab as vl
from vislab.data.vocabulary import EnoughPixels, Vocabulary

def pictures(n=3, names=("dot", "ring"), labels=("clear", "dotted")):
    words = Vocabulary("dots", labels, ("background", *names), tuple(names), EnoughPixels((names[0],), 8),
                       {"any": "Any dot?"}, (), ("#000000", "#0072b2", "#e69f00"))
    grey = torch.full((n, 3, 32, 32), 100, dtype=torch.uint8) + torch.arange(n, dtype=torch.uint8)[:, None, None, None]
    return vl.Scenes(images=grey, labels=None, semantic=None, instances=None, objects=None, vocabulary=words,
                     ids=tuple(f"p{k}" for k in range(n)))
"""
FRESH = "shutil.rmtree('mine', ignore_errors=True)"
LABEL = "mine = vl.label(pictures(), folder='mine'); mine"
MASK = "mine._job.painted(mine._job.items[{}])"
HELPER = """
import numpy as np
from vislab.models.predictions import InstancePrediction, Objects

def helper():  # proposes three boxes in every picture
    boxes = np.array([[3, 3, 11, 11], [18, 3, 26, 11], [3, 18, 11, 28]])
    masks = tuple(np.ones((bottom - top, right - left), bool) for left, top, right, bottom in boxes)
    objects = Objects(boxes, masks, np.array([1, 2, 1]), np.ones(3, np.float32))
    model = vl.build("instance", pictures().vocabulary)
    model.answer = lambda images, name, ids: InstancePrediction(name, model.vocabulary, ids, (objects,), (32, 32))
    return model
"""
HELPED = HELPER + "mine = vl.label(pictures(), folder='mine', propose=helper()); mine"
ORIGINS = "[one.origin for one in mine._job.outlines(mine._job.items[{}])]"
OUTLINES = "[[one.code, len(one.points)] for one in mine._job.outlines(mine._job.items[{}])]"


def show(lab, *cells, fresh=True, **how):
    lab.notebook([SETUP + (FRESH if fresh else ""), *(cells or [LABEL])], **how)
    how and lab.errors.clear()  # Notebook 7.6 itself complains of its own shortcuts while it starts
    lab.run_all()
    view = lab.page.locator(".vislab-labeller").first
    at(lab, view, None)
    view.locator("canvas.vislab-pane").evaluate("c => c.scrollIntoView({ block: 'center' })")
    return view


def at(lab, view, position):
    """Wait until a view shows a picture: the one at a position, or any."""
    wanted = "v => v.dataset.shown !== undefined" if position is None else f"v => v.dataset.shown === '{position}'"
    lab.page.wait_for_function(wanted, arg=view.element_handle(), timeout=60_000)
    lab.page.wait_for_timeout(100)


def place(view, x, y):
    """Where a place of the picture is on the page."""
    box = view.locator("canvas.vislab-pane").bounding_box()
    return box["x"] + x / 32 * box["width"], box["y"] + y / 32 * box["height"]


def drag(lab, view, *places):
    lab.page.mouse.move(*place(view, *places[0]))
    lab.page.mouse.down()
    for one in places[1:]:
        lab.page.mouse.move(*place(view, *one))
    lab.page.mouse.up()


def colour(view, x, y):
    """What the canvas shows in the middle of a pixel."""
    canvas = view.locator("canvas.vislab-pane")
    side = canvas.evaluate("c => c.width") / 32
    return pixel(canvas, int((x + 0.5) * side), int((y + 0.5) * side))[:3]


def press(lab, *keys):
    for key in keys:
        lab.page.keyboard.press(key)


def wait(lab, expression, wanted):
    lab.wait_python(expression, wanted)
    assert lab.python("mine.trouble") == ""


def test_a_brush_by_mouse_and_by_keyboard(lab):
    view = show(lab)
    view.get_by_role("button", name="Pixels").click()
    drag(lab, view, (4.5, 4.5), (9.5, 4.5), (9.5, 8.5))
    expected = np.full((32, 32), 255, np.uint8)
    brush(expected, Stroke(Item("p0"), "pixels", "brush", 1, ((4, 4), (9, 4), (9, 8)), 5))
    wait(lab, MASK.format(0), expected.tolist())
    lab.page.mouse.move(*place(view, 20, 28))
    lab.page.wait_for_timeout(200)
    blue, grey = colour(view, 5, 5), colour(view, 20, 20)
    assert grey == pytest.approx((100, 100, 100), abs=2)
    assert blue[2] > blue[0] + 40
    for y, x in ((4, 2), (4, 1), (8, 11), (8, 12), (2, 6), (1, 6)):
        assert (colour(view, x, y) != grey) == (expected[y, x] != 255), (x, y)
    view.locator("canvas.vislab-pane").focus()  # the cursor stays where the pointer left it
    press(lab, "2", "[", "[", "[", "[", "ArrowLeft", "Space", "ArrowRight", "Shift+ArrowUp", "Space")
    expected[28, 19:21], expected[20:29, 20] = 2, 2
    wait(lab, MASK.format(0), expected.tolist())
    assert "painted ring" in view.get_by_role("status").inner_text()
    press(lab, "e", "]", "]", "Space", "Space")
    brush(expected, Stroke(Item("p0"), "pixels", "brush", 255, ((20, 20),), 3))
    wait(lab, MASK.format(0), expected.tolist())
    press(lab, "Control+z")
    lab.wait_python(f"{MASK.format(0)}[20, 20]", 2)
    press(lab, "Control+Shift+z")
    lab.wait_python(f"{MASK.format(0)}[20, 20]", 255)
    press(lab, "b", "Space", "ArrowRight", "Escape")  # given up
    press(lab, "d")
    at(lab, view, 1)
    wait(lab, "mine.scenes.semantic[0].tolist()", np.where(expected == 255, 0, expected).tolist())
    assert view.get_by_role("button", name="Pixels").inner_text() == "Pixels\n1 of 3\nP"
    quiet(lab)


def test_outlines_by_click_by_hand_and_by_keyboard(lab):
    view = show(lab)
    press(lab, "Tab")
    view.get_by_role("button", name="Outlines").click()
    corners = [(4, 4), (10, 4), (10, 10), (4, 10)]
    for corner in [*corners, (4, 4)]:
        lab.page.mouse.click(*place(view, *corner))
        lab.page.wait_for_timeout(60)
    wait(lab, OUTLINES.format(0), [[1, 4]])
    view.get_by_role("button", name="ring").click()
    drag(lab, view, (20, 4), (28, 4), (28, 12), (20, 12), (20, 6))
    lab.wait_python("[one[0] for one in " + OUTLINES.format(0) + "]", [1, 2])
    assert lab.python("(mine._job.objects(mine._job.items[0])[0] == 2).sum()") == pytest.approx(64, abs=8)
    lab.page.mouse.move(*place(view, 16.5, 20.5))
    view.locator("canvas.vislab-pane").focus()
    lab.page.wait_for_timeout(500)
    press(lab, "1", "Space", "Shift+ArrowRight", "Space", "ArrowUp", "Space", "Backspace", "Shift+ArrowDown", "Space")
    assert "3 corners: close it" in view.inner_text()
    press(lab, "Enter")
    wait(lab, OUTLINES.format(0) + "[2:]", [[1, 3]])
    press(lab, "ArrowLeft", "ArrowLeft", "Space", "Escape", "Enter")  # given up: nothing comes of it
    assert "corner" not in view.locator(".vislab-task").inner_text().replace("corner by corner", "")
    lab.page.mouse.dblclick(*place(view, 2, 20))
    for corner in [(2, 28), (8, 28)]:
        lab.page.mouse.click(*place(view, *corner))
        lab.page.wait_for_timeout(60)
    lab.page.mouse.dblclick(*place(view, 8, 20))
    lab.wait_python(OUTLINES.format(0) + "[3:]", [[1, 4]])
    view.get_by_role("button", name="delete object 1, dot").click()
    lab.wait_python("len(mine._job.outlines(mine._job.items[0]))", 3)
    lab.page.mouse.move(*place(view, 24, 8))
    view.locator("canvas.vislab-pane").focus()
    press(lab, "Delete")  # the ring, which lies below the pointer
    wait(lab, "[one.code for one in mine._job.outlines(mine._job.items[0])]", [1, 1])
    view.get_by_role("button", name="undo").click()
    view.get_by_role("button", name="undo").click()
    lab.wait_python("[one.code for one in mine._job.outlines(mine._job.items[0])]", [1, 2, 1, 1])
    lab.page.mouse.click(*place(view, 15.2, 15.2))
    for corner in [(15.4, 15.2), (15.4, 15.4)]:  # within one pixel and beside its middle: closed by its first corner
        lab.page.mouse.click(*place(view, *corner))
    press(lab, "Enter")
    quiet(lab)


def test_a_models_objects_are_accepted_corrected_and_deleted(lab):
    view = show(lab, HELPED)
    task, status = view.locator(".vislab-task"), view.get_by_role("status")
    assert "accept the rest (A)" in task.inner_text()
    view.get_by_role("button", name="delete object 3, dot").click()
    wait(lab, ORIGINS.format(0), ["proposed", "proposed"])
    x, y = lab.python("mine._job.outlines(mine._job.items[0])[0].points[0]")
    drag(lab, view, (x, y), (x + 2, y + 2), (x + 3, y + 4))
    wait(lab, ORIGINS.format(0), ["corrected", "proposed"])
    moved = lab.python("mine._job.outlines(mine._job.items[0])[0].points[0]")
    assert moved == pytest.approx((x + 3, y + 4), abs=0.1)
    assert lab.python("mine.scenes.objects.tolist()") == [[1]]  # what is proposed is no label
    press(lab, "d")
    assert "Accept what is left of the model's objects (A), or delete it, first." in status.inner_text()
    press(lab, "a")
    wait(lab, ORIGINS.format(0), ["corrected", "accepted"])
    drag(lab, view, (14, 20), (28, 20), (28, 30), (14, 30), (14, 22))  # one that the model missed
    wait(lab, ORIGINS.format(0), ["corrected", "accepted", ""])
    press(lab, "d")
    at(lab, view, 1)
    counts = "{kind: spent.count for kind, spent in mine.times.items() if 'outline' in kind}"
    lab.wait_python(counts, {"outline": 1, "outline accepted": 1, "outline corrected": 1})
    quiet(lab)


def test_a_models_objects_by_keyboard_alone(lab):
    view = show(lab, HELPED)
    lab.page.mouse.move(*place(view, 22.5, 7.5))
    view.locator("canvas.vislab-pane").focus()
    press(lab, "ArrowRight", "ArrowLeft")
    assert view.get_by_role("status").inner_text() == "at 22, 7: proposed object 2, ring"
    press(lab, "Enter")
    wait(lab, ORIGINS.format(0), ["proposed", "accepted", "proposed"])
    points = "mine._job.outlines(mine._job.items[0])[1].points"
    before = lab.python(points)
    press(lab, "c", "ArrowDown", "ArrowDown", "Escape")  # given up
    press(lab, "c", "Shift+ArrowUp", "c")
    wait(lab, ORIGINS.format(0), ["proposed", "corrected", "proposed"])
    after = lab.python(points)
    assert sum(old != new for old, new in zip(before, after, strict=True)) == 1
    press(lab, "Control+z")
    wait(lab, ORIGINS.format(0), ["proposed", "accepted", "proposed"])
    view.get_by_role("button", name="accept object 1, dot").focus()
    press(lab, "Space")
    wait(lab, ORIGINS.format(0), ["accepted", "accepted", "proposed"])
    press(lab, "Tab", "Tab", "Tab", "Space")  # the list keeps the focus: past the accepted ones to the last one's ✕
    wait(lab, ORIGINS.format(0), ["accepted", "accepted"])
    assert view.get_by_role("button", name="Accept all").count() == 0
    quiet(lab)


def test_labels_by_key_and_by_click_lead_on(lab):
    view = show(lab)
    assert "Any dot? Click the answer or press its number." in view.inner_text()
    assert "picture 1 of 3" in view.inner_text()
    view.locator("canvas.vislab-pane").focus()
    press(lab, "2")
    at(lab, view, 1)
    assert "picture 1: dotted; picture 2 of 3" in view.get_by_role("status").inner_text()
    view.get_by_role("button", name="clear").click()
    at(lab, view, 2)
    wait(lab, "mine.scenes.labels.tolist()", [1, 0])
    press(lab, "PageUp")
    at(lab, view, 1)
    assert view.get_by_role("button", name="clear").get_attribute("aria-pressed") == "true"
    assert "✓ labelled" in view.inner_text()
    view.locator("canvas.vislab-pane").focus()
    press(lab, "Control+z")
    wait(lab, "mine.scenes.labels.tolist()", [1])
    press(lab, "1")
    at(lab, view, 2)
    press(lab, "1")
    view.get_by_text("All 3 are labelled. Go on with Pixels (P)").wait_for()
    assert lab.python("mine.times['label'].count") == 3
    quiet(lab)


def test_work_is_found_again_after_the_kernel_has_ended(lab):
    view = show(lab)
    view.locator("canvas.vislab-pane").focus()
    press(lab, "2", "p")
    lab.wait_python("[mine.mode, mine.position]", ["pixels", 0])  # it begins at its own first picture
    at(lab, view, 0)
    drag(lab, view, (4.5, 4.5), (20.5, 4.5))
    press(lab, "o")
    drag(lab, view, (20, 14), (28, 14), (28, 22), (20, 22), (20, 15))
    lab.wait_python("mine.times['outline'].count", 1)
    before = lab.python("mine.scenes.semantic.tolist()")
    view = show(lab, fresh=False)  # another kernel
    assert lab.python("mine.scenes.semantic.tolist()") == before
    assert lab.python("[mine.mode, mine.position]") == ["label", 1]
    assert view.get_by_role("button", name="Label").inner_text() == "Label\n1 of 3\nL"
    view.get_by_role("button", name="Pixels").click()
    lab.page.wait_for_timeout(200)
    assert colour(view, 10, 4)[2] > colour(view, 10, 20)[2] + 20
    view.get_by_role("button", name="Outlines").click()
    assert view.get_by_role("button", name="delete object 1, dot").is_visible()
    quiet(lab)


def says(lab, clock, word):
    """Wait until the clock says a word, however slow the machine is."""
    lab.page.wait_for_function(
        "([e, word]) => e.innerText.includes(word)", arg=[clock.element_handle(), word], timeout=60_000
    )


def test_the_clock_runs_while_a_hand_works(lab):
    view = show(lab)
    clock = view.get_by_role("timer")
    says(lab, clock, "this picture 0.0 s")
    assert "stopped" in clock.inner_text()
    lab.page.evaluate("() => { window.made = performance.now(); performance.now = () => window.made }")

    def later(seconds):
        lab.page.evaluate("seconds => { window.made += 1000 * seconds }", seconds)

    for k in range(12):
        lab.page.mouse.move(*place(view, 5 + k, 5))
        later(0.1)
    says(lab, clock, "this picture 1.2 s")
    says(lab, clock, "running")
    lab.page.mouse.move(2, 2)  # outside
    says(lab, clock, "stopped")
    later(60)
    lab.page.wait_for_timeout(700)
    says(lab, clock, "this picture 1.2 s")
    view.get_by_role("button", name="next picture").focus()
    press(lab, "Enter")
    lab.wait_python("mine.position", 1)
    seconds = lab.python("mine._job.log.seconds[mine._job.items[0], 'label']")
    assert seconds == pytest.approx(1.2, abs=0.001)
    lab.page.mouse.move(*place(view, 5, 5))
    says(lab, clock, "running")
    later(60)
    says(lab, clock, "stopped")  # as nobody moves any more
    says(lab, clock, "this picture 3.0 s")
    quiet(lab)


def test_the_clock_stops_with_the_last_label_and_each_kind_has_its_class(lab):
    view = show(lab)
    for _ in range(3):
        done = lab.python("mine._job.progress()['label']")
        view.get_by_role("button", name="dotted").click()
        lab.wait_python("mine._job.progress()['label']", done + 1)
    view.get_by_text("All 3 are labelled").wait_for()
    lab.page.mouse.move(*place(view, 5, 5))
    lab.page.mouse.move(*place(view, 8, 8))
    says(lab, view.get_by_role("timer"), "stopped")
    view.get_by_role("button", name="Pixels").click()
    view.get_by_text("The brush paints: dot").wait_for()
    view.locator("canvas.vislab-pane").focus()
    press(lab, "2")
    view.get_by_text("The brush paints: ring").wait_for()
    view.get_by_role("button", name="Outlines").click()
    view.get_by_text("The next outline is of: dot").wait_for()
    lab.wait_python("mine.chosen", {"pixels": 2, "outline": 1})
    quiet(lab)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_names_are_text(lab, theme):
    words = f"names=({EVIL!r}, 'long ' * 40), labels=({EVIL!r}, 'y' * 90)"
    evil = HELPER.replace("pictures()", f"pictures({words})")
    view = show(lab, f"{evil}mine = vl.label(pictures({words}), folder='mine', propose=helper()); mine")
    lab.theme(theme)
    for key in "lpo":
        view.locator("canvas.vislab-pane").focus()
        press(lab, key)
        if key == "o":
            drag(lab, view, (20, 4), (28, 4), (28, 12), (20, 12), (20, 6))
            view.get_by_role("button", name="delete object 1").wait_for()
            view.get_by_role("button", name="accept object 1").wait_for()
        lab.page.wait_for_timeout(300)
        assert axe(lab, ".vislab-labeller") == []
        assert view.evaluate("e => e.scrollWidth <= e.clientWidth + 1"), "a long name makes it wider"
    assert view.locator("img").count() == 0
    press(lab, "Tab")
    assert focus_is_visible(lab)
    quiet(lab)


def test_two_views_stay_in_step_and_trouble_is_told(lab):
    view = show(lab, LABEL, "mine")
    other = lab.page.locator(".vislab-labeller").nth(1)
    at(lab, other, 0)
    view.get_by_role("button", name="Pixels").click()
    drag(lab, view, (4.5, 4.5), (20.5, 4.5))
    lab.wait_python("mine.scenes.ids", ["p0"])
    lab.page.wait_for_timeout(300)
    assert colour(other, 10, 4) == pytest.approx(colour(view, 10, 4), abs=3)
    canvas = other.locator("canvas.vislab-pane").element_handle()
    lab.rewrite_and_run(2, "shutil.rmtree('mine'); open('mine', 'w').close()")
    lab.page.wait_for_function("c => !c.isConnected && c.width === 0", arg=canvas)
    view.locator("canvas.vislab-pane").focus()
    press(lab, "d")
    view.get_by_role("alert").get_by_text("Not saved yet, but kept in memory until it can be").wait_for()
    lab.python("__import__('os').remove('mine')")
    view.get_by_role("button", name="try to save again").click()
    lab.wait_python("mine.trouble", "")
    lab.wait_python("vl.load('./mine').ids", ["p0"])
    quiet(lab)


def test_reopened_from_a_file_it_shows_the_picture_and_says_that_nobody_answers(lab):
    view = show(lab)
    view.get_by_role("button", name="Pixels").click()
    drag(lab, view, (4.5, 4.5), (20.5, 4.5))
    lab.wait_python("mine.scenes.ids", ["p0"])
    # Python's answer is in the page: what is saved is what the page has.
    lab.page.wait_for_function("v => v.dataset.heard", arg=view.element_handle())
    lab.reopen_from_file()
    view = lab.page.locator(".vislab-labeller").first
    at(lab, view, 0)
    assert colour(view, 10, 4)[2] > colour(view, 10, 20)[2] + 20
    drag(lab, view, (4.5, 14.5), (20.5, 14.5))
    view.get_by_text("No kernel answers").wait_for(timeout=60_000)
    assert (lab.work / "adhoc.ipynb").stat().st_size < 300_000
    quiet(lab)


def test_in_notebook_7_too_keys_are_the_labellers(lab):
    view = show(lab, app="notebooks")
    view.locator("canvas.vislab-pane").focus()
    press(lab, "d")
    at(lab, view, 1)
    press(lab, "p")
    at(lab, view, 0)  # it begins at its own first picture
    press(lab, "1", "Space", "ArrowRight", "ArrowRight", "Space", "Control+z", "Control+y")
    lab.wait_python(f"({MASK.format(0)} == 1).sum()", 31)
    assert len(lab.cells()) == 2
    zoom = "() => document.querySelector('.vislab-labeller button[aria-label=\"whole picture\"]').innerText"
    press(lab, "+")
    assert lab.page.evaluate(zoom) == "1.5 ×"
    press(lab, "0")
    assert lab.page.evaluate(zoom) == "whole picture"
    quiet(lab)


# Pure functions


def test_the_browser_brushes_as_python_does(js):
    chance = np.random.default_rng(0)
    for _ in range(20):
        points = chance.integers(-4, 24, (chance.integers(1, 6), 2)).tolist()
        size, height, width = (int(k) for k in chance.integers(1, 20, 3))
        mask = np.zeros((height, width), np.uint8)
        brush(mask, Stroke(Item("p"), "pixels", "brush", 7, tuple(map(tuple, points)), size))
        there = js("strokes.js", "brushed", np.zeros(height * width, np.uint8), width, height, points, size, 7)
        assert there == mask.ravel().tolist()


def test_a_freehand_line_keeps_the_corners_that_matter(js):
    line = [[0, 0], [1, 0.1], [2, 0], [2, 1], [2.1, 2], [2, 3]]
    assert js("strokes.js", "simplified", line, 0.3) == [[0, 0], [2, 0], [2, 3]]
    assert js("strokes.js", "simplified", line, 0.01) == line
    assert js("strokes.js", "simplified", [[1, 1], [2, 2]], 9) == [[1, 1], [2, 2]]


def test_what_an_outline_encloses(js):
    square = [[1, 1], [4, 1], [4, 4], [1, 4]]
    places = [(2.5, 2.5), (0.5, 2.5), (4.5, 2.5), (2.5, 4.5)]
    assert [js("strokes.js", "encloses", square, place) for place in places] == [True, False, False, False]


def test_the_clock_counts_from_hand_to_hand(browser, js):
    page = browser.new_page()
    call_module(page, "strokes.js", "inMinutes", [1])
    run = """async steps => {
        const { Clock } = await import('/strokes.js'), clock = new Clock()
        return steps.map(([what, now]) => clock[what](now) ?? null)
    }"""
    asked = [("seconds", 500), ("touch", 1000), ("touch", 3000), ("seconds", 4000), ("running", 4000),
             ("seconds", 9000), ("running", 9000), ("touch", 10_000), ("stop", 10_500), ("seconds", 99_000),
             ("touch", 100_000), ("take", 101_000), ("seconds", 101_500), ("take", 110_000),
             ("seconds", 120_000)]  # fmt: skip
    told = [value for value in page.evaluate(run, asked) if value is not None]
    assert told == [0, 3, True, 5, False, 5.5, 6.5, 0.5, 3, 0]
    page.close()
    assert js("strokes.js", "inMinutes", 4.26) == "4.3 s"
    assert js("strokes.js", "inMinutes", 125) == "2 min 05 s"


def test_names_as_a_choice_in_a_sentence(js):
    assert js("labeller.js", "either", ["cell"]) == "cell"
    assert js("labeller.js", "either", ["cell", "infected cell"]) == "cell or infected cell"
    assert js("labeller.js", "either", list("abcdefg")) == "a, b, c or …"
