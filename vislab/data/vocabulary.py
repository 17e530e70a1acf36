"""The labels, classes and rules of one kind of picture."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, TypeGuard, get_args

import torch
from torch import Tensor

from vislab.errors import VislabError, is_number, is_whole

IGNORE = 255  # the only semantic value that is no class: what this pixel shows is not known
QUESTIONS = ("any", "share", "count", "where")
Level = Literal["semantic", "instances"]
Symmetry = Literal["mirror", "flip", "turn"]  # left-right, upside down, by a quarter


@dataclass(frozen=True)
class EnoughPixels:
    """Label 1 if `classes` together cover at least `at_least` pixels, inside `zone` if there is one.

    zone: corners (x, y) of a convex polygon in fractions of the picture, clockwise as seen on the screen.
    """

    classes: tuple[str, ...]
    at_least: int
    zone: tuple[tuple[float, float], ...] = ()
    level: Level = field(default="semantic", init=False)

    def __call__(self, vocabulary: "Vocabulary", semantic: Tensor, objects: Tensor | None) -> Tensor:
        """Labels int64 (n,) from semantic masks uint8 (n, h, w) and objects uint8 (n, k), class 0 for none."""
        return (self.counted(vocabulary, semantic).flatten(1).sum(1) >= self.at_least).long()

    def counted(self, vocabulary: "Vocabulary", semantic: Tensor) -> Tensor:
        """The pixels that count, bool like the masks uint8 (n, h, w)."""
        covered = vocabulary.covered(semantic, self.classes)
        return covered & self.inside(*semantic.shape[-2:]).to(semantic.device) if self.zone else covered

    def inside(self, height: int, width: int) -> Tensor:
        """The zone as a bool mask (h, w): pixels whose centre lies in it."""
        y = (torch.arange(height) + 0.5)[:, None] / height
        x = (torch.arange(width) + 0.5)[None, :] / width
        mask = torch.ones(height, width, dtype=torch.bool)
        for (x0, y0), (x1, y1) in zip(self.zone, self.zone[1:] + self.zone[:1], strict=True):
            mask &= (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) >= 0
        return mask


@dataclass(frozen=True)
class ManyObjects:
    """Label 1 if a picture has more than `more_than` objects of the vocabulary's things."""

    more_than: int
    level: Level = field(default="instances", init=False)

    def __call__(self, vocabulary: "Vocabulary", semantic: Tensor | None, objects: Tensor | None) -> Tensor:
        """Labels int64 (n,) from objects uint8 (n, k), class 0 for none; masks are not needed."""
        if objects is None:
            lacking = f"the label of {vocabulary.name} counts objects, but these pictures have no instance masks"
            raise VislabError(f"{lacking}; give labels, and classification works")
        return ((objects > 0).sum(1) > self.more_than).long()


@dataclass(frozen=True)
class LargestClass:
    """The label is the class that covers most pixels; the background only if it covers all.

    Ties go to the class listed first. Labels are the vocabulary's classes, in order.
    """

    level: Level = field(default="semantic", init=False)

    def __call__(self, vocabulary: "Vocabulary", semantic: Tensor, objects: Tensor | None) -> Tensor:
        """Labels int64 (n,) from semantic masks uint8 (n, h, w) and objects uint8 (n, k), class 0 for none."""
        pixels = torch.stack([(semantic == index).flatten(1).sum(1) for index in range(len(vocabulary.classes))], dim=1)
        anything = pixels[:, 1:].sum(1) > 0
        return torch.where(anything, pixels[:, 1:].argmax(1) + 1, 0)


Rule = EnoughPixels | ManyObjects | LargestClass


@dataclass(frozen=True)
class Vocabulary:
    """The words of one kind of picture, and the rule that leads down from masks to a label.

    name: of the kind of picture.
    labels: what a whole picture can be; empty if the pictures have none.
    classes: what a pixel can be; classes[0] is the background. At most 255, as 255 marks a pixel to ignore.
    things: the classes whose objects are counted; the others are stuff.
    rule: masks → label; `rule.level` is the lowest level that determines it. None if labels are given freely.
    questions: the four questions ("any", "share", "count", "where") in words.
    symmetries: turns and flips that keep a picture plausible (a street has no upside down).
    colours: one "#rrggbb" a class.
    share: the two areas of "how much?": that of the first classes is divided by that of the second. () as the first
        stands for what is asked for; as the second for every pixel.
    target: the classes that the questions are about; () stands for the things, or without any for all but the
        background.
    """

    name: str
    labels: tuple[str, ...]
    classes: tuple[str, ...]
    things: tuple[str, ...]
    rule: Rule | None
    questions: Mapping[str, str]
    symmetries: tuple[Symmetry, ...]
    colours: tuple[str, ...]
    share: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    target: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        def expect(right: bool, field: str, expected: str, value: object) -> None:
            if not right:
                raise VislabError(f"vocabulary {self.name!r}: {field} must be {expected}, not {value!r:.200}")

        def expect_among(field: str, values: Iterable[str], known: tuple[str, ...]) -> None:
            expect(set(values) <= set(known), field, f"among {known}", tuple(values))

        expect(isinstance(self.name, str), "name", "text", self.name)
        for name in ("labels", "classes", "things", "symmetries", "target"):
            words = getattr(self, name)
            expect(_are_words(words), name, "names, each of one line of text", words)
            expect(len(set(words)) == len(words), name, "names that differ from one another", words)
        expect(1 <= len(self.classes) <= IGNORE, "classes", f"1 to {IGNORE} names", self.classes)
        expect(_are_words(self.colours) and all(re.fullmatch("#[0-9A-Fa-f]{6}", colour) for colour in self.colours),
               "colours", 'such as "#e69f00"', self.colours)  # fmt: skip
        expect(len(self.colours) == len(self.classes), "colours", f"one a class ({len(self.classes)})", self.colours)
        expect(isinstance(self.questions, Mapping) and all(isinstance(text, str) for text in self.questions.values()),
               "questions", "text by their keys", self.questions)  # fmt: skip
        expect(isinstance(self.share, tuple) and len(self.share) == 2 and all(map(_are_words, self.share)),
               "share", "two lists of classes", self.share)  # fmt: skip
        expect_among("things", self.things, self.classes[1:])
        expect_among("questions", self.questions, QUESTIONS)
        expect_among("symmetries", self.symmetries, get_args(Symmetry))
        expect_among("share", (*self.share[0], *self.share[1]), self.classes)
        expect_among("target", self.target, self.classes[1:])
        if isinstance(self.rule, EnoughPixels):
            expect(
                _are_words(self.rule.classes) and bool(self.rule.classes), "rule.classes", "names", self.rule.classes
            )
            expect_among("rule.classes", self.rule.classes, self.classes)
            expect(is_whole(self.rule.at_least), "rule.at_least", "a number of pixels", self.rule.at_least)
            expect(_is_zone(self.rule.zone), "rule.zone", "three corners (x, y) or more, or none", self.rule.zone)
        if isinstance(self.rule, ManyObjects):
            expect(is_whole(self.rule.more_than, 0), "rule.more_than", "a number of objects", self.rule.more_than)
        if isinstance(self.rule, LargestClass):
            expect(len(self.classes) > 1, "classes", "more than the background, for the largest class", self.classes)
            expect(self.labels == self.classes, "labels", "the classes, for the largest class", self.labels)
        elif self.rule is not None:
            expect(len(self.labels) == 2, "labels", "two names, for a rule that says no or yes", self.labels)

    def class_index(self, name: str) -> int:
        """The index of a class by its name; raises VislabError naming the classes."""
        if name not in self.classes:
            raise VislabError(f"{self.name} has no class {name!r}; it has {', '.join(self.classes)}")
        return self.classes.index(name)

    def difference(self, other: "Vocabulary", kinds: Iterable[str] = ("labels", "classes", "things")) -> str:
        """What another vocabulary calls otherwise, as words; "" if both have the same names, in any order.

        Each kind is compared by name if both have any; a background alone is no class.
        """
        for kind in kinds:
            own, theirs = getattr(self, kind), getattr(other, kind)
            compared = own and theirs and (kind != "classes" or min(len(own), len(theirs)) > 1)
            if compared and set(own) != set(theirs):
                return f"the {kind} {_some(own)}, not {_some(theirs)}"
        return ""

    def in_order_of(self, other: "Vocabulary") -> "Vocabulary":
        """The same words, with those that both have in the order of the other; there must be no `difference`."""
        labels = other.labels if self.labels and other.labels else self.labels
        classes = other.classes if min(len(self.classes), len(other.classes)) > 1 else self.classes
        return replace(
            self,
            labels=labels,
            classes=classes,
            things=tuple(name for name in classes if name in self.things),
            colours=tuple(self.colours[self.classes.index(name)] for name in classes),
            rule=None if isinstance(self.rule, LargestClass) and labels != classes else self.rule,
        )

    @property
    def thing_indices(self) -> tuple[int, ...]:
        """The indices of the classes whose objects are counted."""
        return tuple(self.classes.index(name) for name in self.things)

    @property
    def asked(self) -> tuple[str, ...]:
        """The classes that the questions are about."""
        return self.target or self.things or self.classes[1:]

    @property
    def counted(self) -> tuple[str, ...]:
        """The things that "how many?" counts: those asked for."""
        return tuple(name for name in self.things if name in self.asked)

    def covered(self, semantic: Tensor, names: Iterable[str]) -> Tensor:
        """The pixels of some classes in masks uint8 (n, h, w): bool (n, h, w)."""
        covered = torch.zeros_like(semantic, dtype=torch.bool)
        for name in names:  # torch.isin would need their indices on the device, and a training would wait for the copy
            covered |= semantic == self.classes.index(name)
        return covered

    def to_dict(self) -> dict[str, Any]:
        """As plain lists and strings, for JSON; `from_dict` reads it back."""
        plain = asdict(self)
        plain["questions"] = dict(self.questions)
        plain["rule"] = None if self.rule is None else {"kind": type(self.rule).__name__} | asdict(self.rule)
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Vocabulary":
        """The vocabulary that `to_dict` wrote; raises VislabError for anything else."""
        try:
            fields = {key: _tuples(value) for key, value in plain.items()}
            fields["questions"] = dict(plain["questions"])
            if plain["rule"] is not None:
                rule = {key: _tuples(value) for key, value in plain["rule"].items() if key != "level"}
                fields["rule"] = {kind.__name__: kind for kind in get_args(Rule)}[rule.pop("kind")](**rule)
            return cls(**fields)
        except VislabError:
            raise
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise VislabError(f"not a vocabulary of this version of vislab ({error!r}); write it anew") from error


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:6]) + (" …" if len(names) > 6 else "")


def _are_words(values: object) -> bool:
    """Whether they are names that a table or a sentence can hold."""
    return isinstance(values, tuple) and all(map(is_word, values))


def is_word(value: object) -> TypeGuard[str]:
    """Whether it is a name: text of one line, and not empty."""
    return isinstance(value, str) and bool(value.strip()) and len(value.splitlines()) == 1


def _is_zone(zone: object) -> bool:
    return (
        isinstance(zone, tuple)
        and len(zone) not in (1, 2)
        and all(isinstance(corner, tuple) and len(corner) == 2 and all(map(is_number, corner)) for corner in zone)
    )


def _tuples(value: Any) -> Any:
    """JSON's lists as tuples, at every depth."""
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value
