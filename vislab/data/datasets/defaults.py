"""A vocabulary for pictures that have none of their own, and the small tables that come with them."""

import colorsys
import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from vislab.data.datasets.archive import Contents
from vislab.data.vocabulary import LargestClass, Rule, Vocabulary
from vislab.errors import VislabError


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
    """A vocabulary whose label is the class that covers most pixels, or one of `labels`, given freely."""
    if labels is None and len(classes) == 1:  # nothing but background
        labels = ()
    named = ", ".join(things or classes[1:])
    questions = {"any": "What is this a picture of?"}
    if len(classes) > 1:
        questions |= {"share": f"What share of the picture is {named}?", "where": f"Where is {named}?"}
    if things:
        questions["count"] = f"How many are there of each: {named}?"
    rule: Rule | None = LargestClass() if labels is None else None
    return Vocabulary(
        name=name,
        labels=tuple(classes if labels is None else labels),
        classes=tuple(classes),
        things=tuple(things),
        rule=rule,
        questions=questions,
        symmetries=(),  # which flips suit these pictures is not known
        colours=tuple(colours or palette(len(classes))),
    )


def parse_json(data: bytes, where: str) -> Any:
    """What a JSON file holds. Raises VislabError if it is no JSON."""
    try:
        return json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise VislabError(f"{where}: is not JSON ({error}); save it again as JSON") from error


def read_table(contents: Contents, name: str, needed: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a CSV file in UTF-8. Raises VislabError if a needed column or cell is missing."""
    where = contents.where(name)
    try:
        rows = list(csv.DictReader(io.StringIO(contents.read(name).decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise VislabError(f"{where}: is no table ({error}); save it as CSV with commas, in UTF-8") from error
    for number, row in enumerate(rows, start=2):
        if missing := [column for column in needed if row.get(column) is None]:
            raise VislabError(
                f"{where}: line {number} has no {missing[0]!r}; its columns must be {','.join(needed)}, with commas"
            )
    return rows
