"""Figures for dark pages: the same drawing, its paper dark and its ink light."""

import copy
from collections.abc import Iterator
from typing import Any, TypeVar

import numpy as np
from matplotlib.artist import Artist
from matplotlib.collections import Collection
from matplotlib.colors import to_rgba_array
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text
from PIL import Image, ImageChops, ImageFilter

PAPER, LIGHT = 0x11 / 255, 0xEC / 255  # greys; the paper is that of JupyterLab's dark theme
DARKEST, LIGHTEST = 0.45, 0.8  # greys between them are seen on both papers; beyond, they are ink and paper
COLOURS = ("color", "facecolor", "edgecolor", "markerfacecolor", "markeredgecolor")
Drawn = TypeVar("Drawn", bound=Figure)


def darken(figure: Drawn) -> Drawn:
    """A copy of a figure on dark paper; its colours, pictures and all that is drawn on pictures stay as they are.

    The figure has been drawn before, so that it has all its ticks; and everything stays where it was then.
    """
    dark = copy.deepcopy(figure)
    dark.set_layout_engine("none")
    kept = {id(part) for artist in _on_pictures(dark) for part in artist.findobj()}
    for artist in dark.findobj():
        if isinstance(artist, (Text, Line2D, Patch, Collection)) and id(artist) not in kept:
            _turn(artist)
    return dark


def _on_pictures(figure: Figure) -> Iterator[Artist]:
    for axes in figure.axes:
        if axes.images:
            yield from (axes.patch, *axes.lines, *axes.patches, *axes.collections)
            yield from (text for text in axes.texts if axes.bbox.contains(*text.get_window_extent().get_points()[0]))


def _turn(artist: Any) -> None:
    names = [name for name in COLOURS if hasattr(artist, f"get_{name}") and hasattr(artist, f"set_{name}")]
    found = [to_rgba_array(getattr(artist, f"get_{name}")()) for name in names]  # all first, as some follow another
    for name, colours in zip(names, found, strict=True):
        for rgba in colours:
            grey = rgba[:3].mean()
            if not DARKEST < grey < LIGHTEST and np.ptp(rgba[:3]) < 0.05:
                rgba[:3] = LIGHT + grey * (PAPER - LIGHT)
        # One colour as a tuple: a line compares it with the one before, and arrays of other lengths cannot be compared.
        getattr(artist, f"set_{name}")(colours if len(colours) != 1 else tuple(colours[0]))


def cover(light: Image.Image, dark: Image.Image) -> Image.Image:
    """What to lay over a bitmap to see its dark twin: opaque where they differ, and one pixel around."""
    differing = ImageChops.difference(light, dark).convert("L").point(lambda value: 255 * (value > 0))
    covering = dark.copy()
    covering.putalpha(differing.filter(ImageFilter.MaxFilter(3)))
    return covering
