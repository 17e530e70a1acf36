"""What notebook 07 draws: times in the order in which they were taken, and where a model multiplies and learns."""

from collections.abc import Sequence

import numpy as np

from vislab.costs.compute.layers import Layers
from vislab.costs.compute.timing import median_interval
from vislab.plotting.figures import INK, PALETTE, Sheet


def show_times(seconds: Sequence[float]) -> Sheet:
    """Times in their order; the median with its 95 % interval, and the mean."""
    taken = 1e3 * np.asarray(seconds, float)
    middle, mean, (low, high) = np.median(taken), taken.mean(), median_interval(taken)
    listed = ", ".join(f"{time:.1f}" for time in taken)
    words = f"The median is {middle:.1f}, with an interval from {low:.1f} to {high:.1f}; the mean is {mean:.1f}."
    sheet = Sheet(8, 3, f"{len(taken)} times in their order, in milliseconds: {listed}. {words}")
    ax = sheet.subplots()
    ax.axhspan(low, high, color=PALETTE["sky blue"], alpha=0.4, linewidth=0, label="95 % interval of the median")
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
