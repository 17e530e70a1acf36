"""What a teacher sets for a drawn world, and the chance that its scenes come from."""

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from vislab.errors import VislabError, is_number, is_whole

MOST_OBJECTS = 500  # a picture; ids would allow 32,767, but nobody could see them
STRONGEST = 4.0  # noise, blur and light: multiples of what the microscope or the camera does by default

Parameters = dict[str, Tensor]
"""What a world samples: one row a picture in every tensor, float64 in fractions of the picture, bools or integers."""


class Places(NamedTuple):
    """Where things may stand: x and y, or x and z, and which places are free, all of one shape."""

    across: Tensor
    along: Tensor
    free: Tensor


@dataclass(frozen=True)
class Settings:
    """How hard the scenes of any world are; `draw` says what each field means and may be.

    The default difficulty is the one measured in benchmarks/results/difficulty.md. Raises VislabError if a value is out
    of its bounds.
    """

    difficulty: float = 0.5
    crowding: float = 0.5
    objects: int | tuple[int, int] | None = None
    noise: float = 1.0
    blur: float = 1.0
    light: float = 1.0

    def __post_init__(self) -> None:
        highest = {"difficulty": 1, "crowding": 1, "noise": STRONGEST, "blur": STRONGEST, "light": STRONGEST}
        for name, most in highest.items():
            value = getattr(self, name)
            if not (is_number(value) and 0 <= value <= most):
                raise VislabError(f"{name} must be a number from 0 to {most:g}, not {value!r}")
        objects = 0 if self.objects is None else self.objects
        ends = objects if isinstance(objects, (tuple, list)) else (objects, objects)
        whole = len(ends) == 2 and all(is_whole(end, 0) for end in ends)
        if not (whole and ends[0] <= ends[1] <= MOST_OBJECTS):
            expected = f"a whole number from 0 to {MOST_OBJECTS} or a range (low, high) of them"
            raise VislabError(f"objects must be {expected}, not {self.objects!r}")

    def object_range(self, default: tuple[int, int]) -> tuple[int, int]:
        """How many objects, lowest and highest, both included; `default` if they are left to the world."""
        if isinstance(self.objects, int):
            return self.objects, self.objects
        low, high = self.objects or default
        return low, high


def chance(world: str, seed: int, block: int) -> torch.Generator:
    """The CPU generator of one block of pictures of one world.

    Sample from it with torch.rand in float64 only: it gives the same bits on every machine, which randn (whose
    vectorised paths differ) does not promise, and float64 keeps rounding in sines and roots far below what is drawn.
    """
    key = hashlib.sha256(f"vislab {world} {seed} {block}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(key[:8], "little", signed=True))


def uniform(generator: torch.Generator, *shape: int, low: float = 0.0, high: float = 1.0) -> Tensor:
    """float64 numbers evenly spread from low to high."""
    return low + (high - low) * torch.rand(*shape, generator=generator, dtype=torch.float64)


def whole(generator: torch.Generator, *shape: int, low: int, high: int) -> Tensor:
    """int64 numbers evenly spread from low to high, both included."""
    return (
        (low + (high - low + 1) * torch.rand(*shape, generator=generator, dtype=torch.float64)).long().clamp(low, high)
    )


def colours(text: str) -> Tensor:
    """Colours "rrggbb rrggbb ..." as float64 (k, 3) from 0 to 1."""
    return torch.tensor([list(bytes.fromhex(word)) for word in text.split()], dtype=torch.float64) / 255


def choose(generator: torch.Generator, table: Tensor, *shape: int) -> Tensor:
    """Rows of a table (k, c), each as likely: (*shape, c)."""
    return table[whole(generator, *shape, low=0, high=len(table) - 1)]
