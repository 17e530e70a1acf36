"""Many small pieces of work at once, with a progress bar if somebody may be watching."""

import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from PIL import Image

from vislab.system.console import Progress

T = TypeVar("T")
R = TypeVar("R")


def in_parallel(work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """The results in the order of the items, from threads: Pillow and zlib let go of the interpreter's lock.

    The first error is raised in its turn and what has not begun is dropped.
    """
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool, warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="PIL")  # on odd tags of files that can be read all the same
        warnings.simplefilter("error", Image.DecompressionBombWarning)  # decode.py makes a sentence of it
        yield from pool.map(work, items)


def progress(items: Iterable[T], total: int, name: str) -> Iterator[T]:
    """The items, with a bar that counts them as pictures."""
    with Progress(name) as bar:
        for number, item in enumerate(items, start=1):
            yield item
            bar.to(number / total, f"{number:,} of {total:,} pictures")
