"""Pictures with their truth: one type for all that is drawn or loaded."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from vislab.data.boxes import derive_places
from vislab.data.checks import OBJECTS, TENSORS, check_shapes, check_values
from vislab.data.scenes_file import read_fields, write_fields
from vislab.data.split import keep_parts, split_indices
from vislab.data.vocabulary import IGNORE, Vocabulary
from vislab.errors import VislabError
from vislab.system.arguments import Index, checked

TASKS = {  # level of truth → what can be learned from it
    "labels": "classification",
    "semantic": "semantic segmentation",
    "instances": "instance segmentation",
    "boxes": "detection",
    "points": "counting by points",
}
PER_OBJECT = ("objects", "boxes", "points")  # (n, k_max, ...)


@dataclass(frozen=True, eq=False, repr=False)
class Scenes:
    """Pictures and their truth, checked once when made.

    images: uint8 (n, 3, h, w), RGB.
    labels: int64 (n,), index into vocabulary.labels; None without labels.
    semantic: uint8 (n, h, w), index into vocabulary.classes, 255 = ignore; or None.
    instances: int16 (n, h, w), 0 = no object, 1..k without gaps in each picture; or None. They imply semantic.
    objects: uint8 (n, k_max), class of object i + 1, 0 = no such object; given with instances, boxes or points.
    vocabulary: what the numbers mean.
    ids: one stable name a picture (the file's own).
    groups: pictures that must not be split apart share a name; None if every picture stands alone.
    attributes: further facts, one string a picture ("" unknown), such as the microscope's modality.
    boxes: float32 (n, k_max, 4), left, top, right, bottom in pixels. points: float32 (n, k_max, 2), x and y. Instances
        tell boxes and points, and boxes points: the highest is given alone, and `need` derives the lower ones.

    If annotations overlap, a pixel belongs to the topmost object: a convention, as a mask holds one id.
    Raises VislabError naming the field, what was expected, what came, and the picture.
    """

    images: Tensor
    labels: Tensor | None
    semantic: Tensor | None
    instances: Tensor | None
    objects: Tensor | None
    vocabulary: Vocabulary
    ids: tuple[str, ...]
    groups: tuple[str, ...] | None = None
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    boxes: Tensor | None = None
    points: Tensor | None = None

    def __post_init__(self) -> None:
        names = {"ids": self.ids, "groups": self.groups}
        names |= {f"attributes[{name!r}]": value for name, value in self.attributes.items()}
        check_shapes(self._tensors, names)
        check_values(self._tensors, self.vocabulary, self.ids, self.size)

    # What there is

    @property
    def _tensors(self) -> dict[str, Tensor | None]:
        return {name: getattr(self, name) for name in TENSORS}

    def _change(self, change: Callable[[Tensor], Tensor]) -> dict[str, Any]:
        return {name: None if value is None else change(value) for name, value in self._tensors.items()}

    def __len__(self) -> int:
        return len(self.images)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.images.shape[2], self.images.shape[3]

    @property
    def device(self) -> torch.device:
        """The device that holds the pictures."""
        return self.images.device

    @property
    def nbytes(self) -> int:
        """The bytes of all tensors."""
        return sum(tensor.nbytes for tensor in self._tensors.values() if tensor is not None)

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels of truth that were given, of "labels", "semantic", "instances", "boxes" and "points"."""
        return tuple(name for name in TASKS if getattr(self, name) is not None)

    def has(self, level: str) -> bool:
        """Whether `need` has a level of truth, given or derived."""
        above = OBJECTS[: OBJECTS.index(level) + 1] if level in OBJECTS else (level,)
        return any(getattr(self, name) is not None for name in above)

    def need(self, level: str) -> Tensor:
        """The tensor of a level of truth: "labels", "semantic", "instances", "boxes", "points" or "objects".

        Boxes and points are derived if a higher level was given. Raises VislabError saying which level is missing and
        what still works without it.
        """
        value: Tensor | None = getattr(self, level)
        if value is None and self.objects is not None and level in ("boxes", "points"):
            value = derive_places(level, self.instances, self.boxes, self.objects.shape[1])
        if value is None:
            names = {"semantic": "semantic masks", "instances": "instance masks", "objects": "instance masks"}
            tasks = " and ".join(TASKS[name] for name in self.levels)
            still = f"{tasks} still work{'s' * (len(self.levels) == 1)}" if tasks else "no task works on them"
            raise VislabError(f"these pictures have no {names.get(level, level)}; {still}")
        return value

    def count_objects(self) -> Tensor:
        """Objects of each class, int64 (n, classes); 0 for classes that are not things."""
        objects = self.need("objects")
        of_class = [(objects == index).sum(1) for index in range(len(self.vocabulary.classes))]
        of_class[0] = torch.zeros_like(of_class[0])  # a 0 in objects pads the row, it is no object
        return torch.stack(of_class, dim=1)

    # Parts and sums

    def __getitem__(self, index: Any) -> "Scenes":
        """The pictures at an index: an int (one picture, still Scenes), a slice, or a sequence as `subset` takes it.

        Raises VislabError if there is no such picture.
        """
        if isinstance(index, slice):
            return self.subset(np.arange(len(self))[index])
        return self.subset([int(index)] if isinstance(index, (int, np.integer)) else index)

    def __iter__(self) -> Iterator["Scenes"]:
        return (self[index] for index in range(len(self)))

    def subset(self, chosen: Sequence[int] | Sequence[bool] | np.ndarray | Tensor) -> "Scenes":
        """The chosen pictures, in that order: indices, or one bool a picture.

        Raises VislabError if there is no such picture.
        """
        indices = torch.as_tensor(np.asarray(chosen.cpu() if isinstance(chosen, Tensor) else chosen))
        if indices.dtype == torch.bool:
            if indices.shape != (len(self),):
                raise VislabError(f"choosing takes a bool for each of {len(self)} pictures, not {tuple(indices.shape)}")
            indices = indices.nonzero()[:, 0]
        indices = indices.long().flatten()
        missing = indices[(indices < -len(self)) | (indices >= len(self))]
        if len(missing):
            raise VislabError(f"pictures 0 to {len(self) - 1} can be chosen, not {int(missing[0])}")
        order = torch.where(indices < 0, indices + len(self), indices).to(self.device)
        tensors = self._change(lambda value: value[order])
        if tensors["objects"] is not None:  # drop the columns that only the other pictures needed
            fullest = int((tensors["objects"] > 0).sum(1).max()) if len(order) else 0
            tensors |= {name: tensors[name][:, :fullest] for name in PER_OBJECT if tensors[name] is not None}
        positions = order.tolist()

        def take(names: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(names[index] for index in positions)

        return Scenes(
            **tensors,
            vocabulary=self.vocabulary,
            ids=take(self.ids),
            groups=None if self.groups is None else take(self.groups),
            attributes={name: take(values) for name, values in self.attributes.items()},
        )

    def to(self, device: str | torch.device) -> "Scenes":
        """The same pictures on another device; themselves if they are on it already."""
        if torch.device(device) == self.device:
            return self
        return replace(self, **self._change(lambda value: value.to(device)))

    def renumber(self, vocabulary: Vocabulary) -> "Scenes":
        """The same pictures with labels and classes in the order of another vocabulary; themselves if they are in it.

        Raises VislabError naming the difference if the two do not have the same names.
        """
        own = self.vocabulary
        if reason := own.difference(vocabulary):
            lacking = f"pictures of {own.name} have {reason}, as {vocabulary.name} has"
            raise VislabError(f"{lacking}; bring pictures of one kind")
        words = own.in_order_of(vocabulary)
        if (words.labels, words.classes) == (own.labels, own.classes):
            return self
        to_label = torch.tensor([words.labels.index(name) for name in own.labels], device=self.device)
        to_class = torch.full((IGNORE + 1,), IGNORE, dtype=torch.uint8, device=self.device)
        for index, name in enumerate(own.classes):
            to_class[index] = words.classes.index(name)
        return replace(
            self,
            vocabulary=words,
            labels=None if self.labels is None else to_label[self.labels],
            semantic=None if self.semantic is None else to_class[self.semantic.long()],
            objects=None if self.objects is None else to_class[self.objects.long()],
        )

    def __add__(self, other: "Scenes") -> "Scenes":
        return concatenate([self, other])

    @checked
    def split(self, valid: float = 0.1, test: float = 0.2, seed: Index = 0) -> "Parts":
        """Train, valid and test pictures: those in neither valid nor test are for training.

        valid, test: shares of the pictures, 0 or more and together below 1.
        Pictures of one group stay together; labels keep their proportions as far as groups allow. The same seed
        gives the same split. The attribute "part" names each picture's part.
        A set that is divided already, whose attribute "part" names train pictures and others, keeps its parts whatever
        the shares. If it has no test part, its valid part is the test (unless test is 0), and the valid pictures are
        taken from train, as they are if it has no valid part. A single part can be split freely.
        Raises VislabError if a part would have no picture.
        """
        labels = np.zeros(len(self), int) if self.labels is None else self.labels.cpu().numpy()
        shares = {"train": 1 - valid - test, "valid": valid, "test": test}
        own = keep_parts(self.attributes.get("part", ()), labels, self.groups, valid, test, seed)
        parts = own or split_indices(labels, self.groups, shares, seed)
        return Parts(**{name: self.subset(indices).as_part(name) for name, indices in parts.items()})

    def as_part(self, part: str) -> "Scenes":
        """The same pictures with the attribute "part" set to "train", "valid" or "test"."""
        return replace(self, attributes={**self.attributes, "part": (part,) * len(self)})

    # Files

    @checked
    def save(self, path: str | Path) -> Path:
        """Write all of it to one file, complete or not at all; returns the path, which must end in .safetensors."""
        about = {"vocabulary": self.vocabulary, "ids": self.ids, "groups": self.groups, "attributes": self.attributes}
        return write_fields(Path(path), self._tensors, about)

    @classmethod
    @checked
    def load(cls, path: str | Path) -> "Scenes":
        """Read a file of `save`. Raises VislabError if it is missing, truncated or something else."""
        return read_fields(Path(path), cls)

    def __repr__(self) -> str:
        height, width = self.size
        parts = [f"{len(self):,} {'picture' if len(self) == 1 else 'pictures'} of {height} × {width}"]
        parts += [name for name in ("labels", "semantic") if getattr(self, name) is not None]
        if self.objects is not None:
            known_by = next(name for name in OBJECTS if getattr(self, name) is not None)
            parts.append(f"{known_by} ({int((self.objects > 0).sum()):,} objects)")
        if self.groups is not None:
            parts.append(f"{len(set(self.groups)):,} groups")
        parts.append(f"{self.nbytes / 1e6:,.1f} MB on {self.device}")
        return f"Scenes({self.vocabulary.name}: {', '.join(parts)})"


class Parts(NamedTuple):
    """What `Scenes.split` gives."""

    train: Scenes
    valid: Scenes
    test: Scenes


def concatenate(several: Sequence[Scenes]) -> Scenes:
    """The pictures of several Scenes of one size, one after another, with the vocabulary of the first.

    Labels and classes must have the same names, in any order. If one of them lacks a level of truth, or groups, so
    does the result; a missing attribute is "". Raises VislabError if names or sizes differ.
    """
    if not several:
        raise VislabError("there is nothing to concatenate; give at least one Scenes")
    first = several[0]
    several = [scenes.renumber(first.vocabulary) for scenes in several]
    for other in several[1:]:
        if other.size != first.size:
            raise VislabError(f"pictures of {first.size} and {other.size} px do not stack; load them with one size=")
    tensors: dict[str, Any] = {}
    for name in TENSORS:
        values = [getattr(scenes, name) for scenes in several]
        if any(value is None for value in values):
            tensors[name] = None
            continue
        if name in PER_OBJECT:
            widest = max(value.shape[1] for value in values)
            values = [pad(value, [0, 0] * (value.ndim - 2) + [0, widest - value.shape[1]]) for value in values]
        tensors[name] = torch.cat([value.to(first.device) for value in values])
    grouped = all(scenes.groups is not None for scenes in several)
    attributes = {
        name: tuple(text for scenes in several for text in scenes.attributes.get(name, ("",) * len(scenes)))
        for name in sorted({name for scenes in several for name in scenes.attributes})
    }
    return Scenes(
        **tensors,
        vocabulary=first.vocabulary,
        ids=tuple(name for scenes in several for name in scenes.ids),
        groups=tuple(name for scenes in several for name in scenes.groups or ()) if grouped else None,
        attributes=attributes,
    )


def fingerprint(scenes: Scenes) -> str:
    """Sixteen hexadecimal digits that differ if the pictures do: whether two studies tested the same pictures."""
    return hashlib.sha256(scenes.images.cpu().contiguous().numpy().data).hexdigest()[:16]
