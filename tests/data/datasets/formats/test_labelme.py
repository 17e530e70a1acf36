import base64
from pathlib import Path

import made_exports as made
import numpy as np
import pytest
from photo_files import refused, skipped

from vislab.data.datasets.load import load

pytestmark = pytest.mark.usefixtures("own_home")


def shape(kind: str, points: list[list[float]], label: str = "cell", **more: object) -> dict[str, object]:
    return {"label": label, "shape_type": kind, "points": points, "group_id": None, "flags": {}} | more


def test_masks_circles_and_rectangles_are_areas(tmp_path: Path) -> None:
    coded = base64.b64encode(made.png_of(np.eye(3, dtype=np.uint8))).decode()
    scenes = load(
        made.labelme(
            tmp_path,
            shape("mask", [[5, 20], [7, 22]], mask=coded),
            shape("circle", [[40, 10], [40, 11]], "dot"),
            shape("rectangle", [[52, 34], [50, 30]], "dot"),
        ),
        report=[],
    )
    semantic = scenes.need("semantic")[0].numpy()
    assert np.argwhere(semantic == 1).tolist() == [[20, 5], [21, 6], [22, 7]]
    assert (semantic == 2).sum() == 4 + 8  # the four pixels about (40, 10), and 2 × 4
    assert semantic[9:11, 39:41].min() == 2
    assert semantic[30:34, 50:52].min() == 2


def test_polygons_of_one_group_are_one_object(tmp_path: Path) -> None:
    parts = [[[0, 0], [4, 0], [4, 4], [0, 4]], [[10, 10], [14, 10], [14, 14], [10, 14]]]
    grouped = [shape("polygon", points, group_id=1) for points in parts]
    assert load(made.labelme(tmp_path, *grouped)).count_objects().tolist() == [[0, 1]]


def test_malformed_files(tmp_path: Path) -> None:
    line = shape("line", [[1, 1], [2, 2]])
    refused(made.labelme(tmp_path / "a", line), "nothing but 1 line", "cover no area")
    refused(made.labelme(tmp_path / "b", imagePath="..\\pictures\\z.png"), "a.json", "z.png", "is not there")
    refused(made.labelme(tmp_path / "c", {"points": made.CELL}), "a.json", "lacks 'label'", "labelme")
    refused(made.labelme(tmp_path / "d", shape("polygon", [[1, 1], [2, 2]])), "a.json, shape 0", "2 points")
    refused(made.labelme(tmp_path / "e", shape("mask", [[5, 5], [6, 6]], mask="?")), "a.json", "base64")
    refused(made.labelme(tmp_path / "f", shape("rectangle", [[1, 1], [5, 5]])), "1 rectangle and no outlines")
    good = made.labelme(tmp_path / "g")
    made.picture(good / "b.png")
    (good / "b.json").write_text((good / "a.json").read_text().replace('"a.png"', '"b.png"').replace("label", "lable"))
    skipped(good, ["a.png"], "b.json", "lacks 'label'")
