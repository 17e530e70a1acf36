"""The answer of a check: a sentence, small pictures beside each other and a hint, as HTML and as plain text."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from vislab.plotting.figures import PALETTE

Outcome = Literal[
    "right", "wrong", "wrong shape", "wrong type", "changed its input", "stopped", "too slow", "not yet tried", "hint"
]
SIGNS: dict[Outcome, str] = {
    "right": "✓ Right.",
    "wrong": "✗ Not right yet.",
    "wrong shape": "✗ Not the right shape.",
    "wrong type": "✗ Not the right kind of value.",
    "changed its input": "✗ It changed its input.",
    "stopped": "✗ It stopped.",
    "too slow": "✗ Too slow.",
    "not yet tried": "– Not yet tried.",
    "hint": "Hint",
}
LARGEST = 16  # pixels a side that are shown one by one
COLOURS = ("#ffffff", *(PALETTE[name] for name in ("sky blue", "orange", "yellow", "reddish purple", "bluish green")))


@dataclass(frozen=True)
class Panel:
    """A value and what it is: a small mask (h, w), or anything that prints in a line.

    marks: bool (h, w), pixels to ring; None for none.
    """

    title: str
    value: Any
    marks: Any = None


@dataclass(frozen=True)
class Answer:
    """The result of a check. It shows itself; `print` gives the same in words."""

    outcome: Outcome
    sentence: str = ""
    panels: Sequence[Panel] = ()
    hint: str = ""

    def __repr__(self) -> str:
        parts = [f"{SIGNS[self.outcome]} {self.sentence}".rstrip()]
        parts += [f"{panel.title}: {in_words(panel.value)}" for panel in self.panels]
        return "\n".join(parts + ([f"Hint: {self.hint}"] if self.hint else []))

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        head = f"<p><b>{SIGNS[self.outcome]}</b> {_as_html(self.sentence)}</p>"
        row = "".join(f'<div style="margin:0 24px 8px 0">{_panel(panel)}</div>' for panel in self.panels)
        row = f'<div style="display:flex;flex-wrap:wrap;align-items:flex-start">{row}</div>' if row else ""
        hint = f"<p><b>Hint:</b> {_as_html(self.hint)}</p>" if self.hint else ""
        return {"text/html": head + row + hint, "text/plain": repr(self)}


def _as_html(sentence: str) -> str:
    """A sentence as HTML: text between `backticks` is code, a *word* between stars is stressed."""
    code = re.split("`([^`]+)`", html.escape(sentence))  # text and code by turns
    text = [re.sub(r"(?<!\*)\*(\w[^*]*\w|\w)\*(?!\*)", r"<em>\1</em>", part) for part in code[::2]]
    return "".join(a + b for a, b in zip(text, [*(f"<code>{part}</code>" for part in code[1::2]), ""], strict=True))


def shortly(value: Any, digits: int = 4) -> str:
    """A value as Python prints it, but each float with so many significant digits."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, float):
        return f"{value:.{digits}g}"
    if type(value) in (list, tuple):  # no subclasses: named tuples print their names
        inside = ", ".join(shortly(part, digits) for part in value)
        return f"[{inside}]" if isinstance(value, list) else f"({inside}{',' * (len(value) == 1)})"
    return str(value)


def in_words(value: Any) -> str:
    """A value as plain text: masks row by row, other values as they print, long ones cut."""
    if _is_small_mask(value):
        return "\n" + "\n".join("  " + " ".join(str(pixel) for pixel in row) for row in value.tolist())
    if isinstance(value, np.ndarray) and value.size > LARGEST:
        return f"an array of shape {value.shape}"
    text = " ".join(shortly(value).split())
    return text if len(text) <= 80 else text[:79] + "…"


def _is_small_mask(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim == 2 and value.size > 0 and max(value.shape) <= LARGEST


def _panel(panel: Panel) -> str:
    """A value with its title: a small mask as a table of coloured numbers, any other value in words."""
    title = html.escape(panel.title)
    value = panel.value
    if not _is_small_mask(value):
        return f"<div><i>{title}</i><br><code>{html.escape(in_words(value))}</code></div>"
    marks = np.zeros(value.shape, bool) if panel.marks is None else panel.marks
    rows = "".join(
        "<tr>" + "".join(_pixel(v, m) for v, m in zip(row, ring, strict=True)) + "</tr>"
        for row, ring in zip(value.tolist(), marks.tolist(), strict=True)
    )
    return (
        f'<table style="border-collapse:collapse;margin:0">'
        f'<caption style="text-align:left;white-space:nowrap"><i>{title}</i></caption>'
        f"<tbody>{rows}</tbody></table>"
    )


def _pixel(value: Any, marked: bool) -> str:
    """One pixel: its number on its colour; a marked one is ringed and bold."""
    whole = isinstance(value, (bool, int)) and value > 0
    colour = COLOURS[1 + (int(value) - 1) % (len(COLOURS) - 1)] if whole else COLOURS[0]
    text = f"{value:.3g}" if isinstance(value, float) else str(int(value)) if isinstance(value, (bool, int)) else "?"
    ring = "outline:3px solid #000;outline-offset:-3px;font-weight:bold;" if marked else ""
    return (
        f'<td style="background:{colour};color:#000;border:1px solid #999;width:18px;height:22px;padding:0 2px;'
        f'text-align:center;{ring}">{text}</td>'
    )
