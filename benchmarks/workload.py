"""A fixed convolution workload, beside which timings of different machines and hours can be read.

A small network without normalisation, 32 pictures of 96 px, float32, forward and backward: about what a training step
does, and no code of ours, so that it stays the same when ours gets faster. A timing divided by it says how many such
passes something takes.

    python benchmarks/workload.py [--device cpu] [--passes 10]
"""

import argparse
import os
import platform
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

WIDTHS = ((3, 32, 2), (32, 32, 1), (32, 64, 2), (64, 64, 1), (64, 96, 2), (96, 96, 1))  # channels in and out, stride
PICTURES, SIZE, WARM_UP = 32, 96, 2


@dataclass(frozen=True)
class Workload:
    """Seconds of one pass: the median, the least and the most of all passes."""

    median: float
    least: float
    most: float

    def __str__(self) -> str:
        return f"{1e3 * self.median:.0f} ms ({1e3 * self.least:.0f} to {1e3 * self.most:.0f})"


def time_workload(passes: int = 10, device: str | torch.device = "cpu") -> Workload:
    """Time the workload; the caller's random numbers stay as they are."""
    with torch.random.fork_rng():
        return _time(passes, torch.device(device))


def _time(passes: int, device: torch.device) -> Workload:
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    for inside, outside, stride in WIDTHS:
        layer = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
        layers += [layer, nn.ReLU(inplace=True)]
    network = nn.Sequential(*layers).to(device).to(memory_format=torch.channels_last)
    pictures = torch.randn(PICTURES, 3, SIZE, SIZE).to(device, memory_format=torch.channels_last)
    times = []
    for _ in range(WARM_UP + passes):
        _wait(device)
        started = time.perf_counter()
        network.zero_grad()
        network(pictures).square().mean().backward()
        _wait(device)
        times.append(time.perf_counter() - started)
    kept = times[WARM_UP:]
    return Workload(statistics.median(kept), min(kept), max(kept))


def _wait(device: torch.device) -> None:
    """Until the device has done what it was given: a GPU answers before it has."""
    if device.type == "cuda":
        torch.cuda.synchronize()


def machine(device: str | torch.device = "cpu") -> str:
    """What the timings are of: processor or GPU, cores, system and versions, in a line for a table."""
    place = torch.device(device)
    name = torch.cuda.get_device_name(place) if place.type == "cuda" else _processor()
    versions = f"Python {platform.python_version()}, torch {torch.__version__}"
    return f"{name}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, {versions}"


def _processor() -> str:
    """The processor's name as Linux knows it, and the fastest instructions that torch uses on it, which say more."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{[*names, platform.processor()][0]} ({torch.backends.cpu.get_cpu_capability()})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--passes", type=int, default=10)
    given = parser.parse_args()
    print(f"one pass: {time_workload(given.passes, given.device)}; {machine(given.device)}")


if __name__ == "__main__":
    main()
