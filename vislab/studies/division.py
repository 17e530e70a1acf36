"""The pictures of a study, read or drawn, and divided into those that train, choose and test."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from vislab.data.datasets.load import find_set, load
from vislab.data.datasets.resize import Fit
from vislab.data.datasets.target import ask_for
from vislab.data.scenes import Scenes
from vislab.data.synthetic.draw import WORLDS, draw
from vislab.errors import VislabError
from vislab.models.encoder import STRIDE
from vislab.system.console import say

PARTS = (128, 512)  # valid and test pictures of a drawn world, beside `count` that train
SHARES = (0.1, 0.3)  # valid and test shares of pictures that cannot be drawn anew
LARGEST = 256  # pixels a side of real pictures, unless a size is given


class Pictures(NamedTuple):
    """The pictures of a study: what they are called, and those that train, choose and test."""

    name: str
    train: Scenes
    valid: Scenes
    test: Scenes


def open_pictures(
    data: str | Path | Scenes, size: int | None, count: int, reading: dict[str, Any]
) -> tuple[Callable[[int], Pictures], list[str]]:
    """A function from a seed to its pictures: a world drawn with it, or these pictures, read once, divided by it.

    data, size, count: as of study. reading: arguments of vl.load. And what was lost when they were read, in sentences.
    """
    ask = reading["ask"]
    unread = [name for name in ("fit", "groups", "channels") if reading[name] is not None]
    if unread and (isinstance(data, Scenes) or str(data) in WORLDS):
        raise VislabError(f"{unread[0]} is for pictures that are read from files; leave it out, or give their path")
    if isinstance(data, Scenes):
        scenes = data if ask is None else ask_for(data, ask)
        return partial(_split, scenes.vocabulary.name, scenes), []
    if str(data) in WORLDS:
        return partial(_draw, str(data), count, 96 if size is None else size, ask), []
    notes: list[str] = []
    scenes = _load(data, size, reading, notes)
    path = Path(data).resolve()
    name = path.stem if path.is_file() else path.name
    by_folds = {"0", "1"} <= set(scenes.attributes.get("fold", ()))
    return partial(_split_by_folds if by_folds else _split, name, scenes), notes


def _draw(world: str, count: int, size: int, ask: str | None, seed: int) -> Pictures:
    total, end = count + sum(PARTS), count + PARTS[0]
    say(f"{world}: drawing {total:,} pictures")
    drawn = draw(world, total, size=size, seed=seed)
    drawn = drawn if ask is None else ask_for(drawn, ask)
    return Pictures(world, drawn[:count], drawn[count:end], drawn[end:])


def _split(name: str, scenes: Scenes, seed: int) -> Pictures:
    return Pictures(name, *scenes.split(*SHARES, seed=seed))


def _split_by_folds(name: str, scenes: Scenes, seed: int) -> Pictures:
    """The set's own division: no mosaic lies in both folds."""
    folds = scenes.attributes["fold"]
    rest = scenes.subset([fold != "1" for fold in folds])
    train, valid, _ = rest.split(valid=SHARES[0], test=0, seed=seed)
    return Pictures(name, train, valid, scenes.subset([fold == "1" for fold in folds]))


def _load(data: str | Path, size: int | None, reading: dict[str, Any], notes: list[str]) -> Scenes:
    """Real pictures of this size; if it is None as they are, if all are alike, small and fit for the models."""
    known = find_set(data)
    chosen: Fit = "pad" if known is None else known.fit
    reading = reading | {"fit": reading["fit"] or chosen, "report": notes}
    if size is None and known is None:
        with suppress(VislabError):  # the load below says what is wrong with the pictures
            first = load(data, limit=1, channels=reading["channels"], report=[])
            if all(side <= LARGEST and side % STRIDE == 0 for side in first.size):
                return load(data, **reading)
    return load(data, size=LARGEST if size is None else size, **reading)
