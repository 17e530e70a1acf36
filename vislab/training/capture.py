"""A training step as one CUDA graph: a GPU gets all its kernels at once, instead of one by one from Python.

Source: "Whole-network capture" in PyTorch's notes on CUDA semantics. Nothing in a captured step may wait for the GPU.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from vislab.data.batches import Batch
from vislab.system.console import say

WARM_UP = 3  # plain steps before the capture, as in PyTorch's notes: they make the optimisers' averages, too
LOSS_ROUNDING = 1e-2  # of the loss: bfloat16 keeps three digits of a number
WAY_ROUNDING = 0.1  # of the way that a step moves a tensor, on average over tensors: rounding may turn a way near 0


class Graph(NamedTuple):
    """A captured step: the memory that it reads its batch from, what takes it, the memory that then has its loss."""

    inputs: Batch
    replay: Callable[[], None]
    loss: Tensor


class Records(Protocol):
    """What runs a step plainly as it will be captured, and what captures it."""

    def plainly(self, step: Callable[[], Tensor], may_wait: bool) -> Tensor:
        """Take a step; raises RuntimeError if it waits for the device and may not."""

    def capture(self, step: Callable[[], Tensor]) -> tuple[Callable[[], None], Tensor]:
        """What takes the same step again, and the tensor that then has its loss; takes no step yet."""


class CapturedStep:
    """Takes steps on batches of one shape: plainly at first, then from a graph; for ever plainly if that fails.

    step: learns from a batch and returns the loss. changing: gives all tensors that a step changes.
    """

    def __init__(self, step: Callable[[Batch], Tensor], changing: Callable[[], list[Tensor]], records: Records) -> None:
        self.step, self.changing, self.records = step, changing, records
        self.failed = False
        self.forget()

    def forget(self) -> None:
        """Let go of the graph and its memory; batches may then have another shape."""
        self.steps = 0  # taken since
        self.graph: Graph | None = None

    def __call__(self, batch: Batch) -> Tensor:
        """Learn from a batch; returns the loss, in memory that the next call uses again."""
        if self.graph is not None:
            return _replay(self.graph, batch)
        self.steps += 1
        if self.failed:
            return self.step(batch)
        if self.steps <= WARM_UP:
            return self.records.plainly(lambda: self.step(batch), may_wait=True)
        return self._begin(batch)

    def _begin(self, batch: Batch) -> Tensor:
        """Take a step plainly, go back, take it from a graph, and compare: the first that the graph takes."""
        tensors = self.changing()
        before = _copies(tensors)
        try:
            expected = self.records.plainly(lambda: self.step(batch), may_wait=False).clone()
            after = _copies(tensors)
            _put_back(tensors, before)
            inputs = Batch._make(None if level is None else level.clone() for level in batch)
            self.graph = Graph(inputs, *self.records.capture(lambda: self.step(inputs)))
            loss = _replay(self.graph, batch)
            trouble = _other_loss(loss, expected) or _other_way(before, after, tensors)
        except Exception as error:
            trouble = (str(error) or type(error).__name__).splitlines()[0]
        else:
            if not trouble:
                return loss
        # Out of the except block, so that the frames that hold the failed step's tensors are gone.
        self.forget()
        self.failed = True
        _put_back(tensors, before)
        say(f"steps are not captured for the GPU, and take longer: {trouble}")
        return self.step(batch)


def _replay(graph: Graph, batch: Batch) -> Tensor:
    for mine, given in zip(graph.inputs, batch, strict=True):
        if mine is not None and given is not None:
            mine.copy_(given)
    graph.replay()
    return graph.loss


def _copies(tensors: list[Tensor]) -> list[Tensor]:
    return [tensor.clone() for tensor in tensors]


def _put_back(tensors: list[Tensor], values: list[Tensor]) -> None:
    for tensor, value in zip(tensors, values, strict=True):
        tensor.copy_(value)


def _other_loss(loss: Tensor, expected: Tensor) -> str:
    """How the loss of a captured step differs from that of the plain one; "" if by rounding alone."""
    same = torch.isclose(loss, expected, rtol=LOSS_ROUNDING, equal_nan=True)
    return "" if same else f"the loss was {loss.item():g}, and {expected.item():g} without a capture"


def _other_way(before: list[Tensor], after: list[Tensor], captured: list[Tensor]) -> str:
    """How a captured step moved tensors otherwise than the plain one did, from before to after; "" if alike."""
    shares = []
    for start, end, ended in zip(before, after, captured, strict=True):
        way, apart = (end - start).float().norm(), (ended - end).float().norm()
        shares.append((apart / way).nan_to_num(0.0).clamp_max(1))  # 0 / 0: it does not move
    apart = torch.stack(shares).mean()
    return "" if apart <= WAY_ROUNDING else f"weights ended {apart.item():.0%} of their way elsewhere than without"


class Recorder:
    """Runs and captures steps on a stream beside the one in use, as PyTorch asks."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        with torch.cuda.device(device):
            self.stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]

    def plainly(self, step: Callable[[], Tensor], may_wait: bool) -> Tensor:
        """Take a step; raises RuntimeError if it waits for the device and may not."""
        with torch.cuda.device(self.device), _waiting(may_wait):
            self.stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(self.stream):
                loss = step()
            torch.cuda.current_stream().wait_stream(self.stream)
        return loss

    def capture(self, step: Callable[[], Tensor]) -> tuple[Callable[[], None], Tensor]:
        """What takes the same step again, and the tensor that then has its loss; takes no step yet."""
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.device(self.device):
            chance = torch.cuda.default_generators[torch.cuda.current_device()]
            state = chance.clone_state()
            try:
                with torch.cuda.graph(graph, stream=self.stream):
                    loss = step()
            except Exception:
                chance.graphsafe_set_state(state)  # a capture that fails may leave its mark on torch's random numbers
                raise
        return graph.replay, loss


@contextmanager
def _waiting(allowed: bool) -> Iterator[None]:
    """Let torch raise RuntimeError where the block waits for the GPU, unless it may."""
    before = torch.cuda.get_sync_debug_mode()
    torch.cuda.set_sync_debug_mode(before if allowed else "error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode(before)
