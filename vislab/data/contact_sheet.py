"""Pictures with their truth on one sheet, with a text alternative."""

from collections.abc import Sequence
from itertools import cycle, islice
from typing import Any

import numpy as np
from matplotlib.patches import Patch
from numpy.typing import NDArray

from vislab.data.scenes import Scenes
from vislab.data.vocabulary import IGNORE, Vocabulary
from vislab.plotting.figures import INK, PALETTE, Image, Sheet, enlarge, outline, rgb


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


def describe(scenes: Scenes, index: int) -> str:
    """One picture's truth in words: its label and how many objects of which class."""
    words = scenes.vocabulary
    parts = [] if scenes.labels is None else [words.labels[int(scenes.labels[index])]]
    if scenes.objects is not None:
        of_class = np.bincount(scenes.objects[index].cpu().numpy(), minlength=len(words.classes))
        counts = [f"{of_class[c]} × {words.classes[c]}" for c in words.thing_indices if of_class[c]]
        parts.append(", ".join(counts) or "no object")
    return ": ".join(parts)


def show(scenes: Scenes, limit: int = 6) -> Sheet:
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


def show_in_notebook(scenes: Scenes) -> None:
    """The contact sheet, and under it the line that print gives."""
    show(scenes)._ipython_display_()
    print(scenes)


def _panels(scenes: Scenes, index: int, rows: Sequence[str]) -> list[Image]:
    """One picture at each level, (h, w, 3) each, large enough for thin outlines."""
    image = scenes.images[index].permute(1, 2, 0).cpu().numpy()
    panels = [enlarge(image, 192)]
    if "semantic" in rows and scenes.semantic is not None:
        panels.append(colour_classes(enlarge(scenes.semantic[index].cpu().numpy(), 192), scenes.vocabulary))
    if "instances" in rows and scenes.instances is not None:
        ids = enlarge(scenes.instances[index].cpu().numpy(), 192)
        panels.append(colour_objects(ids, enlarge(image, 192)))
    return panels


def _legend(sheet: Sheet, scenes: Scenes) -> None:
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


def _alternative(scenes: Scenes, several: Scenes, rows: Sequence[str]) -> str:
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
