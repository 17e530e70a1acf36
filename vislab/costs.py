"""What a model costs: parameters, multiply-adds, latency, throughput, memory, training. Estimate beside measurement."""

import logging
import os
import platform
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch

from vislab.batches import to_float
from vislab.devices import autocast, precision
from vislab.history import History
from vislab.memory import keep_freed_memory
from vislab.models import Model

REPEATS = 50  # timed predictions of one picture
BATCHES = (1, 4, 16, 64, 256)
SECONDS = 1.0  # measured at each batch size, at least one batch


@dataclass(frozen=True)
class Spread:
    """A measured time in seconds: the median, and between which ends four of five lie."""

    median: float
    p10: float
    p90: float


@dataclass(frozen=True)
class Cost:
    """What one model costs on one machine; None where it was not measured, with the reason in notes.

    parameters: numbers learned. macs: multiply-adds of one picture. latency: seconds from one picture to its answer.
    throughput: pictures a second at `batch`, the batch that gave most. peak_memory: bytes of tensors at once for one
    picture, parameters included. energy: joules a picture. training: seconds. device: its name. size: height and
    width. repeats: how often latency was timed. notes: field → what a reader must know.
    """

    parameters: int
    macs: int
    latency: Spread
    throughput: float
    batch: int
    peak_memory: int
    energy: float | None
    training: float | None
    device: str
    size: tuple[int, int]
    repeats: int
    notes: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As results.json has it."""
        return {
            "parameters": self.parameters,
            "macs": self.macs,
            "latency_s": asdict(self.latency),
            "throughput_per_s": self.throughput,
            "peak_memory_bytes": self.peak_memory,
            "energy_j": self.energy,
            "training_s": self.training,
            "notes": self.notes,
        }

    def __repr__(self) -> str:
        latency = f"{1e3 * self.latency.median:.1f} ms ({1e3 * self.latency.p10:.1f} to {1e3 * self.latency.p90:.1f})"
        told = [
            ("parameters", f"{self.parameters:,}"),
            ("multiply-adds", f"{self.macs / 1e6:,.1f} million a picture of {self.size[0]} × {self.size[1]}"),
            ("latency", f"{latency}, one picture, {self.repeats} times on {self.device}"),
            ("throughput", f"{self.throughput:,.0f} pictures a second, {self.batch} at a time"),
            ("peak memory", f"{self.peak_memory / 1e6:,.1f} MB of tensors, one picture"),
            ("training", "not measured" if self.training is None else f"{self.training:,.1f} s"),
        ]
        wide = max(len(name) for name, _ in told)
        return "\n".join([f"{name:<{wide}}  {value}" for name, value in told] + list(self.notes.values()))


def measure_cost(
    model: Model, size: int | tuple[int, int] = 96, training: History | None = None, repeats: int = REPEATS
) -> Cost:
    """Measure a model where it is, on pictures of `size` pixels: from uint8 pictures to answers.

    training: its history, whose seconds are taken over. repeats: how often one picture is timed.
    Latency is taken with torch.utils.benchmark, which waits for a GPU before it reads the clock.
    """
    keep_freed_memory()
    height, width = (size, size) if isinstance(size, int) else size
    was_training = model.training
    model.eval()
    try:
        macs, note = count_macs(model, height, width)
        throughput, batch = _throughput(model, height, width)
        notes = {"energy": "energy was not measured"} | ({"macs": note} if note else {})
        return Cost(
            parameters=sum(parameter.numel() for parameter in model.parameters()),
            macs=macs,
            latency=_latency(model, height, width, repeats),
            throughput=throughput,
            batch=batch,
            peak_memory=_peak_memory(model, height, width),
            energy=None,
            training=None if training is None else training.seconds,
            device=_device_name(model),
            size=(height, width),
            repeats=repeats,
            notes=notes,
        )
    finally:
        model.train(was_training)


def count_macs(model: Model, height: int, width: int) -> tuple[int, str]:
    """Multiply-adds of one picture's forward pass, and a note where some are hidden ("" where none are).

    torch.utils.flop_counter counts two operations a multiply-add, in convolutions and matrix products alone;
    torchvision's published "GFLOPs" count one. Custom operators (region pooling, suppression) are not seen.
    """
    from torch.utils.flop_counter import FlopCounterMode

    image = torch.zeros(1, 3, height, width, device=next(model.parameters()).device)
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        _forward(model, image)
    hidden = any("roi" in type(layer).__name__.lower() for layer in model.modules())
    return (
        counter.get_total_flops() // 2,
        "at least so many multiply-adds: custom operators hide some" if hidden else "",
    )


def _forward(model: Model, image: torch.Tensor) -> None:
    """One pass; a model that answers straight away (Mask R-CNN) has no forward of its own."""
    if type(model).forward is torch.nn.Module.forward:
        model.answer(image, "", ("",))
    else:
        model(image)


def _answer(model: Model, images: torch.Tensor) -> object:
    """The way every picture goes: bytes to the device, numbers, answer."""
    place = next(model.parameters()).device
    with torch.inference_mode(), autocast(place, precision(place)):
        return model.answer(to_float(images.to(place)), "", ("",) * len(images))


def _pictures(count: int, height: int, width: int) -> torch.Tensor:
    """Random pictures, as a black one may be answered sooner."""
    chance = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (count, 3, height, width), dtype=torch.uint8, generator=chance)


def _latency(model: Model, height: int, width: int, repeats: int) -> Spread:
    timer = _timer(model, _pictures(1, height, width))
    timer.timeit(3)  # the first ones choose algorithms
    times = [timer.timeit(1).median for _ in range(repeats)]
    low, middle, high = np.quantile(times, [0.1, 0.5, 0.9]).tolist()
    return Spread(middle, low, high)


def _timer(model: Model, images: torch.Tensor) -> Any:
    """Times what `_answer` takes for these pictures."""
    # Torch looks for a compiler here, for C++ that nobody asks to be timed, and says what it misses.
    logging.getLogger("torch.utils.cpp_extension").setLevel(logging.ERROR)
    from torch.utils.benchmark import Timer

    names = {"answer": _answer, "model": model, "images": images}
    return Timer("answer(model, images)", globals=names, num_threads=torch.get_num_threads())


def _throughput(model: Model, height: int, width: int) -> tuple[float, int]:
    """Most pictures a second, and at which batch; larger batches are tried while they gain and fit."""
    best, at = 0.0, 1
    for batch in BATCHES:
        timer = _timer(model, _pictures(batch, height, width))
        try:
            once = timer.timeit(1).median
            found = batch / timer.timeit(max(1, min(100, int(SECONDS / once)))).median
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
            break
        if found > best:
            best, at = found, batch
        elif found < 0.9 * best:
            break
    return best, at


def _peak_memory(model: Model, height: int, width: int) -> int:
    """Bytes of tensors at once while one picture is answered, parameters and buffers included."""
    place = next(model.parameters()).device
    image = _pictures(1, height, width)
    _answer(model, image)
    if place.type == "cuda":
        torch.cuda.reset_peak_memory_stats(place)
        _answer(model, image)
        return torch.cuda.max_memory_allocated(place)
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # else the profiler writes its own progress between ours
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        _answer(model, image)
    events = sorted(
        (event.start_ns(), event.nbytes())
        for event in profiler.profiler.kineto_results.events()
        if event.name() == "[memory]"
    )
    held = np.cumsum([size for _, size in events] or [0])
    own = sum(tensor.nbytes for tensor in (*model.parameters(), *model.buffers()))
    return int(max(0, held.max())) + own


def _device_name(model: Model) -> str:
    place = next(model.parameters()).device
    if place.type == "cuda":
        return torch.cuda.get_device_name(place)
    return f"{place.type} ({platform.processor() or platform.machine()}, {torch.get_num_threads()} threads)"
