"""Rows of text as aligned lines and as HTML."""

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


def lay_out(rows: Sequence[Sequence[str]], rules: Sequence[int] = (), right: Sequence[int] = ()) -> list[str]:
    """Rows as lines with their columns aligned, those in `right` to the right; a rule above each of the rows named."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = zip(row, widths, strict=True)
        padded = [cell.rjust(w) if column in right else cell.ljust(w) for column, (cell, w) in enumerate(cells)]
        lines.append("  ".join(padded).rstrip())
    for row in sorted(rules, reverse=True):
        lines.insert(row, "─" * (sum(widths) + 2 * (len(widths) - 1)))
    return lines


def as_html(rows: Sequence[Sequence[str]], caption: str = "") -> str:
    """Rows, headings first, as an HTML table with a caption; all of it text, not markup."""
    left = 'style="text-align:left"'
    heads = "".join(f'<th scope="col" {left}>{html.escape(text)}</th>' for text in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td {left}>{html.escape(text)}</td>" for text in row) + "</tr>" for row in rows[1:]
    )
    told = f'<caption style="caption-side:bottom;text-align:left">{html.escape(caption)}</caption>' if caption else ""
    return f"<table>{told}<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
