"""What a model costs: parameters, multiply-adds, time, memory, energy, training. Estimate beside measurement."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import torch

from vislab.costs.compute.energy import energy_of, open_counter
from vislab.costs.compute.layers import count_layers, count_macs
from vislab.costs.compute.memory import RESIDENT, disk_bytes, own_bytes, peak_bytes, resident_bytes
from vislab.costs.compute.timing import (
    Spread,
    answer_and_wait,
    check_size,
    device_of,
    evaluating,
    pace_of,
    pictures,
    seconds_of,
    spread_of,
    time_round,
)
from vislab.errors import VislabError
from vislab.models.build import Model
from vislab.plotting.tables import lay_out
from vislab.system.devices import device_name, is_out_of_memory
from vislab.system.memory import keeping_freed_memory, refuse_beyond
from vislab.system.threads import Load
from vislab.training.history import History

REPEATS = 50  # timed predictions of one picture
BATCHES = (1, 4, 16, 64, 256)
SECONDS = 0.5  # measured at each batch size, at least one batch
ROUGHLY = (
    "an estimate of seconds is multiply-adds over the pace of a plain 3 × 3 convolution on this machine; an estimate "
    "of memory is the weights and the largest layer's input and output"
)


@dataclass(frozen=True)
class Cost:
    """What one model costs on one machine; None if it was not measured, with the reason in notes.

    parameters: numbers learned. macs: multiply-adds of one picture. latency: seconds from one picture to its answer.
    throughput: pictures a second at `batch`, the batch that gave most. peak_memory: bytes of tensors at once for one
    picture, parameters included. energy: joules a picture. training: seconds. device: its name. size: height and
    width in pixels. repeats: how often latency was timed. notes: field → what a reader must know.
    disk: bytes of the weights' file. activations: bytes of all layers' outputs for one picture, which training keeps.
    resident: bytes of RAM of the whole process. latency_estimate (seconds), memory_estimate (bytes): from arithmetic
    alone, for one picture, to be read beside the measured ones.
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
    disk: int
    activations: int
    resident: int | None
    latency_estimate: float
    memory_estimate: int
    notes: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As results.json has it."""
        return {
            "parameters": self.parameters,
            "macs": self.macs,
            "latency_s": asdict(self.latency),
            "latency_estimate_s": self.latency_estimate,
            "throughput_per_s": self.throughput,
            "peak_memory_bytes": self.peak_memory,
            "memory_estimate_bytes": self.memory_estimate,
            "activations_bytes": self.activations,
            "resident_bytes": self.resident,
            "disk_bytes": self.disk,
            "energy_j": self.energy,
            "training_s": self.training,
            "notes": self.notes,
        }

    def __repr__(self) -> str:
        median, low, high = (1e3 * seconds for seconds in (self.latency.median, self.latency.p10, self.latency.p90))
        slower = self.latency.median / self.latency_estimate
        larger = self.peak_memory / self.memory_estimate
        unknown, times = "not measured", f"{self.repeats} times on {self.device}"
        rows = [
            ("parameters", f"{self.parameters:,}"),
            ("on disk", f"{self.disk / 1e6:,.2f} MB, float32"),
            ("multiply-adds", f"{self.macs / 1e6:,.1f} million a picture of {self.size[0]} × {self.size[1]}"),
            ("latency", f"{median:.1f} ms ({low:.1f} to {high:.1f}), one picture, {times}"),
            ("", f"estimate {1e3 * self.latency_estimate:.2f} ms, measured / estimate {slower:.1f}"),
            ("throughput", f"{self.throughput:,.0f} pictures a second, {self.batch} at a time"),
            ("peak memory", f"{self.peak_memory / 1e6:,.1f} MB of tensors, one picture"),
            ("", f"estimate {self.memory_estimate / 1e6:,.1f} MB, measured / estimate {larger:.1f}"),
            ("activations", f"{self.activations / 1e6:,.1f} MB, one picture's layer outputs, which training keeps"),
            ("resident", unknown if self.resident is None else f"{self.resident / 1e6:,.0f} MB, the whole process"),
            ("energy", unknown if self.energy is None else f"{self.energy:.3g} J a picture"),
            ("training", unknown if self.training is None else f"{self.training:,.1f} s"),
        ]
        return "\n".join([*lay_out(rows), *self.notes.values()])


def measure_cost(
    model: Model, size: int | tuple[int, int] = 96, training: History | None = None, repeats: int = REPEATS
) -> Cost:
    """Measure a model on the device where it is, with pictures of `size` pixels: from uint8 pictures to answers.

    training: its history, which tells how many seconds it trained. repeats: how often one picture is timed.
    Raises VislabError for an impossible size, and if one picture's answer does not fit into memory.
    """
    trainings = {"": training} if training is not None else {}
    return measure_costs({"": model}, size, trainings, repeats)[""]


def measure_costs(
    models: Mapping[str, Model], size: int | tuple[int, int], trainings: Mapping[str, History], repeats: int = REPEATS
) -> dict[str, Cost]:
    """Measure several models, by name, as `measure_cost` does one; a load that comes and goes slows all of them alike.

    One picture is timed in turns, each model `repeats` times.
    """
    height, width = check_size(size)
    for model in models.values():
        working, device = count_layers(model, (height, width)).working, device_of(model)
        # Asking a CPU for more than is free would end the process.
        refuse_beyond(working, device, f"one picture of {height} × {width}", "take a smaller size")
    load = Load()
    with keeping_freed_memory(), evaluating(*models.values()):
        most = [_throughput(model, height, width) for model in models.values()]
        latencies = latencies_of(list(models.values()), height, width, repeats)
        costs = {
            name: _measure(model, height, width, trainings.get(name), repeats, fastest, latency)
            for (name, model), fastest, latency in zip(models.items(), most, latencies, strict=True)
        }
    warning = {"load": load.words()} if load.words() else {}
    return {name: replace(cost, notes=cost.notes | warning) for name, cost in costs.items()}


def _measure(
    model: Model,
    height: int,
    width: int,
    training: History | None,
    repeats: int,
    most: tuple[float, int],
    latency: Spread,
) -> Cost:
    """The cost of a model of which two were measured before: the most pictures a second and their batch; latency."""
    device = device_of(model)
    layers = count_layers(model, (height, width))
    macs, hidden = count_macs(model, height, width)
    throughput, batch = most
    work = partial(answer_and_wait, model, pictures(batch, height, width))
    energy, energy_note = energy_of(work, *open_counter(device))
    resident = resident_bytes(model)
    pace = float(np.median([pace_of(device) for _ in range(5)]))
    notes = {"energy": energy_note, "macs": hidden, "estimate": ROUGHLY, "resident": RESIDENT if resident else ""}
    return Cost(
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        macs=macs,
        latency=latency,
        throughput=throughput,
        batch=batch,
        peak_memory=peak_bytes(model, height, width),
        energy=energy,
        training=None if training is None else training.seconds,
        device=device_name(device),
        size=(height, width),
        repeats=repeats,
        disk=disk_bytes(model),
        activations=layers.activations,
        resident=resident,
        latency_estimate=macs / pace,
        memory_estimate=own_bytes(model) + layers.working,
        notes={name: note for name, note in notes.items() if note},
    )


def latencies_of(models: Sequence[Model], height: int, width: int, repeats: int) -> list[Spread]:
    """Seconds from one uint8 picture to its answer, of each model, timed in turns `repeats` times."""
    image = pictures(1, height, width)
    for model in models:
        seconds_of(model, image, 3)  # the first ones are slower: they choose algorithms
    rounds = [time_round([(model, image) for model in models]) for _ in range(repeats)]
    return [spread_of(times) for times in zip(*rounds, strict=True)]


def _throughput(model: Model, height: int, width: int) -> tuple[float, int]:
    """Most pictures a second, and at which batch; larger batches are tried while they gain and fit into memory."""
    most, best_batch = 0.0, 1
    for batch in BATCHES:
        images = pictures(batch, height, width)
        try:
            once = seconds_of(model, images)
            rate = batch / seconds_of(model, images, max(1, min(100, int(SECONDS / once))))
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            torch.cuda.empty_cache()
            break
        if rate > most:
            most, best_batch = rate, batch
        elif rate < 0.9 * most:
            break
    if not most:
        where = f"this {device_of(model).type}'s memory"
        raise VislabError(f"one picture of {height} × {width} does not fit in {where}; take a smaller size")
    return most, best_batch
