"""Drawn pictures, with exact truth at every level, endless and without a download.

Each world is a module with VOCABULARY, `contents` and `camera` (what is in a scene and how it is seen, sampled in this
order from one CPU generator and free of size), and `paint` (the pixels and the masks, batched on a device).
"""

import math
import re
from dataclasses import replace
from functools import lru_cache
from importlib import import_module
from typing import Any

import torch
from torch import Tensor

from vislab.data.convert import keep_visible, labels_from_masks
from vislab.data.scenes import Scenes
from vislab.data.synthetic.settings import Parameters, Settings, chance
from vislab.errors import VislabError, is_whole
from vislab.system.devices import pick_device
from vislab.system.memory import refuse_beyond
from vislab.system.threads import choose_threads, using

WORLDS = {
    "smear": "a stained blood film under the microscope: healthy and infected red cells",
    "street": "a street from the driver's seat: sky, houses, trees, road, pavement, cars, people",
    "shelf": "a shop's shelf from the aisle: bottles, cans and boxes in rows, and gaps",
}
SIZES = (64, 512)
BLOCK = 64  # pictures sampled together: part of what a seed means, so it never changes
PIXELS = 2**19  # painted together: what a processor's cache holds
BYTES = 3 + 1 + 2  # a pixel: its colour, class and object


def draw(
    world: str,
    count: int,
    size: int = 96,
    seed: int = 0,
    *,
    difficulty: float = 0.5,
    crowding: float = 0.5,
    objects: int | tuple[int, int] | None = None,
    noise: float = 1.0,
    blur: float = 1.0,
    light: float = 1.0,
    device: str | torch.device = "cpu",
) -> Scenes:
    """Draw pictures of a world with their truth: "smear" (a blood film), "street" or "shelf" (of a shop).

    count: how many; the first k of a larger draw are the same k.
    size: pixels of a side, 64 to 512; the same seed shows the same scenes at every size.
    difficulty: 0 (plain) to 1 (hardly to be seen). crowding: 0 (nothing touches) to 1 (everything touches).
    objects: how many a picture, or a range (low, high), both included; None leaves it to the world.
    noise, blur, light: of the sensor, the lens and the lamp, as multiples of the default, 0 (none) to 4.
    device: where the pixels are drawn and stay.
    Returns Scenes with labels, semantic and instances. Same arguments, same bytes, on the same machine, build and
    device; elsewhere the same scenes up to rounding. Raises VislabError if an argument is none of these, or if the
    result would not fit in memory.
    """
    if world not in WORLDS:
        raise VislabError(f"there is no world {world!r}; choose {' or '.join(WORLDS)}")
    _expect_whole("count", count, 1, None)
    _expect_whole("size", size, *SIZES)
    _expect_whole("seed", seed, 0, None)
    settings = Settings(difficulty, crowding, objects, noise, blur, light)
    device = pick_device(device)
    refuse_beyond(count * size * size * BYTES, device, f"{count:,} pictures of {size} px", "draw fewer or smaller ones")
    fields: dict[str, Any] = {
        "images": torch.empty(count, 3, size, size, dtype=torch.uint8, device=device),
        "labels": torch.empty(count, dtype=torch.int64, device=device),
        "semantic": torch.empty(count, size, size, dtype=torch.uint8, device=device),
        "instances": torch.empty(count, size, size, dtype=torch.int16, device=device),
    }
    classes: list[Tensor] = []  # the classes of each picture's objects
    painter, parameters = _world(world), {}
    chunk = min(BLOCK, 2 ** int(math.log2(PIXELS / size**2)))  # painted together: a power of two, as is BLOCK
    for start in range(0, count, chunk):
        block, row = divmod(start, BLOCK)
        if row == 0:
            parameters = sample(world, seed, block, settings)
        part = {name: values[row : row + chunk] for name, values in parameters.items()}
        with using(choose_threads(chunk * size**2, device)):
            painted = _paint(painter, part, size, device, min(chunk, count - start))
        classes.extend(painted.pop("objects"))
        for name, values in painted.items():
            fields[name][start : start + chunk] = values
    padded = torch.nn.utils.rnn.pad_sequence(classes, batch_first=True)
    ids = tuple(f"{world}-{seed}-{index:06d}" for index in range(count))
    return Scenes(**fields, objects=padded, vocabulary=painter.VOCABULARY, ids=ids)


def sample(world: str, seed: int, block: int, settings: Settings) -> Parameters:
    """What BLOCK pictures hold and how they are seen: one row a picture, free of size."""
    painter, generator = _world(world), chance(world, seed, block)
    parameters: Parameters = painter.contents(generator, BLOCK, settings)
    parameters |= painter.camera(generator, BLOCK, settings)
    return parameters


def _paint(painter: Any, parameters: Parameters, size: int, device: torch.device, count: int) -> dict[str, Any]:
    """The first `count` pictures, as fields of Scenes; all are painted, so that no pixel depends on `count`."""
    on_device = {name: values.to(device) for name, values in parameters.items()}
    images, semantic, ids, classes = (values[:count] for values in painter.paint(on_device, size, device))
    instances, objects = keep_visible(ids, classes)
    labels = labels_from_masks(painter.VOCABULARY, semantic, objects)
    return {"images": images, "labels": labels, "semantic": semantic, "instances": instances, "objects": objects}


def _world(name: str) -> Any:
    return import_module(f"vislab.data.synthetic.{name}")


_ID = re.compile(rf"({'|'.join(WORLDS)})-(\d+)-(\d{{6,}})")


def is_drawn(name: str) -> bool:
    """Whether a picture's id is one that `draw` gives."""
    return _ID.fullmatch(name) is not None


def redraw(name: str, size: int = 96, settings: Settings | None = None, device: str | torch.device = "cpu") -> Scenes:
    """Draw one picture again, at any size and with other settings: Scenes of that picture alone.

    name: its id, as `draw` gave it. size: pixels of a side, 64 to 512. settings: None draws with the defaults.
    The scene is kept for the next call: if only noise, blur, light or size change, nothing else is sampled. With the
    settings it was drawn with, it has the same truth; a few pixels may differ from those of `draw`, which paints many
    pictures together. Raises VislabError if `draw` gives no such id, or if the size is out of bounds.
    """
    parts = _ID.fullmatch(name)
    if parts is None:
        raise VislabError(f"{name!r} is no picture that was drawn; their ids read like smear-0-000012")
    _expect_whole("size", size, *SIZES)
    settings = settings or Settings()
    world, seed, (block, row) = parts[1], int(parts[2]), divmod(int(parts[3]), BLOCK)
    scene, state = _sample_row(world, seed, block, row, replace(settings, noise=1.0, blur=1.0, light=1.0))
    generator = torch.Generator()
    generator.set_state(state)
    painter = _world(world)
    camera = painter.camera(generator, BLOCK, settings)
    parameters = scene | {name: values[row : row + 1] for name, values in camera.items()}
    painted = _paint(painter, parameters, size, pick_device(device), 1)
    return Scenes(**painted, vocabulary=painter.VOCABULARY, ids=(name,))


@lru_cache(maxsize=16)  # some 20 kB each
def _sample_row(world: str, seed: int, block: int, row: int, settings: Settings) -> tuple[Parameters, Tensor]:
    """What one picture of a block holds, one row, and the generator's state from which its camera is sampled."""
    generator = chance(world, seed, block)
    sampled = _world(world).contents(generator, BLOCK, settings)
    return {name: values[row : row + 1].clone() for name, values in sampled.items()}, generator.get_state()


def _expect_whole(name: str, value: Any, low: int, high: int | None) -> None:
    span = f"from {low} to {high}" if high is not None else f"of at least {low}"
    if not (is_whole(value, low) and (high is None or value <= high)):
        raise VislabError(f"{name} must be a whole number {span}, not {value!r}")
