"""How a set is divided by its own account: split.csv, or a pattern in the names of its pictures."""

import re
from collections.abc import Sequence
from dataclasses import replace

from vislab.data.datasets.archive import Contents, without_ending
from vislab.data.datasets.class_tables import read_table
from vislab.data.datasets.layout import PART_OF
from vislab.data.datasets.loader import Source
from vislab.errors import VislabError

TABLE = "split.csv"  # picture, and part or group or both


def name_parts(words: Sequence[str], where: str) -> list[str]:
    """Parts of a split as we call them, "train", "valid" and "test", or "" for an empty word.

    Raises VislabError naming a word that is none.
    """
    parts = [PART_OF.get(word.lower(), "") for word in words]
    for word, part in zip(words, parts, strict=True):
        if word and not part:
            raise VislabError(f"{where}: names the part {word!r}; write train, valid or test")
    return parts


def divide_by_table(source: Source, contents: Contents) -> Source:
    """The source with the parts and groups that its split.csv gives, if there is one; every picture must be listed.

    Raises VislabError naming a picture that is listed twice, or not at all, or that is not there.
    """
    if TABLE not in contents.names:
        return source
    where, rows = contents.where(TABLE), read_table(contents, TABLE, ("picture",))
    listed = {without_ending(row["picture"]): row for row in rows}
    if len(listed) < len(rows):
        names = [without_ending(row["picture"]) for row in rows]
        twice = next(name for name in names if names.count(name) > 1)
        raise VislabError(f"{where}: lists the picture {twice!r} twice; keep one line")
    stems = [item if item in listed else without_ending(item) for item in source.items]
    if lacking := [item for item, stem in zip(source.items, stems, strict=True) if stem not in listed]:
        raise VislabError(f"{where}: does not list the picture {lacking[0]!r}; add a line with its part or group")
    if extra := listed.keys() - set(stems):
        raise VislabError(f"{where}: lists the picture {min(extra)!r}, which is not there; bring it or delete the line")
    columns = rows[0].keys() & {"part", "group"}
    if not columns:
        raise VislabError(f"{where}: has neither a column part nor a column group; add one")
    made = replace(source, files=source.files | {TABLE})
    if "part" in columns:
        parts = name_parts([listed[stem]["part"] for stem in stems], where)
        made = replace(made, attributes={**made.attributes, "part": parts})
    if "group" in columns:
        made = replace(made, groups=[listed[stem]["group"] or stem for stem in stems])
    return made


def group_by_name(source: Source, pattern: str) -> Source:
    """The source with its pictures grouped by what a regular expression finds in their names: its first group or all.

    Raises VislabError if the pattern is none, or finds nothing in a name.
    """
    try:
        expression = re.compile(pattern)
    except re.error as error:
        wrong = f'groups= must be a regular expression, as "(.*)_", not {pattern!r}'
        raise VislabError(f"{wrong} ({error}); mend it") from error
    found = {item: expression.search(item) for item in source.items}
    if lacking := [item for item, match in found.items() if match is None]:
        nothing = f"groups={pattern!r} finds nothing in the name of picture {lacking[0]!r}"
        raise VislabError(f"{source.name}: {nothing}; mend the pattern")
    return replace(source, groups=[match[min(expression.groups, 1)] or "" for match in found.values() if match])
