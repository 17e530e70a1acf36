"""Outlines of label tools on their way to the plain dict of COCO, which coco.source_of checks and rasterises."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from vislab.data.datasets import coco
from vislab.data.datasets.archive import Contents
from vislab.data.datasets.decode import MOST_PIXELS
from vislab.data.datasets.layout import part_of
from vislab.data.datasets.loader import Source
from vislab.data.datasets.picture_names import PictureNames
from vislab.data.datasets.rasterise import decode, whole
from vislab.data.vocabulary import is_word
from vislab.errors import VislabError
from vislab.system.console import plural

Outline = list[list[float]] | dict[str, Any]  # polygons x, y, x, y, ...; or run lengths as COCO has them


class Outlines:
    """The pictures and objects that a tool's files describe.

    tool: its name for messages. problems: sentences on files that make no sense. files: the annotation files read.
    groups: class → its "supercategory" in COCO.
    """

    def __init__(self, contents: Contents, tool: str) -> None:
        self.contents, self.tool = contents, tool
        self.problems: list[str] = []
        self.notes: list[str] = []
        self.files: set[str] = set()
        self.groups: dict[str, str] = {}
        self._images: dict[str, dict[str, Any]] = {}
        self._parts: dict[str, str] = {}
        self._annotations: list[dict[str, Any]] = []
        self._categories: dict[str, int] = {}
        self._rectangles = 0
        self._no_area: Counter[str] = Counter()
        self._names = PictureNames(contents)

    def find(self, name: str, where: str, beside: str = "") -> str:
        """The file of a picture that a tool names, whatever folders the tool had it in.

        beside: the annotation file, whose folder is tried first. Raises VislabError if it is not there or could be one
        of several.
        """
        file = self._names.find(name, where, beside)
        if file is None:
            raise VislabError(
                f"{where}: names the picture {name!r:.80}, which is not there; bring it, or delete its entry"
            )
        return file

    def declare(self, labels: Iterable[Any]) -> None:
        """Give the classes their order, before the objects name them. Raises ValueError for a name that is none."""
        for label in labels:
            if not is_word(label):
                raise ValueError(f"a class is called {label!r:.40}")
            self._categories.setdefault(label, len(self._categories) + 1)

    def picture(self, name: str, where: str, size: tuple[Any, Any] | None = None, part: str = "") -> tuple[int, int]:
        """Add a picture by its file in the folder; size: its height and width as the tool has it, else the file's own.

        Returns the size. Raises VislabError if it was added before, or its size cannot be.
        """
        if name in self._images:
            raise VislabError(f"{where}: describes {name}, as another entry does; keep one")
        height, width = self.contents.size(name) if size is None else check_size(size, f"{where}: {name}")
        self._images[name] = {"id": len(self._images) + 1, "file_name": name, "height": height, "width": width}
        self._parts[name] = part or part_of(name)
        return height, width

    def add(self, name: str, label: Any, outline: Outline, where: str, rectangle: bool = False) -> None:
        """Add an object of a picture. where: what messages call it. rectangle: whether a box was all that was drawn."""
        self.declare([label])
        self._rectangles += rectangle
        picture, category = self._images[name]["id"], self._categories[label]
        number = where.removeprefix(f"{self.contents.root}/")
        self._annotations.append({"id": number, "image_id": picture, "category_id": category, "segmentation": outline})

    def take(self, annotation: Any, pictures: Mapping[Any, str], categories: Mapping[Any, str], where: str) -> None:
        """Add an annotation of a COCO file as it is, with the numbers of its picture and class changed.

        pictures, categories: the names of that file's numbers; "" for a picture that is not there, which is a problem
        of its own. A class that is not listed is one when the picture is read.
        """
        file = pictures.get(coco.key(annotation["image_id"]))
        if file == "":
            return
        picture = self._images.get(file or "", {}).get("id")
        given = annotation.get("category_id")
        category = self._categories.get(categories.get(whole(given), "")) or f"{given} of that file"
        if picture is None:
            wrong = f"{where}: annotation {annotation.get('id')} is of picture {annotation['image_id']!r}"
            self.problems.append(f'{wrong}, which "images" does not list; mend it')
            return
        number = f"{annotation.get('id')} of {where.removeprefix(f'{self.contents.root}/')}"
        self._annotations.append(annotation | {"id": number, "image_id": picture, "category_id": category})

    def leave_out(self, kind: str) -> None:
        """Count a point, a line or another shape that covers no area."""
        self._no_area[kind] += 1

    @contextmanager
    def file(self, name: str) -> Iterator[str]:
        """Read an annotation file, as `entry` does; gives the file's name for messages."""
        self.files.add(name)
        with self.entry(self.contents.where(name)) as where:
            yield where

    @contextmanager
    def entry(self, where: str) -> Iterator[str]:
        """Read what describes a picture, or some: what is wrong becomes a problem, and none of it is kept."""
        pictures, annotations, rectangles = len(self._images), len(self._annotations), self._rectangles
        try:
            with well_formed(where, self.tool):
                yield where
        except VislabError as error:
            self.problems.append(str(error))
            while len(self._images) > pictures:
                self._images.popitem()
            del self._annotations[annotations:]
            self._rectangles = rectangles

    def source(self, mend: str = "draw polygons or masks") -> Source:
        """All of it as a source of pictures. mend: what to do in the tool if it drew boxes alone.

        Raises VislabError if there are only boxes, or only shapes without an area.
        """
        root, count = self.contents.root, len(self._annotations)
        no_area = " and ".join(plural(number, kind) for kind, number in sorted(self._no_area.items()))
        if count and self._rectangles == count:
            raise boxes_alone(str(root), plural(count, "rectangle"), self.tool, mend)
        if no_area and not count:
            raise VislabError(f"{root}: {self.tool} drew nothing but {no_area}, which cover no area; {mend}")
        if self._rectangles:
            self.notes.append(f"{root}: {plural(self._rectangles, 'rectangle')} beside outlines were filled as areas")
        if no_area:
            self.notes.append(f"{root}: {no_area} cover no area; left out")
        if not self._images and self.problems:
            raise VislabError(self.problems[0])
        categories = [
            {"id": number, "name": label, "supercategory": self.groups.get(label)}
            for label, number in self._categories.items()
        ]
        plain = {"images": list(self._images.values()), "annotations": self._annotations, "categories": categories}
        made = coco.source_of(plain, root, self.contents)
        parts = [self._parts[name] for name in made.items]
        return replace(
            made,
            problems=[*self.problems, *made.problems],
            notes=[*self.notes, *made.notes],
            attributes={"part": parts} if any(parts) else {},
            files=frozenset(self.files | self._images.keys()),
        )


def boxes_alone(where: str, count: str, tool: str, mend: str) -> VislabError:
    """The error for a set that has boxes and no outlines. count: how many, in words."""
    return VislabError(
        f"{where}: holds {count} and no outlines ({tool}); boxes alone are not yet masks: {mend}, and export again"
    )


@contextmanager
def well_formed(where: str, tool: str) -> Iterator[None]:
    """Turn what goes wrong with a file of another shape into one sentence."""
    try:
        yield
    except VislabError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        what = f"lacks {error}" if isinstance(error, KeyError) else str(error)
        raise VislabError(f"{where}: is not laid out as {tool} writes it ({what}); export it again") from error


def check_size(size: tuple[Any, Any], where: str) -> tuple[int, int]:
    """Height and width as a tool states them. Raises VislabError if no picture can be of that size."""
    height, width = map(whole, size)
    if not height or not width or min(height, width) < 1:
        raise VislabError(f"{where} is of the size {size[0]!r:.40} × {size[1]!r:.40}; export it again")
    if height * width > MOST_PIXELS:
        raise VislabError(f"{where} is of {height:,} × {width:,} pixels, more than are read; export it again")
    return height, width


def flat(points: Iterable[Sequence[float]]) -> list[float]:
    """Points (x, y) as COCO has them: x, y, x, y, ...; raises ValueError if one is no pair."""
    return [float(number) for x, y in points for number in (x, y)]


def runs(mask: np.ndarray) -> dict[str, Any]:
    """A mask (h, w) as run lengths down its columns, outside first, with the size of its picture."""
    inside = np.concatenate([[False], mask.T.ravel() > 0])
    edges = [0, *np.flatnonzero(np.diff(inside)).tolist(), mask.size]
    return {"size": list(mask.shape), "counts": np.diff(edges).tolist()}


def with_holes(outer: list[float], holes: list[list[float]], size: tuple[int, int], where: str) -> Outline:
    """A polygon without what its holes cover."""
    if not holes:
        return [outer]
    inside = decode({"segmentation": [outer]}, size, where) > 0
    return runs(inside & (decode({"segmentation": holes}, size, where) == 0))


def ellipse(centre: tuple[float, float], radii: tuple[float, float], turned: float, size: tuple[int, int]) -> Outline:
    """The pixels whose centres lie in an ellipse. centre: x, y; radii: along x, y; turned: degrees, clockwise."""
    y, x = np.mgrid[: size[0], : size[1]] + 0.5
    angle = np.deg2rad(turned)
    along = (x - centre[0]) * np.cos(angle) + (y - centre[1]) * np.sin(angle)
    across = (y - centre[1]) * np.cos(angle) - (x - centre[0]) * np.sin(angle)
    if min(radii) <= 0 or not np.isfinite([*centre, *radii, turned]).all():
        raise ValueError(f"an ellipse has the radii {radii}")
    if any(
        at - radius < -side or at + radius > 2 * side
        for at, radius, side in zip(centre, radii, size[::-1], strict=True)
    ):
        raise ValueError("an ellipse reaches far outside of its picture")
    return runs((along / radii[0]) ** 2 + (across / radii[1]) ** 2 <= 1)


def box(left: float, top: float, width: float, height: float, turned: float = 0) -> list[float]:
    """The corners of a rectangle, turned by degrees clockwise about its top left corner."""
    angle = np.deg2rad(turned)
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)])
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return [float(number) for number in (corners @ turn + (left, top)).ravel()]


def paste(patch: np.ndarray, left: int, top: int, size: tuple[int, int]) -> Outline:
    """The run lengths of a mask (h, w) whose top left pixel is at (left, top); raises ValueError if it sticks out."""
    height, width = patch.shape
    if left < 0 or top < 0 or left + width > size[1] or top + height > size[0]:
        raise ValueError(
            f"a mask of {height} × {width} at ({left}, {top}) sticks out of its picture {size[0]} × {size[1]}"
        )
    whole = np.zeros(size, np.uint8)
    whole[top : top + height, left : left + width] = patch > 0
    return runs(whole)
