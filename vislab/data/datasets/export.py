"""Scenes as a folder of PNGs and tables, which `vislab.load` reads back as they were."""

import csv
import json
import shutil
import uuid
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vislab.data.datasets.loader import in_parallel, progress
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import IGNORE, Vocabulary
from vislab.errors import VislabError

UNSAFE = '<>:"\\|?*'  # Windows allows none of these in a file's name


def save_folder(scenes: Scenes, path: str | Path, texts: Mapping[str, str] | None = None) -> Path:
    """Write pictures, masks, id maps and tables in the layout of `vislab.data.datasets.folder`; returns the folder.

    texts: further files there, their text by name. Complete or not at all. Raises VislabError if the folder exists and
    is not empty, if two pictures share a name, if a name cannot be a file's, or if the disk refuses.
    """
    path = Path(path)
    files = file_names(scenes)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise VislabError(f"{path}: already exists and is not empty; choose another folder or delete it")
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        part.mkdir(parents=True)
        write_tables(scenes, part)
        for name, text in (texts or {}).items():
            (part / name).write_text(text, encoding="utf-8")
        written = in_parallel(lambda index: _write_picture(scenes, index, part, files[index]), range(len(files)))
        for _ in progress(written, len(files), path.name):
            pass
        if path.is_dir():
            path.rmdir()
        part.replace(path)
    except OSError as error:
        reason = error.strerror or error
        raise VislabError(f"{path}: cannot be written ({reason}); choose another folder or make room") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return path


def file_names(scenes: Scenes) -> list[str]:
    """The file of each picture: its id and .png. Raises VislabError if an id cannot be a file's name."""
    seen: dict[str, str] = {}
    for name in scenes.ids:
        parts = name.split("/")
        if any(not part or part[0] == "." or part[-1] in ". " or set(part) & set(UNSAFE) for part in parts):
            raise VislabError(f"picture {name!r}: its name cannot be a file's name; give it another id")
        if other := seen.get(name.casefold()):
            raise VislabError(f"pictures {other!r} and {name!r} would share one file; give them ids that differ")
        seen[name.casefold()] = name
    if not seen:
        raise VislabError("there are no pictures to write; give at least one")
    return [f"{name}.png" for name in scenes.ids]


def _write_picture(scenes: Scenes, index: int, folder: Path, name: str) -> None:
    pictures = {"images": Image.fromarray(scenes.images[index].permute(1, 2, 0).cpu().numpy())}
    if scenes.semantic is not None:
        pictures["masks"] = mask_image(scenes.semantic[index].cpu().numpy(), scenes.vocabulary)
    if scenes.instances is not None:
        pictures["instances"] = Image.fromarray(scenes.instances[index].cpu().numpy().astype(np.uint16))
    for kind, picture in pictures.items():
        path = folder / kind / name
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(path)


def mask_image(mask: NDArray[np.uint8], vocabulary: Vocabulary) -> Image.Image:
    """A mask (h, w) as a picture with a palette: its numbers stay, the colours are for people who open the file."""
    colours = np.zeros((256, 3), np.uint8)
    colours[: len(vocabulary.colours)] = [list(bytes.fromhex(colour[1:])) for colour in vocabulary.colours]
    colours[IGNORE] = 255
    image = Image.fromarray(mask)
    image.putpalette(colours.tobytes())
    return image


def write_tables(scenes: Scenes, folder: Path) -> None:
    """Write the vocabulary and a table for every level of truth into a folder."""
    vocabulary = scenes.vocabulary
    text = json.dumps(vocabulary.to_dict(), indent=2, ensure_ascii=False)
    (folder / "vocabulary.json").write_text(text + "\n", encoding="utf-8")
    things = [int(name in vocabulary.things) for name in vocabulary.classes]
    classes = zip(range(256), vocabulary.classes, things, vocabulary.colours, strict=False)
    write_table(folder / "classes.csv", "id,name,thing,colour", classes)
    if scenes.labels is not None:
        labels = [vocabulary.labels[label] for label in scenes.labels.tolist()]
        write_table(folder / "labels.csv", "picture,label", zip(scenes.ids, labels, strict=True))
    if scenes.objects is not None:
        write_objects(folder, vocabulary, dict(zip(scenes.ids, scenes.objects.tolist(), strict=True)))
    columns = {"picture": scenes.ids} | ({"group": scenes.groups} if scenes.groups is not None else {})
    if taken := columns.keys() & scenes.attributes.keys():
        raise VislabError(f"an attribute is called {min(taken)!r}, as is a column of pictures.csv; rename it")
    columns |= scenes.attributes
    write_table(folder / "pictures.csv", columns, zip(*columns.values(), strict=True))


def write_objects(folder: Path, words: Vocabulary, objects: Mapping[str, Sequence[int]]) -> None:
    """Write objects.csv. objects: picture → the class of object i + 1, 0 where there is none."""
    rows = ([name, number, words.classes[code]] for name, codes in objects.items()
            for number, code in enumerate(codes, start=1) if code)  # fmt: skip
    write_table(folder / "objects.csv", "picture,id,class", rows)


def write_table(path: Path, columns: str | Iterable[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file. columns: their names, as a line or one by one."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(columns.split(",") if isinstance(columns, str) else columns)
        table.writerows(rows)
