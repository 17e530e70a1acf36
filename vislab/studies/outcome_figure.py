"""A figure of a study: some test pictures, the truth, and what each model and baseline predicts."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from numpy.typing import NDArray

from vislab.data.contact_sheet import class_patches, colour_classes, labels_in_turn
from vislab.data.convert import guess_objects
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import Vocabulary
from vislab.evaluation.answers.answers import Answers, answers
from vislab.models.predictions import InstancePrediction, Prediction, SemanticPrediction
from vislab.plotting.figures import INK, PALETTE, Image, Sheet, enlarge, outline

PICTURES = 4
PIXELS = 240  # of a panel's side, at least
SIDE = 1.9  # inches
KEY = "white lines part objects; below: label and count, ✗ wrong"  # what the legend says beside the classes


def outcome(
    name: str, test: Scenes, predictions: Mapping[str, Prediction], given: Mapping[str, Answers], models: Sequence[str]
) -> Sheet:
    """A row for each of four test pictures: the picture, the truth, and the masks of models and baselines.

    predictions, given: by the name of a model or baseline; given are their answers. models: names of the models.
    Below each panel stand the label and the count that follow from it; below the picture those of the models that
    draw no masks. Colours are classes, lines part objects: a semantic mask's are those of its components. A wrong
    label, or a count off by one or more, is marked with a cross. The first pictures of each label are taken.
    """
    chosen = labels_in_turn(test, PICTURES)
    truth = answers(test)
    masks = {
        name: prediction
        for name, prediction in predictions.items()
        if isinstance(prediction, SemanticPrediction | InstancePrediction)
    }
    without_mask = [name for name in predictions if name not in masks and name in models]
    columns = ["picture", *(["truth"] if test.semantic is not None else []), *masks]
    lines = max(1, len(without_mask))
    aspect = test.size[0] / test.size[1]
    sheet = Sheet(SIDE * len(columns), (SIDE * aspect + 0.17 * lines + 0.05) * len(chosen) + 0.7)
    axes = sheet.subplots(len(chosen), len(columns), squeeze=False)
    for ax, title in zip(axes[0], columns, strict=True):
        ax.set_title(title, fontsize=10, color=INK)
    sentences = []
    for row, index in zip(axes, chosen, strict=True):
        true_words = _words(truth, index, truth, test.vocabulary)
        words = {name: _words(given[name], index, truth, test.vocabulary) for name in (*without_mask, *masks)}
        below = [f"{name}: {words[name]}" for name in without_mask]
        panels = [(enlarge(test.images[index].permute(1, 2, 0).cpu().numpy(), PIXELS), below)]
        if test.semantic is not None:
            ids = None if test.instances is None else test.instances[index].cpu().numpy()
            mask = test.semantic[index].cpu().numpy()
            panels.append((_classes_and_objects(mask, ids, test.vocabulary), [true_words]))
        panels += [(_panel(prediction, index), [words[name]]) for name, prediction in masks.items()]
        for ax, (image, caption) in zip(row, panels, strict=True):
            _draw(ax, image, caption, lines)
        described = [true_words, *(f"{name}: {text}" for name, text in words.items())]
        sentences.append(f"{test.ids[index]}, truth: {'; '.join(described)}.")
    if test.semantic is not None:
        note = Patch(facecolor="none", edgecolor="none", label=KEY)
        patches = [*class_patches(test.subset(chosen)), note]
        across = min(len(patches), 6)
        sheet.legend(handles=patches, loc="outside lower center", ncols=across, frameon=False, fontsize=9)
    sheet.alt = (
        f"{len(chosen)} test pictures of {name}, each beside {', '.join(columns[1:]) or 'nothing'}, "
        f"with the label and count that each gives; a cross marks what is wrong. {' '.join(sentences)}"
    )
    return sheet


# One panel


def _panel(prediction: SemanticPrediction | InstancePrediction, index: int) -> Image:
    vocabulary = prediction.vocabulary
    if isinstance(prediction, InstancePrediction):
        sure = prediction.objects[index].at_least(prediction.threshold)
        ids = sure.paint(*prediction.size)
        return _classes_and_objects(sure.classes_of(ids), ids, vocabulary)
    mask = prediction.scores[index : index + 1].argmax(1).to(torch.uint8).cpu()  # (1, h, w)
    return _classes_and_objects(mask[0].numpy(), guess_objects(mask, vocabulary)[0][0].numpy(), vocabulary)


def _classes_and_objects(semantic: NDArray[np.uint8], ids: NDArray[np.int16] | None, vocabulary: Vocabulary) -> Image:
    """Classes (h, w) in their colours, the objects' outlines in white."""
    picture = colour_classes(enlarge(semantic, PIXELS), vocabulary)
    if ids is not None:
        line = outline(enlarge(ids, PIXELS))
        line[1:] |= line[:-1]  # two pixels wide, as one would be lost in a smaller figure
        line[:, 1:] |= line[:, :-1]
        picture[line] = 255
    return picture


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
