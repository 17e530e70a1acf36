"""The strokes of a labelling session, and the mask and objects that they leave.

Points are (x, y) in pixels from the picture's upper left corner, so that the centre of its first pixel is (0.5, 0.5);
a pixel is covered if its centre is. static/strokes.js paints the same brush while it moves.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import torch
from numpy.typing import NDArray

from vislab.costs.labels.annotation_time import Kind
from vislab.data.convert import keep_visible
from vislab.data.vocabulary import IGNORE
from vislab.errors import VislabError

Mask = NDArray[np.uint8]
Do = Literal["label", "brush", "outline", "delete", "reshape", "accept", "accept all", "done"]
KINDS: tuple[Kind, ...] = get_args(Kind)
KIND_OF: dict[Do, tuple[Kind, ...]] = {"label": ("label",), "brush": ("pixels",), "outline": ("outline",),
                                       "delete": ("outline",), "reshape": ("outline",), "accept": ("outline",),
                                       "accept all": ("outline",), "done": ("pixels", "outline")}  # fmt: skip
PROPOSED = "proposed"  # by a model, and nobody has accepted it yet
UNTOUCHED = IGNORE  # a pixel without paint, also after the eraser
LARGEST = 200  # pixels of a brush's width
FARTHEST = 1e5  # pixels from the corner
MOST_SECONDS = 600.0  # between two strokes: a clock that ran longer was left alone


class Item(NamedTuple):
    """One picture to label: its id, and the first (1) or second (2) time of asking."""

    picture: str
    time: int = 1


class Outline(NamedTuple):
    """An object: the corners of its outline, its class, and "" if it was drawn by hand.

    origin: else PROPOSED, ACCEPTED or CORRECTED: a model proposed it, and what became of that.
    """

    points: tuple[tuple[float, float], ...]
    code: int
    origin: str = ""


@dataclass(frozen=True)
class Stroke:
    """One change of one picture, which undo takes back.

    value: a label; the class that is brushed (UNTOUCHED erases) or outlined; the number, from 0, of the object that is
    deleted, reshaped or accepted. points: the path of the brush in whole pixels, or an outline's corners. size: the
    brush's width in pixels.
    """

    item: Item
    kind: Kind
    do: Do
    value: int = 0
    points: tuple[tuple[float, float], ...] = ()
    size: int = 1

    def __post_init__(self) -> None:
        least = {"brush": 1, "outline": 3, "reshape": 3}.get(self.do, 0)
        valid = self.do in KIND_OF and self.kind in KIND_OF[self.do] and self.item.time in (1, 2)
        valid = valid and isinstance(self.value, int) and self.value >= 0 and len(self.points) >= least
        valid = valid and isinstance(self.size, int) and 1 <= self.size <= LARGEST
        if not valid or not all(abs(v) <= FARTHEST for point in self.points for v in point):
            raise VislabError(f"{self.item.picture}: {self.do!r} of {self.kind} is not a valid stroke; draw it again")

    @cached_property
    def text(self) -> str:
        """The stroke as JSON, made once: the log is written after every stroke."""
        plain = {"picture": self.item.picture, "time": self.item.time, "kind": self.kind, "do": self.do,
                 "value": self.value, "points": self.points, "size": self.size}  # fmt: skip
        defaults = {"points": (), "size": 1}
        plain = {name: value for name, value in plain.items() if defaults.get(name) != value}
        return json.dumps(plain, ensure_ascii=False, allow_nan=False, separators=(",", ":"))

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Stroke":
        """A stroke of the log, or from the front end. Raises KeyError, TypeError or ValueError if it is no stroke."""
        whole = plain["do"] == "brush"
        points = tuple((_number(x, whole), _number(y, whole)) for x, y in plain.get("points", ()))
        item = Item(str(plain["picture"]), plain.get("time", 1))
        return cls(item, plain["kind"], plain["do"], plain.get("value", 0), points, plain.get("size", 1))


def _number(value: Any, whole: bool) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value} is no coordinate")
    return math.floor(number) if whole else round(number, 2)


@dataclass
class Log:
    """All that was done, in order, and the seconds it took; undo and redo go by kind, whatever the picture."""

    strokes: list[Stroke] = field(default_factory=list)
    undone: list[Stroke] = field(default_factory=list)
    seconds: dict[tuple[Item, str], float] = field(default_factory=dict)  # by clock, see clock_of
    _index: dict[tuple[Item, Kind], list[Stroke]] = field(default_factory=dict)  # made anew after every change

    def add(self, stroke: Stroke) -> None:
        """Add a new stroke; undone ones of its kind are gone."""
        self.strokes.append(stroke)
        self._index = {}
        self.undone = [old for old in self.undone if old.kind != stroke.kind]

    def spend(self, item: Item, clock: str, seconds: float) -> None:
        """Add seconds to a clock of a picture."""
        if math.isfinite(seconds) and seconds > 0:
            before = self.seconds.get((item, clock), 0.0)
            self.seconds[item, clock] = round(before + min(seconds, MOST_SECONDS), 3)

    def spent(self, item: Item, *clocks: str) -> float:
        """The seconds on some clocks of a picture."""
        return sum(self.seconds.get((item, clock), 0.0) for clock in clocks)

    def undo(self, kind: Kind, redo: bool = False) -> Item | None:
        """Take back the last stroke of a kind, or redo the one undone last; returns its picture, None without one."""
        self._index = {}
        source, target = (self.undone, self.strokes) if redo else (self.strokes, self.undone)
        for index in reversed(range(len(source))):
            if source[index].kind == kind:
                target.append(source.pop(index))
                return target[-1].item
        return None

    def of(self, item: Item, kind: Kind) -> list[Stroke]:
        """The strokes of one kind on one picture, in order."""
        if not self._index:
            for stroke in self.strokes:
                self._index.setdefault((stroke.item, stroke.kind), []).append(stroke)
        return list(self._index.get((item, kind), ()))


def brush(mask: Mask, stroke: Stroke) -> None:
    """Paint a stroke into a mask (h, w): the pixels whose centre is within half the brush's width of its path.

    The path leads from centre to centre of the stroke's pixels.
    """
    height, width = mask.shape
    reach = stroke.size / 2
    points = stroke.points
    for (x0, y0), (x1, y1) in zip(points, points[1:] or points, strict=False):
        left, right = max(0, math.ceil(min(x0, x1) - reach)), min(width, math.floor(max(x0, x1) + reach) + 1)
        top, bottom = max(0, math.ceil(min(y0, y1) - reach)), min(height, math.floor(max(y0, y1) + reach) + 1)
        if left >= right or top >= bottom:
            continue
        y, x = np.ogrid[top:bottom, left:right]
        dx, dy = x1 - x0, y1 - y0
        along = np.clip(((x - x0) * dx + (y - y0) * dy) / ((dx * dx + dy * dy) or 1), 0, 1)
        near = (x - x0 - along * dx) ** 2 + (y - y0 - along * dy) ** 2 <= reach * reach + 1e-9
        mask[top:bottom, left:right][near] = stroke.value


def inside(points: Iterable[tuple[float, float]], height: int, width: int) -> NDArray[np.bool_]:
    """The pixels (h, w) whose centre is inside an outline; if it crosses itself, by the even-odd rule."""
    from skimage.draw import polygon2mask

    corners = np.array([(y - 0.5, x - 0.5) for x, y in points], float)
    return np.asarray(polygon2mask((height, width), corners), bool)


def paint_objects(outlines: Iterable[Outline], height: int, width: int) -> tuple[NDArray[np.int16], list[int]]:
    """Ids int16 (h, w) from 1 without gaps, the later object on top, and the class of each visible one."""
    ids, classes = np.zeros((height, width), np.int16), []
    for outline in outlines:
        classes.append(outline.code)
        ids[inside(outline.points, height, width)] = len(classes)
    visible, objects = keep_visible(torch.from_numpy(ids)[None], torch.tensor([classes], dtype=torch.uint8))
    return visible[0].numpy(), objects[0].tolist()
