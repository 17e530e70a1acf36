"""What a malformed input is, and the ways in which bytes and JSON are spoiled."""

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

import vislab as vl
from vislab.data.scenes import Scenes

Make = Callable[[Path], Any]
Right = Callable[[Any], bool]


def load(given: Any) -> Scenes:
    """What `vl.load` makes of a path, or of a path and arguments; the report is thrown away."""
    path, arguments = given if isinstance(given, tuple) else (given, {})
    return vl.load(path, report=[], **arguments)


@dataclass(frozen=True)
class Case:
    """One input.

    kind, what: what it is called. make: fills an empty folder, and returns what `read` takes. right: whether what was
    read is what the input plainly says; None if it says nothing that could be read, so that it must be refused.
    refusal: whether it may be refused.
    """

    kind: str
    what: str
    make: Make
    right: Right | None = None
    read: Callable[[Any], Any] = load
    refusal: bool = True

    @property
    def name(self) -> str:
        return f"{self.kind}: {self.what}"


# The truth of good examples


def truth_of(scenes: Scenes) -> dict[str, Any]:
    """All that the truth of some pictures says, for comparison."""
    tensors = {name: getattr(scenes, name) for name in ("images", "labels", "semantic", "instances", "objects")}
    plain = {name: None if value is None else value.tolist() for name, value in tensors.items()}
    words = {name: getattr(scenes.vocabulary, name) for name in ("labels", "classes", "things")}
    return (
        plain
        | {f"vocabulary.{name}": value for name, value in words.items()}
        | {
            "ids": scenes.ids,
            "groups": scenes.groups,
            "attributes": dict(scenes.attributes),
        }
    )


@cache
def _good(make: Make) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        return truth_of(load(make(Path(folder))))


def same(make: Make, *unlike: str, **changed: Any) -> Right:
    """Whether the truth is that of a good example. unlike: what may differ. changed: what must be so instead."""

    def right(scenes: Scenes) -> bool:
        wanted, found = _good(make) | changed, truth_of(scenes)
        wrong = [name for name in wanted if name not in unlike and wanted[name] != found[name]]
        assert not wrong, f"{wrong[0]} is {found[wrong[0]]!s:.80}, not {wanted[wrong[0]]!s:.80}"
        return True

    return right


def renamed(make: Make, old: str, new: str) -> Right:
    """The same truth with one class called otherwise."""

    def right(scenes: Scenes) -> bool:
        words = {
            name: tuple({old: new, f"no {old}": f"no {new}"}.get(word, word) for word in value)
            for name, value in _good(make).items()
            if name.startswith("vocabulary.")
        }
        return same(make, **words)(scenes)

    return right


def no_object(scenes: Scenes) -> bool:
    """Whether the pictures show nothing, by masks and objects."""
    return scenes.objects is not None and not scenes.objects.any() and not scenes.need("semantic").any()


# Spoiling files

NONSENSE = {
    "null": "null",
    "text": '"text"',
    "a list": "[]",
    "an object": "{}",
    "-1": "-1",
    "1e400": "1e400",
    "NaN": "NaN",
    "a huge number": "1" + "0" * 30,
}
PLACE = "\u2402"


def put_bytes(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def changed_file(make: Make, file: str, change: Callable[[bytes], bytes]) -> Make:
    """A good example with one file changed."""

    def made(root: Path) -> Any:
        given = make(root)
        path = root / file
        path.write_bytes(change(path.read_bytes()))
        return given

    return made


def spoiled_text(make: Make, file: str) -> Iterator[tuple[str, Make]]:
    """A good example with a text file spoiled in ways that leave nothing to read."""
    ways: dict[str, Callable[[bytes], bytes]] = {
        "empty": lambda data: b"",
        "cut after a byte": lambda data: data[:1],
        "cut after a quarter": lambda data: data[: len(data) // 4],
        "cut in the middle": lambda data: data[: len(data) // 2],
        "cut after three quarters": lambda data: data[: 3 * len(data) // 4],
        "zeros": lambda data: bytes(len(data)),
        "no UTF-8": lambda data: data[:20] + b"\xff\xfe\xfa" + data[20:],
        "a web page": lambda data: b"<!DOCTYPE html><html><body>404</body></html>",
        "a picture": lambda data: b"\x89PNG\r\n\x1a\n" + data,
        "an unclosed quote": lambda data: data[: len(data) // 2] + b'"\n' + data[len(data) // 2 :],
    }
    for what, change in ways.items():
        yield f"{file} {what}", changed_file(make, file, change)


def spoiled_json(make: Make, file: str) -> Iterator[tuple[str, Make]]:
    """A good example with a JSON file spoiled: as text, and by what JSON forbids or nobody can print."""
    yield from spoiled_text(make, file)
    ways: dict[str, Callable[[str], str]] = {
        "without its last byte": lambda text: text.rstrip()[:-1],
        "followed by text": lambda text: text + " and more",
        "nested too deep": lambda text: "[" * 100_000 + text + "]" * 100_000,
        "with an object nested too deep": lambda text: '{"a":' * 100_000 + text + "}" * 100_000,
        "with half a letter": lambda text: text.replace(":", ': "\\ud800", "other":', 1),
        "with a key twice": lambda text: _twice(text),
        "with single quotes": lambda text: text.replace('"', "'"),
        "with a number of 5,000 digits": lambda text: text.replace(":", f': 1{"0" * 5000}, "other":', 1),
    }
    for what, change in ways.items():
        yield f"{file} {what}", changed_file(make, file, lambda data, by=change: by(data.decode()).encode())


def _twice(text: str) -> str:
    """JSON with the first key of its first object twice, with null at first."""
    start = text.index("{") + 1
    key = text[start : text.index(":", start)].strip()
    return f"{text[:start]}{key}: null, {text[start:]}"


def paths(plain: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where values stand in JSON: every key, and the first item of each list."""
    keys = list(plain) if isinstance(plain, Mapping) else [0] if isinstance(plain, list) and plain else []
    for key in keys:
        yield (*before, key)
        yield from paths(plain[key], (*before, key))


def altered(plain: Any, skip: Callable[[str], bool] = lambda at: False) -> Iterator[tuple[str, str, str]]:
    """Where, what, and the text of JSON with nonsense in place of one value, or without it. skip: places to leave."""
    for path in paths(plain):
        at = ".".join(map(str, path))
        if skip(at):
            continue
        for what, value in NONSENSE.items():
            yield at, what, json.dumps(_with(plain, path, PLACE), ensure_ascii=False).replace(f'"{PLACE}"', value)
        yield at, "missing", json.dumps(_with(plain, path, None, delete=True))


def _with(plain: Any, path: tuple[Any, ...], value: Any, delete: bool = False) -> Any:
    whole = part = copy.deepcopy(plain)
    for key in path[:-1]:
        part = part[key]
    if delete:
        del part[path[-1]]
    else:
        part[path[-1]] = value
    return whole


def altered_cases(
    kind: str, make: Make, file: str, may: Mapping[str, Right], skip: Callable[[str], bool] = lambda at: False
) -> Iterator[Case]:
    """A good example whose JSON file has nonsense at each place: it is refused, or the truth is still the same.

    may: "place: nonsense", or the place alone → what else may come of it.
    """
    with TemporaryDirectory() as folder:
        make(Path(folder))
        plain = json.loads((Path(folder) / file).read_text(encoding="utf-8"))
    for at, what, text in altered(plain, skip):
        right = may.get(f"{at}: {what}", may.get(at, same(make)))
        new = text.encode()
        yield Case(kind, f"{file} with {what} at {at}", changed_file(make, file, lambda _, new=new: new), right)


def flipped(data: bytes, count: int, seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """The data with one bit turned, at places spread over all of it."""
    chance = np.random.default_rng(seed)
    for place in np.linspace(0, len(data) - 1, count).astype(int).tolist():
        turned = bytearray(data)
        turned[place] ^= 1 << int(chance.integers(8))
        yield f"a bit of byte {place} turned", bytes(turned)


def cut(data: bytes, count: int) -> Iterator[tuple[str, bytes]]:
    """The data cut off at places spread over all of it."""
    for length in np.linspace(0, len(data) - 1, count).astype(int).tolist():
        yield f"cut off after {length} of {len(data)} bytes", data[:length]
