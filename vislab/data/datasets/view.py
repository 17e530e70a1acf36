"""Some of the files of a folder or archive under other names, as if they had been laid out so."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from vislab.data.datasets.archive import Contents
from vislab.errors import VislabError


class View(Contents):
    """Files of `base` by new names. Messages name the real files.

    files: new name → the name in `base`. made: files that are not there, such as a classes.csv, and their bytes.
    root: the folder shown for all of them; that of `base` without it.
    """

    def __init__(
        self,
        base: Contents,
        files: Mapping[str, str],
        made: Mapping[str, bytes] | None = None,
        root: Path | None = None,
    ) -> None:
        self.base, self.files, self.made = base, dict(files), dict(made or {})
        self.root, self.stamps = root or base.root, base.stamps
        self.names = tuple(sorted({*self.files, *self.made}))

    def original(self, name: str) -> str:
        """The name in `base`; the name itself for a file that was made."""
        return self.files.get(name, name)

    def read(self, name: str) -> bytes:
        """All bytes of a file."""
        return self.made[name] if name in self.made else self.base.read(self.files[name])

    def head(self, name: str) -> bytes:
        """The first bytes of a file."""
        return self.made[name] if name in self.made else self.base.head(self.files[name])

    def where(self, name: str) -> str:
        """The real file's name for messages."""
        return f"{self.root}: {name}" if name in self.made else self.base.where(self.original(name))

    def upright(self, name: str) -> tuple[np.ndarray, int]:
        """A picture and how EXIF turned it, as `base` reads them."""
        return self.base.upright(self.files[name])

    def size(self, name: str) -> tuple[int, int]:
        """A picture's height and width, as `base` reads them."""
        return self.base.size(self.files[name])

    def mask(self, name: str, colours: bool = False) -> np.ndarray:
        """A mask, as `base` reads it."""
        return self.base.mask(self.files[name], colours)


def below(contents: Contents) -> View | None:
    """The one folder that holds everything, as if it had been given itself; None if there is no such folder.

    Beside it may lie files that are neither pictures nor annotations, such as a README.
    """
    inside = [name for name in contents.names if "/" in name]
    tops = {name.split("/", 1)[0] for name in inside}
    loose = [name.lower() for name in contents.names if "/" not in name]
    words = [name for name in loose if name.endswith((".md", ".pdf", ".html")) or name.startswith(("readme", "licen"))]
    if len(tops) != 1 or len(words) < len(loose):
        return None
    (top,) = tops
    return View(contents, {name[len(top) + 1 :]: name for name in inside}, root=contents.root / top)


def same_everywhere(contents: Contents, names: list[str]) -> str:
    """The first of files that must all say the same. Raises VislabError naming two that differ."""
    for other in names[1:]:
        if contents.read(other) != contents.read(names[0]):
            wrong = f"{contents.where(names[0])} and {contents.where(other)} differ"
            raise VislabError(f"{wrong}; give all parts of the set one table")
    return names[0]
