"""What every question to the learner is made of: labelled controls, a button that keeps, a line that answers."""

import html
from collections.abc import Callable, Sequence
from typing import Any

import anywidget
import ipywidgets as widgets

from vislab.errors import VislabError
from vislab.system import learner_file as learner
from vislab.widgets.frontend import esm

SURE = {"a wild guess": 10, "more no than yes": 30, "half and half": 50, "fairly sure": 70, "nearly certain": 90}
WIDE = widgets.Layout(width="auto", max_width="64em")
TO_RUN = "Run this cell to answer."


class Manners(anywidget.AnyWidget):
    """No control, but what static/asking.js does for those that stand in a question with it."""

    _esm = esm("asking.js")


class Asking(widgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """What guesses, quizzes and ballots share: fields, a button that keeps the answer, a line that says so.

    The build of the notebooks finds the parts by their classes: vislab-field is disabled and vislab-status rewritten
    in the state it saves, because controls without a kernel behind them do nothing.
    """

    def __init__(self, name: str, parts: Sequence[widgets.Widget], button: str) -> None:
        self.name = name
        self._button = widgets.Button(description=button, layout=widgets.Layout(width="auto", align_self="flex-start"))
        self._button.add_class("vislab-field")
        self._button.on_click(lambda _: self._keep())
        self._status = widgets.HTML(layout=WIDE)
        self._status.add_class("vislab-status")
        parts = [*parts, self._button, self._status, Manners()]
        super().__init__(parts, layout=widgets.Layout(padding="4px 0 12px 0"))
        self.add_class("vislab-asking")

    def _keep(self) -> None:
        raise NotImplementedError

    def _as_text(self) -> str:
        raise NotImplementedError

    def _say(self, text: str) -> None:
        self._status.value = f'<div role="status">{text}</div>'

    def _write(self, kind: learner.Kind, name: str, how: Callable[[learner.Entry], learner.Entry]) -> str:
        """Keep an entry; returns "" or, where the disk refuses, the sentence that says so."""
        try:
            learner.change(kind, name, how)
        except VislabError as error:
            return f" ({html.escape(str(error))})"
        return ""

    def __repr__(self) -> str:
        return self._as_text()

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs)
        text = self._as_text()
        return bundle | {
            "text/plain": text,
            "text/html": f'<pre style="white-space: pre-wrap">{html.escape(text)}</pre>',
        }


def line(text: str, bold: bool = False) -> widgets.HTML:
    """A line of text, wrapped where it is long."""
    text = html.escape(text)
    return widgets.HTML(f"<b>{text}</b>" if bold else text, layout=WIDE)


def field(widget: Any) -> Any:
    """Mark a control, so that the build can disable it in saved state."""
    widget.add_class("vislab-field")
    return widget


def sureness(known: int | None) -> Any:
    """The control that asks how sure, preset to what is known."""
    options = [(f"{percent} %: {words}", percent) for words, percent in SURE.items()]
    return field(widgets.Dropdown(options=options, value=known if known in SURE.values() else None,
                                  description="How sure?", style={"description_width": "initial"}))  # fmt: skip


def latest(answer: learner.Entry) -> Callable[[learner.Entry], learner.Entry]:
    """How an answer enters its entry: as the latest one, beside the first that was ever given."""
    return lambda old: {"first": old.get("first", answer), **answer}
