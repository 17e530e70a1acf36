"""Charts with sliders, which JupyterLab and Notebook 7 draw with the Vega-Lite they bring along.

Each is its specification (a few kB of JSON, data included) and stands as a picture where nothing can be moved.
"""

import base64
import html
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import altair as alt

from vislab.errors import VislabError
from vislab.figures import INK, PALETTE, Sheet
from vislab.history import History
from vislab.metrics.objects import match_objects
from vislab.outputs import ClassPrediction, InstancePrediction, Prediction, RegressionPrediction
from vislab.scenes import Scenes
from vislab.widgets.chart_rows import Row, cost_rows, curve_rows, label_rows, object_rows
from vislab.widgets.live import thin_loss

if TYPE_CHECKING:
    from vislab.studying import Results

VEGA_LITE = "application/vnd.vegalite.v5+json"  # of 3 to 5, which JupyterLab 4.6 and Notebook 7 render
COLOURS = [PALETTE[name] for name in ("blue", "vermillion", "bluish green", "reddish purple", "orange", "sky blue")]
DASHES = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 1], [1, 4]]
SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"]


class Chart:
    """A chart that shows itself; told: it in words, sheet: it as a picture, for where nothing can be moved."""

    def __init__(self, chart: Any, sheet: Sheet) -> None:
        self.sheet, self.told = sheet, sheet.alt
        # Text and background are set together: themes that turn the page dark leave the chart as it is.
        chart = chart.configure(background="white", font="sans-serif", padding=12, axis=alt.AxisConfig(
            labelColor=INK, titleColor=INK, gridColor="#e4e4e4", labelFontSize=12, titleFontSize=12,
            titleFontWeight="normal"), title=alt.TitleConfig(color=INK, fontSize=13, fontWeight="normal",
            anchor="start"), legend=alt.LegendConfig(labelColor=INK, titleColor=INK, labelFontSize=12, symbolSize=110),
            view=alt.ViewConfig(stroke=None))  # fmt: skip
        self.spec: dict[str, Any] = chart.to_dict()
        self.spec |= {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "description": self.told}

    def __repr__(self) -> str:
        return self.told

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        # JupyterLab ranks HTML before Vega-Lite and Markdown after it, so the picture is in Markdown.
        held = io.BytesIO()
        self.sheet.savefig(held, format="webp", dpi=110, pil_kwargs={"quality": 88, "method": 4})
        picture = base64.b64encode(held.getvalue()).decode()
        words = html.escape(self.told)
        shown = f'<img alt="{words}" style="max-width:100%" src="data:image/webp;base64,{picture}">'
        data = {VEGA_LITE: self.spec, "text/markdown": shown, "text/plain": self.told}
        return data, {VEGA_LITE: {"embed_options": {"actions": False, "renderer": "svg"}}}


def _of(rows: list[Row]) -> Any:
    return alt.Chart(alt.InlineData(values=rows))


# ---- precision against recall ----------------------------------------------------------------------------------------


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
    whole = _of(rows).encode(x=x, y=y)
    chosen = whole.transform_filter("abs(datum.threshold - threshold) < 0.005")
    before, after = form.split("{:.2f}")
    words = (
        "'at ' + format(threshold, '.2f') + ': precision ' + (isValid(datum.precision) ? format(datum.precision, '.2f')"
        " : 'unknown') + ', recall ' + (isValid(datum.recall) ? format(datum.recall, '.2f') : 'unknown') + "
        f"(isValid(datum.{third}) ? ', {before}' + format(datum.{third}, '.2f') + '{after}' : '')"
    )
    line = whole.transform_filter("isValid(datum.precision)").mark_line(color=COLOURS[0], strokeWidth=2)
    mark = chosen.transform_filter("isValid(datum.precision)").mark_point(
        size=160, filled=True, shape="diamond", color=COLOURS[1], opacity=1, stroke="white"
    )
    readout = chosen.transform_calculate(words=words).mark_text(align="left", fontSize=13, color=INK)
    chart = alt.layer(
        line.encode(order="threshold:Q"), mark,
        readout.encode(x=alt.value(12), y=alt.value(286), text="words:N"),
    ).add_params(slider).properties(width=440, height=300, title=title)  # fmt: skip
    sheet = Sheet(5.4, 3.9, f"Precision against recall, {title}; {told}.")
    ax = sheet.subplots()
    known = [row for row in rows if row["precision"] is not None and row["recall"] is not None]
    ax.plot([r["recall"] for r in known], [r["precision"] for r in known], color=COLOURS[0], linewidth=2)
    if now["precision"] is not None and now["recall"] is not None:
        ax.plot(now["recall"], now["precision"], "D", color=COLOURS[1], markersize=9)
    ax.set(xlim=(0, 1.02), ylim=(0, 1.02), xlabel="recall", ylabel="precision")
    ax.set_title(f"{title}\n{told}", fontsize=10, loc="left")
    ax.spines[["top", "right"]].set_visible(False)
    return Chart(chart, sheet)


# ---- errors against costs --------------------------------------------------------------------------------------------


def costs(results: "Results") -> Chart:
    """How wrong each model of a study is on a question, with its 95 % interval, against what it costs."""
    rows = cost_rows(results.models)
    if not rows:
        raise VislabError("these results hold no model with both answers and costs; run vl.study first")
    questions, paid = (list(dict.fromkeys(row[name] for row in rows)) for name in ("question", "cost"))
    pick = [alt.param(name=name, value=options[0], bind=alt.binding_select(options=options, name=f"{name} "))
            for name, options in (("question", questions), ("cost", paid))]  # fmt: skip
    names = list(dict.fromkeys(row["model"] for row in rows))
    whole = _of(rows).transform_filter("datum.question == question && datum.cost == cost")
    x = alt.X("value:Q", title="cost, as chosen below", scale=alt.Scale(zero=True, nice=True))
    y = alt.Y("error:Q", title="error, as chosen below, with its 95 % interval", scale=alt.Scale(zero=True, nice=True))
    colour = alt.Color("model:N", scale=alt.Scale(domain=names, range=COLOURS[: len(names)]), legend=None)
    shape = alt.Shape("model:N", scale=alt.Scale(domain=names, range=SHAPES[: len(names)]), legend=None)
    chart = alt.layer(
        whole.mark_rule(strokeWidth=1.5).encode(x=x, y=alt.Y("low:Q"), y2="high:Q", color=colour),
        whole.mark_point(size=110, filled=True, opacity=1).encode(x=x, y=y, color=colour, shape=shape),
        whole.mark_text(align="left", dx=10, fontSize=12, color=INK).encode(x=x, y=y, text="model:N"),
    ).add_params(*pick)  # fmt: skip
    title = alt.TitleParams(alt.expr("question + ', against ' + cost"))
    chart = chart.properties(width=480, height=300, title=title)
    shown = [row for row in rows if row["question"] == questions[0] and row["cost"] == paid[0]]
    listed = "; ".join(f"{r['model']}: error {r['error']:g}, cost {r['value']:g}" for r in shown)
    sheet = Sheet(5.8, 3.9, f"Errors against costs. {questions[0]}, against {paid[0]}. {listed}.")
    ax = sheet.subplots()
    for row, colour_of, marker in zip(shown, COLOURS, "os^DPv", strict=False):
        ax.errorbar(row["value"], row["error"], [[row["error"] - row["low"]], [row["high"] - row["error"]]],
                    fmt=marker, color=colour_of, markersize=8)  # fmt: skip
        ax.annotate(row["model"], (row["value"], row["error"]), xytext=(8, 0), textcoords="offset points", fontsize=9)
    ax.set(xlim=(0, None), ylim=(0, None), xlabel=paid[0], ylabel=questions[0])
    ax.margins(x=0.25)
    ax.spines[["top", "right"]].set_visible(False)
    return Chart(chart, sheet)


# ---- curves of several trainings -------------------------------------------------------------------------------------


def curves(histories: Mapping[str, History]) -> Chart:
    """Loss and a score of several trainings, name → history, against pictures seen or seconds; the loss smoothed.

    Seconds are spread evenly over a training's pictures: only their sum is known.
    """
    losses, scores = curve_rows(histories)
    if not losses:
        raise VislabError("these trainings hold no step yet; give histories of vl.fit")
    names = [name for name, history in histories.items() if history.losses]
    against = alt.param(name="against", value="pictures seen",
                        bind=alt.binding_select(options=["pictures seen", "seconds"], name="against "))  # fmt: skip
    smoothing = alt.param(name="smoothing", value=5,
                          bind=alt.binding_range(min=1, max=30, step=1, name="mean over so many points "))  # fmt: skip
    params = [against, smoothing]
    colour = alt.Color("training:N", scale=alt.Scale(domain=names, range=COLOURS[: len(names)]),
                       legend=alt.Legend(title=None, orient="bottom"))  # fmt: skip
    dash = alt.StrokeDash("training:N", scale=alt.Scale(domain=names, range=DASHES[: len(names)]), legend=None)
    x = alt.X("x:Q", title="pictures seen, or seconds, as chosen below")
    y = alt.Y("value:Q", title="score, as chosen below, on valid pictures")
    where = "against == 'seconds' ? datum.seconds : datum.seen"
    left = (
        _of(losses).transform_calculate(part="floor(datum.point / smoothing)", x=where)
        .transform_aggregate(x="mean(x)", loss="mean(loss)", groupby=["training", "part"])
        .mark_line(strokeWidth=2).encode(x=x, y=alt.Y("loss:Q", title="loss"), color=colour, strokeDash=dash)
        .properties(width=330, height=240)
    )  # fmt: skip
    chart: Any = left
    if scores:
        kinds = list(dict.fromkeys(row["score"] for row in scores))
        params.append(alt.param(name="score", value=kinds[0], bind=alt.binding_select(options=kinds, name="score ")))
        right = (
            _of(scores).transform_filter("datum.score == score").transform_calculate(x=where)
            .mark_line(strokeWidth=2, point=alt.OverlayMarkDef(size=50, filled=True))
            .encode(x=x, y=y, color=colour, strokeDash=dash)
            .properties(width=330, height=240)
        )  # fmt: skip
        chart = alt.hconcat(left, right)
    told = ". ".join(f"{name}: {histories[name]!r}" for name in names)
    sheet = Sheet(8.0, 3.0, f"Curves of {len(names)} trainings. {told}.")
    axes = sheet.subplots(1, 2)
    for name, shade, style in zip(names, COLOURS, ["-", "--", ":", "-.", "-", "--"], strict=False):
        curve = thin_loss(histories[name])
        axes[0].plot(curve["seen"], curve["smooth"], color=shade, linestyle=style, label=name)
        mine = [row for row in scores if row["training"] == name and row["score"] == scores[0]["score"]]
        axes[1].plot([r["seen"] for r in mine], [r["value"] for r in mine], color=shade, linestyle=style, marker="o")
    axes[0].set(xlabel="training pictures seen", title="loss, smoothed", ylim=(0, None))
    axes[0].legend(frameon=False, fontsize=9)
    axes[1].set(xlabel="training pictures seen", title=scores[0]["score"] if scores else "no valid pictures")
    for ax in axes:
        ax.spines[["top", "right"]].set_visible(False)
    return Chart(chart.add_params(*params), sheet)
