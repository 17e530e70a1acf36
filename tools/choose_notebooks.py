"""Which notebooks a command line means: by number or by name."""

from collections.abc import Sequence
from pathlib import Path

from tools.build_notebooks import sources
from vislab.errors import VislabError


def choose(names: Sequence[str]) -> list[Path]:
    """The sources of the notebooks named, "00" or "00_four_questions", in order; all where none is named."""
    there = sources()
    chosen = {path for path in there for name in names if name in (path.stem, path.stem[:2])}
    for name in names:
        if not any(name in (path.stem, path.stem[:2]) for path in chosen):
            numbers = ", ".join(path.stem[:2] for path in there)
            raise VislabError(f"{name!r}: there is no such notebook; name one by its number: {numbers}")
    return sorted(chosen) if names else there
