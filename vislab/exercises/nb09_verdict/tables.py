"""Notebook 09's tables and figures: verdicts beside bets, advice, jobs, intervals beside a margin, the page."""

import html
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vislab.evaluation.answers.questions import QUESTIONS
from vislab.plotting.figures import INK, PALETTE, Sheet
from vislab.studies.claims.advice import advise, jobs
from vislab.studies.claims.evidence import Evidence
from vislab.studies.claims.judge import Judgement
from vislab.studies.claims.verdicts import Interval, weigh
from vislab.studies.report.page import SIGNS, bet_on
from vislab.system import learner_file as learner

NO_BET = "–"
BETS = {"right": "✓ right", "wrong": "✗ wrong", "open": "? open"}
WIDE = 100  # columns of a table as text


@dataclass(frozen=True)
class Table:
    """Rows of text under headings; shows itself as HTML, and in words elsewhere."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""

    def __repr__(self) -> str:
        lines = [self.caption] if self.caption else []
        for row in self.rows:
            text = " | ".join(filter(None, row)).splitlines()
            lines += [textwrap.fill(line, WIDE, initial_indent="   " * (at > 0), subsequent_indent="   ")
                      for at, line in enumerate(text)]  # fmt: skip
        return "\n".join(lines)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        left = "text-align:left;vertical-align:top;white-space:pre-line"
        head = "".join(f'<th scope="col" style="{left}">{html.escape(name)}</th>' for name in self.headings)
        body = "".join(
            "<tr>" + "".join(f'<td style="{left}">{html.escape(cell)}</td>' for cell in row) + "</tr>"
            for row in self.rows
        )
        caption = f'<caption style="text-align:left">{html.escape(self.caption)}</caption>' if self.caption else ""
        table = f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return {"text/html": table, "text/plain": repr(self)}


def show_verdicts(judged: Sequence[Judgement]) -> Table:
    """Each claim, its verdict, and what the learner bet on it in notebook 00."""
    kept = learner.recall_all("guesses")
    rows = []
    for one in judged:
        bet = bet_on(one, kept)
        yours = f"{bet.verdict} ({bet.sure} % sure): {BETS[bet.outcome]}" if bet else NO_BET
        number = "" if one.claim.number is None else str(one.claim.number)
        marks = f" ({'; '.join(one.marks)})" if one.marks else ""
        rows.append((number, one.claim.says, f"{SIGNS[one.verdict]} {one.verdict}{marks}", yours))
    made = sum(row[-1] != NO_BET for row in rows)
    caption = f"You bet on {made} of {len(rows)}." if made else "You have not bet; notebook 00 asks for bets."
    return Table(("", "The claim", "The verdict so far", "Your bet"), rows, caption)


def settled_bets(judged: Sequence[Judgement]) -> list[tuple[int, str]]:
    """How sure each bet was, in percent, and whether it was "right", "wrong" or is "open"; [] without bets."""
    kept = learner.recall_all("guesses")
    bets = [bet_on(one, kept) for one in judged]
    return [(int(sure) if sure.isdecimal() else 50, outcome) for _, sure, outcome in filter(None, bets)]


def show_advice(evidence: Evidence, margins: Mapping[str, float] | None = None) -> Table:
    """For each question, whether the measurements settle which task to use, and why. margins: as of advise."""
    rows = [(one.world, one.asked.wording, one.headline, one.why) for one in advise(evidence, margins)]
    return Table(("If the pictures are", "and you ask", "then", "because"), rows)


def show_jobs(evidence: Evidence) -> Table:
    """Jobs that people have for these tasks, and what the measurements say of them."""
    rows = [(job.name, QUESTIONS[job.asks].wording if job.asks else "none of the four", task or "–", why)
            for job, task, why in jobs(evidence)]  # fmt: skip
    return Table(("The job", "asks", "use", "the evidence"), rows)


def show_differences(named: Sequence[tuple[str, Interval]], margin: float) -> Sheet:
    """Differences in the share of wrong labels, in percentage points, beside 0 and the margin, with their verdicts."""
    unit = "percentage points of wrong labels"
    rows = [(name, 100 * i.difference, 100 * i.low, 100 * i.high, weigh(i, margin)) for name, i in named]
    margin = 100 * margin
    listed = [f"{name}: {d:+.1f} ({low:+.1f} to {high:+.1f}), {word}" for name, d, low, high, word in rows]
    alt = f"Differences in {unit} with 95 % intervals; ± {margin:g} would matter. {'; '.join(listed)}."
    sheet = Sheet(8, 0.95 + 0.4 * len(rows), alt)
    ax = sheet.subplots()
    ax.axvspan(-margin, margin, color=PALETTE["sky blue"], alpha=0.3, linewidth=0)
    ax.axvline(0, color=INK, linewidth=1)
    for place, (_, middle, low, high, word) in enumerate(reversed(rows)):
        ax.errorbar(middle, place, xerr=[[middle - low], [high - middle]], fmt="o", capsize=4, color=PALETTE["blue"])
        ax.annotate(word, (high, place), (8, 0), textcoords="offset points", va="center", fontsize=9, color=INK)
    ax.set_yticks(range(len(rows)), [name for name, *_ in reversed(rows)])
    ax.set(xlabel=f"difference, {unit} (band: ± {margin:g}, too little to matter)", ylim=(-0.6, len(rows) - 0.4))
    ax.margins(x=0.25)
    ax.spines[["top", "right"]].set_visible(False)
    return sheet


class Page:
    """A page of HTML inside the notebook, in a frame that loads nothing from elsewhere."""

    def __init__(self, path: Path, title: str) -> None:
        self.path, self.title = path, title

    def __repr__(self) -> str:
        return f"{self.title}: {self.path}"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        text = html.escape(self.path.read_text(encoding="utf-8"))
        frame = f'<iframe srcdoc="{text}" title="{html.escape(self.title)}" sandbox="allow-scripts" '
        frame += 'style="width:100%;height:600px;border:1px solid #999;background:#fff"></iframe>'
        return {"text/html": frame, "text/plain": repr(self)}
