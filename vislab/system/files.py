"""Where vislab keeps its files, and how it writes them."""

import math
import os
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vislab.errors import VislabError


def home() -> Path:
    """The folder that holds data/, runs/ and work/.

    VISLAB_HOME where it is set; else the project (the folder with vislab's pyproject.toml) found upwards from the
    working directory; else the user's cache folder. Never just wherever the process started.
    """
    if chosen := os.environ.get("VISLAB_HOME"):
        return Path(chosen).expanduser().resolve()
    here = Path.cwd()
    for folder in (here, *here.parents):
        project = folder / "pyproject.toml"
        if project.is_file() and 'name = "vislab"' in project.read_text(encoding="utf-8", errors="replace"):
            return folder
    from platformdirs import user_cache_path

    return user_cache_path("vislab", appauthor=False)


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`, renamed onto it when the block ends well and removed when it does not.

    So a reader finds the old file or the new one, never half of one. Raises VislabError where the disk refuses.
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
        raise VislabError(
            f"{path}: cannot be written ({error.strerror or error}); choose another folder or make room"
        ) from error


def refuse_inputs(out: Path, inputs: Iterable[Path]) -> None:
    """Raise VislabError if `out` is one of the files that are read, by whatever path or link it is named."""
    if out.exists() and any(one.exists() and out.samefile(one) for one in inputs):
        raise VislabError(f"{out}: is also read, and would be replaced by what is written; give another file")


def without_nan(value: Any) -> Any:
    """NaN and infinity as None, at every depth, as JSON knows neither."""
    if isinstance(value, Mapping):
        return {str(key): without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nan(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _umask() -> int:
    """Which rights new files do without; there is no way to ask but to set it."""
    now = os.umask(0)
    os.umask(now)
    return now
