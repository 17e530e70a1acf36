"""Nuclei under many microscopes: stage 1 of the Data Science Bowl 2018, set BBBC038 (Caicedo et al. 2019).

<id>/images/<id>.png is a picture, each <id>/masks/*.png one of its nuclei, 0 and 255.
"""

import csv
from collections import defaultdict
from functools import cache
from importlib.resources import files

from vislab.data.datasets.archive import Contents, is_picture
from vislab.data.datasets.decode import open_picture, read_rgb, read_size
from vislab.data.datasets.download import Card
from vislab.data.datasets.id_map import Patch, paint
from vislab.data.datasets.loader import Source
from vislab.data.datasets.resize import Picture
from vislab.data.vocabulary import ManyObjects, Vocabulary
from vislab.errors import VislabError

MANY = 16  # about as many 256 px crops of the set lie above as below: benchmarks/results/load_nuclei.md

VOCABULARY = Vocabulary(
    name="nuclei",
    labels=("sparse", "crowded"),
    classes=("background", "nucleus"),
    things=("nucleus",),
    rule=ManyObjects(more_than=MANY),
    questions={
        "any": f"Is the picture crowded, with more than {MANY} nuclei?",
        "share": "What share of the picture is nucleus?",
        "count": "How many nuclei are there?",
        "where": "Where is a nucleus?",
    },
    symmetries=("mirror", "flip", "turn"),
    colours=("#000000", "#e69f00"),
)


@cache
def table() -> dict[str, dict[str, str]]:
    """What is known of each picture of the whole set: id → modality, mosaic, fold."""
    text = files("vislab.data.datasets").joinpath("nuclei.csv").read_text(encoding="utf-8")
    return {row["id"]: row for row in csv.DictReader(text.splitlines())}


CARD = Card(
    name="nuclei",
    title="nuclei under many microscopes (BBBC038, stage 1)",
    levels=("labels", "semantic", "instances"),
    url="https://data.broadinstitute.org/bbbc/BBBC038/stage1_train.zip",
    licence="CC0",
    file="stage1_train.zip",
)


def matches(contents: Contents) -> bool:
    """Whether this is the official layout: folders with images/ and masks/ in them."""
    kinds = {name.split("/")[-2] for name in contents.names if name.count("/") >= 2 and is_picture(name)}
    return {"images", "masks"} <= kinds


def source(contents: Contents) -> Source:
    """The set as it can be read. Raises VislabError where there is no picture in the official layout."""
    pictures: dict[str, str] = {}
    masks: dict[str, list[str]] = defaultdict(list)
    for name in contents.names:
        parts = name.split("/")
        if len(parts) >= 3 and is_picture(name):
            if parts[-2] == "images":
                pictures[parts[-3]] = name
            elif parts[-2] == "masks":
                masks[parts[-3]].append(name)
    items = sorted(pictures)
    known = [table().get(item, {"modality": "", "mosaic": "", "fold": ""}) for item in items]

    def read(place: int) -> Picture:
        return _read(contents, pictures[items[place]], masks[items[place]])

    def size_of(place: int) -> tuple[int, int]:
        name = pictures[items[place]]
        return read_size(contents.read(name), contents.where(name))

    return Source(
        name=str(contents.root),
        vocabulary=VOCABULARY,
        items=items,
        size_of=size_of,
        read=read,
        problems=[
            f"{contents.where(names[0])}: is a mask without its picture in {item}/images/; bring it or delete the masks"
            for item, names in sorted(masks.items())
            if item not in pictures
        ],
        # One mosaic is one slide. A picture that the table does not list stands alone.
        groups=[f"mosaic-{row['mosaic']}" if row["mosaic"] else item for item, row in zip(items, known, strict=True)],
        attributes={name: [row[name] for row in known] for name in ("modality", "fold")},
    )


def _read(contents: Contents, picture: str, masks: list[str]) -> Picture:
    if not masks:
        folder = picture.rsplit("/", 2)[0]
        raise VislabError(
            f"{contents.where(picture)}: has no masks in {folder}/masks/; bring them or delete the picture"
        )
    image = read_rgb(contents.read(picture), contents.where(picture))
    size = image.shape[:2]
    patches = [_nucleus(contents, name, size) for name in masks]
    instances, losses = paint(size, patches, contents.where(picture))
    return Picture(image, (instances > 0).astype("uint8"), instances, [1] * len(patches), losses=losses)


def _nucleus(contents: Contents, name: str, size: tuple[int, ...]) -> Patch:
    """One nucleus; only the box around it becomes an array, as most of a mask is empty."""
    import numpy as np

    where = contents.where(name)
    mask = open_picture(contents.read(name), where)
    if (mask.height, mask.width) != size:
        raise VislabError(
            f"{where}: is a mask of {mask.height} × {mask.width}, its picture is {size[0]} × {size[1]}; "
            "bring the mask that was made for it"
        )
    if mask.mode != "L":
        mask = mask.convert("L")
    box = mask.getbbox()
    if box is None:
        return Patch(np.zeros((0, 0), bool), 0, 0)
    mask = mask.crop(box)
    values = [value for value, count in enumerate(mask.histogram()) if count]
    if set(values) - {0, 255} and set(values) - {0, 1}:
        raise VislabError(f"{where}: holds the values {values[:5]}, a nucleus mask holds 0 and 255; save it so")
    return Patch(np.asarray(mask) > 0, box[1], box[0])
