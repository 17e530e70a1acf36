"""Bets on several statements at once, such as the published claims."""

from collections.abc import Mapping, Sequence

import ipywidgets as widgets

from vislab.system import learner_file as learner
from vislab.widgets.form import TO_RUN, Form, field, latest, line, sureness


class Ballot(Form):
    """One verdict, and how sure of it, on each of several statements; made by `ballot`."""

    def __init__(self, name: str, statements: Sequence[str], verdicts: Mapping[str, str]) -> None:
        self.statements, self.verdicts = statements, verdicts
        self._fields: list[tuple[widgets.Dropdown, widgets.Dropdown]] = []  # a verdict and how sure
        parts: list[widgets.Widget] = []
        for number, statement in enumerate(statements, start=1):
            saved = learner.recall("guesses", f"{name}-{number:02d}")
            known = saved.get("value") if saved.get("value") in verdicts else None
            options = [(words, verdict) for verdict, words in verdicts.items()]
            verdict = field(widgets.Dropdown(options=options, value=known, description=f"Verdict {number}:"))
            self._fields.append((verdict, sureness(saved.get("sure") if known else None)))
            parts += [line(f"{number}. {statement}"), widgets.HBox(self._fields[-1])]
        super().__init__(name, parts, "Keep my bets")
        self._show_status(f"You have bet on {len(self.bets)} of {len(statements)}." if self.bets else "No bet yet.")

    @property
    def bets(self) -> dict[int, tuple[str, int]]:
        """The complete bets: number of the statement, from 1 → verdict and how sure in percent."""
        pairs = enumerate(self._fields, start=1)
        return {n: (verdict.value, sure.value) for n, (verdict, sure) in pairs if verdict.value and sure.value}

    def _submit(self) -> None:
        bets, kept, trouble = self.bets, 0, ""
        for number, (verdict, sure) in bets.items():
            refused = self._save("guesses", f"{self.name}-{number:02d}", latest({"value": verdict, "sure": sure}))
            kept, trouble = kept + (not refused), refused or trouble
        missing = [str(n) for n in range(1, len(self.statements) + 1) if n not in bets]
        rest = f" Still without a verdict or how sure: {', '.join(missing)}." if missing else ""
        self._show_status(f"{'✓' if kept else '✗'} Kept {kept} of {len(self.statements)} bets.{rest}{trouble}")

    def __repr__(self) -> str:
        rows = [f"{number}. {statement}" for number, statement in enumerate(self.statements, start=1)]
        return "\n".join([*rows, f"Verdicts: {'; '.join(self.verdicts.values())}.", TO_RUN])


def ballot(name: str, statements: Sequence[str], verdicts: Mapping[str, str]) -> Ballot:
    """Ask for a verdict on each statement and how sure the learner is; saved as guesses name-01, name-02, ...

    verdicts: what is saved → what the learner reads.
    """
    return Ballot(name, statements, verdicts)
