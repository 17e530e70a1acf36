"""A chart with a slider, which JupyterLab and Notebook 7 draw with the Vega-Lite they bring along.

It is a widget that holds its specification (some kB of JSON, data included) and a picture for where nothing can be
moved. Altair's own widget would carry 0.9 MB of JavaScript into the notebook, plotly's 5 MB.
"""

import base64
import html
import io
from typing import Any

import altair as alt
import traitlets

from vislab.data.scenes import Scenes
from vislab.errors import VislabError
from vislab.evaluation.metrics.instances import match_objects
from vislab.models.predictions import ClassPrediction, InstancePrediction, Prediction, RegressionPrediction
from vislab.plotting.figures import INK, PALETTE, Sheet
from vislab.widgets.explorers.chart_rows import Row, label_rows, object_rows
from vislab.widgets.frontend import Frontend, esm

LINE, MARK = PALETTE["blue"], PALETTE["vermillion"]


class Chart(Frontend):
    """A chart that shows itself; told: it in words, picture: it as WebP, for where nothing can be moved."""

    _esm = esm("charts.js")
    spec: Any = traitlets.Dict().tag(sync=True)
    told = traitlets.Unicode().tag(sync=True)
    picture = traitlets.Bytes().tag(sync=True)

    def __init__(self, chart: Any, sheet: Sheet) -> None:
        # Text and background are set together: themes that turn the page dark leave the chart as it is.
        chart = chart.configure(background="white", font="sans-serif", padding=12, axis=alt.AxisConfig(
            labelColor=INK, titleColor=INK, gridColor="#e4e4e4", labelFontSize=12, titleFontSize=12,
            titleFontWeight="normal"), title=alt.TitleConfig(color=INK, fontSize=13, fontWeight="normal",
            anchor="start"), view=alt.ViewConfig(stroke=None))  # fmt: skip
        about = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "description": sheet.alt}
        held = io.BytesIO()
        sheet.savefig(held, format="webp", dpi=110, pil_kwargs={"quality": 88, "method": 4})
        super().__init__(spec=chart.to_dict() | about, told=sheet.alt, picture=held.getvalue())

    def __repr__(self) -> str:
        return str(self.told)

    def as_html(self) -> str:
        """The picture, with its words."""
        data = base64.b64encode(self.picture).decode()
        return f'<img alt="{html.escape(self.told)}" style="max-width:100%" src="data:image/webp;base64,{data}">'


def precision_recall(prediction: Prediction, scenes: Scenes, of: str | None = None) -> Chart:
    """Precision against recall as the threshold slides, and what it does to the count or to the other label.

    prediction: objects (right where their IoU with an object of their class is 0.5 or more), or labels. of: a class
    or a label; None takes all objects, or the last label. The slider starts at the prediction's threshold.
    Raises VislabError where the prediction has no scores to slide over, or is of other pictures.
    """
    if prediction.ids != scenes.ids:
        raise VislabError(f"what {prediction.name} predicted is of other pictures than these; predict the same ones")
    if isinstance(prediction, InstancePrediction):
        start, named = prediction.threshold, of or "objects"
        rows = object_rows(match_objects(scenes, prediction.objects), _thing(scenes, of))
        third = ("off", "count off by {:.2f} a picture")
    elif isinstance(prediction, ClassPrediction | RegressionPrediction) and prediction.scores.shape[1]:
        words = scenes.vocabulary.labels
        named = words[-1] if of is None else of
        if named not in words:
            raise VislabError(f"there is no label {of!r}; there are {', '.join(words)}")
        at = words.index(named)
        truth = (scenes.need("labels").cpu() == at).numpy()
        start, rows = 0.5, label_rows(prediction.scores[:, at].numpy(), truth)
        third = ("specificity", "specificity {:.2f}")
    else:
        raise VislabError("a mask's classes have no threshold to slide; give objects or labels")
    title = f"{prediction.name}: {named}, {len(scenes):,} pictures"
    return _draw_precision_recall(title, rows, round(min(0.99, max(0.01, start)), 2), *third)


def _thing(scenes: Scenes, of: str | None) -> int | None:
    things = scenes.vocabulary.things
    if of is not None and of not in things:
        raise VislabError(f"there are no objects of class {of!r}; there are {', '.join(things)}")
    return None if of is None else scenes.vocabulary.classes.index(of)


def _draw_precision_recall(title: str, rows: list[Row], start: float, third: str, form: str) -> Chart:
    now = next(row for row in rows if row["threshold"] == start)

    def number(name: str) -> str:
        return "unknown" if now[name] is None else f"{now[name]:.2f}"

    last = form.format(now[third]) if now[third] is not None else ""
    told = f"at {start:.2f}: precision {number('precision')}, recall {number('recall')}, {last}"
    slider = alt.param(name="threshold", value=start,
                       bind=alt.binding_range(min=0.01, max=0.99, step=0.01, name="score threshold "))  # fmt: skip
    x, y = (alt.X("recall:Q", title="recall: of what is there, the share found", scale=alt.Scale(domain=[0, 1])),
            alt.Y("precision:Q", title="precision: of what was said, the share right",
                  scale=alt.Scale(domain=[0, 1])))  # fmt: skip
    whole = alt.Chart(alt.InlineData(values=rows)).encode(x=x, y=y)
    chosen = whole.transform_filter("abs(datum.threshold - threshold) < 0.005")
    before, after = form.split("{:.2f}")
    words = (
        "'at ' + format(threshold, '.2f') + ': precision ' + (isValid(datum.precision) ? format(datum.precision, '.2f')"
        " : 'unknown') + ', recall ' + (isValid(datum.recall) ? format(datum.recall, '.2f') : 'unknown') + "
        f"(isValid(datum.{third}) ? ', {before}' + format(datum.{third}, '.2f') + '{after}' : '')"
    )
    line = whole.transform_filter("isValid(datum.precision)").mark_line(color=LINE, strokeWidth=2)
    mark = chosen.transform_filter("isValid(datum.precision)").mark_point(
        size=160, filled=True, shape="diamond", color=MARK, opacity=1, stroke="white"
    )
    readout = chosen.transform_calculate(words=words).mark_text(align="left", fontSize=13, color=INK)
    chart = alt.layer(
        line.encode(order="threshold:Q"), mark,
        readout.encode(x=alt.value(12), y=alt.value(286), text="words:N"),
    ).add_params(slider).properties(width=440, height=300, title=title)  # fmt: skip
    sheet = Sheet(5.4, 3.9, f"Precision against recall, {title}; {told}.")
    ax = sheet.subplots()
    known = [row for row in rows if row["precision"] is not None and row["recall"] is not None]
    ax.plot([r["recall"] for r in known], [r["precision"] for r in known], color=LINE, linewidth=2)
    if now["precision"] is not None and now["recall"] is not None:
        ax.plot(now["recall"], now["precision"], "D", color=MARK, markersize=9)
    ax.set(xlim=(0, 1.02), ylim=(0, 1.02), xlabel="recall", ylabel="precision")
    ax.set_title(f"{title}\n{told}", fontsize=10, loc="left")
    ax.spines[["top", "right"]].set_visible(False)
    return Chart(chart, sheet)
