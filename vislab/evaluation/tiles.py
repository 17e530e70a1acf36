"""What a model predicts of one picture of any size: padded to the encoder's stride, and in tiles if it is large.

What goes through the network in tiles are its numbers; they are put together for the whole picture, which is then
answered once. So no object is ever cut at the edge of a tile, and there is nothing to merge.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import pad

from vislab.data.batches import to_float
from vislab.errors import VislabError
from vislab.evaluation.predict import threshold_of
from vislab.models.build import MODELS, Model
from vislab.models.encoder import STRIDE, Features
from vislab.models.predictions import InstancePrediction, Prediction
from vislab.system.devices import autocast, precision
from vislab.system.memory import refuse_beyond
from vislab.system.threads import choose_threads, using

TILE = 1280  # pixels a side of the largest part that goes through the network at once
# Pixels at a tile's inner edges that are not kept, as the network does not see what lies beyond. Those of our own
# encoder and heads depend on less than 100 pixels around (tests/evaluation/test_tiles.py).
MARGIN = 128
BYTES = 60  # a pixel, and 12 more for each class: the numbers of the whole picture, and the work of answering
COARSE = ("classification", "regression")  # tasks whose heads see the whole picture, at an eighth of its side


def predict_picture(model: Model, pixels: NDArray[np.uint8], picture: str = "picture") -> Prediction:
    """What a model of `vl.build` predicts of one picture, uint8 (h, w, 3), of any size; on the CPU.

    picture: its id. The result is that of the whole picture, with zeros where its sides are filled up to multiples of
    16, up to the rounding of sums. The one exception is a backbone that looks at the whole picture in its inner layers
    (squeeze-and-excitation): in a picture beyond 1280 px it looks at a tile.
    Raises VislabError for a model of another kind, or if the picture is too large for the memory.
    """
    if not isinstance(model, tuple(MODELS.values())):
        raise VislabError(f"pictures of any size need a model of vl.build, not {type(model).__name__}")
    height, width = pixels.shape[:2]
    needed = height * width * (BYTES + 12 * len(model.vocabulary.classes))
    mend = "cut it, or shrink it"
    refuse_beyond(needed, torch.device("cpu"), f"{picture}: {height:,} × {width:,} pixels", mend)
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    try:
        with (
            torch.inference_mode(),
            autocast(device, precision(device)),
            using(choose_threads(min(height, TILE) * min(width, TILE), device)),
        ):
            image = to_float(torch.from_numpy(pixels.transpose(2, 0, 1)[None].copy()))  # (1, 3, h, w)
            normal = model.encoder.normalise(image.to(device))
            raw = _numbers(model, pad(normal, (0, -width % STRIDE, 0, -height % STRIDE)), device)
            if model.task not in COARSE:
                raw = _crop(raw, height, width)
            # A pooling model answers in pixels of the padded picture, whose first pixel is that of the picture itself.
            rows, columns = (math.ceil(side / STRIDE) * STRIDE for side in (height, width))
            size = (rows, columns) if model.task in COARSE else (height, width)
            conclude: Callable[..., Prediction] = model.conclude
            prediction = conclude(raw, size, model.task, (picture,))
            if isinstance(prediction, InstancePrediction):
                prediction = replace(prediction, threshold=threshold_of(model))
            return prediction
    finally:
        model.train(was_training)


def _numbers(model: Model, normal: Tensor, device: torch.device) -> Any:
    """What the model's head gives for a normalised picture (1, 3, h, w), on the CPU."""
    if model.task in COARSE:
        eighth, sixteenth = in_tiles(lambda part: model.encoder.features(part.to(device))[2:], normal)
        none = eighth.new_empty(0)  # the finer features, at which no head looks that pools
        return _to_cpu(model.head(Features(none, none, eighth.to(device), sixteenth.to(device))))
    whole = in_tiles(lambda part: _listed(model.head(model.encoder.features(part.to(device)))), normal)
    return whole[0] if len(whole) == 1 else tuple(whole)


def in_tiles(work: Callable[[Tensor], Sequence[Tensor]], picture: Tensor) -> list[Tensor]:
    """What `work` makes of a picture (1, c, h, w), done in tiles that overlap: maps (1, d, h/s, w/s), on the CPU.

    work: a part of the picture → maps of it; s is the stride of each, a divisor of 16. h, w: multiples of 16.
    """
    height, width = picture.shape[2:]
    wholes: list[Tensor] = []
    for rows, kept_rows in tiles(height):
        for columns, kept_columns in tiles(width):
            parts = work(picture[..., rows, columns])
            if not wholes:
                strides = [(rows.stop - rows.start) // part.shape[2] for part in parts]
                wholes = [
                    torch.empty(*part.shape[:2], height // stride, width // stride, dtype=part.dtype)
                    for part, stride in zip(parts, strides, strict=True)
                ]
            for whole, part, stride in zip(wholes, parts, strides, strict=True):
                inside = _scaled(kept_rows, stride, rows.start), _scaled(kept_columns, stride, columns.start)
                whole[..., _scaled(kept_rows, stride), _scaled(kept_columns, stride)] = part[..., *inside].cpu()
    return wholes


def tiles(side: int) -> Iterator[tuple[slice, slice]]:
    """The tiles along a side, a multiple of 16: from where to where each reaches, and which part of it is kept."""
    step = TILE - 2 * MARGIN
    count = max(1, math.ceil((side - 2 * MARGIN) / step))
    for number in range(count):
        start, stop = number * step, min(number * step + TILE, side)
        first, last = number == 0, number == count - 1
        yield slice(start, stop), slice(0 if first else start + MARGIN, side if last else stop - MARGIN)


def _scaled(part: slice, stride: int, start: int = 0) -> slice:
    return slice((part.start - start) // stride, (part.stop - start) // stride)


def _listed(raw: Any) -> list[Tensor]:
    return [raw] if isinstance(raw, Tensor) else list(raw)


def _crop(raw: Any, height: int, width: int) -> Any:
    """The maps without what was filled up."""
    if isinstance(raw, Tensor):
        return raw[..., :height, :width]
    return tuple(each[..., :height, :width] for each in raw)


def _to_cpu(raw: Any) -> Any:
    moved = [each.cpu() for each in raw]
    return type(raw)(*moved) if hasattr(raw, "_fields") else tuple(moved)
