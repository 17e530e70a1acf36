"""The meaning of the numbers and colours in masks: classes.csv and vocabulary.json, or a vocabulary made for them."""

import colorsys
import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from vislab.data.datasets.archive import Contents
from vislab.data.datasets.target import questions_about
from vislab.data.vocabulary import IGNORE, Vocabulary, is_word
from vislab.errors import VislabError
from vislab.system.files import parse_json

BACKGROUND, IGNORED = "background", ("ignore", "void")
YES_OR_NO = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


@dataclass(frozen=True)
class Classes:
    """What the values in masks mean.

    values: number → class index or IGNORE. colours: 0xrrggbb → the same, empty if none are given. unexplained: whether
    255 stands for pixels to ignore although nothing in the set says so. target: as of a Source.
    """

    vocabulary: Vocabulary
    values: Mapping[int, int]
    colours: Mapping[int, int]
    unexplained: bool = False
    target: tuple[str, ...] | None = None

    def indices(self, mask: np.ndarray, where: str) -> np.ndarray:
        """Class indices uint8 (h, w) of a mask of numbers (h, w) or colours (h, w, 3).

        Raises VislabError naming a value that no class has.
        """
        table, form = self.values, "{}"
        if mask.ndim == 3:
            red, green, blue = (mask[:, :, channel].astype(np.int32) for channel in range(3))
            mask, table, form = red << 16 | green << 8 | blue, self.colours, "#{:06x}"
        values, flat = np.unique(mask, return_inverse=True)
        unknown = [value for value in values.tolist() if value not in table]
        if unknown:
            known = ", ".join(form.format(value) for value in sorted(table)[:8]) + (" …" if len(table) > 8 else "")
            wrong = f"{form.format(unknown[0])} ({int((mask == unknown[0]).sum()):,} pixels)"
            mend = "mend the mask or add the class to classes.csv"
            raise VislabError(f"{where}: holds the value {wrong}, which no class has ({known}); {mend}")
        return np.array([table[value] for value in values.tolist()], np.uint8)[flat].reshape(mask.shape)

    def label_index(self, label: str, where: str) -> int:
        """The index of a label; raises VislabError naming those there are."""
        if label not in self.vocabulary.labels:
            known = ", ".join(self.vocabulary.labels)
            raise VislabError(f"{where}: has the label {label!r}, but the labels are {known}; mend labels.csv")
        return self.vocabulary.labels.index(label)


def read_classes(
    contents: Contents, masks: bool, instances: bool, named: Sequence[str], labels: Mapping[str, str] | None
) -> Classes:
    """The classes of a folder.

    masks, instances: whether it has those. named: the classes in objects.csv. labels: picture → label, None without
    labels.csv. Raises VislabError if there are masks but no classes.csv, or if objects.csv names an unknown class.
    """
    if "vocabulary.json" in contents.names:
        plain = parse_json(contents.read("vocabulary.json"), contents.where("vocabulary.json"), "write it anew")
        try:
            vocabulary = Vocabulary.from_dict(plain)
        except VislabError as error:
            raise VislabError(f"{contents.where('vocabulary.json')}: {error}") from error
        classes = Classes(vocabulary, {index: index for index in (*range(len(vocabulary.classes)), IGNORE)}, {})
    else:
        classes = _from_tables(contents, masks, instances, named, labels)
    things = classes.vocabulary.things
    if unknown := set(named) - set(things):
        wrong = f"{contents.where('objects.csv')}: names the class {min(unknown)!r}"
        raise VislabError(f"{wrong}, but the things are {', '.join(things)}; mend it or add it as a thing")
    return classes


def _from_tables(
    contents: Contents, masks: bool, instances: bool, named: Sequence[str], labels: Mapping[str, str] | None
) -> Classes:
    rows = _class_rows(contents) if "classes.csv" in contents.names else []
    if masks and not rows:
        lines = '"id,name", "0,background", "1,cell"'
        raise VislabError(f"{contents.root}: masks/ needs a classes.csv that explains its numbers, such as {lines}")
    names = [row.name for row in rows] or (sorted(set(named)) or ["object"] if instances else [])
    classes = [BACKGROUND, *(name for name in dict.fromkeys(names) if name.lower() not in (BACKGROUND, *IGNORED))]
    values = {} if any(row.name.lower() == BACKGROUND for row in rows) else {0: 0}
    colours: dict[int, int] = {}
    palette = ["#000000"] + [""] * (len(classes) - 1)
    for row in rows:
        kind = row.name.lower()
        index = IGNORE if kind in IGNORED else 0 if kind == BACKGROUND else classes.index(row.name)
        values[row.id] = index
        if row.colour:
            colours[int(row.colour[1:], 16)] = index
            if index != IGNORE:
                palette[index] = row.colour
    marked = [row for row in rows if row.thing is not None]
    counted = [row.name for row in marked if row.thing] if marked else named or classes
    vocabulary = plain_vocabulary(
        contents.root.name,
        classes,
        things=[name for name in classes[1:] if name in counted] if instances or marked else [],
        labels=None if labels is None else sorted(set(labels.values())),
        colours=palette if all(palette) else None,
    )
    asked = tuple(row.name for row in rows if row.ask)
    for column, chosen in (("thing", [row.name for row in marked if row.thing]), ("ask", asked)):
        if unknown := set(chosen) - set(classes[1:]):
            wrong = f"has {column} = 1 for {min(unknown)!r}, which is no class to be found; set it to 0"
            raise VislabError(f"{contents.where('classes.csv')}: {wrong}")
    return Classes(vocabulary, {IGNORE: IGNORE} | values, colours, not colours and IGNORE not in values, asked)


class _ClassRow(NamedTuple):
    """A row of classes.csv. colour: "#rrggbb" or "". thing, ask: None if the row does not say."""

    id: int
    name: str
    colour: str
    thing: bool | None
    ask: bool | None


def _class_rows(contents: Contents) -> list[_ClassRow]:
    where = contents.where("classes.csv")
    rows: list[_ClassRow] = []
    for number, row in enumerate(read_table(contents, "classes.csv", ("name",))):
        try:
            value = whole_number(row.get("id") or str(number))
            colour = (row.get("colour") or row.get("color") or "").lower()
            if any(row.get(channel) for channel in "rgb"):
                colour = "#" + "".join(f"{whole_number(row[channel]):02x}" for channel in "rgb")
            if colour and not re.fullmatch(r"#[0-9a-f]{6}", colour):
                raise ValueError(f"{colour!r} is no colour such as #e69f00")
            if not is_word(row["name"]):
                raise ValueError(f"a class is called {row['name']!r:.40}")
            thing, ask = (_yes_or_no(row.get(column) or "") for column in ("thing", "ask"))
        except (ValueError, KeyError, TypeError) as error:
            raise VislabError(f"{where}: line {number + 2} cannot be read ({error}); mend it") from error
        rows.append(_ClassRow(value, row["name"], colour, thing, ask))
        for other in rows[:-1]:
            if other.id == value or (colour and other.colour == colour):
                same = f"the id {value}" if other.id == value else f"the colour {colour}"
                raise VislabError(f"{where}: {other.name!r} and {row['name']!r} both have {same}; mend one of the two")
    return rows


def _yes_or_no(cell: str) -> bool | None:
    """What a cell says, None if nothing; raises ValueError for other words."""
    if cell and cell.lower() not in YES_OR_NO:
        raise ValueError(f"{cell!r} is neither 1 nor 0")
    return YES_OR_NO.get(cell.lower())


def whole_number(text: str) -> int:
    """A whole number as tables write it; raises ValueError for anything else that Python would take, as 1_0 or ١."""
    if not re.fullmatch(r"-?[0-9]{1,18}", text):
        raise ValueError(f"{text!r:.40} is no whole number")
    return int(text)


def palette(count: int) -> tuple[str, ...]:
    """Colours for `count` classes: black, Okabe and Ito's seven, then hues a golden angle apart."""
    from vislab.plotting.figures import PALETTE  # and with it matplotlib, which reading pictures does not need

    def hue(number: int) -> str:
        channels = colorsys.hsv_to_rgb(number * 0.618034 % 1, 0.5 + 0.25 * (number % 3), 0.9)
        return "#" + "".join(f"{round(channel * 255):02x}" for channel in channels)

    named = ("#000000", *map(str.lower, PALETTE.values()))
    return (*named, *(hue(number) for number in range(count - len(named))))[:count]


def plain_vocabulary(
    name: str,
    classes: Sequence[str] = ("background",),
    things: Sequence[str] = (),
    labels: Sequence[str] | None = None,
    colours: Sequence[str] | None = None,
) -> Vocabulary:
    """A vocabulary whose labels, if any, are given freely; those that follow from masks are of datasets/target.py."""
    questions = {"any": "What is this a picture of?"}
    if len(classes) > 1:
        questions |= questions_about(things or classes[1:], things)
    return Vocabulary(
        name=name,
        labels=tuple(labels or ()),
        classes=tuple(classes),
        things=tuple(things),
        rule=None,
        questions=questions,
        symmetries=(),  # which flips suit these pictures is not known
        colours=tuple(colours or palette(len(classes))),
    )


def read_table(contents: Contents, name: str, needed: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a CSV file, as `parse_table` gives them."""
    return parse_table(contents.read(name), contents.where(name), needed)


def parse_table(data: bytes, where: str, needed: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a CSV file in UTF-8, without spaces around cells. where: its name for messages.

    Raises VislabError if a needed column or cell is missing, a column has no name or that of another, or a line has a
    cell too many.
    """
    try:
        reader = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        lines = [[cell.strip() for cell in line] for line in reader if line]
    except (UnicodeDecodeError, csv.Error) as error:
        raise VislabError(f"{where}: is no table ({error}); save it as CSV with commas, in UTF-8") from error
    if not lines:
        raise VislabError(f"{where}: is empty; its columns must be {','.join(needed)}")
    columns = lines[0]
    if "" in columns:
        raise VislabError(f"{where}: has a column without a name ({','.join(columns)}); name it, or take it away")
    if len(set(columns)) < len(columns):
        raise VislabError(f"{where}: has two columns of one name ({','.join(columns)}); rename one")
    rows = []
    for number, line in enumerate(lines, start=1):
        row = dict(zip(columns, line, strict=False))
        if missing := [column for column in needed if not row.get(column)]:
            expected = f"its columns must be {','.join(needed)}, with commas"
            raise VislabError(f"{where}: line {number} has no {missing[0]!r}; {expected}")
        if len(line) > len(columns):
            extra = f"has {len(line)} cells, but there are {len(columns)} columns"
            raise VislabError(f'{where}: line {number} {extra}; put a cell that holds a comma in "quotes"')
        rows.append(row)
    return rows[1:]
