"""docs/CONTRIBUTING.md, followed: a toy data set and a toy question are one entry each."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import vislab as vl
from vislab.data.datasets.class_tables import plain_vocabulary
from vislab.data.datasets.download import DataSet
from vislab.data.datasets.load import SETS, list_sets
from vislab.data.datasets.loader import Source
from vislab.data.datasets.resize import Picture
from vislab.evaluation.answers.questions import QUESTIONS


def matches(contents):
    return bool(contents.pictures("tiles/"))


def source(contents):
    """Two pictures, whose names say their labels."""
    names = contents.pictures("tiles/")
    vocabulary = plain_vocabulary("tiles", labels=("light", "dark"))
    return Source(
        "tiles",
        vocabulary,
        names,
        size_of=lambda index: (32, 32),
        read=lambda index: Picture(contents.rgb(names[index]), label=int("dark" in names[index])),
    )


@pytest.fixture
def tiles(monkeypatch, own_home):
    entry = DataSet("tiles", "Two made-up tiles", ("labels",), "https://example.org/toy.zip", "CC0", "toy.zip",
                    matches, source)  # fmt: skip
    monkeypatch.setitem(SETS, "tiles", entry)
    folder = own_home / "data" / "tiles" / "toy" / "tiles"
    folder.mkdir(parents=True)
    for name, grey in (("dark-1.png", 20), ("light-1.png", 220)):
        Image.new("RGB", (32, 32), (grey, grey, grey)).save(folder / name)


def test_a_data_set_is_one_file_and_one_entry(tiles):
    scenes = vl.load("tiles")
    assert scenes.labels.tolist() == [1, 0]
    assert scenes.images[0].unique().tolist() == [20]
    assert "Two made-up tiles" in list_sets()


def test_a_question_is_one_entry_and_its_functions(monkeypatch):
    """How large is the largest object? test_a_fifth_question.py follows it into the table, the page and the widget."""

    def largest(material):
        if material.instances is None:
            return None
        return np.array([np.bincount(ids.ravel(), minlength=2)[1:].max() for ids in material.instances.numpy()], float)

    def off(truth, areas):
        return np.abs(areas - vl.answers(truth).values["largest"])

    entry = replace(QUESTIONS["count"], name="largest", heading="how large?", answer=largest, errors=off, offsets=None)
    monkeypatch.setitem(QUESTIONS, "largest", entry)
    smears = vl.draw("smear", 2, size=64, seed=1)
    truth = vl.answers(smears)
    areas = [int(np.bincount(ids.flatten())[1:].max()) for ids in smears.instances.numpy()]
    assert truth.values["largest"].tolist() == areas
    assert vl.score_answers(smears, truth)["largest"]["mae"] == 0
