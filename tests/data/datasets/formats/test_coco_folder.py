from pathlib import Path

import made_exports as made
import pytest
from photo_files import put, refused, skipped

from vislab.data.datasets.load import load

pytestmark = pytest.mark.usefixtures("own_home")


def test_a_json_for_each_part_gives_the_split(tmp_path: Path) -> None:
    scenes = load(made.roboflow(tmp_path), report=[])
    assert [part.ids for part in scenes.split()] == [("train/train.png",), ("valid/valid.png",), ("test/test.png",)]


def test_parts_by_the_names_of_cocos_own_files(tmp_path: Path) -> None:
    for part in ("train2017", "val2017"):
        made.picture(tmp_path / part / f"{part}.png")
        put(tmp_path / f"annotations/instances_{part}.json", made.coco_dict(f"{part}.png"))
    put(tmp_path / "annotations/captions_val2017.json", {"images": [{"file_name": "x"}], "annotations": []})
    assert load(tmp_path, report=[]).attributes["part"] == ("train", "valid")


def test_classes_are_matched_by_name_across_the_files(tmp_path: Path) -> None:
    made.roboflow(tmp_path)
    other = made.coco_dict("test.png", category_id=1)
    other["categories"] = [{"id": 1, "name": "cell"}, {"id": 0, "name": "dirt"}]
    put(tmp_path / "test/_annotations.coco.json", other)
    scenes = load(tmp_path, report=[])
    index = scenes.vocabulary.classes.index("cell")
    assert scenes.need("objects").tolist() == [[index]] * 3


def test_what_is_wrong_with_a_json(tmp_path: Path) -> None:
    root = made.coco(tmp_path / "a")
    put(root / "annotations/again.json", made.coco_dict())
    refused(root, "instances_default.json", "again.json", "both COCO files")
    refused(made.coco(tmp_path / "b", segmentation=[]), "1 rectangle and no outlines", "boxes alone are not yet masks")
    refused(
        made.coco(tmp_path / "c", category_id=9),
        "1 of annotations/instances_default.json",
        "category '9",
        '"categories"',
    )
    refused(made.coco(tmp_path / "d", image_id=9), "annotation 1 is of picture 9", '"images"')
    root = made.roboflow(tmp_path / "e")
    (root / "test/test.png").unlink()
    refused(root, "test/_annotations.coco.json", "'test.png', which is not there")
    skipped(root, ["train/train.png", "valid/valid.png"], "test.png")
    put(made.coco(tmp_path / "f") / "annotations/instances_default.json", '{"categories": [{"id": 1, "name": ')
    refused(tmp_path / "f", "is no JSON")


def test_numbers_are_read_as_tools_write_them(tmp_path: Path) -> None:
    plain = made.coco_dict("a.png")
    expected = load(made.coco(tmp_path / "a"), report=[]).need("objects").tolist()
    plain["images"][0] |= {"id": str(plain["images"][0]["id"]), "height": -1, "width": -1}
    put(tmp_path / "b/annotations/instances_default.json", plain)
    made.picture(tmp_path / "b/images/a.png")
    assert load(tmp_path / "b", report=[]).need("objects").tolist() == expected


def test_an_id_of_two_pictures_or_categories(tmp_path: Path) -> None:
    for key, other, words in [
        ("images", {"file_name": "b.png"}, "has the id"),
        ("categories", {"name": "another"}, "'another' both have the id"),
    ]:
        plain = made.coco_dict("a.png")
        plain[key].append(plain[key][0] | other)
        put(tmp_path / key / "annotations/instances_default.json", plain)
        for name in ("a", "b"):
            made.picture(tmp_path / key / f"images/{name}.png")
        refused(tmp_path / key, words)
