"""How many of the processor's cores a piece of work uses: those that are idle, if it is large enough to share out.

Threads that share a step wait for the slowest at its end. Where another program takes the core of one, all of them
wait, and a training with two threads is many times slower than with one (benchmarks/results/contention.md).
Importing this module lets torch begin with one thread, so that a loop of the learner's own is safe from that too.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil
import torch

from vislab.system.console import plural

# 8 pictures of 96 px, a usual step, then make two threads, which pay: benchmarks/results/threads.md. Fewer pixels a
# thread were not measured.
PIXELS_A_THREAD = 2**15
LOOK = 1.0  # seconds for which a look at the cores holds
SAMPLE = 0.1  # seconds to watch the cores if the last look was long ago
NEARLY = 0.25  # of a core may be busy elsewhere, and it still counts as idle
QUOTA = Path("/sys/fs/cgroup/cpu.max")  # of a container: "200000 100000" is two cores

MOST = torch.get_num_threads()  # one a core, or what OMP_NUM_THREADS says
torch.set_num_threads(1)


@dataclass(frozen=True)
class Threads:
    """How many threads a piece of work gets, and why no more ("" if it gets all there are)."""

    count: int
    why: str = ""

    def __str__(self) -> str:
        return plural(self.count, "thread") + (f", as {self.why}" if self.why else "")


def choose_threads(pixels: int, device: torch.device, pinned: int | None = None) -> Threads:
    """The threads that work on so many pixels at once gets now, one beside a GPU; pinned: as many as this instead."""
    if device.type != "cpu":
        return Threads(1)
    if pinned is not None:
        return Threads(pinned, "threads= says so")
    most, worth = most_threads(), max(1, pixels // PIXELS_A_THREAD)
    if most == 1:
        return Threads(1, "no more are allowed" if _cores() > 1 else "")
    if worth == 1:
        return Threads(1, "there are few pixels to share")
    busy = busy_elsewhere()
    count = max(1, min(most, worth, int(_cores() - busy + NEARLY)))
    if count == most:
        return Threads(count)
    if count == worth:
        return Threads(count, "there are few pixels to share")
    return Threads(count, f"other programs keep {busy:.1f} of {_cores()} cores busy")


@contextmanager
def using(threads: Threads) -> Iterator[None]:
    """Let torch use so many threads in the block, and as many as before after it."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads.count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class Load:
    """What other programs do with this process's cores from now on."""

    def __init__(self) -> None:
        self.started, self.own, self.used = time.monotonic(), time.process_time(), _used()

    def elsewhere(self) -> float:
        """How many cores they kept busy, on average since the start: 0 to the number of cores."""
        seconds = time.monotonic() - self.started
        used = _used() - self.used - (time.process_time() - self.own)
        return min(max(0.0, used / seconds), float(_cores()))

    def words(self) -> str:
        """A warning beside what was timed since the start; "" if the machine was quiet."""
        busy = self.elsewhere()
        return f"other programs kept {busy:.1f} of {_cores()} cores busy meanwhile" if busy > NEARLY else ""


def busy_elsewhere() -> float:
    """How many cores other programs keep busy, on average over the last second or few."""
    return _recent.look()


def _used() -> float:
    """Seconds that this process's cores have worked for anybody since they were switched on."""
    times = psutil.cpu_times(percpu=True)
    kinds = ("user", "nice", "system", "irq", "softirq", "steal")  # not each system has all
    return sum(getattr(times[core], kind, 0.0) for core in _allowed(len(times)) for kind in kinds)


@cache
def _allowed(count: int) -> list[int]:
    """The cores, of so many, that this process may use; macOS cannot tell."""
    affinity = getattr(psutil.Process(), "cpu_affinity", None)
    return affinity() if affinity else list(range(count))


def _cores() -> int:
    return len(_allowed(psutil.cpu_count() or 1))


@cache
def most_threads() -> int:
    """Threads that this process may use at all."""
    try:
        share, period = QUOTA.read_text(encoding="ascii").split()
        return max(1, min(MOST, int(share) // int(period)))
    except (OSError, ValueError):  # no container, or one without a limit ("max 100000")
        return MOST


class _Recent:
    """The last look at the cores, which holds for a moment: a training asks before every step."""

    def __init__(self) -> None:
        self.load, self.busy, self.until = Load(), 0.0, 0.0

    def look(self) -> float:
        now = time.monotonic()
        if now > self.until:
            if now > self.until + 5 * LOOK:  # the load since then tells little of now
                self.load = Load()
                time.sleep(SAMPLE)
            self.busy, self.load, self.until = self.load.elsewhere(), Load(), time.monotonic() + LOOK
        return self.busy


_recent = _Recent()
