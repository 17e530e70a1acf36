"""What widgets with a front end of their own share: an ES module's source, and a stand-in for when no kernel runs."""

import html
import re
from pathlib import Path
from typing import Any

import anywidget

from vislab.errors import VislabError

STATIC = Path(__file__).parent / "static"
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+\.js)";\n', re.MULTILINE)


def esm(name: str) -> str:
    """The source of a module in static/ with the modules it imports before it, once each.

    A widget's module reaches the browser as text, in which "./other.js" would lead nowhere.
    """
    sources: dict[str, str] = {}

    def visit(module: str) -> None:
        if module not in sources:
            source = (STATIC / module).read_text(encoding="utf-8")
            for needed in _IMPORT.findall(source):
                visit(needed)
            sources[module] = _IMPORT.sub("", source)

    visit(name)
    return "\n".join(sources.values())


def css(name: str) -> str:
    """The source of a style sheet in static/."""
    return (STATIC / name).read_text(encoding="utf-8")


def preformatted(text: str) -> str:
    """Text as HTML, line by line."""
    return f'<pre style="white-space: pre-wrap">{html.escape(text)}</pre>'


class Frontend(anywidget.AnyWidget):
    """A widget that is also a static picture and a text, for when there is no front end or no kernel."""

    def as_html(self) -> str:
        """What is shown without a front end; pictures carry text alternatives."""
        return preformatted(repr(self))

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        return data | {"text/plain": repr(self), "text/html": self.as_html()}, metadata


def describe_error(error: Exception) -> str:
    """An error in one line for the front end: our own sentences as they are, others with their type."""
    return str(error) if isinstance(error, VislabError) else f"{type(error).__name__}: {error}"


def on_demand(make: str) -> dict[str, Any]:
    """Metadata of a synchronised trait whose value the widget's method `make` computes whenever it is sent.

    Python keeps no copy of it: a hundred widgets on the same pictures hold them once.
    """
    return {"sync": True, "to_json": lambda value, widget: getattr(widget, make)()}
