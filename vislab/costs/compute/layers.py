"""Where a model's multiply-adds, parameters and memory are: layer by layer."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode
from torch.utils.hooks import RemovableHandle

from vislab.costs.compute.timing import check_size, device_of, evaluating, forward
from vislab.models.build import Model
from vislab.plotting.tables import lay_out
from vislab.system.devices import autocast, precision

OUTSIDE = "(between layers)"


@dataclass(frozen=True)
class Layer:
    """One layer for one picture.

    name: as the model has it. kind: its class. shape: of its (last) output, without the batch. macs: its own
    multiply-adds. parameters: its own. share: of the model's multiply-adds.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    macs: int
    parameters: int
    share: float


@dataclass(frozen=True)
class Layers:
    """The layers that multiply or learn, in the order in which they work; prints as a table.

    rows: their macs sum to `macs`, as `count_macs` has it. activations: bytes of all layers' outputs together, which
    training must keep. working: the most bytes that one layer's input and output take: what an answer needs at least,
    beside the weights. Both are in the precision in which this device answers, without what functions between layers
    make. note: what is not seen, or "".
    """

    rows: tuple[Layer, ...]
    size: tuple[int, int]
    activations: int
    working: int
    note: str = ""

    @property
    def macs(self) -> int:
        """Multiply-adds of the whole model."""
        return sum(row.macs for row in self.rows)

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.rows)

    def __repr__(self) -> str:
        total = sum(row.parameters for row in self.rows)
        cells = [("layer", "kind", "output", "multiply-adds", "parameters", "share")]
        for row in self.rows:
            shape = " × ".join(map(str, row.shape))
            cells.append((row.name, row.kind, shape, f"{row.macs:,}", f"{row.parameters:,}", f"{row.share:.1%}"))
        cells.append(("all", "", f"of {self.size[0]} × {self.size[1]}", f"{self.macs:,}", f"{total:,}", "100.0%"))
        lines = lay_out(cells, rules=(1, len(cells) - 1), right=(3, 4, 5))
        return "\n".join([*lines, *filter(None, [self.note])])


def count_macs(model: Model, height: int, width: int) -> tuple[int, str]:
    """Multiply-adds of one picture's forward pass, and a note if some are hidden (otherwise "").

    torch.utils.flop_counter counts two operations a multiply-add, in convolutions and matrix products alone;
    torchvision's published "GFLOPs" count one. Custom operators (region pooling, suppression) are not seen.
    """
    image = torch.zeros(1, 3, height, width, device=device_of(model))
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        forward(model, image)
    return counter.get_total_flops() // 2, _hidden(model)


def count_layers(model: Model, size: int | tuple[int, int] = 96) -> Layers:
    """Multiply-adds, parameters and outputs of each layer for one picture of `size` pixels.

    model: ours, or any torch module that takes pictures (1, 3, h, w), in float32. What a model multiplies outside its
    layers, as einsum does, stands in the row of the module that does it. Raises VislabError for an impossible size.
    """
    height, width = check_size(size)
    device = device_of(model)
    with (
        evaluating(model),
        FlopCounterMode(display=False) as counter,
        _Watch(model, counter) as watch,
        torch.inference_mode(),
        autocast(device, precision(device)),
    ):
        forward(model, torch.zeros(1, 3, height, width, device=device))
    total, modules = counter.get_total_flops() // 2, dict(model.named_modules())
    rows = []
    for name, shape in watch.shapes.items():
        layer, macs = modules[name], watch.own[name] // 2
        parameters = sum(weights.numel() for weights in layer.parameters(recurse=False))
        if macs or parameters:
            kind = type(layer).__name__
            rows.append(Layer(name or kind, kind, shape, macs, parameters, macs / total if total else 0.0))
    if rest := watch.own[OUTSIDE] // 2:
        rows.append(Layer(OUTSIDE, "", (), rest, 0, rest / total))
    return Layers(tuple(rows), (height, width), watch.activations, watch.working, _hidden(model))


def _hidden(model: Model) -> str:
    hidden = any("roi" in type(layer).__name__.lower() for layer in model.modules())
    return "at least so many multiply-adds: custom operators hide some" if hidden else ""


class _Watch:
    """Notes each layer's own operations, and the shape and bytes of its output, during one pass."""

    # FlopCounterMode.get_flop_counts goes by the tree of modules, not by who calls whom: it does not tell what a parent
    # multiplies itself if containers in between are not called, or two parents share a module.

    def __init__(self, model: Model, counter: FlopCounterMode) -> None:
        self.counter, self.counted = counter, 0
        self.own: Counter[str] = Counter()  # operations
        self.shapes: dict[str, tuple[int, ...]] = {}  # in the order in which layers end
        self.activations = self.working = 0  # bytes
        self.at_work = [OUTSIDE]  # the layers that have begun, innermost last
        self.hooks: list[RemovableHandle] = []
        for name, layer in model.named_modules():
            self.hooks.append(layer.register_forward_pre_hook(partial(self._begin, name)))
            self.hooks.append(layer.register_forward_hook(partial(self._finish, name)))

    def __enter__(self) -> "_Watch":
        return self

    def __exit__(self, *_: object) -> None:
        self._count()
        for hook in self.hooks:
            hook.remove()

    def _count(self) -> None:
        """Give the innermost layer at work all that was multiplied since the last count."""
        total = self.counter.get_total_flops()
        self.own[self.at_work[-1]] += total - self.counted
        self.counted = total

    def _begin(self, name: str, layer: nn.Module, inputs: Any) -> None:
        self._count()
        self.at_work.append(name)

    def _finish(self, name: str, layer: nn.Module, inputs: Any, output: Any) -> None:
        self._count()
        self.at_work.pop()
        before, after = _tensors(inputs), _tensors(output)
        self.shapes[name] = tuple(after[0].shape[1:]) if after else ()
        if not list(layer.children()):
            known = {tensor.data_ptr() for tensor in before}
            new = sum(tensor.nbytes for tensor in after if tensor.data_ptr() not in known)  # not what changed in place
            self.activations += new
            self.working = max(self.working, sum(tensor.nbytes for tensor in before) + new)


def _tensors(nested: Any) -> list[Tensor]:
    """All tensors in nested lists, tuples and dicts, in order."""
    if isinstance(nested, Tensor):
        return [nested]
    parts = nested.values() if isinstance(nested, dict) else nested if isinstance(nested, (list, tuple)) else ()
    return [tensor for part in parts for tensor in _tensors(part)]
