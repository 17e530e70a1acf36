"""Names in figures are text, whatever letters they have."""

import warnings

from matplotlib.text import Text

from vislab.plotting.figures import Sheet


def drawn(name: str) -> Text:
    """The title of a figure with this name in its title, a tick and a legend, after it was drawn."""
    sheet = Sheet(3, 2)
    axes = sheet.subplots()
    axes.plot([0, 1], [1, 10], label=name)
    axes.set_yscale("log")
    axes.set_xticks([0], [name])
    axes.legend()
    title: Text = axes.set_title(name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a letter without a shape is warned of
        sheet.to_webp()
    return title


def test_a_dollar_begins_no_formula() -> None:
    assert drawn("over $\\frac$ and $x").get_text() == "over $\\frac$ and $x"


def test_a_letter_that_the_font_lacks_is_seen_all_the_same() -> None:
    title = drawn("a \N{EGYPTIAN HIEROGLYPH A001}")
    assert len(title.get_fontfamily()) > 1 or title.get_text() == "a U+13000 "


def test_a_page_without_styles_shows_one_picture_with_its_words() -> None:
    sheet = Sheet(3, 2, 'A "line".')
    sheet.subplots().plot([0, 1])
    page = sheet.to_html()
    style = page.index("<style>")
    assert page.count("<img") == 1
    assert 'alt="A &quot;line&quot;." width="300"' in page[:style]
    assert page[style:].startswith('<style>[data-jp-theme-light="false"] .vislab-sheet-')
    assert page[style:].count("data:image/webp") == 1
