"""vislab's own files of pictures and weights: Scenes, vocabulary.json, checkpoints."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from made_scenes import CELLS, make
from safetensors.torch import save_file
from torch import Tensor, nn

from malformed.case import Case, Make, altered, altered_cases, changed_file, cut, flipped, load, same, spoiled_json
from vislab.data.datasets.export import save_folder
from vislab.data.scenes import Scenes
from vislab.data.scenes_file import KIND
from vislab.system.tensorfiles import Kind, write_tensors
from vislab.training import checkpoints
from vislab.training.history import History

# Scenes


def scenes(root: Path) -> Path:
    return make(2, groups=("one", "two"), attributes={"fold": ("0", "1")}).save(root / "set.safetensors")


def read_scenes(path: Path) -> Scenes:
    """What both verbs make of it."""
    read, loaded = Scenes.load(path), load(path)
    assert read.ids == loaded.ids
    return read


GOOD = same(scenes)


def _parts() -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors and the JSON of the good file."""
    good = make(2, groups=("one", "two"), attributes={"fold": ("0", "1")})
    names = ("images", "labels", "semantic", "instances", "objects")
    about = {"vocabulary": CELLS.to_dict(), "ids": good.ids, "groups": good.groups}
    return {name: getattr(good, name) for name in names}, about | {"attributes": dict(good.attributes)}


def _written(tensors: dict[str, Tensor], about: Any, kind: Kind = KIND) -> Make:
    return lambda root: write_tensors(root / "set.safetensors", kind, tensors, about)


def _bare(tensors: dict[str, Tensor], text: str) -> Make:
    """A file without a checksum, whose JSON may be anything."""
    head = {"format": KIND.format, "kind": KIND.name, "about": text}
    return lambda root: save_file(tensors, root / "set.safetensors", head) or root / "set.safetensors"


def scenes_cases() -> Iterator[Case]:
    kind = "Scenes file"
    tensors, about = _parts()
    file = "set.safetensors"
    for number in range(24):
        yield Case(
            kind,
            f"cut off after {number} of 24 parts",
            changed_file(scenes, file, lambda data, n=number: data[: n * len(data) // 24]),
            read=read_scenes,
        )
        yield Case(
            kind,
            f"with a bit turned at {number} of 24 parts",
            changed_file(scenes, file, lambda data, n=number: list(flipped(data, 24))[n][1]),
            GOOD,
            read_scenes,
        )
    for what, changed in _tensors(tensors):
        yield Case(kind, what, _written(changed, about), read=read_scenes)
    may = {"groups: null": same(scenes, groups=None), "groups": None, "vocabulary.name": GOOD}
    may |= {
        f"{at}: {what}": same(
            scenes, "vocabulary.labels", "vocabulary.classes", "vocabulary.things", "ids", "groups", "attributes"
        )
        for what in ("text",)
        for at in ("ids.0", "groups.0", "attributes.fold.0", "vocabulary.labels.0")
    }
    may |= {
        "attributes: an object": same(scenes, attributes={}),
        "attributes.fold: missing": same(scenes, attributes={}),
        "vocabulary.classes.0: text": same(scenes, "vocabulary.classes"),
    }
    for at, what, text in altered(about):
        right = may.get(f"{at}: {what}", may.get(at, GOOD))
        yield Case(kind, f"with {what} at {at}", _bare(tensors, text), right, read_scenes)
    for what, text in {
        "nested too deep": "[" * 100_000,
        "with a key twice": '{"ids": [], ' + json.dumps(about)[1:],
        "with half a letter": json.dumps(about | {"ids": ["\ud800", "b"]}),
        "without JSON": "none",
    }.items():
        yield Case(kind, what, _bare(tensors, text), read=read_scenes)
    yield Case(kind, "without a checksum", _bare(tensors, json.dumps(about)), GOOD, read_scenes, refusal=False)
    for what, other in {
        "of another format": Kind(KIND.name, "2", *[""] * 4),
        "of another kind": checkpoints.KIND,
    }.items():
        yield Case(kind, what, _written(tensors, about, other), read=read_scenes)
    yield Case(kind, "with a wrong checksum", _wrong_checksum, read=read_scenes)


def _wrong_checksum(root: Path) -> Path:
    tensors, about = _parts()
    head = {"format": KIND.format, "kind": KIND.name, "about": json.dumps(about), "checksum": "00000000"}
    save_file(tensors, root / "set.safetensors", head)
    return root / "set.safetensors"


def _tensors(good: dict[str, Tensor]) -> Iterator[tuple[str, dict[str, Tensor]]]:
    """Tensors of other shapes, dtypes and values, and what came of them."""
    for name, tensor in good.items():
        if name in ("images", "semantic", "instances", "objects"):
            yield f"without {name}", {other: value for other, value in good.items() if other != name}
        for dtype in (torch.float32, torch.float16, torch.bool, torch.int32, torch.int8, torch.bfloat16):
            yield f"with {name} of {dtype}", good | {name: tensor.to(dtype)}
        yield f"with {name} of NaN", good | {name: torch.full(tensor.shape, math.nan)}
        yield f"with one picture less in {name}", good | {name: tensor[:1]}
        yield f"with {name} empty", good | {name: tensor[:0]}
        yield f"with {name} of one dimension more", good | {name: tensor[None]}
        yield f"with {name} as one number", good | {name: tensor.flatten()[0]}
        if name != "images":
            yield (
                f"with the largest number in {name}",
                good
                | {
                    name: torch.full_like(tensor, 254 if tensor.dtype == torch.uint8 else torch.iinfo(tensor.dtype).max)
                },
            )
        if tensor.dtype.is_signed:
            yield f"with -1 in {name}", good | {name: torch.full_like(tensor, -1)}
    yield "with a tensor more", good | {"masks": good["semantic"].clone()}
    yield "with no tensor", {}
    yield "with objects in another order", good | {"objects": good["objects"].flip(1)}
    yield (
        "with an object that has no pixel",
        good | {"objects": torch.nn.functional.pad(good["objects"], (0, 1), value=1)},
    )


# vocabulary.json


def saved(root: Path) -> Path:
    """A folder of save_folder."""
    return save_folder(make(2), root / "set")


def vocabulary_cases() -> Iterator[Case]:
    kind, file = "vocabulary", "set/vocabulary.json"
    for what, spoiled in spoiled_json(saved, file):
        yield Case(kind, what, spoiled)
    names = same(saved, "vocabulary.labels", "vocabulary.classes", "vocabulary.things")
    yield from altered_cases(kind, saved, file, {"classes.0: text": names})
    for at, what, plain in _rules():
        new = json.dumps(CELLS.to_dict() | {at: plain}).encode()
        yield Case(kind, f"with {what}", changed_file(saved, file, lambda _, new=new: new))


def _rules() -> Iterator[tuple[str, str, Any]]:
    enough = {"kind": "EnoughPixels", "classes": ["infected cell"], "at_least": 1, "zone": []}
    for what, change in {
        "at_least 0.5": {"at_least": 0.5},
        "at_least true": {"at_least": True},
        "a class nobody knows": {"classes": ["leaf"]},
        "a zone of two corners": {"zone": [[0, 0], [1, 1]]},
        "a zone of words": {"zone": [["a", "b"]] * 3},
        "a corner of three numbers": {"zone": [[0, 0, 0]] * 3},
        "more than it takes": {"more": 1},
    }.items():
        yield "rule", f"a rule with {what}", enough | change
    for kind in ("ManyObjects", "LargestClass", "Unknown", "Vocabulary", "", None, ["EnoughPixels"]):
        yield "rule", f"a rule of the kind {kind!r}", {"kind": kind}
    yield "rule", "a rule that counts more than NaN", {"kind": "ManyObjects", "more_than": math.nan}
    for name in ("labels", "classes", "things"):
        words = list(getattr(CELLS, name))
        for what, value in {
            "one name twice": [*words[:-1], words[0]],
            "an empty name": [*words[:-1], ""],
            "a padded name": [*words[:-1], f" {words[-1]} "],
            "300 names": [f"n{i}" for i in range(300)],
            "one name less": words[:-1],
            "a name of two lines": [*words[:-1], "a\nb"],
        }.items():
            yield name, f"{what} in {name}", value
    for value in ("red", "#12345", "#gggggg", "#12345678", ""):
        yield "colours", f"the colour {value!r}", ["#000000", "#56B4E9", value]
    yield "share", "one share", [["cell"]]
    yield "share", "a share of leaves", [["leaf"], []]


# Checkpoints


class Layers(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 2)


WEIGHTS = {"model.layer.weight": torch.arange(6.0).view(2, 3), "model.layer.bias": torch.ones(2)}


PROGRESS = {"seen": 8, "batch": 4, "done": True, "history": History("semantic", {}).to_dict()}


def checkpoint(root: Path) -> Path:
    return write_tensors(root / "run.safetensors", checkpoints.KIND, WEIGHTS, PROGRESS)


def read_checkpoint(path: Path) -> Layers:
    model = Layers()
    checkpoints.load_weights(model, checkpoints.read_checkpoint(path), path)
    return model


def _right_weights(model: Layers) -> bool:
    return all(torch.equal(value, WEIGHTS[f"model.{name}"]) for name, value in model.state_dict().items())


def checkpoint_cases() -> Iterator[Case]:
    kind = "checkpoint"
    for number in range(20):
        change = changed_file(checkpoint, "run.safetensors", lambda data, n=number: list(flipped(data, 20))[n][1])
        yield Case(kind, f"with a bit turned at {number} of 20 parts", change, _right_weights, read_checkpoint)
        short = changed_file(checkpoint, "run.safetensors", lambda data, n=number: list(cut(data, 20))[n][1])
        yield Case(kind, f"cut off at {number} of 20 parts", short, read=read_checkpoint)
    weight = WEIGHTS["model.layer.weight"]
    for what, changed in {
        "NaN": weight * math.nan,
        "infinity": weight / 0,
        "another shape": weight.T,
        "whole numbers": weight.long(),
        "one number": weight[0, 0],
        "truth values": weight > 0,
        "complex numbers": weight * 1j,
    }.items():
        tensors = WEIGHTS | {"model.layer.weight": changed.contiguous()}
        make = lambda root, t=tensors: write_tensors(root / "run.safetensors", checkpoints.KIND, t, PROGRESS)  # noqa: E731
        right = _right_weights if what == "whole numbers" else None
        yield Case(kind, f"with weights of {what}", make, right, read_checkpoint)
    more = {
        "without a layer": {"model.layer.bias": WEIGHTS["model.layer.bias"]},
        "of another model": {"model.head": weight},
        "with a layer more": WEIGHTS | {"model.other": weight.clone()},
        "with no tensor": {},
    }
    for what, tensors in more.items():
        make = lambda root, t=tensors: write_tensors(root / "run.safetensors", checkpoints.KIND, t, PROGRESS)  # noqa: E731
        yield Case(kind, what, make, read=read_checkpoint)
    for at, what, text in altered(PROGRESS, lambda at: at.startswith("history.")):
        about = json.loads(text, parse_constant=str)
        make = lambda root, a=about: write_tensors(root / "run.safetensors", checkpoints.KIND, WEIGHTS, a)  # noqa: E731
        right = _right_weights if what == "a huge number" and at in ("seen", "batch") else None
        yield Case(kind, f"with {what} at {at}", make, right, read_checkpoint)
