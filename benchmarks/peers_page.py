"""The table and the figure of peers.py, made from its records alone."""

import math
import statistics
from collections.abc import Iterable, Sequence

from contenders import CONTENDERS, Contender
from records import Record, recipe_line, spread

from vislab.models.torchvision_models import REGIONS
from vislab.plotting.figures import INK, PALETTE, Sheet

OWN = {"instance": "ap", "semantic": "mean_iou"}
WORDS = {"instance": "mask AP", "semantic": "mean IoU"}
TITLES = {"instance": "Instances", "semantic": "Semantic masks"}
COLUMNS = {  # of each task, beside its own score: heading → score
    "instance": {"AP50": "ap50", "count off by": "count_error"},
    "semantic": {"boundary IoU": "boundary_iou"},
}
STYLES = {  # colour, marker, line
    "ours-instance": ("blue", "o", "-"),
    "maskrcnn": ("vermillion", "s", "--"),
    "ours-semantic": ("blue", "o", "-"),
    "lraspp": ("orange", "D", ":"),
    "unet": ("bluish green", "^", "--"),
}
GOALS = {"instance": 0.6, "semantic": 0.945}  # scores whose time is asked for
OPTIMISERS = {"adamw": "AdamW", "muon": "Muon"}
NOTES = {
    "instance": (
        "Mask R-CNN here is small and starts from nothing, as ours does: ResNet-18 FPN, anchors of 8 to 96 px, "
        f"pictures at their own size, {REGIONS} regions of a picture a step; to predict sooner, 200 proposals and 40 "
        "objects of a picture at most, twice the cells of any smear here. Its pretrained self is what it was made "
        "for: it finds the objects of COCO's 80 classes in photographs resized to 800 px (torchvision's Mask R-CNN "
        "R50-FPN: 34.6 mask AP on COCO), which ours was never built to do."
    ),
    "semantic": (
        "LR-ASPP and the U-Net, too, are mostly used with pretrained encoders, on larger pictures; here they start "
        "from nothing, as ours does."
    ),
}


def page(records: Sequence[Record]) -> str:
    """All tables, with what was measured on what, and how to read them."""
    runs = [record for record in records if record["kind"] == "run"]
    if not runs:
        return "# As good as its peers, how soon?\n\nNothing was measured yet.\n"
    lines = ["# As good as its peers, how soon?", "", _setting(runs), "", recipe_line(runs), ""]
    for task in OWN:
        mine = [record for record in runs if _who(record).task == task]
        if mine:
            trials = [record for record in records if record["kind"] == "trial" and _who(record).task == task]
            lines += [f"## {TITLES[task]}: {WORDS[task]} on {mine[0]['judged']} test pictures", ""]
            lines += [*_runs(task, mine), "", *_reached(task, mine), "", *_inside(mine), NOTES[task], ""]
            lines += _trials(trials)
    return "\n".join(lines).rstrip() + "\n"


def _setting(runs: Sequence[Record]) -> str:
    first, dates = runs[0], sorted({record["date"] for record in runs})
    machines = "; ".join(dict.fromkeys(record["machine"] for record in runs))
    made = f"Made by `benchmarks/peers.py` on {machines}; {' to '.join(dict.fromkeys((dates[0], dates[-1])))}"
    seconds = "CPU seconds of that thread" if first["clock"] == "CPU" else "seconds"
    return (
        f"{made}, one thread. "
        f"{first['count']:,} smears of 96 px train, {first['test']} others test and choose nothing. All start from "
        "random weights and go through `vl.fit`: the same loop and variation, the same choice of optimisers, one cycle "
        "of the rate over each run. Ours take vl.fit's defaults; each peer takes the recipe that was best on valid "
        f"pictures, as tried below. Seconds are {seconds} and those of the steps; scoring is not counted. ÷ workload: "
        "the same in passes of `benchmarks/workload.py`, timed likewise before and after each run "
        f"({spread((1e3 * record['workload_s'] for record in runs), '{:.0f}')} ms). Each run has its own seed, of "
        "pictures, weights and order. Several runs: the median (least to most)."
    )


def _runs(task: str, runs: Sequence[Record]) -> list[str]:
    head = ["Model", "Trained, s", "÷ workload", "Runs", "Steps", "Pictures seen", WORDS[task], *COLUMNS[task]]
    head += ["Predicts a picture in, ms", "Parameters", "Recipe"]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for some in _groups(runs):
        one = some[0]
        cells = [
            _who(one).title,
            f"{one['planned_s']:g}",
            spread((record["seconds"] / record["workload_s"] for record in some), "{:,.0f}"),
            str(len(some)),
            spread((record["steps"] for record in some), "{:,.0f}"),
            spread((record["seen"] for record in some), "{:,.0f}"),
            spread(_own(record) for record in some),
            *(spread(record["scores"][name] for record in some) for name in COLUMNS[task].values()),
            spread((1e3 * record["predict_s"] / record["judged"] for record in some), "{:.1f}"),
            f"{one['parameters'] / 1e6:.2f} M",
            f"{_recipe(one)}, batch {one['batch']}, {one['precision']}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _reached(task: str, runs: Sequence[Record]) -> list[str]:
    """When each model has the score that is asked for; then when ours has what each peer ends with."""
    goal = GOALS[task]
    lines = [f"| Model | Seconds to {WORDS[task]} {goal:g} | ÷ workload | Runs that reached it |", "|---" * 4 + "|"]
    for one in (one for one in CONTENDERS if one.task == task):
        some = [record for record in runs if record["name"] == one.name]
        if not some:
            lines.append(f"| {one.title} | not measured yet | – | – |")
            continue
        by_seed = [
            [record for record in some if record["seed"] == seed] for seed in {record["seed"] for record in some}
        ]
        first = [found for found in (_first(each, goal) for each in by_seed) if found is not None]
        never = f"not reached in {max(record['planned_s'] for record in some):g} s"
        cells = [one.title, spread((seconds for seconds, _ in first), "{:.0f}") if first else never]
        cells += [spread((passes for _, passes in first), "{:,.0f}"), f"{len(first)} of {len(by_seed)} seeds"]
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "Ours: the shortest run that ends there. Peers: the first point on the way of a run, or its end.", ""]
    ours = {some[0]["planned_s"]: _middle(some) for some in _groups(runs) if _who(some[0]).minutes is None}
    for some in (some for some in _groups(runs) if _who(some[0]).minutes is not None):
        end, title = _middle(some), _who(some[0]).title
        there = [seconds for seconds, score in sorted(ours.items()) if score >= end]
        when = f"ours has after {there[0]:g} s" if there else f"ours has not reached in {max(ours, default=0):g} s"
        lines.append(f"- What {title} has after {some[0]['planned_s']:g} s, {end:.3f}, {when}.")
    return lines


def _first(runs: Iterable[Record], goal: float) -> tuple[float, float] | None:
    """Seconds, and passes of the workload, to the first point of these runs with this score; None if none has it."""
    points = [(point["s"], point["s"] / run["workload_s"], point["score"]) for run in runs for point in run["curve"]]
    there = [(seconds, passes) for seconds, passes, score in points if (score or 0) >= goal]
    return min(there, default=None)


def _inside(runs: Sequence[Record]) -> list[str]:
    """The score on the way, a table a peer."""
    lines = []
    for some in _groups(runs):
        columns = list(zip(*(record["curve"] for record in some), strict=False))
        if len(columns) < 2:
            continue
        head = [f"{_who(some[0]).title}, seconds trained", *(f"{column[0]['s']:.0f}" for column in columns)]
        body = [WORDS[_who(some[0]).task], *(spread(point["score"] for point in column) for column in columns)]
        lines += [f"| {' | '.join(head)} |", "|---" * len(head) + "|", f"| {' | '.join(body)} |", ""]
    if lines:
        lines += [
            "On the way, scored on a quarter of the test pictures, a long run is worse than a run that was planned for "
            "that time, as its rate is still high: only a curve's end is what the model can do by then. Each of our "
            "times is a run of its own.",
            "",
        ]
    return lines


def _trials(trials: Sequence[Record]) -> list[str]:
    lines = []
    for name in dict.fromkeys(record["name"] for record in trials):
        some = sorted((record for record in trials if record["name"] == name), key=lambda record: _recipe(record))
        one = _who(some[0])
        tried = "; ".join(f"{_recipe(record)}: {_own(record):.3f}" for record in some)
        lines.append(
            f"Recipes tried for {one.title}, {some[0]['seen']:,} pictures each, and the "
            f"{WORDS[one.task]} then on {some[0]['judged']} valid ones: {tried}. "
            f"Chosen: {OPTIMISERS[one.optimiser]}, rate {one.rate:g}."
        )
        lines.append("")
    return lines


def _recipe(record: Record) -> str:
    return f"{OPTIMISERS[record['optimiser']]}, rate {record['rate']:g}"


def picture(records: Sequence[Record]) -> Sheet:
    """Score over training time, a panel a task, time on a logarithmic axis."""
    runs = [record for record in records if record["kind"] == "run"]
    tasks = [task for task in OWN if any(_who(record).task == task for record in runs)]
    text = "; ".join(_in_words(task, runs) for task in tasks)
    sheet = Sheet(4.9 * max(1, len(tasks)), 4.4, f"Score on test pictures over seconds of training. {text}.")
    for ax, task in zip(sheet.subplots(1, max(1, len(tasks)), squeeze=False)[0], tasks, strict=False):
        for one in (one for one in CONTENDERS if one.task == task):
            some = [record for record in runs if record["name"] == one.name]
            colour, marker, line = STYLES[one.name]
            if not some:
                continue
            style = {"color": PALETTE[colour], "marker": marker, "linestyle": line, "linewidth": 1.8, "markersize": 5}
            if one.minutes is None:
                groups = _groups(some)
                x, y = [group[0]["planned_s"] for group in groups], [_middle(group) for group in groups]
                low = [max(0.0, m - min(map(_own, group))) for m, group in zip(y, groups, strict=True)]
                high = [max(0.0, max(map(_own, group)) - m) for m, group in zip(y, groups, strict=True)]
                ax.errorbar(x, y, [low, high], capsize=3, label=f"{_short(one)}, each point a run of its own", **style)
                continue
            for number, record in enumerate(some):
                x = [point["s"] for point in record["curve"]]
                y = [point["score"] or 0.0 for point in record["curve"]]
                ax.plot(x, y, label=None if number else f"{_short(one)}, on the way of one run", **style)
                ax.plot(x[-1:], y[-1:], marker=marker, markersize=10, color=PALETTE[colour], linestyle="")
        ax.set_xscale("log")
        ax.set_xlabel("seconds of training", color=INK)
        ax.set_title(f"{TITLES[task]}: {WORDS[task]}", loc="left", color=INK, fontsize=11)
        seconds = [point["s"] for record in runs if _who(record).task == task for point in record["curve"]]
        ticks = [
            tick for tick in (1, 3, 10, 30, 60, 120, 300, 900, 3600) if min(seconds) <= 1.2 * tick <= 1.5 * max(seconds)
        ]
        ax.set_xticks(ticks, [str(tick) for tick in ticks])
        ax.set_xticks([], minor=True)
        scores = [point["score"] or 0.0 for record in runs if _who(record).task == task for point in record["curve"]]
        ax.set_ylim(math.floor(10 * min(scores)) / 10, 1)
        ax.grid(axis="y", color="#dddddd", linewidth=0.6)
        ax.set_axisbelow(True)
        ax.spines[["top", "right"]].set_visible(False)
        ax.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(-0.08, -0.16))
    return sheet


def _in_words(task: str, runs: Iterable[Record]) -> str:
    mine = [record for record in runs if _who(record).task == task]
    text = (f"{_who(some[0]).title} {_middle(some):.3f} after {some[0]['planned_s']:g} s" for some in _groups(mine))
    return f"{WORDS[task]}: {', '.join(text)}"


def _groups(runs: Iterable[Record]) -> list[list[Record]]:
    """Runs of the same model for the same time, other seeds together, in the order of contenders and times."""
    place = {one.name: number for number, one in enumerate(CONTENDERS)}
    found: dict[tuple[int, float], list[Record]] = {}
    for record in runs:
        found.setdefault((place[record["name"]], record["planned_s"]), []).append(record)
    return [found[key] for key in sorted(found)]


def _who(record: Record) -> Contender:
    return next(one for one in CONTENDERS if one.name == record["name"])


def _short(one: Contender) -> str:
    return one.title.split(",")[0]


def _own(record: Record) -> float:
    """The task's own score; 0 where nothing was found at all."""
    return float(record["scores"][OWN[_who(record).task]] or 0.0)


def _middle(some: Iterable[Record]) -> float:
    return statistics.median(map(_own, some))
