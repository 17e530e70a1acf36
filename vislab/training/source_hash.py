"""The source of a person's own code, a notebook's for example, so that a changed model is trained anew."""

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


def own_code(roots: Iterable[object]) -> list[bytes]:
    """Sources of these classes and functions, of their bases and of all that they name; the order is always the same.

    Plain values that they name are included. Of other installed packages only what is named itself is included; of
    Python, torch and vislab nothing.
    Raises TypeError if something named has no source and is no plain value, OSError if a source is missing, ValueError
    if a name has no value yet.
    """
    sources: set[str] = set()
    seen: set[int] = set()
    pending: list[tuple[str, Any]] = [("", root) for root in roots]
    while pending:
        name, value = pending.pop()
        if _is_plain(value):
            sources.add(f"{name} = {value!r}")
        elif not _is_library(value) and id(value) not in seen:
            seen.add(id(value))
            source, named = _look_into(name, value)
            sources |= source
            pending += named
    return [source.encode() for source in sorted(sources)]


def _is_plain(value: object) -> bool:
    return isinstance(value, PLAIN) or (isinstance(value, tuple | list) and all(isinstance(x, PLAIN) for x in value))


def _look_into(name: str, value: Any) -> tuple[set[str], list[tuple[str, Any]]]:
    """A value's own source, and what it names, by name."""
    if isinstance(value, type | FunctionType) and _is_installed(value):
        return {inspect.getsource(value)}, []
    if isinstance(value, type):  # by its parts: Python does not find the source of a notebook's class
        head = f"class {value.__qualname__}: {[base.__qualname__ for base in value.__bases__]}"
        parts = [(f"{value.__qualname__}.{part}", x) for part, x in vars(value).items() if part not in AUTOMATIC]
        return {head}, [("", base) for base in value.__bases__] + parts
    if isinstance(value, staticmethod | classmethod):
        return set(), [(name, value.__func__)]
    if isinstance(value, property):
        return set(), [(name, part) for part in (value.fget, value.fset, value.fdel)]
    if not isinstance(value, FunctionType):
        raise TypeError(f"{name} is {type(value).__name__}, whose content is unknown")
    wrapped = [(name, value.__wrapped__)] if hasattr(value, "__wrapped__") else []
    if not _is_own(value.__globals__.get("__name__", "")):  # a library's decorator around one's own function
        return set(), wrapped
    return {inspect.getsource(value.__code__)}, [*wrapped, *_named(value)]


def _named(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """What a function takes from outside itself, by name: globals, what encloses it, and its defaults."""
    enclosed = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    yield from ((name, cell.cell_contents) for name, cell in enclosed)
    for name in sorted(_globals(function.__code__) & function.__globals__.keys()):
        yield name, function.__globals__[name]
    yield from ((f"{function.__qualname__} takes", value) for value in function.__defaults__ or ())
    yield from (function.__kwdefaults__ or {}).items()


def _globals(code: CodeType) -> set[str]:
    """Global names that code looks up, in functions inside it too; no attributes."""
    names = {step.argval for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return names.union(*(_globals(inner) for inner in code.co_consts if isinstance(inner, CodeType)))


def _is_library(value: object) -> bool:
    """Whether it comes with Python, torch or vislab; every module and builtin counts as such."""
    if isinstance(value, ModuleType) or inspect.isbuiltin(value):
        return True
    # An instance of a library's class is not the library's.
    return isinstance(value, type | FunctionType) and not _is_own(value.__module__)


def _is_own(module: str) -> bool:
    top = module.partition(".")[0]
    return top not in LIBRARIES and top not in sys.stdlib_module_names


def _is_installed(value: type | FunctionType) -> bool:
    """Whether it comes with an installed package."""
    file = getattr(sys.modules.get(value.__module__.partition(".")[0]), "__file__", None)
    return file is not None and any(folder in Path(file).resolve().parents for folder in INSTALLED)
