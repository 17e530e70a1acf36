"""Costs over resolution and batch: all models at every point, interleaved, so that a slow minute hits them alike."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby
from typing import Any

import numpy as np
import torch

from vislab.costs.compute.energy import Counter, energy_of, open_counter
from vislab.costs.compute.layers import count_layers
from vislab.costs.compute.memory import disk_bytes, own_bytes, peak_bytes
from vislab.costs.compute.sweep_result import Missing, Point, Sweep
from vislab.costs.compute.timing import (
    answer_and_wait,
    check_size,
    device_of,
    evaluating,
    pace_of,
    pictures,
    time_round,
)
from vislab.errors import VislabError, is_whole
from vislab.models.build import Model
from vislab.system.devices import device_name, is_out_of_memory
from vislab.system.memory import keeping_freed_memory, shortage
from vislab.system.threads import Load

SIZES, BATCHES, REPEATS = (64, 96, 128), (1, 4, 16), 9
LEAST = 6  # repeats that a median needs to have a 95 % interval
ENERGY_SECONDS = 0.5  # of work at each point, if energy is counted
WARM_UP = 2  # answers that are not timed: they choose algorithms and take memory


def sweep_costs(
    models: Mapping[str, Model], sizes: Sequence[int] = SIZES, batches: Sequence[int] = BATCHES, repeats: int = REPEATS
) -> Sweep:
    """Time every model at every size and batch, and say what each needs; the result prints as a table.

    models: by name, of vl.build, vl.adapt or vl.pretrained, all on one device. sizes: pixels a side. batches: pictures
    at once. repeats: how often each point is timed, at least 6. One repeat goes through all points, and at each point
    through all models, each time beginning with another; no model is timed twice running. Points that do not fit into
    memory are left out, with the reason. Raises VislabError if an argument makes no sense.
    """
    _check(models, sizes, batches, repeats)
    named = {str(name): model for name, model in models.items()}
    load = Load()
    with keeping_freed_memory(), evaluating(*named.values()):
        sweep = _sweep(named, sorted(set(sizes)), sorted(set(batches)), repeats)
    return replace(sweep, load=load.words())


def _sweep(models: dict[str, Model], sizes: list[int], batches: list[int], repeats: int) -> Sweep:
    device = device_of(next(iter(models.values())))
    counter, why = open_counter(device)
    prepared = [
        _prepare(model, point, counter, why)
        for size in sizes
        for name, model in models.items()
        for point in expect(name, model, size, batches)
    ]
    points = sorted((p for p in prepared if isinstance(p, Point)), key=lambda point: (point.size, point.batch))
    times, pace = _time(models, points, repeats, device)
    timed = tuple(
        replace(point, times=tuple(seconds), estimate=point.macs * point.batch / pace)
        for point, seconds in zip(points, times, strict=True)
    )
    about = {
        name: {"task": _task(model), "parameters": sum(weights.numel() for weights in model.parameters()),
               "disk_bytes": disk_bytes(model)}
        for name, model in models.items()
    }  # fmt: skip
    missing = tuple(point for point in prepared if isinstance(point, Missing))
    return Sweep(timed, missing, about, device_name(device), pace)


def expect(name: str, model: Model, size: int, batches: Sequence[int], pace: float = math.inf) -> list[Point]:
    """The points before anything is timed: estimates from arithmetic alone, no times. pace: as in Sweep."""
    layers = count_layers(model, size)
    return [
        Point(name, _task(model), size, batch, (), layers.macs, batch * layers.macs / pace, 0,
              own_bytes(model) + batch * layers.working, batch * layers.activations, None)
        for batch in batches
    ]  # fmt: skip


def _time(
    models: dict[str, Model], points: list[Point], repeats: int, device: torch.device
) -> tuple[list[list[float]], float]:
    """The seconds of every point, one a repeat, and the device's median pace meanwhile."""
    groups = [list(group) for _, group in groupby(range(len(points)), lambda i: (points[i].size, points[i].batch))]
    images = {(point.size, point.batch): pictures(point.batch, point.size, point.size) for point in points}
    times: list[list[float]] = [[] for _ in points]
    paces = []
    for repeat in range(repeats):
        paces.append(pace_of(device))
        for group in groups:
            work = [(models[points[i].model], images[points[i].size, points[i].batch]) for i in group]
            for index, seconds in zip(group, time_round(work, repeat), strict=True):
                times[index].append(seconds)
    return times, float(np.median(paces))


def _prepare(model: Model, point: Point, counter: Counter | None, why: str) -> Point | Missing:
    """Warm up and measure what needs no repeats, or say why the point cannot be measured."""
    device = device_of(model)
    what = f"{point.batch} pictures of {point.size} px" if point.batch > 1 else f"a picture of {point.size} px"
    missing = partial(Missing, point.model, point.task, point.size, point.batch)
    if lacking := shortage(point.memory_estimate - own_bytes(model), device):
        return missing(f"{what}: {lacking}")
    work = partial(answer_and_wait, model, pictures(point.batch, point.size, point.size))
    try:
        for _ in range(WARM_UP):
            work()
        memory = peak_bytes(model, point.size, point.size, point.batch)
        energy, note = energy_of(work, counter, why, ENERGY_SECONDS)
        return replace(point, memory=memory, energy=energy, no_energy="" if energy else note)
    except Exception as error:
        if is_out_of_memory(error):
            trouble = f"memory ran out on {what}"
        else:  # a model that was not made for such pictures: the others go on
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            trouble = f"it does not answer {what} ({reason})"
    if device.type == "cuda":
        torch.cuda.empty_cache()
    return missing(trouble)


def _task(model: Model) -> str:
    return str(getattr(model, "task", "model"))


def _check(models: Any, sizes: Any, batches: Any, repeats: Any) -> None:
    if not isinstance(models, Mapping) or not models:
        raise VislabError(f'give at least one model to measure, by name, as {{"ours": model}}, not {models!r:.60}')
    for name, model in models.items():
        if not all(hasattr(model, part) for part in ("answer", "parameters", "training")):
            kind = type(model).__name__
            raise VislabError(f"{name}: give a model of vl.build, vl.adapt or vl.pretrained, not one of type {kind}")
    devices = sorted({str(device_of(model)) for model in models.values()})
    if len(devices) > 1:
        raise VislabError(f"the models are on {' and '.join(devices)}; move them to one device to compare them")
    for name, values in (("sizes", sizes), ("batches", batches)):
        if not isinstance(values, (list, tuple, range)) or not len(values):
            raise VislabError(f"{name} must be a list of at least one number, such as (1, 8), not {values!r}")
    for size in sizes:
        check_size(size)
    if wrong := [batch for batch in batches if not is_whole(batch)]:
        raise VislabError(f"a batch must be a number of pictures from 1 on, not {wrong[0]!r}")
    if not is_whole(repeats, LEAST):
        raise VislabError(f"repeats must be {LEAST} or more, as fewer give a median no 95 % interval, not {repeats!r}")
