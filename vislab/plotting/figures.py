"""Figures with a text alternative, the palette, and helpers for pictures as NumPy arrays."""

import hashlib
import html
import io
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, fontManager, get_font
from matplotlib.text import Text
from numpy.typing import NDArray
from PIL import Image as Pictures

from vislab.plotting.dark import cover, darken
from vislab.plotting.webp import data_uri, encode_small
from vislab.system.files import writing

# Okabe & Ito 2008, Color Universal Design: colour-blind readers can tell them apart. Black is for lines and text.
PALETTE = {
    "orange": "#E69F00",
    "sky blue": "#56B4E9",
    "bluish green": "#009E73",
    "yellow": "#F0E442",
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "reddish purple": "#CC79A7",
}
Image = NDArray[np.uint8]  # (h, w, 3)
INK = "#222222"


class Sheet(Figure):
    """A matplotlib figure with a text alternative, which shows itself once at the end of a cell."""

    def __init__(self, width: float, height: float, alt: str = "") -> None:
        super().__init__(figsize=(width, height), dpi=100, facecolor="white", layout="constrained")
        FigureCanvasAgg(self)
        self.alt = alt  # the figure in words, for readers who cannot see it

    def draw(self, renderer: Any) -> None:
        """Draw it, with names as text: a dollar begins no formula, and a letter that the font lacks is found."""
        for axis in (axis for axes in self.axes for axis in (axes.xaxis, axes.yaxis)):
            axis.get_ticklabels()  # makes those that are drawn
        for text in self.findobj(Text):
            if not text.get_text().startswith("$\\mathdefault"):  # as matplotlib writes powers of ten
                _show_as_text(text)
        super().draw(renderer)

    def save(self, path: str | Path) -> Path:
        """Write it as a picture of the kind that the ending names, complete or not at all; returns the path.

        PNG and SVG carry the text alternative as their Description.
        """
        path = Path(path)
        kind = path.suffix[1:] or "png"
        with writing(path) as part:
            self.savefig(part, format=kind, metadata={"Description": self.alt} if kind in ("png", "svg") else None)
        return path

    def to_html(self) -> str:
        """The picture with its text alternative, and over it, in JupyterLab's dark theme, its dark twin.

        The twin is a background in a style sheet, so that a page which drops those still shows one picture.
        """
        light, width = self.bitmap(), round(self.get_figwidth() * 100)
        picture, over = encode_small(light), encode_small(cover(light, darken(self).bitmap()))
        name = f"vislab-sheet-{hashlib.sha256(picture).hexdigest()[:12]}"
        return (
            f'<div class="{name}" style="position:relative;width:{width}px;max-width:100%">'
            f'<img src="{data_uri(picture)}" alt="{html.escape(self.alt)}" width="{width}" '
            'style="display:block;width:100%;height:auto"></div>'
            f'<style>[data-jp-theme-light="false"] .{name}::after{{content:"";position:absolute;inset:0;'
            f"pointer-events:none;background:url({data_uri(over)}) 0 0/100% 100%}}</style>"
        )

    def bitmap(self) -> Pictures.Image:
        """The figure's pixels, 120 an inch."""
        file = io.BytesIO()
        self.savefig(file, format="png", dpi=120)
        return Pictures.open(file).convert("RGB")

    def to_webp(self) -> bytes:
        """The picture as a WebP file: as PNG, noisy pictures would make a notebook ten times as large."""
        return encode_small(self.bitmap())

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display({"text/html": self.to_html(), "text/plain": self.alt or repr(self)}, raw=True)


def _show_as_text(text: Any) -> None:
    """Let a text be no formula, and all of its letters be seen: from another font, or as their codes."""
    text.set_parse_math(False)
    font = get_font(findfont(text.get_fontproperties()))
    others = []
    for letter in sorted(set(text.get_text())):
        if letter.isprintable() and not font.get_char_index(ord(letter)):
            if family := _family_with(letter):
                others.append(family)
            else:
                text.set_text(text.get_text().replace(letter, f"U+{ord(letter):04X} "))
    if others:
        text.set_fontfamily([font.family_name, *dict.fromkeys(others)])


@cache
def _family_with(letter: str) -> str | None:
    """A font of this machine that has the letter."""
    for entry in fontManager.ttflist:
        try:
            if get_font(entry.fname).get_char_index(ord(letter)):
                return entry.name
        except (OSError, RuntimeError):  # fonts that FreeType cannot read
            continue
    return None


def rgb(colour: str) -> tuple[int, int, int]:
    """The three bytes of "#rrggbb"."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def outline(ids: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
    """Pixels (h, w) whose right or lower neighbour has another id."""
    padded = np.pad(ids, ((0, 1), (0, 1)), mode="edge")
    return np.asarray((ids != padded[1:, :-1]) | (ids != padded[:-1, 1:]), bool)


def enlarge(pixels: NDArray[Any], to: int) -> NDArray[Any]:
    """Whole-number enlargement of (h, w) or (h, w, 3) to at least `to` pixels a side, without new values."""
    factor = max(1, -(-to // min(pixels.shape[:2])))
    return pixels.repeat(factor, 0).repeat(factor, 1)
