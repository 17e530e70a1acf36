"""A figure of a study: some test pictures, the truth, and what each model and baseline predicts."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.text import Text
from numpy.typing import NDArray

from vislab.data.contact_sheet import class_patches, colour_classes, labels_in_turn
from vislab.data.convert import guess_objects
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import Vocabulary
from vislab.evaluation.answers.answers import Answers, answers
from vislab.evaluation.marks import as_marks
from vislab.models.predictions import FoundObjects, Prediction, SemanticPrediction
from vislab.plotting.figures import INK, PALETTE, Image, Sheet, enlarge, outline

PICTURES = 4
PIXELS = 240  # of a panel's side, at least
SIDE = 1.9  # inches
KEY = "white lines part objects; below: label and count, ✗ wrong"  # what the legend says above the classes
MOST_COLUMNS = 12  # of the legend


def outcome(
    name: str, test: Scenes, predictions: Mapping[str, Prediction], given: Mapping[str, Answers], models: Sequence[str]
) -> Sheet:
    """A row for each of four test pictures: the picture, the truth, and the masks of models and baselines.

    predictions, given: by the name of a model or baseline; given are their answers. models: names of the models.
    Below each panel stand the label and the count that follow from it; below the picture those of the models that
    draw no masks. Colours are classes, and the legend names all that any panel shows. Lines part objects, but
    for those that they would hide; a semantic mask's are its components. A wrong label, or a count off by one or more,
    is marked with a cross. The first pictures of each label are taken.
    """
    chosen = labels_in_turn(test, PICTURES)
    truth = answers(test)
    masks = {
        name: prediction
        for name, prediction in predictions.items()
        if isinstance(prediction, SemanticPrediction | FoundObjects)
    }
    without_mask = [name for name in predictions if name not in masks and name in models]
    columns = ["picture", *(["truth"] if test.semantic is not None else []), *masks]
    lines = max(1, len(without_mask))
    aspect = test.size[0] / test.size[1]
    sheet = Sheet(SIDE * len(columns), (SIDE * aspect + 0.17 * lines + 0.05) * len(chosen) + 0.3)
    axes = sheet.subplots(len(chosen), len(columns), squeeze=False)
    for ax, title in zip(axes[0], columns, strict=True):
        ax.set_title(title, fontsize=10, color=INK)
    sentences = []
    shown: set[int] = set()
    for row, index in zip(axes, chosen, strict=True):
        true_words = _words(truth, index, truth, test.vocabulary)
        words = {name: _words(given[name], index, truth, test.vocabulary) for name in (*without_mask, *masks)}
        below = [f"{name}: {words[name]}" for name in without_mask]
        _draw(row[0], enlarge(test.images[index].permute(1, 2, 0).cpu().numpy(), PIXELS), below, lines)
        panels = [(_truth(test, index), true_words)] if test.semantic is not None else []
        panels += [(_predicted(prediction, index), words[name]) for name, prediction in masks.items()]
        for ax, (layers, caption) in zip(row[1:], panels, strict=True):
            _draw(ax, _classes_and_objects(layers, test.vocabulary), [caption], lines)
            shown |= set(np.unique(layers.semantic).tolist())
        described = [true_words, *(f"{name}: {text}" for name, text in words.items())]
        sentences.append(f"{test.ids[index]}, truth: {'; '.join(described)}.")
    if shown:
        _add_legend(sheet, class_patches(test.vocabulary, shown))
    sheet.alt = (
        f"{len(chosen)} test pictures of {name}, each beside {', '.join(columns[1:]) or 'nothing'}, "
        f"with the label and count that each gives; a cross marks what is wrong. {' '.join(sentences)}"
    )
    return sheet


# One panel


class Layers(NamedTuple):
    """Classes uint8 (h, w), and the objects that are outlined, ids from 1 (h, w); None without any."""

    semantic: NDArray[np.uint8]
    ids: NDArray[np.int16] | None


def _truth(test: Scenes, index: int) -> Layers:
    ids = None if test.instances is None else test.instances[index].cpu().numpy()
    return Layers(test.need("semantic")[index].cpu().numpy(), ids)


def _predicted(prediction: SemanticPrediction | FoundObjects, index: int) -> Layers:
    if isinstance(prediction, FoundObjects):
        shown = as_marks(prediction)
        sure = shown.objects[index].at_least(shown.threshold)
        ids = sure.paint(*shown.size)
        return Layers(sure.classes_of(ids), ids)
    mask = prediction.scores[index : index + 1].argmax(1).to(torch.uint8).cpu()  # (1, h, w)
    return Layers(mask[0].numpy(), guess_objects(mask, prediction.vocabulary)[0][0].numpy())


def _classes_and_objects(layers: Layers, vocabulary: Vocabulary) -> Image:
    """Classes in their colours, the objects' outlines in white."""
    picture = colour_classes(enlarge(layers.semantic, PIXELS), vocabulary)
    if layers.ids is not None:
        picture[lines_between(enlarge(layers.ids, PIXELS))] = 255
    return picture


def lines_between(ids: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Pixels (h, w) of the lines around objects, ids (h, w) from 1; without those that lines would cover by half."""
    covered = np.bincount(ids[_thick_outline(ids)], minlength=int(ids.max()) + 1)
    clear = 2 * covered < np.bincount(ids.ravel())
    return _thick_outline(np.where(clear[ids], ids, 0))


def _thick_outline(ids: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
    line = outline(ids)
    line[1:] |= line[:-1]  # two pixels wide, as one would be lost in a smaller figure
    line[:, 1:] |= line[:, :-1]
    return line


def _add_legend(sheet: Sheet, patches: list[Patch]) -> None:
    """The classes below all panels, in as many columns as are no wider than these; the figure grows to hold them."""
    for columns in range(min(len(patches), MOST_COLUMNS), 0, -1):
        legend = sheet.legend(
            handles=patches, loc="outside lower center", ncols=columns, frameon=False, fontsize=9, title=KEY,
            title_fontsize=9,
        )  # fmt: skip
        for text in legend.findobj(Text):
            text.set_parse_math(False)  # as a Sheet draws it
        extent = legend.get_window_extent()
        if extent.width <= sheet.bbox.width or columns == 1:
            sheet.set_figheight(sheet.get_figheight() + extent.height / sheet.dpi)
            return
        legend.remove()


def _draw(ax: Axes, image: Image, words: list[str], lines: int) -> None:
    """A panel and, below it, words in a line each; as many lines below all, so that panels line up."""
    ax.imshow(image, interpolation="antialiased")
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    for line, text in enumerate(words + [""] * (lines - len(words))):
        colour = PALETTE["vermillion"] if "✗" in text else INK
        ax.text(0, -0.03 - 0.09 * line, text, transform=ax.transAxes, fontsize=8, va="top", color=colour)


# Words


def _words(given: Answers, index: int, truth: Answers, vocabulary: Vocabulary) -> str:
    """The label and the count of a picture, a cross behind what is wrong."""
    parts = []
    if "label" in given.answered and not np.isnan(given.label[index]):
        wrong = not np.isnan(truth.label[index]) and given.label[index] != truth.label[index]
        parts.append(vocabulary.labels[int(given.label[index])] + (" ✗" if wrong else ""))
    if "count" in given.answered:
        count = float(np.nansum(given.count[index]))
        error = abs(count - np.nansum(truth.count[index])) if "count" in truth.answered else 0
        parts.append((f"{count:.0f}" if count == round(count) else f"{count:.1f}") + (" ✗" if error >= 1 else ""))
    return ", ".join(parts)
