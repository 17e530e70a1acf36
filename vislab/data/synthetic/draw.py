"""Pictures that are drawn, with exact truth at every level, endless and without a download.

Each world is a module with VOCABULARY, `sample` (what is there, from a CPU generator and free of size) and `paint`
(the pixels and the masks, batched on a device). What `sample` gives is `contents` first and `camera` last.
"""

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
from vislab.errors import VislabError

WORLDS = {
    "smear": "a stained blood film under the microscope: healthy and infected red cells",
    "street": "a street from the driver's seat: sky, houses, trees, road, pavement, cars, people",
}
SIZES = (64, 512)
BLOCK = 64  # pictures sampled together: part of what a seed means, so it never changes
PIXELS = 2**19  # painted together: what a processor's cache holds


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
    """Draw pictures of a world, "smear" (a stained blood film) or "street" (from the driver's seat), with their truth.

    count: how many; the first k of a larger draw are the same k.
    size: pixels of a side, 64 to 512; the same seed shows the same scenes at every size.
    difficulty: 0 (plain) to 1 (hardly to be seen). crowding: 0 (nothing touches) to 1 (everything touches).
    objects: how many a picture, or a range (low, high); the world decides where it is None.
    noise, blur, light: of the sensor, the lens and the lamp, as multiples of the default, 0 (none) to 4.
    device: where the pixels are drawn and stay.
    Returns Scenes with labels, semantic and instances. Same arguments, same bytes, on the same machine, build and
    device; elsewhere the same scenes up to rounding. Raises VislabError where an argument is none of these, or where
    the result would not fit in memory.
    """
    if world not in WORLDS:
        raise VislabError(f"there is no world {world!r}; there are {', '.join(WORLDS)}")
    _expect_whole("count", count, 1, None)
    _expect_whole("size", size, *SIZES)
    _expect_whole("seed", seed, 0, None)
    settings = Settings(difficulty, crowding, objects, noise, blur, light)
    painter: Any = import_module(f"vislab.data.synthetic.{world}")
    device = _expect_device(device)
    _expect_room(count, size, device)

    images = torch.empty(count, 3, size, size, dtype=torch.uint8, device=device)
    labels = torch.empty(count, dtype=torch.int64, device=device)
    semantic = torch.empty(count, size, size, dtype=torch.uint8, device=device)
    instances = torch.empty(count, size, size, dtype=torch.int16, device=device)
    kinds: list[Tensor] = []  # of the objects, one tensor a chunk
    chunk = _chunk(size)
    parameters: Parameters = {}
    for start in range(0, count, chunk):
        block, inside = divmod(start, BLOCK)
        if inside == 0:
            parameters = painter.sample(chance(world, seed, block), BLOCK, settings)
        # A chunk is painted whole and then cut, so that its pixels cannot depend on count.
        part = {name: values[inside : inside + chunk].to(device) for name, values in parameters.items()}
        seen, classes, ids, found = painter.paint(part, size, device)
        keep = slice(start, min(start + chunk, count))
        taken = keep.stop - keep.start
        images[keep], semantic[keep] = seen[:taken], classes[:taken]
        instances[keep], few = keep_visible(ids[:taken], found[:taken])
        labels[keep] = labels_from_masks(painter.VOCABULARY, classes[:taken], few)
        kinds.append(few)
    widest = max(few.shape[1] for few in kinds)
    return Scenes(
        images=images,
        labels=labels,
        semantic=semantic,
        instances=instances,
        objects=torch.cat([torch.nn.functional.pad(few, (0, widest - few.shape[1])) for few in kinds]),
        vocabulary=painter.VOCABULARY,
        ids=tuple(f"{world}-{seed}-{index:06d}" for index in range(count)),
    )


_ID = re.compile(rf"({'|'.join(WORLDS)})-(\d+)-(\d{{6,}})")


def is_drawn(name: str) -> bool:
    """Whether a picture's id is one that `draw` gives."""
    return _ID.fullmatch(name) is not None


def redraw(name: str, size: int = 96, settings: Settings | None = None, device: str | torch.device = "cpu") -> Scenes:
    """Draw one picture again, at any size and with other settings: Scenes of that picture alone.

    name: its id, as `draw` gave it. size: pixels of a side, 64 to 512. settings: None draws with the defaults.
    What is in the scene is kept for the next call: where only noise, blur, light or size move, nothing else is sampled.
    With the settings it was drawn with, it has the same truth; a few pixels may differ from those of `draw`, which
    paints many pictures together and cuts shapes off where the widest of them ends. Raises VislabError where the id is
    none of `draw`'s, or the size is out of bounds.
    """
    found = _ID.fullmatch(name)
    if found is None:
        raise VislabError(f"{name!r} is no picture that was drawn; their ids read like smear-0-000012")
    _expect_whole("size", size, *SIZES)
    settings, device = settings or Settings(), _expect_device(device)
    world, seed, (block, row) = found[1], int(found[2]), divmod(int(found[3]), BLOCK)
    painter: Any = import_module(f"vislab.data.synthetic.{world}")
    scene, state = _sample_row(world, seed, block, row, replace(settings, noise=1.0, blur=1.0, light=1.0))
    generator = torch.Generator()
    generator.set_state(state)
    camera = painter.camera(generator, BLOCK, settings)
    part = scene | {name: values[row : row + 1] for name, values in camera.items()}
    image, semantic, ids, kinds = painter.paint({key: value.to(device) for key, value in part.items()}, size, device)
    instances, objects = keep_visible(ids, kinds)
    labels = labels_from_masks(painter.VOCABULARY, semantic, objects)
    return Scenes(image, labels, semantic, instances, objects, painter.VOCABULARY, (name,))


@lru_cache(maxsize=16)  # some 20 kB each
def _sample_row(world: str, seed: int, block: int, row: int, settings: Settings) -> tuple[Parameters, Tensor]:
    """What one picture of a block holds, one row, and the state of chance from which its camera is sampled."""
    generator = chance(world, seed, block)
    sampled = import_module(f"vislab.data.synthetic.{world}").contents(generator, BLOCK, settings)
    return {name: values[row : row + 1].clone() for name, values in sampled.items()}, generator.get_state()


def _chunk(size: int) -> int:
    """How many pictures are painted together: a power of two that divides BLOCK."""
    chunk = BLOCK
    while chunk > 1 and chunk * size * size > PIXELS:
        chunk //= 2
    return chunk


def _expect_whole(name: str, value: object, low: int, high: int | None) -> None:
    """Raise VislabError unless the value is an integer from low to high."""
    span = f"from {low} to {high}" if high is not None else f"of at least {low}"
    right = isinstance(value, int) and not isinstance(value, bool) and low <= value and (high is None or value <= high)
    if not right:
        raise VislabError(f"{name} must be a whole number {span}, not {value!r}")


def _expect_device(device: str | torch.device) -> torch.device:
    """The device by its name; raises VislabError where it is not there."""
    try:
        found = torch.device(device)
        torch.empty(0, device=found)
    except (RuntimeError, AssertionError, TypeError) as error:
        known = "cpu, cuda" if torch.cuda.is_available() else "cpu on this machine"
        raise VislabError(f"device must be one that is there ({known}), not {device!r}") from error
    return found


def _expect_room(count: int, size: int, device: torch.device) -> None:
    """Raise VislabError where the result would not fit in the memory that is free."""
    import psutil

    need = count * size * size * (3 + 1 + 2)
    free = torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else psutil.virtual_memory().available
    if need > free:
        raise VislabError(
            f"{count:,} pictures of {size} px need {need / 1e9:,.1f} GB, and {free / 1e9:,.1f} GB are free; "
            "draw fewer or smaller ones"
        )
