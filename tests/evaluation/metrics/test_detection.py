"""Detection accuracy: on pictures worked by hand, against an assignment by costs, and as StarDist counts it."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from vislab.evaluation.metrics.detection import THRESHOLDS, detection_accuracy
from vislab.evaluation.metrics.instances import Matches, match_picture
from vislab.models.predictions import Objects


def overlaps(
    iou: object, guessed: list[int] | None = None, true: list[int] | None = None, excused: list[bool] | None = None
) -> Matches:
    """A picture whose predictions (rows) and true objects (columns) overlap so; class 1 unless said."""
    known = np.array(iou, float)
    p, t = known.shape
    return Matches(
        iou=known,
        scores=np.ones(p),
        guessed=np.array(guessed or [1] * p, np.int64),
        true=np.array(true or [1] * t, np.int64),
        guessed_area=np.ones(p, np.int64),
        true_area=np.ones(t, np.int64),
        excused=np.array(excused or [False] * p, bool),
        overlapping=False,
    )


def test_a_tight_one_a_loose_one_and_a_miss():
    # Of three objects two are found up to IoU 0.65: 2 / (2 + 0 + 1). Above it one is: 1 / (1 + 1 + 2).
    found = detection_accuracy([overlaps([[0.95, 0, 0], [0, 0.65, 0]])], [1])
    assert found == pytest.approx({0.5: 2 / 3, 0.6: 2 / 3, 0.7: 1 / 4, 0.8: 1 / 4, 0.9: 1 / 4})


def test_an_iou_at_the_threshold_is_enough():
    assert detection_accuracy([overlaps([[0.5]])], [1], [0.5, 0.51]) == {0.5: 1, 0.51: 0}


def test_each_object_is_found_once_and_as_many_as_can_be():
    halves = overlaps([[0.5], [0.5]])
    assert detection_accuracy([halves], [1])[0.5] == 1 / 2
    first_come = overlaps([[0.9, 0.8], [0.7, 0]])  # the first prediction leaves its best object to the second
    assert detection_accuracy([first_come], [1])[0.5] == 1


def test_objects_of_all_pictures_count_alike():
    full, empty = overlaps(np.eye(3)), overlaps(np.zeros((1, 0)))
    assert detection_accuracy([full, overlaps(np.zeros((0, 2))), empty], [1])[0.5] == 3 / (3 + 1 + 2)


def test_the_class_must_be_right_and_classes_weigh_alike():
    picture = overlaps([[0.9, 0], [0, 0.9]], guessed=[1, 1], true=[1, 2])
    assert detection_accuracy([picture], [1, 2, 3])[0.5] == pytest.approx((1 / 2 + 0) / 2)
    assert detection_accuracy([picture], [1])[0.5] == 1 / 2


def test_what_is_excused_may_find_but_is_never_wrong():
    picture = overlaps([[0.9, 0], [0, 0], [0, 0]], excused=[True, True, False])
    assert detection_accuracy([picture], [1])[0.5] == 1 / (1 + 1 + 1)


def test_without_objects_it_is_undefined_and_without_predictions_nought():
    nothing = overlaps(np.zeros((0, 0)))
    assert np.isnan([*detection_accuracy([], [1]).values(), *detection_accuracy([nothing], [1]).values()]).all()
    assert detection_accuracy([overlaps(np.zeros((0, 4)))], [1]) == dict.fromkeys(THRESHOLDS, 0)
    assert detection_accuracy([overlaps(np.zeros((2, 0)))], [1]) == dict.fromkeys(THRESHOLDS, 0)


# Against others


def test_it_agrees_with_an_assignment_by_costs():
    random = np.random.default_rng(0)
    pictures = [random.random(random.integers(0, 7, 2)) ** 0.5 for _ in range(200)]
    for threshold, value in detection_accuracy([overlaps(iou) for iou in pictures], [1]).items():
        rows_of = [linear_sum_assignment((iou < threshold) - iou / 100) for iou in pictures]
        hits = sum(int((iou[pairs] >= threshold).sum()) for iou, pairs in zip(pictures, rows_of, strict=True))
        assert value == pytest.approx(hits / (sum(sum(iou.shape) for iou in pictures) - hits))


def discs(wobble: int) -> np.ndarray:
    """Ids (72, 72) of 36 discs on a grid, moved by up to so many pixels; some are wider and hide others."""
    y, x = np.indices((72, 72))
    ids = np.zeros((72, 72), np.int64)
    for number in range(36):
        down, right = (number * step % (2 * wobble + 1) - wobble for step in (3, 5))
        radius = 4 + number % 3 + number * wobble % 2
        away = (y - 6 - 12 * (number // 6) - down) ** 2 + (x - 6 - 12 * (number % 6) - right) ** 2
        ids[away <= radius**2] = number + 1
    return np.unique(ids, return_inverse=True)[1].reshape(72, 72)


def objects_of(ids: np.ndarray) -> Objects:
    masks = [ids == number for number in range(1, ids.max() + 1)]
    n, whole = len(masks), [0, 0, *reversed(ids.shape)]
    return Objects(np.array([whole] * n), tuple(masks), np.ones(n, np.int64), np.ones(n, np.float32))


def test_it_gives_the_numbers_of_stardist():
    # stardist 0.9.2: matching_dataset([discs(0)] * 3, [discs(1), discs(2), discs(3)], thresh=THRESHOLDS)
    found, objects = (77, 52, 20, 2, 0), 108  # of so many true ones, and so many predicted
    truth = discs(0)
    pictures = [match_picture(truth, [1] * truth.max(), objects_of(discs(wobble))) for wobble in (1, 2, 3)]
    wanted = {at: hits / (2 * objects - hits) for at, hits in zip(THRESHOLDS, found, strict=True)}
    assert detection_accuracy(pictures, [1]) == pytest.approx(wanted)
