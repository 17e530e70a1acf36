"""The pictures of the comparison page: a study's figure and the learning curves, as data URIs."""

from pathlib import Path
from typing import Any, NamedTuple

from vislab.costs.labels.learning_curves import Curves
from vislab.plotting.dark import darken
from vislab.plotting.figures import Sheet
from vislab.plotting.webp import data_uri, encode
from vislab.studies.claims.one_study import Study

PICTURE, DARK = "outcome.png", "outcome-dark.png"  # of a study, beside its results.json


class Picture(NamedTuple):
    """A figure as a PIL image with its text alternative; without an image, alt says why there is none.

    dark: the same for dark pages, or None.
    """

    image: Any
    alt: str
    dark: Any = None


class Section(NamedTuple):
    """What the page shows of one study. picture: as a data URI, "" without one, and then alt says why.

    dark: the picture for dark pages, or "".
    """

    title: str
    study: Study
    picture: str
    alt: str
    dark: str


def section(study: Study, picture: Picture, quality: int, alone: bool) -> Section:
    """A study with its figure as WebP of this quality; alone: whether it is the only one, so that no seed is told."""
    name = study.called
    return Section(
        name if alone else f"{name}, seed {study.data['seed']}",
        study,
        _as_uri(picture.image, quality),
        picture.alt,
        _as_uri(picture.dark, quality),
    )


def _as_uri(image: Any, quality: int) -> str:
    return "" if image is None else data_uri(encode(image, quality, method=4))


def pictures_of(source: Any, seeds: int) -> list[Picture]:
    """A picture for each seed that a source holds; only the first has one."""
    return [_picture_of(source), *[Picture(None, "")] * (seeds - 1)]


def _picture_of(source: Any) -> Picture:
    """The outcome figure, drawn or from the file beside a results.json."""
    from PIL import Image

    if hasattr(source, "predictions"):
        return _both(source.figure())
    path = files_beside(source)[1] if isinstance(source, (str, Path)) else None
    if path is None or not path.is_file():
        return Picture(None, "No pictures: this page was made from figures alone, without the outcome.png beside them.")
    try:
        with Image.open(path) as image:
            alt = image.info.get("Description")
            dark = path.with_name(DARK)
            return Picture(
                image.convert("RGB"),
                alt or "The outcome figure; its file holds no words about it.",
                Image.open(dark).convert("RGB") if dark.is_file() else None,
            )
    except (OSError, SyntaxError) as error:  # PIL raises both for broken PNG files
        return Picture(None, f"No pictures: {path.name} cannot be read ({error}).")


def _both(sheet: Sheet) -> Picture:
    """A figure and its dark twin."""
    return Picture(sheet.bitmap(), sheet.alt, darken(sheet).bitmap())


def files_beside(source: str | Path) -> tuple[Path, Path, Path]:
    """The results.json that a folder or path stands for, and the figures beside it, light and dark."""
    path = Path(source)
    file = path / "results.json" if path.is_dir() else path
    return file, file.with_name(PICTURE), file.with_name(DARK)


def draw_curves(curves: Curves, quality: int) -> dict[str, str]:
    """What the page shows of curves: the figure by hours of labelling, its words, and how they were measured.

    "tall" and "tall_dark" are the figure for narrow pages, its panels below each other.
    """
    data, figure, tall = curves.data, _both(curves.figure("hours")), _both(curves.figure("hours", across=1))
    seeds = {len(curves.at(*line, size)) for line in curves.lines() for size in curves.sizes(*line)}
    counted = f"{min(seeds)} to {max(seeds)} seeds" if len(seeds) > 1 else f"{max(seeds)} seeds"
    how = (
        f"{data['name']}, {data['size']} px: {counted}, {data['steps']} steps of {data['batch']} pictures at every "
        f"size, {data['test']:,} test pictures, on {data['machine']}. Hours by published seconds for these pictures' "
        "own objects and outlines. Dashed: started from the encoder of a classifier, whose labels are counted."
    )
    return {
        "picture": _as_uri(figure.image, quality),
        "dark": _as_uri(figure.dark, quality),
        "tall": _as_uri(tall.image, quality),
        "tall_dark": _as_uri(tall.dark, quality),
        "alt": figure.alt,
        "how": how,
    }
