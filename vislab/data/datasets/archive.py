"""The files of a folder or of a zip archive, read by name. An archive is never unpacked to disk."""

import os
import stat
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np

from vislab.data.datasets.decode import read_mask, read_rgb, read_size
from vislab.errors import VislabError

MOST_BYTES = 8 * 2**30  # of an unpacked archive: a hundred times the sets we know
MOST_FILE_BYTES = 256 * 2**20  # of one file: a picture of 89 million pixels, the largest that is read, in RGB
PICTURES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp", ".ppm", ".pgm"}


def _is_hidden(name: str) -> bool:
    """Whether a file manager left it behind (.DS_Store, ._a.png, __MACOSX/...), or it is one of our .part files."""
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


class Stamp(NamedTuple):
    """A file's name, its bytes, and the time of its last change in nanoseconds."""

    name: str
    size: int
    changed: int


class Contents(ABC):
    """The files of a folder or an archive.

    root: the folder or the archive. names: the files in it, sorted, with "/" between the folders.
    stamps: of each file on disk; they differ once anything was changed.
    """

    root: Path
    stamps: tuple[Stamp, ...]

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """The files' names. Raises VislabError if an archive is not sound."""

    @abstractmethod
    def read(self, name: str) -> bytes:
        """All bytes of a file. Raises VislabError naming it if it cannot be read."""

    @abstractmethod
    def where(self, name: str) -> str:
        """The file's name for messages."""

    def pictures(self, folder: str = "") -> list[str]:
        """The names of pictures in a folder, such as "images/", and below it."""
        inside = [name for name in self.names if name.startswith(folder)]
        return [name for name in inside if PurePosixPath(name).suffix.lower() in PICTURES]

    def rgb(self, name: str) -> np.ndarray:
        """A picture as `decode.read_rgb` gives it: uint8 (h, w, 3)."""
        return read_rgb(self.read(name), self.where(name))

    def mask(self, name: str, colours: bool = False) -> np.ndarray:
        """A mask as `decode.read_mask` gives it: integer (h, w), or uint8 (h, w, 3) if colours are wanted."""
        return read_mask(self.read(name), self.where(name), colours)

    def size(self, name: str) -> tuple[int, int]:
        """A picture's height and width, from its file's head alone."""
        return read_size(self.read(name), self.where(name))


class Folder(Contents):
    """The files of a folder and the folders below it. Raises VislabError if one may not be read."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.stamps = tuple(sorted(_walk(root, "", frozenset())))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The files' names."""
        return tuple(stamp.name for stamp in self.stamps)

    def read(self, name: str) -> bytes:
        """All bytes of a file. Raises VislabError naming it if it cannot be read or is too large."""
        path = self.root / name
        try:
            if path.stat().st_size <= MOST_FILE_BYTES:
                return path.read_bytes()
        except OSError as error:
            raise unreadable(path, error) from error
        raise VislabError(f"{path}: is larger than {MOST_FILE_BYTES / 2**20:.0f} MB; give a smaller picture")

    def where(self, name: str) -> str:
        """The file's path."""
        return str(self.root / name)


def _walk(folder: Path, prefix: str, above: frozenset[str]) -> Iterator[Stamp]:
    """The stamp of each file; linked folders are followed, but never in a circle."""
    here = os.path.realpath(folder)
    if here in above:
        return
    try:
        with os.scandir(folder) as entries:
            for entry in entries:  # names are joined as text: a Path for each would take most of the time
                if _is_hidden(entry.name):
                    continue
                if entry.is_dir():
                    yield from _walk(folder / entry.name, f"{prefix}{entry.name}/", above | {here})
                elif entry.is_file():
                    about = entry.stat()
                    yield Stamp(prefix + entry.name, about.st_size, about.st_mtime_ns)
    except OSError as error:
        raise unreadable(folder, error) from error


def unreadable(path: Path, error: OSError) -> VislabError:
    """The error for a file or folder that the system cannot read."""
    if isinstance(error, PermissionError):
        return VislabError(f"{path}: you may not read it; change its permissions (chmod -R u+rX on Linux and macOS)")
    return VislabError(f"{path}: cannot be read ({error.strerror or error}); check that it is there and whole")


class Archive(Contents):
    """The files of a zip archive, read in place; it is opened for its names or its first file.

    Then VislabError is raised if it is no sound archive, is encrypted, names anything outside of itself, holds links,
    or unpacks to more than MOST_BYTES, or one file to more than MOST_FILE_BYTES.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        try:
            about = root.stat()
        except OSError as error:
            raise unreadable(root, error) from error
        self.stamps = (Stamp(root.name, about.st_size, about.st_mtime_ns),)

    @cached_property
    def _zip(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self.root)
        except OSError as error:
            raise unreadable(self.root, error) from error
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise VislabError(f"{self.root}: is no zip archive or not all of one ({error}); fetch it again") from error

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The files' names, after a search for danger."""
        entries = [entry for entry in self._zip.infolist() if not entry.is_dir()]
        for entry in self._zip.infolist():
            self._refuse_danger(entry)
        total = sum(entry.file_size for entry in entries)
        if total > MOST_BYTES:
            raise VislabError(
                f"{self.root}: unpacks to {total / 2**30:,.1f} GB, more than the {MOST_BYTES / 2**30:,.1f} GB allowed; "
                "check that it is the file you meant, and give its unpacked folder if it is"
            )
        return tuple(sorted({entry.filename for entry in entries if not _is_hidden(entry.filename)}))

    def _refuse_danger(self, entry: zipfile.ZipInfo) -> None:
        parts = entry.filename.replace("\\", "/").split("/")
        mend = "fetch the archive from its official source"
        if ".." in parts or parts[0] == "" or ":" in parts[0]:
            raise VislabError(f"{self.root}: holds the name {entry.filename!r}, which leads out of it; {mend}")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise VislabError(f"{self.root}: {entry.filename!r} is a link to somewhere else; {mend}")
        if entry.flag_bits & 1:
            raise VislabError(f"{self.root}: {entry.filename!r} is encrypted; unpack it and give the folder")
        if entry.file_size > MOST_FILE_BYTES:
            raise VislabError(
                f"{self.root}: {entry.filename!r} unpacks to {entry.file_size / 2**20:,.0f} MB, more than the "
                f"{MOST_FILE_BYTES / 2**20:,.0f} MB allowed; {mend}"
            )

    def read(self, name: str) -> bytes:
        """All bytes of a file, never more than its entry declares: zipfile stops there and the checksum fails."""
        try:
            return self._zip.read(name)
        except (OSError, zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, zlib.error) as error:
            raise VislabError(f"{self.where(name)}: is damaged in the archive ({error}); fetch it again") from error

    def close(self) -> None:
        """Close the file: some systems do not rename an open one."""
        self._zip.close()

    def where(self, name: str) -> str:
        """The archive and the name in it."""
        return f"{self.root}: {name}"


def open_contents(path: Path) -> Contents:
    """The contents of a folder or an archive."""
    return Folder(path) if path.is_dir() else Archive(path)
