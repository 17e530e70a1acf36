"""Seconds that labels take: published ones with their sources, the learner's own, and what a set of pictures costs."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from vislab.data.scenes import Scenes
from vislab.errors import VislabError
from vislab.models.predictions import TASKS, Task
from vislab.plotting.tables import as_html, lay_out

Kind = Literal["label", "pixels", "outline"]
SAMPLE = 128  # pictures whose outlines are followed, where a set has more
TOLERANCE = 1.0  # pixels by which an outline of straight lines may leave the true one


@dataclass(frozen=True)
class Spent:
    """What somebody spent on one kind of label.

    kind: "label" (a picture's label), "pixels" (a picture's mask, by brush) or "outline" (an object's).
    count: labelled pictures, for outlines objects. points: of all outlines together.
    """

    kind: str
    seconds: float
    count: int
    points: int = 0

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise VislabError(f"there is no kind of label {self.kind!r}; there are {', '.join(get_args(Kind))}")
        if not (math.isfinite(self.seconds) and self.seconds >= 0 and self.count >= 0 and self.points >= 0):
            raise VislabError(
                f"{self.kind}: {self.seconds:g} s for {self.count} and {self.points} points; none may be below 0"
            )


@dataclass(frozen=True)
class Published:
    """Seconds that a label took others. unit: of what. covers: what the seconds hold, and what they leave out."""

    label: str
    seconds: float
    unit: str
    covers: str
    source: str


BEARMAN = "Bearman et al. 2016, What's the Point, ECCV, section 4"
PUBLISHED = (
    Published("is a class there?", 1.0, "a class asked", "20.0 s a VOC picture, for 20 classes", BEARMAN),
    Published("first point on a class", 2.4, "a class there", "finding it and one click", BEARMAN),
    Published("each further point", 0.9, "an object", "one click more on a class already found", BEARMAN),
    Published("semantic mask, VOC", 239.7, "a picture", "all classes of a photograph", BEARMAN),
    Published("semantic mask, Cityscapes, fine", 5400.0, "a picture", "30 classes, 1,024 × 2,048 pixels, with checking",
              "Cordts et al. 2016, The Cityscapes Dataset, CVPR, section 2.2"),
    Published("semantic mask, Cityscapes, coarse", 420.0, "a picture", "the same, rough polygons (at most 7 minutes)",
              "Cordts et al. 2016, The Cityscapes Dataset, CVPR, section 2.2"),
    Published("box, drawn by two corners", 35.0, "an object", "drawing, with checking by others",
              "Papadopoulos et al. 2017, Extreme Clicking, ICCV, abstract"),
    Published("box, by its four extreme points", 7.0, "an object", "drawing, no checking needed",
              "Papadopoulos et al. 2017, Extreme Clicking, ICCV, abstract"),
    Published("outline, COCO", 79.2, "an object", "outlining, 22 worker hours for 1,000; finding, checking are extra",
              "Lin et al. 2014, Microsoft COCO, ECCV, section 4.3"),
    Published("outline, with a model's help", 14.0, "an object", "once trained on such masks; 34 s at first",
              "Kirillov et al. 2023, Segment Anything, ICCV, section 4"),
)  # fmt: skip
SECONDS = {one.label: one.seconds for one in PUBLISHED}
ASKED, FIRST, FURTHER = (
    SECONDS[label] for label in ("is a class there?", "first point on a class", "each further point")
)
OUTLINE, VOC_MASK = SECONDS["outline, COCO"], SECONDS["semantic mask, VOC"]
OWN: dict[str, str] = {  # published label → the kind of one's own that stands beside it
    "is a class there?": "label",
    "semantic mask, VOC": "pixels",
    "outline, COCO": "outline",
}


@dataclass(frozen=True)
class Seconds:
    """The published seconds as a table, with somebody's own beside them; prints as one."""

    own: Mapping[str, Spent]
    published: tuple[Published, ...] = PUBLISHED

    def rows(self) -> list[tuple[str, str, str, str, str]]:
        """Label, published, one's own, what they cover, source; "" where one has none of that kind."""
        rows = []
        for one in self.published:
            spent = self.own.get(OWN.get(one.label, ""))
            mine = f"{spent.seconds / spent.count:,.1f} s" if spent is not None and spent.count else ""
            rows.append((one.label, f"{one.seconds:,.1f} s {one.unit}", mine, one.covers, one.source))
        return rows

    def _shown(self) -> list[tuple[str, ...]]:
        """Headings and rows, without a column for one's own where there are none."""
        rows: list[tuple[str, ...]] = [("label", "published", "yours", "covers", "source"), *self.rows()]
        return rows if self.own else [(*row[:2], *row[3:]) for row in rows]

    def __repr__(self) -> str:
        return "\n".join(lay_out(self._shown()))

    def _repr_html_(self) -> str:
        return as_html(self._shown())


def published_seconds(own: Mapping[str, Spent] | None = None) -> Seconds:
    """What others needed for a label, with the source of each figure; own: a Labeller's times, shown beside them.

    Units differ (a class asked, an object, a picture), and so do the pictures: read both columns before comparing.
    """
    return Seconds(_known(own))


@dataclass(frozen=True)
class LabellingCost:
    """What it takes to label one set of pictures for one task.

    seconds: a picture, on average; NaN where the set has no truth to count objects and outlines in.
    pictures: how many. objects, points: a picture, on average, that have to be clicked. how: the reckoning, in words.
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
    """What the labels of these pictures would cost for each task, from their own objects and outlines.

    own: seconds as a Labeller measures them; a kind that it lacks, or None, is taken from what is published.
    classification: a second for each question that the label answers. regression: that, and a click on each object;
    nobody has published how long it takes to judge a share, so this is the least. instance: an outline for each
    object: an average one of this set takes the 79.2 s of COCO's, or own seconds by the outlines' points. semantic:
    an outline for each patch of a class (the background is what is left), its points at the same speed, or own
    seconds with the brush; VOC's 239.7 s where there are no instances to go by.
    Outlines are followed to a pixel, in at most 128 pictures spread over the set.
    Raises VislabError where there are no pictures, or own holds a kind that there is not.
    """
    own = _known(own)
    if not len(scenes):
        raise VislabError("there are no pictures to label; give at least one")
    some = scenes[:: math.ceil(len(scenes) / SAMPLE)]
    patches, objects = outline_points(some)
    asked = _each(own.get("label")) or ASKED * max(1, len(scenes.vocabulary.labels) - 1)
    clicks = _clicks(some)
    many = _mean_count(some)
    point = _a_point(own, _mean(objects), many)
    brush = _each(own.get("pixels"))
    mask = brush or (VOC_MASK if math.isnan(point) else _mean(patches) * point)
    named = f"{point:.3g} s" + (" of yours" if "outline" in own else "")
    how: dict[Task, tuple[float, float, float, str]] = {
        "classification": (asked, 0, 0, f"{asked:.3g} s for the label"),
        "regression": (asked + clicks, many, 0, f"{asked:.3g} s for the label, {clicks:.3g} s to click on each object; "
                       "at least, as nobody has published how long a share takes"),
        "semantic": (mask, math.nan, _mean(patches), "your own brush" if brush else
                     f"{_mean(patches):,.0f} points around patches, {named} each" if not math.isnan(point) else
                     f"{VOC_MASK:g} s, VOC's, as these pictures have no instances to go by"),
        "instance": (_mean(objects) * point, many, _mean(objects),
                     f"{_mean(objects):,.0f} points around objects, {named} each"),
    }  # fmt: skip
    return {task: LabellingCost(task, how[task][0], len(scenes), *how[task][1:]) for task in TASKS}


def outline_points(scenes: Scenes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points that outlines need in each picture, float64 (n,): around patches of a class, and around objects.

    An outline is the line between pixels, straightened as far as it stays within a pixel of where it was (Douglas &
    Peucker 1973). NaN where the pictures lack semantic masks, or instances.
    """
    n = len(scenes)
    patches, objects = np.full(n, np.nan), np.full(n, np.nan)
    if scenes.semantic is not None:
        classes = range(1, len(scenes.vocabulary.classes))
        for index, mask in enumerate(scenes.semantic.cpu().numpy()):
            patches[index] = sum(_points(mask == one) for one in classes)
    if scenes.instances is not None:
        from scipy.ndimage import find_objects

        for index, ids in enumerate(scenes.instances.cpu().numpy()):
            boxes = enumerate(find_objects(ids), 1)
            objects[index] = sum(_points(ids[box] == number) for number, box in boxes if box is not None)
    return patches, objects


def _points(mask: NDArray[np.bool_]) -> int:
    """Points of the outlines around a mask (h, w), holes' too."""
    if not mask.any():
        return 0
    from skimage.measure import approximate_polygon, find_contours

    lines = find_contours(np.pad(mask, 1).astype(float), 0.5)
    return sum(max(3, len(approximate_polygon(line, TOLERANCE)) - 1) for line in lines)


def _known(own: Mapping[str, Spent] | None) -> dict[str, Spent]:
    for kind in own or {}:
        if kind not in get_args(Kind):
            raise VislabError(f"there is no kind of label {kind!r}; there are {', '.join(get_args(Kind))}")
    return {kind: spent for kind, spent in (own or {}).items() if spent.count and spent.seconds}


def _each(spent: Spent | None) -> float:
    """Somebody's own seconds for one picture or object; 0 without any."""
    return spent.seconds / spent.count if spent is not None else 0.0


def _a_point(own: Mapping[str, Spent], points: float, many: float) -> float:
    """Seconds for a point of an outline: one's own, or such that an average object takes as long as COCO's.

    points, many: of all objects of a picture, on average. NaN where there are none to go by.
    """
    outline = own.get("outline")
    if outline is not None and outline.points:
        return outline.seconds / outline.points
    return OUTLINE * many / points if points > 0 else math.nan


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean())


def _mean_count(scenes: Scenes) -> float:
    return math.nan if scenes.objects is None else float((scenes.objects > 0).sum(1).double().mean())


def _clicks(scenes: Scenes) -> float:
    """Seconds a picture to click on every object: the first of a class takes longer."""
    if scenes.objects is None:
        return math.nan
    counts = scenes.count_objects().double()  # (n, classes)
    first = (counts > 0).double()
    return float((first * FIRST + (counts - first) * FURTHER).sum(1).mean())
