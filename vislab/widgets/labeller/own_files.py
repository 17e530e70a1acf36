"""The files of a folder that we wrote ourselves: they alone are replaced or removed, and all others stay."""

import hashlib
import json
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path, PurePosixPath

from vislab.data.datasets.export import UNSAFE
from vislab.errors import VislabError
from vislab.system.files import read_json, writing

RECORD = ".labelling.written"


class OwnFiles:
    """The files written into a folder: each file's name and the SHA-256 of its bytes, saved in RECORD there.

    A file is our own if the record has it and its bytes are the same, or if its bytes are just those to be written:
    so a folder without a record can be resumed. Nothing is written or removed through a link.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._hashes: dict[str, str] = {}
        self._contents: dict[Path, object] = {}  # of the files written in this session, in a form to compare

    def read(self) -> None:
        """Read the record; if it is missing or broken, no file is our own."""
        self._hashes = {}
        with suppress(VislabError):
            record = read_json(self.folder / RECORD)
            self._hashes = {name: str(value) for name, value in record.items() if _is_below(name)}

    def save(self) -> None:
        """Write the record. Raises VislabError if the disk refuses."""
        with writing(self.folder / RECORD) as part:
            part.write_text(json.dumps(self._hashes, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")

    def forget(self) -> None:
        """Write every file anew from now on, whatever was written before."""
        self._contents.clear()

    def write(self, path: Path, write: Callable[[Path], object], content: object) -> None:
        """Write a file by `write(temporary path)`, unless it is known to have that content.

        Raises VislabError if another file or a link is at its path.
        """
        if self._contents.get(path) == content:
            return
        self.refuse_link(path)
        name = path.relative_to(self.folder).as_posix()
        with writing(path) as part:
            write(part)
            new = _hash(part)
            if path.exists() and _hash(path) not in (new, self._hashes.get(name)):
                raise VislabError(
                    f"{path}: holds something that labelling did not write and will not overwrite; move it away"
                )
        self._hashes[name], self._contents[path] = new, content

    def remove_all_but(self, wanted: Collection[Path]) -> None:
        """Remove our own files that are not wanted; those that somebody changed stay."""
        for path in [self.folder / name for name in self._hashes if self.folder / name not in wanted]:
            known = self._hashes.pop(path.relative_to(self.folder).as_posix())
            self._contents.pop(path, None)
            if self._link(path) is None and path.is_file() and _hash(path) == known:
                path.unlink()

    def refuse_link(self, path: Path) -> None:
        """Raise VislabError if the path in the folder is a link or lies behind one."""
        if link := self._link(path):
            raise VislabError(f"{link}: is a link, and labelling writes inside its own folder only; remove the link")

    def _link(self, path: Path) -> Path | None:
        parents = (p for p in (path, *path.parents) if p.is_relative_to(self.folder) and p != self.folder)
        return next((parent for parent in parents if parent.is_symlink()), None)


def _is_below(name: str) -> bool:
    """Whether a name in a record stays inside the folder."""
    return not (name.startswith("/") or ".." in PurePosixPath(name).parts or set(name) & set(UNSAFE))


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
