from pathlib import Path

import made_exports as made
import pytest
from photo_files import put, refused

from vislab.data.datasets.load import load
from vislab.system.files import parse_json

pytestmark = pytest.mark.usefixtures("own_home")


def region(name: str, attributes: dict[str, object] | None = None, **shape: object) -> dict[str, object]:
    return {"shape_attributes": {"name": name} | shape, "region_attributes": attributes or {}}


def test_rectangles_circles_and_ellipses(tmp_path: Path) -> None:
    scenes = load(
        made.via(
            tmp_path,
            region("rect", {"type": "box"}, x=2, y=3, width=4, height=5),
            region("circle", {"kind": {"round": True, "square": False}}, cx=30, cy=20, r=1),
            region("ellipse", None, cx=50, cy=30, rx=2, ry=1, theta=0),
        )
    )
    semantic = scenes.need("semantic")[0].numpy()
    assert scenes.vocabulary.classes == ("background", "box", "round", "object")
    assert (semantic[3:8, 2:6] == 1).all()
    assert [(semantic == number).sum() for number in (1, 2, 3)] == [20, 4, 8]


def test_a_project_and_regions_by_number(tmp_path: Path) -> None:
    root = made.via(tmp_path)
    plain = parse_json((root / "via.json").read_bytes(), "")
    (entry,) = plain.values()
    entry["regions"] = dict(enumerate(entry["regions"]))
    put(root / "via.json", {"_via_settings": {"ui": {}}, "_via_img_metadata": plain, "_via_attributes": {}})
    assert (load(root).need("instances")[0].numpy() == made.MASK).all()


def test_malformed_files(tmp_path: Path) -> None:
    refused(made.via(tmp_path / "a", region("point", cx=1, cy=1)), "nothing but 1 point")
    short = region("polygon", all_points_x=[1, 2, 3], all_points_y=[1, 2])
    refused(made.via(tmp_path / "b", short), "via.json", "as VIA writes it")
    two = region("rect", {"colour": "red", "age": "3"}, x=1, y=1, width=4, height=4)
    refused(made.via(tmp_path / "c", two), "a.png, region 0", "colour, age", '"class"')
    (made.via(tmp_path / "d") / "a.png").rename(tmp_path / "d/z.png")
    refused(tmp_path / "d", "'a.png', which is not there")
