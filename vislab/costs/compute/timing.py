"""How a model is made to work for its costs: random pictures, the way to an answer, and the clock beside it."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from vislab.data.batches import to_float
from vislab.errors import VislabError, is_whole
from vislab.models.build import Model
from vislab.models.encoder import STRIDE
from vislab.system.devices import autocast, precision

CHANNELS, SIDE, KERNEL = 256, 32, 3  # the plain convolution: channels in and out, pixels a side, the kernel's side
LONG_ENOUGH, MOST_PICTURES = 0.01, 1024  # the plain convolution gets more pictures until it takes so many seconds


def device_of(model: Model) -> torch.device:
    """The device on which the model is."""
    return next(model.parameters()).device


@contextmanager
def evaluating(*models: Model) -> Iterator[None]:
    """Models in evaluation mode, and afterwards as they were."""
    training = [model.training for model in models]
    for model in models:
        model.eval()
    try:
        yield
    finally:
        for model, was_training in zip(models, training, strict=True):
            model.train(was_training)


def check_size(size: Any) -> tuple[int, int]:
    """Height and width; raises VislabError for a size that the models cannot halve as often as they do."""
    sides = (size, size) if isinstance(size, int) else tuple(size) if isinstance(size, (list, tuple)) else ()
    if len(sides) != 2 or not all(is_whole(side) and side % STRIDE == 0 for side in sides):
        raise VislabError(f"a size is a number of pixels, a multiple of {STRIDE}, such as 96, not {size!r}")
    return sides[0], sides[1]


def pictures(count: int, height: int, width: int) -> torch.Tensor:
    """Random pictures, uint8 (n, 3, h, w): a model might answer black ones sooner."""
    chance = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (count, 3, height, width), dtype=torch.uint8, generator=chance)


def forward(model: Model, image: torch.Tensor) -> None:
    """One pass; a model that answers straight away (Mask R-CNN) has no forward of its own."""
    if type(model).forward is torch.nn.Module.forward:
        model.answer(image, "", ("",))
    else:
        model(image)


def answer(model: Model, images: torch.Tensor) -> None:
    """All that a picture goes through: bytes to the device, numbers, answer."""
    device = device_of(model)
    with torch.inference_mode(), autocast(device, precision(device)):
        model.answer(to_float(images.to(device)), "", ("",) * len(images))


def answer_and_wait(model: Model, images: torch.Tensor) -> int:
    """Answer until the device is done; returns how many pictures."""
    answer(model, images)
    wait(device_of(model))
    return len(images)


def wait(device: torch.device) -> None:
    """Return once the device has done all its work."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def seconds_of(model: Model, images: torch.Tensor, times: int = 1) -> float:
    """Seconds from these pictures to their answer, by the clock; the mean of so many times."""
    wait(device_of(model))
    started = time.perf_counter()
    for _ in range(times):
        answer(model, images)
    wait(device_of(model))
    return (time.perf_counter() - started) / times


def time_round(work: Sequence[tuple[Model, torch.Tensor]], turn: int = 0) -> list[float]:
    """Seconds of each model's answer to its pictures, one after another; each turn begins with another."""
    first = turn % len(work)
    times = [0.0] * len(work)
    for index in (*range(first, len(work)), *range(first)):
        times[index] = seconds_of(*work[index])
    return times


# ---- the device's own pace -------------------------------------------------------------------------------------------


@cache
def _enough(device: torch.device) -> int:
    """How many pictures keep the plain convolution busy long enough to be timed."""
    count = 1
    while _convolve(device, count) < LONG_ENOUGH and count < MOST_PICTURES:
        count *= 2
    return count


def _convolve(device: torch.device, count: int) -> float:
    """Seconds of a plain convolution of so many pictures, after one that warms up."""
    layer = torch.nn.Conv2d(CHANNELS, CHANNELS, KERNEL, padding="same", bias=False, device=device)
    images = torch.rand(count, CHANNELS, SIDE, SIDE, device=device)
    with torch.inference_mode(), autocast(device, precision(device)):
        layer(images)
        wait(device)
        started = time.perf_counter()
        layer(images)
        wait(device)
    return time.perf_counter() - started


def pace_of(device: torch.device) -> float:
    """Multiply-adds a second of a plain 3 × 3 convolution of 256 channels, now: what an estimate of seconds goes by."""
    count = _enough(device)
    return count * CHANNELS**2 * KERNEL**2 * SIDE**2 / _convolve(device, count)


@dataclass(frozen=True)
class Spread:
    """What was measured several times, seconds or a rate: the median, and the ends between which four of five lie."""

    median: float
    p10: float
    p90: float


def spread_of(measured: Sequence[float]) -> Spread:
    """The spread of measured numbers, in their own unit."""
    low, median, high = np.quantile(measured, [0.1, 0.5, 0.9]).tolist()
    return Spread(median, low, high)


def median_interval(times: NDArray[np.float64]) -> tuple[float, float]:
    """The ends of the 95 % interval of a median, from ordered values alone; of fewer than 6, the least and the most.

    times: (n,). However they are distributed, the median lies between the k-th smallest and the k-th largest with a
    probability given by the binomial distribution. Source: David & Nagaraja 2003, "Order Statistics", section 7.1.
    """
    from scipy.stats import binom

    ordered = np.sort(times)
    outside = int(binom.ppf(0.025, len(ordered), 0.5))  # P(X < outside) < 0.025
    low = max(0, outside - 1)
    return float(ordered[low]), float(ordered[-1 - low])
