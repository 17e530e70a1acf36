"""vislab: build a classifier, a semantic and an instance segmenter; measure what each answers and costs.

`import vislab as vl` loads nothing heavy: each verb brings its module, named in __init__.pyi, when it is first used.
Its arguments are checked here, by its type hints; inside the package functions call each other unchecked.
"""

import os
import sys
from importlib import import_module
from importlib.metadata import version
from types import FunctionType

import lazy_loader

__version__ = version("vislab")

# Heard by OpenMP if torch is not imported yet. A thread that waits spins briefly, then sleeps: only on an idle machine
# are several threads taken, and there training was quickest so (benchmarks/results/waiting.md).
os.environ.setdefault("GOMP_SPINCOUNT", "10000")

_load, _, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"vislab has no {name!r}; it has {', '.join(__all__)}")
    verb = _load(name)
    if not isinstance(verb, FunctionType):
        return verb
    from vislab.system.arguments import checked

    globals()[name] = checked(verb)  # in place of the one that lazy_loader has put there
    return globals()[name]


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


def _show_scenes_in_notebooks() -> None:
    """Let a notebook show Scenes as a contact sheet; registered here, because Scenes know nothing of figures."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None:
        shell.display_formatter.ipython_display_formatter.for_type_by_name(
            "vislab.data.scenes",
            "Scenes",
            lambda scenes: import_module("vislab.data.contact_sheet").show_in_notebook(scenes),
        )


_show_scenes_in_notebooks()
