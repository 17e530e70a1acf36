"""Pictures of pictures: palette, overlays and contact sheets, from NumPy arrays and with text alternatives."""

import base64
import html
import io
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from vislab.system.files import writing
from vislab.vocabulary import IGNORE, Vocabulary

if TYPE_CHECKING:
    from vislab.scenes import Scenes

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


def colour_classes(semantic: NDArray[np.integer[Any]], vocabulary: Vocabulary) -> Image:
    """The classes (h, w) in the vocabulary's colours; pixels to ignore are white with grey diagonals."""
    table = np.full((256, 3), 255, np.uint8)
    table[: len(vocabulary.classes)] = [rgb(colour) for colour in vocabulary.colours]
    picture: Image = table[semantic]
    y, x = np.indices(semantic.shape)
    step = max(4, semantic.shape[0] // 24)
    picture[(semantic == IGNORE) & ((x + y) % step == 0)] = 160
    return picture


def colour_objects(instances: NDArray[np.integer[Any]], image: Image, opacity: float = 0.6) -> Image:
    """Each object (ids from 1, (h, w)) in a colour of its own over the greyed image, outlined in white.

    Colours repeat after seven; the outline, not the colour, tells neighbours apart.
    """
    grey = image.mean(-1, keepdims=True).repeat(3, -1)
    colours = [(0, 0, 0), *islice(cycle(map(rgb, PALETTE.values())), int(instances.max(initial=0)))]
    tint = np.asarray(colours, float)[instances]
    there = (instances > 0)[..., None]
    mixed = np.where(there, (1 - opacity) * grey + opacity * tint, 0.5 * grey + 127)
    mixed[outline(instances)] = 255
    picture: Image = mixed.astype(np.uint8)
    return picture


def outline(ids: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
    """Pixels of an object (h, w) whose right or lower neighbour is of another id, or none."""
    padded = np.pad(ids, ((0, 1), (0, 1)), mode="edge")
    return np.asarray((ids != padded[1:, :-1]) | (ids != padded[:-1, 1:]), bool)


def enlarge(pixels: NDArray[Any], to: int) -> NDArray[Any]:
    """Whole-number enlargement of (h, w) or (h, w, 3) to at least `to` pixels a side, without new values."""
    factor = max(1, -(-to // min(pixels.shape[:2])))
    return pixels.repeat(factor, 0).repeat(factor, 1)


def describe(scenes: "Scenes", index: int) -> str:
    """One picture's truth in words: its label and how many objects of which class."""
    words = scenes.vocabulary
    parts = [] if scenes.labels is None else [words.labels[int(scenes.labels[index])]]
    if scenes.objects is not None:
        of_class = np.bincount(scenes.objects[index].cpu().numpy(), minlength=len(words.classes))
        counts = [f"{of_class[c]} × {words.classes[c]}" for c in words.thing_indices if of_class[c]]
        parts.append(", ".join(counts) or "no object")
    return ": ".join(parts)


def show(scenes: "Scenes", limit: int = 6) -> Sheet:
    """The contact sheet of some pictures: picture, classes and objects, with the label above.

    limit: how many pictures at most, the first ones. One picture alone is shown large.
    The sheet carries a text alternative, in `.alt`.
    """
    several = scenes[: max(1, limit)]
    rows = ["picture", *(name for name in ("semantic", "instances") if name in several.levels)]
    panels = [_panels(several, index, rows) for index in range(len(several))]
    alone = len(panels) == 1
    across, down = (len(rows), 1) if alone else (max(1, len(panels)), len(rows))
    side = 3.2 if alone else 1.75
    tall = several.size[0] / several.size[1]
    sheet = Sheet(across * side + 0.35, down * side * tall + 0.9, _alternative(scenes, several, rows))
    axes = sheet.subplots(down, across, squeeze=False)
    names = {"picture": "picture", "semantic": "classes", "instances": "objects"}
    for index, pictures in enumerate(panels):
        for row, pixels in enumerate(pictures):
            ax = axes[0, row] if alone else axes[row, index]
            ax.imshow(pixels, interpolation="nearest" if row else "antialiased")
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set_visible(False)
            if alone:
                ax.set_xlabel(names[rows[row]], color=INK)
            elif index == 0:
                ax.set_ylabel(names[rows[row]], color=INK)
        title = describe(several, index)
        if not alone:  # one thing a line, as the panels are narrow
            title = title.replace(": ", "\n", 1).replace(", ", "\n")
        axes[0, 0 if alone else index].set_title(title, fontsize=9, color=INK, loc="left")
    if not panels:
        axes[0, 0].set_axis_off()
        axes[0, 0].set_title("no pictures", fontsize=9, color=INK, loc="left")
    if "semantic" in rows and panels:
        _legend(sheet, several)
    return sheet


def _panels(scenes: "Scenes", index: int, rows: Sequence[str]) -> list[Image]:
    """One picture at each level, (h, w, 3) each, large enough for thin outlines."""
    image = scenes.images[index].permute(1, 2, 0).cpu().numpy()
    panels = [enlarge(image, 192)]
    if "semantic" in rows and scenes.semantic is not None:
        panels.append(colour_classes(enlarge(scenes.semantic[index].cpu().numpy(), 192), scenes.vocabulary))
    if "instances" in rows and scenes.instances is not None:
        ids = enlarge(scenes.instances[index].cpu().numpy(), 192)
        panels.append(colour_objects(ids, enlarge(image, 192)))
    return panels


def _legend(sheet: Sheet, scenes: "Scenes") -> None:
    """Class names beside their colours, of the classes these pictures show."""
    words = scenes.vocabulary
    there = np.unique(scenes.need("semantic").cpu().numpy())
    patches = [
        Patch(facecolor=words.colours[c], edgecolor=INK, linewidth=0.5, label=words.classes[c])
        for c in there
        if c != IGNORE
    ]
    if IGNORE in there:
        patches.append(Patch(facecolor="white", edgecolor="#a0a0a0", hatch="////", label="ignored"))
    columns = min(len(patches), max(3, int(sheet.get_figwidth() / 1.3)))
    sheet.legend(handles=patches, loc="outside lower center", ncols=columns, frameon=False, fontsize=9)


def _alternative(scenes: "Scenes", several: "Scenes", rows: Sequence[str]) -> str:
    """The sheet in words."""
    seen = "picture" if len(several) == 1 else f"first {len(several)} of {len(scenes):,} pictures"
    if len(several) == len(scenes) and len(several) != 1:
        seen = f"{len(several)} pictures"
    levels = {"semantic": "its classes", "instances": "its objects"}
    shown = " and ".join(levels[row] for row in rows[1:])
    lines = [
        f"Contact sheet of {scenes.vocabulary.name}: {seen}" + (f", each with {shown} in colours." if shown else ".")
    ]
    lines += [f"{several.ids[index]}: {describe(several, index) or 'no truth given'}." for index in range(len(several))]
    return " ".join(lines)
