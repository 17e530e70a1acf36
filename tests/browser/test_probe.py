"""What if, in JupyterLab and Notebook 7: each slider by mouse and keyboard, the picture, the answers and Python."""

import json

import pytest

from vislab.evaluation.answers.questions import QUESTIONS

from .driving import axe, focus_is_visible, pixel, quiet

pytestmark = pytest.mark.browser
EVIL = "<img src=x onerror=alert(1)>"
SETUP = """
import vislab as vl
models, scene = vl.pretrained("smear", device="cpu"), vl.draw("smear", 16)[4]
asked = []
def watch(what):
    what.observe(lambda change: asked.append(change.new), "settings")
    return what
"""
PROBE = 'what = watch(vl.probe([models["semantic"], models["instance"]], scene)); what'
START = {"blur": 1, "noise": 1, "light": 1, "crowding": 0.5, "difficulty": 0.5, "size": 96}
NAMES = {"blur": "blur", "noise": "noise", "light": "uneven light", "crowding": "crowding", "difficulty": "difficulty",
         "size": "size"}  # fmt: skip
SHOWN = "e => e.dataset.settings"


def show(lab, *cells, **how):
    lab.notebook([SETUP, *(cells or [PROBE])], **how)
    how and lab.errors.clear()  # Notebook 7.6 itself complains of its own shortcuts while it starts
    lab.run_all()
    view = lab.page.locator(".vislab-viewer").first
    wait_shown(lab, view, START)
    return view


def wait_shown(lab, view, settings):
    """Wait until a view shows the picture of some settings, named in part."""
    wanted = json.dumps(settings)
    lab.page.wait_for_function(
        """([view, wanted]) => {
            const shown = JSON.parse(view.dataset.settings ?? '{}')
            return Object.entries(JSON.parse(wanted)).every(([name, value]) => shown[name] === value)
        }""",
        arg=[view.element_handle(), wanted],
        timeout=60_000,
    )


def control(view, name):
    return view.get_by_label(NAMES[name], exact=True)


def colours(view, number=0):
    """The colours of nine places of a pane."""
    canvas = view.locator("canvas.vislab-pane").nth(number)
    side = canvas.evaluate("c => c.width")
    return [pixel(canvas, side * x // 4, side * y // 4)[:3] for x in (1, 2, 3) for y in (1, 2, 3)]


def cells_of(view):
    return view.locator("tbody tr").evaluate_all("rows => rows.map(r => [...r.children].map(c => c.innerText))")


def test_each_slider_by_mouse_and_by_keyboard(lab):
    view = show(lab)
    view.get_by_label("layer: picture").check()
    whole = "c => c.toDataURL()"
    expected, before = dict(START), view.locator("canvas.vislab-pane").first.evaluate(whole)
    for name, value in {"blur": 2, "noise": 2, "light": 2, "crowding": 0.5, "difficulty": 0.5, "size": 160}.items():
        box = control(view, name).bounding_box()
        control(view, name).click(position={"x": box["width"] / 2, "y": box["height"] / 2})
        expected[name] = float(control(view, name).input_value())
        assert expected[name] == pytest.approx(value, abs=17 if name == "size" else 0.1)
        wait_shown(lab, view, expected)
        lab.page.keyboard.press("Home")
        lab.page.keyboard.press("ArrowRight")
        step = {"size": 16, "crowding": 0.05, "difficulty": 0.05}.get(name, 0.1)
        expected[name] = 80 if name == "size" else step
        wait_shown(lab, view, expected)
        lab.wait_python("what.settings", expected)
        now = view.locator("canvas.vislab-pane").first.evaluate(whole)
        assert now != before, name
        before = now
    assert lab.python("what.scene.size") == [80, 80]
    x, y = 40, 40
    canvas = view.locator("canvas.vislab-pane").first
    side = canvas.evaluate("c => c.width") / 80
    drawn = lab.python(f"what.scene.images[0, :, {y}, {x}]")
    assert list(pixel(canvas, int((x + 0.5) * side), int((y + 0.5) * side))[:3]) == pytest.approx(drawn, abs=3)
    view.get_by_role("button", name="reset").focus()
    lab.page.keyboard.press("Enter")
    wait_shown(lab, view, START)
    lab.wait_python("what.settings == what.start", True)
    assert view.get_by_role("button", name="reset").is_disabled()
    quiet(lab)


def test_tab_leads_from_slider_to_slider_and_shows_where_one_is(lab):
    view = show(lab)
    control(view, "blur").focus()
    for name in NAMES.values():
        assert lab.page.evaluate("() => document.activeElement.ariaLabel") == name
        assert focus_is_visible(lab)
        lab.page.keyboard.press("ArrowLeft")
        lab.page.keyboard.press("Tab")
    assert lab.page.evaluate("() => document.activeElement.ariaLabel").startswith("reset")
    assert focus_is_visible(lab)
    wait_shown(lab, view, {"blur": 0.9, "noise": 0.9, "light": 0.9, "crowding": 0.45, "difficulty": 0.45, "size": 80})
    quiet(lab)


def test_the_answers_follow_and_say_what_they_were(lab):
    view = show(lab)
    start = lab.python("what.about['start']")
    assert not any("→" in text for row in cells_of(view) for text in row)
    for name in ("noise", "light"):
        control(view, name).focus()
        lab.page.keyboard.press("End")
    wait_shown(lab, view, {"noise": 4, "light": 4})
    now = lab.python("[int(one.count[0, 1:].sum()) for one in what.answers]")
    rows = cells_of(view)
    assert [row[0] for row in rows] == ["truth", "semantic", "instance"]
    assert rows[0][3] == str(now[0]) == str(start[0]["count"])
    assert now[1] != start[1]["count"], "noise and an uneven lamp break this count"
    assert rows[1][3] == f"{start[1]['count']} → {now[1]} ({now[1] - now[0]:+d})".replace("-", "−")
    status = view.get_by_role("status").inner_text()
    assert status.startswith(f"noise 4.0 ×, uneven light 4.0 ×; truth: infected, {now[0]} there; semantic: ")
    assert f"counts {now[1]} of {now[0]}" in status
    quiet(lab)


def test_of_many_quick_moves_some_are_dropped_and_the_last_never(lab):
    view = show(lab)
    moves = """(input, values) => {
        for (const value of values) { input.value = value; input.dispatchEvent(new Event('input', {bubbles: true})) }
    }"""
    both = f"([one, other]) => {{ const move = {moves}; move(...one); move(...other) }}"  # before Python can answer
    noise, blur = (control(view, name).element_handle() for name in ("noise", "blur"))
    lab.page.evaluate(both, [[noise, [k / 10 for k in range(41)]], [blur, [3, 2, 0.7]]])
    wait_shown(lab, view, {"noise": 4, "blur": 0.7})
    lab.wait_python("what.settings", START | {"noise": 4, "blur": 0.7})
    assert lab.python("len(asked)") <= 3, "the first, and the last wishes while one was on its way"
    for key in ["ArrowRight"] * 25 + ["ArrowLeft"] * 3:
        control(view, "crowding").press(key)
    last = float(control(view, "crowding").input_value())
    assert last == 0.85
    wait_shown(lab, view, {"crowding": last, "noise": 4})
    lab.page.wait_for_timeout(600)
    assert json.loads(view.evaluate(SHOWN))["crowding"] == last, "nothing comes after it"
    lab.wait_python("what.settings['crowding']", last)
    control(view, "noise").evaluate(moves, [0, 4, 0, 4])  # back to where it was, while another is on its way
    control(view, "noise").evaluate(moves, [2])
    wait_shown(lab, view, {"noise": 2})
    quiet(lab)


def test_two_views_stay_in_step_python_moves_both_and_a_closed_one_lets_go(lab):
    view = show(lab, PROBE, "what")
    other = lab.page.locator(".vislab-viewer").nth(1)
    control(view, "size").focus()
    lab.page.keyboard.press("End")
    for one in (view, other):
        wait_shown(lab, one, {"size": 256})
        assert control(one, "size").input_value() == "256"
    assert colours(view) == colours(other)
    lab.python("setattr(what, 'settings', {'size': 64, 'blur': 4})")
    for one in (view, other):
        wait_shown(lab, one, {"size": 64, "blur": 4})
        assert control(one, "blur").input_value() == "4"
    canvas = other.locator("canvas.vislab-pane").first.element_handle()
    lab.rewrite_and_run(2, "1 + 1")
    lab.page.wait_for_function("c => !c.isConnected && c.width === 0", arg=canvas)
    control(view, "blur").focus()
    lab.page.keyboard.press("Home")
    wait_shown(lab, view, {"blur": 0})
    quiet(lab)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_names_are_text(lab, theme):
    view = show(
        lab,
        f"what = vl.probe({{{EVIL!r}: models['semantic'], 'long ' * 40: models['regression'],"
        " 'label': models['classification']}, scene); what",
        f"from dataclasses import replace\nvl.probe(models['instance'], replace(scene, ids=({EVIL!r},)))",
    )
    lab.theme(theme)
    control(view, "noise").focus()
    lab.page.keyboard.press("End")
    wait_shown(lab, view, {"noise": 4})
    assert axe(lab, ".vislab-viewer") == []
    assert lab.page.locator(".vislab-viewer img").count() == 0
    assert view.locator("tbody th").nth(1).inner_text() == EVIL
    assert view.evaluate("e => e.scrollWidth <= e.clientWidth + 1"), "a long name makes it wider"
    taken = lab.page.locator(".vislab-viewer").nth(1)
    assert EVIL in taken.locator(".vislab-title").inner_text()
    assert "No slider for crowding" in taken.inner_text()
    assert taken.get_by_label("crowding").count() == 0
    quiet(lab)


def test_a_model_that_fails_is_told_and_the_sliders_go_on(lab):
    picky = """
class Picky:
    task, vocabulary = "semantic", scene.vocabulary
    def __getattr__(self, name): return getattr(models["semantic"], name)
    def answer(self, image, name, ids):
        if image.shape[-1] > 96: raise RuntimeError("no <b>room</b>")
        return models["semantic"].answer(image, name, ids)
what = vl.probe(Picky(), scene); what"""
    view = show(lab, picky)
    control(view, "size").focus()
    lab.page.keyboard.press("End")
    view.get_by_text("No picture under these conditions: RuntimeError: no <b>room</b>").wait_for()
    lab.page.keyboard.press("Home")
    wait_shown(lab, view, {"size": 64})
    quiet(lab)


def test_reopened_from_a_file_it_shows_the_last_picture_and_says_that_nobody_answers(lab):
    view = show(lab)
    control(view, "noise").focus()
    lab.page.keyboard.press("End")
    wait_shown(lab, view, {"noise": 4})
    before = colours(view, 1)
    lab.reopen_from_file()
    view = lab.page.locator(".vislab-viewer").first
    wait_shown(lab, view, {"noise": 4})
    assert colours(view, 1) == before
    assert control(view, "noise").input_value() == "4"
    assert "→" in "".join(text for row in cells_of(view) for text in row)
    control(view, "noise").press("Home")
    lab.page.get_by_text("No kernel answers").wait_for(timeout=60_000)
    assert (lab.work / "adhoc.ipynb").stat().st_size < 300_000
    quiet(lab)


def test_in_notebook_7_too(lab):
    view = show(lab, app="notebooks")
    control(view, "blur").focus()
    for key in ("End", "ArrowDown"):
        lab.page.keyboard.press(key)
    wait_shown(lab, view, {"blur": 3.9})
    lab.wait_python("what.settings['blur']", 3.9)
    quiet(lab)


def test_values_have_the_places_that_their_steps_need(js):
    given = [(1, 0.1, "×"), (0.05, 0.05, ""), (96, 16, "px"), (5, 1, "%")]
    shown = [js("probe.js", "inUnits", value, {"step": step, "unit": unit}) for value, step, unit in given]
    assert shown == ["1.0 ×", "0.05", "96 px", "5 %"]


def test_what_an_answer_was_is_told_where_it_differs(js):
    def before(question, now, was, there=None):
        return js("probe.js", "before", QUESTIONS[question].to_dict(), now, was, there, ["healthy", "infected"])

    assert before("count", {"count": 9}, {"count": 12}, {"count": 12}) == "12"
    assert before("count", {"count": 9}, {"count": 9}) is None
    assert before("label", {"label": 0}, {"label": 1}) == "infected"
    assert before("share", {"share": 0.10004}, {"share": 0.1}) is None
    hit, missed, nowhere = (
        {"point": {"pointed": pointed, "hit": hit}} for pointed, hit in ((True, True), (True, False), (False, None))
    )
    assert before("point", missed, hit, hit) == "hit ✓"
    assert before("point", hit, hit, hit) is None
    assert before("point", nowhere, hit) == "there is one"
