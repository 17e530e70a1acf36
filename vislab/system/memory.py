"""How much memory is free, one sentence if that is not enough, and freed memory kept in the process."""

import ctypes
import sys
from functools import cache

import psutil
import torch

from vislab.errors import VislabError

# glibc's malloc.h: parameters of mallopt(3).
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3


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


@cache
def keep_freed_memory() -> bool:
    """Let glibc keep freed memory for the next tensor; returns whether it agreed. Other systems do not change.

    Otherwise a tensor of some megabytes gets fresh pages each time. On a quiet machine a training step gains a tenth or
    less (benchmarks/results/training_step.md). The process then holds the most memory that it ever used.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:  # another C library, such as musl
        return False
    return bool(mallopt(M_MMAP_THRESHOLD, 2**30) and mallopt(M_TRIM_THRESHOLD, 2**31 - 1))
