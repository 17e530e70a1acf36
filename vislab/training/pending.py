"""Losses on their way from the device: on a GPU, Python may go on before a step is done."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from vislab.errors import VislabError


class Pending(NamedTuple):
    """The loss of a step, read later.

    chosen: int64 (b,), the step's pictures. seen: pictures trained on up to then, its own included.
    loss: of its own memory on the CPU, a number once the device has reached `ready` (None: at once).
    """

    chosen: Tensor
    seen: int
    loss: Tensor
    ready: torch.cuda.Event | None

    @classmethod
    def send(cls, loss: Tensor, chosen: Tensor, seen: int) -> "Pending":
        """Send for a loss that lies on its device, without waiting for it."""
        gpu = loss.device.type == "cuda"
        there = torch.empty(loss.shape, dtype=loss.dtype, pin_memory=gpu).copy_(loss, non_blocking=gpu)
        ready = torch.cuda.Event() if gpu else None  # type: ignore[no-untyped-call]
        if ready is not None:
            ready.record(torch.cuda.current_stream(loss.device))
        return cls(chosen, seen, there, ready)

    def wait(self) -> float:
        """The loss; waits for the device if that has not come so far."""
        if self.ready is not None:
            self.ready.synchronize()
        return self.loss.item()


def check_loss(loss: float, step: int, names: Sequence[str], rate: float) -> None:
    """Raise VislabError unless the loss of a step, counted from 1, on pictures of these names, is a number."""
    if not math.isfinite(loss):
        more = " and more" if len(names) > 8 else ""
        raise VislabError(
            f"step {step}: the loss is {loss}, on pictures {', '.join(names[:8])}{more}; "
            f"look at these pictures, or train with a lower rate= than {rate:g}"
        )
