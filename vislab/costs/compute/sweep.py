"""Costs over resolution and batch: all models at every point, interleaved, so that a slow minute hits them alike."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from vislab.costs.compute.energy import energy_of, open_counter
from vislab.costs.compute.layers import count_layers
from vislab.costs.compute.memory import disk_bytes, own_bytes, peak_bytes
from vislab.costs.compute.sweep_result import Missing, Point, Sweep
from vislab.costs.compute.timing import (
    answer,
    check_size,
    pace_of,
    pictures,
    place_of,
    seconds_of,
    wait,
)
from vislab.errors import VislabError
from vislab.models.build import Model
from vislab.system.devices import device_name, is_out_of_memory
from vislab.system.malloc import keep_freed_memory
from vislab.system.memory import shortage

SIZES, BATCHES, REPEATS = (64, 96, 128), (1, 4, 16), 9
LEAST = 6  # repeats from which on a median has a 95 % interval
ENERGY_SECONDS = 0.5  # of work at each point, where energy is counted
WARM_UP = 2  # answers that are not timed: they choose algorithms and take memory


def sweep_costs(
    models: Mapping[str, Model],
    sizes: Sequence[int] = SIZES,
    batches: Sequence[int] = BATCHES,
    repeats: int = REPEATS,
) -> Sweep:
    """Time every model at every size and batch, and say what each needs; the result prints as a table.

    models: by name, of vl.build, vl.adapt or vl.pretrained, all on one device. sizes: pixels a side. batches: pictures
    at once. repeats: how often each point is timed, at least 6. One repeat goes through all points, and at each point
    through all models, whose order turns; nobody is timed twice running. Points that the memory does not hold are
    left out, with the reason. Raises VislabError where an argument makes no sense.
    """
    named = _check(models, sizes, batches, repeats)
    keep_freed_memory()
    training = {name: model.training for name, model in named.items()}
    for model in named.values():
        model.eval()
    try:
        return _sweep(named, sorted(set(sizes)), sorted(set(batches)), repeats)
    finally:
        for name, model in named.items():
            model.train(training[name])


def _sweep(models: dict[str, Model], sizes: list[int], batches: list[int], repeats: int) -> Sweep:
    place = place_of(next(iter(models.values())))
    counter, why = open_counter(place)
    points, missing = [], []
    for size in sizes:
        for name, model in models.items():
            for point in expect(name, model, size, batches):
                found = _prepare(model, point, counter, why)
                points += [found] if isinstance(found, Point) else []
                missing += [found] if isinstance(found, Missing) else []
    order = sorted(points, key=lambda point: (point.size, point.batch))
    times: list[list[float]] = [[] for _ in order]
    given = {(point.size, point.batch): pictures(point.batch, point.size, point.size) for point in order}
    paces = []
    for repeat in range(repeats):
        paces.append(pace_of(place))
        for group in _groups(order):
            turn = repeat % len(group)
            for at in group[turn:] + group[:turn]:
                point = order[at]
                times[at].append(seconds_of(models[point.model], given[point.size, point.batch]))
    pace = float(np.median(paces))
    told = tuple(
        replace(point, times=tuple(mine), estimate=point.macs * point.batch / pace)
        for point, mine in zip(order, times, strict=True)
    )
    about = {
        name: {
            "task": _task(model),
            "parameters": sum(one.numel() for one in model.parameters()),
            "disk_bytes": disk_bytes(model),
        }
        for name, model in models.items()
    }
    return Sweep(told, tuple(missing), about, device_name(place), pace)


def expect(name: str, model: Model, size: int, batches: Sequence[int], pace: float = math.inf) -> list[Point]:
    """Points as arithmetic alone has them, before anything is timed: estimates, and no times. pace: as in Sweep."""
    layers = count_layers(model, size)
    return [
        Point(name, _task(model), size, batch, (), layers.macs, batch * layers.macs / pace, 0,
              own_bytes(model) + batch * layers.working, batch * layers.activations, None)
        for batch in batches
    ]  # fmt: skip


def _groups(order: list[Point]) -> list[list[int]]:
    """The places of the points that share size and batch, in their order."""
    found: dict[tuple[int, int], list[int]] = {}
    for at, point in enumerate(order):
        found.setdefault((point.size, point.batch), []).append(at)
    return list(found.values())


def _prepare(model: Model, point: Point, counter: Any, why: str) -> Point | Missing:
    """Warm up and measure what needs no repeats, or say why the point cannot be had."""
    place = place_of(model)
    what = f"{point.batch} pictures of {point.size} px" if point.batch > 1 else f"a picture of {point.size} px"
    images = pictures(point.batch, point.size, point.size)

    def work() -> int:
        answer(model, images)
        wait(place)
        return point.batch

    if lacking := shortage(point.memory_estimate - own_bytes(model), place):
        return Missing(point.model, point.task, point.size, point.batch, f"{what}: {lacking}")
    try:
        for _ in range(WARM_UP):
            work()
        memory = peak_bytes(model, point.size, point.size, point.batch)
        energy, told = energy_of(work, counter, why, ENERGY_SECONDS)
        return replace(point, memory=memory, energy=energy, no_energy="" if energy else told)
    except Exception as error:
        if is_out_of_memory(error):
            told = f"memory ran out on {what}"
        else:  # a model that was not made for such pictures: the others go on
            told = f"it does not answer {what} ({str(error).splitlines()[0] if str(error) else type(error).__name__})"
    if place.type == "cuda":
        torch.cuda.empty_cache()
    return Missing(point.model, point.task, point.size, point.batch, told)


def _task(model: Model) -> str:
    return str(getattr(model, "task", "model"))


def _check(models: Any, sizes: Any, batches: Any, repeats: Any) -> dict[str, Model]:
    if not isinstance(models, Mapping):
        raise VislabError(f'give models by name, as {{"ours": model}}, not as {type(models).__name__}')
    if not models:
        raise VislabError("there is no model to measure; give at least one, by name")
    for name, model in models.items():
        if not all(hasattr(model, part) for part in ("answer", "parameters", "training")):
            raise VislabError(
                f"{name}: models come from vl.build, vl.adapt or vl.pretrained, not as {type(model).__name__}"
            )
    if len(places := {str(place_of(model)) for model in models.values()}) > 1:
        raise VislabError(f"the models are on {' and '.join(sorted(places))}; move them to one device to compare them")
    for what, values in (("sizes", sizes), ("batches", batches)):
        if not isinstance(values, (list, tuple, range)) or not len(values):
            raise VislabError(f"{what} must be a list of at least one number, such as (1, 8), not {values!r}")
    for size in sizes:
        check_size(size)
    for batch in batches:
        if not isinstance(batch, int) or isinstance(batch, bool) or batch < 1:
            raise VislabError(f"a batch is a number of pictures from 1 on, not {batch!r}")
    if not isinstance(repeats, int) or repeats < LEAST:
        raise VislabError(f"repeats must be {LEAST} or more, as fewer give a median no 95 % interval, not {repeats!r}")
    return {str(name): model for name, model in models.items()}
