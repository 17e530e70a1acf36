"""What the questions are about: a class that somebody names, a column of classes.csv, or what divides the pictures."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from photo_files import put, refused, rgb
from text_pictures import picture

import vislab as vl
from vislab.data.datasets.load import load
from vislab.data.datasets.target import ask_for
from vislab.errors import VislabError

pytestmark = pytest.mark.usefixtures("own_home")

# Road is in every picture, tree in two of three, pole in one.
MASKS = {"a": "1122 1122", "b": "1111 1112", "c": "1111 1113"}
CLASSES = [("id", "name"), (1, "road"), (2, "tree"), (3, "pole")]


def streets(root: Path, classes: list[tuple[object, ...]] = CLASSES) -> Path:
    for name, text in MASKS.items():
        put(root / f"images/{name}.png", rgb(2, 4))
        put(root / f"masks/{name}.png", picture(text).numpy())
    put(root / "classes.csv", classes)
    return root


def test_the_class_that_somebody_names_is_what_every_question_is_about(tmp_path: Path) -> None:
    scenes = load(streets(tmp_path), ask="tree", report=[])
    assert scenes.vocabulary.labels == ("no tree", "tree")
    assert scenes.need("labels").tolist() == [1, 1, 0]
    told = vl.answers(scenes)
    assert told.share.tolist() == [0.5, 0.125, 0]
    assert np.isnan(told.point[2]).all()
    x, y = np.floor(told.point[1]).astype(int)
    assert (x, y) == (3, 1)  # the tree's only pixel
    assert "count" not in told.answered


def test_without_a_word_it_is_the_class_that_divides_the_pictures_best_and_the_report_says_so(tmp_path: Path) -> None:
    report: list[str] = []
    scenes = load(streets(tmp_path), report=report)
    assert scenes.vocabulary.target == ("tree",)  # in two of three; so is the pole's absence, but it comes later
    assert any("tree" in line and "ask=" in line for line in report)


def test_classes_csv_says_what_is_asked_for(tmp_path: Path) -> None:
    rows = [("id", "name", "ask"), (1, "road", 0), (2, "tree", 0), (3, "pole", 1)]
    report: list[str] = []
    assert load(streets(tmp_path, rows), report=report).need("labels").tolist() == [0, 0, 1]
    assert not any("ask=" in line for line in report)
    assert load(tmp_path, ask="tree", report=[]).need("labels").tolist() == [1, 1, 0]


def test_a_column_ask_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    refused(
        streets(tmp_path / "a", [("name", "ask"), ("background", 1), ("road", 0)]), "classes.csv", "background", "ask"
    )
    refused(streets(tmp_path / "b", [("name", "ask"), ("background", 0), ("road", "perhaps")]), "'perhaps'", "1 nor 0")


def test_what_has_no_content_is_left_out(tmp_path: Path) -> None:
    report: list[str] = []
    scenes = load(streets(tmp_path), ask="road", report=report)
    assert scenes.labels is None
    assert scenes.vocabulary.labels == ()
    assert any("all 3 pictures show road" in line and "ask='tree'" in line for line in report)
    told = vl.answers(scenes)
    assert "label" not in told.answered
    assert told.share.tolist() == [0.5, 0.875, 0.875]
    assert not np.isnan(told.point).any()


@pytest.mark.parametrize(
    ("ask", "words"), [("car", ("no class 'car'", "road, tree, pole")), ("background", ("road, tree",))]
)
def test_a_class_that_is_none_is_refused(tmp_path: Path, ask: str, words: tuple[str, ...]) -> None:
    refused(streets(tmp_path), str(tmp_path), *words, ask=ask)


def test_pictures_without_masks_can_be_asked_for_nothing(tmp_path: Path) -> None:
    put(tmp_path / "cat/a.png", rgb(2, 4))
    put(tmp_path / "dog/b.png", rgb(2, 4))
    assert load(tmp_path).vocabulary.labels == ("cat", "dog")
    refused(tmp_path, "cat", ask="cat")


def test_labels_that_somebody_gave_stay_unless_a_class_is_named(tmp_path: Path) -> None:
    put(streets(tmp_path) / "labels.csv", [("picture", "label"), ("a", "town"), ("b", "land"), ("c", "town")])
    scenes = load(tmp_path, report=[])
    assert scenes.vocabulary.labels == ("land", "town")
    assert scenes.vocabulary.target == ("tree",)
    report: list[str] = []
    assert load(tmp_path, ask="pole", report=report).need("labels").tolist() == [0, 0, 1]
    assert any("land, town" in line and "set aside" in line for line in report)


def test_only_the_objects_that_are_asked_for_are_counted() -> None:
    streets = vl.draw("street", 12, seed=1)
    people = ask_for(streets, "person")
    of_person = streets.count_objects()[:, streets.vocabulary.class_index("person")]
    assert np.nansum(vl.answers(people).count, 1).tolist() == of_person.tolist()
    all_things = replace(people, vocabulary=replace(people.vocabulary, target=()))
    errors = vl.score_answers(people, vl.answers(all_things))
    others = streets.count_objects().sum(1) - of_person
    assert errors["count"]["mae"] == pytest.approx(others.double().mean().item())
    assert vl.score_answers(people, vl.answers(people))["count"]["mae"] == 0


def test_asking_for_stuff_counts_nothing() -> None:
    roads = ask_for(vl.draw("street", 4, seed=1), "road")
    assert "count" not in vl.answers(roads).answered
    with pytest.raises(VislabError, match="no class 'moon'"):
        ask_for(roads, "moon")


def test_a_model_learns_the_question_and_answers_it() -> None:
    scenes = ask_for(vl.draw("street", 16, size=64, seed=1), "person")
    for task in ("classification", "regression", "semantic", "instance"):
        told = vl.answers(vl.predict(vl.build(task, scenes.vocabulary), scenes))
        errors = vl.score_answers(scenes, told)
        assert all(np.isfinite(list(errors[name].values())).all() for name in told.answered if name != "point")
