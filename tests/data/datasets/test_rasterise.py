"""Outlines as masks: run lengths by hand and by COCO's own tools, and those that are none."""

import numpy as np
import pytest
from pycocotools import mask as coco
from text_pictures import picture

from vislab.data.datasets.rasterise import decode, whole
from vislab.errors import VislabError


def mask_of(counts: object, size: tuple[int, int] = (2, 3)) -> list[list[int]]:
    found: list[list[int]] = decode({"segmentation": {"size": list(size), "counts": counts}}, size, "x.json").tolist()
    return found


def test_run_lengths_go_down_the_columns_and_begin_outside() -> None:
    assert mask_of([1, 2, 3]) == picture("010 100").tolist()
    assert mask_of([0, 6]) == picture("111 111").tolist()
    assert mask_of([6]) == picture("000 000").tolist()
    assert mask_of(["1", 2.0, 3]) == picture("010 100").tolist()


def test_text_says_what_cocos_tools_wrote() -> None:
    chance = np.random.default_rng(0)
    for height, width, share in ((1, 1, 1.0), (5, 7, 0.5), (40, 60, 0.02), (300, 200, 0.0), (300, 200, 0.0001)):
        mask = (chance.random((height, width)) < share).astype(np.uint8)
        text = coco.encode(np.asfortranarray(mask))["counts"].decode()
        assert mask_of(text, (height, width)) == mask.tolist()


@pytest.mark.parametrize(
    "counts", [[1, 2], [1, 2, 4], [7, -1], [0.5, 5.5], [None], ["six"], [], "", "1", "o", "ü", 6, {}]
)
def test_runs_of_other_pixels_are_refused(counts: object) -> None:
    with pytest.raises(VislabError, match=r"x\.json has run lengths that are not those of 2 × 3 pixels"):
        mask_of(counts)


def test_whole_numbers_as_tools_write_them() -> None:
    assert [whole(value) for value in (7, "7", " 7 ", 7.0, "7.0", True)] == [7, 7, 7, 7, 7, 1]
    assert whole(2**53 + 1) == whole(str(2**53 + 1)) == 2**53 + 1  # more than a float holds
    assert [whole(value) for value in (7.5, "x", "", None, [7], float("nan"), float("inf"))] == [None] * 7
