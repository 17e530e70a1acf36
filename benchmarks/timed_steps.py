"""Seconds of training steps one by one, without the loop around them."""

import time

import torch

from vislab.data.batches import take
from vislab.data.scenes import Scenes
from vislab.models.build import Model
from vislab.system.devices import autocast
from vislab.training.optimiser import optimisers

WARM_UP = 3


def time_steps(model: Model, scenes: Scenes, steps: int, precision: str) -> list[float]:
    """Seconds of each step on all these pictures, on the CPU, after three to warm up."""
    model.to(memory_format=torch.channels_last)
    moved_by = optimisers(model, model.optimiser, model.rate, "cpu")
    times = []
    for _ in range(WARM_UP + steps):
        started = time.perf_counter()
        with autocast("cpu", precision):
            loss = model.loss(take(scenes, torch.arange(len(scenes))))
        model.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        for optimiser in moved_by:
            optimiser.step()
        times.append(time.perf_counter() - started)
    return times[WARM_UP:]
