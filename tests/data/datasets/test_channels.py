from pathlib import Path

import numpy as np
import pytest
import tifffile
from photo_files import put, refused, rgb

from vislab.data.datasets.load import load

pytestmark = pytest.mark.usefixtures("own_home")


def stack(root: Path, array: np.ndarray, name: str = "a.tif", **how: object) -> Path:
    path = root / "images" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    tifffile.imwrite(path, array, photometric="minisblack", **how)  # type: ignore[arg-type]
    return root


def planes(count: int, top: int = 4095) -> np.ndarray:
    """Channels of 12 bits in 16: channel c is c · 1000 everywhere but for one pixel of 4095."""
    made = np.repeat(np.arange(count, dtype=np.uint16)[:, None, None] * 1000, 4, 1).repeat(6, 2)
    made[0, 0, 0] = top
    return made


def test_three_channels_become_red_green_and_blue(tmp_path: Path) -> None:
    scenes = load(stack(tmp_path, planes(4)), channels=(0, 3, 1))
    assert scenes.images[0, :, 0, 0].tolist() == [255, 187, 62]  # of 4095: 4095, 3000, 1000
    assert scenes.images[0, :, 3, 5].tolist() == [0, 187, 62]


@pytest.mark.parametrize("how", [{"planarconfig": "contig"}, {"planarconfig": "separate"}, {}])
def test_however_they_are_laid_out(how: dict[str, str], tmp_path: Path) -> None:
    array = planes(5)
    given = array.transpose(1, 2, 0) if how.get("planarconfig") == "contig" else array
    assert load(stack(tmp_path, given, **how), channels=(1, 2, 4)).images[0, :, 1, 1].tolist() == [
        62,
        125,
        249,
    ]  # of 4095


def test_without_a_word_several_channels_are_refused(tmp_path: Path) -> None:
    refused(stack(tmp_path / "pages", planes(2)), "a.tif", "2 channels or planes of 4 × 6", "channels=(0, 1, 1)")
    many = planes(6).transpose(1, 2, 0)
    refused(stack(tmp_path / "samples", many, planarconfig="contig"), "6 channels", "channels=(0, 1, 2)", size=4)


def test_what_cannot_be_chosen(tmp_path: Path) -> None:
    root = stack(tmp_path / "a", planes(2))
    refused(root, "has 2 channels", "none numbered 2", channels=(0, 1, 2))
    refused(root, "channels must be 3 whole numbers from 0", channels=(0, 1))
    refused(stack(tmp_path / "b", planes(2).astype(np.float32)), "float32", channels=(0, 0, 0))
    deep = np.zeros((2, 3, 4, 6), np.uint8)
    refused(stack(tmp_path / "c", deep, metadata={"axes": "ZCYX"}), "a stack of 2 Z × 3 C", channels=(0, 0, 0))
    put(tmp_path / "d/images/a.tif", b"II*\0 cut off")
    refused(tmp_path / "d", "a.tif", channels=(0, 0, 0))


def test_other_pictures_stay_as_they_are(tmp_path: Path) -> None:
    root = stack(tmp_path, planes(3))
    put(root / "images/b.png", rgb(4, 6))
    assert (load(root, channels=(0, 1, 2)).images[1].permute(1, 2, 0).numpy() == rgb(4, 6)).all()
