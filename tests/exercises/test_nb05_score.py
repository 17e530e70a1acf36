"""The exercises of notebook 05: right answers pass, mistakes get their own hint, and its parts give known numbers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from text_pictures import picture

import vislab as vl
from vislab.evaluation.metrics.instances import average_precision, match_objects
from vislab.exercises.nb05_score import checks as check
from vislab.exercises.nb05_score.figures import show_curves, show_matches, show_overlaps
from vislab.exercises.nb05_score.model_answers import RECALLS, match_by_score, pooled_ap
from vislab.exercises.nb05_score.photos import find_people, try_photographs
from vislab.exercises.nb05_score.segmenters import ground_truth, hand_in_others
from vislab.models.predictions import InstancePrediction, RegressionPrediction


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("VISLAB_HOME", str(tmp_path))


def assert_wrong(answer, keyword):
    assert answer.outcome == "wrong"
    assert keyword in answer.hint, answer.hint


# Match by IoU


def union(mine, other):
    return (mine & other).sum() / (mine | other).sum()


def match(
    truth, predicted, scores, min_iou, iou=union, order=lambda s: np.argsort(-s), free=True, good=np.greater_equal
):
    """A learner's loop with its mistakes as switches."""
    found = np.zeros(len(scores), int)
    for i in order(scores):
        best = 0.0
        for j in range(1, truth.max() + 1):
            if free and j in found:
                continue
            value = iou(predicted == i + 1, truth == j)
            if good(value, min_iou) and value > best:
                best, found[i] = value, j
    return found


def match_by_table(truth, predicted, scores, min_iou):
    """Another right way: a table of IoUs, whose columns are struck out."""
    table = np.zeros((len(scores), truth.max()))
    for i, j in np.ndindex(*table.shape):
        table[i, j] = union(predicted == i + 1, truth == j + 1)
    answer = [0] * len(scores)
    for _, i in sorted(zip(-scores, range(len(scores)), strict=True)):
        if table.shape[1] and table[i].max() >= min_iou:
            answer[i] = int(table[i].argmax()) + 1
            table[:, answer[i] - 1] = -1
    return answer


def by_truth(truth, predicted, scores, min_iou):
    """Every true object takes the first prediction that does."""
    found = np.zeros(len(scores), int)
    for j in range(1, truth.max() + 1):
        for i in range(len(scores)):
            if found[i] == 0 and union(predicted == i + 1, truth == j) >= min_iou:
                found[i] = j
                break
    return found


def first_that_does(truth, predicted, scores, min_iou):
    found = np.zeros(len(scores), int)
    for i in np.argsort(-scores):
        for j in range(1, truth.max() + 1):
            if j not in found and union(predicted == i + 1, truth == j) >= min_iou:
                found[i] = j
                break
    return found


def best_pair(truth, predicted, scores, min_iou):
    found = np.zeros(len(scores), int)
    pairs = sorted(((union(predicted == i + 1, truth == j), i, j) for i in range(len(scores))
                    for j in range(1, truth.max() + 1)), reverse=True)  # fmt: skip
    for value, i, j in pairs:
        if value >= min_iou and found[i] == 0 and j not in found:
            found[i] = j
    return found


def gives_up(truth, predicted, scores, min_iou):
    found = np.zeros(len(scores), int)
    for i in np.argsort(-scores):
        values = [union(predicted == i + 1, truth == j) for j in range(1, truth.max() + 1)] or [0]
        j = int(np.argmax(values)) + 1
        if max(values) >= min_iou and j not in found:
            found[i] = j
    return found


@pytest.mark.slow
def test_match():
    assert check.match(match).outcome == "right"
    assert check.match(match_by_table).outcome == "right"
    for mistake, hint in [
        (lambda *given: match(*given, free=False), "can be found once"),
        (lambda *given: match(*given, order=lambda s: range(len(s))), "order of their ids"),
        (lambda *given: match(*given, order=np.argsort), "sort `-scores`"),
        (lambda *given: match(*given, good=np.greater), "`>=`, not `>`"),
        (lambda *given: match(*given, iou=lambda a, b: (a & b).sum() / b.sum()), "intersection by the true object"),
        (lambda *given: match(*given, iou=lambda a, b: (a & b).sum() / max(a.sum(), 1)), "predicted object"),
        (lambda *given: match(*given, iou=lambda a, b: (a & b).sum() / (a.sum() + b.sum())), "sum of both"),
        (best_pair, "best pair"),
        (gives_up, "gave up"),
        (first_that_does, "Take the best of them"),
        (lambda *given: match(*given) - 1, "from 1, and 0 for none"),
        (lambda t, s, scores, min_iou: match(t, s, scores, 0.0), "however small"),
        (lambda t, s, scores, min_iou: match(t, s, scores, min_iou)[np.argsort(-scores)], "order of the predictions"),
        (by_truth, "order of their ids"),
        (lambda t, s, scores, min_iou: 0 * match(t, s, scores, min_iou), "ids need not agree"),
    ]:
        assert_wrong(check.match(mistake), hint)


def test_matches_are_shown_as_pictures():
    answer = check.match(lambda *given: match(*given, iou=lambda a, b: (a & b).sum() / b.sum()))
    assert [panel.title for panel in answer.panels[:2]] == ["truth", "predicted"]
    assert answer.panels[0].value.tolist()[1] == [0, 0, 1, 0, 0]
    assert "<table" in answer._repr_mimebundle_()["text/html"]
    assert check.match(lambda *given: None).outcome == "not yet tried"
    assert check.match(lambda *given: [[0, 0]]).outcome == "wrong shape"


# Average precision over several pictures


def ap(scores, right, n_true, order=-1, levels=RECALLS, best=True, found=False, pool=True):
    if sum(n_true) == 0:
        return float("nan")
    flags = np.concatenate(right)
    if order:
        flags = flags[np.argsort(order * np.concatenate(scores), kind="stable")]
    hits = np.cumsum(flags)
    recall, precision = hits / (max(hits[-1], 1) if found else sum(n_true)), hits / (np.arange(len(hits)) + 1)
    total = 0.0
    for level in levels:
        later = precision[recall >= level]
        total += (later.max() if best else later[0]) if len(later) else 0
    return total / len(levels)


def ap_by_loop(scores, right, n_true):
    """Another right way: one threshold after another, from the highest, as one would slide it."""
    pairs = sorted(((s, r) for ss, rr in zip(scores, right, strict=True) for s, r in zip(ss, rr, strict=True)),
                   key=lambda pair: -pair[0])  # fmt: skip
    points = []
    for number in range(1, len(pairs) + 1):
        hits = sum(bool(r) for _, r in pairs[:number])
        points.append((hits / sum(n_true) if sum(n_true) else 0, hits / number))
    reached = [max([p for r, p in points if r >= level], default=0.0) for level in np.arange(101) / 100]
    return sum(reached) / 101 if sum(n_true) else float("nan")


@pytest.mark.slow
def test_pooled_precision():
    assert check.pooled_precision(ap).outcome == "right"
    assert check.pooled_precision(ap_by_loop).outcome == "right"

    def each(scores, right, n_true):
        return np.nanmean([ap([s], [r], [n]) if len(s) else (0 if n else np.nan)
                           for s, r, n in zip(scores, right, n_true, strict=True)])  # fmt: skip

    def each_sorted(scores, right, n_true):
        sorted_ones = [r[np.argsort(-s)] for s, r in zip(scores, right, strict=True)]
        return ap(scores, sorted_ones, n_true, order=0)

    def hits_of(scores, right):
        flags = np.concatenate(right)[np.argsort(-np.concatenate(scores))]
        return np.cumsum(flags), flags

    def plain_mean(scores, right, n_true):
        hits, flags = hits_of(scores, right)
        return (hits / np.arange(1, len(hits) + 1))[flags > 0].sum() / sum(n_true) if sum(n_true) else np.nan

    def exact(scores, right, n_true):
        hits, flags = hits_of(scores, right)
        best = np.maximum.accumulate((hits / np.arange(1, len(hits) + 1))[::-1])[::-1]
        return best[flags > 0].sum() / sum(n_true) if sum(n_true) else np.nan

    def of_all(scores, right, n_true):
        hits, _ = hits_of(scores, right)
        precision, recall = hits / len(hits), hits / max(sum(n_true), 1)
        return np.mean([precision[recall >= r].max(initial=0) for r in RECALLS]) if sum(n_true) else np.nan

    def by_predictions(scores, right, n_true):
        return ap(scores, right, [len(np.concatenate(scores))]) if sum(n_true) else np.nan

    def points(scores, right, n_true):
        hits, _ = hits_of(scores, right)
        return hits / sum(n_true), hits / np.arange(1, len(hits) + 1)

    def reached_only(scores, right, n_true):
        if sum(n_true) == 0:
            return np.nan
        recall, precision = points(scores, right, n_true)
        return np.mean([precision[recall >= level].max() for level in RECALLS if (recall >= level).any()])

    def above(scores, right, n_true):
        recall, precision = points(scores, right, n_true)
        return np.mean([precision[recall > level].max(initial=0) for level in RECALLS]) if sum(n_true) else np.nan

    def before(scores, right, n_true):
        recall, precision = points(scores, right, n_true)
        return np.mean([precision[recall <= level].max(initial=0) for level in RECALLS]) if sum(n_true) else np.nan

    def between(scores, right, n_true, best=False, beyond=None):
        recall, precision = points(scores, right, n_true)
        if best:
            precision = np.maximum.accumulate(precision[::-1])[::-1]
        return np.interp(RECALLS, recall, precision, right=beyond).mean() if sum(n_true) else np.nan

    def trapezoid(scores, right, n_true):
        recall, precision = points(scores, right, n_true)
        widths = recall[1:] - recall[:-1]
        return np.sum(widths * (precision[1:] + precision[:-1]) / 2) if sum(n_true) else np.nan

    def by_pictures(scores, right, n_true):
        return ap(scores, right, [len(n_true)]) if sum(n_true) else np.nan

    for mistake, hint in [
        (reached_only, "that no recall reaches"),
        (above, "exactly at a level"),
        (before, "before a level"),
        (between, "straight lines"),
        (lambda *given: between(*given, beyond=0), "straight lines"),
        (lambda *given: between(*given, best=True, beyond=0), "straight lines"),
        (trapezoid, "straight lines"),
        (by_pictures, "number of pictures"),
        (each, "each picture's own average precision"),
        (lambda *given: ap(*given, order=0), "not sorted by score"),
        (each_sorted, "sorted on its own"),
        (lambda *given: ap(*given, order=1), "lowest score comes first"),
        (lambda *given: ap(*given, best=False), "there or later"),
        (plain_mean, "mean precision at the right predictions"),
        (exact, "exact area"),
        (lambda *given: ap(*given, found=True), "that were found"),
        (by_predictions, "divided by the number of predictions"),
        (of_all, "number of all predictions"),
        (lambda *given: ap(*given, levels=np.linspace(0, 1, 11)), "eleven levels"),
        (lambda s, r, n: ap(s, r, n) if sum(n) else 0, "return NaN"),
        (lambda s, r, n: 0.5 * ap(s, r, n), "cannot hurt"),
    ]:
        assert_wrong(check.pooled_precision(mistake), hint)
    assert check.pooled_precision(lambda s, r, n: ap(s, r, n) if sum(n) else 1 / 0).outcome == "stopped"

    def without_a_start(scores, right, n_true):
        recall, precision = points(scores, right, n_true)
        return np.mean([precision[recall >= level].max() for level in RECALLS])

    empty = check.pooled_precision(without_a_start)
    assert empty.outcome == "stopped"
    assert "each of them counts as 0" in empty.hint


# Boxes only


def box_iou(a, b, end=1, clip=lambda v: max(v, 0), over=lambda both, a, b: a + b - both):
    (ya, xa), (yb, xb) = np.nonzero(a), np.nonzero(b)
    wide = clip(min(xa.max(), xb.max()) + end - max(xa.min(), xb.min()))
    high = clip(min(ya.max(), yb.max()) + end - max(ya.min(), yb.min()))
    sizes = [(x.max() + end - x.min()) * (y.max() + end - y.min()) for x, y in ((xa, ya), (xb, yb))]
    below = over(wide * high, *sizes)
    return wide * high / below if below else float("nan")


def box_iou_by_masks(a, b):
    """Another right way: fill the boxes, then count pixels."""
    full = []
    for mask in (a, b):
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        box = np.zeros_like(mask)
        box[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = True
        full.append(box)
    return (full[0] & full[1]).sum() / (full[0] | full[1]).sum()


@pytest.mark.slow
def test_box_iou():
    right = check.box_iou(box_iou)
    assert right.outcome == "right"
    assert "IoU of 1.00" in right.sentence
    assert not (right.panels[0].value.astype(bool) & right.panels[1].value.astype(bool)).any()
    assert check.box_iou(box_iou_by_masks).outcome == "right"

    def swapped(a, b):
        return box_iou_by_masks(np.pad(a, ((0, 12 - a.shape[0]), (0, 12 - a.shape[1]))),
                                np.pad(b, ((0, 12 - b.shape[0]), (0, 12 - b.shape[1]))).T)  # fmt: skip

    def around_both(a, b):
        ys, xs = np.nonzero(a | b)
        return box_iou(a, b, over=lambda *_: (np.ptp(ys) + 1) * (np.ptp(xs) + 1))

    def box_of_the_shared(a, b, below=None):
        if not (a & b).any():
            return 0.0
        shared, around = (
            (rows.max() - rows.min() + 1) * (columns.max() - columns.min() + 1)
            for rows, columns in (np.nonzero(a & b), np.nonzero(a | b))
        )
        return shared / (below(a, b, shared) if below else around)

    def both_boxes_less(a, b, shared):
        return sum(np.prod([np.ptp(n) + 1 for n in np.nonzero(mask)]) for mask in (a, b)) - shared

    for mistake, hint in [
        (box_of_the_shared, "pixels that the masks share"),
        (lambda a, b: box_of_the_shared(a, b, both_boxes_less), "pixels that the masks share"),
        (lambda a, b: box_iou(a, b, end=0), "one pixel too narrow"),
        (lambda a, b: box_iou(a, b, end=0, clip=lambda v: v), "one pixel too narrow"),
        (lambda a, b: (a & b).sum() / (a | b).sum(), "IoU of the masks"),
        (lambda a, b: box_iou(a, b, clip=lambda v: v), "two negatives"),
        (lambda a, b: box_iou(a, b, clip=abs), "A gap between two boxes"),
        (lambda a, b: box_iou(a, b, over=lambda both, p, q: p + q), "minus the intersection"),
        (lambda a, b: box_iou(a, b, over=lambda both, p, q: p), "not by the first box"),
        (lambda a, b: box_iou(a, b, over=lambda both, p, q: q), "not by the second box"),
        (lambda a, b: box_iou(a, b, over=lambda both, p, q: min(p, q)), "the smaller box"),
        (around_both, "box around both"),
        (swapped, "x and y swapped"),
        (lambda a, b: box_iou(a[:1] * 0 + a.any(0), b[:1] * 0 + b.any(0)), "only the widths"),
        (lambda a, b: box_iou(a.any(1)[:, None], b.any(1)[:, None]), "only the heights"),
        (lambda a, b: int(box_iou(a, b)), "whole number"),
        (lambda a, b: 0.9 * box_iou(a, b), "2 pixels of 6"),
    ]:
        assert_wrong(check.box_iou(mistake), hint)


# What the notebook computes


@pytest.fixture(scope="module")
def smears():
    return vl.draw("smear", 12, seed=5)


def waver(scenes, seed=0):
    """The true objects, moved by a pixel or two, with random scores."""
    chance, moved = np.random.default_rng(seed), []
    for one in ground_truth(scenes).objects:
        shift = np.tile(chance.integers(-2, 3, (len(one), 2)), 2)
        boxes = np.clip(one.boxes + shift, 0, np.array(scenes.size * 2)[[1, 0, 1, 0]])
        masks = tuple(mask[: b - t, : r - left] for mask, (left, t, r, b) in zip(one.masks, boxes, strict=True))
        scores = chance.permutation(np.linspace(0.1, 0.9, len(one))).astype(np.float32)
        moved.append(replace(one, boxes=boxes, masks=masks, scores=scores))
    return InstancePrediction("waver", scenes.vocabulary, scenes.ids, tuple(moved), scenes.size)


def test_average_precision_of_parts_is_the_packages_own(smears):
    pictures = match_objects(smears, waver(smears).objects)
    for kinds in ((1,), (2,), (1, 2)):
        values = []
        for min_iou in np.arange(50, 100, 5) / 100:
            for kind in kinds:
                mine = [one.guessed == kind for one in pictures]
                scores = [one.scores[m] for one, m in zip(pictures, mine, strict=True)]
                right = [match_by_score(one.iou[m][:, one.true == kind], one.scores[m], min_iou) >= 0
                         for one, m in zip(pictures, mine, strict=True)]  # fmt: skip
                values.append(pooled_ap(scores, right, [int((one.true == kind).sum()) for one in pictures]))
        assert 0.1 < np.mean(values) < 0.9
        assert np.nanmean(values) == pytest.approx(average_precision(pictures, kinds)["ap"], abs=1e-9)


def test_average_precision_by_hand():
    assert np.isnan(pooled_ap([np.array([0.9])], [np.array([False])], [0]))
    five = [np.arange(5, 0, -1)], [np.array([True, False, True, True, False])]
    assert pooled_ap(*five, [4]) == pytest.approx((26 * 1 + 50 * 0.75) / 101)  # as the notebook works it out on paper


def test_the_ground_truth_scores_1(smears):
    assert vl.evaluate(ground_truth(smears), smears)["ap"] == 1


def test_b_counts_as_its_counter_does(smears):
    album, pictures = smears[:8], smears[8:]
    sizes = album.count_objects().sum(1)
    wanted = torch.tensor([float(sizes[3]), float(sizes[5]), float(sizes[3]), 0.0])
    count = torch.stack([torch.full((4,), torch.nan), wanted, torch.zeros(4)], 1)
    counter = RegressionPrediction("r", album.vocabulary, pictures.ids, torch.zeros(4, 2), torch.zeros(4), count)
    prediction = hand_in_others(counter, album)
    assert prediction.ids == pictures.ids
    assert [len(one) for one in prediction.objects] == [*(int(n) for n in wanted[:3]), int(sizes.min())]


@pytest.mark.slow
def test_figures_say_what_they_show(smears):
    prediction = waver(smears)
    sheet = show_overlaps(smears, prediction, (0.6, 0.8))
    assert "IoUs: 0." in sheet.alt
    assert "<img" in sheet.to_html()
    first = replace(prediction, ids=prediction.ids[:1], objects=prediction.objects[:1])
    matches = match_objects(smears[:1], first.objects)[0]
    finds = match_by_score(matches.iou, matches.scores, 0.75)
    sheet = show_matches(smears[:1], first, finds)
    assert sheet.alt.startswith(f"{(finds >= 0).sum()} ")
    assert "<img" in sheet.to_html()
    line = (np.array([0.5, 0.5, 1.0]), np.array([1.0, 0.5, 2 / 3]))
    assert "up to recall 1.00" in show_curves({"a": line}).alt


class Painter(torch.nn.Module):
    """In each photograph a person of score 0.9 in the upper half, and a dog."""

    def forward(self, pictures):
        masks = torch.zeros(2, 1, *pictures[0].shape[-2:])
        masks[:, :, : masks.shape[2] // 2] = 1
        one = {"boxes": torch.zeros(2, 4), "labels": torch.tensor([1, 18]), "scores": torch.tensor([0.9, 0.8])}
        return [one | {"masks": masks} for _ in pictures]


def test_people_are_found_by_another_net_and_dogs_are_not(smears):
    words = replace(smears.vocabulary, name="people", classes=("background", "person"), things=("person",),
                    colours=smears.vocabulary.colours[:2], share=((), ()), rule=None)  # fmt: skip
    photographs = replace(smears[:2], vocabulary=words, labels=None, objects=smears[:2].objects.clamp(max=1),
                          semantic=smears[:2].semantic.clamp(max=1))  # fmt: skip
    people = find_people(photographs, Painter())
    assert [one.boxes.tolist() for one in people.objects] == [[[0, 0, 96, 48]]] * 2
    assert "ap" in vl.evaluate(people, photographs)


@pytest.mark.slow
def test_without_a_network_one_line_says_so(tmp_path, monkeypatch, capsys):
    from urllib.error import URLError

    def fails(*given, **more):
        raise URLError("no route to host")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    monkeypatch.setattr(torch.hub, "download_url_to_file", fails)
    monkeypatch.setattr("vislab.data.datasets.load.load", lambda *given, **more: vl.draw("smear", 1, seed=1))
    assert try_photographs() is None
    printed = capsys.readouterr().out
    assert printed.startswith("Not here: ")
    assert "no route to host" in printed
    assert printed.count("\n") == 1


def test_what_the_notebook_quotes_is_what_was_measured():
    root = Path(__file__).parents[2]
    text = (root / "notebooks/source/05_score_an_instance_segmenter.py").read_text(encoding="utf-8")
    table = (root / "benchmarks/results/peers.md").read_text(encoding="utf-8")
    for model, row in (
        ("vislab, instance", "a model like A"),
        ("Mask R-CNN, ResNet-18 FPN (torchvision)", "the small Mask R-CNN"),
    ):
        quoted = next(line for line in text.split("\n") if line.startswith(f"# | {row}"))
        seconds = quoted.split("|")[2].strip().removesuffix(" s")
        line = next(line for line in table.split("\n") if line.startswith(f"| {model} | {seconds} |"))
        ap, ap50, off = [cell.split("(")[0].strip() for cell in line.split("|")[7:10]]
        assert f"| {seconds} s | {ap} | {ap50} | {float(off):.2f} |" in quoted


def test_the_halves_of_the_check_have_an_iou_of_one_half():
    assert union(picture("1111 1111") == 1, picture("1122 1122") == 1) == 0.5
