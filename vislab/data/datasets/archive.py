"""The files of a folder or of a zip archive, read by name. An archive is never unpacked to disk."""

import os
import zipfile
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vislab.data.datasets.channels import is_tiff, read_channels, refuse_channels, tiff_size
from vislab.data.datasets.decode import read_mask, read_orientation, read_size, read_upright
from vislab.data.datasets.kinds import first_of_each_folder, kind_of
from vislab.errors import VislabError
from vislab.system.files import check_file

MOST_FILE_BYTES = 256 * 2**20  # of one file: a picture of 89 million pixels, the largest that is read, in RGB
HEAD = 2**16  # bytes
PICTURES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp", ".ppm", ".pgm"}
TABLES = {".csv", ".json", ".xml", ".txt", ".yaml", ".yml"}  # endings of what describes pictures

LEFT_BEHIND = {"__MACOSX", "Thumbs.db", "desktop.ini"}  # by file managers, beside .DS_Store and ._a.png


def _is_hidden(name: str) -> bool:
    """Whether a file manager left it behind, or it is one of our .part files."""
    return any(part.startswith(".") or part in LEFT_BEHIND for part in name.split("/"))


def ending(name: str) -> str:
    """The ending of a file's name in small letters, with its dot; a PurePosixPath takes ten times as long."""
    base = name[name.rfind("/") + 1 :]
    return base[base.rfind(".") :].lower() if "." in base else ""


def may_be_read(name: str) -> bool:
    """Whether a file's name is that of a picture, or of what describes pictures."""
    return ending(name) in PICTURES or ending(name) in TABLES


def without_ending(name: str) -> str:
    """A file's name, its folders too, without the ending."""
    return name[: len(name) - len(ending(name))]


class Stamp(NamedTuple):
    """A file's name, its bytes, and the time of its last change in nanoseconds."""

    name: str
    size: int
    changed: int


class Contents:
    """The files of a folder and the folders below it. Raises VislabError if one may not be read.

    root: the folder, or the archive. stamps: of each file on disk; they differ once anything was changed. channels:
    those of a TIFF that become red, green and blue.
    """

    channels: tuple[int, ...] | None = None

    def __init__(self, root: Path) -> None:
        self.root = root
        self.stamps = tuple(sorted(_walk(root)))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The files' names, sorted, with "/" between the folders. Raises VislabError if an archive is not sound."""
        return tuple(stamp.name for stamp in self.stamps)

    def read(self, name: str) -> bytes:
        """All bytes of a file. Raises VislabError naming it if it cannot be read or is larger than MOST_FILE_BYTES."""
        path = self.root / name
        try:
            _refuse_large(path.stat().st_size, str(path))
            return path.read_bytes()
        except OSError as error:
            raise unreadable(path, error) from error

    def text(self, name: str) -> str:
        """The text of a file. Raises VislabError if it is not in UTF-8."""
        try:
            return self.read(name).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise VislabError(f"{self.where(name)}: is no text in UTF-8 ({error}); save it so") from error

    def head(self, name: str) -> bytes:
        """The first HEAD bytes of a file, enough to tell what it is."""
        try:
            with (self.root / name).open("rb") as file:
                return file.read(HEAD)
        except OSError as error:
            raise unreadable(self.root / name, error) from error

    @cached_property
    def kinds(self) -> dict[str, str]:
        """The label tool that wrote each of the first .json and .xml files, as far as their heads tell (kind_of)."""
        return {name: kind for name in first_of_each_folder(self.names) if (kind := kind_of(self.head(name)))}

    def where(self, name: str) -> str:
        """The file's name for messages."""
        return str(self.root / name)

    def pictures(self, folder: str = "") -> list[str]:
        """The names of pictures in a folder, such as "images/", and below it."""
        return [name for name in self._pictures if name.startswith(folder)]

    @cached_property
    def _pictures(self) -> tuple[str, ...]:
        return tuple(name for name in self.names if ending(name) in PICTURES)

    def rgb(self, name: str) -> np.ndarray:
        """A picture as `decode.read_rgb` gives it: uint8 (h, w, 3)."""
        return self.upright(name)[0]

    def upright(self, name: str) -> tuple[np.ndarray, int]:
        """A picture as `rgb` gives it, and how EXIF turned it, 1 to 8; 1 if it lies so in the file."""
        data, where = self.read(name), self.where(name)
        if is_tiff(name):
            if self.channels is not None:
                return read_channels(data, where, self.channels), 1
            refuse_channels(data, where)
        return read_upright(data, where)

    def mask(self, name: str, colours: bool = False) -> np.ndarray:
        """A mask as `decode.read_mask` gives it: integer (h, w), or uint8 (h, w, 3) if colours are wanted."""
        return read_mask(self.read(name), self.where(name), colours)

    def orientation(self, name: str) -> int:
        """How EXIF turns a picture, 1 to 8; 1 as it lies in the file."""
        return read_orientation(self.read(name), self.where(name))

    def size(self, name: str) -> tuple[int, int]:
        """A picture's height and width, from its file's head alone; from all of it if the head does not tell."""
        if is_tiff(name) and self.channels is not None:
            return tiff_size(self.read(name), self.where(name))
        try:
            return read_size(self.head(name), self.where(name))
        except VislabError:
            return read_size(self.read(name), self.where(name))


def _refuse_large(size: int, where: str) -> None:
    if size > MOST_FILE_BYTES:
        raise VislabError(f"{where}: is larger than {MOST_FILE_BYTES / 2**20:.0f} MB; give a smaller picture")


def _walk(root: Path) -> Iterator[Stamp]:
    """The stamp of each file; links to folders are followed, but every real folder is visited once.

    Links come last, in the order of their names: a folder that lies here itself keeps its own name.
    Raises VislabError if a folder, a pipe or a link that leads nowhere lies where a file of this name may be read.
    """
    seen: set[str] = set()
    folders, links = [(root, "")], list[tuple[Path, str]]()
    while folders or links:
        if not folders:
            links.sort(key=lambda link: link[1], reverse=True)
        folder, prefix = folders.pop() if folders else links.pop()
        here = os.path.realpath(folder)
        if here in seen:
            continue
        seen.add(here)
        try:
            with os.scandir(folder) as entries:
                for entry in entries:  # names are joined as text: a Path for each would take most of the time
                    if _is_hidden(entry.name):
                        continue
                    if entry.is_file():
                        about = entry.stat()
                        yield Stamp(prefix + entry.name, about.st_size, about.st_mtime_ns)
                    elif may_be_read(entry.name):
                        raise VislabError(
                            f"{folder / entry.name}: is no file that can be read to its end, but a folder, a pipe or a "
                            "link that leads nowhere; bring the file, or take this away"
                        )
                    elif entry.is_dir():
                        below = folder / entry.name, f"{prefix}{entry.name}/"
                        (links if entry.is_symlink() else folders).append(below)
        except OSError as error:
            raise unreadable(folder, error) from error


def unreadable(path: Path, error: OSError) -> VislabError:
    """The error for a file or folder that the system cannot read."""
    if isinstance(error, PermissionError):
        return VislabError(f"{path}: you may not read it; change its permissions (chmod -R u+rX on Linux and macOS)")
    return VislabError(f"{path}: cannot be read ({error.strerror or error}); check that it is there and whole")


class Archive(Contents):
    """The files of a zip archive, read in place; it is opened for its names or its first file.

    Then VislabError is raised if it is no sound archive or is encrypted.
    """

    def __init__(self, root: Path) -> None:
        check_file(root)
        self.root, about = root, root.stat()
        self.stamps = (Stamp(root.name, about.st_size, about.st_mtime_ns),)

    @cached_property
    def _zip(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self.root)
        except OSError as error:
            raise unreadable(self.root, error) from error
        except Exception as error:  # zipfile raises struct.error and whatever else it meets
            raise VislabError(f"{self.root}: is no zip archive or not all of one ({error}); fetch it again") from error

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The files' names."""
        entries = [entry for entry in self._zip.infolist() if not entry.is_dir()]
        for entry in entries:
            if entry.flag_bits & 1:
                raise VislabError(f"{self.where(entry.filename)}: is encrypted; unpack the archive and give the folder")
        names = sorted(entry.filename for entry in entries if not _is_hidden(entry.filename))
        for name, following in pairwise(names):
            if name == following:
                raise VislabError(f"{self.where(name)}: is in the archive twice; keep one of the two")
        return tuple(names)

    def read(self, name: str) -> bytes:
        """All bytes of a file, never more than its entry declares: zipfile stops there and the checksum fails."""
        _refuse_large(self._zip.getinfo(name).file_size, self.where(name))
        try:
            return self._zip.read(name)
        except Exception as error:  # each of the codecs has errors of its own
            raise self._damaged(name, error) from error

    def head(self, name: str) -> bytes:
        """The first HEAD bytes of a file."""
        try:
            with self._zip.open(name) as file:
                return file.read(HEAD)
        except Exception as error:
            raise self._damaged(name, error) from error

    def _damaged(self, name: str, error: Exception) -> VislabError:
        return VislabError(f"{self.where(name)}: is damaged in the archive ({error}); fetch it again")

    def close(self) -> None:
        """Close the file: some systems do not rename an open one."""
        self._zip.close()

    def where(self, name: str) -> str:
        """The archive and the name in it."""
        return f"{self.root}: {name}"


def open_contents(path: Path) -> Contents:
    """The contents of a folder or an archive."""
    return Contents(path) if path.is_dir() else Archive(path)
