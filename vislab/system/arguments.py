"""One check of the arguments of every verb, by its type hints: what is wrong gets a sentence before any work begins."""

import inspect
import math
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, wraps
from numbers import Integral, Real
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, ParamSpec, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from vislab.errors import VislabError, is_number

P = ParamSpec("P")
R = TypeVar("R")


class Words(NamedTuple):
    """How a type is called, one and several, and what makes one."""

    one: str
    several: str
    source: str = ""


WORDS = {
    "Scenes": Words("pictures", "pictures", "pictures come from vl.draw or vl.load"),
    "Vocabulary": Words("a vocabulary", "vocabularies", "pictures have theirs in .vocabulary"),
    "Answers": Words("answers", "answers", "answers come from vl.answers"),
    "Module": Words("a model", "models", "models come from vl.build, vl.adapt or vl.pretrained"),
    "Backbone": Words("an encoder", "encoders", "encoders come from vl.encoder"),
    "Prediction": Words("a prediction", "predictions", "predictions come from vl.predict"),
    "Curves": Words("learning curves", "learning curves", "curves come from vl.learning_curve or vl.read_curves"),
    "Sweep": Words("a sweep", "sweeps", "sweeps come from vl.sweep_costs"),
    "Results": Words("a study's results", "studies' results", "results come from vl.study"),
    "Path": Words("a path", "paths"),
    "device": Words("a device", "devices"),
    "str": Words("text", "texts"),
    "bool": Words("True or False", "of True or False"),
    "int": Words("a whole number", "whole numbers"),
    "float": Words("a number", "numbers"),
    "NoneType": Words("None", "None"),
}


@dataclass(frozen=True)
class Within:
    """The numbers that are allowed: from `least` (or, if `open`, above it) to `most`."""

    least: float = -math.inf
    most: float = math.inf
    open: bool = False

    def __contains__(self, value: float) -> bool:
        return value <= self.most and (value > self.least if self.open else value >= self.least)

    def __str__(self) -> str:
        start = f"{'above' if self.open else 'from'} {self.least:g}" if math.isfinite(self.least) else ""
        if not math.isfinite(self.most):
            return start
        return f"{start} to {'a billion' if self.most == BILLION else f'{self.most:,}'}"


BILLION = 10**9
Count = Annotated[int, Within(1, BILLION)]
Index = Annotated[int, Within(0)]
Positive = Annotated[float, Within(0, open=True)]


@cache
def checked(verb: Callable[P, R]) -> Callable[P, R]:
    """The function, which refuses arguments that its hints do not allow; numbers must be finite.

    Raises VislabError naming the argument, what it must be, and what came.
    """
    signature = inspect.signature(verb)
    name = verb.__qualname__.rpartition("<locals>.")[2]  # "Scenes.split" for a method
    call = _call(name, signature)

    @cache
    def hints() -> dict[str, Any]:
        return get_type_hints(verb, include_extras=True)

    @wraps(verb)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            given = signature.bind(*args, **kwargs).arguments
        except TypeError as error:
            raise VislabError(f"vl.{name}: {error}; write {call}") from None
        for argument, value in given.items():
            if not allows(hint := hints().get(argument, Any), value):
                expected = words(hint)
                sources = [WORDS[kind].source for kind in _names(hint) if kind in WORDS and WORDS[kind].source]
                mend = _mend(name, call, argument, hint, value)
                wrong = f"{argument} must be {expected}, not {_came(value)}"
                raise VislabError("; ".join([f"vl.{name}: {wrong}", *sources[:1], *mend]))
        return verb(*args, **kwargs)

    return wrapper


def _mend(verb: str, call: str, argument: str, hint: Any, value: Any) -> list[str]:
    """What to write instead, if one of several would do, or the list of a dict's values; else the call."""
    if _is_plain(value):
        return []
    if verb == "show" and _kind(value) == "Prediction":
        return ["write vl.view(scenes, prediction)"]
    if isinstance(value, Mapping) and value and allows(hint, list(value.values())):
        return [f"write list({argument}.values())"]
    if isinstance(value, Mapping | list | tuple) and value and all(allows(hint, each) for each in _elements(value)):
        first = next(iter(value)) if isinstance(value, Mapping) else 0
        return [f"give one of them, such as {argument}[{first!r}]"]
    return [f"write {call}"]


def allows(hint: Any, value: Any) -> bool:
    """Whether a value is what a type hint says, to the depth of its elements."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return True
    if origin is Annotated:
        return allows(arguments[0], value) and value in arguments[1]
    if origin in (Union, types.UnionType):
        return any(allows(argument, value) for argument in arguments)
    if origin is Literal:
        return isinstance(value, str) and value in arguments
    if origin is tuple or (isinstance(origin, type) and issubclass(origin, Iterable)):
        return _allows_elements(origin, arguments, value)
    if origin is Callable or hint is Callable:
        return callable(value)
    return _is_a(hint if origin is None else origin, value)


def _allows_elements(origin: type, arguments: tuple[Any, ...], value: Any) -> bool:
    if issubclass(origin, Mapping):
        keys, values = arguments
        return isinstance(value, Mapping) and all(allows(keys, k) and allows(values, v) for k, v in value.items())
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        return False
    if origin is tuple and ... not in arguments:
        return isinstance(value, Sequence) and len(value) == len(arguments) and all(map(allows, arguments, value))
    element = arguments[0]
    return not isinstance(value, Sequence) or all(allows(element, each) for each in value)


def _is_a(kind: Any, value: Any) -> bool:
    if kind in (None, types.NoneType):
        return value is None
    if kind is bool:
        return isinstance(value, bool | np.bool_)
    if kind is int:
        return isinstance(value, Integral) and not isinstance(value, bool)
    if kind is float:
        return is_number(value)
    if not isinstance(kind, type):
        return True
    if (module := _module(kind)) is not None:  # a learner's own model need not be one of ours
        is_model = hasattr(value, "task") and hasattr(value, "answer")
        return is_model if hasattr(kind, "task") else isinstance(value, module)
    return isinstance(value, kind)


def _module(kind: type) -> type | None:
    """Torch's Module, if the type is one."""
    return next((base for base in kind.__mro__ if base.__name__ == "Module" and "torch" in base.__module__), None)


def words(hint: Any, several: bool = False) -> str:
    """What a type hint says, in words, of one value or of several."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return f"{words(arguments[0], several)} {arguments[1]}"
    if origin in (Union, types.UnionType):
        named = list(dict.fromkeys(words(argument, several) for argument in arguments))
        return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} or {named[-1]}"
    if origin is Literal:
        return " or ".join(map(repr, arguments))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"a dict of {words(arguments[1], several=True)} by name"
    if origin is tuple and ... not in arguments:
        return f"{len(arguments)} {words(arguments[0], several=True)}"
    if isinstance(origin, type) and issubclass(origin, Iterable):
        return f"a list of {words(arguments[0], several=True)}"
    if origin is Callable or hint is Callable:
        return "a function"
    (name,) = _names(origin or hint)
    known = WORDS.get(name, Words(f"a {name}", f"of {name}"))
    return known.several if several else known.one


def _names(hint: Any) -> Iterator[str]:
    """The types in a hint, by their names in WORDS."""
    if get_args(hint) and get_origin(hint) is not Literal:
        for argument in get_args(hint):
            yield from _names(argument)
        return
    name = "NoneType" if hint is None else getattr(hint, "__name__", str(hint))
    kind = "Module" if name not in WORDS and isinstance(hint, type) and _module(hint) else name
    yield "Prediction" if kind.endswith("Prediction") else kind


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | Real | Path)


def _came(value: Any) -> str:
    """What came, shortly: a plain value itself, else what it is."""
    if _is_plain(value) or isinstance(value, np.generic):
        return f"{value!r:.60}"
    if isinstance(value, list | tuple | dict):
        kinds = {_kind(each) for each in _elements(value) if not _is_plain(each)}
        if len(kinds) == 1 and (one := kinds.pop()) in WORDS:
            return f"a {type(value).__name__} of {WORDS[one].several}"
        if not isinstance(value, dict):
            return f"a {type(value).__name__} of {len(value)}: {value!r:.60}"
    kind = _kind(value)
    return WORDS[kind].one if kind in WORDS else f"a {type(value).__name__}"


def _elements(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, Mapping) else value


def _kind(value: Any) -> str:
    """What WORDS calls a value's type."""
    return next(_names(type(value)))


def _call(name: str, signature: inspect.Signature) -> str:
    """How a verb is called with all that it needs."""
    empty, keyword = inspect.Parameter.empty, inspect.Parameter.KEYWORD_ONLY
    parameters = signature.parameters.values()
    needed = [each.name for each in parameters if each.default is empty and each.kind is not keyword]
    needed = [name for name in needed if name not in ("self", "cls")]
    return f"vl.{name}({', '.join(needed)})"
