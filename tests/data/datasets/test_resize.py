"""Pictures of any size at one size: what is seen, what is lost, and that it is said."""

from pathlib import Path

import numpy as np
import pytest
from photo_files import put, rgb
from text_pictures import picture

from vislab.data.datasets.load import load
from vislab.data.datasets.resize import Picture, fit_picture

pytestmark = pytest.mark.usefixtures("own_home")


def pictured(text: str) -> Picture:
    ids = picture(text).numpy().astype(np.int16)
    objects = int(ids.max())
    return Picture(rgb(*ids.shape), (ids > 0).astype(np.uint8), ids, [1] * objects)


def test_a_crop_counts_what_lies_outside_and_what_it_cuts() -> None:
    fitted = fit_picture(pictured("100022 100022 100330 100330"), (4, 4), "crop")
    assert fitted.instances is not None
    assert fitted.instances.tolist() == picture("0002 0002 0033 0033").tolist()
    assert fitted.losses == {"outside": 1, "cut": 1}
    assert fitted.shown == pytest.approx(16 / 24)
    assert fitted.scale == 1


def test_a_crop_of_a_small_picture_fills_up_with_pixels_to_ignore() -> None:
    fitted = fit_picture(pictured("11 11"), (4, 4), "crop")
    assert fitted.semantic is not None
    assert fitted.semantic.tolist() == picture("???? ?11? ?11? ????").tolist()
    assert fitted.losses == {"around": 12}
    assert fitted.shown == 1


def test_padding_keeps_all_of_a_picture_and_its_proportions() -> None:
    fitted = fit_picture(pictured("1100 1100 1100 1100 2222 2222 2222 2222"), (4, 4), "pad")
    assert fitted.instances is not None
    assert fitted.instances.tolist() == picture("0100 0100 0220 0220").tolist()
    assert fitted.scale == 0.5
    assert fitted.losses == {"around": 8}


def test_resizing_fills_the_square_whatever_the_proportions() -> None:
    fitted = fit_picture(pictured("11112222 11112222"), (4, 4), "resize")
    assert fitted.instances is not None
    assert fitted.instances.tolist() == picture("1122 1122 1122 1122").tolist()
    assert fitted.image.shape == (4, 4, 3)
    assert fitted.scale == 0.5
    assert fitted.losses["around"] == fitted.losses["outside"] == 0


def a_wide_picture(root: Path) -> Path:
    """Six people in a row, of which the middle two fit into a square."""
    put(root / "images/a.png", rgb(16, 48))
    ids = np.zeros((16, 48), np.uint8)
    for number in range(6):
        ids[4:12, 8 * number + 2 : 8 * number + 6] = number + 1
    put(root / "instances/a.png", ids)
    return root


def test_what_a_fit_costs_is_told(tmp_path: Path) -> None:
    report: list[str] = []
    scenes = load(a_wide_picture(tmp_path), size=16, report=report)
    assert scenes.count_objects().sum() == 2
    said = "\n".join(report)
    assert "33 % of its area" in said
    assert "4 objects in 1 picture lay outside" in said
    report.clear()
    scenes = load(tmp_path, size=24, fit="pad", report=report)
    assert scenes.count_objects().sum() == 6
    assert "scaled to 50 % of their sides" in "\n".join(report)
    report.clear()
    assert load(tmp_path, size=48, fit="crop", report=report).count_objects().sum() == 6
    assert "area" not in "\n".join(report)
