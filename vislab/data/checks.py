"""The checks of pictures and their truth, made once for all Scenes."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from vislab.data.vocabulary import IGNORE, Vocabulary
from vislab.errors import VislabError

Tensors = Mapping[str, Tensor | None]  # field of Scenes → its value
TENSORS = {  # field of Scenes: its dtype and its shape in words
    "images": (torch.uint8, "(n, 3, h, w)"),
    "labels": (torch.int64, "(n,)"),
    "semantic": (torch.uint8, "(n, h, w)"),
    "instances": (torch.int16, "(n, h, w)"),
    "objects": (torch.uint8, "(n, k_max)"),
}
PIXELS_AT_ONCE = 2**20  # bounds the memory of the checks to a few tens of megabytes


def check_shapes(tensors: Tensors, names: Mapping[str, Sequence[str] | None]) -> None:
    """Dtypes, shapes, devices, and fields that belong together; raises VislabError for the first that is wrong.

    names: the fields that hold one name a picture (ids, groups, attributes).
    """
    images = tensors["images"]
    if images is None:
        raise VislabError("images are missing; give the pictures")
    if images.dim() != 4 or images.shape[1] != 3:
        raise VislabError(f"images must be (n, 3, h, w), not {tuple(images.shape)}")
    n, _, h, w = images.shape
    shapes = {"labels": (n,), "semantic": (n, h, w), "instances": (n, h, w), "objects": (n, None)}
    for name, (dtype, words) in TENSORS.items():
        value = tensors[name]
        if value is None:
            continue
        if value.dtype != dtype:
            raise VislabError(f"{name} must be {dtype}, not {value.dtype}; convert it with .to({dtype})")
        shape = shapes.get(name, tuple(value.shape))
        if value.dim() != len(shape) or any(b not in (None, a) for a, b in zip(value.shape, shape, strict=True)):
            raise VislabError(f"{name} must be {words} like the {n} pictures of {h} × {w}, not {tuple(value.shape)}")
        if value.device != images.device:
            raise VislabError(f"{name} is on {value.device}, the pictures on {images.device}; bring them together")
    if (tensors["instances"] is None) != (tensors["objects"] is None):
        raise VislabError("instances and objects belong together, as ids need classes; give both or neither")
    if tensors["instances"] is not None and tensors["semantic"] is None:
        raise VislabError("instances imply semantic; derive it with vislab.data.convert.semantic_from_instances")
    for name, values in names.items():
        if values is not None and len(values) != n:
            raise VislabError(f"{name} must hold one name for each of {n} pictures, not {len(values)}")
        if other := [value for value in values or () if not isinstance(value, str)]:
            raise VislabError(f"{name} must hold names as text, not {other[0]!r}")


def check_values(tensors: Tensors, vocabulary: Vocabulary, ids: Sequence[str]) -> None:
    """Labels, classes and ids are in the vocabulary, and masks agree with one another; raises VislabError if not."""
    labels, semantic = tensors["labels"], tensors["semantic"]
    if labels is not None and len(ids):
        known = vocabulary.labels
        expected = f"0 to {len(known) - 1} ({', '.join(known)})" if known else "None"
        _refuse((labels < 0) | (labels >= len(known)), "labels", expected, labels, ids)
    if semantic is None:
        return
    step = max(1, PIXELS_AT_ONCE // max(1, semantic.shape[1] * semantic.shape[2]))
    for start in range(0, len(ids), step):
        part = slice(start, start + step)
        _check_classes(semantic[part], vocabulary, ids[part])
        instances, objects = tensors["instances"], tensors["objects"]
        if instances is not None and objects is not None:
            _check_objects(semantic[part], instances[part].long(), objects[part], vocabulary, ids[part])


def _check_classes(semantic: Tensor, vocabulary: Vocabulary, ids: Sequence[str]) -> None:
    classes = vocabulary.classes
    wrong = (semantic >= len(classes)) & (semantic != IGNORE)
    expected = f"0 to {len(classes) - 1} ({', '.join(classes)}) or {IGNORE} to ignore"
    _refuse(wrong, "semantic", expected, semantic, ids)


def _check_objects(
    semantic: Tensor, instances: Tensor, objects: Tensor, vocabulary: Vocabulary, ids: Sequence[str]
) -> None:
    _refuse(instances < 0, "instances", "0 for no object or an id from 1", instances, ids)
    present = objects > 0
    known = torch.zeros(256, dtype=torch.bool, device=objects.device)
    known[[0, *vocabulary.thing_indices]] = True
    expected = f"0 or a thing ({', '.join(vocabulary.things)})"
    _refuse(~known[objects.long()], "objects", expected, objects, ids)
    expected = "classes first and then only 0"
    _refuse(present[:, 1:] & ~present[:, :-1], "objects", expected, objects[:, 1:], ids)
    beyond = instances > present.sum(1)[:, None, None]
    _refuse(beyond, "instances", "ids up to the number of its objects", instances, ids)
    class_of_id = torch.nn.functional.pad(objects, (1, 0))  # (n, 1 + k): 0 for "no object"
    class_of_pixel = class_of_id.gather(1, instances.flatten(1)).view_as(instances)
    differs = (instances > 0) & (class_of_pixel != semantic)
    _refuse(differs, "semantic", "the class of the object at that pixel", semantic, ids)
    visible = torch.zeros_like(class_of_id, dtype=torch.bool).scatter_(1, instances.flatten(1), True)[:, 1:]
    _refuse(present & ~visible, "objects", "objects that have pixels (ids without gaps)", objects, ids)


def _refuse(wrong: Tensor, name: str, expected: str, value: Tensor, ids: Sequence[str]) -> None:
    """Raise for the first picture in which `wrong` (n, ...) holds anywhere."""
    if wrong.any():
        first = tuple(wrong.nonzero()[0].tolist())
        raise VislabError(f"{name} of picture {ids[first[0]]!r} must be {expected}, not {value[first].item()}")
