"""Which layout a folder has, by evidence for and against, and the pixels of a small export of each tool."""

import zipfile
from pathlib import Path

import made_exports as made
import numpy as np
import pytest
from photo_files import png, put, refused, rgb

from vislab.data.datasets.archive import Archive
from vislab.data.datasets.formats.register import source
from vislab.data.datasets.load import files_of, load
from vislab.errors import VislabError

pytestmark = pytest.mark.usefixtures("own_home")

TOOLS = ("coco", "roboflow", "cvat", "labelme", "via", "label_studio", "yolo", "supervisely")
CSV = "id,name\n0,background\n1,cell\n"


def masks(root: Path, images: str = "images", where: str = "masks", names: str = "ab") -> Path:
    for seed, name in enumerate(names):
        put(root / images / f"{name}.png", rgb(40, 60, seed))
        put(root / where / f"{name}.png", made.MASK)
    return root


@pytest.mark.parametrize("tool", TOOLS)
def test_the_rectangle_of_each_tools_export_is_its_pixels(tool: str, tmp_path: Path) -> None:
    scenes = load(getattr(made, tool)(tmp_path))
    cell = scenes.vocabulary.classes.index("cell")
    assert (scenes.need("instances")[0].numpy() == made.MASK).all()
    assert (scenes.need("semantic")[0].numpy() == made.MASK * cell).all()
    assert scenes.need("objects")[0].tolist() == [cell]


@pytest.mark.parametrize("tool", [*TOOLS, "voc", "cityscapes", "camvid"])
def test_what_is_read_is_known_as_input_also_one_folder_deeper_and_in_a_zip(tool: str, tmp_path: Path) -> None:
    root = getattr(made, tool)(tmp_path / "outer/export")
    inputs = {path.relative_to(root) for path in files_of(root)}
    assert any(path.suffix == ".png" for path in inputs)
    assert {path.relative_to(root) for path in files_of(root.parent)} == inputs
    archive = tmp_path / "export.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in root.rglob("*"):
            file.write(path, f"top/{path.relative_to(root)}")
    flat, packed = load(root, report=[]), load(archive, report=[])
    assert flat.ids == packed.ids == load(root.parent, report=[]).ids
    assert (flat.need("semantic") == packed.need("semantic")).all()
    assert files_of(archive) == [archive]


@pytest.mark.parametrize(
    ("images", "where"),
    [("imgs", "masks"), ("Images", "Masks"), ("IMG", "mask"), ("image", "ground_truth"), ("images", "Labels")],
)
def test_usual_names_of_folders_are_understood(images: str, where: str, tmp_path: Path) -> None:
    put(masks(tmp_path, images, where) / "classes.csv", CSV)
    scenes = load(tmp_path)
    assert scenes.ids == ("a", "b")
    assert int((scenes.need("semantic") == 1).sum()) == 600


def test_two_folders_that_could_be_the_masks_need_a_word(tmp_path: Path) -> None:
    masks(masks(tmp_path, where="labels"), where="gt")
    refused(tmp_path, "labels/", "gt/", "rename the one you mean to masks/")


def test_two_layouts_at_once_are_named(tmp_path: Path) -> None:
    put(made.cvat(masks(tmp_path, names="a")) / "classes.csv", CSV)
    refused(tmp_path, "images/ with masks/", "CVAT", "take away")


@pytest.mark.parametrize(("first", "second"), [("train/{}", "val/{}"), ("{}/train", "{}/val")])
def test_a_split_in_or_above_the_folders_is_kept(first: str, second: str, tmp_path: Path) -> None:
    for seed, part in enumerate((first, second)):
        for name in ("a", "b"):
            put(tmp_path / part.format("images") / f"{name}{seed}.png", rgb(40, 60, seed))
            put(tmp_path / part.format("masks") / f"{name}{seed}.png", made.MASK)
    put(tmp_path / "classes.csv", CSV)
    scenes = load(tmp_path)
    assert scenes.attributes["part"] == ("train", "train", "valid", "valid")
    train, valid, test = scenes.split(valid=0.5, seed=0)
    assert test.ids == ("val/a1", "val/b1")  # no part is called test, so the valid part is
    assert sorted(train.ids + valid.ids) == ["train/a0", "train/b0"]


def test_a_folder_per_class_below_a_split(tmp_path: Path) -> None:
    for part in ("train/cat", "train/dog", "val/cat", "test/dog"):
        put(tmp_path / part / "a.png", rgb(8, 8))
    scenes = load(tmp_path)
    assert scenes.vocabulary.labels == ("cat", "dog")
    assert {part: scenes.attributes["part"].count(part) for part in ("train", "valid", "test")} == {
        "train": 2, "valid": 1, "test": 1,
    }  # fmt: skip
    parts = scenes.split()
    assert [part.ids for part in parts] == [
        ("train/cat/a.png", "train/dog/a.png"),
        ("val/cat/a.png",),
        ("test/dog/a.png",),
    ]
    assert len(parts.train.split(valid=0.5, test=0).valid) == 1  # one part alone is split freely


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (("images2/a.png", "Annotations/a.png"), ("Annotations/ is no name of a class", "images/")),
        (("cat/a.png", "dog/b.png", "annotations.json"), ("annotations.json looks like annotations",)),
        (("cat/a.png", "cat/a.txt"), ("cat/a.txt lies beside a picture",)),
        (("one/1.png", "one/1_mask.png", "two/2.png"), ("one/1_mask.png lies beside one/1.png, as its mask does",)),
        (("ill/ill (1).png", "ill/ill (1)_Mask_1.png"), ("ill (1)_Mask_1.png lies beside ill/ill (1).png",)),
        (
            ("train/cat/1.png", "train/dog/2.png", "test/unknown/3.png"),
            ("test/unknown/3.png is of a class, unknown, of which train/ has no picture",),
        ),
        (("x/cat/a.png", "y/cat/a.png", "y/dog/a.png"), ("two folders deep",)),
        (("train/a.png", "val/b.png"), ("no folder of a class", "1 in train/, 1 in val/")),
        (("a.png", "notes.docx"), ("1 loose", "1 .docx", "images/", "a folder per class")),
    ],
)
def test_what_is_not_understood_is_told_and_never_a_folder_per_class(
    files: tuple[str, ...], words: tuple[str, ...], tmp_path: Path
) -> None:
    for name in files:
        put(tmp_path / name, rgb(8, 8) if name.endswith("png") else "{}")
    refused(tmp_path, *words)


def test_masks_are_no_class_whatever_their_folder_is_called(tmp_path: Path) -> None:
    refused(
        masks(tmp_path, "photographs", "truth"), "truth/ holds the same names as photographs/, as masks do", "masks/"
    )


def test_what_several_cameras_see_is_no_class(tmp_path: Path) -> None:
    for name in ("rgb/1.png", "rgb/2.png", "depth/1.png", "depth/2.png"):
        put(tmp_path / name, rgb(8, 8))
    refused(tmp_path, "rgb/", "depth/", "several cameras")


def test_a_class_may_be_called_mask(tmp_path: Path) -> None:
    for name in ("mask/1.png", "mask/with_mask.png", "no_mask/2.png"):
        put(tmp_path / name, rgb(8, 8))
    assert load(tmp_path).vocabulary.labels == ("mask", "no_mask")


def test_files_that_nobody_read_are_counted_and_named(tmp_path: Path) -> None:
    for name in ("cat/1.png", "cat/2.png", "dog/3.png"):
        put(tmp_path / name, rgb(8, 8))
    put(tmp_path / "cat/4.heic", b"what a phone writes")
    put(tmp_path / "readme.md", "words")
    report: list[str] = []
    load(tmp_path, report=report)
    assert len(report) == 1
    assert "2 files were not read" in report[0]
    assert "cat/4.heic" in report[0]
    put(tmp_path / "bird/5.heic", b"all of a class")
    refused(tmp_path, "bird/ holds no picture that can be read", "bird/5.heic")


def test_links_are_followed_but_every_real_folder_is_read_once(tmp_path: Path) -> None:
    root = tmp_path / "set"
    put(root / "cat/1.png", rgb(8, 8))
    put(tmp_path / "elsewhere/2.png", rgb(8, 8))
    (root / "dog").symlink_to(tmp_path / "elsewhere")
    (root / "hound").symlink_to(tmp_path / "elsewhere")
    (root / "again").symlink_to(root)
    (root / "aaa").symlink_to(root / "cat")
    assert load(root).ids == ("cat/1.png", "dog/2.png")


def test_a_folder_of_a_hundred_thousand_files_is_recognised_by_a_few_of_them(tmp_path: Path) -> None:
    archive = tmp_path / "many.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for number in range(3000):
            file.writestr(f"img/{number}.png", b"")
            file.writestr(f"img/{number}.xml", b"<annotation><object/></annotation>")
    contents = Archive(archive)
    read: list[str] = []
    head = contents.head
    contents.head = lambda name: read.append(name) or head(name)  # type: ignore[func-returns-value,method-assign,assignment]
    with pytest.raises(VislabError, match="boxes"):
        source(contents)
    assert len(read) < 100


def test_the_science_bowl_is_told_from_a_split_with_images_and_masks(tmp_path: Path) -> None:
    for part in ("train", "test"):
        put(tmp_path / part / "images/a.png", rgb(40, 60))
        put(tmp_path / part / "masks/a.png", made.MASK)
    put(tmp_path / "classes.csv", CSV)
    assert load(tmp_path).vocabulary.classes == ("background", "cell")
    for name in ("images/p.png", "masks/1.png"):
        put(tmp_path / "bowl/p" / name, png(np.full((8, 8), 255, np.uint8)))
    assert load(tmp_path / "bowl").vocabulary.name == "nuclei"


def test_a_json_or_xml_of_a_tool_points_to_its_folder(tmp_path: Path) -> None:
    refused(made.via(tmp_path / "v") / "via.json", "VIA", "give the folder")
    refused(made.cvat(tmp_path / "c") / "annotations.xml", "give the folder")
