"""What the questions are about: one class that somebody names, else what the pictures themselves suggest."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from vislab.data.convert import labels_from_masks
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import IGNORE, EnoughPixels, Vocabulary
from vislab.errors import VislabError

MOST_NAMES = 3  # classes that a label or a question names


def ask_for(scenes: Scenes, name: str) -> Scenes:
    """The same pictures with questions about one class: is there any, what share of the picture, how many, where.

    Labels are made anew from the masks: "no NAME" and "NAME"; there are none if all of several pictures have the same.
    Raises VislabError if there is no such class, or if there are no masks.
    """
    if scenes.vocabulary.class_index(name) == 0:
        others = ", ".join(scenes.vocabulary.classes[1:])
        raise VislabError(f"{name} is the background, where nothing is; ask for a class that is there ({others})")
    scenes.need("semantic")
    return ask_about(scenes, (name,))


def ask_about(scenes: Scenes, target: tuple[str, ...], keep_labels: bool = False) -> Scenes:
    """The same pictures, with masks, of which the questions ask for these classes; keep_labels: as they were given."""
    words, named = scenes.vocabulary, _named(target)
    words = replace(words, target=target, share=((), ()))
    questions = questions_about(target, words.counted)
    if keep_labels:
        kept = {key: text for key, text in words.questions.items() if key == "any"}
        return replace(scenes, vocabulary=replace(words, questions=kept | questions))
    rule = EnoughPixels(target, at_least=1)
    labelled = replace(words, labels=(f"no {named}", named), rule=rule)
    labels = labels_from_masks(labelled, scenes.need("semantic"), scenes.objects)
    if labels.min() < labels.max() or len(labels) == 1:  # one picture does not tell what others show
        questions = {"any": f"Is there any {named}?"} | questions
        return replace(scenes, vocabulary=replace(labelled, questions=questions), labels=labels)
    return replace(scenes, vocabulary=replace(words, labels=(), rule=None, questions=questions), labels=None)


def questions_about(target: Sequence[str], counted: Sequence[str]) -> dict[str, str]:
    """What share of a picture the classes cover, where, and, if any are counted, how many there are."""
    named = _named(target)
    questions = {"share": f"What share of the picture is {named}?", "where": f"Where is {named}?"}
    return questions | ({"count": f"How many are there: {_named(counted)}?"} if counted else {})


def settle_target(scenes: Scenes, ask: str | None, own: tuple[str, ...] | None) -> tuple[Scenes, list[str]]:
    """Pictures as they were read, with what their questions are about, and sentences on it.

    ask: the class that somebody named. own: those that the set names; () leaves it to the pictures; None keeps the
    questions that the vocabulary has. Labels that were given stay, unless `ask` says otherwise. Raises as `ask_for`.
    """
    words = scenes.vocabulary
    if ask is not None:
        asked = ask_for(scenes, ask)
        given = _listed(words.labels) if words.rule is None else ""
        aside = [f"its labels ({given}) are set aside, as ask= names {ask}"] if given else []
        return asked, aside + _say_alike(asked)
    if own is None or scenes.semantic is None or len(words.classes) == 1:  # no class but the background
        return scenes, []
    target = own or suggest_target(scenes)
    asked = ask_about(scenes, target, keep_labels=bool(words.labels))
    chosen = not own and set(target) != set(words.classes[1:])
    told = [f"the questions are about {_listed(target)}; ask= names another class"] if chosen else []
    return asked, told + _say_alike(asked)


def _say_alike(scenes: Scenes) -> list[str]:
    """Why "is there any?" is not asked, if it is not, and which class would divide the pictures."""
    words, count = scenes.vocabulary, len(scenes)
    if words.labels:
        return []
    shown = words.covered(scenes.need("semantic"), words.target).any()
    all_or_none = f"all {count:,} pictures show" if shown else f"none of the {count:,} pictures shows"
    line = f'{all_or_none} {_named(words.target)}, so "is there any?" is not asked'
    best, present = _divide_best(scenes)
    return [f"{line}; ask={best!r} divides them ({present:,} show it)" if 0 < present < count else line]


def suggest_target(scenes: Scenes) -> tuple[str, ...]:
    """The classes to ask for if nobody says: the things; without any, the class that divides the pictures best."""
    words = scenes.vocabulary
    return words.things or (_divide_best(scenes)[0],)


def _divide_best(scenes: Scenes) -> tuple[str, int]:
    """The class whose presence is nearest to half of the pictures, and how many show it.

    If each class is in all of them or in none, the one whose share differs most from picture to picture.
    """
    pixels = _count_pixels(scenes.need("semantic"), scenes.vocabulary).double()  # (n, classes)
    shown = (pixels > 0).double()
    spread = (pixels / pixels.sum(1, keepdim=True).clamp(min=1)).std(0, correction=0)
    division = shown.mean(0) * (1 - shown.mean(0)) + 1e-6 * spread  # the spread decides only between equals
    best = 1 + int(division[1:].argmax())
    return scenes.vocabulary.classes[best], int(shown[:, best].sum())


def _count_pixels(semantic: Tensor, words: Vocabulary) -> Tensor:
    """Pixels of each class in masks uint8 (n, h, w): int64 (n, classes)."""
    pixels = [torch.bincount(mask.flatten(), minlength=IGNORE + 1) for mask in semantic]
    return torch.stack(pixels)[:, : len(words.classes)]


def _named(names: Sequence[str]) -> str:
    """Classes as one label: "car or person"; "object" for many."""
    return " or ".join(names) if len(names) <= MOST_NAMES else "object"


def _listed(names: Sequence[str]) -> str:
    """Classes in a sentence: "bus, car, person …"."""
    return ", ".join(names[:MOST_NAMES]) + (" …" if len(names) > MOST_NAMES else "")
