"""What notebook 02 draws and looks at: two rules from one model, evidence as masks, smears without platelets."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vislab.data.batches import to_float
from vislab.data.scenes import Scenes
from vislab.data.synthetic import smear
from vislab.data.synthetic.draw import BLOCK
from vislab.data.synthetic.settings import Settings, chance
from vislab.evaluation.predict import predict
from vislab.models.classifier import Classifier
from vislab.models.predictions import ClassPrediction, SemanticPrediction
from vislab.plotting.figures import INK, PALETTE, Sheet, enlarge, outline

AT_ONCE = 64  # pictures
PAINTED = 32  # pictures painted together, as vl.draw paints smears of 96 px
RULES = {"A": 0.85, "B": 0.1}  # the scores from which they say "infected"


def two_classifiers(model: Classifier, scenes: Scenes) -> list[ClassPrediction]:
    """A and B: what one model says with two thresholds, moved so that both seem to decide at one half."""
    said = predict(model, scenes)
    assert isinstance(said, ClassPrediction)
    logit = said.scores[:, 1].double().logit()
    moved = {name: (logit - torch.tensor(at).double().logit()).sigmoid().float() for name, at in RULES.items()}
    return [
        replace(said, name=name, scores=torch.stack([1 - infected, infected], 1)) for name, infected in moved.items()
    ]


def evidence_of(model: Classifier, scenes: Scenes) -> Tensor:
    """The evidence for the last label less that for the first, at each place: float32 (n, h/8, w/8), on the CPU."""
    place = next(model.parameters()).device
    model.eval()
    parts = []
    with torch.inference_mode():
        for start in range(0, len(scenes), AT_ONCE):
            evidence = model(to_float(scenes.images[start : start + AT_ONCE].to(place)))[1]
            parts.append((evidence[:, -1] - evidence[:, 0]).cpu())
    return torch.cat(parts)


def enlarge_evidence(evidence: Tensor, scenes: Scenes) -> Tensor:
    """Evidence (n, h', w') at the size of the pictures, blended between places: (n, h, w)."""
    return torch.nn.functional.interpolate(evidence[:, None], scenes.size, mode="bilinear")[:, 0]


def as_mask(evidence: Tensor, scenes: Scenes, threshold: float, name: str) -> SemanticPrediction:
    """Evidence (n, h, w) read as a mask: "infected cell" above the threshold, "background" below; never "cell"."""
    never = torch.full_like(evidence, -1e4)
    scores = torch.stack([torch.zeros_like(evidence), never, evidence - threshold], 1)  # (n, classes, h, w)
    return SemanticPrediction(name, scenes.vocabulary, scenes.ids, scores.half())


def without_platelets(scenes: Scenes) -> Scenes:
    """The same drawn smears, cell by cell and to the grain of the noise, with every platelet left out.

    scenes: of `vl.draw("smear", ...)` with its usual settings, 96 px. What platelets covered keeps its class, so all
    truth stays as it is.
    """
    images = torch.empty_like(scenes.images)
    rows: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for place, name in enumerate(scenes.ids):
        _, drawn, number = name.split("-")
        block, row = divmod(int(number), BLOCK)
        rows.setdefault((int(drawn), block), []).append((place, row))
    for (seed, block), wanted in rows.items():
        parameters = smear.sample(chance("smear", seed, block), BLOCK, Settings())
        parameters["platelet_there"] = torch.zeros_like(parameters["platelet_there"])
        for start in range(0, BLOCK, PAINTED):
            part = {key: values[start : start + PAINTED] for key, values in parameters.items()}
            painted = smear.paint(part, scenes.size[0], torch.device("cpu"))[0]
            for place, row in wanted:
                if start <= row < start + PAINTED:
                    images[place] = painted[row - start]
    return replace(scenes, images=images)


def show_pairs(above: Scenes, below: Scenes, rows: Sequence[str], titles: Sequence[Sequence[str]]) -> Sheet:
    """The same pictures twice, one row above the other; titles: for each row, one a picture."""
    told = "; ".join(f"{name}: {', '.join(words)}" for name, words in zip(rows, titles, strict=True))
    sheet = Sheet(1.75 * len(above) + 0.4, 4.2, f"{len(above)} smears twice. {told}.")
    axes = sheet.subplots(2, len(above), squeeze=False)
    for scenes, name, words, line in zip((above, below), rows, titles, axes, strict=True):
        for index, ax in enumerate(line):
            ax.imshow(scenes.images[index].permute(1, 2, 0).cpu().numpy())
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set_visible(False)
            ax.set_title(words[index], fontsize=9, color=INK)
        line[0].set_ylabel(name, color=INK)
    return sheet


def show_evidence(scenes: Scenes, evidence: Tensor, threshold: float) -> Sheet:
    """A few pictures, the evidence over them, and what lies above the threshold, with the truth outlined.

    evidence: (n, h, w), above 0 where it speaks for "infected".
    """
    n = len(scenes)
    truth = (scenes.need("semantic") == len(scenes.vocabulary.classes) - 1).cpu().numpy()
    told = f"{n} smears, where the evidence for 'infected' lies, and where it is above {threshold:.1f}; truth outlined."
    sheet = Sheet(1.9 * n + 0.4, 6.1, told)
    axes = sheet.subplots(3, n, squeeze=False)
    for index in range(n):
        image = enlarge(scenes.images[index].permute(1, 2, 0).cpu().numpy(), 192)
        line = outline(enlarge(truth[index].astype(int), 192))
        kept = image.copy()
        kept[enlarge((evidence[index] <= threshold).numpy(), 192)] //= 3
        picture, mask = image, kept
        mask[line] = 255
        axes[0, index].imshow(picture)
        axes[1, index].imshow(enlarge(evidence[index].numpy(), 192), cmap="RdBu_r", vmin=-10, vmax=10)
        axes[2, index].imshow(mask)
    for row, name in zip(axes, ("smear", "evidence", f"above {threshold:.1f}"), strict=True):
        row[0].set_ylabel(name, color=INK)
    for ax in axes.flat:
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
    return sheet


def show_reliability(parts: dict[str, tuple[NDArray[np.float64], NDArray[np.bool_]]], bins: int = 10) -> Sheet:
    """For each set of pictures, how often the label said is right where the model is so sure of it.

    parts: name → confidence (n,), right (n,). The area of a point goes with the number of its pictures.
    """
    told = []
    sheet = Sheet(3.3 * len(parts) + 0.3, 3.5)
    for ax, (name, (sure, right)) in zip(sheet.subplots(1, len(parts), squeeze=False)[0], parts.items(), strict=True):
        place = np.ceil(sure * bins).clip(1, bins)
        points = [(sure[place == b].mean(), right[place == b].mean(), (place == b).sum()) for b in np.unique(place)]
        x, y, count = np.array(points).T
        ax.plot([0.5, 1], [0.5, 1], color="#888888", linestyle="--", linewidth=1)
        ax.scatter(x, y, 20 + 500 * count / count.sum(), color=PALETTE["blue"], alpha=0.75)
        for one in points:
            ax.annotate(
                f"{one[2]}",
                one[:2],
                xytext=(0, -22 if one[2] > len(sure) / 2 else 9),
                textcoords="offset points",
                fontsize=8,
                ha="center",
            )
        ax.set(xlim=(0.47, 1.03), ylim=(-0.05, 1.1), xlabel="how sure it is", title=name)
        ax.spines[["top", "right"]].set_visible(False)
        told.append(f"{name}: " + ", ".join(f"{a:.0%} sure, {b:.0%} right ({c:.0f})" for a, b, c in points))
    sheet.axes[0].set_ylabel("how often it is right")
    sheet.alt = f"Confidence against accuracy, in bins. {'; '.join(told)}."
    return sheet
