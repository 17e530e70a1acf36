"""From pictures read one by one to Scenes: in parallel, fitted to one size, with a report of what was lost."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from vislab.derive import keep_visible, labels_from_masks
from vislab.errors import VislabError
from vislab.photos.fitting import Fit, Picture, fit_picture
from vislab.photos.parallel import in_parallel, progress
from vislab.scenes import Scenes
from vislab.vocabulary import Vocabulary

OnError = Literal["raise", "skip"]

# What can be lost on the way without anything being wrong, as the report says it.
LOSSES = {
    "overlap": ("pixel", "belonged to two objects or more; the smallest took all"),
    "hidden": ("object", "lay wholly behind smaller ones; left out"),
    "empty": ("object", "covered no pixel; left out"),
    "vanished": ("object", "had no pixel at this size; left out"),
    "disagree": ("pixel", "said one class in masks/ and another in instances/; the object's stands"),
}


@dataclass(frozen=True)
class Source:
    """A set of pictures that can be read one by one.

    name: for messages. items: the pictures' ids, in order. size_of, read: called with a place in `items`, from
    several threads; raise VislabError. problems: sentences on what belongs to no picture.
    groups, attributes: one a picture, in order.
    """

    name: str
    vocabulary: Vocabulary
    items: Sequence[str]
    size_of: Callable[[int], tuple[int, int]]
    read: Callable[[int], Picture]
    problems: Sequence[str] = ()
    groups: Sequence[str] | None = None
    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)


def gather(
    source: Source, size: int | None, limit: int | None, fit: Fit, on_error: OnError
) -> tuple[Scenes, list[str]]:
    """The first `limit` pictures of a source as Scenes of one size, and the report: a sentence each.

    Raises VislabError for the first bad picture, or with on_error="skip" where none is left.
    """
    left_out: list[str] = list(source.problems)
    if left_out and on_error == "raise":
        raise VislabError(left_out[0])
    items = list(source.items[:limit])
    if not items:
        raise VislabError(f"{source.name}: holds no pictures; give another path")
    side = (size, size) if size else _one_size(source, len(items))
    _refuse_too_much(source.name, len(items), side)
    images = torch.empty(len(items), 3, *side, dtype=torch.uint8)
    levels: dict[str, Tensor] = {}

    def one(place: int) -> tuple[Picture, Tensor | None] | VislabError:
        try:
            picture = source.read(place)
            if size is None and picture.image.shape[:2] != side:  # its head had said otherwise
                raise VislabError(f"{source.name}: picture {items[place]!r} has another size than the rest; give size=")
            fitted = fit_picture(picture, side, fit)
            if fitted is not picture and _rule_applies(fitted, source.vocabulary):
                fitted.label = None  # it was given for what may now be outside
            images[place] = torch.from_numpy(np.array(fitted.image)).permute(2, 0, 1)
            fitted.image = fitted.image[:0]  # the pixels are held once
            return fitted, _finish(fitted, source.vocabulary)
        except VislabError as error:
            if on_error == "raise":
                raise
            return error

    read: list[tuple[int, Picture, Tensor | None]] = []
    for place, result in enumerate(progress(in_parallel(one, range(len(items))), len(items), source.name)):
        if isinstance(result, VislabError):
            left_out.append(str(result))
        else:
            read.append((place, *result))
            _keep(levels, result[0], place, len(items))
    if not read:
        first = f"; the first: {left_out[0]}" if left_out else ""
        raise VislabError(f"{source.name}: none of its {len(items)} pictures can be read{first}")
    scenes = _assemble(source, items, images, levels, read)
    return scenes, _report(source.name, len(items), left_out, [picture.losses for _, picture, _ in read])


def _keep(levels: dict[str, Tensor], picture: Picture, place: int, count: int) -> None:
    """Move a picture's masks into the tensors of all; the first one that has a level makes room for it."""
    for name, dtype in (("semantic", torch.uint8), ("instances", torch.int16)):
        value = getattr(picture, name)
        if value is not None:
            levels.setdefault(name, torch.zeros(count, *value.shape, dtype=dtype))[place] = torch.from_numpy(value)
            setattr(picture, name, None)


def _rule_applies(picture: Picture, vocabulary: Vocabulary) -> bool:
    """Whether the rule can lead from this picture's masks to its label."""
    return vocabulary.rule is not None and getattr(picture, vocabulary.rule.level) is not None


def _finish(picture: Picture, vocabulary: Vocabulary) -> Tensor | None:
    """Ids without gaps, the label by the rule; returns the classes of the objects, uint8 (k,), or None."""
    objects = None
    if picture.instances is not None:
        ids = torch.from_numpy(picture.instances.astype(np.int16))[None]
        ids, objects = keep_visible(ids, torch.tensor([list(picture.classes)], dtype=torch.uint8))
        picture.instances = ids[0].numpy()
    if picture.label is None and picture.semantic is not None and _rule_applies(picture, vocabulary):
        picture.label = int(labels_from_masks(vocabulary, torch.from_numpy(picture.semantic)[None], objects))
    return None if objects is None else objects[0]


def _assemble(
    source: Source,
    items: list[str],
    images: Tensor,
    levels: dict[str, Tensor],
    read: list[tuple[int, Picture, Tensor | None]],
) -> Scenes:
    places = [place for place, _, _ in read]
    if len(places) < len(items):
        images, levels = images[places], {name: value[places] for name, value in levels.items()}
    objects = None
    if "instances" in levels:
        objects = torch.nn.utils.rnn.pad_sequence([row for _, _, row in read if row is not None], batch_first=True)
    labels = [picture.label for _, picture, _ in read if picture.label is not None]

    def chosen(names: Sequence[str]) -> tuple[str, ...]:
        return tuple(names[place] for place in places)

    try:
        return Scenes(
            images=images,
            labels=torch.tensor(labels, dtype=torch.int64) if len(labels) == len(read) else None,
            semantic=levels.get("semantic"),
            instances=levels.get("instances"),
            objects=objects,
            vocabulary=source.vocabulary,
            ids=chosen(items),
            groups=None if source.groups is None else chosen(source.groups),
            attributes={name: chosen(values) for name, values in source.attributes.items()},
        )
    except VislabError as error:
        raise VislabError(f"{source.name}: {error}") from error


# One size


def _one_size(source: Source, count: int) -> tuple[int, int]:
    """The height and width of all pictures, or the sentence that they differ."""

    def size_of(place: int) -> tuple[int, int] | None:
        try:
            return source.size_of(place)
        except VislabError:
            return None  # told when the picture is read

    sizes = Counter(size for size in in_parallel(size_of, range(count)) if size)
    if len(sizes) > 1:
        named = ", ".join(f"{h} × {w} ({n})" for (h, w), n in sizes.most_common(4)) + (" …" if len(sizes) > 4 else "")
        raise VislabError(
            f"{source.name}: its pictures are of {len(sizes)} sizes, height × width (pictures): {named}; say how they "
            'meet, as in size=256 (a crop from the centre) or size=256, fit="pad" (the whole picture)'
        )
    return next(iter(sizes), (1, 1))


def _refuse_too_much(name: str, count: int, side: tuple[int, int]) -> None:
    import psutil

    needed, free = count * side[0] * side[1] * 6 * 1.5, psutil.virtual_memory().available  # RGB, class, id; and checks
    if needed > free:
        raise VislabError(
            f"{name}: {count:,} pictures of {side[0]} × {side[1]} need {needed / 1e9:,.1f} GB and {free / 1e9:,.1f} GB "
            "are free; take fewer with limit= or smaller ones with size="
        )


# What was lost


def _report(name: str, count: int, left_out: list[str], losses: list[Counter[str]]) -> list[str]:
    """A sentence for each kind of loss, and one for each picture or file that was left out, the number first."""
    lines = []
    for key, (what, sentence) in LOSSES.items():
        hit = [loss[key] for loss in losses if loss[key]]
        if hit:
            lines.append(f"{name}: {_some(sum(hit), what)} in {_some(len(hit), 'picture')} {sentence}")
    if left_out:
        gone = f"{count - len(losses):,} of {_some(count, 'picture')} left out"
        lines.append(f"{name}: {gone}, {_some(len(left_out), 'fault')}:")
    return lines + left_out


def _some(count: int, what: str) -> str:
    return f"{count:,} {what}" + "s" * (count != 1)
