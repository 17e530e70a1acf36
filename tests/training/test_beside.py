"""Trainings in other processes: which are long enough, the pictures they find, and the cache that they leave."""

import os
import pickle

import pytest

import vislab as vl
from vislab.data.scenes import Scenes
from vislab.errors import VislabError
from vislab.training.beside import handing_over, is_long, train_into_cache

DRAWN = vl.draw("smear", 8, size=64)


def test_a_training_is_long_by_the_pixels_that_it_shows():
    assert is_long(2048, (96, 96))
    assert not is_long(2047, (96, 96))
    assert is_long(512, (192, 192))


def test_pictures_are_handed_over_while_they_are_needed_and_old_ones_go(own_home):
    killed, young = own_home / "runs" / "beside-killed", own_home / "runs" / "beside-young"
    for folder in (killed, young):
        folder.mkdir(parents=True)
    os.utime(killed, (0, 0))
    with handing_over(DRAWN[:3], DRAWN[3:]) as files:
        assert [Scenes.load(file).ids for file in files] == [DRAWN[:3].ids, DRAWN[3:].ids]
    assert list((own_home / "runs").iterdir()) == [young]


def test_a_folder_that_cannot_be_made_is_named(own_home):
    (own_home / "runs").touch()
    with pytest.raises(VislabError, match=r"runs: no folder can be made there"), handing_over(DRAWN):
        pass


@pytest.mark.slow
def test_a_training_is_found_in_the_cache_and_tells_how_far_it_is(own_home, capsys):
    settings, shares = {"epochs": 2, "threads": 1, "device": "cpu"}, []
    train_into_cache(
        pickle.dumps(vl.build("classification", DRAWN.vocabulary)), DRAWN, None, settings, False, shares.append
    )
    assert shares == [0.5, 1.0]
    history = vl.fit(vl.build("classification", DRAWN.vocabulary), DRAWN, **settings)
    assert "trained before" in history.note
