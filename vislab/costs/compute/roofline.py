"""How fast a machine multiplies and moves numbers at best, and how far below that roof its models are.

Source: Williams, Waterman & Patterson 2009, "Roofline: An Insightful Visual Performance Model for Multicore
Architectures", CACM 52(4), pages 65 to 76.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from vislab.costs.compute.sweep_result import Sweep
from vislab.costs.compute.timing import Spread, spread_of, wait
from vislab.errors import VislabError
from vislab.system.devices import device_name, pick_device, precision
from vislab.system.memory import refuse_beyond

REPEATS = 7
LONG_ENOUGH = 0.01  # seconds of work between two looks at the clock
SIDES = {"cpu": (256, 512, 1024)}  # of the matrices; 2048 gained nothing on an x86 core
SIDES_ON_GPU = (2048, 4096, 8192)
TRIAD_BYTES = {"cpu": 2**27}  # of one array: STREAM asks for four times the caches, and 32 MiB of them are common
TRIAD_BYTES_ON_GPU = 2**29


def measure_peak(device: str | torch.device | None, dtype: torch.dtype) -> Spread:
    """FLOP/s of the fastest matrix product here, two FLOPs a multiply-add: the flat part of the roof.

    Square matrices of several sizes are multiplied in turns, seven times each after a warm-up, until the device is
    done; the size with the best median counts, and its spread. On a CPU by as many threads as torch uses now, like all
    timings of vislab. dtype: of factors and product. On a GPU, float32 is not rounded to TF32 unless torch is told to.
    Raises VislabError for a dtype without fractions, or if memory is short.
    """
    device = pick_device(device)
    if not dtype.is_floating_point:
        raise VislabError(f"a peak is measured in a floating-point dtype, such as torch.float32, not {dtype}")
    sides = SIDES.get(device.type, SIDES_ON_GPU)
    needed = sum(3 * dtype.itemsize * side**2 for side in sides)
    refuse_beyond(needed, device, f"matrices of up to {sides[-1]:,} × {sides[-1]:,}", "close other programs")
    work = [(_product(side, device, dtype), 2.0 * side**3) for side in sides]
    return max(_rates(work, device), key=lambda rate: rate.median)


def measure_bandwidth(device: str | torch.device | None) -> Spread:
    """Bytes a second between memory and processor: the slope of the roof.

    By STREAM's triad, a = b + s · c, on arrays larger than the usual caches: two are read and one is written, seven
    times after a warm-up. On a CPU by as many threads as torch uses now. Raises VislabError if memory is short.
    Source: McCalpin 1995, "Memory Bandwidth and Machine Balance in Current High Performance Computers".
    """
    device = pick_device(device)
    size = TRIAD_BYTES.get(device.type, TRIAD_BYTES_ON_GPU)
    refuse_beyond(3 * size, device, "three arrays to measure the bandwidth", "close other programs")
    a, b, c = (torch.ones(size // 4, device=device) for _ in range(3))
    return _rates([(lambda: torch.add(b, c, alpha=3.0, out=a), 3.0 * size)], device)[0]


def _product(side: int, device: torch.device, dtype: torch.dtype) -> Callable[[], object]:
    left, right = (torch.randn(side, side, device=device).to(dtype) for _ in range(2))
    product = torch.empty_like(left)
    return lambda: torch.mm(left, right, out=product)


def _rates(work: Sequence[tuple[Callable[[], object], float]], device: torch.device) -> list[Spread]:
    """How much of each work is done a second. work: what does some, and how much that is."""
    for some, _ in work:
        _seconds(some, 1, device)  # the first one chooses its algorithm
    times = [max(1, math.ceil(LONG_ENOUGH / _seconds(some, 1, device))) for some, _ in work]
    rounds = [
        [much * often / _seconds(some, often, device) for (some, much), often in zip(work, times, strict=True)]
        for _ in range(REPEATS)
    ]
    return [spread_of(rates) for rates in zip(*rounds, strict=True)]


def _seconds(some: Callable[[], object], times: int, device: torch.device) -> float:
    wait(device)
    started = time.perf_counter()
    for _ in range(times):
        some()
    wait(device)
    return time.perf_counter() - started


# ---- the roof, and what is below it ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Roof:
    """The most FLOP/s that a machine can do, by the FLOPs that it does with each byte from memory.

    peaks: precision → FLOP/s of matrix products; the first is the precision in which models answer here. bandwidth:
    bytes a second. device: its name.
    """

    peaks: dict[str, Spread]
    bandwidth: Spread
    device: str

    @property
    def peak(self) -> float:
        """The median FLOP/s in the precision in which models answer here."""
        return next(iter(self.peaks.values())).median

    @property
    def ridge(self) -> float:
        """FLOPs a byte from which on multiplying, not memory, sets the limit."""
        return self.peak / self.bandwidth.median

    def limit(self, intensity: float) -> float:
        """The roof above so many FLOPs a byte: FLOP/s."""
        return min(self.peak, self.bandwidth.median * intensity)


def measure_roof(device: str | torch.device | None = None) -> Roof:
    """Measure the roof of a device, of the GPU if there is one and none is named; float32's peak is among the peaks."""
    device = pick_device(device)
    precisions = dict.fromkeys((precision(device), "float32"))
    peaks = {name: measure_peak(device, getattr(torch, name)) for name in precisions}
    return Roof(peaks, measure_bandwidth(device), device_name(device))


@dataclass(frozen=True)
class Dot:
    """One model at one batch. flops: of the batch. bytes: as `place` has them. times: seconds, as in Sweep's Point."""

    model: str
    size: int
    batch: int
    flops: float
    bytes: float
    seconds: float
    interval: tuple[float, float]

    @property
    def intensity(self) -> float:
        """FLOPs a byte."""
        return self.flops / self.bytes

    @property
    def rate(self) -> float:
        """FLOP/s that the model reaches, from pictures to answers."""
        return self.flops / self.seconds


def place(sweep: Sweep, size: int) -> list[Dot]:
    """Where each model of a sweep is below the roof, at this size and each batch.

    FLOPs: two a multiply-add, of convolutions and matrix products alone; a library may know a way round some, such as
    Winograd's. Bytes: the least that layer after layer moves: the pictures and the weights read once (float32), each
    layer's output written once and read once. Work outside layers, outputs read again (a skip connection), and layers
    that change their input in place move more. But what a cache keeps between two layers does not go to memory, so a
    small model's dot may be above the slope. Raises VislabError if the sweep has no such size.
    """
    points = [point for point in sweep if point.size == size]
    if not points:
        known = " or ".join(str(size) for size in sorted({point.size for point in sweep}))
        raise VislabError(f"this sweep timed no pictures of {size!r} px; give {known or 'a sweep that timed some'}")
    dots = []
    for point in points:
        weights, pictures = 4 * sweep.models[point.model]["parameters"], 4 * 3 * size**2 * point.batch
        moved = weights + pictures + 2 * point.activations
        flops = 2 * point.macs * point.batch
        dots.append(Dot(point.model, size, point.batch, flops, moved, point.seconds, point.interval))
    return dots
