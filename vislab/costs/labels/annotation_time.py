"""Seconds that labels take: published ones with sources, the learner's own, and what a set of pictures costs."""

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
SAMPLE = 128  # pictures whose outlines are followed, if a set has more
TOLERANCE = 1.0  # pixels by which an outline of straight lines may leave the true one


@dataclass(frozen=True)
class Spent:
    """The time spent on one kind of label.

    kind: "label" (a picture's label), "pixels" (a picture's mask, by brush) or "outline" (an object's).
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


@dataclass(frozen=True)
class Published:
    """Seconds that a label took others, from published.csv. unit: of what. covers: what they include and leave out."""

    label: str
    seconds: float
    unit: str
    covers: str
    source: str


def _read_published() -> tuple[Published, ...]:
    with Path(__file__).with_name("published.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return tuple(
            Published(row["label"], float(row["seconds"]), row["unit"], row["covers"], row["source"]) for row in rows
        )


PUBLISHED = _read_published()
SECONDS = {published.label: published.seconds for published in PUBLISHED}
OUTLINE, VOC_MASK = SECONDS["outline, COCO"], SECONDS["semantic mask, VOC"]
# published label → the kind of one's own that stands beside it
OWN = {"is a class there?": "label", "semantic mask, VOC": "pixels", "outline, COCO": "outline"}


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
        each = {label: _each(self.own.get(kind)) for label, kind in OWN.items()}
        own = {label: f"{seconds:,.1f} s" for label, seconds in each.items() if seconds}
        return [
            SecondsRow(row.label, f"{row.seconds:,.1f} s {row.unit}", own.get(row.label, ""), row.covers, row.source)
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
    return Seconds(_known(own))


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
        return f"{self.task}: {self.seconds:,.1f} s a picture, {self.hours:,.2f} h for {self.pictures:,}: {self.how}"


def labelling_cost(scenes: Scenes, own: Mapping[str, Spent] | None = None) -> dict[Task, LabellingCost]:
    """The time that labels of these pictures would take for each task, from their own objects and outlines.

    own: seconds as a Labeller measures them; published ones stand in for a kind that it lacks, or for None.
    classification: a second for each question that the label answers. regression: that, and a click on each object:
    the least, as nobody has published how long it takes to judge a share. instance: an outline for each object: an
    average one of this set takes the 79.2 s of COCO's, or own seconds by the outlines' points. semantic: an outline
    for each patch of a class (the background is the rest), its points at the same speed, or own seconds with the
    brush; VOC's 239.7 s without instances to go by.
    Outlines are followed to a pixel, in at most 128 pictures spread over the set.
    Raises VislabError without pictures, or for an unknown kind in own.
    """
    own = _known(own)
    n = len(scenes)
    if not n:
        raise VislabError("there are no pictures to label; give at least one")
    sample = scenes[:: math.ceil(n / SAMPLE)]
    patch_points, object_points = (float(points.mean()) for points in outline_points(sample))
    label = _each(own.get("label")) or SECONDS["is a class there?"] * max(1, len(scenes.vocabulary.labels) - 1)
    clicks = objects = point = math.nan
    if sample.objects is not None:
        clicks, objects = _clicks(sample), float((sample.objects > 0).sum(1).double().mean())
    if "outline" in own and own["outline"].points:
        point = own["outline"].seconds / own["outline"].points
    elif object_points > 0:
        point = OUTLINE * objects / object_points
    each_point = f"{point:.3g} s{' of yours' if 'outline' in own else ''} each"
    if "pixels" in own:
        mask, mask_how = _each(own["pixels"]), "your own brush"
    elif math.isnan(point):
        mask, mask_how = VOC_MASK, f"{VOC_MASK:g} s, VOC's, as these pictures have no instances to go by"
    else:
        mask, mask_how = patch_points * point, f"{patch_points:,.0f} points around patches, {each_point}"
    clicks_how = (
        f"{label:.3g} s for the label, {clicks:.3g} s to click on each object; at least, as nobody has published how "
        "long a share takes"
    )
    objects_how = f"{object_points:,.0f} points around objects, {each_point}"
    costs = (
        LabellingCost("classification", label, n, 0, 0, f"{label:.3g} s for the label"),
        LabellingCost("regression", label + clicks, n, objects, 0, clicks_how),
        LabellingCost("semantic", mask, n, math.nan, patch_points, mask_how),
        LabellingCost("instance", object_points * point, n, objects, object_points, objects_how),
    )
    return {cost.task: cost for cost in costs}


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


def _known(own: Mapping[str, Spent] | None) -> dict[str, Spent]:
    """The kinds on which any time was spent."""
    for kind in own or {}:
        _check_kind(kind)
    return {kind: spent for kind, spent in (own or {}).items() if spent.count and spent.seconds}


def _check_kind(kind: str) -> None:
    if kind not in get_args(Kind):
        raise VislabError(f"there is no kind of label {kind!r}; there are {', '.join(get_args(Kind))}")


def _each(spent: Spent | None) -> float:
    """Own seconds for one picture or object; 0 without any."""
    return spent.seconds / spent.count if spent is not None else 0.0


def _clicks(scenes: Scenes) -> float:
    """Seconds a picture to click on every object: the first of a class takes longer."""
    counts = scenes.count_objects().double()  # (n, classes)
    first = (counts > 0).double()
    seconds = first * SECONDS["first point on a class"] + (counts - first) * SECONDS["each further point"]
    return float(seconds.sum(1).mean())
