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
    "boxes": (torch.float32, "(n, k_max, 4)"),
    "points": (torch.float32, "(n, k_max, 2)"),
}
OBJECTS = ("instances", "boxes", "points")  # what objects can be known by: the first tells the others
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
    k = None if (objects := tensors["objects"]) is None or objects.dim() != 2 else objects.shape[1]
    shapes = {"labels": (n,), "semantic": (n, h, w), "instances": (n, h, w), "objects": (n, None)}
    shapes |= {"boxes": (n, k, 4), "points": (n, k, 2)}
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
    given = [name for name in OBJECTS if tensors[name] is not None]
    if len(given) > 1:
        raise VislabError(f"{given[0]} tell the {' and the '.join(given[1:])} already; give the {given[0]} alone")
    if bool(given) != (tensors["objects"] is not None):
        known_by = given[0] if given else "instances"
        raise VislabError(f"{known_by} and objects belong together, as objects have classes; give both or neither")
    if tensors["instances"] is not None and tensors["semantic"] is None:
        raise VislabError("instances imply semantic; derive it with vislab.data.convert.semantic_from_instances")
    for name, values in names.items():
        if values is not None and len(values) != n:
            raise VislabError(f"{name} must hold one name for each of {n} pictures, not {len(values)}")
        if other := [value for value in values or () if not isinstance(value, str)]:
            raise VislabError(f"{name} must hold names as text, not {other[0]!r}")


def check_values(tensors: Tensors, vocabulary: Vocabulary, ids: Sequence[str], size: Sequence[int]) -> None:
    """Raise VislabError unless labels and classes are in the vocabulary, masks agree, and objects lie in the picture.

    size: height and width of the pictures.
    """
    labels, semantic = tensors["labels"], tensors["semantic"]
    if labels is not None and len(ids):
        known = vocabulary.labels
        expected = f"0 to {len(known) - 1} ({', '.join(known)})" if known else "None"
        _refuse((labels < 0) | (labels >= len(known)), "labels", expected, labels, ids)
    objects = tensors["objects"]
    if objects is not None:
        _check_objects(objects, vocabulary, ids)
        for name in ("boxes", "points"):
            if (value := tensors[name]) is not None:
                _check_places(name, value, objects > 0, size, ids)
    if semantic is None:
        return
    step = max(1, PIXELS_AT_ONCE // max(1, semantic.shape[1] * semantic.shape[2]))
    for start in range(0, len(ids), step):
        part = slice(start, start + step)
        _check_classes(semantic[part], vocabulary, ids[part])
        instances = tensors["instances"]
        if instances is not None and objects is not None:
            _check_instances(semantic[part], instances[part].long(), objects[part], ids[part])


def _check_classes(semantic: Tensor, vocabulary: Vocabulary, ids: Sequence[str]) -> None:
    classes = vocabulary.classes
    wrong = (semantic >= len(classes)) & (semantic != IGNORE)
    expected = f"0 to {len(classes) - 1} ({', '.join(classes)}) or {IGNORE} to ignore"
    _refuse(wrong, "semantic", expected, semantic, ids)


def _check_objects(objects: Tensor, vocabulary: Vocabulary, ids: Sequence[str]) -> None:
    known = torch.zeros(256, dtype=torch.bool, device=objects.device)
    known[[0, *vocabulary.thing_indices]] = True
    expected = f"0 or a thing ({', '.join(vocabulary.things)})"
    _refuse(~known[objects.long()], "objects", expected, objects, ids)
    present = objects > 0
    expected = "classes first and then only 0"
    _refuse(present[:, 1:] & ~present[:, :-1], "objects", expected, objects[:, 1:], ids)


def _check_places(name: str, value: Tensor, present: Tensor, size: Sequence[int], ids: Sequence[str]) -> None:
    """Boxes (n, k, 4) or points (n, k, 2) lie in their pictures of size (h, w), where objects are present (n, k)."""
    h, w = size
    most = torch.tensor([w, h, w, h][: value.shape[2]], device=value.device)
    wrong = ~((value >= 0) & (value <= most))  # NaN is wrong, too
    if name == "boxes":
        wrong[..., 2:] |= value[..., 2:] <= value[..., :2]
    expected = "left < right and top < bottom, in pixels of" if name == "boxes" else "x and y in pixels of"
    _refuse(wrong & present[..., None], name, f"{expected} a picture {h} × {w}", value, ids)
    _refuse((value != 0) & ~present[..., None], name, "0 for an object that is none", value, ids)


def _check_instances(semantic: Tensor, instances: Tensor, objects: Tensor, ids: Sequence[str]) -> None:
    _refuse(instances < 0, "instances", "0 for no object or an id from 1", instances, ids)
    present = objects > 0
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
