"""The numbers that charts with sliders show: one plain dict a point, None for what is not known."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from vislab.history import History
from vislab.metrics.labels import count_labels, sensitivity
from vislab.metrics.objects import Matches
from vislab.prediction import STEPS
from vislab.tables import QUESTIONS
from vislab.widgets.live import thin_loss

Row = dict[str, Any]
COSTS = {  # in Results: words, and what its unit is multiplied with
    "training_s": ("seconds to train", 1),
    "latency_s": ("milliseconds to answer for one picture", 1e3),
    "parameters": ("parameters", 1),
    "macs": ("million multiply-adds a picture", 1e-6),
    "peak_memory_bytes": ("MB of tensors at once", 1e-6),
}


def object_rows(pictures: Sequence[Matches], of: int | None = None, at: float = 0.5) -> list[Row]:
    """Precision, recall and the mean count error at 99 thresholds, None where undefined; of one class, or of all.

    As COCO matches: predictions by falling score take the best object of their class that is still free and whose
    IoU is `at` or more. So which are right does not change with the threshold.
    """
    scores, right, excused, there, owner = [], [], [], [], []
    for number, one in enumerate(pictures):
        mine = np.arange(len(one.scores)) if of is None else np.flatnonzero(one.guessed == of)
        wanted = np.ones(len(one.true), bool) if of is None else one.true == of
        there.append(int(wanted.sum()))
        free = wanted.copy()
        for guess in mine[np.argsort(-one.scores[mine], kind="stable")]:
            iou = np.where(free & (one.true == one.guessed[guess]), one.iou[guess], 0)
            best = int(iou.argmax()) if len(iou) else -1
            hit = best >= 0 and iou[best] >= at
            if hit:
                free[best] = False
            scores.append(float(one.scores[guess]))
            right.append(hit)
            excused.append(bool(one.excused[guess]) and not hit)
            owner.append(number)
    score, hits, spared = np.array(scores), np.array(right, bool), np.array(excused, bool)
    total, rows = sum(there), []
    for threshold in STEPS:
        said = score >= threshold if len(score) else np.zeros(0, bool)
        found, judged = int((said & hits).sum()), int((said & ~spared).sum())
        counts = np.bincount(np.array(owner, int)[said], minlength=len(there))
        off = float(np.abs(counts - np.array(there)).mean()) if there else math.nan
        rows.append(_row(threshold, found, judged, total, off=off))
    return rows


def label_rows(scores: NDArray[np.floating[Any]], truth: NDArray[np.bool_]) -> list[Row]:
    """Precision, recall (sensitivity) and specificity of one label at 99 thresholds, None where undefined.

    scores: (n,), of the label. truth: (n,), whether a picture is of it.
    """
    rows, yes = [], torch.as_tensor(truth).long()
    for threshold in STEPS:
        said = torch.as_tensor(scores >= threshold).long()
        counts = count_labels(yes, said, 2)
        found = int(counts[1, 1])
        specific = float(sensitivity(counts)[0])
        rows.append(_row(threshold, found, int(said.sum()), int(yes.sum()), specificity=specific))
    return rows


def _row(threshold: float, found: int, judged: int, total: int, **more: float) -> Row:
    values = {"precision": found / judged if judged else math.nan, "recall": found / total if total else math.nan}
    values |= more
    finite = {name: round(value, 4) if math.isfinite(value) else None for name, value in values.items()}
    return {"threshold": round(float(threshold), 2)} | finite


def cost_rows(models: Mapping[str, Mapping[str, Any]]) -> list[Row]:
    """One row a model, question and cost of a study's models, where both are known."""
    rows = []
    for question, (measure, ask, heading, times, sign, digits) in QUESTIONS.items():
        unit = f" ({heading},{sign})" if sign else f" ({heading})"
        for cost, (words, scale) in COSTS.items():
            for name, told in models.items():
                paid = told["cost"].get(cost)
                paid = paid["median"] if isinstance(paid, Mapping) else paid
                error = told["answers"].get(question)
                if paid is None or error is None or not math.isfinite(error[measure]):
                    continue
                ends = {end: round(times * error[key], digits + 2) for end, key in
                        (("error", measure), ("low", "low"), ("high", "high"))}  # fmt: skip
                rows.append({"model": name, "question": ask + unit, "cost": words,
                             "value": float(f"{scale * paid:.4g}")} | ends)  # fmt: skip
    return rows


def curve_rows(histories: Mapping[str, History]) -> tuple[list[Row], list[Row]]:
    """Points of loss, at most 300 a training, and of scores; with the pictures and the seconds up to there."""
    losses: list[Row] = []
    scores: list[Row] = []
    for name, history in histories.items():
        if not history.losses:
            continue
        pace = history.seconds / history.seen[-1]
        curve = thin_loss(history)
        losses += [
            {"training": name, "point": point, "seen": seen, "seconds": round(pace * seen, 2), "loss": loss}
            for point, (seen, loss) in enumerate(zip(curve["seen"], curve["raw"], strict=True))
        ]
        scores += [
            {"training": name, "score": key, "seen": row["seen"], "seconds": round(pace * row["seen"], 2),
             "value": round(value, 4)}
            for row in history.scores for key, value in row.items() if key != "seen" and math.isfinite(value)
        ]  # fmt: skip
    return losses, scores
