"""Solution lines that must not stand in what learners get."""

import html
from collections.abc import Iterator

from tools.build_notebooks import read_source, sources

SOURCES = sources()


BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"


SHORTEST = 12  # characters of a solution's line that would give it away


def strings(value: object) -> Iterator[str]:
    """Every string in a JSON value, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from strings(item)


def solution_lines() -> set[str]:
    """The telling lines of all solutions that stand nowhere outside solutions."""
    inside, outside = set(), set()
    for source in SOURCES:
        for cell in read_source(source).cells:
            whole = cell.metadata.get("nbgrader", {}).get("solution") and BEGIN not in cell.source
            within = bool(whole)
            for line in map(str.strip, cell.source.splitlines()):
                if line in (BEGIN, END):
                    within = line == BEGIN
                else:
                    (inside if within else outside).add(line)
    return {line for line in inside - outside if len(line) >= SHORTEST}


def leaked(notebook: dict) -> list[str]:
    """Solution lines that occur in a notebook: in sources, outputs, metadata; escaped as HTML or not."""
    text = "\n".join(form for found in strings(notebook) for form in (found, html.unescape(found)))
    return sorted(line for line in solution_lines() if line in text)
