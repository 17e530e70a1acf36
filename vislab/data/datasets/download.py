"""The sets that have a name: where their files lie, and how they come from their official source."""

import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any

from vislab.data.datasets.archive import Archive
from vislab.data.datasets.parallel import progress_bar
from vislab.errors import VislabError
from vislab.system.files import home

CHUNK = 2**18  # bytes read at once
TRIES = 4  # a line that breaks is taken up again where it broke
TIMEOUT = 30.0  # seconds without a byte


@dataclass(frozen=True)
class Card:
    """A set of pictures that `vislab.load` knows by its name.

    levels: which truth it carries. file: the archive's own name.
    """

    name: str
    title: str
    levels: tuple[str, ...]
    url: str
    licence: str
    file: str

    @property
    def place(self) -> Path:
        """Where the archive lies once downloaded, or is to be put by hand."""
        return home() / "data" / self.name / self.file

    def find(self) -> Path | None:
        """The archive or the unpacked folder in data/, or None where neither is there."""
        unpacked = Path(self.file).stem
        data = home() / "data"
        for path in (self.place, data / self.file, data / self.name / unpacked, data / unpacked):
            if path.is_file() or (path.is_dir() and any(path.iterdir())):
                return path
        held = data / self.name  # the folders of the set, straight in data/NAME
        return held if held.is_dir() and any(path.is_dir() and path.name[0] != "." for path in held.iterdir()) else None

    def fetch(self) -> Path:
        """Download the archive, check it, and return where it lies. Raises VislabError saying how to do it by hand."""
        by_hand = f"fetch {self.url} by hand and put it at {self.place}"
        try:
            return download(self.url, self.place, self.name, _damage)
        except VislabError as error:
            raise VislabError(f"{self.name}: {error}; or {by_hand}") from error


def _damage(path: Path) -> str:
    """What is wrong with a downloaded archive, or "": nobody publishes its checksum, but it holds one of each file."""
    try:
        with closing(Archive(path)) as archive:
            for name in archive.names:
                archive.read(name)  # holds it against its checksum
        return ""
    except VislabError as error:
        return str(error)


def download(url: str, target: Path, name: str, check: Callable[[Path], str]) -> Path:
    """Fetch a file to `target` through `target`.part, taking up an earlier part where the server can.

    check: told the complete file, returns what is wrong with it, or ""; a wrong one is deleted.
    Raises VislabError where there is no way to the server or no room, it breaks off time and again, or check says so.
    """
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        held, expected = 0, None
        for _ in range(TRIES):
            expected = _fetch_rest(url, part, name)
            held = part.stat().st_size
            if held == expected or expected is None:
                break
        else:
            raise VislabError(
                f"the download broke off after {held / 1e6:,.1f} of {(expected or 0) / 1e6:,.1f} MB; "
                "run this again and it goes on from there"
            )
    except OSError as error:  # URLError, timeouts and full disks are OSErrors
        raise VislabError(f"cannot be downloaded ({getattr(error, 'reason', None) or error})") from error
    if wrong := check(part):
        part.unlink()
        raise VislabError(f"what {url} sent is not the file that was expected ({wrong}); try again")
    part.replace(target)
    return target


def _fetch_rest(url: str, part: Path, name: str) -> int | None:
    """Append to `part` what it lacks, or begin anew where the server sends all; returns the whole file's size."""
    held = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={held}-"} if held else {})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            if answer.status != 206:  # the server takes up nothing: it sends the file from its first byte
                held = 0
            length = answer.headers.get("Content-Length")
            expected = None if length is None else held + int(length)
            _need_room((expected or 0) - held, part.parent)
            with part.open("ab" if held else "wb") as file, progress_bar(expected, name, "B", held) as bar:
                while block := _next_block(answer):
                    file.write(block)
                    bar.update(len(block))
            return expected
    except urllib.error.HTTPError as error:
        if error.code == 416:  # nothing is left to send
            return held
        raise


def _next_block(answer: Any) -> bytes:
    """The next bytes, or none where the line broke: what is missing is seen from the size."""
    try:
        return bytes(answer.read(CHUNK))
    except (OSError, HTTPException):
        return b""


def _need_room(size: int, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if size > free:
        raise VislabError(f"{size / 1e6:,.0f} MB are to come, and {free / 1e6:,.0f} MB are free at {folder}; make room")
