"""The outcome of a study as text: who answers what how well, and what each model costs."""

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vislab.studying import Results

QUESTIONS = {  # question: the measure in "answers", the headings, the unit's size and its sign, decimals
    "label": ("wrong", "any?", "wrong", 100, " %", 1),
    "share": ("mae", "how much?", "off by", 100, " %", 1),
    "count": ("mae", "how many?", "off by", 1, "", 2),
    "point": ("missed", "where?", "missed", 100, " %", 1),
}
OWN = {"classification": "accuracy", "regression": "count_error", "semantic": "mean_iou", "instance": "ap"}
SAID = {"ap": "mask AP", "mean_iou": "mean IoU"}
UNSAID, UNKNOWN = "–", "?"
WIDE = 120  # columns


def matrix(results: "Results") -> str:
    """Models and baselines by the four questions with their 95 % intervals and the task's own score; then the costs.

    No line is longer than 120 columns.
    """
    data, machine = results.data, results.machine
    title = (
        f"{data['name']}: {data['train']:,} pictures trained, {data['valid']:,} chose, {data['test']:,} tested; "
        f"{data['size']} px, seed {data['seed']}; {machine['device']}, {machine['threads']} threads"
    )
    asked = [["", *(heading[1] for heading in QUESTIONS.values()), "its own"]]
    asked += [["", *(heading[2] for heading in QUESTIONS.values()), "score"]]
    asked += [[name, *_answers(told), own_score(name, told["scores"])] for name, told in results.models.items()]
    asked += [[name, *_answers(told), UNSAID] for name, told in results.baselines.items()]
    costs = [["", "trained", "one picture", "pictures", "most", "parameters", "multiply-"]]
    costs += [["", "in", "answered in", "a second", "memory", "", "adds"]]
    costs += [[name, *_costs(told["cost"])] for name, told in results.models.items()]
    note = (
        "Errors are means over test pictures, in brackets their 95 % intervals; – was not trained to say. The count of "
        "a semantic mask (and of the colour threshold) is that of its components, a guess. Own scores share no scale: "
        "do not rank tasks by them. Of five pictures, four take as long as the brackets behind a time say."
    )
    if any(UNKNOWN in row for row in asked):
        note += " ? cannot be told: these pictures carry no truth of it."
    below = [line for text in (note, *results.left_out) for line in textwrap.wrap(text, WIDE)]
    rule = 2 + len(results.models)
    tables = [*_lay_out(asked, (2, rule)), "", *_lay_out(costs, (2,))]
    return "\n".join([*textwrap.wrap(title, WIDE), "", *tables, "", *below])


def own_score(task: str, scores: Mapping[str, Any]) -> str:
    """The score by which a task's own field goes, with its name."""
    name = OWN[task] if OWN[task] in scores else next(iter(scores))
    return f"{SAID.get(name, name.replace('_', ' '))} {scores[name]:.3f}"


def _lay_out(rows: Sequence[Sequence[str]], rules: Sequence[int]) -> list[str]:
    """Rows as lines with their columns aligned, and a rule above each of the rows named."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(wide) for cell, wide in zip(row, widths, strict=True)).rstrip() for row in rows]
    for row in sorted(rules, reverse=True):
        lines.insert(row, "─" * (sum(widths) + 2 * (len(widths) - 1)))
    return lines


def _answers(told: Mapping[str, Any]) -> list[str]:
    cells = []
    for question, (measure, _, _, size, sign, decimals) in QUESTIONS.items():
        if question not in told["answers"]:
            cells.append(UNSAID)
            continue
        found = told["answers"][question]
        if math.isnan(found[measure]):
            cells.append(UNKNOWN)
            continue
        wide = 3 + decimals
        decimals = decimals if size * found[measure] < 100 else 0
        mean, low, high = (f"{size * found[end]:.{decimals}f}" for end in (measure, "low", "high"))
        cells.append(f"{mean:>{wide}}{sign} ({low}–{high})")
    return cells


def _costs(cost: Mapping[str, Any]) -> list[str]:
    median, low, high = (1e3 * cost["latency_s"][end] for end in ("median", "p10", "p90"))
    training = UNSAID if cost["training_s"] is None else f"{cost['training_s']:.0f} s"
    return [
        training,
        f"{median:.1f} ms ({low:.1f}–{high:.1f})",
        f"{cost['throughput_per_s']:,.0f}",
        f"{cost['peak_memory_bytes'] / 1e6:,.1f} MB",
        f"{cost['parameters'] / 1e6:.2f} M",
        f"{cost['macs'] / 1e6:,.0f} M",
    ]
