"""Pictures with their truth: one type for whatever was drawn or loaded."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vislab.errors import VislabError
from vislab.files import writing
from vislab.vocabulary import IGNORE, Vocabulary

FORMAT = 1  # of the file that save writes
TENSORS = {  # field: dtype and the shape in words
    "images": (torch.uint8, "(n, 3, h, w)"),
    "labels": (torch.int64, "(n,)"),
    "semantic": (torch.uint8, "(n, h, w)"),
    "instances": (torch.int16, "(n, h, w)"),
    "objects": (torch.uint8, "(n, k_max)"),
}


@dataclass(frozen=True, eq=False, repr=False)
class Scenes:
    """Pictures and what is known of them, checked once when made.

    images: uint8 (n, 3, h, w), RGB.
    labels: int64 (n,), index into vocabulary.labels; None where nobody labelled.
    semantic: uint8 (n, h, w), index into vocabulary.classes, 255 = ignore; or None.
    instances: int16 (n, h, w), 0 = no object, 1..k without gaps in each picture; or None. They imply semantic.
    objects: uint8 (n, k_max), class of object i + 1, 0 = no such object; None exactly where instances is.
    vocabulary: what the numbers mean.
    ids: one stable name a picture (the file's own).
    groups: pictures that must not be split apart share a name; None where every picture stands alone.
    attributes: further facts, one string a picture ("" unknown), such as the microscope's modality.

    Where an annotation overlaps another the pixel is the topmost object's: a convention, as a mask holds one id.
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

    def __post_init__(self) -> None:
        self._check_shapes()
        self._check_values()

    def _check_shapes(self) -> None:
        if self.images.dim() != 4 or self.images.shape[1] != 3:
            raise VislabError(f"images must be (n, 3, h, w), not {tuple(self.images.shape)}")
        n, _, h, w = self.images.shape
        shapes = {"labels": (n,), "semantic": (n, h, w), "instances": (n, h, w), "objects": (n, -1)}
        for name, (dtype, words) in TENSORS.items():
            value = getattr(self, name)
            if value is None:
                continue
            if value.dtype != dtype:
                raise VislabError(f"{name} must be {dtype}, not {value.dtype}; convert it with .to({dtype})")
            shape = shapes.get(name, value.shape)
            if len(value.shape) != len(shape) or any(a != b for a, b in zip(value.shape, shape, strict=True) if b >= 0):
                raise VislabError(
                    f"{name} must be {words} like the {n} pictures of {h} × {w}, not {tuple(value.shape)}"
                )
            if value.device != self.images.device:
                raise VislabError(
                    f"{name} is on {value.device}, the pictures on {self.images.device}; bring them together"
                )
        if (self.instances is None) != (self.objects is None):
            raise VislabError(
                "instances and objects come together: ids without classes say nothing; give both or neither"
            )
        if self.instances is not None and self.semantic is None:
            raise VislabError("instances imply semantic; derive it with vislab.derive.semantic_from_instances")
        names = {"ids": self.ids, "groups": self.groups} | {f"attributes[{k!r}]": v for k, v in self.attributes.items()}
        for name, value in names.items():
            if value is not None and len(value) != n:
                raise VislabError(f"{name} must hold one name for each of {n} pictures, not {len(value)}")

    def _check_values(self) -> None:
        words = self.vocabulary
        if self.labels is not None and len(self):
            wrong = (self.labels < 0) | (self.labels >= len(words.labels))
            self._refuse(wrong, "labels", f"0 to {len(words.labels) - 1} ({', '.join(words.labels)})", self.labels)
        # A bounded number of pictures at a time, so that checking never needs more than a few megabytes.
        step = max(1, 2**22 // max(1, self.images[:1].numel()))
        for start in range(0, len(self), step):
            self._check_masks(start, slice(start, start + step))

    def _check_masks(self, start: int, part: slice) -> None:
        words = self.vocabulary
        if self.semantic is None:
            return
        semantic = self.semantic[part]
        wrong = (semantic >= len(words.classes)) & (semantic != IGNORE)
        expected = f"0 to {len(words.classes) - 1} ({', '.join(words.classes)}) or {IGNORE} to ignore"
        self._refuse(wrong, "semantic", expected, semantic, start)
        if self.instances is None or self.objects is None:
            return
        instances, objects = self.instances[part].long(), self.objects[part]
        self._refuse(instances < 0, "instances", "0 for no object or an id from 1", instances, start)
        there = objects > 0
        known = torch.zeros(256, dtype=torch.bool, device=objects.device)
        known[[0, *words.thing_indices]] = True
        self._refuse(~known[objects.long()], "objects", f"0 or a thing ({', '.join(words.things)})", objects, start)
        self._refuse(there[:, 1:] & ~there[:, :-1], "objects", "classes first and then only 0", objects[:, 1:], start)
        beyond = instances > there.sum(1)[:, None, None]
        self._refuse(beyond, "instances", "ids up to the number of its objects", instances, start)
        # The class of every pixel's object, the background's 0 for "no object" put before the others.
        table = torch.nn.functional.pad(objects, (1, 0)).long()
        said = table.gather(1, instances.flatten(1)).view_as(instances)
        differs = (instances > 0) & (said != semantic)
        self._refuse(differs, "semantic", "the class of the object that stands there", semantic, start)
        seen = torch.zeros_like(table, dtype=torch.bool).scatter_(1, instances.flatten(1), True)[:, 1:]
        self._refuse(there & ~seen, "objects", "objects that have pixels (ids without gaps)", objects, start)

    def _refuse(self, wrong: Tensor, name: str, expected: str, value: Tensor, start: int = 0) -> None:
        """Raise for the first picture in which `wrong` holds anywhere."""
        if wrong.any():
            where = tuple(wrong.nonzero()[0].tolist())
            came = value[where].item()
            raise VislabError(f"{name} of picture {self.ids[start + where[0]]!r} must be {expected}, not {came}")

    # What there is

    def __len__(self) -> int:
        return len(self.images)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.images.shape[2], self.images.shape[3]

    @property
    def device(self) -> torch.device:
        """Where the pictures are."""
        return self.images.device

    @property
    def levels(self) -> tuple[str, ...]:
        """Which truth these pictures carry, of "labels", "semantic" and "instances"."""
        return tuple(name for name in ("labels", "semantic", "instances") if getattr(self, name) is not None)

    def need(self, level: str) -> Tensor:
        """The tensor of a level of truth ("labels", "semantic", "instances" or "objects").

        Raises VislabError saying which level is missing and what still works without it.
        """
        value: Tensor | None = getattr(self, level)
        if value is None:
            what = {"labels": "labels", "semantic": "semantic masks"}.get(level, "instance masks")
            works = {
                "labels": "classification",
                "semantic": "semantic segmentation",
                "instances": "instance segmentation",
            }
            still = " and ".join(works[name] for name in self.levels)
            raise VislabError(
                f"these pictures have no {what}; {still + ' still works' if still else 'no task works on them'}"
            )
        return value

    def count_objects(self) -> Tensor:
        """Objects of each class, int64 (n, classes); 0 for classes that are not things."""
        objects = self.need("objects")
        of_class = [(objects == index).sum(1) for index in range(len(self.vocabulary.classes))]
        of_class[0] = torch.zeros_like(of_class[0])  # a 0 in objects pads the row, it is no object
        return torch.stack(of_class, dim=1)

    # Taking parts and putting together

    def __getitem__(self, index: Any) -> "Scenes":
        """The pictures at an index: an int (one picture, still Scenes), a slice, or a sequence as `subset` takes it."""
        if isinstance(index, (int, np.integer)):
            if not -len(self) <= index < len(self):
                raise IndexError(f"picture {index} of {len(self)}")
            return self.subset([int(index) % len(self)])
        if isinstance(index, slice):
            return self.subset(range(*index.indices(len(self))))
        return self.subset(index)

    def __iter__(self) -> Iterator["Scenes"]:
        return (self[index] for index in range(len(self)))

    def subset(self, chosen: Sequence[int] | Sequence[bool] | np.ndarray | Tensor) -> "Scenes":
        """The chosen pictures, in that order: indices, or one bool a picture.

        Raises VislabError where an index is not there.
        """
        wanted = torch.as_tensor(np.asarray(chosen.cpu() if isinstance(chosen, Tensor) else chosen))
        if wanted.dtype == torch.bool:
            if wanted.shape != (len(self),):
                raise VislabError(
                    f"a bool for each of {len(self)} pictures is needed to choose, not {tuple(wanted.shape)}"
                )
            wanted = wanted.nonzero()[:, 0]
        wanted = wanted.long().flatten()
        if len(wanted) and not (-len(self) <= int(wanted.min()) and int(wanted.max()) < len(self)):
            raise VislabError(f"pictures 0 to {len(self) - 1} can be chosen, not {int(wanted.abs().max())}")
        wanted = torch.where(wanted < 0, wanted + len(self), wanted)
        where = wanted.to(self.device)
        tensors: dict[str, Any] = {
            name: None if getattr(self, name) is None else getattr(self, name)[where] for name in TENSORS
        }
        if tensors["objects"] is not None:  # keep no columns that only pictures left behind needed
            fullest = int((tensors["objects"] > 0).sum(1).max()) if len(wanted) else 0
            tensors["objects"] = tensors["objects"][:, :fullest]
        return self._with(tensors, wanted.tolist())

    def _with(self, tensors: dict[str, Any], order: Sequence[int]) -> "Scenes":
        """These tensors, and the names of the pictures in this order."""

        def take(names: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(names[index] for index in order)

        return Scenes(
            **tensors,
            vocabulary=self.vocabulary,
            ids=take(self.ids),
            groups=None if self.groups is None else take(self.groups),
            attributes={name: take(values) for name, values in self.attributes.items()},
        )

    def to(self, device: str | torch.device) -> "Scenes":
        """The same pictures on another device; themselves where they are there already."""
        if torch.device(device) == self.device:
            return self
        moved: dict[str, Any] = {
            name: None if getattr(self, name) is None else getattr(self, name).to(device) for name in TENSORS
        }
        return replace(self, **moved)

    def __add__(self, other: "Scenes") -> "Scenes":
        return concatenate([self, other])

    def split(self, valid: float = 0.1, test: float = 0.2, seed: int = 0) -> tuple["Scenes", "Scenes", "Scenes"]:
        """Train, valid and test pictures: what is neither valid nor test trains.

        valid, test: shares of the pictures, 0 or more and together below 1.
        Pictures of one group stay together; labels keep their proportions as far as groups allow. The same seed
        gives the same split. Raises VislabError where a part would have no picture.
        """
        from vislab.splitting import split_indices

        parts = split_indices(self, {"train": 1 - valid - test, "valid": valid, "test": test}, seed)
        train, held, last = (self.subset(parts[name]) for name in ("train", "valid", "test"))
        return train, held, last

    # Keeping

    def save(self, path: str | Path) -> Path:
        """Write all of it to one safetensors file, complete or not at all; returns the path."""
        from safetensors.torch import save_file

        path = Path(path)
        tensors = {name: getattr(self, name).contiguous().cpu() for name in TENSORS if getattr(self, name) is not None}
        about = {"vocabulary": self.vocabulary.to_dict(), "ids": self.ids, "groups": self.groups}
        about["attributes"] = dict(self.attributes)
        metadata = {"format": str(FORMAT), "kind": "vislab.Scenes", "about": json.dumps(about)}
        with writing(path) as part:
            save_file(tensors, part, metadata)
        return path

    @classmethod
    def load(cls, path: str | Path) -> "Scenes":
        """Read what `save` wrote. Raises VislabError where the file is missing, truncated or something else."""
        from safetensors import SafetensorError, safe_open

        path = Path(path)
        try:
            with safe_open(path, framework="pt") as file:
                metadata = file.metadata() or {}
                if metadata.get("kind") != "vislab.Scenes":
                    raise VislabError(f"{path}: holds no vislab scenes; give a file that Scenes.save wrote")
                if metadata.get("format") != str(FORMAT):
                    raise VislabError(
                        f"{path}: has format {metadata.get('format')}, this vislab reads {FORMAT}; save it anew"
                    )
                tensors: dict[str, Any] = dict.fromkeys(TENSORS)
                tensors |= {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118, no mapping
            about = json.loads(metadata["about"])
            return cls(
                **tensors,
                vocabulary=Vocabulary.from_dict(about["vocabulary"]),
                ids=tuple(about["ids"]),
                groups=None if about["groups"] is None else tuple(about["groups"]),
                attributes={name: tuple(values) for name, values in about["attributes"].items()},
            )
        except FileNotFoundError as error:
            raise VislabError(f"{path}: there is no such file; give one that Scenes.save wrote") from error
        except VislabError as error:
            raise error if str(error).startswith(str(path)) else VislabError(f"{path}: {error}") from error
        except (OSError, SafetensorError, KeyError, TypeError, json.JSONDecodeError) as error:
            raise VislabError(f"{path}: cannot be read as vislab scenes ({error}); save it anew") from error

    # Showing itself

    def __repr__(self) -> str:
        height, width = self.size
        parts = [f"{len(self):,} {'picture' if len(self) == 1 else 'pictures'} of {height} × {width}"]
        parts += [name for name in ("labels", "semantic") if getattr(self, name) is not None]
        if self.objects is not None:
            parts.append(f"instances ({int((self.objects > 0).sum()):,} objects)")
        if self.groups is not None:
            parts.append(f"{len(set(self.groups)):,} groups")
        held = sum(getattr(self, f.name).nbytes for f in fields(self) if isinstance(getattr(self, f.name), Tensor))
        parts.append(f"{held / 1e6:,.1f} MB on {self.device}")
        return f"Scenes({self.vocabulary.name}: {', '.join(parts)})"

    def _ipython_display_(self) -> None:
        """In a notebook: the contact sheet, and under it the line that print gives."""
        from vislab.figures import show

        show(self)._ipython_display_()
        print(self)


def concatenate(several: Sequence[Scenes]) -> Scenes:
    """The pictures of several Scenes of one vocabulary and size, one after another.

    A level of truth that one of them lacks is lacking in the result, groups included; attributes that some lack
    are "" there. Raises VislabError where vocabularies or sizes differ.
    """
    if not several:
        raise VislabError("nothing to concatenate; give at least one Scenes")
    first = several[0]
    for other in several[1:]:
        if other.vocabulary != first.vocabulary:
            raise VislabError(
                f"pictures of {first.vocabulary.name} and of {other.vocabulary.name} use other words; keep them apart"
            )
        if other.size != first.size:
            raise VislabError(
                f"pictures of {first.size} and {other.size} pixels do not stack; load them with one size="
            )
    tensors: dict[str, Any] = {}
    for name in TENSORS:
        values = [getattr(scenes, name) for scenes in several]
        if any(value is None for value in values):
            tensors[name] = None
            continue
        if name == "objects":
            widest = max(value.shape[1] for value in values)
            values = [torch.nn.functional.pad(value, (0, widest - value.shape[1])) for value in values]
        tensors[name] = torch.cat([value.to(first.device) for value in values])
    grouped = all(scenes.groups is not None for scenes in several)
    names = sorted({name for scenes in several for name in scenes.attributes})
    return Scenes(
        **tensors,
        vocabulary=first.vocabulary,
        ids=tuple(name for scenes in several for name in scenes.ids),
        groups=tuple(name for scenes in several for name in scenes.groups or ()) if grouped else None,
        attributes={
            name: tuple(v for scenes in several for v in scenes.attributes.get(name, ("",) * len(scenes)))
            for name in names
        },
    )
