"""What every question to the learner is made of: labelled controls, a button that saves, a line that replies."""

import html
import re
from collections.abc import Callable, Sequence
from typing import Any

import anywidget
import ipywidgets as widgets

from vislab.errors import VislabError
from vislab.system import learner_file as learner
from vislab.widgets.frontend import css, esm, preformatted

SURE = {"a wild guess": 10, "more no than yes": 30, "half and half": 50, "fairly sure": 70, "nearly certain": 90}
WIDE = widgets.Layout(width="auto", max_width="64em")
TO_RUN = "Run this cell to answer."


class Accessibility(anywidget.AnyWidget):
    """Shows nothing; static/form.js gives the controls of its form their keys and names, static/form.css the looks."""

    _esm = esm("form.js")
    _css = css("form.css")


class Form(widgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """What guesses, quizzes and ballots share: fields, a button that saves the answers, a line that says so.

    The build of the notebooks finds the parts by their classes: it disables vislab-field and rewrites vislab-status
    in the state it saves, because controls without a kernel behind them do nothing.
    """

    def __init__(self, name: str, parts: Sequence[widgets.Widget], button: str) -> None:
        self.name = name
        layout = widgets.Layout(width="auto", align_self="flex-start")
        self._button = field(widgets.Button(description=button, layout=layout))
        self._button.on_click(lambda _: self._submit())
        self._status = widgets.HTML(layout=WIDE)
        self._status.add_class("vislab-status")
        parts = [*parts, self._button, self._status, Accessibility()]
        super().__init__(parts)
        self.add_class("vislab-form")

    def _submit(self) -> None:
        raise NotImplementedError

    def _show_status(self, text: str) -> None:
        self._status.value = f'<div role="status">{text}</div>'

    def _save(self, kind: learner.Kind, name: str, update: Callable[[learner.Entry], learner.Entry]) -> str:
        """Save an entry; returns "" or, if the disk refuses, the sentence that says so."""
        try:
            learner.change(kind, name, update)
        except VislabError as error:
            return f" ({html.escape(str(error))})"
        return ""

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs)
        return bundle | {"text/plain": repr(self), "text/html": preformatted(repr(self))}


def line(text: str, bold: bool = False) -> widgets.HTML:
    """A line of text; long ones wrap, but not between a number and its % sign."""
    text = re.sub(r"(?<=\d) %", "&nbsp;%", html.escape(text))
    return widgets.HTML(f"<b>{text}</b>" if bold else text, layout=WIDE)


def field(widget: Any) -> Any:
    """Mark a control, so that the build can disable it in saved state."""
    widget.add_class("vislab-field")
    return widget


def sureness(percent: int | None) -> Any:
    """The control that asks how sure the learner is, preset to the earlier answer."""
    options = [(f"{value} %: {words}", value) for words, value in SURE.items()]
    return field(widgets.Dropdown(options=options, value=percent if percent in SURE.values() else None,
                                  description="How sure?", style={"description_width": "initial"}))  # fmt: skip


def latest(answer: learner.Entry) -> Callable[[learner.Entry], learner.Entry]:
    """The update that makes an answer the latest one and keeps the first that was ever given."""
    return lambda old: {"first": old.get("first", answer), **answer}
