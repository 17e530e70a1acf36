"""A cache of decoded pictures: Scenes under a key that changes with their source, their arguments and this code."""

import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import PIL

from vislab.data.scenes import Scenes
from vislab.errors import VislabError
from vislab.system.code_digest import code_digest
from vislab.system.files import home, writing

MOST_BYTES = 4 * 10**9  # of the whole cache; the files used longest ago go first


def folder() -> Path:
    """The cache's folder; it may be deleted at any time."""
    return home() / "data" / ".cache"


def key_of(stamps: object, arguments: dict[str, Any]) -> str:
    """A name for these source files (names, sizes, times of change), arguments, Pillow and this code."""
    text = json.dumps([_code(), PIL.__version__, stamps, arguments], default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@cache
def _code() -> str:
    """A digest of the readers, which a process imports once."""
    files = sorted(path for path in Path(__file__).parent.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return code_digest(files)


def remember(key: str, make: Callable[[], tuple[Scenes, list[str]]]) -> tuple[Scenes, list[str]]:
    """What `make` gave under this key before, or gives now. A damaged file counts as missing."""
    pictures, report = folder() / f"{key}.safetensors", folder() / f"{key}.json"
    try:
        lines = json.loads(report.read_text(encoding="utf-8"))
        scenes = Scenes.load(pictures)
        os.utime(pictures)
        return scenes, [str(line) for line in lines]
    except (OSError, ValueError, TypeError):  # VislabError and JSON's error are ValueErrors
        scenes, lines = make()
    if scenes.nbytes <= MOST_BYTES:
        with suppress(OSError, VislabError):  # a full or read-only disk: the pictures are loaded all the same
            with writing(report) as part:
                part.write_text(json.dumps(lines), encoding="utf-8")
            scenes.save(pictures)
            _make_room(report)
    return scenes, lines


def _make_room(newest: Path) -> None:
    """Delete the files used longest ago until the cache is within its bound, and reports without pictures."""
    files = sorted(folder().glob("*.safetensors"), key=lambda path: path.stat().st_mtime)
    total = sum(path.stat().st_size for path in files)
    for path in files:
        if total <= MOST_BYTES:
            break
        total -= path.stat().st_size
        path.unlink(missing_ok=True)
    for report in folder().glob("*.json"):
        if report != newest and not report.with_suffix(".safetensors").exists():
            report.unlink(missing_ok=True)
