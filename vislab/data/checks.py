"""What must hold of pictures and their truth: checked once, when Scenes are made."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from vislab.data.vocabulary import IGNORE
from vislab.errors import VislabError

if TYPE_CHECKING:
    from vislab.data.scenes import Scenes

TENSORS = {  # field of Scenes: dtype and the shape in words
    "images": (torch.uint8, "(n, 3, h, w)"),
    "labels": (torch.int64, "(n,)"),
    "semantic": (torch.uint8, "(n, h, w)"),
    "instances": (torch.int16, "(n, h, w)"),
    "objects": (torch.uint8, "(n, k_max)"),
}
PIXELS_AT_ONCE = 2**20  # bounds the memory of the checks to a few tens of megabytes


def check_shapes(scenes: "Scenes") -> None:
    """Types, shapes, devices, and which fields come together; raises VislabError for the first that is wrong."""
    if scenes.images.dim() != 4 or scenes.images.shape[1] != 3:
        raise VislabError(f"images must be (n, 3, h, w), not {tuple(scenes.images.shape)}")
    n, _, h, w = scenes.images.shape
    shapes = {"labels": (n,), "semantic": (n, h, w), "instances": (n, h, w), "objects": (n, None)}
    for name, (dtype, words) in TENSORS.items():
        value: Tensor | None = getattr(scenes, name)
        if value is None:
            continue
        if value.dtype != dtype:
            raise VislabError(f"{name} must be {dtype}, not {value.dtype}; convert it with .to({dtype})")
        shape = shapes.get(name, tuple(value.shape))
        if value.dim() != len(shape) or any(b not in (None, a) for a, b in zip(value.shape, shape, strict=True)):
            raise VislabError(f"{name} must be {words} like the {n} pictures of {h} × {w}, not {tuple(value.shape)}")
        if value.device != scenes.device:
            raise VislabError(f"{name} is on {value.device}, the pictures on {scenes.device}; bring them together")
    if (scenes.instances is None) != (scenes.objects is None):
        raise VislabError("instances and objects come together: ids without classes say nothing; give both or neither")
    if scenes.instances is not None and scenes.semantic is None:
        raise VislabError("instances imply semantic; derive it with vislab.data.convert.semantic_from_instances")
    names = {"ids": scenes.ids, "groups": scenes.groups}
    names |= {f"attributes[{name!r}]": value for name, value in scenes.attributes.items()}
    for name, given in names.items():
        if given is not None and len(given) != n:
            raise VislabError(f"{name} must hold one name for each of {n} pictures, not {len(given)}")


def check_values(scenes: "Scenes") -> None:
    """Labels, classes and ids are ones the vocabulary has; masks agree with one another. Raises VislabError."""
    words = scenes.vocabulary
    if scenes.labels is not None and len(scenes):
        wrong = (scenes.labels < 0) | (scenes.labels >= len(words.labels))
        expected = f"0 to {len(words.labels) - 1} ({', '.join(words.labels)})" if words.labels else "None"
        _refuse(scenes, wrong, "labels", expected, scenes.labels)
    height, width = scenes.size
    step = max(1, PIXELS_AT_ONCE // max(1, height * width))
    for start in range(0, len(scenes), step):
        _check_masks(scenes, start, slice(start, start + step))


def _check_masks(scenes: "Scenes", start: int, part: slice) -> None:
    """The masks of some pictures, from `start` on."""
    words = scenes.vocabulary
    if scenes.semantic is None:
        return
    semantic = scenes.semantic[part]
    wrong = (semantic >= len(words.classes)) & (semantic != IGNORE)
    expected = f"0 to {len(words.classes) - 1} ({', '.join(words.classes)}) or {IGNORE} to ignore"
    _refuse(scenes, wrong, "semantic", expected, semantic, start)
    if scenes.instances is None or scenes.objects is None:
        return
    instances, objects = scenes.instances[part].long(), scenes.objects[part]
    _refuse(scenes, instances < 0, "instances", "0 for no object or an id from 1", instances, start)
    there = objects > 0
    known = torch.zeros(256, dtype=torch.bool, device=objects.device)
    known[[0, *words.thing_indices]] = True
    expected = f"0 or a thing ({', '.join(words.things)})"
    _refuse(scenes, ~known[objects.long()], "objects", expected, objects, start)
    expected = "classes first and then only 0"
    _refuse(scenes, there[:, 1:] & ~there[:, :-1], "objects", expected, objects[:, 1:], start)
    beyond = instances > there.sum(1)[:, None, None]
    _refuse(scenes, beyond, "instances", "ids up to the number of its objects", instances, start)
    # The class of every pixel's object, with 0 for "no object" put before the others.
    table = torch.nn.functional.pad(objects, (1, 0))
    said = table.gather(1, instances.flatten(1)).view_as(instances)
    differs = (instances > 0) & (said != semantic)
    _refuse(scenes, differs, "semantic", "the class of the object that stands there", semantic, start)
    seen = torch.zeros_like(table, dtype=torch.bool).scatter_(1, instances.flatten(1), True)[:, 1:]
    _refuse(scenes, there & ~seen, "objects", "objects that have pixels (ids without gaps)", objects, start)


def _refuse(scenes: "Scenes", wrong: Tensor, name: str, expected: str, value: Tensor, start: int = 0) -> None:
    """Raise for the first picture in which `wrong` (m, ...) holds anywhere; picture 0 of it is number `start`."""
    if wrong.any():
        where = tuple(wrong.nonzero()[0].tolist())
        picture = scenes.ids[start + where[0]]
        raise VislabError(f"{name} of picture {picture!r} must be {expected}, not {value[where].item()}")
