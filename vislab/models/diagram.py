"""A model's parts as a figure: what each step does, and the size of what comes out of it, measured in a real pass."""

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from vislab.errors import VislabError
from vislab.models.backbone import Backbone
from vislab.models.encoder import STRIDE
from vislab.plotting.figures import Sheet
from vislab.plotting.flow_chart import FlowChart

SCALES = ("half", "quarter", "eighth", "sixteenth")  # of the picture's side
PARTS = ("stem", *SCALES[1:])  # of our own encoder, that give its features
FEATURES, STEP, ACROSS, ANSWER = "#56B4E933", "#FFFFFF", "#E69F0038", "#009E732C"  # fills: the palette, see-through
ORDER = "Sizes are channels × height × width; 3 × 3 is a convolution."


def diagram(model: nn.Module, size: int = 96) -> Sheet:
    """An encoder's residual blocks, or a segmenter's decoder and head, with channels × height × width at every step.

    model: an encoder, a semantic or an instance segmenter: the package's or the course's. size: pixels a side of the
    picture that goes through it to be measured. Raises VislabError for another model, and a size no multiple of 16.
    """
    if size < STRIDE or size % STRIDE:
        raise VislabError(f"size is a multiple of {STRIDE} pixels, such as 96, not {size}")
    if all(hasattr(model, name) for name in PARTS):
        return _draw_encoder(model, _measure(model, size)[0])
    segments = getattr(model, "task", "semantic") in ("semantic", "instance")  # the course's own models have no task
    if segments and hasattr(model, "encoder") and hasattr(model, "decoder"):
        parts = model.get_submodule("decoder").modules()
        if sum(isinstance(part, nn.Conv2d) for part in parts) == 2 * len(SCALES):  # the first, two a step up, the head
            return _draw_segmenter(model, *_measure(model, size))
    raise VislabError(
        f"vl.diagram draws the course's encoder and segmenters, not a {type(model).__name__}; "
        "of another model draw the encoder: vl.diagram(model.encoder)"
    )


def _measure(model: nn.Module, size: int) -> tuple[dict[str, str], Any]:
    """What each part gives, as "24 × 48 × 48", by name in the order in which they end; and what the model gives."""
    sizes: dict[str, str] = {}

    def note(name: str, part: nn.Module, given: Any, output: Any) -> None:
        if isinstance(output, Tensor):
            sizes[name] = _size(output)
        elif isinstance(part, Backbone):  # its layers have names of their own
            sizes.update({f"{name}.{own}": _size(each) for own, each in zip(PARTS, output, strict=True)})

    image = torch.zeros(1, 3, size, size, device=next(model.parameters()).device)
    hooks = [part.register_forward_hook(partial(note, name)) for name, part in model.named_modules()]
    was_training = model.training
    try:
        with torch.inference_mode():
            output = model.eval()(image)
    finally:
        model.train(was_training)
        for hook in hooks:
            hook.remove()
    return {"picture": _size(image)} | sizes, output


def _size(output: Tensor) -> str:
    return " × ".join(map(str, output.shape[1:]))


def _kernel(part: nn.Module) -> str:
    """A part's first convolution as "3 × 3, stride 2"."""
    first = next(layer for layer in part.modules() if isinstance(layer, nn.Conv2d))
    stride = f", stride {first.stride[0]}" if first.stride[0] > 1 else ""
    return f"{first.kernel_size[0]} × {first.kernel_size[1]}{stride}"


def _draw_encoder(encoder: nn.Module, sizes: dict[str, str]) -> Sheet:
    """A row for each step to the next scale, and what the encoder hands out in the left column."""
    parts = dict(encoder.named_modules())
    stem = f"stem: {_kernel(parts['stem'])}"
    chart = FlowChart(
        6.4,
        6.5,
        f"An encoder of residual blocks, step by step. {ORDER} Picture {sizes['picture']}; less its mean colour, "
        f"times 4; {stem}: half {sizes['stem']}.",
    )
    chart.box((0.8, 0.35), f"picture\n{sizes['picture']}", FEATURES)
    chart.box((2.65, 0.35), "less its mean\ncolour, times 4", STEP, width=1.5)
    chart.box((4.45, 0.35), f"{stem}\n{sizes['stem']}", STEP, width=1.5)
    chart.arrow((1.5, 0.35), (1.9, 0.35))
    chart.arrow((3.4, 0.35), (3.7, 0.35))
    chart.arrow((5.2, 0.35), (6.2, 0.35), (6.2, 0.75), (0.8, 0.75), (0.8, 1.15))
    key = "5 × 5, 3 × 3: convolution, normalisation, ReLU\n(a block's second ReLU follows the sum)\n"
    chart.write((1.78, 6.2), f"{key}below: channels × height × width", across="left")
    for row, name in enumerate(SCALES[1:]):
        _draw_block(chart, 1.4 + 1.6 * row, parts, sizes, name)
    for row, (name, part) in enumerate(zip(SCALES, PARTS, strict=True)):
        chart.box((0.8, 1.4 + 1.6 * row), f"{name}\n{sizes[part]}", FEATURES)
    return chart.sheet


def _draw_block(chart: FlowChart, y: float, parts: dict[str, nn.Module], sizes: dict[str, str], name: str) -> None:
    """A residual block: two convolutions, the shortcut below them, their sum, and the way to the next row."""
    first, second, shortcut = (
        f"{_kernel(parts[part])}\n{sizes[part]}" for part in (f"{name}.first", f"{name}.second", f"{name}.shortcut")
    )
    shortcut = f"shortcut: mean of 2 × 2, then {shortcut}"
    chart.frame(1.78, y - 0.5, 5.75, y + 0.9, "residual block")
    chart.box((2.65, y), first, STEP, width=1.5)
    chart.box((4.45, y), second, STEP, width=1.5)
    chart.box((3.6, y + 0.6), shortcut, ACROSS, width=2.6)
    chart.plus((5.5, y))
    chart.write((5.97, y - 0.12), "ReLU")
    chart.arrow((1.5, y), (1.9, y))
    chart.arrow((3.4, y), (3.7, y))
    chart.arrow((5.2, y), (5.39, y))
    chart.arrow((1.65, y), (1.65, y + 0.6), (2.3, y + 0.6))
    chart.arrow((4.9, y + 0.6), (5.5, y + 0.6), (5.5, y + 0.11))
    chart.arrow((5.61, y), (6.2, y), (6.2, y + 1.0), (0.8, y + 1.0), (0.8, y + 1.35))
    path, beside = f"{first}, then {second}".replace("\n", ": "), shortcut.replace("\n", ": ")
    chart.sheet.alt += f" Residual block: {path}; added to it the {beside}; then ReLU: {name} {sizes[name]}."


def _draw_segmenter(model: nn.Module, sizes: dict[str, str], output: Any) -> Sheet:
    """A row for each scale: down the encoder at the left, across, up the decoder at the right, out of the head."""
    parts = dict(model.get_submodule("decoder").named_modules(prefix="decoder"))
    coarse, *up, head = [
        f"{_kernel(parts[name])}\n{size}" for name, size in sizes.items() if isinstance(parts.get(name), nn.Conv2d)
    ]
    top = 0.0 if isinstance(output, Tensor) else 1.05  # room above for the instance head's maps
    rows = [top + 0.35 + 0.95 * row for row in range(1 + len(SCALES))]
    chart = FlowChart(6.95, rows[-1] + 0.4, f"A segmenter, step by step. {ORDER} Picture {sizes['picture']}.")
    chart.frame(0.08, rows[1] - 0.5, 1.52, rows[-1] + 0.33, "encoder")
    chart.frame(1.68, rows[1] - 0.5, 5.12, rows[-1] + 0.33, "decoder: a feature pyramid")
    for y, name, part in zip(rows, ("picture", *SCALES), ("picture", *PARTS), strict=True):
        size = sizes[part if part == "picture" else f"encoder.{part}"]
        chart.box((0.8, y), f"{name}\n{size}", FEATURES, width=1.3)
        if y > rows[0]:
            chart.arrow((0.8, y - 0.7), (0.8, y - 0.25))
            chart.sheet.alt += f" Encoder: {name} {size}."
    chart.box((4.35, rows[-1]), coarse, STEP, width=1.3)
    chart.arrow((1.45, rows[-1]), (3.7, rows[-1]))
    chart.sheet.alt += f" Decoder, from sixteenth: {coarse}.".replace("\n", ": ")
    for y, lateral, together in zip(rows[-2:0:-1], up[::2], up[1::2], strict=True):
        _draw_step_up(chart, y, lateral, together)
    chart.box((6.15, rows[1]), f"head: {head}", STEP, width=1.3)
    chart.arrow((5.0, rows[1]), (5.5, rows[1]))
    chart.arrow((6.15, rows[1] - 0.25), (6.15, rows[0] + 0.25))
    chart.write((6.05, rows[1] - 0.47), "pixel shuffle", across="right")
    chart.sheet.alt += f" Head: {head}; pixel shuffle.".replace("\n", ": ")
    chart.write((5.3, rows[-1]), "3 × 3: a convolution\nbelow: channels ×\nheight × width", across="left")
    _draw_answers(chart, rows[0], output)
    return chart.sheet


def _draw_step_up(chart: FlowChart, y: float, lateral: str, together: str) -> None:
    """The coarser features doubled, the lateral connection added, and a convolution of the sum."""
    chart.box((2.4, y), f"lateral: {lateral}", ACROSS, width=1.3)
    chart.plus((3.35, y))
    chart.box((4.35, y), together, STEP, width=1.3)
    chart.arrow((1.45, y), (1.75, y))
    chart.arrow((3.05, y), (3.24, y))
    chart.arrow((3.46, y), (3.7, y))
    chart.arrow((4.35, y + 0.7), (4.35, y + 0.47), (3.35, y + 0.47), (3.35, y + 0.11))
    chart.write((4.43, y + 0.47), "doubled", across="left")
    step = f"doubled; added to it the lateral connection, {lateral}; then {together}"
    chart.sheet.alt += f" Step up: {step}.".replace("\n", ": ")


def _draw_answers(chart: FlowChart, y: float, output: Any) -> None:
    """The class scores; above an instance head also the maps of centres, offsets and radii."""
    if isinstance(output, Tensor):
        chart.box((6.15, y), f"class scores\n{_size(output)}", ANSWER, width=1.3)
        chart.sheet.alt += f" Class scores: {_size(output)}."
        return
    scores, maps = output
    chart.box((6.15, y), f"all maps\n{_size(torch.cat([scores, maps], 1))}", FEATURES, width=1.3)
    named = {"class scores": scores, "centre heatmap": maps[:, :1], "offsets": maps[:, 1:3], "radius": maps[:, 3:]}
    for x, (name, part) in zip((0.8, 2.6, 4.4, 6.15), named.items(), strict=True):
        chart.box((x, y - 1.0), f"{name}\n{_size(part)}", ANSWER, width=1.3)
        chart.arrow((6.15, y - 0.25), (6.15, y - 0.5), (x, y - 0.5), (x, y - 0.75))
    chart.sheet.alt += " Instance head: " + ", ".join(f"{name} {_size(part)}" for name, part in named.items()) + "."
