"""Scores of objects, on pictures worked by hand and against pycocotools and torchmetrics."""

import contextlib
import io

import numpy as np
import pytest
import torch
from text_pictures import picture

from vislab.data.scenes import Scenes
from vislab.data.vocabulary import ManyObjects, Vocabulary
from vislab.errors import VislabError
from vislab.evaluation.metrics.instances import (
    Matches,
    average_precision,
    find_by_points,
    match_boxes,
    match_objects,
    match_picture,
    mean_count_error,
    panoptic_quality,
    visible,
)
from vislab.models.predictions import Boxes, Objects, Points

NAN = float("nan")
EMPTY = Objects(np.zeros((0, 4), np.int64), (), np.zeros(0, np.int64), np.zeros(0, np.float32))


def objects(*masks: np.ndarray | str, classes: list[int] | None = None, scores: list[float] | None = None) -> Objects:
    """Objects from whole masks, or texts of them, cropped to their boxes; class 1 and score 1 where nothing is said."""
    if not masks:
        return EMPTY
    arrays = [picture(mask).numpy() > 0 if isinstance(mask, str) else mask for mask in masks]
    boxes = []
    for mask in arrays:
        y, x = np.nonzero(mask)
        boxes.append([x.min(), y.min(), x.max() + 1, y.max() + 1])
    cut = tuple(mask[top:bottom, left:right] for mask, (left, top, right, bottom) in zip(arrays, boxes, strict=True))
    n = len(arrays)
    return Objects(np.array(boxes), cut, np.array(classes or [1] * n), np.array(scores or [1.0] * n, np.float32))


def ids(text: str) -> np.ndarray:
    return picture(text).numpy()


# By hand


def test_objects_of_a_picture_are_compared_by_what_they_share():
    truth = ids("1100 1122 0022")
    match = match_picture(truth, [1, 2], objects("1100 0000 0000", "0001 0011 0011", classes=[1, 2]))
    assert match.iou.tolist() == [[2 / 4, 0], [0, 4 / 5]]
    assert match.guessed_area.tolist() == [2, 5]
    assert match.true_area.tolist() == [4, 4]


def test_predictions_may_overlap():
    match = match_picture(ids("1100 1100"), [1], objects("1100 1100", "1110 1110"))
    assert match.iou.tolist() == [[1], [4 / 6]]


def test_ignored_pixels_are_not_counted_and_excuse_what_lies_mostly_in_them():
    truth, ignored = ids("1100 1100"), ids("0011 0011") > 0
    guess = objects("1110 1100", "0111 0000", "0110 0000")
    match = match_picture(truth, [1], guess, ignored)
    assert match.iou[:, 0].tolist() == [1, 1 / 4, 1 / 4]
    assert match.guessed_area.tolist() == [4, 1, 1]
    assert match.excused.tolist() == [False, True, False]  # half is not more than half


def test_pictures_and_predictions_without_objects_are_compared_too():
    assert match_picture(ids("00 00"), [], EMPTY).iou.shape == (0, 0)
    assert match_picture(ids("01 00"), [1], EMPTY).iou.shape == (0, 1)
    assert match_picture(ids("00 00"), [], objects("11 00")).iou.shape == (1, 0)


def test_scenes_are_compared_picture_by_picture():
    words = Vocabulary("dots", ("no", "yes"), ("background", "dot"), ("dot",), ManyObjects(0), {}, (), ("#000000",) * 2)
    instances = torch.stack([picture("1100 0022"), picture("0000 0000")]).to(torch.int16)
    semantic = torch.stack([picture("11?? 0011"), picture("0000 0000")])
    dots = torch.tensor([[1, 1], [0, 0]], dtype=torch.uint8)
    scenes = Scenes(torch.zeros(2, 3, 2, 4, dtype=torch.uint8), None, semantic, instances, dots, words, ("a", "b"))
    first, second = match_objects(scenes, [objects("1111 0000"), objects("1000 0000")])
    assert first.iou.tolist() == [[1, 0]]
    assert second.iou.shape == (1, 0)
    with pytest.raises(VislabError, match="objects of 1 pictures cannot be compared with 2"):
        match_objects(scenes, [EMPTY])


def test_what_later_objects_hide_is_cut_away():
    seen = visible(objects("1100 1100", "0000 0100", "1110 0000", classes=[1, 2, 1], scores=[0.1, 0.2, 0.3]), 2, 4)
    assert [mask.astype(int).tolist() for mask in seen.masks] == [[[0, 0], [1, 0]], [[1]], [[1, 1, 1]]]
    assert seen.classes.tolist() == [1, 2, 1]
    gone = visible(objects("1100 0000", "1110 1110", scores=[0.25, 0.5]), 2, 4)
    assert gone.scores.tolist() == [0.5]
    assert len(visible(EMPTY, 2, 4)) == 0


def test_ap_of_one_hit_and_one_miss():
    # Two objects; the surer prediction is perfect, the other finds nothing: precision 1 up to a recall of 1/2.
    truth = ids("1100 1100 0022 0022")
    guess = objects("1100 1100 0000 0000", "0011 0000 0000 0000", scores=[0.9, 0.8])
    scores = average_precision([match_picture(truth, [1, 1], guess)], [1])
    assert (
        scores["ap"] == scores["ap50"] == pytest.approx(51 / 101)
    )  # COCO reads precision at 101 recalls, 0 to 0.5 here


def test_ap_counts_a_loose_mask_at_low_thresholds_only():
    # IoU 8 / 10 = 0.8: right at 0.50, 0.55, ..., 0.80, seven of ten thresholds.
    truth = ids("11111 11111 00000")
    guess = objects("11110 11110 00000", scores=[0.5])
    scores = average_precision([match_picture(truth, [1], guess)], [1])
    assert (scores["ap50"], scores["ap75"]) == (1, 1)
    assert scores["ap"] == pytest.approx(0.7)


def test_ap_is_undefined_without_objects_and_nought_without_predictions():
    nothing = average_precision([match_picture(ids("00 00"), [], objects("10 00"))], [1])
    assert all(np.isnan(value) for value in nothing.values())
    assert all(np.isnan(value) for value in average_precision([], [1]).values())
    blind = average_precision([match_picture(ids("01 00"), [1], EMPTY)], [1, 2])
    assert (blind["ap"], blind["ap_small"]) == (0, 0)
    assert np.isnan(blind["ap_large"])


def test_ap_by_size_takes_terciles_of_the_true_areas():
    truth = ids("1022033 0022033 0000033")
    guess = objects("0022000 0022000 0000000", "0000011 0000011 0000011", scores=[0.9, 0.9])
    scores = average_precision([match_picture(truth, [1, 1, 1], guess)], [1])
    assert [scores[f"ap_{size}"] for size in ("small", "medium", "large")] == [0, pytest.approx(1), pytest.approx(1)]


def test_ap_allows_as_many_detections_as_the_fullest_picture_has_objects():
    truth = np.arange(1, 145).reshape(12, 12)
    guess = objects(*(truth == number for number in range(1, 145)))
    assert average_precision([match_picture(truth, [1] * 144, guess)], [1])["ap"] == pytest.approx(1)


def test_panoptic_quality_by_hand():
    # IoU 4/5 and a miss; a wrong prediction: sq 4/5, rq 1 / (1 + 1/2 + 1/2).
    truth = ids("11000 11022 00022")
    guess = objects("11100 11000 00000", "00000 00000 11000")
    scores = panoptic_quality([match_picture(truth, [1, 1], guess)], [1])
    assert scores == {"pq": pytest.approx(0.4), "sq": pytest.approx(0.8), "rq": pytest.approx(0.5)}


def test_panoptic_quality_wants_the_class_right_and_means_over_classes():
    truth = ids("1122 1122")
    guess = objects("1100 1100", "0011 0011", classes=[1, 1])
    scores = panoptic_quality([match_picture(truth, [1, 2], guess)], [1, 2, 3])
    assert scores["pq"] == pytest.approx((1 / 1.5 + 0) / 2)
    assert scores["sq"] == pytest.approx(1)  # class 2 was never found, so nobody knows how well it is cut out


def test_panoptic_quality_of_nothing():
    nothing = panoptic_quality([match_picture(ids("00"), [], EMPTY)], [1])
    assert all(np.isnan(value) for value in nothing.values())
    blind = panoptic_quality([match_picture(ids("11"), [1], EMPTY)], [1])
    assert (blind["pq"], blind["rq"]) == (0, 0)
    assert np.isnan(blind["sq"])


def test_what_is_excused_does_not_count_against_a_model_but_may_find():
    truth, ignored = ids("1000 0000"), ids("0111 1111") > 0
    spurious = match_picture(truth, [1], objects("0011 0011", scores=[0.9]), ignored)
    assert panoptic_quality([spurious], [1])["rq"] == 0
    both = match_picture(truth, [1], objects("0011 0011", "1000 1100", scores=[0.9, 0.8]), ignored)
    assert both.excused.tolist() == [True, True]
    assert panoptic_quality([both], [1])["pq"] == pytest.approx(1)
    assert average_precision([both], [1])["ap"] == pytest.approx(1)


def test_errors_of_counts_signed_and_absolute():
    truth, guess = np.array([3.0, 5, 0]), np.array([1.0, 6, 0])
    assert mean_count_error(truth, guess) == {"signed": pytest.approx(-1 / 3), "absolute": pytest.approx(1)}
    by_class = np.array([[NAN, 1, 2], [NAN, 0, 5]])
    assert mean_count_error(by_class, by_class[:, [0, 2, 1]]) == {"signed": 0, "absolute": 0}
    assert all(np.isnan(value) for value in mean_count_error(np.zeros(0), np.zeros(0)).values())


# Against pycocotools and torchmetrics

Drawn = tuple[np.ndarray, list[int], Objects, np.ndarray]


def draw(seed: int, pictures: int, overlap: bool, ignore: bool) -> list[Drawn]:
    """Random pictures: ids, classes, predictions (moved, merged, doubled, of the wrong class), ignored pixels."""
    random = np.random.default_rng(seed)
    y, x = np.indices((48, 56))

    def disc() -> np.ndarray:
        a, b, r = random.uniform(0, 56), random.uniform(0, 48), random.uniform(1, 9)
        return (x - a) ** 2 + (y - b) ** 2 <= r * r

    drawn: list[Drawn] = []
    for number in range(pictures):
        truth, ignored = np.zeros((48, 56), int), np.zeros((48, 56), bool)
        if ignore:
            ignored |= (x > random.integers(20, 60)) & (y > random.integers(0, 30))
        for _ in range(0 if number % 5 == 0 else random.integers(1, 12)):
            truth[disc() & ~ignored] = truth.max() + 1
        classes = random.integers(1, 4, truth.max())
        _, truth = np.unique(np.append(truth.ravel(), 0), return_inverse=True)
        truth = truth[:-1].reshape(48, 56)
        classes = classes[: truth.max()].tolist()
        masks = [np.roll(truth == i + 1, random.integers(-1, 2, 2), (0, 1)) for i in range(truth.max())]
        labels = [c if random.random() < 0.8 else int(random.integers(1, 4)) for c in classes]
        keep = [i for i in range(len(masks)) if random.random() < 0.85]
        masks, labels = [masks[i] for i in keep], [labels[i] for i in keep]
        for _ in range(0 if number % 7 == 0 else random.integers(0, 4)):
            masks.append(disc())
            labels.append(int(random.integers(1, 4)))
        pairs = [(mask, label) for mask, label in zip(masks, labels, strict=True) if mask.any()]
        scores = [float(random.integers(1, 30)) / 32 for _ in pairs]  # with ties
        guess = objects(*(m for m, _ in pairs), classes=[c for _, c in pairs], scores=scores)
        drawn.append((truth, classes, guess if overlap else visible(guess, 48, 56), ignored))
    return drawn


def whole(guess: Objects, number: int) -> np.ndarray:
    left, top, right, bottom = guess.boxes[number]
    mask = np.zeros((48, 56), bool)
    mask[top:bottom, left:right] = guess.masks[number]
    return mask


def by_pycocotools(drawn: list[Drawn], classes: list[int]) -> dict[str, float]:
    """AP of the same masks in COCO's own code, by runs; what lies mostly in ignored pixels is nowhere near an area."""
    from pycocotools import mask as runs
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    true, guessed, areas = [], [], []
    for picture_id, (truth, of_class, guess, ignored) in enumerate(drawn, start=1):
        for i, c in enumerate(of_class):
            area = int((truth == i + 1).sum())
            areas.append(area)
            run = runs.encode(np.asfortranarray(truth == i + 1, np.uint8))
            true.append({"image_id": picture_id, "category_id": c, "segmentation": run, "area": area, "iscrowd": 0})
        for i, (c, score) in enumerate(zip(guess.classes.tolist(), guess.scores.tolist(), strict=True)):
            mask = whole(guess, i)
            seen = mask & ~ignored
            mostly = 2 * seen.sum() < mask.sum()
            run = runs.encode(np.asfortranarray(seen, np.uint8))
            guessed.append({"image_id": picture_id, "category_id": c, "segmentation": run, "score": score})
            guessed[-1] |= {"area": 1e12 if mostly else int(seen.sum()), "iscrowd": 0}
    images = [{"id": i + 1, "height": 48, "width": 56} for i in range(len(drawn))]
    low, high = np.quantile(areas, [1 / 3, 2 / 3])
    with contextlib.redirect_stdout(io.StringIO()):
        sets = []
        for annotations in (true, guessed):
            coco = COCO()
            for number, annotation in enumerate(annotations, start=1):
                annotation["id"] = number
            coco.dataset = {"images": images, "categories": [{"id": c} for c in classes], "annotations": annotations}
            coco.createIndex()
            sets.append(coco)
        judge = COCOeval(*sets, "segm")
        judge.params.areaRng = [[0, 1e10], [0, low], [low + 1e-6, high], [high + 1e-6, 1e10]]
        judge.evaluate()
        judge.accumulate()
    precision = np.where(judge.eval["precision"] < 0, np.nan, judge.eval["precision"])[..., -1]
    cuts = {"ap": precision[..., 0], "ap50": precision[0, ..., 0], "ap75": precision[5, ..., 0]}
    cuts |= {f"ap_{size}": precision[..., i] for i, size in enumerate(("small", "medium", "large"), start=1)}
    return {name: float(np.nanmean(cut)) for name, cut in cuts.items()}


@pytest.mark.parametrize("overlap", [True, False], ids=["overlapping", "parted"])
@pytest.mark.parametrize("ignore", [False, True], ids=["all known", "some ignored"])
@pytest.mark.slow
def test_ap_agrees_with_pycocotools(overlap, ignore):
    for seed in range(3):
        drawn = draw(seed, 30, overlap, ignore)
        matches: list[Matches] = [match_picture(*each) for each in drawn]
        assert any(len(m.true) == 0 for m in matches)
        assert any(len(m.guessed) == 0 for m in matches)
        assert any(m.excused.any() for m in matches) == ignore
        ours = average_precision(matches, [1, 2, 3, 4])
        assert 0.1 < ours["ap"] < 0.9
        assert ours == pytest.approx(by_pycocotools(drawn, [1, 2, 3, 4]), abs=1e-6)


@pytest.mark.slow
def test_panoptic_quality_agrees_with_torchmetrics():
    from torchmetrics.functional.detection import panoptic_quality as peer_quality

    for seed in range(3):
        drawn = draw(seed, 20, overlap=False, ignore=False)
        truths, guesses = np.zeros((2, 20, 48, 56, 2), int)
        for i, (truth, classes, guess, _) in enumerate(drawn):
            truths[i] = np.stack([np.array([0, *classes])[truth], truth], -1)
            painted = guess.paint(48, 56)
            guesses[i] = np.stack([np.append(0, guess.classes)[painted], painted], -1)
        ours = panoptic_quality([match_picture(*each) for each in drawn], [1, 2, 3])
        peer = peer_quality(
            torch.from_numpy(guesses), torch.from_numpy(truths), {1, 2, 3}, {0}, return_sq_and_rq=True,
            return_per_class=True,
        )  # fmt: skip
        # torchmetrics judges the background too, as stuff; it gives classes in the order of its own list.
        things = peer.reshape(-1, 3)[:3].mean(0)
        assert 0.2 < ours["pq"] < 0.9
        assert [ours["pq"], ours["sq"], ours["rq"]] == pytest.approx(things.tolist(), abs=1e-6)


# Boxes and dots


def boxed(sides: list[list[list[float]]], classes: list[list[int]], words: Vocabulary) -> Scenes:
    """Pictures of 64 px with true boxes alone."""
    images = torch.zeros(len(sides), 3, 64, 64, dtype=torch.uint8)
    ids = tuple(map(str, range(len(sides))))
    objects = torch.tensor(classes, dtype=torch.uint8)
    return Scenes(images, None, None, None, objects, words, ids, boxes=torch.tensor(sides))


def test_average_precision_of_boxes_is_that_of_pycocotools():
    rng = np.random.default_rng(0)
    n, k = 12, 9
    low = rng.integers(0, 40, (n, k, 2))
    true = np.concatenate([low, low + rng.integers(4, 24, (n, k, 2))], 2).astype(np.float32)
    classes = rng.integers(1, 3, (n, k))
    noise = (true + rng.normal(0, 2, true.shape)).astype(np.float32)
    noise[..., 2:] = np.maximum(noise[..., 2:], noise[..., :2] + 1)
    scores = rng.permutation(n * k).reshape(n, k).astype(np.float32) / (n * k)
    kinds = np.where(rng.random((n, k)) < 0.85, classes, 3 - classes)
    words = Vocabulary("two", (), ("none", "a", "b"), ("a", "b"), None, {}, (), ("#000000", "#111111", "#222222"))
    scenes = boxed(true.tolist(), classes.tolist(), words)
    found = [Boxes(noise[i], kinds[i], scores[i]) for i in range(n)]
    ours = average_precision(match_boxes(scenes, found), (1, 2))

    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    def rows(boxes, names, marks):
        return [
            {"id": i * k + j + 1, "image_id": i, "category_id": int(names[i, j]), "iscrowd": 0,
             "score": float(marks[i, j]),
             "bbox": [float(v) for v in (*boxes[i, j, :2], *(boxes[i, j, 2:] - boxes[i, j, :2]))],
             "area": float(np.prod(boxes[i, j, 2:] - boxes[i, j, :2]))}
            for i in range(n) for j in range(k)
        ]  # fmt: skip

    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {"images": [{"id": i} for i in range(n)], "categories": [{"id": 1}, {"id": 2}],
                        "annotations": rows(true, classes, np.ones((n, k)))}  # fmt: skip
        coco.createIndex()
        judged = COCOeval(coco, coco.loadRes(rows(noise, kinds, scores)), "bbox")
        judged.evaluate()
        judged.accumulate()
        judged.summarize()
    assert (ours["ap"], ours["ap50"], ours["ap75"]) == pytest.approx(judged.stats[:3], abs=1e-6)


def test_dots_find_each_object_once():
    words = Vocabulary("dots", (), ("none", "dot"), ("dot",), None, {}, (), ("#000000", "#111111"))
    given = torch.stack([picture("1100 1100 0022")])
    image, mask = torch.zeros(1, 3, 3, 4, dtype=torch.uint8), (given > 0).to(torch.uint8)
    masked = Scenes(image, None, mask, given.to(torch.int16),
                    torch.ones(1, 2, dtype=torch.uint8), words, ("p",))  # fmt: skip
    dots = Points(np.array([[0.5, 0.5], [1.5, 1.5], [3.5, 2.5], [3.5, 0.5]], np.float32), np.ones(4, np.int64),
                  np.ones(4, np.float32))  # fmt: skip
    assert find_by_points(masked, [dots]) == (2, 4, 2)  # the second lies on what was found, the last on nothing
    other = Points(dots.points, np.full(4, 2), dots.scores)
    assert find_by_points(masked, [other])[0] == 0  # of another class
    alone = boxed([[[0.0, 0, 2, 2], [2, 2, 4, 3]]], [[1, 1]], words)
    assert find_by_points(alone, [dots]) == (2, 4, 2)
