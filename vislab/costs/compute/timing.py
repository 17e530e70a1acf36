"""How a model is made to work for its costs: random pictures, the way to an answer, and the clock beside it."""

import logging
import time
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from vislab.data.batches import to_float
from vislab.errors import VislabError
from vislab.models.build import Model
from vislab.models.encoder import STRIDE
from vislab.system.devices import autocast, precision

PLAIN = (256, 32, 3)  # the plain convolution: channels in and out, pixels a side, the kernel's side
LONG_ENOUGH, MOST_PICTURES = 0.01, 1024  # the plain convolution is given pictures until it takes so many seconds


def place_of(model: Model) -> torch.device:
    """Where the model is."""
    return next(model.parameters()).device


def check_size(size: Any) -> tuple[int, int]:
    """Height and width; raises VislabError for a size that the models cannot halve as often as they do."""
    sides = (size, size) if isinstance(size, int) else tuple(size) if isinstance(size, (list, tuple)) else ()
    if len(sides) != 2 or not all(isinstance(s, int) and not isinstance(s, bool) and s > 0 for s in sides):
        raise VislabError(f"a size is a number of pixels, such as 96, not {size!r}; give a multiple of {STRIDE}")
    if any(side % STRIDE for side in sides):
        raise VislabError(f"a size must be a multiple of {STRIDE}, which the models halve, not {size!r}")
    return sides[0], sides[1]


def pictures(count: int, height: int, width: int) -> torch.Tensor:
    """Random pictures, uint8 (n, 3, h, w), as a black one may be answered sooner."""
    chance = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (count, 3, height, width), dtype=torch.uint8, generator=chance)


def forward(model: Model, image: torch.Tensor) -> None:
    """One pass; a model that answers straight away (Mask R-CNN) has no forward of its own."""
    if type(model).forward is torch.nn.Module.forward:
        model.answer(image, "", ("",))
    else:
        model(image)


def answer(model: Model, images: torch.Tensor) -> object:
    """The way every picture goes: bytes to the device, numbers, answer."""
    place = place_of(model)
    with torch.inference_mode(), autocast(place, precision(place)):
        return model.answer(to_float(images.to(place)), "", ("",) * len(images))


def timer(model: Model, images: torch.Tensor) -> Any:
    """Times what `answer` takes for these pictures; waits for a GPU before it reads the clock."""
    # Torch looks for a compiler here, for C++ that nobody asks to be timed, and says what it misses.
    logging.getLogger("torch.utils.cpp_extension").setLevel(logging.ERROR)
    from torch.utils.benchmark import Timer

    names = {"answer": answer, "model": model, "images": images}
    return Timer("answer(model, images)", globals=names, num_threads=torch.get_num_threads())


def wait(place: torch.device) -> None:
    """Until the device has done all that it was told."""
    if place.type == "cuda":
        torch.cuda.synchronize(place)
    elif place.type == "mps":
        torch.mps.synchronize()


def seconds_of(model: Model, images: torch.Tensor) -> float:
    """What one answer for these pictures takes, by the clock."""
    place = place_of(model)
    wait(place)
    started = time.perf_counter()
    answer(model, images)
    wait(place)
    return time.perf_counter() - started


# ---- the device's own pace -------------------------------------------------------------------------------------------


@cache
def _enough(place: torch.device) -> int:
    """So many pictures that the plain convolution takes long enough to be timed."""
    count = 1
    while _convolve(place, count) < LONG_ENOUGH and count < MOST_PICTURES:
        count *= 2
    return count


def _convolve(place: torch.device, count: int) -> float:
    """Seconds of a plain convolution of so many pictures, after one that warms up; nothing is kept."""
    channels, side, kernel = PLAIN
    layer = torch.nn.Conv2d(channels, channels, kernel, padding="same", bias=False, device=place)
    images = torch.rand(count, channels, side, side, device=place)
    with torch.inference_mode(), autocast(place, precision(place)):
        layer(images)
        wait(place)
        started = time.perf_counter()
        layer(images)
        wait(place)
    return time.perf_counter() - started


def pace_of(place: torch.device) -> float:
    """Multiply-adds a second of a plain 3 × 3 convolution of 256 channels, now: what an estimate of seconds goes by."""
    channels, side, kernel = PLAIN
    count = _enough(place)
    return count * channels**2 * kernel**2 * side**2 / _convolve(place, count)


def median_interval(times: NDArray[np.float64]) -> tuple[float, float]:
    """The ends of the 95 % interval of a median, from ordered values alone; all there is where there are fewer than 6.

    times: (n,). Whatever they are spread like, the median lies between the k-th smallest and the k-th largest with a
    chance that the binomial distribution knows. Source: David & Nagaraja 2003, "Order Statistics", section 7.1.
    """
    from scipy.stats import binom

    ordered = np.sort(times)
    outside = int(binom.ppf(0.025, len(ordered), 0.5))  # P(X < outside) < 0.025
    low = max(0, outside - 1)
    return float(ordered[low]), float(ordered[-1 - low])
