"""The table and the figure of peers.py, made from its records alone."""

import math
import statistics
from collections.abc import Iterable, Sequence

from contenders import CONTENDERS, Contender
from records import Record, spread

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
WITHIN = 30  # seconds in which ours should be where its peers end
NOTES = {
    "instance": (
        "Mask R-CNN here is small and starts from nothing, as ours does: ResNet-18 FPN, anchors of 8 to 96 px, "
        f"pictures at their own size, {REGIONS} regions of a picture a step. Its pretrained self is what it was made "
        "for: it finds the objects of COCO's 80 classes in photographs resized to 800 px (torchvision's Mask R-CNN "
        "R50-FPN: 34.6 mask AP on COCO), which ours was never built to do. Thirty steps of a trial "
        "tell its rates apart poorly: 0.001 was taken all the same, and 15 minutes at 0.0003 were not measured."
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
    lines = ["# As good as its peers, how soon?", "", _setting(runs), ""]
    for task in OWN:
        mine = [record for record in runs if _who(record).task == task]
        if mine:
            trials = [record for record in records if record["kind"] == "trial" and _who(record).task == task]
            lines += [f"## {TITLES[task]}: {WORDS[task]} on {mine[0]['judged']} test pictures", ""]
            lines += [
                *_runs(task, mine),
                "",
                *_reached(task, mine),
                "",
                *_inside(mine),
                NOTES[task],
                "",
                *_trials(trials),
            ]
    return "\n".join(lines).rstrip() + "\n"


OPTIMISERS = {"adamw": "AdamW", "muon": "Muon"}  # records from before there was a choice name none


def _setting(runs: Sequence[Record]) -> str:
    first, dates = runs[0], sorted({record["date"] for record in runs})
    machines = "; ".join(dict.fromkeys(record["machine"] for record in runs))
    return (
        f"Made by `benchmarks/peers.py` on {machines}; {' to '.join(dict.fromkeys((dates[0], dates[-1])))}. "
        f"{first['count']:,} smears of 96 px train, {first['test']} others test and choose nothing. All start from "
        "random weights and go through `vl.fit`: the same loop and variation, one cycle of the rate over each run; "
        "ours by Muon, peers by AdamW, as they commonly are. Training time is that of the steps; scoring is not "
        "counted. ÷ workload: the same in passes of "
        f"`benchmarks/workload.py`, timed before and after each run ("
        f"{spread((1e3 * record['workload_s'] for record in runs), '{:.0f}')} ms). "
        "Several runs: the median (least to most)."
    )


def _runs(task: str, runs: Sequence[Record]) -> list[str]:
    head = ["Model", "Trained, s", "÷ workload", "Runs", "Steps", "Pictures seen", WORDS[task], *COLUMNS[task]]
    head += ["Predicts a picture in, ms", "Parameters", "Recipe"]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for some in _groups(runs):
        one = some[0]
        cells = [
            _who(one).title,
            spread((record["seconds"] for record in some), "{:.0f}"),
            spread((record["seconds"] / record["workload_s"] for record in some), "{:,.0f}"),
            str(len(some)),
            spread((record["steps"] for record in some), "{:,.0f}"),
            spread((record["seen"] for record in some), "{:,.0f}"),
            spread(_own(record) for record in some),
            *(spread(record["scores"][name] for record in some) for name in COLUMNS[task].values()),
            spread((1e3 * record["predict_s"] / record["judged"] for record in some), "{:.1f}"),
            f"{one['parameters'] / 1e6:.2f} M",
            f"{OPTIMISERS[one.get('optimiser', 'adamw')]}, rate {one['rate']:g}, batch {one['batch']}, "
            f"{one['precision']}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _reached(task: str, runs: Sequence[Record]) -> list[str]:
    """When ours has what each peer ends with, and when the better peer has what ours has after 30 s."""
    ours = {some[0]["planned_s"]: _middle(some) for some in _groups(runs) if _who(some[0]).minutes is None}
    peers = [some for some in _groups(runs) if _who(some[0]).minutes is not None]
    lines = []
    for some in peers:
        end, title = _middle(some), _who(some[0]).title
        there = [seconds for seconds, score in sorted(ours.items()) if score >= end]
        when = f"ours has after {there[0]:g} s" if there else f"ours has not reached in {max(ours, default=0):g} s"
        lines.append(f"- What {title} has after {_time(some[0]['planned_s'])}, {end:.3f}, {when}.")
    if WITHIN in ours:
        for some in peers:
            sooner = [point["s"] for record in some for point in record["curve"] if point["score"] >= ours[WITHIN]]
            never = f"has not reached in {_time(some[0]['planned_s'])}"
            when = f"has after {min(sooner):.0f} s" if sooner else never
            lines.append(f"- What ours has after {WITHIN} s, {ours[WITHIN]:.3f}, {_who(some[0]).title} {when}.")
    return lines


def _inside(runs: Sequence[Record]) -> list[str]:
    """The score on the way, a table a peer."""
    lines = []
    for some in _groups(runs):
        if len(some[0]["curve"]) < 2:
            continue
        points = some[0]["curve"]
        head = [f"{_who(some[0]).title}, seconds trained", *(f"{point['s']:.0f}" for point in points)]
        body = [WORDS[_who(some[0]).task], *(f"{point['score']:.3f}" for point in points)]
        lines += [f"| {' | '.join(head)} |", "|---" * len(head) + "|", f"| {' | '.join(body)} |", ""]
    if lines:
        lines += [
            "On the way, scored on 128 of the test pictures, a long run is worse than a run that was planned for that "
            "time, as its rate is still high: only a curve's end is what the model can do by then. Each of our times "
            "is a run of its own.",
            "",
        ]
    return lines


def _trials(trials: Sequence[Record]) -> list[str]:
    lines = []
    for name in dict.fromkeys(record["name"] for record in trials):
        some = sorted((record for record in trials if record["name"] == name), key=lambda record: float(record["rate"]))
        tried = ", ".join(f"{record['rate']:g}: {_own(record):.3f}" for record in some)
        lines.append(
            f"Rates tried for {_who(some[0]).title}, {some[0]['seen']:,} pictures each, and the "
            f"{WORDS[_who(some[0]).task]} then on {some[0]['judged']} valid ones: {tried}. "
            f"Chosen: {_who(some[0]).settings['rate']:g}."
        )
        lines.append("")
    return lines


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
                x, y = [point["s"] for point in record["curve"]], [point["score"] for point in record["curve"]]
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
        scores = [point["score"] for record in runs if _who(record).task == task for point in record["curve"]]
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


def _time(seconds: float) -> str:
    return f"{seconds / 60:g} minutes" if seconds >= 120 else f"{seconds:g} s"
