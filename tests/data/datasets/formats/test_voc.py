from pathlib import Path

import made_exports as made
import numpy as np
import pytest
from photo_files import put, refused
from PIL import Image

from vislab.data.datasets.formats.voc import CLASSES, colour_of
from vislab.data.datasets.load import load

pytestmark = pytest.mark.usefixtures("own_home")


def test_the_palette_of_the_development_kit() -> None:
    assert [colour_of(number) for number in (0, 1, 2, 15, 20)] == [
        (0, 0, 0), (128, 0, 0), (0, 128, 0), (192, 128, 128), (0, 64, 128),
    ]  # fmt: skip


def test_the_border_is_ignored_and_no_object(tmp_path: Path) -> None:
    report: list[str] = []
    scenes = load(made.voc(tmp_path), report=report)
    expected = made.MASK.copy()
    expected[10, 10:30] = 255
    assert scenes.ids == ("a",)
    assert scenes.vocabulary.classes == CLASSES
    assert (scenes.need("semantic")[0].numpy() == expected).all()
    assert (scenes.need("instances")[0].numpy() == (expected == 1)).all()
    assert scenes.attributes == {"part": ("train",)}
    assert "1 picture of JPEGImages without a mask" in report[0]
    assert "no labelmap.txt" in report[1]


def test_colours_of_a_labelmap_as_cvat_writes_them(tmp_path: Path) -> None:
    made.picture(tmp_path / "JPEGImages/a.png")
    table = {0: (0, 0, 0), 1: (250, 50, 83)}
    put(tmp_path / "SegmentationClass/a.png", made.colours(made.MASK, table))
    put(tmp_path / "SegmentationObject/a.png", made.colours(made.MASK, {0: (0, 0, 0), 1: (128, 0, 0)}))
    put(tmp_path / "labelmap.txt", "# label:color_rgb:parts:actions\nbackground:0,0,0::\ncell:250,50,83::\n")
    scenes = load(tmp_path)
    assert scenes.vocabulary.classes == ("background", "cell")
    assert (scenes.need("instances")[0].numpy() == made.MASK).all()
    put(tmp_path / "labelmap.txt", "cell=250,50,83\n")
    refused(tmp_path, "labelmap.txt", "name:r,g,b")


def test_objects_of_one_colour_are_told_apart_by_their_numbers(tmp_path: Path) -> None:
    folder = made.voc(tmp_path)
    ids = np.zeros((40, 60), np.uint8)
    ids[12:15, 12:20], ids[18:22, 12:20], ids[16, 12:20] = 1, 2, 255
    image = Image.fromarray(ids)
    image.putpalette([0, 0, 0] * 255 + [224, 224, 192])  # a palette that knows no object
    image.save(next(folder.glob("SegmentationObject/*.png")))
    assert load(folder, report=[]).need("instances").unique().tolist() == [0, 1, 2]


def test_boxes_alone_and_other_classes(tmp_path: Path) -> None:
    made.picture(tmp_path / "a/images/a.png")
    put(tmp_path / "a/labels/a.xml", made.VOC_XML)
    refused(tmp_path / "a", "1 rectangle and no outlines (VOC XML)", "boxes alone are not yet masks")
    put(made.voc(tmp_path / "b") / "Annotations/a.xml", made.VOC_XML.replace("car", "cell"))
    refused(tmp_path / "b", "Annotations/a.xml", "'cell'", "labelmap.txt")
    made.picture(tmp_path / "c/JPEGImages/a.png")
    refused(tmp_path / "c", "no masks in SegmentationClass")
    put(tmp_path / "d/SegmentationClass/a.png", np.full((40, 60), 77, np.uint8))
    made.picture(tmp_path / "d/JPEGImages/a.png")
    refused(tmp_path / "d", "SegmentationClass/a.png", "the value 77")
