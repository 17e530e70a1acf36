"""Pictures are found by the names that tools give them, or nobody guesses."""

from pathlib import Path

import pytest
from photo_files import put

from vislab.data.datasets.archive import Contents
from vislab.data.datasets.picture_names import PictureNames
from vislab.errors import VislabError


@pytest.fixture
def names(tmp_path: Path) -> PictureNames:
    for name in ("train/a.png", "valid/a.png", "valid/images/b.png", "c.png", "deep/c.png"):
        put(tmp_path / name, b"a picture")
    return PictureNames(Contents(tmp_path))


@pytest.mark.parametrize(
    ("name", "beside", "file"),
    [
        ("valid/a.png", "", "valid/a.png"),
        ("valid\\a.png", "", "valid/a.png"),
        ("C:\\Users\\me\\valid\\a.png", "", "valid/a.png"),  # of another machine
        ("./../train/a.png", "", "train/a.png"),
        ("a.png", "valid/annotations.json", "valid/a.png"),  # beside the file that names it
        ("b.png", "valid/annotations.json", "valid/images/b.png"),
        ("a.png", "valid/annotations/1.json", "valid/a.png"),
        ("b.png", "", "valid/images/b.png"),  # the only one
        ("c.png", "", "c.png"),  # at the top, as it was named
        ("deep/c.png", "", "deep/c.png"),
        ("d.png", "", None),
        ("a.jpg", "", None),
    ],
)
def test_a_picture_by_as_much_of_its_name_as_leads_to_one(
    name: str, beside: str, file: str | None, names: PictureNames
) -> None:
    assert names.find(name, "x.json", beside) == file


def test_a_name_of_several_pictures_or_of_none_is_refused(names: PictureNames) -> None:
    with pytest.raises(VislabError, match=r"x\.json.*'a\.png'.*'train/a\.png' or 'valid/a\.png'"):
        names.find("a.png", "x.json")
    for name in ("", ".", "..", "/"):
        with pytest.raises(VislabError, match=r"x\.json: names the picture"):
            names.find(name, "x.json")
