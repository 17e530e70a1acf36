from pathlib import Path

import made_exports as made
import numpy as np
import pytest
from photo_files import refused, skipped

from vislab.data.datasets.load import load

pytestmark = pytest.mark.usefixtures("own_home")

MASK = '<mask label="cell" rle="{}" left="10" top="10" width="20" height="15"/>'
BOX = '<box label="cell" xtl="10" ytl="10" xbr="30" ybr="25"{}/>'
POINT = '<points label="cell" points="1,1"/>'


def test_masks_boxes_and_ellipses_are_areas(tmp_path: Path) -> None:
    shapes = [MASK.format("0,1,298,1"), '<ellipse label="dirt" cx="50" cy="30" rx="2" ry="1"/>']
    report: list[str] = []
    scenes = load(made.cvat(tmp_path, "".join([*shapes, POINT, BOX.format("")])), report=report)
    semantic = scenes.need("semantic")[0].numpy()
    assert scenes.vocabulary.classes == ("background", "dirt", "cell")  # in the order of the labels
    # Run lengths go row by row from outside: 0 outside, 1 inside, 298 outside, 1 inside.
    assert scenes.need("instances")[0][10, 10] == scenes.need("instances")[0][24, 29] == 1
    # The pixels whose centres lie in the ellipse: |x - 50| up to 1.5 on both rows beside y = 30.
    assert (semantic == 1).nonzero()[0].tolist() == [29] * 4 + [30] * 4
    assert "1 rectangle beside outlines" in report[0]
    assert "1 points cover no area" in report[1]


def test_a_turned_box_turns_about_its_centre(tmp_path: Path) -> None:
    scenes = load(made.cvat(tmp_path, made.CVAT_POLYGON + BOX.format(' rotation="90"')), report=[])
    turned = scenes.need("instances")[0].numpy() > 0
    # 20 × 15 about (20, 17.5) becomes 15 × 20: columns 12.5 to 27.5, rows 7.5 to 27.5.
    assert np.flatnonzero(turned.any(1)).min() in (7, 8)
    assert turned[8, 20]
    assert not turned[8, 11]


def test_polygons_of_one_group_are_one_object(tmp_path: Path) -> None:
    one = '<polygon label="cell" points="0,0;4,0;4,4;0,4" group_id="{}"/>'
    two = '<polygon label="cell" points="10,10;14,10;14,14;10,14" group_id="{}"/>'
    assert load(made.cvat(tmp_path / "a", one.format(3) + two.format(3))).count_objects().tolist() == [[0, 0, 1]]
    assert load(made.cvat(tmp_path / "b", one.format(0) + two.format(0))).count_objects().tolist() == [[0, 0, 2]]


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        (BOX.format(""), ("1 rectangle and no outlines", "boxes alone are not yet masks")),
        (POINT, ("nothing but", "cover no area")),
        (MASK.format("0,1,2"), ("run lengths for 3 pixels, not for 15 × 20",)),
        ('<polygon points="1,1;2,2;3,1"/>', ("annotations.xml", "lacks 'label'")),
        ('<polygon label="cell" points="1,1;2"/>', ("annotations.xml", "as CVAT writes it")),
        ('<polygon label="cell" points="1,1;2,2"/>', ("shape 0", "2 points, but an area needs three")),
    ],
)
def test_malformed_shapes(shapes: str, words: tuple[str, ...], tmp_path: Path) -> None:
    refused(made.cvat(tmp_path, shapes), *words)


def test_malformed_files(tmp_path: Path) -> None:
    entity = '<!DOCTYPE a [<!ENTITY b "c">]><annotations>{shapes}</annotations>'
    refused(made.cvat(tmp_path / "a", text=entity), "annotations.xml", "DOCTYPE")
    refused(made.cvat(tmp_path / "b", text="<annotations>{shapes}"), "is not XML")
    refused(made.cvat(tmp_path / "c", text="<annotations><track/>{shapes}</annotations>"), "a video", "CVAT for images")
    lost = made.CVAT.replace("</annotations>", '<image name="z.png" width="60" height="40"/></annotations>')
    refused(made.cvat(tmp_path / "d", text=lost), "'z.png', which is not there")
    skipped(tmp_path / "d", ["images/a.png"], "z.png")
    refused(made.cvat(tmp_path / "e", text=made.CVAT.replace('width="60"', 'width="61"')), "40 × 60", "40 × 61")
