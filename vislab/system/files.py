"""Where vislab keeps its files, and how it writes them."""

import json
import math
import os
import stat
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vislab.errors import VislabError


def home() -> Path:
    """The folder that holds data/, runs/ and work/.

    VISLAB_HOME if it is set; else the project (the folder with vislab's pyproject.toml) found upwards from the
    working directory; else the user's data folder, as a learner's work is no cache. Never just wherever the process
    started.
    """
    if chosen := os.environ.get("VISLAB_HOME"):
        return Path(chosen).expanduser().resolve()
    here = Path.cwd()
    for folder in (here, *here.parents):
        project = folder / "pyproject.toml"
        if project.is_file() and 'name = "vislab"' in project.read_text(encoding="utf-8", errors="replace"):
            return folder
    from platformdirs import user_data_path

    return user_data_path("vislab", appauthor=False)


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`, renamed onto it when the block ends well and removed when it does not.

    So a reader finds the old file or the new one, never half of one. Raises VislabError if the disk refuses.
    """
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield part
            part.chmod(0o666 & ~_umask())  # some libraries write files that only their owner may read
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        mend = "choose another folder or make room"
        if path.is_relative_to(home()):  # nobody named it, so no other can be chosen in its place
            mend = "set VISLAB_HOME to a folder that you may write to, or make room"
        raise VislabError(f"{path}: cannot be written ({error.strerror or error}); {mend}") from error


def refuse_unwritable(folder: Path) -> None:
    """Raise VislabError if nothing can be written into a folder, which is made if it is not there."""
    probe = folder / ".writable"
    with writing(probe) as part:
        part.touch()
    probe.unlink()


def refuse_inputs(out: Path, inputs: Iterable[Path]) -> None:
    """Raise VislabError if `out` is one of the input files, by whatever path or link it is named."""
    if out.exists() and any(path.exists() and out.samefile(path) for path in inputs):
        raise VislabError(f"{out}: is also read, and would be overwritten; give another file")


def read_json(path: Path, mend: str = "", kind: str | None = None, format: object = None) -> dict[str, Any]:
    """The object that a JSON file of vislab's own holds.

    kind, format: what it must say of itself under "kind" and "format"; None if it need not say so.
    Raises VislabError if the file cannot be read, is no JSON or says something else; `mend` ends its sentence.
    """
    end = f"; {mend}" if mend else ""
    plain = parse_json(read_file(path, mend), str(path), mend)
    if not isinstance(plain, dict) or (kind is not None and plain.get("kind") != kind):
        raise VislabError(f"{path}: is not {f'a {kind} file' if kind else 'a JSON object'}{end}")
    if format is not None and plain.get("format") != format:
        raise VislabError(f"{path}: has format {plain.get('format')!r}, but this vislab reads {format!r}{end}")
    return plain


def check_file(path: Path, mend: str = "") -> None:
    """Raise VislabError if it is no regular file, as a pipe never ends, or is not there."""
    end = f"; {mend}" if mend else ""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise VislabError(f"{path}: is no file that can be read to its end{end}")
    except OSError as error:
        raise VislabError(f"{path}: cannot be read ({error.strerror or error}){end}") from error


def read_file(path: Path, mend: str = "") -> bytes:
    """All bytes of a file. Raises VislabError if it is no regular file or cannot be read."""
    check_file(path, mend)
    try:
        return path.read_bytes()
    except OSError as error:
        end = f"; {mend}" if mend else ""
        raise VislabError(f"{path}: cannot be read ({error.strerror or error}){end}") from error


def parse_json(data: bytes, where: str, mend: str = "") -> Any:
    """What a JSON file in UTF-8 holds, whoever wrote it.

    Raises VislabError, `where` first and `mend` last, if it is no JSON, has a key twice, of which the last would be
    taken, is nested too deep, or holds half a letter, which nothing could print.
    """
    try:
        plain = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once)
        if b"\\ud" in data.lower():
            json.dumps(plain, ensure_ascii=False).encode()
        return plain
    except (ValueError, RecursionError) as error:  # among them no UTF-8, and a number of too many digits
        raise VislabError(f"{where}: is no JSON ({str(error).rstrip(': ')}){f'; {mend}' if mend else ''}") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"an object has the key {twice!r} twice")
    return plain


def without_nan(value: Any) -> Any:
    """NaN and infinity as None, at every depth, as JSON knows neither."""
    if isinstance(value, Mapping):
        return {str(key): without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nan(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def with_nan(value: Any) -> Any:
    """None as NaN, at every depth: what `without_nan` took out."""
    if isinstance(value, dict):
        return {key: with_nan(item) for key, item in value.items()}
    if isinstance(value, list):
        return [with_nan(item) for item in value]
    return math.nan if value is None else value


def _umask() -> int:
    """The permissions that new files do without; the only way to ask is to set them."""
    umask = os.umask(0)
    os.umask(umask)
    return umask
