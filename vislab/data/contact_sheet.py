"""The contact sheet: pictures with their truth, and a text alternative."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np
from matplotlib.patches import Patch
from numpy.typing import NDArray

from vislab.data.scenes import Scenes
from vislab.data.vocabulary import IGNORE, Vocabulary
from vislab.plotting.figures import INK, PALETTE, Image, Sheet, enlarge, outline, rgb

EMPTY = "#999999"  # of the background in every mask that is drawn, whatever colour its set gives it
NAMES = {"picture": "picture", "semantic": "classes", "instances": "objects"}  # of a sheet's panels


def colour_classes(semantic: NDArray[np.integer[Any]], vocabulary: Vocabulary) -> Image:
    """The classes (h, w) in the vocabulary's colours; pixels to ignore are white with grey diagonals."""
    table = np.full((256, 3), 255, np.uint8)
    table[: len(vocabulary.classes)] = [rgb(colour) for colour in drawn_colours(vocabulary)]
    picture: Image = table[semantic]
    y, x = np.indices(semantic.shape)
    step = max(4, semantic.shape[0] // 24)
    picture[(semantic == IGNORE) & ((x + y) % step == 0)] = 160
    return picture


def drawn_colours(vocabulary: Vocabulary) -> tuple[str, ...]:
    """The classes' colours in a figure: a background looks the same in every set."""
    first, *others = vocabulary.colours
    return (EMPTY if vocabulary.classes[0] == "background" else first, *others)


def colour_objects(instances: NDArray[np.integer[Any]], image: Image, opacity: float = 0.6) -> Image:
    """Each object (ids from 1, (h, w)) in a colour of its own over the greyed image, outlined in white.

    There are seven colours; objects that touch never share one.
    """
    grey = image.mean(-1, keepdims=True).repeat(3, -1)
    colours = np.array([rgb(colour) for colour in PALETTE.values()], float)
    tint = colours[colours_apart(instances)][instances]
    covered = (instances > 0)[..., None]
    mixed = np.where(covered, (1 - opacity) * grey + opacity * tint, 0.5 * grey + 127)
    mixed[outline(instances)] = 255
    picture: Image = mixed.astype(np.uint8)
    return picture


def colours_apart(instances: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """A colour's number for each id of a mask (h, w), int64 (ids,): in turn, but never that of what it touches.

    Corners touch too. An object that touches earlier ones in all seven colours keeps its turn's.
    """
    count, several = int(instances.max(initial=0)) + 1, len(PALETTE)
    padded = np.pad(instances, 1)
    shifted = [padded[1 + down : padded.shape[0] - 1 + down, 1 + across : padded.shape[1] - 1 + across]
               for down, across in ((0, 1), (1, 0), (1, 1), (1, -1))]  # fmt: skip
    pairs = np.concatenate([np.stack([instances.ravel(), other.ravel()], 1) for other in shifted])
    pairs = np.unique(pairs[(pairs > 0).all(1) & (pairs[:, 0] != pairs[:, 1])], axis=0)
    touching: list[set[int]] = [set() for _ in range(count)]
    for one, other in pairs.tolist():
        touching[one].add(other)
        touching[other].add(one)
    chosen = np.arange(-1, count - 1) % several
    for index in range(1, count):
        taken = {int(chosen[other]) for other in touching[index] if other < index}
        free = [(index - 1 + step) % several for step in range(several)]
        chosen[index] = next((number for number in free if number not in taken), chosen[index])
    return chosen


def describe(scenes: Scenes, index: int) -> str:
    """One picture's truth in words: its label and its objects, counted by class."""
    vocabulary = scenes.vocabulary
    parts = [] if scenes.labels is None else [vocabulary.labels[int(scenes.labels[index])]]
    if scenes.objects is not None:
        counts = np.bincount(scenes.objects[index].cpu().numpy(), minlength=len(vocabulary.classes))
        things = [f"{counts[c]} × {vocabulary.classes[c]}" for c in vocabulary.thing_indices if counts[c]]
        parts.append(", ".join(things) or "no object")
    return ": ".join(parts)


def show(scenes: Scenes, limit: int = 6) -> Sheet:
    """The contact sheet of some pictures: picture, classes and objects, with the label above.

    limit: how many pictures at most, the first ones. One picture alone is shown large.
    The sheet carries a text alternative, in `.alt`.
    """
    several = scenes[: max(1, limit)]
    levels = ["picture", *(name for name in ("semantic", "instances") if name in several.levels)]
    single = len(several) == 1
    across, down = (len(levels), 1) if single else (max(1, len(several)), len(levels))
    side = 3.2 if single else 1.75
    ratio = several.size[0] / several.size[1]
    sheet = Sheet(across * side + 0.35, down * side * ratio + 0.9, _alternative(scenes, several, levels))
    axes = sheet.subplots(down, across, squeeze=False)
    for index in range(len(several)):
        column = axes[0] if single else axes[:, index]  # the panels of one picture
        for ax, level, pixels in zip(column, levels, _panels(several, index, levels), strict=True):
            ax.imshow(pixels, interpolation="antialiased" if level == "picture" else "nearest")
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set_visible(False)
            if single:
                ax.set_xlabel(NAMES[level], color=INK)
            elif index == 0:
                ax.set_ylabel(NAMES[level], color=INK)
        title = describe(several, index)
        if not single:  # one thing a line, as the panels are narrow
            title = title.replace(": ", "\n", 1).replace(", ", "\n")
        column[0].set_title(title, fontsize=9, color=INK, loc="left")
    if not len(several):
        axes[0, 0].set_axis_off()
        axes[0, 0].set_title("no pictures", fontsize=9, color=INK, loc="left")
    elif "semantic" in levels:
        _legend(sheet, several)
    return sheet


def show_in_notebook(scenes: Scenes) -> None:
    """The contact sheet, and under it the line that print gives."""
    show(scenes)._ipython_display_()
    print(scenes)


def _panels(scenes: Scenes, index: int, levels: Sequence[str]) -> Iterator[Image]:
    """One picture at each level, (h, w, 3), large enough for thin outlines."""
    image = enlarge(scenes.images[index].permute(1, 2, 0).cpu().numpy(), 192)
    yield image
    for level in levels[1:]:
        mask = enlarge(scenes.need(level)[index].cpu().numpy(), 192)
        yield colour_classes(mask, scenes.vocabulary) if level == "semantic" else colour_objects(mask, image)


def class_patches(vocabulary: Vocabulary, shown: Collection[int]) -> list[Patch]:
    """The patches of a legend: these values of semantic masks in their order and colours; IGNORE is "ignored"."""
    names, colours = vocabulary.classes, drawn_colours(vocabulary)
    patches = [
        Patch(facecolor=colours[c], edgecolor=INK, linewidth=0.5, label=names[c]) for c in sorted(shown) if c != IGNORE
    ]
    ignored = Patch(facecolor="white", edgecolor="#a0a0a0", hatch="////", label="ignored")
    return [*patches, ignored] if IGNORE in shown else patches


def _legend(sheet: Sheet, scenes: Scenes) -> None:
    patches = class_patches(scenes.vocabulary, np.unique(scenes.need("semantic").cpu().numpy()).tolist())
    columns = min(len(patches), max(3, int(sheet.get_figwidth() / 1.3)))
    sheet.legend(handles=patches, loc="outside lower center", ncols=columns, frameon=False, fontsize=9)


def _alternative(scenes: Scenes, several: Scenes, levels: Sequence[str]) -> str:
    """The sheet in words."""
    count = len(several)
    pictures = f"{count} pictures" if count == len(scenes) else f"first {count} of {len(scenes):,} pictures"
    truth = " and ".join(f"its {NAMES[level]}" for level in levels[1:])
    head = f"Contact sheet of {scenes.vocabulary.name}: {'picture' if count == 1 else pictures}"
    lines = [f"{several.ids[index]}: {describe(several, index) or 'no truth given'}." for index in range(count)]
    return " ".join([f"{head}, each with {truth} in colours." if truth else f"{head}.", *lines])


def labels_in_turn(scenes: Scenes, limit: int) -> list[int]:
    """The indices of the first pictures of each label, one of each label in turn; the first pictures without labels."""
    if scenes.labels is None:
        return list(range(min(limit, len(scenes))))
    labels = scenes.labels.cpu().numpy()
    rank = np.zeros(len(labels), int)  # how many pictures before it have the same label
    for label in np.unique(labels):
        rank[labels == label] = np.arange((labels == label).sum())
    order: list[int] = np.lexsort([labels, rank])[:limit].tolist()
    return order
