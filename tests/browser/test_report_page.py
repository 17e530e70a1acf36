"""The comparison page in a real browser: quiet, asking for nothing, accessible, readable on a phone and on paper."""

from types import SimpleNamespace

import pytest
from made_results import made, shipped_results

from vislab.studies.report.page import render
from vislab.system import learner_file as learner

from .driving import axe

pytestmark = pytest.mark.browser
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A page with pictures, bets and a verdict that depends; and one made of figures and bad names."""
    folder = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VISLAB_HOME", str(folder))
        for number, verdict in ((1, "supported"), (6, "it depends"), (9, "cannot be judged")):
            learner.change("guesses", f"claim-{number:02d}", lambda old, value=verdict: {"value": value, "sure": 70})
        (folder / "page.html").write_text(render(shipped_results()), encoding="utf-8")
        bad = made(name=HOSTILE) | {"left_out": [HOSTILE]}
        bad["models"][HOSTILE] = bad["models"].pop("semantic")
        del bad["models"]["instance"]["cost"]
        (folder / "bad.html").write_text(render(bad), encoding="utf-8")
    return folder


@pytest.fixture(params=["light", "dark"])
def opened(browser, report, request):
    """opened(file, width): the page in a window of that width; what went wrong and what was asked for is counted."""
    pages = []

    def open_page(name, width=1280):
        page = browser.browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=request.param
        ).new_page()
        seen = SimpleNamespace(page=page, errors=[], asked=[], theme=request.param)
        page.on("console", lambda said: seen.errors.append(said.text))
        page.on("pageerror", lambda error: seen.errors.append(str(error)))
        page.on("dialog", lambda dialog: (seen.errors.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda asked: seen.asked.append(asked.url))
        page.goto((report / name).as_uri())
        pages.append(page)
        return seen

    yield open_page
    for page in pages:
        page.context.close()


@pytest.mark.parametrize("name", ["page.html", "bad.html"])
def test_it_is_quiet_asks_for_nothing_and_axe_finds_nothing(opened, report, name):
    seen = opened(name)
    seen.page.evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true })")
    seen.page.wait_for_timeout(200)
    assert seen.errors == []
    outside = [url for url in seen.asked if not url.startswith("data:") and url != (report / name).as_uri()]
    assert outside == []
    assert axe(seen, "html") == []


@pytest.mark.parametrize("name", ["page.html", "bad.html"])
def test_a_phone_shows_it_without_scrolling_sideways(opened, name):
    seen = opened(name, 390)
    assert seen.page.evaluate("() => document.documentElement.scrollWidth") == 390
    text = seen.page.locator("body").evaluate("body => getComputedStyle(body).fontSize")
    assert text == "16px"
    assert axe(seen, "html") == []


def test_bars_are_drawn_as_long_as_their_figures_say(opened):
    page = opened("page.html").page
    chart = page.locator(".chart", has=page.get_by_role("heading", name="How many? off by"))
    long = [chart.locator("li", has_text=name).locator("rect").bounding_box()["width"] for name in ("semantic", "mean")]
    told = page.evaluate("""() => Object.fromEntries(['models/semantic', 'baselines/mean'].map(name =>
        [name, +document.querySelector(`[data-at="0/${name}/answers/count/mae"]`).value]))""")
    assert long[0] / long[1] == pytest.approx(told["models/semantic"] / told["baselines/mean"], abs=0.05)


def test_pictures_are_there_and_bad_names_are_words(opened):
    page = opened("page.html").page
    assert page.locator("img").count() == 2  # the outcome, and the learning curves that come with vislab
    for image in page.locator("img").all():
        assert image.evaluate("image => image.complete && image.naturalWidth") > 800
    page = opened("bad.html").page
    assert page.locator("img").count() == 0
    assert page.get_by_text(HOSTILE).count() > 3


def test_the_theme_follows_the_reader_and_paper_is_white(opened):
    seen = opened("page.html")
    colour = "() => getComputedStyle(document.body).backgroundColor"
    dark = seen.page.evaluate(colour) == "rgb(20, 23, 26)"
    assert dark == (seen.theme == "dark")
    seen.page.emulate_media(media="print")
    assert seen.page.evaluate(colour) == "rgb(255, 255, 255)"
    assert not seen.page.locator("nav").is_visible()
