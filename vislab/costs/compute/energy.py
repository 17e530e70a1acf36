"""Joules, by the counter that NVIDIA's driver keeps of a GPU; without one, None and the reason, never 0."""

import math
import time
from collections.abc import Callable
from typing import Protocol

import torch

LONG_ENOUGH = 1.0  # seconds of work: the driver moves its counter only every tenth of a second or so
WHOLE = "energy is the whole GPU's, idling and other programs included"


class Counter(Protocol):
    """Counts joules up; it may stand still or begin anew."""

    def joules(self) -> float:
        """Up to now; raises if it cannot be read."""


class Nvml:
    """The counter of one GPU since its driver was loaded (Volta and newer)."""

    def __init__(self, device: torch.device) -> None:
        import pynvml

        pynvml.nvmlInit()
        self.nvml = pynvml
        self.handle = pynvml.nvmlDeviceGetHandleByUUID(f"GPU-{torch.cuda.get_device_properties(device).uuid}")

    def joules(self) -> float:
        """As in Counter; NVML counts thousandths."""
        return float(self.nvml.nvmlDeviceGetTotalEnergyConsumption(self.handle)) / 1e3


def open_counter(device: torch.device) -> tuple[Counter | None, str]:
    """The counter of a device, or None and why there is none."""
    if device.type != "cuda":
        return None, f"energy was not measured: a {device.type} has no counter that vislab reads"
    try:
        return Nvml(device), ""
    except Exception as error:  # no driver, another driver, a share of a GPU: each says so in its own way
        return None, f"energy was not measured: NVML does not answer ({error})"


def read(counter: Counter | None) -> tuple[float | None, str]:
    """The joules that the counter shows, or None and why it cannot be read; None and "" without a counter."""
    if counter is None:
        return None, ""
    try:
        joules = counter.joules()
    except Exception as error:  # whatever the driver raises
        return None, f"energy was not measured: its counter cannot be read ({error})"
    if not math.isfinite(joules) or joules < 0:
        return None, f"energy was not measured: its counter shows {joules}"
    return joules, ""


def went_back(before: float, after: float) -> str:
    """Why a counter that shows less than before measures nothing; "" if it does not."""
    if after >= before:
        return ""
    return f"energy was not measured: its counter went back, from {before:.1f} J to {after:.1f} J"


def energy_of(
    work: Callable[[], int], counter: Counter | None, why: str = "", seconds: float = LONG_ENOUGH
) -> tuple[float | None, str]:
    """Joules of one picture, and a note: what they include, or why they are None.

    work: does some, waits until it is done, and returns how many pictures that were. It is repeated for `seconds`.
    why: there is no counter.
    """
    before, trouble = read(counter)
    if before is None:
        return None, why or trouble or "energy was not measured: there is no counter"
    done, started = 0, time.perf_counter()
    while not done or time.perf_counter() - started < seconds:
        done += work()
    after, trouble = read(counter)
    if after is None:
        return None, trouble
    if after == before:
        return None, f"energy was not measured: its counter stood still at {before:.1f} J"
    trouble = went_back(before, after)
    return (None, trouble) if trouble else ((after - before) / done, WHOLE)
