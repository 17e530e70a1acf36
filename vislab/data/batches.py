"""Pictures as a network takes them: float batches on the device with their truth, and varied for training."""

from typing import Literal, NamedTuple

import torch
from torch import Tensor

from vislab.data.boxes import derive_places
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import Symmetry
from vislab.errors import VislabError


class Batch(NamedTuple):
    """Some pictures and their truth; fields as those of Scenes, None for a level that they lack.

    images: float32 (b, 3, h, w), 0 to 1. labels: int64 (b,). semantic: uint8 (b, h, w). instances: int16 (b, h, w).
    objects: uint8 (b, k); after a crop some objects have no pixels left. boxes: float32 (b, k, 4). points: float32
    (b, k, 2). `place_objects` has boxes and points also if they must be derived.
    """

    images: Tensor
    labels: Tensor | None
    semantic: Tensor | None
    instances: Tensor | None
    objects: Tensor | None
    boxes: Tensor | None = None
    points: Tensor | None = None


def need(truth: Tensor | None, level: str) -> Tensor:
    """The truth; raises VislabError if these pictures lack that level."""
    if truth is None:
        raise VislabError(f"these pictures have no {level}, which this model learns from; train another or load masks")
    return truth


def take(scenes: Scenes, chosen: Tensor) -> Batch:
    """The chosen pictures (int64 indices on the scenes' device) as a batch there."""
    levels = (getattr(scenes, name) for name in Batch._fields[1:])
    return Batch(to_float(scenes.images[chosen]), *(None if level is None else level[chosen] for level in levels))


def place_objects(batch: Batch, level: Literal["boxes", "points"]) -> tuple[Tensor, Tensor]:
    """Where objects are: boxes (b, k, 4) or points (b, k, 2), given or derived, and bool (b, k), False for no object.

    Raises VislabError if these pictures know less of their objects.
    """
    objects = need(batch.objects, level)
    given: Tensor | None = getattr(batch, level)
    places = given if given is not None else derive_places(level, batch.instances, batch.boxes, objects.shape[1])
    # A crop leaves some objects no pixel, and their places are 0; where it cuts boxes or points, it takes the class.
    there = objects > 0 if batch.instances is None else need(places, level).any(2)
    return need(places, level), there


def to_float(images: Tensor) -> Tensor:
    """uint8 (b, 3, h, w) as float32 from 0 to 1, laid out as convolutions like it."""
    return images.to(memory_format=torch.channels_last).float().div_(255)


class Chances(NamedTuple):
    """How each of b pictures is varied, drawn on the CPU.

    moves: int64 (2, b), which of the orders of pixels it takes, and where the part begins, counted pixel by pixel.
    light: float32 (b, 5, 1, 1), a factor for each channel, a shift, and the size of the noise. seed: of the noise.
    """

    moves: Tensor
    light: Tensor
    seed: int


def vary(batch: Batch, symmetries: tuple[Symmetry, ...], chance: torch.Generator, crop: int | None = None) -> Batch:
    """Another batch that could as well have been taken: turned as the vocabulary allows, in another light.

    chance: a CPU generator. crop: the side of a random part, None for the whole; masks follow, labels do not change,
    so only models that learn from masks can be given parts.
    """
    b, h, w = len(batch.images), *batch.images.shape[-2:]
    sides = (crop, crop) if crop is not None and crop < min(h, w) else (h, w)
    chances = _draw_chances(b, (h, w), sides, symmetries, chance)
    images = batch.images.contiguous()  # channels first until the end: so do masks and noise lie
    levels = [images, *(level for level in (batch.semantic, batch.instances) if level is not None)]
    if symmetries or sides != (h, w):
        levels = _move(levels, sides, symmetries, chances.moves)
    images, *masks = levels
    semantic = masks.pop(0) if batch.semantic is not None else None
    instances = masks.pop(0) if batch.instances is not None else None
    varied = Batch(_relight(images, chances), batch.labels, semantic, instances, batch.objects)
    if batch.boxes is None and batch.points is None:
        return varied
    applied = tuple(symmetry for symmetry in symmetries if _fits(symmetry, sides))
    return varied._replace(**_move_objects(batch, sides, applied, chances.moves))


def _draw_chances(
    b: int, whole: tuple[int, int], part: tuple[int, int], symmetries: tuple[Symmetry, ...], chance: torch.Generator
) -> Chances:
    """Chances for b pictures with these sides, of which a part with those is taken."""
    (h, w), (height, width) = whole, part
    begin = choice = torch.zeros(b, dtype=torch.int64)
    if part != whole:
        top, left = (torch.randint(1 + room, (b,), generator=chance) for room in (h - height, w - width))
        begin = top * w + left
    turns = 1
    for symmetry in symmetries:  # half of the pictures, by chance, for each
        chosen = torch.rand(b, generator=chance).lt(0.5)
        if _fits(symmetry, part):
            choice, turns = choice + chosen * turns, 2 * turns
    gain = 1 + 0.15 * (2 * torch.rand(b, 1, 1, 1, generator=chance) - 1)
    tint = 1 + 0.05 * (2 * torch.rand(b, 3, 1, 1, generator=chance) - 1)
    shift = 0.08 * (2 * torch.rand(b, 1, 1, 1, generator=chance) - 1)
    grain = 0.02 * torch.rand(b, 1, 1, 1, generator=chance)
    seed = int(torch.randint(2**62, (), generator=chance))
    return Chances(torch.stack([choice, begin]), torch.cat([gain * tint, shift, grain], 1), seed)


def _fits(symmetry: Symmetry, sides: tuple[int, int]) -> bool:
    return symmetry != "turn" or sides[0] == sides[1]  # a quarter turn would change the shape


def _move(
    levels: list[Tensor], sides: tuple[int, int], symmetries: tuple[Symmetry, ...], moves: Tensor
) -> list[Tensor]:
    """Each picture's part with these sides, turned by its symmetries, at every level (b, ..., h, w).

    A part and a symmetry are an order of pixels, and several after each other are one, so that pixels are moved once.
    """
    device, w = levels[0].device, levels[0].shape[-1]
    rows, columns = (torch.arange(side, device=device) for side in sides)
    orders = [rows[:, None] * w + columns]
    for symmetry in symmetries:
        if _fits(symmetry, sides):
            orders += [_turned(order, symmetry) for order in orders]
    choice, begin = send(moves, device)
    order = torch.stack(orders).flatten(1)[choice] + begin[:, None]  # (b, pixels of the part)
    return [_reorder(level, order).view(*level.shape[:-2], *sides) for level in levels]


def _move_objects(
    batch: Batch, sides: tuple[int, int], symmetries: tuple[Symmetry, ...], moves: Tensor
) -> dict[str, Tensor]:
    """Boxes or points and objects as `_move` moves the pixels; what lies outside the part is no object any more."""
    name = "boxes" if batch.boxes is not None else "points"
    places, objects = need(getattr(batch, name), name), need(batch.objects, name)
    choice, begin = send(moves, places.device)[..., None, None]  # (b, 1, 1) each
    width, (high, wide) = batch.images.shape[-1], sides
    x, y = places[..., 0::2] - begin % width, places[..., 1::2] - begin // width  # (b, k, 1 or 2) each
    for bit, symmetry in enumerate(symmetries):
        others = {"mirror": (wide - x, y), "flip": (x, high - y), "turn": (y, wide - x)}[symmetry]
        chosen = (choice >> bit) % 2 == 1
        x, y = (torch.where(chosen, other, same) for other, same in zip(others, (x, y), strict=True))
    if name == "points":
        inside = (x >= 0) & (x < wide) & (y >= 0) & (y < high)  # (b, k, 1)
    else:
        x, y = x.sort().values.clamp(0, wide), y.sort().values.clamp(0, high)
        inside = (x[..., :1] < x[..., 1:]) & (y[..., :1] < y[..., 1:])
    there = inside[..., 0] & (objects > 0)  # (b, k)
    moved = torch.stack([x, y], 3).flatten(2)  # (b, k, 2 or 4)
    return {name: moved * there[..., None], "objects": objects * there}


def _turned(order: Tensor, symmetry: Symmetry) -> Tensor:
    return order.rot90() if symmetry == "turn" else order.flip(1 if symmetry == "mirror" else 0)


def _reorder(level: Tensor, order: Tensor) -> Tensor:
    """The pixels of a level (b, ..., h, w) in each picture's order (b, pixels): (b, ..., pixels)."""
    pixels = level.flatten(-2)  # (b, ..., h w)
    index = order.view(len(order), *[1] * (pixels.ndim - 2), -1).expand(*pixels.shape[:-1], -1)
    return pixels.gather(-1, index)


def _relight(images: Tensor, chances: Chances) -> Tensor:
    """Brightness, contrast and tint changed by up to a tenth or so, and some noise, for each picture by itself."""
    light = send(chances.light, images.device)
    gain, shift, grain = light[:, :3], light[:, 3:4], light[:, 4:]
    lit = (images * gain).add_(shift)
    return lit.addcmul_(_noise(images, chances.seed), grain).clamp_(0, 1).contiguous(memory_format=torch.channels_last)


def _noise(images: Tensor, seed: int) -> Tensor:
    generator = torch.Generator(images.device).manual_seed(seed)
    return torch.randn(images.shape, generator=generator, device=images.device)


def send(tensor: Tensor, device: torch.device) -> Tensor:
    """A CPU tensor on the device; a GPU gets it from pinned memory, so that nobody waits for the copy."""
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor.to(device)
