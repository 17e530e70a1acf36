"""Pictures of pictures: palette, overlays and contact sheets, from NumPy arrays and with text alternatives."""

import base64
import html
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from vislab.system.files import writing

if TYPE_CHECKING:
    pass

# Okabe & Ito 2008, Color Universal Design: told apart by colour-blind readers too. Black is left to lines and text.
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

    def save(self, path: str | Path) -> Path:
        """Write it as a picture (the ending says which kind), complete or not at all; returns the path.

        PNG and SVG carry the text alternative as their Description.
        """
        path = Path(path)
        kind = path.suffix[1:] or "png"
        with writing(path) as part:
            self.savefig(part, format=kind, metadata={"Description": self.alt} if kind in ("png", "svg") else None)
        return path

    def to_html(self) -> str:
        """An <img> element that holds the picture and its text alternative."""
        data = base64.b64encode(self.to_webp()).decode()
        width = round(self.get_figwidth() * 100)
        return (
            f'<img src="data:image/webp;base64,{data}" alt="{html.escape(self.alt)}" '
            f'style="width:{width}px;max-width:100%">'
        )

    def to_webp(self) -> bytes:
        """The picture as WebP, because noisy pictures as PNG would make a notebook ten times as large."""
        held = io.BytesIO()
        self.savefig(held, format="webp", dpi=120, pil_kwargs={"quality": 88, "method": 4})
        return held.getvalue()

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display({"text/html": self.to_html(), "text/plain": self.alt or repr(self)}, raw=True)


def rgb(colour: str) -> tuple[int, int, int]:
    """The three bytes of "#rrggbb"."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def outline(ids: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
    """Pixels of an object (h, w) whose right or lower neighbour is of another id, or none."""
    padded = np.pad(ids, ((0, 1), (0, 1)), mode="edge")
    return np.asarray((ids != padded[1:, :-1]) | (ids != padded[:-1, 1:]), bool)


def enlarge(pixels: NDArray[Any], to: int) -> NDArray[Any]:
    """Whole-number enlargement of (h, w) or (h, w, 3) to at least `to` pixels a side, without new values."""
    factor = max(1, -(-to // min(pixels.shape[:2])))
    return pixels.repeat(factor, 0).repeat(factor, 1)
