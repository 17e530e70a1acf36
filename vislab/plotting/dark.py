"""Figures for dark pages: the same drawing, its paper dark and its ink light."""

from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.text import Text

from vislab.plotting.figures import Sheet

PAPER, LIGHT = "#1d2125", "#ececec"  # as the comparison page's cards
DARKEST = 0.45  # of a grey that counts as ink, 0 black to 1 white


def darken(sheet: Sheet) -> Sheet:
    """Give a figure dark paper and light ink, for good; returns it. Colours that mean something stay as they are."""
    sheet.set_facecolor(PAPER)
    for axes in sheet.axes:
        axes.set_facecolor(PAPER)
        axes.tick_params(which="both", colors=LIGHT, labelcolor=LIGHT)
        axes.spines[:].set_edgecolor(LIGHT)
    for artist in (*sheet.findobj(Text), *sheet.findobj(Line2D)):
        if isinstance(artist, (Text, Line2D)) and _is_ink(artist.get_color()):
            artist.set_color(LIGHT)
    return sheet


def _is_ink(colour: object) -> bool:
    red, green, blue = to_rgb(colour)  # type: ignore[arg-type]
    return max(red, green, blue) < DARKEST and max(red, green, blue) - min(red, green, blue) < 0.05
