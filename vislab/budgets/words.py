"""Hours, errors and tables in the words that budgets are told in."""

import html
import math
from collections.abc import Sequence

from vislab.curves import SCRATCH, Reading
from vislab.questions import MEASURES
from vislab.tables import UNSAID, answer_cell

WANTED = {
    "label": "any? at most {} wrong",
    "share": "how much? off by at most {}",
    "count": "how many? off by at most {}",
    "point": "where? at most {} missed",
}


def in_words(hours: float) -> str:
    """Hours as a person says them: "32 s", "34 min", "8.4 h", "1,166 h"."""
    for value, unit in ((3600 * hours, "s"), (60 * hours, "min")):
        if value < 59.5:
            return f"{_short(value)} {unit}"
    return f"{_short(hours) if hours < 99.95 else f'{hours:,.0f}'} h"


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def hours_or(hours: float) -> str:
    """Hours in words, "?" where not known."""
    return "?" if math.isnan(hours) else in_words(hours)


def named(task: str, start: str) -> str:
    """A curve's name: the task, and "transfer" where it starts from the classifier's encoder."""
    return task if start == SCRATCH else f"{task} ({start})"


def cell(question: str, reading: Reading | None) -> str:
    """An error with its interval, or –."""
    if reading is None:
        return UNSAID
    found = {MEASURES[question][0]: reading.mean, "low": reading.low, "high": reading.high}
    return answer_cell(question, {question: found})


def wanting(question: str, error: float) -> str:
    """A required answer: "any? at most 10 % wrong"."""
    size = MEASURES[question][3]
    return WANTED[question].format(f"{size * error:.3g}" + ("" if size == 1 else " %"))


def lay_out(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines with their columns aligned."""
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(text.ljust(w) for text, w in zip(row, wide, strict=True)).rstrip() for row in rows]


def as_table(rows: Sequence[Sequence[str]], caption: str) -> str:
    """Rows, headings first, as an HTML table with a caption; all of it text, not markup."""
    left = 'style="text-align:left"'
    heads = "".join(f'<th scope="col" {left}>{html.escape(text)}</th>' for text in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td {left}>{html.escape(text)}</td>" for text in row) + "</tr>" for row in rows[1:]
    )
    told = f'<caption style="caption-side:bottom;text-align:left">{html.escape(caption)}</caption>'
    return f"<table>{told}<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
