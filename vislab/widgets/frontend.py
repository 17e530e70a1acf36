"""What widgets with a front end of their own share: one ES module's source, and what stands in where no kernel runs."""

import html
import re
from pathlib import Path
from typing import Any

import anywidget

STATIC = Path(__file__).parent / "static"
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+\.js)";\n', re.MULTILINE)


def esm(name: str) -> str:
    """The source of a module in static/ as one module: what it imports from beside it stands before it, once each.

    A widget's module reaches the browser as text, where "./other.js" would lead nowhere.
    """
    order: list[str] = []

    def visit(module: str) -> None:
        if module in order:
            return
        for needed in _IMPORT.findall((STATIC / module).read_text(encoding="utf-8")):
            visit(needed)
        order.append(module)

    visit(name)
    return "\n".join(_IMPORT.sub("", (STATIC / module).read_text(encoding="utf-8")) for module in order)


def css(name: str) -> str:
    """The source of a style sheet in static/."""
    return (STATIC / name).read_text(encoding="utf-8")


class Frontend(anywidget.AnyWidget):
    """A widget that is also a static picture and a text, for where there is no front end or no kernel."""

    def as_html(self) -> str:
        """What is shown without a front end; pictures carry text alternatives."""
        return f'<pre style="white-space: pre-wrap">{html.escape(repr(self))}</pre>'

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        return data | {"text/plain": repr(self), "text/html": self.as_html()}, metadata


def on_demand(make: str) -> dict[str, Any]:
    """Metadata of a synchronised trait whose value the widget's method `make` gives whenever it is sent.

    So what travels is kept nowhere in Python: a hundred widgets on the same pictures hold them once.
    """
    return {"sync": True, "to_json": lambda value, widget: getattr(widget, make)()}
