"""The words of a kind of picture, and the rules from masks to a label, on masks worked by hand."""

import json
from dataclasses import replace

import pytest
import torch
from text_pictures import picture

from vislab.data.vocabulary import EnoughPixels, LargestClass, ManyObjects, Vocabulary
from vislab.errors import VislabError

THREE = Vocabulary(
    name="three",
    labels=("no", "yes"),
    classes=("background", "cell", "infected cell"),
    things=("cell", "infected cell"),
    rule=EnoughPixels(("infected cell",), 2),
    questions={"any": "any infected?"},
    symmetries=("mirror",),
    colours=("#999999", "#56B4E9", "#D55E00"),
)


def labels(rule, *pictures, objects=None, words=THREE):
    return rule(words, torch.stack([picture(text) for text in pictures]), objects).tolist()


def test_enough_pixels_counts_its_classes_and_no_ignored_pixel():
    rule = EnoughPixels(("infected cell",), 2)
    assert labels(rule, "0120 0000", "0122 0000", "2??? 1111", "0000 0000") == [0, 1, 0, 0]
    assert labels(EnoughPixels(("cell", "infected cell"), 2), "0120 0000", "0100 0000") == [1, 0]


def test_enough_pixels_looks_only_inside_its_zone():
    lower_half = EnoughPixels(("cell",), 2, zone=((0, 0.5), (1, 0.5), (1, 1), (0, 1)))
    assert labels(lower_half, "1111 0100", "0000 1010", "0001 0011") == [0, 1, 1]
    triangle = EnoughPixels(("cell",), 1, zone=((0.5, 0), (1, 1), (0, 1)))
    assert triangle.inside(4, 4).int().tolist() == [[0, 0, 0, 0], [0, 1, 1, 0], [0, 1, 1, 0], [1, 1, 1, 1]]


def test_many_objects_counts_objects_not_pixels():
    objects = torch.tensor([[1, 1, 0], [1, 2, 1], [0, 0, 0]], dtype=torch.uint8)
    assert labels(ManyObjects(2), "0000", "0000", "0000", objects=objects) == [0, 1, 0]
    with pytest.raises(VislabError, match="counts objects, but these pictures have no instance masks"):
        labels(ManyObjects(2), "0000")


def test_largest_class_leaves_out_the_background():
    words = replace(THREE, labels=THREE.classes, rule=LargestClass())
    told = labels(LargestClass(), "0001 0000", "0122 0000", "0000 0000", "12?? ????", "0012 0012", words=words)
    assert told == [1, 2, 0, 1, 1]


@pytest.mark.parametrize("rule", [EnoughPixels(("cell",), 3, ((0, 0), (1, 0), (1, 1))), ManyObjects(25), None])
def test_what_is_written_as_json_is_read_back(rule):
    words = replace(THREE, rule=rule)
    assert Vocabulary.from_dict(json.loads(json.dumps(words.to_dict()))) == words


def test_json_that_is_no_vocabulary_is_refused():
    with pytest.raises(VislabError, match="not a vocabulary of this version"):
        Vocabulary.from_dict({"name": "x"})
    plain = THREE.to_dict()
    plain["rule"]["kind"] = "__import__"
    with pytest.raises(VislabError, match="not a vocabulary of this version"):
        Vocabulary.from_dict(plain)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"things": ("background",)}, r"things must be among"),
        ({"things": ("dog",)}, "things must be among"),
        ({"colours": ("#000000",)}, r"colours must be one a class \(3\)"),
        ({"labels": ("a", "a")}, "labels must be names that differ"),
        ({"labels": ("a", "b", "c")}, "labels must be two names"),
        ({"rule": LargestClass()}, "labels must be the classes"),
        ({"rule": EnoughPixels(("dog",), 1)}, r"rule\.classes must be among"),
        ({"symmetries": ("spin",)}, "symmetries must be among"),
        ({"questions": {"why": "?"}}, "questions must be among"),
    ],
)
def test_words_that_do_not_fit_are_refused(changed, told):
    with pytest.raises(VislabError, match=f"vocabulary 'three': {told}"):
        replace(THREE, **changed)


def test_a_class_by_name():
    assert THREE.class_index("cell") == 1
    with pytest.raises(VislabError, match="three has no class 'dog'; it has background, cell, infected cell"):
        THREE.class_index("dog")
