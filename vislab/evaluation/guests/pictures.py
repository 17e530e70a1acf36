"""The test pictures as files outside know them: by name, with or without folders and ending, or by number."""

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import TypeVar

from vislab.data.datasets.archive import PICTURES, ending, without_ending
from vislab.data.datasets.picture_names import tails
from vislab.data.scenes import Scenes
from vislab.errors import VislabError
from vislab.system.console import plural, say

Found = TypeVar("Found")


class TestPictures:
    """The test pictures, to be found by whatever name or number a guest's file gives them."""

    __test__ = False  # what pytest would take for tests by its name

    def __init__(self, scenes: Scenes) -> None:
        self.scenes = scenes
        self.foreign: list[str] = []  # names that are of no test picture
        self._exactly = {name: index for index, name in enumerate(scenes.ids)}
        self._by_end: dict[str, set[int]] = defaultdict(set)
        for index, name in enumerate(scenes.ids):
            for tail in tails(name):
                self._by_end[tail].add(index)
                self._by_end[_stem(tail)].add(index)
        self._by_number = {number: index for index, number in enumerate(_numbers(scenes.ids))}

    def find(self, name: int | str, where: str) -> int | None:
        """The index of a picture; None, and one of `foreign` more, if it is no test picture.

        Raises VislabError, `where` first, if a name could be that of several.
        """
        if isinstance(name, int):
            index = self._by_number.get(name)
        else:
            index = self._exactly.get(name, self._exactly.get(_stem(name)))
            for end in tails(name) if index is None else ():
                places = self._by_end.get(end) or self._by_end.get(_stem(end)) or set()
                if len(places) > 1:
                    both = " or ".join(repr(self.scenes.ids[place]) for place in sorted(places)[:2])
                    raise VislabError(f"{where}: names the picture {name!r:.80}, which could be {both}; write which")
                if places:
                    index = min(places)
                    break
            if index is None and re.fullmatch("[0-9]{1,18}", name):
                index = self._by_number.get(int(name))
        if index is None:
            self.foreign.append(str(name))
        return index

    def gather(self, found: dict[int, Found], where: str) -> tuple[tuple[str, ...], list[Found]]:
        """The ids of the pictures that were predicted, in the test's order, and what was predicted of each.

        Says what else the guest predicted. Raises VislabError if it predicted none of the test pictures.
        """
        ids = self.scenes.ids
        if not found:
            theirs = f"its first is {self.foreign[0]!r:.80}" if self.foreign else "it names none"
            raise VislabError(
                f"{where}: predicts none of the {plural(len(ids), 'test picture')}, the first of which is "
                f"{ids[0]!r:.80} ({theirs}); name each by the picture's id"
            )
        if self.foreign:
            several = plural(len(set(self.foreign)), "picture")
            say(f"{where}: left out what it predicts of {several} beside these, {self.foreign[0]!r:.80} the first")
        order = sorted(found)
        return tuple(ids[index] for index in order), [found[index] for index in order]


def _numbers(ids: Sequence[str]) -> list[int]:
    """The number of each picture in COCO's JSON: the one that is its name, if all are numbers, else from 1 in order."""
    stems = [_stem(name) for name in ids]
    if all(re.fullmatch("[0-9]{1,18}", stem) for stem in stems) and len(set(map(int, stems))) == len(ids):
        return [int(stem) for stem in stems]
    return list(range(1, len(ids) + 1))


def _stem(name: str) -> str:
    """A name without a picture's ending; other dots are part of it."""
    return without_ending(name) if ending(name) in PICTURES else name
