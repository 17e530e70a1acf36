"""Answers of truth and predictions to the four questions, on pictures worked by hand."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from text_pictures import picture

from vislab.data.scenes import Scenes
from vislab.data.vocabulary import EnoughPixels, LargestClass, ManyObjects, Vocabulary
from vislab.errors import VislabError
from vislab.evaluation.answers.answers import Answers, answers
from vislab.evaluation.answers.questions import QUESTIONS
from vislab.evaluation.answers.scoring import compare_pair, over_pairs, over_pictures, score_answers
from vislab.evaluation.metrics.intervals import bootstrap, paired_shares, wilson
from vislab.models.predictions import (
    Boxes,
    BoxPrediction,
    ClassPrediction,
    InstancePrediction,
    Objects,
    PointPrediction,
    Points,
    RegressionPrediction,
    SemanticPrediction,
)

NAN = float("nan")
COLOURS = ("#000000", "#111111", "#222222", "#333333")
CELLS = Vocabulary(
    "cells", ("healthy", "infected"), ("background", "cell", "infected"), ("cell", "infected"),
    EnoughPixels(("infected",), 2), {}, (), COLOURS[:3], share=(("infected",), ("cell", "infected")),
)  # fmt: skip
STREET = Vocabulary(
    "street", ("clear", "blocked"), ("sky", "road", "car"), ("car",),
    EnoughPixels(("car",), 2, zone=((0, 0), (0.5, 0), (0.5, 1), (0, 1))), {}, (), COLOURS[:3], share=(("road",), ()),
)  # fmt: skip
DOTS = Vocabulary("dots", ("few", "many"), ("background", "dot"), ("dot",), ManyObjects(1), {}, (), COLOURS[:2])


def scenes(words: Vocabulary, *rows: tuple[str, str, list[int]]) -> Scenes:
    """Pictures from texts of their semantic masks and ids, and their objects' classes; labels by the rule."""
    semantic = torch.stack([picture(mask) for mask, _, _ in rows])
    instances = torch.stack([picture(ids) for _, ids, _ in rows]).to(torch.int16)
    objects = torch.zeros(len(rows), max(len(classes) for _, _, classes in rows), dtype=torch.uint8)
    for row, (_, _, classes) in zip(objects, rows, strict=True):
        row[: len(classes)] = torch.tensor(classes)
    n, h, w = semantic.shape
    images = torch.zeros(n, 3, h, w, dtype=torch.uint8)
    names = tuple(f"picture {i}" for i in range(n))
    labels = words.rule(words, semantic, objects) if words.rule else None
    return Scenes(images, labels, semantic, instances, objects, words, names)


TRUTH = scenes(
    CELLS,
    ("11022 11022 00000", "11022 11022 00000", [1, 2]),
    ("11110 11110 00000", "11220 11220 00000", [1, 1]),
    ("00000 00000 00000", "00000 00000 00000", []),
)


def as_semantic(*texts: str, words: Vocabulary = CELLS, truth: Scenes = TRUTH) -> SemanticPrediction:
    mask = torch.stack([picture(text) for text in texts]).long()
    scores = torch.nn.functional.one_hot(mask, len(words.classes)).movedim(-1, 1).half()
    return SemanticPrediction("semantic", words, truth.ids, scores)


def as_objects(text: str, classes: list[int], scores: list[float] | None = None) -> Objects:
    ids = picture(text).numpy()
    parts = [np.nonzero(ids == i + 1) for i in range(len(classes))]
    boxes = np.array([[x.min(), y.min(), x.max() + 1, y.max() + 1] for y, x in parts], np.int64).reshape(-1, 4)
    masks = tuple(ids[t:b, le:r] == i + 1 for i, (le, t, r, b) in enumerate(boxes.tolist()))
    return Objects(boxes, masks, np.array(classes, np.int64), np.array(scores or [0.9] * len(classes), np.float32))


def as_instances(*objects: Objects, words: Vocabulary = CELLS, truth: Scenes = TRUTH) -> InstancePrediction:
    return InstancePrediction("instance", words, truth.ids, objects, truth.size)


# What each source answers


def test_the_truth_answers_everything():
    said = answers(TRUTH)
    assert said.answered == ("label", "share", "count", "point")
    assert_array_equal(said.label, [1, 0, 0])
    assert_array_equal(said.share, [0.5, 0, NAN])
    assert_array_equal(said.count, [[NAN, 1, 1], [NAN, 2, 0], [NAN, 0, 0]])
    assert_array_equal(said.point, [[3.5, 0.5], [NAN, NAN], [NAN, NAN]])
    assert {value.dtype for value in (said.label, said.share, said.count, said.point)} == {np.dtype("float64")}


def test_the_truth_says_what_it_has():
    bare = Scenes(TRUTH.images, TRUTH.labels, None, None, None, CELLS, TRUTH.ids)
    said = answers(bare)
    assert said.answered == ("label",)
    assert np.isnan(said.share).all()
    masks = Scenes(TRUTH.images, None, TRUTH.semantic, None, None, CELLS, TRUTH.ids)
    said = answers(masks)
    assert said.answered == ("label", "share", "point")
    assert_array_equal(said.label, [1, 0, 0])


def test_a_classifier_says_the_label_and_points_where_it_says_yes():
    scores = torch.tensor([[0.2, 0.8], [0.9, 0.1], [0.4, 0.6]])
    points = torch.tensor([[3.5, 1.5], [1.0, 1.0], [2.0, 2.0]])
    said = answers(ClassPrediction("classification", CELLS, TRUTH.ids, scores, points))
    assert said.answered == ("label", "point")
    assert_array_equal(said.label, [1, 0, 1])
    assert_array_equal(said.point, [[3.5, 1.5], [NAN, NAN], [2, 2]])
    assert np.isnan(said.share).all()
    assert np.isnan(said.count).all()


def test_a_label_that_does_not_deny_the_target_keeps_its_point():
    scores, points = torch.tensor([[0.9, 0.1]] * 3), torch.ones(3, 2)
    assert_array_equal(answers(ClassPrediction("c", DOTS, TRUTH.ids, scores, points)).point, np.ones((3, 2)))


def test_a_classifier_without_a_map_does_not_point():
    prediction = ClassPrediction("majority", CELLS, TRUTH.ids, torch.ones(3, 2) / 2, torch.full((3, 2), NAN))
    assert answers(prediction).answered == ("label",)


def test_a_regressor_says_numbers_and_no_place():
    count = torch.tensor([[NAN, 1.5, 0.25]] * 3)
    said = answers(RegressionPrediction("r", CELLS, TRUTH.ids, torch.eye(2)[[1, 0, 0]], torch.tensor([0.5] * 3), count))
    assert said.answered == ("label", "share", "count")
    assert_array_equal(said.label, [1, 0, 0])
    assert_array_equal(said.count[0], [NAN, 1.5, 0.25])
    unlabelled = RegressionPrediction("r", CELLS, TRUTH.ids, torch.zeros(3, 0), torch.full((3,), NAN), count)
    assert answers(unlabelled).answered == ("count",)


def test_a_semantic_mask_counts_components_and_merges_what_touches():
    said = answers(as_semantic("11022 11022 00000", "11110 11110 00000", "00000 00000 00002"))
    assert said.answered == ("label", "share", "count", "point")
    assert_array_equal(said.label, [1, 0, 0])  # one pixel is not enough
    assert_array_equal(said.share, [0.5, 0, 1])
    assert_array_equal(said.count, [[NAN, 1, 1], [NAN, 1, 0], [NAN, 0, 1]])
    assert_array_equal(said.point, [[3.5, 0.5], [NAN, NAN], [NAN, NAN]])


def test_a_semantic_mask_guesses_a_label_that_counts_objects():
    truth = scenes(DOTS, ("1101 0001", "1102 0002", [1, 1]), ("1100 1100", "1200 1200", [1, 1]))
    said = answers(as_semantic("1101 0001", "1100 1100", words=DOTS, truth=truth))
    assert_array_equal(answers(truth).label, [1, 1])
    assert_array_equal(said.label, [1, 0])
    assert_array_equal(said.count[:, 1], [2, 1])


def test_the_truth_points_at_the_innermost_pixel_and_the_border_is_an_edge():
    truth = scenes(
        CELLS, ("22222 22222 22222", "11111 11111 11111", [2]), ("22000 20022 00022", "11000 10022 00022", [2, 2])
    )
    assert_array_equal(answers(truth).point, [[1.5, 1.5], [0.5, 0.5]])


def test_a_semantic_mask_points_where_its_scores_speak_most_clearly_for_a_target():
    said = as_semantic("11022 11022 00000", "11110 11110 00002", "22222 22222 22222")
    said.scores[0, 2, 1, 4] = 3  # surest of a target
    said.scores[0, 1, 0, 0] = 9  # surer, but of something else
    said.scores[1, 2, 2, 4] = 9  # too little of it
    assert_array_equal(answers(said).point, [[4.5, 1.5], [NAN, NAN], [1.5, 1.5]])


def test_objects_are_counted_from_the_threshold_on_and_painted():
    first = as_objects("11022 11022 00003", [1, 2, 1], [0.9, 0.5, 0.4])
    said = answers(as_instances(first, as_objects("00000 00000 00000", []), as_objects("10000 20000 00000", [2, 1])))
    assert said.answered == ("label", "share", "count", "point")
    assert_array_equal(said.count, [[NAN, 1, 1], [NAN, 0, 0], [NAN, 1, 1]])
    assert_array_equal(said.label, [1, 0, 0])
    assert_array_equal(said.share, [0.5, NAN, 0.5])
    assert_array_equal(said.point, [[3.5, 0.5], [NAN, NAN], [NAN, NAN]])


def test_objects_say_nothing_of_stuff():
    truth = scenes(STREET, ("0022 1122", "0011 0011", [2]), ("2200 2211", "1100 1100", [2]))
    objects = [as_objects("0011 0011", [2]), as_objects("1100 1100", [2])]
    said = answers(as_instances(*objects, words=STREET, truth=truth))
    assert said.answered == ("label", "count", "point")
    assert_array_equal(said.label, [0, 1])  # the first car stands beside the lane
    assert np.isnan(said.share).all()
    assert_array_equal(said.point, [[NAN, NAN], [0.5, 0.5]])
    masks = answers(as_semantic("0022 1122", "2200 2211", words=STREET, truth=truth))
    assert_array_equal(masks.share, [2 / 8, 2 / 8])
    assert np.isnan(score_answers(truth, said)["share"]["mae"])
    assert score_answers(truth, masks)["share"]["mae"] == 0


def test_the_surest_object_is_pointed_at():
    truth = scenes(DOTS, ("111011 111011", "111022 111022", [1, 1]))
    pair = as_objects("111022 111022", [1, 1], [0.6, 0.8])
    assert_array_equal(answers(as_instances(pair, words=DOTS, truth=truth)).point, [[4.5, 0.5]])


def test_the_largest_class_is_a_label_objects_can_give_only_without_stuff():
    words = Vocabulary("v", ("b", "cat", "sky"), ("b", "cat", "sky"), ("cat",), LargestClass(), {}, (), COLOURS[:3])
    truth = scenes(words, ("1122 2222", "1100 0000", [1]))
    assert "label" not in answers(as_instances(as_objects("1100 0000", [1]), words=words, truth=truth)).answered
    assert_array_equal(answers(truth).label, [2])
    all_things = Vocabulary("v", ("b", "cat"), ("b", "cat"), ("cat",), LargestClass(), {}, (), COLOURS[:2])
    truth = scenes(all_things, ("1100 0000", "1100 0000", [1]))
    assert_array_equal(answers(as_instances(as_objects("1100 0000", [1]), words=all_things, truth=truth)).label, [1])


def test_ignored_pixels_are_asked_of_nobody():
    truth = scenes(DOTS, ("11?? 11??", "1100 1100", [1]))
    ignored = truth.semantic == 255
    for said in (as_semantic("1111 1111", words=DOTS, truth=truth), as_semantic("1101 1100", words=DOTS, truth=truth)):
        asked = answers(said, ignored)
        assert (asked.share[0], asked.count[0, 1]) == (1, 1)
    objects = as_objects("1122 1122", [1, 1])
    asked = answers(as_instances(objects, words=DOTS, truth=truth), ignored)
    assert (asked.share[0], asked.count[0, 1]) == (1, 1)
    assert answers(as_instances(objects, words=DOTS, truth=truth)).count[0, 1] == 2


# How wrong they are


def given(asked: str, label=NAN, share=NAN, count=NAN, point=NAN, name="model", truth: Scenes = TRUTH) -> Answers:
    n, classes = len(truth), len(truth.vocabulary.classes)
    values = {"label": (label, n), "share": (share, n), "count": (count, (n, classes)), "point": (point, (n, 2))}
    whole = {question: np.broadcast_to(np.array(value, float), shape) for question, (value, shape) in values.items()}
    return Answers(name, truth.ids, {question: whole[question] for question in asked.split()})


def test_the_truth_makes_no_error():
    scores = score_answers(TRUTH, answers(TRUTH))
    assert scores["label"] == pytest.approx({"wrong": 0, "low": 0, "high": 0.5615}, abs=1e-4)  # of three pictures
    assert scores["count"] == {"mae": 0, "low": 0, "high": 0} | dict.fromkeys(("bias", "bias_low", "bias_high"), 0)
    assert scores["share"]["mae"] == scores["count"]["mae"] == scores["count"]["bias"] == scores["point"]["missed"] == 0


def test_right_or_wrong_is_a_share_of_pictures_and_a_number_is_drawn_anew():
    label, count = QUESTIONS["label"], QUESTIONS["count"]
    few = np.r_[np.ones(3), np.zeros(297), NAN]
    assert over_pictures(label, few) == wilson(3, 300)
    assert over_pairs(label, np.r_[few, -np.ones(5)]) == paired_shares(3, 5, 305)
    assert over_pictures(count, few) == over_pairs(count, few) == bootstrap(few)
    assert np.isnan(over_pictures(label, np.full(3, NAN)).mean)


def test_an_error_of_0_is_told_as_at_most():
    label = QUESTIONS["label"]
    assert label.figures({"wrong": 0.0, "low": 0.0, "high": 0.0058}) == "0.0 % (at most 0.6)"
    assert label.figures({"wrong": 0.1, "low": 0.0, "high": 0.2}) == "10.0 % (0.0–20.0)"


def test_errors_by_hand():
    said = given(
        "label share count point", label=[1, 1, 0], share=[NAN, 0.25, 0.75],
        count=[[NAN, 1, 0], [NAN, 0, 4], [NAN, 0, 0]], point=[[2.5, 0.5], [0.5, 0.5], [NAN, NAN]],
    )  # fmt: skip
    scores = score_answers(TRUTH, said)
    assert scores["label"]["wrong"] == pytest.approx(1 / 3)
    assert scores["share"]["mae"] == pytest.approx((0.5 + 0.25) / 2)  # the third picture has nothing to share
    assert scores["count"]["mae"] == pytest.approx((1 + 2 + 0) / 3)
    assert scores["count"]["bias"] == pytest.approx((-1 + 2 + 0) / 3)
    assert scores["point"]["missed"] == 1  # only the first picture holds a target; beside it is missed


def test_a_point_must_lie_on_the_target():
    for point, missed in (([3.0, 0.0], 0), ([4.99, 1.99], 0), ([2.99, 0.5], 1), ([NAN, NAN], 1), ([5.0, 0.5], 1)):
        assert score_answers(TRUTH, given("point", point=point))["point"]["missed"] == missed


def test_who_was_not_asked_has_no_error_and_who_finds_nothing_has():
    silent = score_answers(TRUTH, given(""))
    assert all(np.isnan(value) for part in silent.values() for value in part.values())
    assert score_answers(TRUTH, given("point"))["point"]["missed"] == 1


def test_answers_of_other_pictures_are_refused():
    with pytest.raises(VislabError, match="the answers of model are of other pictures than these"):
        score_answers(TRUTH.subset([0, 1]), given("label", label=0))


def many(n: int) -> Scenes:
    return TRUTH.subset([0, 1] * (n // 2))


def test_a_clear_difference_is_told_in_a_sentence():
    truth = many(40)
    right, wrong = (answers(truth), given("label", label=[1, 1] * 20, name="yes-sayer", truth=truth))
    found = compare_pair(truth, wrong, right, "label")
    assert found.difference == 0.5
    assert 0.3 < found.low < 0.5 < found.high < 0.7
    assert found.sentence.startswith(
        "The share of wrong labels of yes-sayer is 50 percentage points higher than that of truth (95 % interval 3"
    )
    assert found.sentence.endswith("40 pictures).")


def test_a_difference_within_chance_is_called_that():
    truth = many(40)
    label = answers(truth).label.copy()
    a, b = label.copy(), label.copy()
    a[0], b[1] = 1 - a[0], 1 - b[1]
    found = compare_pair(
        truth, given("label", a, name="a", truth=truth), given("label", b, name="b", truth=truth), "label"
    )
    assert found.difference == 0
    assert "does not tell a and b apart" in found.sentence


def test_what_nobody_says_cannot_be_compared():
    found = compare_pair(TRUTH, answers(TRUTH), given("label", 0, name="classifier"), "count")
    assert np.isnan(found.difference)
    assert found.sentence == "The mean error of the count cannot be compared: classifier cannot say."
    with pytest.raises(VislabError, match=r"'where'.*label, share"):
        compare_pair(TRUTH, answers(TRUTH), answers(TRUTH), "where")


# Dots and boxes


def dots(words: Vocabulary, *rows: tuple[float, float, int, float], size: tuple[int, int] = (4, 8)) -> PointPrediction:
    """A picture with dots: x, y, class and score of each."""
    table = np.array(rows, np.float32).reshape(-1, 4)
    found = Points(table[:, :2], table[:, 2].astype(np.int64), table[:, 3])
    return PointPrediction("dots", words, ("picture 0",), (found,), size, threshold=0.5)


def boxes(words: Vocabulary, *rows: tuple[float, ...], size: tuple[int, int] = (4, 8)) -> BoxPrediction:
    """A picture with boxes: left, top, right, bottom, class and score of each."""
    table = np.array(rows, np.float32).reshape(-1, 6)
    found = Boxes(table[:, :4], table[:, 4].astype(np.int64), table[:, 5])
    return BoxPrediction("boxes", words, ("picture 0",), (found,), size, threshold=0.5)


def test_dots_tell_any_how_many_and_where_but_no_area():
    given = answers(dots(CELLS, (1.5, 1.5, 1, 0.9), (5.5, 2.5, 2, 0.8), (6.5, 0.5, 2, 0.6), (3.5, 3.5, 2, 0.4)))
    assert given.answered == ("label", "count", "point")
    assert given.label.tolist() == [1]
    assert_array_equal(given.count, [[NAN, 1, 2]])  # the faint one does not count
    assert given.point.tolist() == [[5.5, 2.5]]  # the surest of what is asked for
    nothing = answers(dots(CELLS, (1.5, 1.5, 1, 0.9)))
    assert (nothing.label.tolist(), np.isnan(nothing.point).all()) == ([0], True)


def test_dots_count_for_a_rule_where_it_looks_or_of_many_objects():
    right, left = (answers(dots(STREET, (x, 1, 2, 0.9))) for x in (6.0, 1.0))
    assert (right.label.tolist(), left.label.tolist()) == ([0], [1])  # only the left half is asked about
    assert answers(dots(DOTS, (1, 1, 1, 0.9), (5, 1, 1, 0.9))).label.tolist() == [1]
    stuff = Vocabulary("largest", ("sky", "car"), ("sky", "car"), ("car",), LargestClass(), {}, (), COLOURS[:2])
    assert "label" not in answers(dots(stuff, (1, 1, 1, 0.9))).answered


def test_boxes_tell_how_much_by_the_ellipses_inside():
    given = answers(boxes(CELLS, (0, 0, 4, 4, 2, 0.9), (4, 0, 8, 4, 1, 0.8)))
    assert given.answered == ("label", "share", "count", "point")
    assert given.share.tolist() == [0.5]
    assert given.label.tolist() == [1]
    assert_array_equal(given.count, [[NAN, 1, 1]])
    x, y = given.point[0]
    assert 1 <= x <= 3
    assert 1 <= y <= 3


def test_dots_and_boxes_in_ignored_pixels_do_not_count():
    ignored = torch.zeros(1, 4, 8, dtype=torch.bool)
    ignored[:, :, 4:] = True
    for found in (dots(DOTS, (1, 1, 1, 0.9), (6, 1, 1, 0.9)), boxes(DOTS, (0, 0, 3, 3, 1, 0.9), (3, 0, 7, 3, 1, 0.9))):
        assert_array_equal(answers(found, ignored).count, [[NAN, 1]])


def test_where_no_mask_was_drawn_a_point_in_a_box_is_right():
    image, classes = torch.zeros(1, 3, 16, 16, dtype=torch.uint8), torch.tensor([[2, 1]], dtype=torch.uint8)
    places = torch.tensor([[[0.0, 0, 5, 5], [8, 8, 12, 12]]])
    words = replace(CELLS, rule=None)
    boxed = Scenes(image, None, None, None, classes, words, ("picture 0",), boxes=places)
    for x, missed in ((2.0, 0.0), (10.0, 0.0), (14.0, 1.0)):
        pointed = Answers("me", ("picture 0",), {"point": np.array([[x, x]])})
        assert score_answers(boxed, pointed)["point"]["missed"] == missed
    counted = Answers("me", ("picture 0",), {"count": np.array([[NAN, 1, 2]])})
    assert score_answers(boxed, counted)["count"]["mae"] == 1
    dotted = Scenes(
        boxed.images, None, None, None, boxed.objects, boxed.vocabulary, boxed.ids, points=boxed.need("points")
    )
    assert np.isnan(score_answers(dotted, pointed)["point"]["missed"])
