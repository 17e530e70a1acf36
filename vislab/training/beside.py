"""Trainings beside each other, in processes of one thread each, to the same bits as one after another."""

import pickle
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from vislab.data.scenes import Scenes
from vislab.errors import VislabError
from vislab.system.files import home
from vislab.training.fit import fit

# Pixels shown to a model, from which another process pays: 17 to 34 s of training on one core by
# benchmarks/results/threads.md, where a process that imports torch takes 4 s to start.
LONG = 2048 * 96**2
PREFIX = "beside-"  # of the folder in which other processes find the pictures
DAY = 86_400.0  # seconds


def is_long(shown: float, size: tuple[int, int]) -> bool:
    """Whether a training that shows so many pictures, each pass anew, of this height and width pays for a process."""
    return shown * size[0] * size[1] >= LONG


@contextmanager
def handing_over(*parts: Scenes) -> Iterator[list[Path]]:
    """The files in which other processes find these pictures; raises VislabError if they cannot be written."""
    runs = home() / "runs"
    try:
        runs.mkdir(parents=True, exist_ok=True)
        _remove_old(runs)
        place = TemporaryDirectory(dir=runs, prefix=PREFIX)
    except OSError as error:
        raise VislabError(f"{runs}: no folder can be made there ({error}); make room or set VISLAB_HOME") from error
    with place as folder:
        yield [part.save(Path(folder) / f"{number}.safetensors") for number, part in enumerate(parts)]


def _remove_old(runs: Path) -> None:
    """Remove the pictures of processes that were killed a day ago or earlier."""
    for folder in runs.glob(f"{PREFIX}*"):
        if time.time() - folder.stat().st_mtime > DAY:
            shutil.rmtree(folder, ignore_errors=True)


def train_into_cache(
    model: bytes,
    train: Scenes,
    valid: Scenes | None,
    settings: Mapping[str, Any],
    fresh: bool,
    report: Callable[[float], None],
) -> None:
    """A training in a process of `run_beside`: vl.fit there takes it from the cache. model: pickled.

    Nothing but our own parent process hands models over, and only of classes that it can import.
    """
    fit(pickle.loads(model), train, valid, **settings, fresh=fresh, panel=lambda run: _Reporter(report))


class _Reporter:
    """Reports how far a training is, in place of a progress bar."""

    def __init__(self, report: Callable[[float], None]) -> None:
        self.report = report

    def __enter__(self) -> "_Reporter":
        return self

    def __exit__(self, kind: Any, error: Any, at: Any) -> None: ...

    def to(self, share: float, word: str = "") -> None:
        """Report this share, 0 to 1."""
        self.report(share)

    def show_done(self) -> None:
        """Nothing is left to report."""
