"""Folders: what is no file where one should lie, links, pictures without masks, and what speaks against a class."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import made_exports as made
from photo_files import png, put, rgb

from malformed.case import Case, Make, changed_file, cut, flipped, same
from malformed.measured_files import curves, read_curves, read_page, results
from malformed.own_files import checkpoint, read_checkpoint, read_scenes, scenes
from malformed.pictures import masks
from malformed.tables import TABLES, everything


def in_place_of(make: Make, file: str, change: Callable[[Path], object]) -> Make:
    """A good example with a file taken away, and what `change` makes of its path in its place."""

    def made_so(root: Path) -> Any:
        given = make(root)
        path = root / file
        path.unlink()
        change(path)
        return given

    return made_so


def _mode_0(path: Path) -> None:
    path.write_bytes(b"")
    path.chmod(0)


NO_FILES: dict[str, Callable[[Path], object]] = {
    "a pipe": os.mkfifo,
    "a link that leads nowhere": lambda path: path.symlink_to("gone.bin"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "an empty folder": lambda path: path.mkdir(),
    "a folder with a file": lambda path: put(path / "x.bin", b"x"),
    "nothing": lambda path: None,
    "an empty file that nobody may read": _mode_0,
}


def folder_cases() -> Iterator[Case]:
    kind = "folder"
    files = ["images/a.png", "masks/a.png", "instances/a.png", *TABLES]
    for file in files:
        for what, change in NO_FILES.items():
            if what == "nothing" and file in TABLES and file != "classes.csv":
                continue  # a table that nobody gave
            absent = file == "pictures.csv" and what.startswith("an empty file")
            right = same(everything, "ids", "images", "labels", "groups", "attributes") if absent else None
            yield Case(kind, f"{what} in place of {file}", in_place_of(everything, file, change), right)
    for tool, file in (
        ("labelme", "a.json"),
        ("yolo", "train/labels/a.txt"),
        ("cvat", "annotations.xml"),
        ("via", "via.json"),
        ("supervisely", "ds/ann/a.png.json"),
        ("camvid", "class_dict.csv"),
        ("coco", "annotations/instances_default.json"),
        ("yolo", "data.yaml"),
        ("coco", "images/a.png"),
        ("cityscapes", "gtFine/train/ulm/ulm_0_0_gtFine_instanceIds.png"),
    ):
        for what, change in NO_FILES.items():
            plain = what == "nothing" and tool in ("cvat", "coco", "yolo")  # pictures alone, if no table tells of them
            if not (plain and file not in ("data.yaml", "images/a.png")) and not what.startswith("an empty file"):
                yield Case(kind, f"{what} in place of {tool}'s {file}", in_place_of(getattr(made, tool), file, change))
    own = (
        (scenes, read_scenes, "Scenes"),
        (checkpoint, read_checkpoint, "a checkpoint"),
        (results, read_page, "results.json"),
        (curves, read_curves, "curves"),
    )
    for make, read, words in own:
        for what, change in NO_FILES.items():
            yield Case(kind, f"{what} in place of {words}", _given(make, change), read=read)
    for suffix in (".zip", ".json", ".safetensors", ".tar"):
        for what, change in NO_FILES.items():
            yield Case(kind, f"{what} called x{suffix}", lambda root, s=suffix, by=change: _single(root / f"x{s}", by))
    yield from _links()
    yield from _classes()


def _given(make: Make, change: Callable[[Path], object]) -> Make:
    def made_so(root: Path) -> Any:
        path = make(root)
        path.unlink()
        change(path)
        return path

    return made_so


def _single(path: Path, change: Callable[[Path], object]) -> Path:
    change(path)
    return path


def _links() -> Iterator[Case]:
    """Links that can be followed, and folders that hold themselves."""

    def circle(root: Path) -> Path:
        (masks(root) / "images/again").symlink_to(root)
        (root / "more").symlink_to(root / "images")
        return root

    yield Case("folder", "that holds itself by links", circle, same(masks))

    def elsewhere(root: Path) -> Path:
        masks(root / "there")
        (root / "here").mkdir()
        for name in ("images", "masks", "classes.csv"):
            (root / "here" / name).symlink_to(root / "there" / name)
        return root / "here"

    yield Case("folder", "of links", elsewhere, same(masks), refusal=False)

    def two_endings(root: Path) -> Path:
        shutil.copy(masks(root) / "images/a.png", root / "images/a.bmp.png")
        put(root / "images/a.jpg", rgb(8, 12))
        return root

    yield Case("folder", "with a picture in two formats", two_endings)
    for name in ("c.png", "A.png", "a .png", "a.png.png", "sub/a.png"):
        yield Case("folder", f"with a mask {name} of no picture", lambda root, n=name: _more(root, f"masks/{n}"))
        yield Case("folder", f"with a picture {name} without a mask", lambda root, n=name: _more(root, f"images/{n}"))
    yield Case("folder", "with two folders of masks", lambda root: _more(root, "labels/a.png", "masks"))
    yield Case("folder", "of nothing", lambda root: root)
    yield Case("folder", "of empty folders", lambda root: put(root / "images/deep/x.bin", b"").parents[2])
    yield Case("folder", "that is not there", lambda root: root / "gone")


def _more(root: Path, file: str, rename: str = "") -> Path:
    masks(root)
    put(root / file, rgb(8, 12)[..., 0] * 0)
    if rename:
        (root / rename).rename(root / "segmentation")
    return root


def by_class(root: Path) -> Path:
    for seed, name in enumerate(("cat/1.png", "cat/2.png", "dog/1.png")):
        put(root / name, rgb(8, 12, seed))
    return root


def _parted(root: Path, part: str) -> Path:
    for name in ("train/cat/1.png", "train/dog/2.png", f"{part}/unknown/3.png"):
        put(root / name, rgb(8, 12))
    return root


def _many_heads(root: Path, head: str) -> Path:
    """As many files as are looked into, each of which takes long to tell if a pattern goes over it again and again."""
    for number in range(90):
        put(root / f"cat/about{number // 10}/x{number}.json", head)
    return root


def _classes() -> Iterator[Case]:
    """A folder per class with something wrong in it."""
    kind = "folder per class"
    for what, change in NO_FILES.items():
        if what != "nothing":
            yield Case(kind, f"{what} in place of cat/1.png", in_place_of(by_class, "cat/1.png", change))
            yield Case(kind, f"{what} in place of the only dog", in_place_of(by_class, "dog/1.png", change))
    for what, data in (*cut(png(rgb(8, 12)), 10), *flipped(png(rgb(8, 12)), 20, seed=3)):
        yield Case(kind, f"cat/1.png {what}", changed_file(by_class, "cat/1.png", lambda _, d=data: d), same(by_class))
    beside = {
        "cat/1.json": "{}",
        "cat/1.xml": "<annotation/>",
        "cat/1.txt": "0 0.5 0.5 0.1 0.1",
        "labels.csv": "a,b\n",
        "masks/1.png": png(rgb(8, 12)),
        "bird/notes.txt": "later",
        "bird/1.heic": b"\0\0\0\x18ftypheic",
        "annotations/1.png": png(rgb(8, 12)),
    }
    for name, content in beside.items():
        yield Case(kind, f"with {name}", lambda root, n=name, c=content: put(by_class(root) / n, c) and root)
    for name in ("cat/1_mask.png", "cat/2-label.png", "dog/1 seg 2.png", "cat/1.gt.png"):
        yield Case(kind, f"with {name}", lambda root, n=name: put(by_class(root) / n, rgb(8, 12)) and root)
    for part in ("val", "test"):
        yield Case(kind, f"that only {part} has", lambda root, p=part: _parted(root, p))
    for what, head in {
        "spaces": " " * 60_000,
        '"size"': '{"size": {' * 6000,
        '"images"': '{"images": [{' * 6000,
    }.items():
        yield Case(kind, f"beside JSON of {what}", lambda root, h=head: _many_heads(by_class(root), h), same(by_class))
    twin = png(rgb(8, 12)[..., 0] // 200)
    yield Case(
        kind,
        "of pictures and what look like their masks",
        lambda root: [put(by_class(root) / f"truth/{n}.png", twin) for n in (1, 2)] and root,
    )
