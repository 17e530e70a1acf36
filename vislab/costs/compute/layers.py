"""Where a model's multiply-adds, parameters and memory are: layer by layer."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from vislab.costs.compute.timing import check_size, forward, place_of
from vislab.models.build import Model
from vislab.plotting.tables import lay_out
from vislab.system.devices import autocast, precision

OUTSIDE = "(between layers)"


@dataclass(frozen=True)
class Layer:
    """One layer for one picture.

    name: as the model has it. kind: its class. shape: of what it gives, without the batch; of the last time where it
    works several times. macs: its own multiply-adds. parameters: its own. share: of the whole model's multiply-adds.
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

    rows: their macs sum to `macs`, as `count_macs` has it. note: what is not seen, or "".
    activations: bytes of all layers' outputs together, which training must keep. working: bytes of the layer that has
    most at once, its input and output: what an answer needs at least, beside the weights. Both in the precision in
    which this device answers; what functions between layers make is not seen.
    """

    rows: tuple[Layer, ...]
    size: tuple[int, int]
    activations: int
    working: int
    note: str = field(default="")

    @property
    def macs(self) -> int:
        """Of the whole model."""
        return sum(row.macs for row in self.rows)

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        total = sum(row.parameters for row in self.rows)
        cells = [("layer", "kind", "output", "multiply-adds", "parameters", "share")]
        cells += [
            (row.name, row.kind, " × ".join(map(str, row.shape)), f"{row.macs:,}", f"{row.parameters:,}",
             f"{row.share:.1%}")
            for row in self.rows
        ]  # fmt: skip
        cells.append(("all", "", f"of {self.size[0]} × {self.size[1]}", f"{self.macs:,}", f"{total:,}", "100.0%"))
        lines = lay_out(cells, rules=(1, len(cells) - 1), right=(3, 4, 5))
        return "\n".join([*lines, *([self.note] if self.note else [])])


def count_macs(model: Model, height: int, width: int) -> tuple[int, str]:
    """Multiply-adds of one picture's forward pass, and a note where some are hidden ("" where none are).

    torch.utils.flop_counter counts two operations a multiply-add, in convolutions and matrix products alone;
    torchvision's published "GFLOPs" count one. Custom operators (region pooling, suppression) are not seen.
    """
    image = torch.zeros(1, 3, height, width, device=place_of(model))
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        forward(model, image)
    return counter.get_total_flops() // 2, _hidden(model)


def _hidden(model: Model) -> str:
    hidden = any("roi" in type(layer).__name__.lower() for layer in model.modules())
    return "at least so many multiply-adds: custom operators hide some" if hidden else ""


def count_layers(model: Model, size: int | tuple[int, int] = 96) -> Layers:
    """Multiply-adds, parameters and outputs of each layer for one picture of `size` pixels.

    model: ours, or any torch module that takes pictures (1, 3, h, w), in float32. What a model multiplies outside its
    layers, as einsum does, stands in the row of the module that does it. Raises VislabError for a size that is none.
    """
    height, width = check_size(size)
    place, was_training = place_of(model), model.training
    model.eval()
    try:
        with torch.inference_mode(), autocast(place, precision(place)), FlopCounterMode(display=False) as counter:
            watched = _Watch(model, counter)
            try:
                forward(model, torch.zeros(1, 3, height, width, device=place))
            finally:
                watched.end()
    finally:
        model.train(was_training)
    total = counter.get_total_flops() // 2
    rows = [
        Layer(name, type(layer).__name__, watched.shapes[name], watched.own[name] // 2, learned,
              watched.own[name] / (2 * total) if total else 0.0)
        for name, layer in watched.called.items()
        if (learned := sum(one.numel() for one in layer.parameters(recurse=False))) or watched.own[name]
    ]  # fmt: skip
    rest = total - sum(row.macs for row in rows)
    if rest:
        rows.append(Layer(OUTSIDE, "", (), rest, 0, rest / total))
    return Layers(tuple(rows), (height, width), watched.kept, watched.most, _hidden(model))


class _Watch:
    """Hears every layer begin and end during one pass, and reads the counter of operations at both."""

    def __init__(self, model: Model, counter: Any) -> None:
        self.counter = counter
        self.called: dict[str, torch.nn.Module] = {}
        self.own: dict[str, int] = {}  # operations, those of layers inside left out
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.kept = self.most = 0  # bytes
        self.stack: list[list[int]] = []  # operations at the start, and those of layers inside
        self.handles: list[Any] = []
        for name, layer in model.named_modules():
            self.handles.append(layer.register_forward_pre_hook(self._begin))
            self.handles.append(layer.register_forward_hook(self._ended(name or type(model).__name__)))

    def end(self) -> None:
        for handle in self.handles:
            handle.remove()

    def _begin(self, layer: torch.nn.Module, given: Any) -> None:
        self.stack.append([self.counter.get_total_flops(), 0])

    def _ended(self, name: str) -> Any:
        def hear(layer: torch.nn.Module, given: Any, gave: Any) -> None:
            started, inside = self.stack.pop()
            spent = self.counter.get_total_flops() - started
            if self.stack:
                self.stack[-1][1] += spent
            self.called[name] = layer
            self.own[name] = self.own.get(name, 0) + spent - inside
            came, went = _tensors(given), _tensors(gave)
            self.shapes[name] = tuple(went[0].shape[1:]) if went else ()
            if not any(True for _ in layer.children()):
                before = {one.data_ptr() for one in came}
                new = sum(one.nbytes for one in went if one.data_ptr() not in before)  # not what is changed in place
                self.kept += new
                self.most = max(self.most, sum(one.nbytes for one in came) + new)

        return hear


def _tensors(held: Any) -> list[torch.Tensor]:
    """All tensors in nested lists, tuples and dicts, in order."""
    if isinstance(held, torch.Tensor):
        return [held]
    parts = held.values() if isinstance(held, dict) else held if isinstance(held, (list, tuple)) else ()
    return [tensor for part in parts for tensor in _tensors(part)]
