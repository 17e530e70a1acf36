"""Baselines on discs whose colour says what they are."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from vislab.data.scenes import Scenes
from vislab.data.vocabulary import EnoughPixels, Vocabulary
from vislab.evaluation.answers.answers import answers
from vislab.evaluation.answers.scoring import score_answers
from vislab.evaluation.baselines import fit_all
from vislab.evaluation.colour_model import mean_over
from vislab.evaluation.metrics.instances import average_precision, match_objects
from vislab.evaluation.metrics.segmentation import class_iou, count_pixels
from vislab.models.predictions import ClassPrediction, InstancePrediction, RegressionPrediction, SemanticPrediction

WORDS = Vocabulary(
    "marbles", ("none", "blue"), ("ground", "grass", "red", "blue"), ("red", "blue"),
    EnoughPixels(("blue",), 8), {}, (), ("#000000", "#00ff00", "#ff0000", "#0000ff"), share=(("grass",), ()),
)  # fmt: skip
PAINT = np.array([[120, 110, 100], [60, 150, 60], [200, 60, 50], [50, 60, 200]], float)


def marbles(n: int, seed: int, touching: bool = False) -> Scenes:
    """Pictures of 48 px: grass below, none to six marbles, red or blue; in pairs that touch, or apart."""
    random = np.random.default_rng(seed)
    y, x = np.indices((48, 48))
    images, semantic, instances = np.zeros((n, 3, 48, 48)), np.zeros((n, 48, 48)), np.zeros((n, 48, 48))
    objects = np.zeros((n, 6))
    for i in range(n):
        semantic[i][y >= random.integers(30, 44)] = 1
        corners = [(8 + 16 * a, 8 + 16 * b) for a in range(3) for b in range(3)]
        random.shuffle(corners)
        classes = random.choice([2, 3], 6, p=[0.8, 0.2])
        centres = corners[: random.integers(0, 4)]
        if touching:
            centres = [(a + move, b) for a, b in centres for move in (0, 7)]
        for number, (a, b) in enumerate(centres, start=1):
            disc = (x - a) ** 2 + (y - b) ** 2 <= 17
            instances[i][disc], semantic[i][disc] = number, classes[0 if touching else number - 1]
            objects[i, number - 1] = classes[0 if touching else number - 1]
        images[i] = (PAINT[semantic[i].astype(int)] + random.normal(0, 6, (48, 48, 3))).transpose(2, 0, 1)
    tensors = [torch.from_numpy(a).to(t) for a, t in ((semantic, torch.uint8), (objects, torch.uint8))]
    labels = WORDS.rule(WORDS, *tensors) if WORDS.rule else None
    return Scenes(
        torch.from_numpy(images.clip(0, 255)).to(torch.uint8), labels, tensors[0],
        torch.from_numpy(instances).to(torch.int16), tensors[1], WORDS, tuple(map(str, range(n))),
    )  # fmt: skip


def renamed(scenes: Scenes, count: int) -> Scenes:
    """The same pictures, with as many classes more that none of them shows."""
    more = tuple(f"thing {index}" for index in range(count))
    words = replace(
        WORDS, classes=WORDS.classes + more, things=WORDS.things + more, colours=WORDS.colours + ("#123456",) * count
    )
    return replace(scenes, vocabulary=words)


def test_classes_that_no_picture_shows_change_no_answer(fitted):
    train, valid, test = marbles(24, 0), marbles(8, 1), marbles(6, 2)
    many = fit_all(renamed(train, 40), renamed(valid, 40))
    for name, baseline in fitted.items():
        few, more = answers(baseline.predict(test)), answers(many[name].predict(renamed(test, 40)))
        np.testing.assert_allclose(few.share, more.share)
        np.testing.assert_allclose(few.count, more.count[:, : len(WORDS.classes)])


def test_the_mean_over_objects_is_that_of_their_pixels():
    ids = torch.tensor([[[0, 1, 1], [2, 2, 2]], [[1, 0, 0], [0, 0, 0]]])
    index = torch.tensor([[[3, 0, 1], [2, 2, 0]], [[1, 1, 1], [1, 1, 1]]])
    values = torch.tensor([[0.0, 10.0], [4.0, 20.0], [3.0, 30.0], [9.0, 9.0]])
    means = mean_over(ids, index, values, 2)
    torch.testing.assert_close(means, torch.tensor([[[2.0, 15.0], [2.0, 70 / 3]], [[4.0, 20.0], [0.0, 0.0]]]))
    assert mean_over(torch.zeros_like(ids), index, values, 0).shape == (2, 0, 2)


@pytest.fixture(scope="module")
def fitted():
    return fit_all(marbles(24, 0), marbles(8, 1))


def test_each_baseline_predicts_the_type_that_says_what_it_can_say(fitted):
    test = marbles(4, 2)
    kinds = {name: type(baseline.predict(test)) for name, baseline in fitted.items()}
    assert kinds == {
        "majority": ClassPrediction,
        "mean": RegressionPrediction,
        "threshold": SemanticPrediction,
        "watershed": InstancePrediction,
    }
    assert all(baseline.predict(test).name == name for name, baseline in fitted.items())


def test_the_majority_and_the_mean_are_those_of_train(fitted):
    train, test = marbles(24, 0), marbles(10, 2)
    prediction = fitted["majority"].predict(test)
    yes = float(train.labels.double().mean())
    assert prediction.scores[3].tolist() == pytest.approx([1 - yes, yes])
    assert answers(prediction).answered == ("label",)
    prediction = fitted["mean"].predict(test)
    assert prediction.share[5] == pytest.approx((train.semantic == 1).double().mean().item())
    counts = train.count_objects().double().mean(0)
    assert prediction.count[7].tolist() == pytest.approx(
        [np.nan, np.nan, float(counts[2]), float(counts[3])], nan_ok=True
    )
    assert answers(prediction).answered == ("share", "count")


def test_colour_finds_what_colour_tells(fitted):
    test = marbles(12, 3)
    prediction = fitted["threshold"].predict(test)
    assert class_iou(count_pixels(test.semantic, prediction.mask, 4)).min() > 0.85
    scores = score_answers(test, answers(prediction))
    assert scores["count"]["mae"] == 0
    assert scores["label"]["wrong"] == scores["point"]["missed"] == 0
    assert scores["share"]["mae"] < 0.01


@pytest.mark.slow
def test_watershed_parts_what_components_merge():
    train, valid, test = (marbles(16, seed, touching=True) for seed in (4, 5, 6))
    baselines = fit_all(train, valid)
    merged = score_answers(test, answers(baselines["threshold"].predict(test)))["count"]
    parted = score_answers(test, answers(baselines["watershed"].predict(test)))["count"]
    assert merged["bias"] == -float(test.count_objects().sum(1).double().mean()) / 2
    assert parted["mae"] < 0.2
    objects = baselines["watershed"].predict(test).objects
    assert average_precision(match_objects(test, objects), test.vocabulary.thing_indices)["ap50"] > 0.8


def test_objects_may_be_bright_in_some_pictures_and_dark_in_others():
    words = Vocabulary("nuclei", (), ("background", "nucleus"), ("nucleus",), None, {}, (), ("#000000", "#ffffff"))
    random = np.random.default_rng(0)

    def pictures(n: int, seed: int) -> Scenes:
        # Grey levels that mean nothing by themselves: what is an object here is background there.
        drawn = marbles(n, seed)
        inside = (drawn.instances > 0).numpy()
        images = np.empty((n, 3, 48, 48), np.uint8)
        for i in range(n):
            dark, light = (random.integers(20, 60), random.integers(80, 110)) if i % 2 else (130, 220)
            grey = np.where(inside[i] == bool(i % 2), light, dark) + random.normal(0, 3, (48, 48))
            images[i] = grey.clip(0, 255)
        some = (drawn.objects > 0).to(torch.uint8)
        mask = torch.from_numpy(inside).to(torch.uint8)
        return Scenes(torch.from_numpy(images), None, mask, drawn.instances, some, words, drawn.ids)

    baselines = fit_all(pictures(24, 0), pictures(8, 1))
    assert set(baselines) == {"mean", "threshold", "watershed"}
    test = pictures(12, 2)
    test = test.subset((test.objects > 0).any(1))  # without objects, Otsu's threshold cuts noise
    assert class_iou(count_pixels(test.semantic, baselines["threshold"].predict(test).mask, 2))[1] > 0.85


def test_the_truth_of_predicted_pictures_is_not_looked_at(fitted):
    test = marbles(6, 7)
    bare = Scenes(test.images, None, None, None, None, WORDS, test.ids)
    for baseline in fitted.values():
        seen, unseen = answers(baseline.predict(test)), answers(baseline.predict(bare))
        for question in ("label", "share", "count", "point"):
            np.testing.assert_array_equal(getattr(seen, question), getattr(unseen, question))


def test_levels_that_are_missing_leave_baselines_out():
    train, valid = marbles(12, 0), marbles(6, 1)

    def without(scenes: Scenes, *levels: str) -> Scenes:
        return replace(scenes, **dict.fromkeys(levels))

    only_labels = [without(s, "semantic", "instances", "objects") for s in (train, valid)]
    assert set(fit_all(*only_labels)) == {"majority"}
    only_masks = [without(s, "labels", "instances", "objects") for s in (train, valid)]
    baselines = fit_all(*only_masks)
    assert set(baselines) == {"mean", "threshold"}
    assert answers(baselines["mean"].predict(valid)).answered == ("share",)
    assert class_iou(count_pixels(valid.semantic, baselines["threshold"].predict(valid).mask, 4)).min() > 0.8


def test_ignored_pixels_teach_nothing():
    train, valid = marbles(12, 0), marbles(6, 1)
    semantic, images = train.semantic.clone(), train.images.clone()
    images[:, :, :4] = torch.tensor([50, 60, 200], dtype=torch.uint8)[:, None, None]  # blue, but nobody says what
    semantic[:, :4] = torch.where(train.instances[:, :4] > 0, semantic[:, :4], 255)
    baselines = fit_all(replace(train, semantic=semantic, images=images), valid)
    assert score_answers(valid, answers(baselines["threshold"].predict(valid)))["label"]["wrong"] == 0


def test_pictures_of_nothing_are_predicted(fitted):
    blank = Scenes(torch.full((2, 3, 48, 48), 110, dtype=torch.uint8), None, None, None, None, WORDS, ("a", "b"))
    assert [len(one) for one in fitted["watershed"].predict(blank).objects] == [0, 0]
    assert answers(fitted["threshold"].predict(blank)).count[:, 2:].sum() == 0
