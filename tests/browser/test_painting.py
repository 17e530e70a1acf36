"""The pure functions behind the panes, called in the browser: by hand on small pictures, and against vislab's own."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from text_pictures import picture

import vislab as vl
from vislab.data.convert import labels_from_masks, share_of
from vislab.data.vocabulary import EnoughPixels, LargestClass, ManyObjects, Vocabulary
from vislab.evaluation.answers.answers import answers
from vislab.evaluation.answers.pointing import target
from vislab.models.predictions import Objects, SemanticPrediction
from vislab.widgets.viewer.packets import pack
from vislab.widgets.viewer.view import words_of

pytestmark = pytest.mark.browser
COLOURS = ("#000000", "#56b4e9", "#e69f00")
CELLS = Vocabulary(
    "cells", ("healthy", "infected"), ("background", "cell", "infected"), ("cell", "infected"),
    EnoughPixels(("infected",), 3), {}, (), COLOURS, share=(("infected",), ("cell", "infected")),
)  # fmt: skip
LANE = Vocabulary(
    "lane", ("clear", "blocked"), ("sky", "road", "car"), ("car",),
    EnoughPixels(("car",), 2, zone=((0.2, 0), (0.7, 0.1), (0.5, 1), (0.1, 0.9))), {}, (), COLOURS,
    share=(("road",), ()),
)  # fmt: skip
DOTS = Vocabulary(
    "dots", ("few", "many"), ("background", "dot", "ring"), ("dot", "ring"), ManyObjects(4), {}, (), COLOURS
)
LARGEST = Vocabulary("fruit", COLOURS, COLOURS, COLOURS[1:], LargestClass(), {}, (), COLOURS)
VOCABULARIES = pytest.mark.parametrize("words", [CELLS, LANE, DOTS, LARGEST], ids=lambda words: words.name)


def codes(text):
    return picture(text).numpy()


def masks(seed, n=40, h=9, w=11):
    """Seeded random masks: from nearly empty to crowded, some pixels ignored."""
    chance = np.random.default_rng(seed)
    full = chance.random(n)[:, None, None]
    mask = (chance.integers(1, 3, (n, h, w)) * (chance.random((n, h, w)) < full)).astype(np.uint8)
    mask[chance.random((n, h, w)) < 0.03] = 255
    return mask


def test_errors_are_missed_false_or_of_another_class(js):
    truth, predicted = codes("0012 21?0 ?200"), codes("0102 1210 0001")
    assert js("painting.js", "errors", truth, predicted) == [0, 2, 1, 0, 3, 3, 0, 0, 0, 1, 0, 2]


def test_paint_enlarges_and_leaves_the_background_transparent(js):
    table = np.array(js("painting.js", "classTiles", list(COLOURS), []), np.uint32)
    painted = np.array(js("painting.js", "paint", codes("01 00"), 2, 2, 2, table), np.uint32).reshape(4, 4)
    assert not painted[2:].any()
    assert not painted[:, :2].any()
    assert (painted[:2, 2:] & 0xFFFFFF == 0xE9B456).all()  # a canvas keeps red, green, blue in this order
    hidden = np.array(js("painting.js", "classTiles", list(COLOURS), [1]), np.uint32)
    assert not np.any(js("painting.js", "paint", codes("01 00"), 2, 2, 2, hidden))


def test_classes_differ_by_their_pattern_too(js):
    table = np.array(js("painting.js", "classTiles", ["#000000"] + ["#777777"] * 7, []), np.uint32).reshape(-1, 64)
    assert len({tile.tobytes() for tile in table[1:8]}) == 7


def test_an_outline_parts_objects_that_touch(js):
    ids = codes("1122 1122").astype(np.uint16)
    lines = [0, 7, 7]
    drawn = js("painting.js", "outline", np.zeros(8 * 9, np.uint32), (ids > 0).astype(np.uint8), ids, 4, 2, 3, lines)
    drawn = np.array(drawn).reshape(6, 12) > 0
    assert drawn[0].all()
    assert drawn[:, 5].all()  # the border inside the left object
    assert drawn[:, 6].all()  # and inside the right one
    assert not drawn[1, 1:5].any()
    assert not drawn[3, 3]  # within an object no line follows the pixels


def test_a_pixel_is_of_its_most_likely_class_until_a_threshold_is_set(js):
    probabilities = np.array([[200, 100, 90], [40, 90, 85], [15, 65, 80]], np.uint8)
    assert js("painting.js", "classify", probabilities, [0, 1, 2], 3) == [0, 0, 0]
    assert js("painting.js", "classify", probabilities, [0, 1, 2], 3, [2], 0.3) == [0, 0, 2]
    assert js("painting.js", "classify", probabilities, [0, 1, 2], 3, [2], 0.25) == [0, 2, 2]
    assert js("painting.js", "classify", probabilities, [0, 1, 2], 3, [1, 2], 0.6) == [0, 1, 1]
    assert js("painting.js", "classify", probabilities, [0, 1, 2], 3, [0], 0.99) == [1, 1, 1]


def test_objects_are_painted_as_python_paints_them(js):
    chance = np.random.default_rng(3)
    corners = [chance.integers(0, (6, 5)) for _ in range(7)]
    boxes = np.array([[x, y, x + chance.integers(1, 5), y + chance.integers(1, 5)] for x, y in corners])
    cut = tuple(chance.random((b - t, r - left)) < 0.7 for left, t, r, b in boxes)
    objects = Objects(boxes, cut, chance.integers(1, 3, 7), chance.random(7).astype(np.float32))
    plain = {"boxes": boxes.tolist(), "classes": objects.classes.tolist(), "scores": objects.scores.tolist(),
             "masks": np.concatenate([mask.ravel() for mask in cut]).astype(np.uint8)}  # fmt: skip
    for threshold in (0.0, 0.5, 1.0):
        found = js("painting.js", "paintObjects", plain, 12, 10, threshold)
        kept = objects.at_least(threshold)
        ids = kept.paint(10, 12)
        assert_array_equal(found["codes"], np.append(0, kept.classes)[ids].ravel())
        numbers = np.append(0, np.flatnonzero(objects.scores >= threshold) + 1)
        assert_array_equal(found["ids"], numbers[ids].ravel())


def test_a_place_is_found_again_after_zooming_and_dragging(js):
    whole = js("painting.js", "WHOLE")
    assert js("painting.js", "hitTest", whole, 96, 64, 0.5, 0.25) == [48, 16]
    assert js("painting.js", "hitTest", whole, 96, 64, 1.0, -0.1) == [95, 0]
    near = js("painting.js", "zoomed", whole, 4, 0.3, 0.8)
    assert near["zoom"] == 4
    assert js("painting.js", "hitTest", near, 96, 64, 0.3, 0.8) == js("painting.js", "hitTest", whole, 96, 64, 0.3, 0.8)
    moved = js("painting.js", "dragged", near, -0.5, 0)
    assert moved["x"] == pytest.approx(near["x"] + 0.125)
    assert js("painting.js", "dragged", near, 5, 5) == {"zoom": 4, "x": 0.125, "y": 0.125}, "never beyond the picture"
    assert js("painting.js", "zoomed", near, 0.01) == whole


@VOCABULARIES
def test_answers_follow_from_a_mask_as_in_python(js, words):
    mask = masks(1)
    n, h, w = mask.shape
    known = torch.from_numpy(np.where(mask == 255, 0, mask)).long()
    scores = torch.nn.functional.one_hot(known, 3).movedim(-1, 1).half()
    predicted = answers(
        SemanticPrediction("predicted", words, tuple(map(str, range(n))), scores), torch.from_numpy(mask == 255)
    )
    for i in range(n):
        found = js("answers.js", "answersOf", {"codes": mask[i]}, None, None, w, h, words_of(words))
        assert found["label"] == predicted.label[i]
        assert found["count"] == np.nansum(predicted.count[i])
        share = np.nan if found["share"] is None else found["share"]
        assert share == pytest.approx(predicted.share[i], nan_ok=True)


@VOCABULARIES
def test_hits_are_told_as_in_python(js, words):
    mask = masks(2, n=12)
    hit = target(words, torch.from_numpy(mask)).numpy()
    least = words.rule.at_least if isinstance(words.rule, EnoughPixels) else 1
    for i in range(len(mask)):
        for at in (0, 25, 60, None):
            found = js("answers.js", "hits", mask[i], at, 11, 9, words_of(words))
            if hit[i].sum() < least:
                assert found is None
            else:
                assert found == (at is not None and bool(hit[i].ravel()[at]))


def test_the_point_is_the_surest_pixel_or_the_middle_of_the_best_object(js):
    words = words_of(CELLS)
    mask = codes("22200 22200 00000")
    sure = np.zeros(15, np.uint8)
    sure[6] = 200
    predicted = {"classes": [2], "probabilities": sure}
    assert js("answers.js", "pointOf", {"codes": mask, "ids": None}, predicted, 5, 3, words) == 6
    ids = codes("11100 11102 00022").astype(np.uint16)
    twos = (ids > 0).astype(np.uint8) * 2
    found = {"objects": {"scores": [0.4, 0.9]}}
    assert js("answers.js", "pointOf", {"codes": twos, "ids": ids}, found, 5, 3, words) == 14
    assert js("answers.js", "pointOf", {"codes": codes("22000 00000 00000"), "ids": None}, found, 5, 3, words) is None


def test_a_packet_is_unpacked_as_it_was_packed(js):
    scenes = vl.draw("smear", 2, seed=1)
    predicted = SemanticPrediction("predicted", scenes.vocabulary, scenes.ids, torch.randn(2, 3, 96, 96).half())
    read = js("packets.js", "decode", pack(scenes, (predicted,), 1, position=7))
    assert (read["id"], read["position"], read["truth"]["label"]) == (scenes.ids[1], 7, int(scenes.labels[1]))
    assert_array_equal(read["truth"]["semantic"], scenes.semantic[1].ravel())
    assert_array_equal(read["truth"]["ids"], scenes.instances[1].ravel())
    chance = (255 * predicted.scores[1].float().softmax(0)).round().flatten()
    assert read["panes"][0]["classes"] == [0, 1, 2]
    assert_array_equal(read["panes"][0]["probabilities"], chance)


def test_shares_and_labels_of_a_real_smear(js):
    scenes = vl.draw("smear", 8, seed=3)
    for i in range(8):
        mask = scenes.semantic[i].numpy()
        words = words_of(scenes.vocabulary)
        found = js("answers.js", "answersOf", {"codes": mask}, None, None, 96, 96, words)
        one = scenes.semantic[i : i + 1]
        assert found["label"] == int(labels_from_masks(scenes.vocabulary, one))
        assert found["share"] == pytest.approx(float(share_of(scenes.vocabulary, one)), nan_ok=True)
