"""A chart with a slider, drawn by the Vega-Lite that JupyterLab and Notebook 7 bring along.

It is a widget that holds its specification (some kB of JSON, data included) and a picture for when nothing can be
moved. Altair's own widget would carry 0.9 MB of JavaScript into the notebook, plotly's 5 MB.
"""

import html
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import altair as alt
import numpy as np
import traitlets
from numpy.typing import NDArray

from vislab.data.scenes import Scenes
from vislab.errors import VislabError
from vislab.evaluation.metrics.instances import Matches, match_objects
from vislab.evaluation.predict import THRESHOLDS
from vislab.models.predictions import ClassPrediction, InstancePrediction, Prediction, RegressionPrediction
from vislab.plotting.figures import INK, PALETTE, Sheet
from vislab.plotting.webp import data_uri
from vislab.widgets.frontend import Frontend, esm

Row = dict[str, Any]  # the numbers at a threshold, None if undefined
LINE, MARK = PALETTE["blue"], PALETTE["vermillion"]


class Chart(Frontend):
    """A chart that shows itself; for when nothing can be moved: alt, the chart in words, and picture, it as WebP."""

    _esm = esm("charts.js")
    spec: Any = traitlets.Dict().tag(sync=True)
    alt = traitlets.Unicode().tag(sync=True)
    picture = traitlets.Bytes().tag(sync=True)

    def __init__(self, chart: Any, sheet: Sheet) -> None:
        # Text and background are set together: themes that turn the page dark leave the chart as it is.
        chart = chart.configure(background="white", font="sans-serif", padding=12, axis=alt.AxisConfig(
            labelColor=INK, titleColor=INK, gridColor="#e4e4e4", labelFontSize=12, titleFontSize=12,
            titleFontWeight="normal"), title=alt.TitleConfig(color=INK, fontSize=13, fontWeight="normal",
            anchor="start"), view=alt.ViewConfig(stroke=None))  # fmt: skip
        about = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "description": sheet.alt}
        super().__init__(spec=chart.to_dict() | about, alt=sheet.alt, picture=sheet.to_webp())

    def __repr__(self) -> str:
        return str(self.alt)

    def as_html(self) -> str:
        """The picture, with its text alternative."""
        return f'<img alt="{html.escape(self.alt)}" style="max-width:100%" src="{data_uri(self.picture)}">'


class Measure(NamedTuple):
    """What is read beside precision and recall: its key in the rows, and the words around its number."""

    key: str
    before: str
    after: str = ""


def precision_recall(prediction: Prediction, scenes: Scenes, of: str | None = None) -> Chart:
    """Precision against recall as the threshold slides, and what it does to the count or to the other label.

    prediction: objects (right if their IoU with an object of their class is 0.5 or more), or labels. of: a class
    or a label; None takes all objects, or the last label. The slider starts at the prediction's threshold.
    Raises VislabError if the prediction has no scores to slide over, or is of other pictures.
    """
    if prediction.ids != scenes.ids:
        raise VislabError(f"{prediction.name} predicted other pictures than these; predict the same ones")
    if isinstance(prediction, InstancePrediction):
        start, name = prediction.threshold, of or "objects"
        rows = object_rows(match_objects(scenes, prediction.objects), _class_index(scenes, of))
        measure = Measure("off", "count off by ", " a picture")
    elif isinstance(prediction, ClassPrediction | RegressionPrediction) and prediction.scores.shape[1]:
        labels = scenes.vocabulary.labels
        start, name = 0.5, labels[-1] if of is None else of
        if name not in labels:
            raise VislabError(f"there is no label {of!r}; there are {', '.join(labels)}")
        label = labels.index(name)
        rows = label_rows(prediction.scores[:, label].numpy(), (scenes.need("labels").cpu() == label).numpy())
        measure = Measure("specificity", "specificity ")
    else:
        raise VislabError("the classes of a mask have no threshold to slide; give objects or labels")
    title = f"{prediction.name}: {name}, {len(scenes):,} pictures"
    start = round(min(0.99, max(0.01, start)), 2)
    now = next(row for row in rows if row["threshold"] == start)
    return Chart(_vega_lite(title, rows, start, measure), _sheet(title, rows, now, measure))


def _class_index(scenes: Scenes, of: str | None) -> int | None:
    things = scenes.vocabulary.things
    if of is not None and of not in things:
        raise VislabError(f"there are no objects of class {of!r}; there are {', '.join(things)}")
    return None if of is None else scenes.vocabulary.classes.index(of)


def _vega_lite(title: str, rows: list[Row], start: float, measure: Measure) -> Any:
    """The curve, a mark at the slider's threshold, and the numbers there in words."""
    slider = alt.param(name="threshold", value=start,
                       bind=alt.binding_range(min=0.01, max=0.99, step=0.01, name="score threshold "))  # fmt: skip
    scale = alt.Scale(domain=[0, 1])
    curve = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("recall:Q", title="recall: share of the true ones that were found", scale=scale),
        y=alt.Y("precision:Q", title="precision: share of the predicted ones that are right", scale=scale),
    )
    chosen = curve.transform_filter("abs(datum.threshold - threshold) < 0.005")
    key, before, after = measure
    words = (
        "'at ' + format(threshold, '.2f') + ': precision ' + (isValid(datum.precision) ? format(datum.precision, '.2f')"
        " : 'unknown') + ', recall ' + (isValid(datum.recall) ? format(datum.recall, '.2f') : 'unknown') + "
        f"(isValid(datum.{key}) ? ', {before}' + format(datum.{key}, '.2f') + '{after}' : '')"
    )
    line = curve.transform_filter("isValid(datum.precision)").mark_line(color=LINE, strokeWidth=2)
    mark = chosen.transform_filter("isValid(datum.precision)").mark_point(
        size=160, filled=True, shape="diamond", color=MARK, opacity=1, stroke="white"
    )
    readout = chosen.transform_calculate(words=words).mark_text(align="left", fontSize=13, color=INK)
    return alt.layer(
        line.encode(order="threshold:Q"), mark,
        readout.encode(x=alt.value(12), y=alt.value(286), text="words:N"),
    ).add_params(slider).properties(width=440, height=300, title=title)  # fmt: skip


def _sheet(title: str, rows: list[Row], now: Row, measure: Measure) -> Sheet:
    """The same as a picture, at the threshold where the slider starts."""

    def number(key: str) -> str:
        return "unknown" if now[key] is None else f"{now[key]:.2f}"

    readout = f"at {now['threshold']:.2f}: precision {number('precision')}, recall {number('recall')}"
    if now[measure.key] is not None:
        readout += f", {measure.before}{number(measure.key)}{measure.after}"
    sheet = Sheet(5.4, 3.9, f"Precision against recall, {title}; {readout}.")
    ax = sheet.subplots()
    known = [row for row in rows if row["precision"] is not None and row["recall"] is not None]
    ax.plot([row["recall"] for row in known], [row["precision"] for row in known], color=LINE, linewidth=2)
    if now in known:
        ax.plot(now["recall"], now["precision"], "D", color=MARK, markersize=9)
    ax.set(xlim=(0, 1.02), ylim=(0, 1.02), xlabel="recall", ylabel="precision")
    ax.set_title(f"{title}\n{readout}", fontsize=10, loc="left")
    ax.spines[["top", "right"]].set_visible(False)
    return sheet


def object_rows(pictures: Sequence[Matches], of: int | None = None) -> list[Row]:
    """Precision, recall and the mean count error at 99 thresholds, None if undefined; of one class, or of all.

    As COCO matches: predictions by falling score take the best object of their class that is still free and whose
    IoU is 0.5 or more. So which are right does not change with the threshold.
    """
    mine = [np.ones(len(matches.scores), bool) if of is None else matches.guessed == of for matches in pictures]
    columns = [np.stack([matches.scores, _hits(matches), matches.excused])[:, keep]
               for matches, keep in zip(pictures, mine, strict=True)]  # fmt: skip
    scores, hits, excused = np.concatenate([np.zeros((3, 0)), *columns], 1)  # (n,) each
    right, counted = hits > 0, (hits > 0) | (excused == 0)
    owner = np.repeat(np.arange(len(pictures)), [keep.sum() for keep in mine])
    true_counts = np.array([np.sum((of is None) | (matches.true == of)) for matches in pictures], int)
    rows = []
    for threshold in THRESHOLDS:
        predicted = scores >= threshold
        counts = np.bincount(owner[predicted], minlength=len(pictures))
        off = float(np.abs(counts - true_counts).mean()) if len(pictures) else math.nan
        found, judged = int((predicted & right).sum()), int((predicted & counted).sum())
        rows.append(_row(threshold, found, judged, int(true_counts.sum()), off=off))
    return rows


def _hits(matches: Matches) -> NDArray[np.bool_]:
    """Which predictions of a picture find an object."""
    hits, free = np.zeros(len(matches.scores), bool), np.ones(len(matches.true), bool)
    for index in np.argsort(-matches.scores, kind="stable"):
        iou = np.where(free & (matches.true == matches.guessed[index]), matches.iou[index], 0)
        if iou.max(initial=0) >= 0.5:
            hits[index], free[iou.argmax()] = True, False
    return hits


def label_rows(scores: NDArray[np.floating[Any]], truth: NDArray[np.bool_]) -> list[Row]:
    """Precision, recall (sensitivity) and specificity of one label at 99 thresholds, None if undefined.

    scores: (n,), of the label. truth: (n,), whether a picture has it.
    """
    rows = []
    for threshold in THRESHOLDS:
        predicted = scores >= threshold
        specificity = float((~predicted[~truth]).mean()) if not truth.all() else math.nan
        right, judged = int((predicted & truth).sum()), int(predicted.sum())
        rows.append(_row(threshold, right, judged, int(truth.sum()), specificity=specificity))
    return rows


def _row(threshold: float, right: int, judged: int, total: int, **more: float) -> Row:
    values = {"precision": right / judged if judged else math.nan, "recall": right / total if total else math.nan}
    finite = {name: round(value, 4) if math.isfinite(value) else None for name, value in (values | more).items()}
    return {"threshold": round(float(threshold), 2)} | finite
