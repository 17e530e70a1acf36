"""Predict every picture of a folder, whatever their sizes, and write masks, objects and answers as files.

What is written stays if the run is cut off: a picture whose record is there, and that has not changed since, is not
predicted again.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from vislab.data.datasets.archive import Contents, Stamp, without_ending
from vislab.data.datasets.export import mask_image, write_table
from vislab.data.vocabulary import Vocabulary
from vislab.errors import VislabError
from vislab.evaluation.answers.answering import material_of
from vislab.evaluation.answers.answers import answers
from vislab.evaluation.familiarity import SAMPLE, SMALLEST, WORLD, describe, unlike
from vislab.evaluation.predict import threshold_of
from vislab.evaluation.tiles import predict_picture
from vislab.models.build import Model
from vislab.models.predictions import (
    InstancePrediction,
    Prediction,
    SemanticPrediction,
)
from vislab.system.console import Progress, say
from vislab.system.files import read_json, writing

KIND = "vislab.folder"  # the kind of file that says which model wrote a folder
RECORDS = ".done"  # the folder of what was found on each picture, inside the one written to
Plain = dict[str, Any]


class Outcome(NamedTuple):
    """How many pictures were predicted, how many had been before, and why others could not be read."""

    predicted: int
    kept: int
    unread: tuple[str, ...]


def predict_folder(model: Model, folder: str | Path, out: str | Path, size: int | None = None) -> Outcome:
    """Predict the pictures in a folder and below it, and write what was found into `out`.

    size: of each picture's longer side in pixels, to which it is scaled first, as vl.load(size=, fit="pad") does: give
    what the model learned from. Masks and points are then of the scaled picture. None leaves each at its own size.

    out/answers.csv has a line a picture: label, share, count, and x and y of the point in pixels, as far as the model
    answers. A semantic or instance segmenter also writes out/masks, the class of each pixel; an instance segmenter
    out/instances, the number of the object at each pixel from 1 (16 bits), and out/objects.json, its objects as COCO
    has them, with scores. Large pictures go through the network in tiles, and are answered as one.
    Pictures that cannot be read, or are too large for the memory, are left out, and told. Raises VislabError if the
    folder holds no picture, if two would share a mask, if `out` lies in the folder or was written by another model, or
    if the disk refuses.
    """
    folder, out = Path(folder).expanduser(), Path(out).expanduser()
    contents, stamps = _pictures_in(folder, out)
    _claim(model, size, out)
    records: dict[str, Plain] = {}
    unread, features, kept = [], list[torch.Tensor](), 0
    with Progress(f"predicting {folder.name}") as bar:
        for number, (name, stamp) in enumerate(stamps.items()):
            record = _finished(out, name, stamp)
            kept += record is not None
            if record is None:
                try:  # a copy, as a decoded file's own pixels may be for reading only
                    picture = _scaled(np.array(contents.rgb(name)), size)
                    prediction = predict_picture(model, picture, name)
                except VislabError as error:
                    unread.append(str(error))
                    continue
                if len(features) < SAMPLE and min(picture.shape[:2]) >= SMALLEST:
                    features.append(describe(torch.from_numpy(picture).permute(2, 0, 1)[None]))
                record = _write(prediction, picture.shape[:2], out) | {"stamp": list(stamp)}
                with writing(_record_of(out, name)) as part:
                    part.write_text(json.dumps(record), encoding="utf-8")
            records[name] = record
            bar.to((number + 1) / len(stamps), name)
    _write_tables(model.vocabulary, out, records, objects=model.task == "instance")
    world = getattr(model, WORLD, None)
    if world is not None and features and (words := unlike(world, torch.cat(features), len(features), len(stamps))):
        say(words)
    return Outcome(len(records) - kept, kept, tuple(unread))


def _pictures_in(folder: Path, out: Path) -> tuple[Contents, dict[str, tuple[int, int]]]:
    """The folder and its pictures: name → size in bytes and time of change."""
    if not folder.is_dir():
        raise VislabError(f"{folder}: is no folder; give the folder of the pictures")
    if out.resolve().is_relative_to(folder.resolve()):
        raise VislabError(f"{out}: lies in the folder of the pictures, and would be predicted too; write elsewhere")
    contents = Contents(folder)
    wanted = set(contents.pictures())
    stamps = {stamp.name: _mark(stamp) for stamp in contents.stamps if stamp.name in wanted}
    if not stamps:
        raise VislabError(f"{folder}: holds no pictures; give a folder of PNG, JPEG or TIFF files")
    shared: dict[str, str] = {}
    for name in stamps:
        if other := shared.get(key := without_ending(name).casefold()):
            raise VislabError(f"{folder}: {other} and {name} would share one mask; rename one of them")
        shared[key] = name
    return contents, stamps


def _mark(stamp: Stamp) -> tuple[int, int]:
    return stamp[1], stamp[2]


def _scaled(picture: NDArray[np.uint8], size: int | None) -> NDArray[np.uint8]:
    """The picture (h, w, 3) with its longer side of so many pixels."""
    if size is None:
        return picture
    height, width = (max(1, round(side * size / max(picture.shape[:2]))) for side in picture.shape[:2])
    return np.array(Image.fromarray(picture).resize((width, height), Image.Resampling.BICUBIC))


def _claim(model: Model, size: int | None, out: Path) -> None:
    """Write which model this folder is of; raises VislabError if it is of another, or holds files of somebody else."""
    about = {"kind": KIND, "format": 1, "task": model.task, "model": _digest(model), "size": size}
    path = out / "model.json"
    if path.exists():
        before = read_json(path, "give another folder", KIND, 1)
        if any(before.get(name) != about[name] for name in ("model", "size")):
            what = "another model, or this one at another size,"
            raise VislabError(f"{out}: holds what {what} predicted; give another folder, or delete this one")
        return
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise VislabError(f"{out}: already exists and is not empty; give another folder")
    with writing(path) as part:
        part.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def _digest(model: Model) -> str:
    """What a model's predictions depend on."""
    found = hashlib.blake2b(json.dumps([model.vocabulary.to_dict(), threshold_of(model)]).encode(), digest_size=16)
    for name, value in model.state_dict().items():
        found.update(name.encode() + value.detach().cpu().numpy().tobytes())
    return found.hexdigest()


def _record_of(out: Path, name: str) -> Path:
    return out / RECORDS / f"{name}.json"


def _finished(out: Path, name: str, stamp: tuple[int, int]) -> Plain | None:
    """What was found on a picture before; None if nothing, if the picture has changed, or if a file of it is gone."""
    try:
        record: Plain = json.loads(_record_of(out, name).read_text(encoding="utf-8"))
        whole = record["stamp"] == list(stamp) and all((out / file).is_file() for file in record["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return record if whole else None


def _write(prediction: Prediction, size: tuple[int, ...], out: Path) -> Plain:
    """Write a picture's masks; returns its answers, objects and size, as JSON can hold them."""
    files: dict[str, Image.Image] = {}
    if isinstance(prediction, SemanticPrediction | InstancePrediction):
        masks = material_of(prediction)
        assert masks.semantic is not None
        assert masks.instances is not None
        target = f"{without_ending(prediction.ids[0])}.png"
        files[f"masks/{target}"] = mask_image(masks.semantic[0].numpy(), prediction.vocabulary)
        if isinstance(prediction, InstancePrediction):
            files[f"instances/{target}"] = Image.fromarray(masks.instances[0].numpy().astype(np.uint16))
    for file, image in files.items():
        with writing(out / file) as part:
            image.save(part, "PNG")
    return {
        "size": list(size),
        "files": list(files),
        "answers": _answers(prediction),
        "objects": _objects(prediction) if isinstance(prediction, InstancePrediction) else [],
    }


def _answers(prediction: Prediction) -> Plain:
    """The answers to the questions for one picture; without those that it has not."""
    found, words = answers(prediction), prediction.vocabulary
    label, share, point = found.label[0], found.share[0], found.point[0]
    counts = {f"count {name}": float(found.count[0][words.classes.index(name)]) for name in words.counted
              if "count" in found.answered}  # fmt: skip
    row: Plain = {"label": math.nan if math.isnan(label) else words.labels[int(label)], "share": float(share)}
    row |= {"count": sum(counts.values()) if counts else math.nan} | (counts if len(counts) > 1 else {})
    row |= {"x": float(point[0]), "y": float(point[1])}
    return {name: value for name, value in row.items() if value == value}  # NaN: not answered


def _objects(prediction: InstancePrediction) -> list[Plain]:
    """The objects that count, as COCO's annotations have them, without numbers."""
    height, width = prediction.size
    return [
        {
            "category_id": index,
            "bbox": [int(left), int(top), int(right - left), int(bottom - top)],
            "area": int(mask.sum()),
            "segmentation": {"size": [height, width], "counts": _runs(mask, left, top, prediction.size)},
            "iscrowd": 0,
            "score": round(score, 4),
        }
        for (left, top, right, bottom), mask, index, score in prediction.objects[0].at_least(prediction.threshold)
    ]


def _runs(mask: NDArray[np.bool_], left: int, top: int, size: tuple[int, int]) -> list[int]:
    """COCO's run lengths of a mask that stands at left and top in a picture: down the columns, outside first."""
    x, y = mask.T.nonzero()  # pixel by pixel down the columns
    pixels = (x + left) * size[0] + y + top
    starts = pixels[np.diff(pixels, prepend=-2) != 1]
    ends = pixels[np.diff(pixels, append=-2) != 1] + 1
    borders = np.stack([starts, ends], 1).ravel()
    return np.diff(borders, prepend=0, append=size[0] * size[1]).tolist()  # type: ignore[no-any-return]


def _write_tables(words: Vocabulary, out: Path, records: Mapping[str, Plain], objects: bool) -> None:
    rows: Sequence[Plain] = [record["answers"] for record in records.values()]
    order = ["label", "share", "count", *(f"count {name}" for name in words.counted), "x", "y"]
    columns = [name for name in order if any(name in row for row in rows)]
    lines: Iterable[list[Any]] = (
        [name, *(_short(row.get(column, "")) for column in columns)] for name, row in zip(records, rows, strict=True)
    )
    with writing(out / "answers.csv") as part:
        write_table(part, ["picture", *columns], lines)
    if not objects:
        return
    images, annotations = [], list[Plain]()
    for number, (name, record) in enumerate(records.items(), 1):
        height, width = record["size"]
        images.append({"id": number, "file_name": name, "height": height, "width": width})
        annotations += [{"id": len(annotations) + k, "image_id": number} | each
                        for k, each in enumerate(record["objects"], 1)]  # fmt: skip
    categories = [{"id": words.classes.index(name), "name": name} for name in words.things]
    plain = {"images": images, "annotations": annotations, "categories": categories}
    with writing(out / "objects.json") as part:
        part.write_text(json.dumps(plain), encoding="utf-8")


def _short(value: Any) -> Any:
    return f"{value:.6g}" if isinstance(value, float) else value
