from pathlib import Path

import made_exports as made
import numpy as np
import pytest
from photo_files import refused

from vislab.data.datasets.load import load

pytestmark = pytest.mark.usefixtures("own_home")


def polygon(exterior: object, interior: object = ()) -> dict[str, object]:
    return {"geometryType": "polygon", "classTitle": "cell", "points": {"exterior": exterior, "interior": interior}}


def test_bitmaps_and_holes(tmp_path: Path) -> None:
    hole = [[12, 12], [16, 12], [16, 14], [12, 14]]
    dots = np.eye(3, dtype=np.uint8)
    scenes = load(made.supervisely(tmp_path, polygon(made.CELL, [hole]), made.bitmap(dots, 50, 30)))
    expected = made.MASK.copy()
    expected[12:14, 12:16] = 0
    expected[30:33, 50:53] += 2 * dots
    assert (scenes.need("instances")[0].numpy() == expected).all()


def test_malformed_files(tmp_path: Path) -> None:
    refused(made.supervisely(tmp_path / "a", made.bitmap(np.ones((3, 3), np.uint8), 59, 0)), "a.png.json", "sticks out")
    broken = made.bitmap(np.ones((3, 3), np.uint8), 0, 0) | {"bitmap": {"data": "eJw=", "origin": [0, 0]}}
    refused(made.supervisely(tmp_path / "b", broken), "a.png.json")
    refused(made.supervisely(tmp_path / "c", polygon([[1, 1], [2, 2]])), "object 0", "2 points")
    refused(made.supervisely(tmp_path / "d", {"geometryType": "polygon", "classTitle": "x"}), "lacks 'points'")
    box = {"geometryType": "rectangle", "classTitle": "cell", "points": {"exterior": [[1, 1], [9, 9]], "interior": []}}
    refused(made.supervisely(tmp_path / "e", box), "1 rectangle and no outlines")
    refused(made.supervisely(tmp_path / "f", box | {"geometryType": "point"}), "nothing but 1 point")
    (made.supervisely(tmp_path / "g") / "ds/img/a.png").rename(tmp_path / "g/ds/img/b.png")
    refused(tmp_path / "g", "a.png', which is not there")
