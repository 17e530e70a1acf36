from pathlib import Path

import made_exports as made
import pytest
from photo_files import put, refused

from vislab.data.datasets.formats.label_studio import decode_brush
from vislab.data.datasets.load import load

pytestmark = pytest.mark.usefixtures("own_home")


def test_brush_strokes(tmp_path: Path) -> None:
    stroke = made.studio_region("brushlabels", format="rle", rle=made.brush(made.MASK))
    assert (load(made.label_studio(tmp_path, stroke)).need("instances")[0].numpy() == made.MASK).all()


def test_run_lengths_by_hand() -> None:
    # 8 values of 8 bits; lengths of 1, 1, 1, 4 bits. A block of 4 times 0 (1, size 3, length 3), then one of 4 values.
    head = f"{8:032b}" + f"{7:05b}" + "0000" * 3 + "0011"
    blocks = (
        "1" + "11" + "0011" + "00000000" + "0" + "11" + "0011" + "".join(f"{value:08b}" for value in (1, 2, 3, 255))
    )
    bits = head + blocks + "0" * (-len(head + blocks) % 8)
    coded = [int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)]
    assert decode_brush(coded, (1, 2)).tolist() == [[False, True]]
    with pytest.raises(ValueError, match="8 values, not 4 for each of 2 × 2"):
        decode_brush(coded, (2, 2))
    with pytest.raises(ValueError, match="cut off"):
        decode_brush(coded[:-3], (1, 2))


def test_ellipses_and_turned_rectangles(tmp_path: Path) -> None:
    round_one = made.studio_region("ellipselabels", x=50, y=50, radiusX=2 / 60 * 100, radiusY=1 / 40 * 100)
    turned = made.studio_region("rectanglelabels", x=50, y=25, width=10, height=5, rotation=90)
    mask = load(made.label_studio(tmp_path, round_one, turned), report=[]).need("semantic")[0].numpy()
    assert mask[19:21, 28:32].all()
    # 6 × 2 pixels from (30, 10), turned by 90° clockwise about that corner: columns 28 and 29, rows 10 to 15.
    assert mask[10:16, 28:30].all()
    assert mask.sum() == 8 + 12


def test_the_prefix_of_an_upload_and_local_addresses(tmp_path: Path) -> None:
    for number, address in enumerate(
        ["/data/upload/3/01234567-a.png", "/data/local-files/?d=here/a.png", "s3://b/a.png"]
    ):
        assert load(made.label_studio(tmp_path / str(number), data={"img": address})).ids == ("a.png",)


def test_tasks_that_are_not_labelled_or_labelled_twice(tmp_path: Path) -> None:
    one = {"id": 1, "result": []}
    refused(made.label_studio(tmp_path / "a", annotations=[one, one]), "task 5 has 2 annotations", "ground truth")
    chosen = made.label_studio(tmp_path / "b", annotations=[one, one | {"ground_truth": True}])
    assert load(chosen).need("semantic").sum() == 0
    refused(made.label_studio(tmp_path / "c", annotations=[one | {"was_cancelled": True}]), "none of its 1 tasks")


def test_malformed_files(tmp_path: Path) -> None:
    polygon = made.studio_region("polygonlabels", points=[[1, 1], [2, 2]])
    refused(made.label_studio(tmp_path / "a", polygon), "task 5, region r1", "2 points")
    refused(made.label_studio(tmp_path / "b", made.studio_region("polygonlabels")), "lacks 'points'", "Label Studio")
    refused(made.label_studio(tmp_path / "c", polygon | {"image_rotation": 90}), "turned by 90")
    refused(made.label_studio(tmp_path / "d", made.studio_region("brushlabels", rle=[0, 0])), "cut off")
    box = made.studio_region("rectanglelabels", x=1, y=1, width=10, height=10)
    refused(made.label_studio(tmp_path / "e", box), "1 rectangle and no outlines")
    made.picture(tmp_path / "f/a.png")
    put(tmp_path / "f/min.json", '[{"image": "a.png", "label": [{"original_width": 60}]}]')
    refused(tmp_path / "f", 'not "JSON-MIN"')
