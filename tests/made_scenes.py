"""Small Scenes for tests, made by hand."""

import torch

from vislab.data.scenes import Scenes
from vislab.data.vocabulary import EnoughPixels, Vocabulary

CELLS = Vocabulary(
    name="cells",
    labels=("healthy", "infected"),
    classes=("background", "cell", "infected cell"),
    things=("cell", "infected cell"),
    rule=EnoughPixels(("infected cell",), 1),
    questions={"any": "is the patient infected?"},
    symmetries=("mirror", "flip", "turn"),
    colours=("#999999", "#56B4E9", "#D55E00"),
)


def make(n: int = 4, **changed: object) -> Scenes:
    """n pictures of 2 × 4: a cell on the left, and in every second picture an infected one on the right."""
    instances = torch.tensor([[1, 1, 0, 0], [1, 1, 0, 0]]).repeat(n, 1, 1)
    instances[1::2, :, 3] = 2
    objects = torch.tensor([[1, 0], [1, 2]]).repeat(n, 1)[:n]
    fields: dict[str, object] = {
        "images": torch.arange(n * 24, dtype=torch.int64).remainder(256).to(torch.uint8).view(n, 3, 2, 4),
        "labels": torch.arange(n) % 2,
        "semantic": instances.to(torch.uint8),
        "instances": instances.to(torch.int16),
        "objects": objects.to(torch.uint8),
        "vocabulary": CELLS,
        "ids": tuple(f"picture-{index}" for index in range(n)),
    }
    return Scenes(**(fields | changed))


def same(one: Scenes, other: Scenes) -> bool:
    tensors = ("images", "labels", "semantic", "instances", "objects")
    pairs = [(getattr(one, name), getattr(other, name)) for name in tensors]
    equal = all((a is None and b is None) or torch.equal(a, b) for a, b in pairs)
    about = ("vocabulary", "ids", "groups", "attributes")
    return equal and all(getattr(one, name) == getattr(other, name) for name in about)
