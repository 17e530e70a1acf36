"""How much memory is free, one sentence if that is not enough, and freed memory kept while it is of use."""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import psutil
import torch

from vislab.errors import VislabError

# glibc's malloc.h: parameters of mallopt(3).
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
AT_REST = 2**22  # bytes of a tensor that has pages of its own, given back with it: beyond small arrays, below a batch

_blocks = 0  # of keeping_freed_memory that are open


def free_memory(device: torch.device) -> int | None:
    """Bytes that tensors may still take on a device; None if nobody can tell, as on Apple's GPUs."""
    if device.type == "cuda":
        free: int = torch.cuda.mem_get_info(device)[0]
        return free
    return psutil.virtual_memory().available if device.type == "cpu" else None


def shortage(needed: float, device: torch.device) -> str:
    """What is lacking, as in "8.2 GB of memory are needed, and 3.1 GB are free"; "" if `needed` bytes are free."""
    free = free_memory(device)
    if free is None or needed <= free:
        return ""
    return f"{needed / 1e9:,.1f} GB of memory are needed, and {free / 1e9:,.1f} GB are free"


def refuse_beyond(needed: float, device: torch.device, what: str, mend: str) -> None:
    """Raise VislabError, "what: the shortage; mend", unless `needed` bytes are free on the device."""
    if lacking := shortage(needed, device):
        raise VislabError(f"{what}: {lacking}; {mend}")


@contextmanager
def keeping_freed_memory() -> Iterator[None]:
    """Let glibc keep freed memory for the next tensor in the block, and give it back after the outermost block.

    Otherwise a tensor of some megabytes gets fresh pages each time. On a quiet machine a training step gains a tenth or
    less (benchmarks/results/training_step.md). If nothing gave the memory back, an idle notebook would hold the most
    that it ever used. Other systems do not change.
    """
    global _blocks
    libc = _glibc()
    _blocks += 1
    if libc and _blocks == 1:
        libc.mallopt(M_MMAP_THRESHOLD, 2**30)
        libc.mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
    try:
        yield
    finally:
        _blocks -= 1
        if libc and _blocks == 0:
            libc.mallopt(M_MMAP_THRESHOLD, AT_REST)
            libc.mallopt(M_TRIM_THRESHOLD, 2 * AT_REST)
            libc.malloc_trim(0)


@cache
def _glibc() -> ctypes.CDLL | None:
    """The C library if it is glibc."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    return libc if hasattr(libc, "mallopt") and hasattr(libc, "malloc_trim") else None
