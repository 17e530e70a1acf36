"""The sets that have a name: where their files lie, and their download from the official source."""

import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any

from vislab.data.datasets.archive import Archive, Contents
from vislab.data.datasets.loader import Source
from vislab.data.datasets.resize import Fit
from vislab.errors import VislabError
from vislab.system.console import Progress
from vislab.system.files import home

CHUNK = 2**18  # bytes read at once
TRIES = 4  # a broken connection goes on where it broke
TIMEOUT = 30.0  # seconds without a byte


@dataclass(frozen=True)
class DataSet:
    """A set of pictures that `vislab.load` knows by its name: an entry of load.SETS.

    levels: which truth it carries. file: the archive's own name. matches: whether a folder or archive is laid out as
    this set is. source: its pictures, to be read one by one. fit: how a study brings them to one size.
    """

    name: str
    title: str
    levels: tuple[str, ...]
    url: str
    licence: str
    file: str
    matches: Callable[[Contents], bool]
    source: Callable[[Contents], Source]
    fit: Fit = "pad"

    @property
    def path(self) -> Path:
        """The archive's path once it is downloaded, or put there by hand."""
        return home() / "data" / self.name / self.file

    def find(self) -> Path | None:
        """The archive or the unpacked folder in data/; None if neither is there."""
        data, unpacked = home() / "data", Path(self.file).stem
        for path in (self.path, data / self.file, data / self.name / unpacked, data / unpacked):
            if path.is_file() or (path.is_dir() and any(path.iterdir())):
                return path
        own = data / self.name  # with the set's folders straight in it
        return own if own.is_dir() and any(path.is_dir() and path.name[0] != "." for path in own.iterdir()) else None

    def fetch(self) -> Path:
        """Download the archive, check it, and return its path. Raises VislabError saying how to do it by hand."""
        try:
            _download(self.url, self.path, self.name)
        except VislabError as error:
            raise VislabError(f"{self.name}: {error}; or fetch {self.url} by hand and put it at {self.path}") from error
        return self.path


def _download(url: str, target: Path, name: str) -> None:
    """Fetch an archive to `target` through `target`.part, going on with an earlier part if the server can."""
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for _ in range(TRIES):
            expected = _fetch_rest(url, part, name)
            size = part.stat().st_size
            if expected is None or size == expected:
                break
        else:
            sizes = f"{size / 1e6:,.1f} of {(expected or 0) / 1e6:,.1f} MB"
            raise VislabError(f"the download broke off after {sizes}; run this again and it goes on from there")
    except OSError as error:  # URLError, timeouts and full disks are OSErrors
        raise VislabError(f"cannot be downloaded ({getattr(error, 'reason', None) or error})") from error
    try:  # nobody publishes the archive's checksum, but it holds one of each file
        with closing(Archive(part)) as archive:
            for member in archive.names:
                archive.read(member)
    except VislabError as error:
        part.unlink()
        raise VislabError(f"{url} sent another file than was expected ({error}); try again") from error
    part.replace(target)


def _fetch_rest(url: str, part: Path, name: str) -> int | None:
    """Append what `part` lacks, or all if the server sends all; returns the whole file's size, None if not known."""
    start = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={start}-"} if start else {})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            if answer.status != 206:  # the server sends the file from its first byte
                start = 0
            length = answer.headers.get("Content-Length")
            expected = None if length is None else start + int(length)
            needed, free = int(length or 0), shutil.disk_usage(part.parent).free
            if needed > free:
                lacking = f"{needed / 1e6:,.0f} MB are needed, and {free / 1e6:,.0f} MB are free"
                raise VislabError(f"{lacking} at {part.parent}; make room")
            with part.open("ab" if start else "wb") as file, Progress(name) as bar:
                while block := _next_block(answer):
                    file.write(block)
                    size = file.tell()
                    bar.to(size / expected if expected else 0, f"{size / 1e6:,.1f} MB")
            return expected
    except urllib.error.HTTPError as error:
        if error.code == 416:  # nothing is left to send
            return start
        raise


def _next_block(answer: Any) -> bytes:
    """The next bytes; none if the connection broke: the file's size shows what is missing."""
    try:
        return bytes(answer.read(CHUNK))
    except (OSError, HTTPException):
        return b""
