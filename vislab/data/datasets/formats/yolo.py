"""YOLO: a text file for each picture, a line for each object (docs.ultralytics.com/datasets/segment).

A line is the class and a polygon x y x y ... or a box x y width height, in parts of the picture's width and height.
"""

import re
from collections import Counter
from typing import Any

import yaml

from vislab.data.datasets.archive import Contents
from vislab.data.datasets.formats.outlines import Outlines
from vislab.data.datasets.loader import Source
from vislab.data.vocabulary import is_word
from vislab.errors import VislabError

LINE = re.compile(rb"\s*\d+(?:[ \t]+-?[\d.]+(?:e-?\d+)?){4,}")
EACH, MOST = 6, 60  # text files looked into: in one folder, and in all
LISTS = ("classes.txt", "obj.names", "labels.txt")  # of names, a line each, where there is no data.yaml


def matches(contents: Contents) -> bool:
    """Whether one of the first text files of a folder holds lines of numbers, and there are pictures."""
    taken: Counter[str] = Counter()
    for name in contents.names:
        folder = name.rpartition("/")[0]
        if name.lower().endswith(".txt") and taken[folder] < EACH and taken.total() < MOST:
            taken[folder] += 1
            if LINE.match(contents.head(name)):
                return bool(contents.pictures())
    return False


def source(contents: Contents) -> Source:
    """The pictures with a text file, or beside some that have one: a picture without it shows no object."""
    made = Outlines(contents, "YOLO")
    names = _names(made)
    made.declare(names.values())
    texts = {name.lower(): name for name in contents.names if name.lower().endswith(".txt")}
    texts |= {name: name for name in texts.values()}  # the same letters count first
    for picture in contents.pictures():
        wanted = _text_of(picture), f"{picture.rpartition('.')[0]}.txt"
        text = next((texts[name] for each in wanted for name in (each, each.lower()) if name in texts), None)
        with made.entry(contents.where(picture)):
            size = made.picture(picture, contents.where(picture))
            if text is not None:
                made.files.add(text)
                _read(made, picture, text, names, size, contents.where(text))
    return made.source("draw polygons and export YOLO segmentation")


def _text_of(picture: str) -> str:
    """The text file of a picture, by the rule of Ultralytics: in labels/ where the picture is in images/."""
    before, slash, after = f"/{picture}".rpartition("/images/")
    path = f"{before}/labels/{after}" if slash else f"/{picture}"
    return path.rpartition(".")[0].lstrip("/") + ".txt"


def _names(made: Outlines) -> dict[int, str]:
    """The names of the classes by their numbers. Raises VislabError if no file gives them."""
    contents = made.contents
    tables = [name for name in contents.names if name.lower().endswith((".yaml", ".yml")) and name.count("/") < 2]
    for name in sorted(tables, key=lambda name: not name.lower().endswith(("data.yaml", "data.yml"))):
        names = _yaml_names(contents, name)
        if names:
            made.files.add(name)
            return names
    for name in contents.names:
        if name.rpartition("/")[2].lower() in LISTS and not LINE.match(contents.head(name)):
            made.files.add(name)
            lines = contents.text(name).splitlines()
            return dict(enumerate(line.strip() for line in lines if line.strip()))
    raise VislabError(
        f"{contents.root}: holds YOLO's text files but no data.yaml with the names of the classes; add it"
    )


class _Plain(yaml.BaseLoader):  # type: ignore[misc]
    """YAML in which everything is text, as a class may be called "no" or "1.10", and no key is there twice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """An object of the file."""
        plain: dict[Any, Any] = super().construct_mapping(node, deep)
        if len(plain) < len(node.value):
            raise ValueError("a key is there twice")
        return plain


def _whole(number: Any) -> int:
    if not (value := int(number)) >= 0:
        raise ValueError(f"{number!r} is no number of a class")
    return value


def _name(label: Any) -> str:
    if not is_word(label):
        raise ValueError("a class has no name of one line")  # without it: aliases unfold without end
    return label


def _yaml_names(contents: Contents, name: str) -> dict[int, str]:
    where = contents.where(name)
    try:
        plain: Any = yaml.load(contents.read(name), _Plain)
        names = plain.get("names") if isinstance(plain, dict) else None
        if isinstance(names, list):
            names = dict(enumerate(names))
        named = {_whole(number): _name(label) for number, label in (names or {}).items()}
        if named and "nc" in plain and _whole(plain["nc"]) != len(named):
            raise ValueError(f"there are {len(named)} of them, but nc is {plain['nc']}")
        return named
    except (yaml.YAMLError, RecursionError, ValueError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())
        raise VislabError(f'{where}: its "names" cannot be read ({reason}); mend it') from error


def _read(made: Outlines, picture: str, text: str, names: dict[int, str], size: tuple[int, int], where: str) -> None:
    height, width = size
    for number, line in enumerate(made.contents.read(text).decode("utf-8-sig").splitlines(), start=1):
        if not line.strip():
            continue
        at = f"{where}, line {number}"
        kind, *values = line.split()
        place = [float(value) for value in values]
        if not kind.isdecimal() or int(kind) not in names:
            raise VislabError(f"{at}: names the class {kind}, but the classes are 0 to {max(names)}; mend data.yaml")
        if len(place) == 4:
            x, y, w, h = place
            place = [x - w / 2, y - h / 2, x + w / 2, y - h / 2, x + w / 2, y + h / 2, x - w / 2, y + h / 2]
        elif len(place) < 6 or len(place) % 2:
            raise VislabError(f"{at}: has {len(place)} numbers after its class, not those of a polygon; mend it")
        points = [value * (height if index % 2 else width) for index, value in enumerate(place)]
        made.add(picture, names[int(kind)], [points], at, rectangle=len(values) == 4)
