"""Nuclei under many microscopes: stage 1 of the Data Science Bowl 2018, set BBBC038 (Caicedo et al. 2019).

<id>/images/<id>.png is a picture, each <id>/masks/*.png one of its nuclei, 0 and 255.
"""

import csv
from collections import defaultdict
from functools import cache
from importlib.resources import files

import numpy as np
from PIL import Image

from vislab.data.datasets.archive import Contents
from vislab.data.datasets.decode import open_picture, refuse_other_size
from vislab.data.datasets.download import DataSet
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
    """The modality, mosaic and fold of each picture of the whole set, by its id."""
    text = files("vislab.data.datasets").joinpath("nuclei.csv").read_text(encoding="utf-8")
    return {row["id"]: row for row in csv.DictReader(text.splitlines())}


def matches(contents: Contents) -> bool:
    """Whether this is the official layout: folders <id>/images and <id>/masks, the picture called <id> too.

    Folders such as train/images and train/masks are not: their pictures have names of their own.
    """
    named = {True: 0, False: 0}
    kinds = set()
    for name in contents.pictures():
        folders = name.split("/")
        if len(folders) > 2:
            kinds.add(folders[-2])
            if folders[-2] == "images":
                named[folders[-1].startswith(f"{folders[-3]}.")] += 1
    return {"images", "masks"} <= kinds and named[True] > named[False]


def source(contents: Contents) -> Source:
    """The set as a source of pictures."""
    pictures: dict[str, str] = {}
    masks: dict[str, list[str]] = defaultdict(list)
    for name in contents.pictures():
        if name.count("/") >= 2:
            item, kind = name.split("/")[-3:-1]
            if kind == "images":
                pictures[item] = name
            elif kind == "masks":
                masks[item].append(name)
    items = sorted(pictures)
    known = [table().get(item, {"modality": "", "mosaic": "", "fold": ""}) for item in items]

    return Source(
        name=str(contents.root),
        vocabulary=VOCABULARY,
        items=items,
        size_of=lambda index: contents.size(pictures[items[index]]),
        read=lambda index: _read(contents, pictures[items[index]], masks[items[index]]),
        problems=[
            f"{contents.where(names[0])}: is a mask without its picture in {item}/images/; bring it or delete the masks"
            for item, names in sorted(masks.items())
            if item not in pictures
        ],
        # One mosaic is one slide. A picture that is not in the table is a group of its own.
        groups=[f"mosaic-{row['mosaic']}" if row["mosaic"] else item for item, row in zip(items, known, strict=True)],
        attributes={name: [row[name] for row in known] for name in ("modality", "fold")},
    )


def _read(contents: Contents, picture: str, masks: list[str]) -> Picture:
    where, folder = contents.where(picture), picture.rsplit("/", 2)[0]
    if not masks:
        raise VislabError(f"{where}: has no masks in {folder}/masks/; bring them or delete the picture")
    image = contents.rgb(picture)
    patches = [_nucleus(contents, name, image.shape) for name in masks]
    instances, losses = paint(image.shape[:2], patches, where)
    return Picture(image, (instances > 0).astype("uint8"), instances, [1] * len(patches), losses=losses)


def _nucleus(contents: Contents, name: str, size: tuple[int, ...]) -> Patch:
    """One nucleus; only the box around it becomes an array, as most of a mask is empty."""
    where = contents.where(name)
    mask = open_picture(contents.read(name), where)
    refuse_other_size((mask.height, mask.width), size, where)
    if mask.mode != "L":
        mask = Image.fromarray(np.minimum(contents.mask(name), 255).astype(np.uint8))
    box = mask.getbbox()
    if box is None:
        return Patch(np.zeros((0, 0), bool), 0, 0)
    mask = mask.crop(box)
    values = [value for value, count in enumerate(mask.histogram()) if count]
    if set(values) - {0, 255} and set(values) - {0, 1}:
        raise VislabError(f"{where}: holds the values {values[:5]}; save it with 0 outside the nucleus and 255 inside")
    return Patch(np.asarray(mask) > 0, box[1], box[0])


SET = DataSet(
    name="nuclei",
    title="nuclei under many microscopes (BBBC038, stage 1)",
    levels=("labels", "semantic", "instances"),
    url="https://data.broadinstitute.org/bbbc/BBBC038/stage1_train.zip",
    licence="CC0",
    file="stage1_train.zip",
    matches=matches,
    source=source,
    fit="crop",  # nuclei keep their size, by which they are told apart
)
