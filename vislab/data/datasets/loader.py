"""From pictures read one by one to Scenes: in parallel, fitted to one size, with a report of what was lost."""

import os
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from vislab.data.convert import keep_visible, labels_from_masks
from vislab.data.datasets.id_map import MOST_OBJECTS
from vislab.data.datasets.losses import refuse_lost_classes, report_faults, report_losses
from vislab.data.datasets.resize import Fit, Picture, fit_picture
from vislab.data.datasets.target import settle_target
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import IGNORE, Vocabulary
from vislab.errors import VislabError
from vislab.system.console import Progress
from vislab.system.memory import refuse_beyond

OnError = Literal["raise", "skip"]
T = TypeVar("T")
R = TypeVar("R")

PIXELS_AT_ONCE = 2**22  # renumbered together: 64 bits each
BYTES = (3 + 1 + 2) * 1.5  # a pixel: its colour, class and object, and half as much again for the checks


@dataclass(frozen=True)
class Source:
    """A set of pictures that can be read one by one.

    name: for messages. items: the pictures' ids, in order. size_of, read: height and width, and the picture, at an
    index into `items`; called from several threads; raise VislabError. problems: sentences on what belongs to no
    picture; they stop the load. notes: sentences to report. groups, attributes: one a picture, in order.
    unexplained: whether masks may hold 255, to be ignored, without a word in the set that it means that. files: the
    names of the files that are read, pictures and annotations. target: the classes that its questions are about; ()
    leaves it to the pictures; None if the vocabulary has questions of its own.
    """

    name: str
    vocabulary: Vocabulary
    items: Sequence[str]
    size_of: Callable[[int], tuple[int, int]]
    read: Callable[[int], Picture]
    problems: Sequence[str] = ()
    notes: Sequence[str] = ()
    groups: Sequence[str] | None = None
    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    unexplained: bool = False
    files: frozenset[str] = frozenset()
    target: tuple[str, ...] | None = None


def gather(
    source: Source, size: int | None, limit: int | None, fit: Fit, on_error: OnError, ask: str | None = None
) -> tuple[Scenes, list[str]]:
    """The first `limit` pictures of a source as Scenes of one size, and the report: a sentence each.

    ask: the class that the questions are about, instead of those of the source.

    Raises VislabError for the first bad picture, or with on_error="skip" if none is left.
    """
    left_out = list(source.problems)
    if left_out and on_error == "raise":
        raise VislabError(left_out[0])
    items = list(source.items[:limit])
    if not items:
        raise VislabError(f"{source.name}: holds no pictures; give another path")
    side = (size, size) if size else _one_size(source, len(items))
    what = f"{source.name}: {len(items):,} pictures of {side[0]} × {side[1]}"
    mend = "take fewer with limit= or smaller ones with size="
    refuse_beyond(len(items) * side[0] * side[1] * BYTES, torch.device("cpu"), what, mend)
    arrays = {"images": np.empty((len(items), 3, *side), np.uint8)}

    def read(index: int) -> Picture | VislabError:
        # NumPy alone in here: each thread that calls torch would start threads of torch's own, at ten times the cost.
        try:
            picture = source.read(index)
            if size is None and picture.image.shape[:2] != side:  # its file's head had another size
                raise VislabError(f"{source.name}: picture {items[index]!r} has another size than the rest; give size=")
            _check_masks(picture, source.name, items[index])
            if picture.label is None and picture.semantic is not None and (picture.semantic == IGNORE).all():
                return VislabError(f"{source.name}: all of picture {items[index]!r} is ignored, so it has no truth")
            fitted, rule = fit_picture(picture, side, fit), source.vocabulary.rule
            if fitted is not picture and rule is not None and getattr(fitted, rule.level) is not None:
                fitted.label = None  # it was given for what may now be outside, and the rule leads to it from the masks
            arrays["images"][index] = fitted.image.transpose(2, 0, 1)
            fitted.image = fitted.image[:0]  # to hold the pixels only once
            return fitted
        except VislabError as error:
            if on_error == "raise":
                raise
            return error

    pictures: dict[int, Picture] = {}
    for index, result in enumerate(progress(in_parallel(read, range(len(items))), len(items), source.name)):
        if isinstance(result, VislabError):
            left_out.append(str(result))
        else:
            pictures[index] = result
            _move_masks(result, arrays, index)
    if not pictures:
        raise VislabError(f"{source.name}: none of its {len(items)} pictures can be read; the first: {left_out[0]}")
    scenes = _assemble(source, items, arrays, pictures)
    if source.unexplained and len(pictures) == len(items):
        refuse_lost_classes(source.name, scenes, pictures.values(), partial=limit is not None)
    try:
        scenes, told = settle_target(scenes, ask, source.target)
    except VislabError as error:
        raise VislabError(f"{source.name}: {error}") from error
    lines = [f"{source.name}: {line}" for line in (*told, *report_losses(pictures.values()))]
    return scenes, [
        *source.notes,
        *lines,
        *report_faults(source.name, len(items) - len(pictures), len(items), left_out),
    ]


def _check_masks(picture: Picture, name: str, item: str) -> None:
    """Count ignored pixels, and refuse an id that is too large for the ids of all pictures."""
    if picture.semantic is not None:
        picture.losses["ignored"] = int((picture.semantic == IGNORE).sum())
    largest = 0 if picture.instances is None else int(picture.instances.max(initial=0))
    if largest > MOST_OBJECTS:
        reason = f"picture {item!r} has the object {largest:,}, but ids end at {MOST_OBJECTS:,}"
        raise VislabError(f"{name}: {reason}; number its objects from 1")


def _move_masks(picture: Picture, arrays: dict[str, np.ndarray], index: int) -> None:
    """Move a picture's masks into the arrays of all pictures."""
    for name, dtype in (("semantic", np.uint8), ("instances", np.int16)):
        mask = getattr(picture, name)
        if mask is not None:
            if name not in arrays:
                arrays[name] = np.zeros((len(arrays["images"]), *mask.shape), dtype)
            arrays[name][index] = mask
            setattr(picture, name, None)


def _assemble(source: Source, items: list[str], arrays: dict[str, np.ndarray], read: Mapping[int, Picture]) -> Scenes:
    indices, pictures = list(read), list(read.values())
    complete = len(indices) == len(items)
    tensors = {name: torch.from_numpy(value if complete else value[indices]) for name, value in arrays.items()}
    semantic, instances, objects = tensors.get("semantic"), tensors.get("instances"), None
    if instances is not None:
        objects = _close_gaps(instances, [torch.tensor(picture.classes, dtype=torch.uint8) for picture in pictures])

    def chosen(names: Sequence[str]) -> tuple[str, ...]:
        return tuple(names[index] for index in indices)

    try:
        return Scenes(
            images=tensors["images"],
            labels=_labels(source.vocabulary, [picture.label for picture in pictures], semantic, objects),
            semantic=semantic,
            instances=instances,
            objects=objects,
            vocabulary=source.vocabulary,
            ids=chosen(items),
            groups=None if source.groups is None else chosen(source.groups),
            attributes={name: chosen(values) for name, values in source.attributes.items()},
        )
    except VislabError as error:
        raise VislabError(f"{source.name}: {error}") from error


def _close_gaps(instances: Tensor, classes: list[Tensor]) -> Tensor:
    """Renumber the objects left in each picture, in place, some pictures at a time; returns their classes (n, k)."""
    objects = torch.nn.utils.rnn.pad_sequence(classes, batch_first=True)
    step = max(1, PIXELS_AT_ONCE // instances[0].numel())
    visible: list[Tensor] = []
    for start in range(0, len(instances), step):
        part = slice(start, start + step)
        instances[part], remaining = keep_visible(instances[part], objects[part])
        visible.extend(remaining)
    return torch.nn.utils.rnn.pad_sequence(visible, batch_first=True)


def _labels(
    vocabulary: Vocabulary, given: list[int | None], semantic: Tensor | None, objects: Tensor | None
) -> Tensor | None:
    """The labels as given, and by the rule for the others; None if the rule cannot give them."""
    labels = torch.tensor([-1 if label is None else label for label in given])
    lacking = labels < 0
    if lacking.any():
        rule = vocabulary.rule
        if rule is None or semantic is None or (rule.level == "instances" and objects is None):
            return None
        rows = None if objects is None else objects[lacking]
        labels[lacking] = labels_from_masks(vocabulary, semantic[lacking], rows)
    return labels


def in_parallel(work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """The results in the order of the items, from threads: Pillow and zlib let go of the interpreter's lock.

    The first error is raised in its turn and what has not begun is dropped.
    """
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool, warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="PIL")  # on odd tags of files that can be read all the same
        warnings.simplefilter("error", Image.DecompressionBombWarning)  # decode.py makes a sentence of it
        yield from pool.map(work, items)


def progress(items: Iterable[T], total: int, name: str) -> Iterator[T]:
    """The items, with a bar that counts them as pictures."""
    with Progress(Path(name).name) as bar:
        for number, item in enumerate(items, start=1):
            yield item
            bar.to(number / total, f"{number:,} of {total:,} pictures")


def _one_size(source: Source, count: int) -> tuple[int, int]:
    """The height and width of all pictures; raises VislabError if they differ."""

    def size_of(index: int) -> tuple[int, int] | None:
        try:
            return source.size_of(index)
        except VislabError:
            return None  # reported when the picture is read

    sizes = Counter(size for size in in_parallel(size_of, range(count)) if size)
    if len(sizes) > 1:
        named = ", ".join(f"{h} × {w} ({n})" for (h, w), n in sizes.most_common(4)) + (" …" if len(sizes) > 4 else "")
        raise VislabError(
            f"{source.name}: its pictures are of {len(sizes)} sizes, height × width (pictures): {named}; choose one, "
            'as in size=256 (the centre), or size=256, fit="pad" (the whole picture, scaled)'
        )
    return next(iter(sizes), (1, 1))
