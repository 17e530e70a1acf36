"""The outcome of a study as a figure: some test pictures, the truth, and what each model and baseline says of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from numpy.typing import NDArray

from vislab.data.contact_sheet import colour_classes
from vislab.data.convert import guess_instances
from vislab.data.scenes import Scenes
from vislab.data.selection import labels_in_turn
from vislab.data.vocabulary import IGNORE, Vocabulary
from vislab.evaluation.answers.answers import Answers, answers
from vislab.models.predictions import InstancePrediction, Prediction, SemanticPrediction
from vislab.plotting.figures import INK, PALETTE, Image, Sheet, enlarge, outline

PICTURES = 4
PIXELS = 240  # of a panel's side, at least
SIDE = 1.9  # inches


def outcome(
    name: str, test: Scenes, predictions: Mapping[str, Prediction], given: Mapping[str, Answers], models: Sequence[str]
) -> Sheet:
    """A row for each of four test pictures: the picture, the truth, and the masks of models and baselines.

    Below each panel stand the label and the count that follow from it; below the picture those of the models that
    draw no masks. Colours are classes, lines part objects: a semantic mask's are those of its components. A wrong
    label, or a count off by one or more, is marked with a cross. The first pictures of each label are taken.
    """
    chosen = labels_in_turn(test, PICTURES)
    truth = answers(test)
    masks = {
        name: said for name, said in predictions.items() if isinstance(said, SemanticPrediction | InstancePrediction)
    }
    silent = [name for name in predictions if name not in masks and name in models]
    columns = ["picture", *(["truth"] if test.semantic is not None else []), *masks]
    lines = max(1, len(silent))
    tall = test.size[0] / test.size[1]
    sheet = Sheet(SIDE * len(columns), (SIDE * tall + 0.17 * lines + 0.05) * len(chosen) + 0.7)
    axes = sheet.subplots(len(chosen), len(columns), squeeze=False)
    told = []
    for row, index in enumerate(chosen):
        said = [_say(truth, index, truth, test.vocabulary)]
        for column, title in enumerate(columns):
            ax = axes[row, column]
            if title == "picture":
                _draw(ax, enlarge(test.images[index].permute(1, 2, 0).cpu().numpy(), PIXELS))
                words = [f"{who}: {_say(given[who], index, truth, test.vocabulary)}" for who in silent]
            elif title == "truth":
                _draw(ax, _truth_panel(test, index))
                words = said[:1]
            else:
                _draw(ax, _panel(masks[title], index))
                words = [_say(given[title], index, truth, test.vocabulary)]
                said.append(f"{title}: {words[0]}")
            if title == "picture":
                said += words
            _caption(ax, words, lines)
            if row == 0:
                ax.set_title(title, fontsize=10, color=INK)
        told.append(f"{test.ids[index]}, truth: {'; '.join(said)}.")
    _legend(sheet, test, chosen)
    sheet.alt = (
        f"{len(chosen)} test pictures of {name}, each beside {', '.join(columns[1:]) or 'nothing'}, "
        f"with the label and count that each gives; a cross marks what is wrong. {' '.join(told)}"
    )
    return sheet


# One panel


def _truth_panel(test: Scenes, index: int) -> Image:
    semantic = test.need("semantic")[index].cpu().numpy()
    ids = None if test.instances is None else test.instances[index].cpu().numpy()
    return _classes_and_objects(semantic, ids, test.vocabulary)


def _panel(said: SemanticPrediction | InstancePrediction, index: int) -> Image:
    """What one prediction says of one picture."""
    if isinstance(said, InstancePrediction):
        sure = said.objects[index].at_least(said.threshold)
        ids = sure.paint(*said.size)
        return _classes_and_objects(np.append(0, sure.classes)[ids].astype(np.uint8), ids, said.vocabulary)
    mask = said.scores[index : index + 1].argmax(1).to(torch.uint8).cpu()  # (1, h, w)
    blank = torch.zeros((), dtype=torch.uint8).expand(1, 3, *mask.shape[1:])
    guess = guess_instances(Scenes(blank, None, mask, None, None, said.vocabulary, ("",)))
    return _classes_and_objects(mask[0].numpy(), guess.need("instances")[0].numpy(), said.vocabulary)


def _classes_and_objects(semantic: NDArray[np.uint8], ids: NDArray[np.int16] | None, vocabulary: Vocabulary) -> Image:
    """Classes (h, w) in their colours, the objects' outlines in white."""
    picture = colour_classes(enlarge(semantic, PIXELS), vocabulary)
    if ids is not None:
        line = outline(enlarge(ids, PIXELS))
        line[1:] |= line[:-1]  # two pixels wide, as one is lost when the figure is made smaller
        line[:, 1:] |= line[:, :-1]
        picture[line] = 255
    return picture


def _draw(ax: Axes, image: Image) -> None:
    ax.imshow(image, interpolation="antialiased")
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)


# Words


def _say(given: Answers, index: int, truth: Answers, vocabulary: Vocabulary) -> str:
    """Label and count of a picture as someone gives them; a cross behind what is wrong."""
    parts = []
    if "label" in given.answered and not np.isnan(given.label[index]):
        wrong = not np.isnan(truth.label[index]) and given.label[index] != truth.label[index]
        parts.append(vocabulary.labels[int(given.label[index])] + (" ✗" if wrong else ""))
    if "count" in given.answered:
        count = float(np.nansum(given.count[index]))
        off = abs(count - np.nansum(truth.count[index])) if "count" in truth.answered else 0
        parts.append((f"{count:.0f}" if count == round(count) else f"{count:.1f}") + (" ✗" if off >= 1 else ""))
    return ", ".join(parts)


def _caption(ax: Axes, words: list[str], lines: int) -> None:
    """Words below a panel, each line by itself; wrong ones in another colour, too."""
    for line in range(lines):
        text = words[line] if line < len(words) else ""
        ax.text(
            0,
            -0.03 - 0.09 * line,
            text,
            transform=ax.transAxes,
            fontsize=8,
            va="top",
            color=PALETTE["vermillion"] if "✗" in text else INK,
        )


def _legend(sheet: Sheet, test: Scenes, chosen: list[int]) -> None:
    """The classes that are shown, by their colours."""
    if test.semantic is None:
        return
    words = test.vocabulary
    there: list[Any] = [c for c in np.unique(test.semantic[chosen].cpu().numpy()) if c != IGNORE]
    patches = [Patch(facecolor=words.colours[c], edgecolor=INK, linewidth=0.5, label=words.classes[c]) for c in there]
    patches.append(
        Patch(facecolor="none", edgecolor="none", label="white lines part objects; below: label and count, ✗ wrong")
    )
    sheet.legend(handles=patches, loc="outside lower center", ncols=min(len(patches), 6), frameon=False, fontsize=9)
