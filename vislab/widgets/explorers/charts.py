"""A chart with sliders, drawn by the Vega-Lite that JupyterLab and Notebook 7 bring along.

It is a widget that holds its specification (some kB of JSON, data included) and a picture for when nothing can be
moved. Altair's own widget would carry 0.9 MB of JavaScript into the notebook, plotly's 5 MB.
"""

import html
import math
from collections.abc import Sequence
from textwrap import fill
from typing import Any, NamedTuple

import altair as alt
import numpy as np
import traitlets
from numpy.typing import NDArray

from vislab.data.scenes import Scenes
from vislab.errors import VislabError
from vislab.evaluation.metrics.instances import Matches, match_boxes, match_objects
from vislab.evaluation.predict import THRESHOLDS
from vislab.models.predictions import (
    BoxPrediction,
    ClassPrediction,
    InstancePrediction,
    Prediction,
    RegressionPrediction,
)
from vislab.plotting.figures import PALETTE, Sheet
from vislab.plotting.webp import data_uri
from vislab.widgets.frontend import Frontend, css, esm

Row = dict[str, Any]  # the numbers at a threshold, None if undefined
LINE, MARK = PALETTE["blue"], PALETTE["vermillion"]
STRICT = np.arange(10, 20) / 20  # IoUs from which an object may count as found: 0.5 to 0.95


class Chart(Frontend):
    """A chart that shows itself; for when nothing can be moved: alt, the chart in words, and picture, it as WebP."""

    _esm = esm("charts.js")
    _css = css("charts.css")
    spec: Any = traitlets.Dict().tag(sync=True)
    alt = traitlets.Unicode().tag(sync=True)
    picture = traitlets.Bytes().tag(sync=True)

    def __init__(self, chart: Any, sheet: Sheet) -> None:
        # Colours are the style sheet's, so that they follow the theme.
        chart = chart.configure(background="transparent", font="sans-serif", padding=4,
            axis=alt.AxisConfig(labelFontSize=12, titleFontSize=12, titleFontWeight="normal", format=".2~f"),
            title=alt.TitleConfig(fontSize=13, fontWeight=600, anchor="start"),
            view=alt.ViewConfig(stroke=None))  # fmt: skip
        about = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "description": sheet.alt}
        super().__init__(spec=chart.to_dict() | about, alt=sheet.alt, picture=sheet.to_webp())

    def __repr__(self) -> str:
        return str(self.alt)

    def as_html(self) -> str:
        """The picture, with its text alternative."""
        return f'<img alt="{html.escape(self.alt)}" style="max-width:100%" src="{data_uri(self.picture)}">'


class Reading(NamedTuple):
    """A number that is read out: its key in the rows, the words around it, and how many 1 stands for, 0 if unknown."""

    key: str
    before: str
    after: str = ""
    total: int = 0

    def of(self, row: Row) -> str:
        """The number of a row in words: three digits decide, and so does a count where there is one."""
        value = row[self.key]
        count = f" ({round(value * self.total)} of {self.total})" if self.total and value is not None else ""
        return f"{self.before} {'unknown' if value is None else f'{value:.3f}'}{count}{self.after}"


class View(NamedTuple):
    """What is drawn against what, as key and axis title, and what is read out."""

    name: str
    across: tuple[str, str]
    up: tuple[str, str]
    readings: tuple[Reading, ...]

    def words(self, row: Row) -> str:
        """What is read out at a row's threshold."""
        return f"at {row['threshold']:.2f}: " + ", ".join(reading.of(row) for reading in self.readings)


def of_objects(total: int) -> View:
    """Precision against recall, of so many true objects."""
    return View("Precision against recall", ("recall", "recall: share of the true ones that were found"),
                ("precision", "precision: share of the predicted ones that are right"),
                (Reading("precision", "precision"), Reading("recall", "recall", total=total),
                 Reading("off", "count off by", " a picture")))  # fmt: skip


def of_label(name: str, total: int, others: int) -> View:
    """Sensitivity against specificity, of so many pictures with the label and so many without."""
    return View("Sensitivity against specificity",
                ("specificity", f"specificity: share of the others not called {name}"),
                ("recall", f"sensitivity: share of the {name} called so"),
                (Reading("recall", "sensitivity", total=total), Reading("specificity", "specificity", total=others),
                 Reading("precision", "precision")))  # fmt: skip


def precision_recall(prediction: Prediction, scenes: Scenes, of: str | None = None) -> Chart:
    """How right a prediction is as its threshold slides: objects by precision and recall, a label by the two shares.

    prediction: objects, right if their IoU with an object of their class is as high as a second slider says (0.5 to
    0.95); or labels, with sensitivity (another word for recall) against specificity. of: a class or a label; None takes
    all objects, or the last label. The slider starts at the prediction's threshold.
    Raises VislabError if the prediction has no scores to slide over, or is of other pictures.
    """
    if prediction.ids != scenes.ids:
        raise VislabError(f"{prediction.name} predicted other pictures than these; predict the same ones")
    if isinstance(prediction, InstancePrediction | BoxPrediction):
        start, name, code = prediction.threshold, of or "objects", _class_index(scenes, of)
        if isinstance(prediction, BoxPrediction):
            pictures = match_boxes(scenes, prediction.objects)
        else:
            pictures = match_objects(scenes, prediction.objects)
        curves = {float(iou): object_rows(pictures, code, float(iou)) for iou in STRICT}
        view = of_objects(sum(int(((code is None) | (matches.true == code)).sum()) for matches in pictures))
    elif isinstance(prediction, ClassPrediction | RegressionPrediction) and prediction.scores.shape[1]:
        labels = scenes.vocabulary.labels
        start, name = 0.5, labels[-1] if of is None else of
        if name not in labels:
            raise VislabError(f"there is no label {of!r}; there are {', '.join(labels)}")
        label = labels.index(name)
        truth = (scenes.need("labels").cpu() == label).numpy()
        curves = {0.0: label_rows(prediction.scores[:, label].numpy(), truth)}
        view = of_label(name, int(truth.sum()), int((~truth).sum()))
    else:
        raise VislabError("a chart needs scores of objects with masks or boxes, or of labels; give such a prediction")
    title = f"{prediction.name}: {name}, {len(scenes):,} pictures"
    return chart_of(view, title, curves, round(min(0.99, max(0.01, start)), 2))


def chart_of(view: View, title: str, curves: dict[float, list[Row]], start: float) -> Chart:
    """The chart of rows by the IoU from which an object is found (one entry where there is no such choice)."""
    rows = next(iter(curves.values()))
    now = next(row for row in rows if row["threshold"] == start)
    return Chart(_vega_lite(view, title, curves, start), _sheet(view, title, rows, now))


def _class_index(scenes: Scenes, of: str | None) -> int | None:
    things = scenes.vocabulary.things
    if of is not None and of not in things:
        raise VislabError(f"there are no objects of class {of!r}; there are {', '.join(things)}")
    return None if of is None else scenes.vocabulary.classes.index(of)


def _vega_lite(view: View, title: str, curves: dict[float, list[Row]], start: float) -> Any:
    """The curve, a mark at the slider's threshold, and the numbers there in words."""
    params = [alt.param(name="threshold", value=start, bind=alt.binding_range(
        min=0.01, max=0.99, step=0.01, name="score threshold "))]  # fmt: skip
    iou = min(curves)
    if len(curves) > 1:
        params.append(alt.param(name="strict", value=iou, bind=alt.binding_range(
            min=iou, max=max(curves), step=0.05, name="found from an IoU of ")))  # fmt: skip
    keys: list[Any] = list(next(iter(curves.values()))[0])
    columns = [{"strict": iou} | {key: [row[key] for row in rows] for key in keys} for iou, rows in curves.items()]
    data = alt.Chart(alt.InlineData(values=columns)).transform_flatten(keys)
    if len(curves) > 1:
        data = data.transform_filter("abs(datum.strict - strict) < 0.01")
    (x, across), (y, up) = view.across, view.up
    scale = alt.Scale(zero=False, nice=True)
    curve = data.transform_filter(f"isValid(datum.{x}) && isValid(datum.{y})").encode(
        x=alt.X(f"{x}:Q", title=across, scale=scale), y=alt.Y(f"{y}:Q", title=up, scale=scale)
    )
    here = "abs(datum.threshold - threshold) < 0.005"
    words = "'at ' + format(threshold, '.2f') + ': ' + " + " + ', ' + ".join(map(_expression, view.readings))
    readout = data.transform_filter(here).transform_calculate(words=words).mark_text(align="left", fontSize=13)
    mark = curve.transform_filter(here).mark_point(size=160, filled=True, shape="diamond", opacity=1)
    return alt.layer(
        curve.mark_line(strokeWidth=2).encode(order="threshold:Q"), mark,
        readout.encode(x=alt.value(0), y=alt.value(-10), text="words:N"),
    ).add_params(*params).properties(width=520, height=260, title=alt.TitleParams(title, offset=26))  # fmt: skip


def _expression(reading: Reading) -> str:
    """`Reading.of` as Vega computes it."""
    key, before, after, total = reading
    count = f" + ' (' + round(datum.{key} * {total}) + ' of {total})'" if total else ""
    return f"'{before} ' + (isValid(datum.{key}) ? format(datum.{key}, '.3f'){count} : 'unknown') + '{after}'"


def _sheet(view: View, title: str, rows: list[Row], now: Row) -> Sheet:
    """The same as a picture, at the threshold where the slider starts."""
    readout = view.words(now)
    sheet = Sheet(6.2, 3.9, f"{view.name}, {title}; {readout}.")
    ax = sheet.subplots()
    (x, across), (y, up) = view.across, view.up
    known = [row for row in rows if row[x] is not None and row[y] is not None]
    ax.plot([row[x] for row in known], [row[y] for row in known], color=LINE, linewidth=2)
    if now in known:
        ax.plot(now[x], now[y], "D", color=MARK, markersize=9)
    ax.set(xlabel=across, ylabel=up)
    ax.set_title(f"{title}\n{fill(readout, 70)}", fontsize=10, loc="left")
    ax.spines[["top", "right"]].set_visible(False)
    return sheet


def object_rows(pictures: Sequence[Matches], of: int | None = None, iou: float = 0.5) -> list[Row]:
    """Precision, recall and the mean count error at 99 thresholds, None if undefined; of one class, or of all.

    As COCO matches: predictions by falling score take the best object of their class that is still free and whose
    IoU is `iou` or more. So which are right does not change with the threshold.
    """
    mine = [np.ones(len(matches.scores), bool) if of is None else matches.guessed == of for matches in pictures]
    columns = [np.stack([matches.scores, _hits(matches, iou), matches.excused])[:, keep]
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


def _hits(matches: Matches, least: float) -> NDArray[np.bool_]:
    """Which predictions of a picture find an object."""
    hits, free = np.zeros(len(matches.scores), bool), np.ones(len(matches.true), bool)
    for index in np.argsort(-matches.scores, kind="stable"):
        iou = np.where(free & (matches.true == matches.guessed[index]), matches.iou[index], 0)
        if iou.max(initial=0) >= least - 1e-9:
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
