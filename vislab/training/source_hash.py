"""What a person's own code says, a notebook's for example, so that a changed model is not taken for the one before."""

import dis
import inspect
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

INSTALLED = tuple(Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib"))
LIBRARIES = ("torch", "torchvision", "vislab")  # a training is known by their versions or files already
PLAIN = (bool, int, float, complex, str, bytes, type(None))
AUTOMATIC = ("__annotations__", "__dict__", "__doc__", "__firstlineno__", "__module__", "__static_attributes__",
             "__weakref__", "__annotate_func__", "__annotations_cache__")  # fmt: skip


def own_code(started: Iterable[object]) -> list[bytes]:
    """Sources of these classes and functions, of their bases and of what they name; the order is always the same.

    Beside them stand the plain values that they name. Of other installed packages only what is named itself is told;
    of Python, torch and vislab nothing.
    Raises TypeError where something is named that cannot be told so, OSError where a source is not to be found,
    ValueError where a name has no value yet.
    """
    told: set[str] = set()
    seen, waiting = set(), [("", one) for one in started]
    while waiting:
        name, one = waiting.pop()
        if isinstance(one, PLAIN) or (isinstance(one, tuple | list) and all(isinstance(part, PLAIN) for part in one)):
            told.add(f"{name} = {one!r}")
        elif not _is_library(one) and id(one) not in seen:
            seen.add(id(one))
            if isinstance(one, type | FunctionType) and _is_installed(one):
                told.add(inspect.getsource(one))
            elif isinstance(one, type):  # by its parts: Python does not find the source of a notebook's class
                told.add(f"class {one.__qualname__}: {[base.__qualname__ for base in one.__bases__]}")
                waiting += [("", base) for base in one.__bases__]
                parts = {part: value for part, value in vars(one).items() if part not in AUTOMATIC}
                waiting += [(f"{one.__qualname__}.{part}", value) for part, value in parts.items()]
            elif isinstance(one, staticmethod | classmethod):
                waiting.append((name, one.__func__))
            elif isinstance(one, property):
                waiting += [(name, part) for part in (one.fget, one.fset, one.fdel)]
            elif isinstance(one, FunctionType):
                if hasattr(one, "__wrapped__"):
                    waiting.append((name, one.__wrapped__))
                if _is_own(one.__globals__.get("__name__", "")):  # not so where a library's decorator wraps one's own
                    told.add(inspect.getsource(one.__code__))
                    waiting += _named(one)
            else:
                raise TypeError(f"{name} is {type(one).__name__}, whose content is not told")
    return [source.encode() for source in sorted(told)]


def _named(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """What a function takes from outside itself, by name: globals, what encloses it, and its defaults."""
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    yield from ((name, cell.cell_contents) for name, cell in cells)
    for name in sorted(_globals(function.__code__) & function.__globals__.keys()):
        yield name, function.__globals__[name]
    yield from ((f"{function.__qualname__} takes", value) for value in function.__defaults__ or ())
    yield from (function.__kwdefaults__ or {}).items()


def _globals(code: CodeType) -> set[str]:
    """Names that code looks up beyond itself, that of functions inside it included; not those of attributes."""
    names = {step.argval for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return names.union(*(_globals(inner) for inner in code.co_consts if isinstance(inner, CodeType)))


def _is_library(one: object) -> bool:
    """Whether it comes with Python, torch or vislab; every module and builtin is taken for such."""
    if isinstance(one, ModuleType) or inspect.isbuiltin(one):
        return True
    # What is made of a library's class is not the library's.
    return isinstance(one, type | FunctionType) and not _is_own(one.__module__)


def _is_own(module: str) -> bool:
    top = module.partition(".")[0]
    return top not in LIBRARIES and top not in sys.stdlib_module_names


def _is_installed(one: type | FunctionType) -> bool:
    """Whether it comes with an installed package."""
    file = getattr(sys.modules.get(one.__module__.partition(".")[0]), "__file__", None)
    return file is not None and any(place in Path(file).resolve().parents for place in INSTALLED)
