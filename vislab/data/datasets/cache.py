"""Pictures decoded once: Scenes kept under a key that changes with their source, their arguments and this code."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import PIL
from torch import Tensor

from vislab.data.scenes import Scenes
from vislab.errors import VislabError
from vislab.system.files import home, writing

MOST_BYTES = 4 * 10**9  # that the cache holds; what was used longest ago goes first


def folder() -> Path:
    """Where decoded pictures are kept; it may be deleted at any time."""
    return home() / "data" / ".cache"


def key_of(stamps: object, arguments: dict[str, Any]) -> str:
    """A name for these source files (names, sizes, times of change), arguments, Pillow and this code."""
    code = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*")):
        if path.is_file():
            code.update(path.read_bytes())
    about = [code.hexdigest(), PIL.__version__, stamps, arguments]
    return hashlib.sha256(json.dumps(about, default=str).encode()).hexdigest()[:32]


def remember(key: str, make: Callable[[], tuple[Scenes, list[str]]]) -> tuple[Scenes, list[str]]:
    """What `make` gave under this key before, or gives now. A damaged file counts as none."""
    kept, said = folder() / f"{key}.safetensors", folder() / f"{key}.json"
    try:
        lines = json.loads(said.read_text(encoding="utf-8"))
        scenes = Scenes.load(kept)
        os.utime(kept)
        return scenes, [str(line) for line in lines]
    except (OSError, ValueError, TypeError):  # VislabError and JSON's error are ValueErrors
        scenes, lines = make()
    if sum(value.nbytes for value in vars(scenes).values() if isinstance(value, Tensor)) > MOST_BYTES:
        return scenes, lines
    try:
        with writing(said) as part:
            part.write_text(json.dumps(lines), encoding="utf-8")
        scenes.save(kept)
        _make_room(kept)
    except (OSError, VislabError):
        pass  # a full or read-only disk: the pictures are here all the same
    return scenes, lines


def _make_room(newest: Path) -> None:
    """Delete what was used longest ago until the cache is within its bound, and reports without pictures."""
    files = sorted(folder().glob("*.safetensors"), key=lambda path: path.stat().st_mtime)
    held = sum(path.stat().st_size for path in files)
    for path in files:
        if held <= MOST_BYTES:
            break
        held -= path.stat().st_size
        path.unlink(missing_ok=True)
    for said in folder().glob("*.json"):
        if not said.with_suffix(".safetensors").exists() and said.stem != newest.stem:
            said.unlink(missing_ok=True)
