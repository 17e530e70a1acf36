"""Seconds that labels take: published ones with sources, the learner's own, and those that a set of pictures needs."""

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from vislab.data.scenes import Scenes
from vislab.errors import VislabError
from vislab.models.predictions import Task
from vislab.plotting.tables import as_html, lay_out

Kind = Literal["label", "pixels", "outline"]
ACCEPTED, CORRECTED = "accepted", "corrected"  # what became of a label that a model proposed
HELPED = tuple(f"{kind} {end}" for kind in get_args(Kind) for end in (ACCEPTED, CORRECTED, "with help"))
SAMPLE = 128  # pictures whose outlines are followed, if a set has more
TOLERANCE = 1.0  # pixels by which an outline of straight lines may leave the true one


@dataclass(frozen=True)
class Spent:
    """The time spent on one kind of label.

    kind: "label" (a picture's label), "pixels" (a picture's mask, by brush) or "outline" (an object's), each by hand.
    If a model proposed it: "outline accepted", "outline corrected", or both together, "outline with help", and so on.
    count: labelled pictures, or objects with an outline. points: of all outlines together.
    """

    kind: str
    seconds: float
    count: int
    points: int = 0

    def __post_init__(self) -> None:
        _check_kind(self.kind)
        if not (math.isfinite(self.seconds) and min(self.seconds, self.count, self.points) >= 0):
            raise VislabError(
                f"{self.kind}: {self.seconds:g} s for {self.count} and {self.points} points; none may be below 0"
            )

    @property
    def each(self) -> float:
        """Seconds for one picture or object."""
        return self.seconds / self.count


@dataclass(frozen=True)
class Published:
    """Seconds that a label took others, from published_seconds.csv.

    unit: of what. covers: what they include and leave out. own: the kind of one's own that stands beside it, or "".
    """

    label: str
    seconds: float
    unit: str
    covers: str
    source: str
    own: str


def _read_published() -> tuple[Published, ...]:
    with Path(__file__).with_name("published_seconds.csv").open(encoding="utf-8", newline="") as file:
        return tuple(Published(seconds=float(row.pop("seconds")), **row) for row in csv.DictReader(file))


PUBLISHED = _read_published()
SECONDS = {published.label: published.seconds for published in PUBLISHED}
OUTLINE, VOC_MASK = SECONDS["outline, COCO"], SECONDS["semantic mask, VOC"]
BOX = SECONDS["box, by its four extreme points"]


class SecondsRow(NamedTuple):
    """A label in words: the published seconds, the learner's own or "", what they cover, and the source."""

    label: str
    published: str
    yours: str
    covers: str
    source: str


@dataclass(frozen=True)
class Seconds:
    """The published seconds, with the learner's own beside them; prints as a table."""

    own: Mapping[str, Spent]

    def rows(self) -> list[SecondsRow]:
        """A row for each published label."""
        own = {kind: _in_seconds(spent.each) for kind, spent in self.own.items()}
        return [
            SecondsRow(
                row.label, f"{_in_seconds(row.seconds)} {row.unit}", own.get(row.own, ""), row.covers, row.source
            )
            for row in PUBLISHED
        ]

    def _table(self) -> list[tuple[str, ...]]:
        """Headings and rows, without a column for own seconds if there are none."""
        rows: list[tuple[str, ...]] = [SecondsRow._fields, *self.rows()]
        return rows if self.own else [(*row[:2], *row[3:]) for row in rows]

    def __repr__(self) -> str:
        return "\n".join(lay_out(self._table()))

    def _repr_html_(self) -> str:
        return as_html(self._table())


def published_seconds(own: Mapping[str, Spent] | None = None) -> Seconds:
    """The seconds that others needed for a label, with their sources; own: a Labeller's times, shown beside them.

    Units differ (a class asked, an object, a picture), and so do the pictures: read both columns before comparing.
    """
    return Seconds(_with_time({**(own or {}), **with_help(own or {})}))


def with_help(own: Mapping[str, Spent]) -> dict[str, Spent]:
    """One's own seconds on what a model proposed, accepted and corrected together, as "outline with help" and so on."""
    together: dict[str, Spent] = {}
    for kind in get_args(Kind):
        parts = [own[name] for name in (f"{kind} {ACCEPTED}", f"{kind} {CORRECTED}") if name in own]
        if parts:
            seconds, count = sum(part.seconds for part in parts), sum(part.count for part in parts)
            name = f"{kind} with help"
            together[name] = Spent(name, round(seconds, 3), count, sum(part.points for part in parts))
    return together


def _in_seconds(seconds: float) -> str:
    return f"{seconds:,.1f} s" if seconds >= 1 else f"{seconds:.2g} s"


@dataclass(frozen=True)
class LabellingCost:
    """The time that it takes to label one set of pictures for one task.

    seconds: a picture, on average; NaN if the set has no truth in which to count objects and outlines.
    pictures: how many. objects, points: clicks on them a picture, on average. how: the reckoning, in words.
    """

    task: Task
    seconds: float
    pictures: int
    objects: float
    points: float
    how: str

    @property
    def hours(self) -> float:
        """For all pictures."""
        return self.seconds * self.pictures / 3600

    def __repr__(self) -> str:
        if math.isnan(self.seconds):
            return f"{self.task}: {self.how}"
        return f"{self.task}: {self.seconds:,.1f} s a picture, {self.hours:,.2f} h for {self.pictures:,}: {self.how}"


def labelling_cost(scenes: Scenes, own: Mapping[str, Spent] | None = None) -> dict[Task, LabellingCost]:
    """The time that it takes to label these pictures for each task, from their own objects and outlines.

    own: seconds as a Labeller measures them, by kind; a kind that it lacks goes by the published seconds. Those with a
    model's help are left out, as this is the time by hand.
    classification: a second for each question that the label answers. regression: the same and a click on each object,
    which is too little, as nobody has published how long it takes to judge a share. points: a click on each object.
    detection: its four extreme points. instance: an outline around each object. An average object of this set takes
    COCO's 79.2 s; own seconds count by the outline's points. semantic: an outline around each patch of a class but the
    background, at the same seconds a point, or own seconds with the brush; without instances to go by, VOC's 239.7 s.
    Outlines of all objects give the mask for nothing: it costs no more.
    Outlines are followed to a pixel, in at most 128 pictures spread over the set.
    Raises VislabError without pictures, or for an unknown kind in own.
    """
    own = _with_time(own)
    n = len(scenes)
    if not n:
        raise VislabError("there are no pictures to label; give at least one")
    sample = scenes[:: math.ceil(n / SAMPLE)]
    patch_points, object_points = (float(points.mean()) for points in outline_points(sample))
    clicks = objects = math.nan
    clicks_how = points_how = boxes_how = objects_how = "not known, as these pictures have no instances to go by"
    if sample.objects is not None:
        clicks, objects = _clicks(sample), float((sample.objects > 0).sum(1).double().mean())
        points_how = f"{clicks:.3g} s to click on each object"
        boxes_how = f"{BOX:g} s for the four extreme points of each of {objects:.3g} objects"
    asked = max(1, len(scenes.vocabulary.labels) - 1)  # questions that a label answers
    label = own["label"].each if "label" in own else SECONDS["is a class there?"] * asked
    point = _seconds_a_point(own.get("outline"), objects, object_points)
    point_how = f"{point:.3g} s{' of yours' if 'outline' in own else ''} each"
    mask, mask_how = _mask(own.get("pixels"), patch_points, point, point_how)
    if sample.objects is not None:
        clicks_how = (
            f"{label:.3g} s for the label, {clicks:.3g} s to click on each object; at least, as nobody has published "
            "how long a share takes"
        )
        objects_how = f"{object_points:,.0f} points around objects, {point_how}"
    outlines = object_points * point
    if outlines < mask:
        mask, mask_how = outlines, f"the objects' outlines, which give it for nothing: {objects_how}"
    costs = (
        LabellingCost("classification", label, n, 0, 0, f"{label:.3g} s for the label"),
        LabellingCost("regression", label + clicks, n, objects, 0, clicks_how),
        LabellingCost("points", clicks, n, objects, 0, points_how),
        LabellingCost("detection", BOX * objects, n, objects, 0, boxes_how),
        LabellingCost("semantic", mask, n, math.nan, patch_points, mask_how),
        LabellingCost("instance", outlines, n, objects, object_points, objects_how),
    )
    return {cost.task: cost for cost in costs}


def _seconds_a_point(own: Spent | None, objects: float, points: float) -> float:
    """Seconds for a point of an outline, by one's own or by COCO's for all objects of a picture; NaN if unknown."""
    if own is not None and own.points:
        return own.seconds / own.points
    return OUTLINE * objects / points if points > 0 else math.nan


def _mask(own: Spent | None, points: float, point: float, point_how: str) -> tuple[float, str]:
    """Seconds for the semantic mask of a picture, and how they come about; point: seconds for one, NaN if unknown."""
    if own is not None:
        return own.each, "your own brush"
    if math.isnan(point):
        return VOC_MASK, f"{VOC_MASK:g} s, VOC's, as these pictures have no instances to go by"
    return points * point, f"{points:,.0f} points around patches, {point_how}"


def outline_points(scenes: Scenes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points that outlines need in each picture, float64 (n,): around patches of a class, and around objects.

    An outline is the line between pixels, straightened as far as it stays within a pixel of where it was (Douglas &
    Peucker 1973). NaN if the pictures lack semantic masks, or instances.
    """
    from scipy.ndimage import find_objects

    patches, objects = np.full((2, len(scenes)), np.nan)
    if scenes.semantic is not None:
        classes = range(1, len(scenes.vocabulary.classes))
        patches[:] = [sum(_points(mask == number) for number in classes) for mask in scenes.semantic.cpu().numpy()]
    if scenes.instances is not None:
        for index, ids in enumerate(scenes.instances.cpu().numpy()):
            objects[index] = sum(_points(ids[box] == number) for number, box in enumerate(find_objects(ids), 1))
    return patches, objects


def _points(mask: NDArray[np.bool_]) -> int:
    """Points of the outlines around a mask (h, w) and its holes."""
    from skimage.measure import approximate_polygon, find_contours

    lines = find_contours(np.pad(mask, 1).astype(float), 0.5)
    return sum(max(3, len(approximate_polygon(line, TOLERANCE)) - 1) for line in lines)


def _with_time(own: Mapping[str, Spent] | None) -> dict[str, Spent]:
    """The kinds on which any time was spent."""
    for kind in own or {}:
        _check_kind(kind)
    return {kind: spent for kind, spent in (own or {}).items() if spent.count and spent.seconds}


def _check_kind(kind: str) -> None:
    if kind not in (*get_args(Kind), *HELPED):
        raise VislabError(f"there is no kind of label {kind!r}; there are {', '.join(get_args(Kind))}")


def _clicks(scenes: Scenes) -> float:
    """Seconds a picture to click on every object: the first of a class takes longer."""
    counts = scenes.count_objects().double()  # (n, classes)
    first = (counts > 0).double()
    seconds = first * SECONDS["first point on a class"] + (counts - first) * SECONDS["each further point"]
    return float(seconds.sum(1).mean())
