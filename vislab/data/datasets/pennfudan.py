"""Pedestrians in streets and on a campus: the Penn-Fudan set (Wang, Shi, Song, Shen 2007, ACCV).

PNGImages/NAME.png is a picture, PedMasks/NAME_mask.png its map of ids, 1 to N.
"""

from pathlib import PurePosixPath

from vislab.data.datasets.archive import Contents
from vislab.data.datasets.decode import refuse_other_size
from vislab.data.datasets.download import DataSet
from vislab.data.datasets.loader import Source
from vislab.data.datasets.resize import Picture
from vislab.data.vocabulary import Vocabulary
from vislab.errors import VislabError

VOCABULARY = Vocabulary(
    name="pennfudan",
    labels=(),  # every picture shows a pedestrian, so "is there any?" teaches nothing here
    classes=("background", "person"),
    things=("person",),
    rule=None,
    questions={
        "share": "What share of the picture is person?",
        "count": "How many people are there?",
        "where": "Where is a person?",
    },
    symmetries=("mirror",),
    colours=("#000000", "#e69f00"),
)


def _pairs(contents: Contents) -> tuple[dict[str, str], dict[str, str]]:
    """Pictures and masks by the picture's name."""
    pictures, masks = {}, {}
    for name in contents.pictures():
        folder, stem = name.split("/")[-2:-1], PurePosixPath(name).stem
        if folder == ["PNGImages"]:
            pictures[stem] = name
        elif folder == ["PedMasks"]:
            masks[stem.removesuffix("_mask")] = name
    return pictures, masks


def matches(contents: Contents) -> bool:
    """Whether this is the official layout: a folder PNGImages with pictures."""
    return bool(_pairs(contents)[0])


def source(contents: Contents) -> Source:
    """The set as a source of pictures."""
    pictures, masks = _pairs(contents)
    items = sorted(pictures)

    def read(index: int) -> Picture:
        item = items[index]
        where, mask = contents.where(pictures[item]), masks.get(item)
        if mask is None:
            raise VislabError(f"{where}: has no mask PedMasks/{item}_mask.png; bring it or delete the picture")
        image, ids = contents.rgb(pictures[item]), contents.mask(mask)
        refuse_other_size(ids.shape, image.shape, contents.where(mask))
        return Picture(image, (ids > 0).astype("uint8"), ids, [1] * int(ids.max()))

    def size_of(index: int) -> tuple[int, int]:
        return contents.size(pictures[items[index]])

    problems = [
        f"{contents.where(masks[item])}: is a mask without its picture PNGImages/{item}.png; bring it or delete it"
        for item in sorted(masks.keys() - pictures.keys())
    ]
    return Source(str(contents.root), VOCABULARY, items, size_of, read, problems)


SET = DataSet(
    name="pennfudan",
    title="pedestrians in streets and on a campus (Penn-Fudan)",
    levels=("semantic", "instances"),
    url="https://www.cis.upenn.edu/~jshi/ped_html/PennFudanPed.zip",
    licence="none stated; for research and teaching, cite the authors",
    file="PennFudanPed.zip",
    matches=matches,
    source=source,
)
