from pathlib import Path

import made_exports as made
import numpy as np
import pytest
from photo_files import put, refused

from vislab.data.datasets.load import load

pytestmark = pytest.mark.usefixtures("own_home")


@pytest.mark.parametrize("kind", ["instanceIds", "polygons"])
def test_objects_groups_and_void(kind: str, tmp_path: Path) -> None:
    scenes = load(made.cityscapes(tmp_path, kind))
    semantic, classes = scenes.need("semantic")[0].numpy(), scenes.vocabulary.classes
    assert (scenes.need("instances")[0].numpy() == made.MASK).all()
    assert (semantic[made.MASK > 0] == classes.index("car")).all()
    assert (semantic[:, 40:50] == 255).all()  # a group of cars, outlined as one
    assert (semantic == classes.index("road")).sum() == 40 * 60 - 300 - 400
    assert scenes.attributes["part"] == ("train",)


def test_label_ids_alone_are_classes(tmp_path: Path) -> None:
    scenes = load(made.cityscapes(tmp_path, "labelIds"))
    assert scenes.levels == ("labels", "semantic")
    assert (scenes.need("semantic") == scenes.vocabulary.classes.index("car")).sum() == 700


def test_malformed_files(tmp_path: Path) -> None:
    folder = made.cityscapes(tmp_path / "a", "polygons") / "gtFine/train/ulm"
    for name, content, words in [
        ("label", {"imgHeight": 40, "imgWidth": 60, "objects": [{"label": "cow", "polygon": []}]}, ("'cow'",)),
        ("lacking", {"imgHeight": 40, "objects": []}, ("lacks 'imgWidth'",)),
    ]:
        put(folder / "ulm_0_0_gtFine_polygons.json", content)
        refused(tmp_path / "a", "polygons.json", *words), name
    root = made.cityscapes(tmp_path / "b")
    put(root / "gtFine/train/ulm/ulm_0_0_gtFine_instanceIds.png", np.full((40, 60), 77, np.uint8))
    refused(root, "instanceIds.png", "77")
    made.picture(tmp_path / "c/leftImg8bit/val/ulm/x_leftImg8bit.png")
    put(tmp_path / "c/gtFine/val/ulm/y_gtFine_labelIds.png", made.MASK)
    refused(tmp_path / "c", "no picture of leftImg8bit has its truth")
