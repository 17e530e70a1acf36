"""What notebook 07 draws: times as they were taken, where a model multiplies and learns, and models below the roof."""

import math
from collections.abc import Sequence
from itertools import cycle

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import EngFormatter, LogLocator, NullFormatter

from vislab.costs.compute.layers import Layers
from vislab.costs.compute.roofline import Dot, Roof
from vislab.costs.compute.timing import median_interval
from vislab.costs.labels.learning_curves import LOOKS
from vislab.plotting.figures import INK, PALETTE, Sheet

NAMES = 0.45  # of the roofline's width is for the models' names, right of their dots
LINE = 0.065  # of its height is for a line of text


def show_times(seconds: Sequence[float]) -> Sheet:
    """Times in their order; the median with its 95 % interval, and the mean."""
    taken = 1e3 * np.asarray(seconds, float)
    middle, mean, (low, high) = np.median(taken), taken.mean(), median_interval(taken)
    listed = ", ".join(f"{time:.1f}" for time in taken)
    words = f"The median is {middle:.1f}, with an interval from {low:.1f} to {high:.1f}; the mean is {mean:.1f}."
    sheet = Sheet(8, 3, f"{len(taken)} times in their order, in milliseconds: {listed}. {words}")
    ax = sheet.subplots()
    ax.axhspan(low, high, color=PALETTE["sky blue"], alpha=0.25, linewidth=0, label="95 % interval of the median")
    ax.axhline(middle, color=PALETTE["blue"], label=f"median {middle:.1f}")
    ax.axhline(mean, color=PALETTE["vermillion"], linestyle="--", label=f"mean {mean:.1f}")
    ax.plot(np.arange(1, len(taken) + 1), taken, "o", color=INK, markersize=4)
    ax.set(xlabel="in the order in which they were taken", ylabel="milliseconds", ylim=(0, None))
    ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return sheet


def show_layers(layers: Layers) -> Sheet:
    """Each part's share of the multiply-adds beside its share of the parameters; a part is two names deep."""
    parts: dict[str, tuple[int, int]] = {}
    for row in layers:
        part = ".".join(row.name.split(".")[:2])
        macs, learned = parts.get(part, (0, 0))
        parts[part] = macs + row.macs, learned + row.parameters
    shares = 100 * np.array(list(parts.values()), float) / (layers.macs, sum(row.parameters for row in layers))
    listed = "; ".join(f"{part}: {a:.0f} % and {b:.0f} %" for part, (a, b) in zip(parts, shares, strict=True))
    sheet = Sheet(8, 0.9 + 0.38 * len(parts), f"Shares of all multiply-adds and of all parameters. {listed}.")
    ax, at = sheet.subplots(), np.arange(len(parts))
    ax.barh(at - 0.2, shares[:, 0], 0.36, color=PALETTE["blue"], label="of the multiply-adds")
    ax.barh(at + 0.2, shares[:, 1], 0.36, color=PALETTE["orange"], hatch="//", label="of the parameters")
    ax.set(yticks=at, xlabel="share, %")
    ax.set_yticklabels(parts)
    ax.invert_yaxis()
    ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return sheet


# ---- the roofline ----------------------------------------------------------------------------------------------------


def show_roof(roof: Roof, dots: Sequence[Dot]) -> Sheet:
    """A machine's roof and the dots of models below it, FLOP/s against FLOPs a byte, both scales logarithmic.

    Bands hold four of five measurements of the roof, whiskers are the dots' 95 % intervals. A name stands beside the
    dot of its largest batch, with the share of the peak.
    """
    models = list(dict.fromkeys(dot.model for dot in dots))
    own = [sorted((dot for dot in dots if dot.model == model), key=lambda dot: dot.batch) for model in models]
    sheet = Sheet(8, 4.5, _roof_in_words(roof, own))
    ax = sheet.subplots()
    _scale(ax, roof, dots)
    for row, (colour, marker) in zip(own, cycle(LOOKS.values()), strict=False):
        _draw_dots(ax, row, colour, marker)
    _name_batches(ax, dots)
    _name_models(ax, roof, own)
    sheet.draw_without_rendering()  # the slope's angle on the sheet is known once the axes have their place
    _draw_roof(ax, roof)
    return sheet


def _scale(ax: Axes, roof: Roof, dots: Sequence[Dot]) -> None:
    x, y = [dot.intensity for dot in dots], [dot.rate for dot in dots]
    left = min(*x, roof.ridge) / 3
    right = max(left * (max(x) / left) ** (1 / (1 - NAMES)), 4 * roof.ridge)
    ax.set(xscale="log", yscale="log", xlabel="FLOPs for each byte moved (at most)")
    ax.set(xlim=(left, right), ylim=(min(*y, roof.peak) / 2.5, 2 * max(*y, roof.peak)))
    for axis, unit in ((ax.xaxis, ""), (ax.yaxis, "FLOP/s")):
        low, high = axis.get_view_interval()
        axis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 1000 * low else (1,)))
        axis.set_major_formatter(EngFormatter(unit))
        axis.set_minor_formatter(NullFormatter())
    ax.spines[["top", "right"]].set_visible(False)


def _draw_roof(ax: Axes, roof: Roof) -> None:
    slope, (left, right), (low, high) = roof.bandwidth, ax.get_xlim(), ax.get_ylim()
    x = np.geomspace(left, right, 500)
    for kind, peak in roof.peaks.items():
        slow, fast = np.minimum(peak.p10, slope.p10 * x), np.minimum(peak.p90, slope.p90 * x)
        ax.fill_between(x, slow, fast, color=INK, alpha=0.12, linewidth=0)
        line = "-" if peak.median == roof.peak else "--"
        ax.plot(x, np.minimum(peak.median, slope.median * x), line, color=INK, linewidth=1.5)
        text = f"peak in {kind}, {_rate(peak.median)}FLOP/s"
        ax.annotate(text, (right, peak.p90), (0, 3), textcoords="offset points", ha="right")
    box = ax.get_window_extent()
    angle = math.atan2(box.height / math.log(high / low), box.width / math.log(right / left))
    start = max(1.1 * left, 1.5 * low / slope.median)
    ax.annotate(f"memory, {_rate(slope.median)}B/s", (start, slope.p90 * start), (-3, 3),
                textcoords="offset points", rotation=math.degrees(angle), rotation_mode="anchor")  # fmt: skip


def _draw_dots(ax: Axes, row: Sequence[Dot], colour: str, marker: str) -> None:
    """One model's dots, joined; only the largest batch's is filled."""
    ax.plot([dot.intensity for dot in row], [dot.rate for dot in row], color=colour, linewidth=1)
    for dot in row:
        slowest, fastest = dot.flops / dot.interval[1], dot.flops / dot.interval[0]
        ax.errorbar(dot.intensity, dot.rate, [[dot.rate - slowest], [fastest - dot.rate]], color=colour, fmt=marker,
                    markerfacecolor=colour if dot is row[-1] else "white", markersize=7, zorder=3)  # fmt: skip


def _name_batches(ax: Axes, dots: Sequence[Dot]) -> None:
    x = min(dot.intensity for dot in dots)
    batches = sorted({dot.batch for dot in dots})
    for batch in batches if len(batches) > 1 else ():
        middle = math.exp(np.mean([math.log(dot.rate) for dot in dots if dot.batch == batch]))
        ax.annotate(f"{batch} at a time", (x, middle), (-10, 0), textcoords="offset points", ha="right", va="center")


def _name_models(ax: Axes, roof: Roof, own: Sequence[Sequence[Dot]]) -> None:
    """Names and shares of the peak in a column, each joined to its last dot, none on another."""
    low, high = ax.get_ylim()
    line = (high / low) ** LINE
    x = max(dot.intensity for row in own for dot in row) * (ax.get_xlim()[1] / ax.get_xlim()[0]) ** 0.06
    fastest = max(row[-1].rate for row in own)
    below = min(roof.peak / line**1.3, fastest * line)
    for peak in roof.peaks.values():  # their names stand on their lines
        if peak.median / line**0.6 < below < peak.p90 * line**1.4:
            below = peak.median / line**0.8
    batches = " → ".join(str(dot.batch) for dot in own[0])
    ax.text(x, below, f"share of the peak, {batches} at a time:", va="center")
    looks = dict(zip((row[0].model for row in own), cycle(LOOKS.values())))
    for row in sorted(own, key=lambda row: -row[-1].rate):
        below = min(below / line, row[-1].rate)
        colour, marker = looks[row[0].model]
        ax.plot([row[-1].intensity, x], [row[-1].rate, below], ":", color=colour, linewidth=1)
        ax.plot(x, below, marker, color=colour, markersize=5)
        shares = " → ".join(_percent(dot.rate / roof.peak) for dot in row)
        ax.annotate(f"{row[0].model}  {shares} %", (x, below), (7, 0), textcoords="offset points", va="center")


def _rate(value: float) -> str:
    """Such as "60 G"."""
    return EngFormatter(places=0 if value > 1e10 else 1)(value)


def _percent(share: float) -> str:
    return f"{100 * share:.0f}" if share >= 0.1 else f"{100 * share:.2g}"


def _roof_in_words(roof: Roof, own: Sequence[Sequence[Dot]]) -> str:
    peaks = " and ".join(f"{_rate(peak.median)}FLOP/s in {kind}" for kind, peak in roof.peaks.items())
    words = [
        f"A roofline of {roof.device}: peak {peaks}; memory {_rate(roof.bandwidth.median)}B/s; the roof bends at "
        f"{roof.ridge:.1f} FLOPs a byte."
    ]
    for row in own:
        listed = "; ".join(
            f"{dot.batch} at a time {dot.intensity:.1f} FLOPs a byte, {_rate(dot.rate)}FLOP/s, "
            f"{_percent(dot.rate / roof.peak)} % of the peak" for dot in row
        )  # fmt: skip
        words.append(f"{row[0].model}: {listed}.")
    return " ".join(words)
