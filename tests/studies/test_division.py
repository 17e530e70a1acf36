"""The pictures of a study: as they are or at one size, and divided for each seed."""

from dataclasses import replace

import numpy as np
import pytest
from photo_files import put, rgb

import vislab as vl
from vislab.data.datasets.export import save_folder
from vislab.errors import VislabError
from vislab.studies import division
from vislab.studies.division import open_pictures

AS_THEY_ARE = dict.fromkeys(("ask", "groups", "channels", "fit"))


def test_pictures_that_do_not_fit_the_models_come_to_one_size(tmp_path):
    for number, side in enumerate((64, 72)):
        save_folder(vl.draw("smear", 16, size=side, seed=number), tmp_path / str(side))
    for side in (64, 72):
        divide, _ = open_pictures(tmp_path / str(side), None, 0, AS_THEY_ARE)
        assert {part.size for part in divide(0)[1:]} == {(64, 64) if side == 64 else (256, 256)}


def test_a_set_is_brought_to_size_alike_by_name_and_by_path(tmp_path, own_home):
    for number in range(10):
        picture, mask = rgb(300, 280, number), np.zeros((300, 280), np.uint8)
        mask[:5, :5], mask[150:155, 150:155] = 255, 255  # outside the centre, and in it
        for root in (own_home / "data/nuclei", tmp_path / "mine"):
            put(root / f"p{number}/images/p{number}.png", picture)
            put(root / f"p{number}/masks/corner.png", np.where(np.arange(280) < 100, mask, 0).astype(np.uint8))
            put(root / f"p{number}/masks/centre.png", np.where(np.arange(280) < 100, 0, mask).astype(np.uint8))
    read = {data: open_pictures(data, None, 0, AS_THEY_ARE) for data in ("nuclei", str(tmp_path / "mine"))}
    (named, notes), (by_path, same_notes) = read.values()
    assert any("10 objects" in note and "outside" in note for note in notes)
    assert len(notes) == len(same_notes)
    for one, other in zip(named(0)[1:], by_path(0)[1:], strict=True):
        assert one.size == (256, 256)
        assert (one.images == other.images).all()


def test_a_set_with_folds_of_its_own_is_divided_by_them(monkeypatch):
    folds = ("0", "1", "0", "", "1", "0", "0", "0", "0", "0", "0", "0")
    scenes = replace(vl.draw("smear", 12, size=64), attributes={"fold": folds})
    monkeypatch.setattr(division, "load", lambda data, size, **reading: scenes)
    divide, _ = open_pictures("nuclei", None, 1, AS_THEY_ARE)
    name, train, valid, test = divide(0)
    assert name == "nuclei"
    assert test.ids == (scenes.ids[1], scenes.ids[4])
    assert len(valid) == 1
    assert set(train.ids) | set(valid.ids) == set(scenes.ids) - set(test.ids)
    assert divide(1).test.ids == test.ids


def test_pictures_are_read_once_and_divided_anew_for_each_seed(tmp_path, monkeypatch):
    save_folder(vl.draw("smear", 20, size=64), tmp_path / "own")
    divide, notes = open_pictures(tmp_path / "own", None, 0, AS_THEY_ARE)
    monkeypatch.setattr(division, "load", lambda *_, **__: pytest.fail("read again"))
    first, second, again = divide(0), divide(1), divide(0)
    assert (first.name, notes) == ("own", [])
    assert first.test.ids == again.test.ids != second.test.ids
    assert [len(part) for part in first[1:]] == [12, 2, 6]


def test_a_world_is_drawn_with_each_seed(monkeypatch):
    monkeypatch.setattr(division, "PARTS", (2, 3))
    divide, _ = open_pictures("smear", 64, 4, AS_THEY_ARE)
    first, second = divide(0), divide(1)
    assert [len(part) for part in first[1:]] == [4, 2, 3]
    assert (first.train.images == vl.draw("smear", 9, size=64, seed=0).images[:4]).all()
    assert (second.test.images == vl.draw("smear", 9, size=64, seed=1).images[6:]).all()


def test_what_is_drawn_is_not_cropped(tmp_path):
    with pytest.raises(VislabError, match="fit is for pictures that are read from files"):
        open_pictures("smear", None, 4, AS_THEY_ARE | {"fit": "crop"})
