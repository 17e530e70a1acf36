"""What notebook 02 draws and looks at: two rules from one model, evidence as masks, smears without platelets."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from matplotlib.axes import Axes
from numpy.typing import NDArray
from torch import Tensor

from vislab.data.batches import to_float
from vislab.data.scenes import Scenes
from vislab.data.synthetic import smear
from vislab.data.synthetic.draw import BLOCK, sample
from vislab.data.synthetic.settings import Settings
from vislab.evaluation.predict import predict
from vislab.models.classifier import Classifier
from vislab.models.predictions import ClassPrediction, SemanticPrediction
from vislab.plotting.figures import INK, PALETTE, Sheet, enlarge, outline

BATCH = 64  # pictures
PAINTED = 32  # pictures painted together, as vl.draw paints smears of 96 px
RULES = {"A": 0.85, "B": 0.1}  # the threshold of each classifier
BINS = 10  # of confidence, as in vl.evaluate
SIDE = 192  # pixels of a picture in a figure


def two_classifiers(model: Classifier, scenes: Scenes) -> list[ClassPrediction]:
    """A and B: one model with two thresholds, its scores shifted so that both seem to decide at one half."""
    prediction = predict(model, scenes)
    assert isinstance(prediction, ClassPrediction)
    logit = prediction.scores[:, 1].double().logit()
    shifted = []
    for name, threshold in RULES.items():
        infected = (logit - torch.tensor(threshold).double().logit()).sigmoid().float()
        shifted.append(replace(prediction, name=name, scores=torch.stack([1 - infected, infected], 1)))
    return shifted


def evidence_maps(model: Classifier, scenes: Scenes) -> Tensor:
    """The evidence for the last label minus that for the first, at each pixel: float32 (n, h, w), on the CPU."""
    device = next(model.parameters()).device
    model.eval()
    maps = []
    with torch.inference_mode():
        for start in range(0, len(scenes), BATCH):
            _, evidence = model(to_float(scenes.images[start : start + BATCH].to(device)))  # (b, labels, h/8, w/8)
            maps.append((evidence[:, -1:] - evidence[:, :1]).cpu())
    return torch.nn.functional.interpolate(torch.cat(maps), scenes.size, mode="bilinear")[:, 0]


def as_mask(evidence: Tensor, scenes: Scenes, threshold: float, name: str) -> SemanticPrediction:
    """Evidence (n, h, w) read as a mask: "infected cell" above the threshold, "background" below; never "cell"."""
    never = torch.full_like(evidence, -1e4)
    scores = torch.stack([torch.zeros_like(evidence), never, evidence - threshold], 1)  # (n, classes, h, w)
    return SemanticPrediction(name, scenes.vocabulary, scenes.ids, scores.half())


def without_platelets(scenes: Scenes) -> Scenes:
    """The same drawn smears, cell by cell and with the same noise, but without platelets.

    scenes: of `vl.draw("smear", ...)` with its usual settings, 96 px. The pixels that platelets covered keep their
    class, so the truth stays as it is.
    """
    images = torch.empty_like(scenes.images)
    blocks: dict[tuple[int, int], list[tuple[int, int]]] = {}  # (seed, block) → (index in scenes, row in the block)
    for index, name in enumerate(scenes.ids):
        _, seed, number = name.split("-")
        block, row = divmod(int(number), BLOCK)
        blocks.setdefault((int(seed), block), []).append((index, row))
    for (drawn_with, block), members in blocks.items():
        parameters = sample("smear", drawn_with, block, Settings())
        parameters["platelet_there"] = torch.zeros_like(parameters["platelet_there"])
        for start in range(0, BLOCK, PAINTED):
            part = {key: values[start : start + PAINTED] for key, values in parameters.items()}
            painted = smear.paint(part, scenes.size[0], torch.device("cpu")).images
            for index, row in members:
                if start <= row < start + PAINTED:
                    images[index] = painted[row - start]
    return replace(scenes, images=images)


def show_pairs(above: Scenes, below: Scenes, rows: Sequence[str], titles: Sequence[Sequence[str]]) -> Sheet:
    """The same pictures twice, one row above the other; titles: for each row, one a picture."""
    alt = "; ".join(f"{name}: {', '.join(words)}" for name, words in zip(rows, titles, strict=True))
    sheet = Sheet(1.75 * len(above) + 0.4, 4.2, f"{len(above)} smears twice. {alt}.")
    axes = sheet.subplots(2, len(above), squeeze=False)
    for scenes, name, words, line in zip((above, below), rows, titles, axes, strict=True):
        for ax, image, title in zip(line, scenes.images, words, strict=True):
            _show(ax, image.permute(1, 2, 0).cpu().numpy())
            ax.set_title(title, fontsize=9, color=INK)
        line[0].set_ylabel(name, color=INK)
    return sheet


def show_evidence(scenes: Scenes, evidence: Tensor, threshold: float) -> Sheet:
    """A few pictures, the evidence over them, and what lies above the threshold, with the truth outlined.

    evidence: (n, h, w), above 0 where it speaks for "infected".
    """
    n = len(scenes)
    truth = (scenes.need("semantic") == len(scenes.vocabulary.classes) - 1).cpu().numpy()
    alt = f"{n} smears, where the evidence for 'infected' lies, and where it is above {threshold:.1f}; truth outlined."
    sheet = Sheet(1.9 * n + 0.4, 6.1, alt)
    axes = sheet.subplots(3, n, squeeze=False)
    for index in range(n):
        image = enlarge(scenes.images[index].permute(1, 2, 0).cpu().numpy(), SIDE)
        cut = image.copy()
        cut[enlarge((evidence[index] <= threshold).numpy(), SIDE)] //= 3
        cut[outline(enlarge(truth[index].astype(int), SIDE))] = 255
        _show(axes[0, index], image)
        _show(axes[1, index], enlarge(evidence[index].numpy(), SIDE), cmap="RdBu_r", vmin=-10, vmax=10)
        _show(axes[2, index], cut)
    for row, name in zip(axes, ("smear", "evidence", f"above {threshold:.1f}"), strict=True):
        row[0].set_ylabel(name, color=INK)
    return sheet


def _show(ax: Axes, image: NDArray[np.generic], **options: object) -> None:
    ax.imshow(image, **options)  # type: ignore[arg-type]
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)


def show_reliability(predictions: Mapping[str, ClassPrediction], scenes: Scenes) -> Sheet:
    """For each prediction of the scenes, how often the label is right at each confidence, in bins.

    predictions: title → prediction. The area of a point is proportional to its number of pictures.
    """
    texts = []
    sheet = Sheet(3.3 * len(predictions) + 0.3, 3.5)
    axes = sheet.subplots(1, len(predictions), squeeze=False)[0]
    for ax, (title, prediction) in zip(axes, predictions.items(), strict=True):
        confidence, accuracy, count = _reliability(prediction, scenes)
        ax.plot([0.5, 1], [0.5, 1], color="#888888", linestyle="--", linewidth=1)
        ax.scatter(confidence, accuracy, 20 + 500 * count / count.sum(), color=PALETTE["blue"], alpha=0.75)
        for x, y, number in zip(confidence, accuracy, count, strict=True):
            offset = (0, -22 if number > len(scenes) / 2 else 9)  # points; a large dot's number goes below it
            ax.annotate(f"{number}", (x, y), xytext=offset, textcoords="offset points", fontsize=8, ha="center")
        ax.set(xlim=(0.47, 1.03), ylim=(-0.05, 1.1), xlabel="how sure it is", title=title)
        ax.spines[["top", "right"]].set_visible(False)
        bins = zip(confidence, accuracy, count, strict=True)
        texts.append(f"{title}: " + ", ".join(f"{x:.0%} sure, {y:.0%} right ({number})" for x, y, number in bins))
    sheet.axes[0].set_ylabel("how often it is right")
    sheet.alt = f"Confidence against accuracy, in bins. {'; '.join(texts)}."
    return sheet


class _Bins(NamedTuple):
    """Mean confidence, accuracy and number of pictures of each bin that is not empty."""

    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    pictures: NDArray[np.int64]


def _reliability(prediction: ClassPrediction, scenes: Scenes) -> _Bins:
    best = prediction.scores.max(1)
    confidence = best.values.double().cpu().numpy()
    right = (best.indices == scenes.need("labels")).double().cpu().numpy()
    bins = np.ceil(confidence * BINS).clip(1, BINS).astype(int)
    count = np.bincount(bins)
    filled = count > 0
    sums = (np.bincount(bins, values)[filled] for values in (confidence, right))
    mean_confidence, accuracy = (total / count[filled] for total in sums)
    return _Bins(mean_confidence, accuracy, count[filled])
