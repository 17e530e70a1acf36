"""Rows of text as aligned lines and as HTML."""

import html
from collections.abc import Collection, Sequence


def lay_out(rows: Sequence[Sequence[str]], rules: Sequence[int] = (), right: Collection[int] = ()) -> list[str]:
    """Rows as lines with their columns aligned.

    rules: the rows that have a rule above them. right: the columns, from 0, that are set to the right.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = zip(row, widths, strict=True)
        padded = [text.rjust(width) if i in right else text.ljust(width) for i, (text, width) in enumerate(cells)]
        lines.append("  ".join(padded).rstrip())
    for index in sorted(rules, reverse=True):
        lines.insert(index, "─" * (sum(widths) + 2 * (len(widths) - 1)))
    return lines


def as_html(rows: Sequence[Sequence[str]], caption: str = "") -> str:
    """Rows, headings first, as an HTML table with a caption; all of it text, not markup."""
    left = 'style="text-align:left"'
    heads = "".join(f'<th scope="col" {left}>{html.escape(text)}</th>' for text in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td {left}>{html.escape(text)}</td>" for text in row) + "</tr>" for row in rows[1:]
    )
    below = f'<caption style="caption-side:bottom;text-align:left">{html.escape(caption)}</caption>' if caption else ""
    return f"<table>{below}<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
