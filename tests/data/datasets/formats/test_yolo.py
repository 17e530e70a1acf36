from pathlib import Path

import made_exports as made
import pytest
from photo_files import put, refused, skipped

from vislab.data.datasets.load import load

pytestmark = pytest.mark.usefixtures("own_home")


def test_parts_names_and_a_picture_without_objects(tmp_path: Path) -> None:
    scenes = load(made.yolo(tmp_path))
    assert scenes.ids == ("train/images/a.png", "valid/images/b.png")
    assert scenes.attributes["part"] == ("train", "valid")
    assert scenes.vocabulary.classes == ("background", "cell", "dirt")
    assert scenes.count_objects().tolist() == [[0, 1, 0], [0, 0, 0]]


def test_folders_as_ultralytics_has_them_and_names_by_number(tmp_path: Path) -> None:
    made.picture(tmp_path / "images/train/a.png")
    put(tmp_path / "labels/train/a.txt", made.POLYGON_LINE)
    put(tmp_path / "set.yaml", "train: images/train\nnames:\n  0: cell\n")
    assert (load(tmp_path, report=[]).need("instances")[0].numpy() == made.MASK).all()


def test_texts_beside_the_pictures_with_classes_txt(tmp_path: Path) -> None:
    made.picture(tmp_path / "data/a.png")
    put(tmp_path / "data/a.txt", made.POLYGON_LINE)
    put(tmp_path / "classes.txt", "cell\n")
    assert load(tmp_path).vocabulary.classes == ("background", "cell")


@pytest.mark.parametrize(
    ("line", "yaml", "words"),
    [
        ("0 0.5 0.5 0.1 0.1", "names: [cell]", ("1 rectangle and no outlines", "export YOLO segmentation")),
        ("0 0.1 0.1 0.5 0.5 0.2", "names: [cell]", ("labels/a.txt, line 1", "5 numbers")),
        (made.POLYGON_LINE.replace("0 ", "7 ", 1), "names: [cell]", ("the class 7", "0 to 0")),
        (made.POLYGON_LINE + "\nx", "names: [cell]", ("line 2", "the class x")),
        (made.POLYGON_LINE, "nc: 2", ("no data.yaml with the names",)),
        (made.POLYGON_LINE, "names: [", ("data.yaml", "cannot be read")),
        (made.POLYGON_LINE, "names: [cell]\nnc: 2", ("data.yaml", "there are 1 of them, but nc is 2")),
        (made.POLYGON_LINE + " nan nan", "names: [cell]", ("labels/a.txt, line 1", "no list of numbers")),
    ],
)
def test_malformed_files(line: str, yaml: str, words: tuple[str, ...], tmp_path: Path) -> None:
    refused(made.yolo(tmp_path, line, yaml), *words)


def test_a_bad_text_leaves_its_picture_out(tmp_path: Path) -> None:
    root = made.yolo(tmp_path)
    put(root / "valid/labels/b.txt", "0 1")
    refused(root, "valid/labels/b.txt, line 1")
    skipped(root, ["train/images/a.png"], "valid/labels/b.txt, line 1")
