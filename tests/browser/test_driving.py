"""What browser tests judge a page by is itself judged, on pages small enough to see through."""

import pytest
from playwright import sync_api

from .driving import unreadable_texts

pytestmark = pytest.mark.browser
MAIN = '<main style="position:relative;height:60px">'
LINE = "position:absolute;top:{top}px;left:{left}px;font:16px/20px monospace"


@pytest.fixture
def page(browser):
    page = browser.new_page()
    yield page
    page.close()


def line(text, top, left=0):
    return f'<div style="{LINE.format(top=top, left=left)}">{text}</div>'


def test_texts_below_and_beside_each_other_can_be_read(page):
    shut = "<details>not <b>opened</b></details>"
    page.set_content(f"{MAIN}{line('above', 0)}{line('below', 20)}{line('beside', 0, 200)}{line(shut, 40)}</main>")
    assert unreadable_texts(page, "main") == []


def test_a_text_on_another_one_is_found_and_a_hidden_one_is_not(page):
    page.set_content(f"{MAIN}{line('above', 0)}{line('on it', 8)}{line('<i hidden>hidden</i>', 4)}</main>")
    assert unreadable_texts(page, "main") == ['"above" and "on it" overlap']


@pytest.mark.parametrize(("style", "cut"), [("overflow:hidden", True), ("", True), ("overflow:auto", False)])
def test_a_text_wider_than_its_box_is_cut_unless_one_can_scroll(page, style, cut):
    page.set_content(f'<main><div style="width:40px;white-space:nowrap;{style}">a long line</div></main>')
    assert unreadable_texts(page, "main") == (['"a long line" is cut'] if cut else [])


def test_a_text_higher_than_a_box_that_hides_it_is_cut(page):
    page.set_content('<main><p style="width:60px;height:20px;overflow:hidden">two or three lines</p></main>')
    assert unreadable_texts(page, "main") == ['"two or three lines" is cut']


def test_nothing_to_judge_is_an_error(page):
    with pytest.raises(AssertionError, match="no element aside"):
        unreadable_texts(page, "aside")


def test_widgets_that_ipywidgets_did_not_draw_are_opened_again(lab, monkeypatch):
    lab.notebook(["import ipywidgets\nipywidgets.IntSlider(description='again')"])
    lab.run_all()
    opened, wait = [], lab.page.wait_for_function

    def wait_in_vain_once(condition, **options):
        if "widgets =>" in condition and len(opened) == 1:
            raise sync_api.TimeoutError("not drawn")
        return wait(condition, **options)

    monkeypatch.setattr(lab.page, "wait_for_function", wait_in_vain_once)
    monkeypatch.setattr(lab, "open", lambda name, there=lab.open: (opened.append(name), there(name)))
    lab.reopen_from_file()
    assert opened == ["adhoc.ipynb"] * 2
    assert lab.page.get_by_text("again").first.is_visible()
