"""Keep freed memory in the process instead of giving it back to the system."""

import ctypes
import sys
from functools import cache

# glibc's malloc.h: parameters of mallopt(3).
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3


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
