"""The Comparison's answers, orders and how often a picture is as extreme, on a handful of pictures worked by hand."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from text_pictures import picture

import vislab as vl
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import EnoughPixels, Vocabulary
from vislab.models.predictions import ClassPrediction, RegressionPrediction, SemanticPrediction

WORDS = Vocabulary(
    "cells", ("healthy", "infected"), ("background", "cell", "infected"), ("cell", "infected"),
    EnoughPixels(("infected",), 1), {"any": "Is anybody ill?"}, (), ("#000000", "#56b4e9", "#e69f00"),
)  # fmt: skip
MASKS = torch.stack([picture("100 000"), picture("100 002"), picture("110 020"), picture("000 000")])
IDS = torch.stack([picture("100 000"), picture("100 002"), picture("110 020"), picture("000 000")]).to(torch.int16)
TRUTH = Scenes(
    torch.zeros(4, 3, 2, 3, dtype=torch.uint8), torch.tensor([0, 1, 1, 0]), MASKS, IDS,
    torch.tensor([[1, 0], [1, 2], [1, 2], [0, 0]], dtype=torch.uint8), WORDS, ("p", "q", "r", "s"),
)  # fmt: skip
SURE = torch.tensor([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.3, 0.7]])  # wrong on q and s
LABELS = ClassPrediction("labels", WORDS, TRUTH.ids, SURE, torch.full((4, 2), torch.nan))
COUNTS = torch.tensor([[torch.nan, 1, 0], [torch.nan, 1, 1], [torch.nan, 4, 2], [torch.nan, 0, 0.5]])
NUMBERS = RegressionPrediction("numbers", WORDS, TRUTH.ids, SURE.flip(1), torch.zeros(4), COUNTS)
SAID = torch.stack([picture("100 000"), picture("100 002"), picture("100 000"), picture("000 000")]).long()
MASK = SemanticPrediction("mask", WORDS, TRUTH.ids, 9 * torch.nn.functional.one_hot(SAID, 3).movedim(-1, 1).half())


@pytest.fixture
def comparison():
    return vl.compare(TRUTH, [LABELS, NUMBERS, MASK])


def header(comparison):
    packet = comparison.get_state("packet")["packet"]
    return json.loads(packet[4 : 4 + int.from_bytes(packet[:4], "little")])


def test_each_picture_brings_everybodys_answers(comparison):
    comparison.position = 1
    truth, labels, numbers, mask = header(comparison)["answers"]
    assert truth == {"label": 1, "share": 2 / 6, "count": 2, "point": {"pointed": True, "hit": None}} | {
        "share": pytest.approx(1 / 3, abs=1e-4)
    }
    assert (labels["label"], labels["share"], labels["count"], labels["point"]) == (0, None, None, None)
    assert (numbers["label"], numbers["count"], numbers["point"]) == (1, 2, None)
    assert (mask["label"], mask["count"], mask["point"]) == (1, 2, {"pointed": True, "hit": True})
    comparison.position = 2
    assert header(comparison)["answers"][3]["point"]["hit"] is False
    comparison.position = 3
    assert header(comparison)["answers"][3]["point"]["hit"] is None, "there is nothing to hit"


def test_rows_carry_errors_over_all_pictures(comparison):
    rows = {row["name"]: row for row in comparison.about["rows"]}
    assert rows["truth"]["overall"] == {}
    assert rows["labels"]["overall"]["label"][0] == pytest.approx(0.5)
    assert set(rows["labels"]["overall"]) == {"label"}
    assert rows["numbers"]["overall"]["count"][0] == pytest.approx((0 + 0 + 4 + 0.5) / 4)
    assert rows["mask"]["overall"]["point"][0] == pytest.approx(0.5)
    first, *others = comparison.about["questions"]
    assert (first["name"], first["heading"], first["words"]) == ("label", "any?", "Is anybody ill?")
    assert [(question["name"], question["words"]) for question in others] == [
        ("share", ""),
        ("count", ""),
        ("point", ""),
    ]


def test_pictures_stand_by_how_bad_a_model_is_on_them(comparison):
    comparison.order = "worst for mask"
    assert comparison.index(0) == 2
    assert comparison.often(2) == "1 of 4 pictures (25.0%) are as bad as this one, or more so"
    assert header(comparison)["id"] == "r"
    comparison.order = "best for labels"
    assert sorted(comparison.index(place) for place in (0, 1)) == [0, 2]
    assert comparison.often(0).startswith("2 of 4 pictures (50.0%) are as good")
    comparison.order = "as they come"
    assert [comparison.index(place) for place in range(4)] == [0, 1, 2, 3]
    assert comparison.often(2) == ""


def test_pictures_stand_by_how_much_answers_differ(comparison):
    """Labels differ everywhere; shares by 1, 2, 1, 0 sixths; counts by 0, 0, 5, 0.5; each in units of its mean."""
    comparison.order = "where answers differ most"
    share, count = np.array([1, 2, 1, 0]) / 1, np.array([0, 0, 5, 0.5]) / 1.375
    assert comparison._rank == pytest.approx(1 + share + count)
    assert [comparison.index(place) for place in range(4)] == [2, 1, 0, 3]
    assert comparison.often(2).startswith("1 of 4 pictures (25.0%) divide the models")


def test_another_order_begins_at_its_first_picture(comparison):
    comparison.position = 3
    comparison.order = "worst for labels"
    assert comparison.position == 0
    assert header(comparison)["often"].startswith("2 of 4")


def test_a_regressor_has_answers_and_no_pane(comparison):
    assert [pane["name"] for pane in comparison.about["panes"]] == ["picture", "truth", "labels", "mask"]
    assert [pane["index"] for pane in comparison.about["panes"][2:]] == [0, 2]


def test_one_model_alone_divides_nobody():
    assert vl.compare(TRUTH, [MASK]).orders == ["as they come", "worst for mask", "best for mask"]


def test_pictures_that_only_have_labels_can_be_compared():
    bare = replace(TRUTH, semantic=None, instances=None, objects=None)
    comparison = vl.compare(bare, [LABELS, MASK])
    truth, _, mask = header(comparison)["answers"]
    assert (truth["label"], truth["share"], truth["count"], truth["point"]) == (0, None, None, None)
    assert mask["point"]["hit"] is None


def test_bad_use_gets_one_sentence(comparison):
    with pytest.raises(
        vl.VislabError, match=r"nothing to compare; give at least one prediction, or look with vl\.view"
    ):
        vl.compare(TRUTH, [])
    with pytest.raises(vl.VislabError, match="there is no order 'worst'; there are as they come, where"):
        comparison.order = "worst"
    with pytest.raises(vl.VislabError, match="other pictures"):
        vl.compare(TRUTH[:2], [MASK])


def test_the_same_predictions_are_asked_once():
    """Questions about many pictures take seconds, and a cell may be run a hundred times."""
    first, second = vl.compare(TRUTH, [MASK, LABELS]), vl.compare(TRUTH, [LABELS])
    assert first.scored[1] is second.scored[0]
    assert first.truth is second.truth
