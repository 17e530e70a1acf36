from pathlib import Path

import made_exports as made
import pytest
from photo_files import put, refused

from vislab.data.datasets.load import load

pytestmark = pytest.mark.usefixtures("own_home")


def test_colours_are_classes_and_void_is_ignored(tmp_path: Path) -> None:
    scenes = load(made.camvid(tmp_path))
    expected = made.MASK.copy()
    expected[0] = 255
    assert scenes.vocabulary.classes == ("background", "Car")
    assert (scenes.need("semantic")[0].numpy() == expected).all()
    assert scenes.attributes["part"] == ("train", "valid")


def test_the_original_table_and_names(tmp_path: Path) -> None:
    made.picture(tmp_path / "701_StillsRaw_full/0001TP.png")
    table = {0: (9, 9, 9), 1: (64, 0, 128)}
    put(tmp_path / "LabeledApproved_full/0001TP_L.png", made.colours(made.MASK, table))
    put(tmp_path / "label_colors.txt", "9 9 9\tRoad\n64 0 128\t\tCar\n")
    scenes = load(tmp_path)
    assert scenes.vocabulary.classes == ("background", "Road", "Car")
    assert (scenes.need("semantic")[0].numpy() == made.MASK + 1).all()


def test_malformed_tables(tmp_path: Path) -> None:
    root = made.camvid(tmp_path)
    put(root / "class_dict.csv", "name,r,g,b\nCar,64,0\n")
    refused(root, "class_dict.csv", "'Car,64,0'")
    put(root / "class_dict.csv", "name,r,g,b\nCar,64,0,128\nVoid,0,0,0\n")
    refused(root, "train_labels/train_L.png", "#090909")
