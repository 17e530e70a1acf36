"""The exercises of notebook 02: what a right answer passes, what the likely mistakes are told, what it looks at."""

import math

import numpy as np
import pytest
import torch

import vislab as vl
from vislab.exercises.nb02_trust import checks as check
from vislab.exercises.nb02_trust.figures import (
    RULES,
    as_mask,
    evidence_maps,
    show_evidence,
    show_pairs,
    show_reliability,
    two_classifiers,
    without_platelets,
)
from vislab.models.predictions import ClassPrediction


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("VISLAB_HOME", str(tmp_path))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


def answered(exercise, mistake):
    """The hint that a mistake is shown; it must be wrong, or have stopped."""
    answer = exercise(mistake)
    assert answer.outcome in ("wrong", "stopped"), answer
    return answer.hint


# A threshold that finds a share of the infected


def by_sorting(scores, infected, share, places=-1, rounded=math.ceil):
    falling = np.sort(scores[infected])[::-1]
    return falling[rounded(share * len(falling)) + places] if len(falling) else np.nan


def by_trying(scores, infected, share, enough=lambda s, i, t: (s[i] >= t).mean()):
    fits = [t for t in scores if infected.any() and enough(scores, infected, t) >= share]
    return max(fits, default=np.nan)


def most_accurate(scores, infected, share):
    return max(sorted(scores, reverse=True), key=lambda t: ((scores >= t) == infected).sum())


def on_a_grid(scores, infected, share):
    return max(t for t in np.linspace(0, 1, 101) - 0.005 if (scores[infected] >= t).mean() >= share)


def test_threshold_for():
    assert check.threshold_for(by_sorting).outcome == "right"
    assert check.threshold_for(by_trying).outcome == "right"


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        (lambda s, i, h: by_sorting(s, ~i, h), "scores of the healthy"),
        (lambda s, i, h: np.quantile(s, 1 - h), "quantile of all scores"),
        (lambda s, i, h: by_sorting(s, i | True, h), "sorts the scores of all"),
        (lambda s, i, h: np.quantile(s[i], 1 - h), "blends two"),
        (lambda s, i, h: by_sorting(s, i, h, rounded=int), "Round up"),
        (lambda s, i, h: by_sorting(s, i, h, places=-2), "one too few"),
        (lambda s, i, h: by_trying(s, i, h, lambda s, i, t: (s[i] > t).mean()), ">=, not >"),
        (lambda s, i, h: s[i].min(), "whatever `share` is"),
        (most_accurate, "the most right answers"),
        (lambda s, i, h: by_trying(s, i, h, lambda s, i, t: i[s >= t].mean()), "(precision)"),
        (lambda s, i, h: by_sorting(s, i, h, places=0), "one more than it must"),
        (on_a_grid, "finds itself"),
        (lambda s, i, h: by_sorting(s, i, h) if i.any() else 0.5, "NaN"),
    ],
)
def test_mistakes_about_the_threshold(mistake, hint):
    assert hint in answered(check.threshold_for, mistake)


def test_the_threshold_finds_what_it_should_and_the_next_higher_one_does_not():
    for trial in check.threshold_for.trials():
        scores, ill, share = trial.arguments.values()
        if ill.any():
            assert (scores[ill] >= trial.expected).mean() >= share
            assert (scores[ill] > trial.expected).mean() < share


# Find the leak


def repaired(scores, infected, patients, test=lambda p: p % 2 == 1):
    there = test(patients)
    least = min(score for score, ill, odd in zip(scores, infected, there, strict=True) if ill and not odd)
    return sum(scores[there & infected] >= least) / (there & infected).sum()


def leaky(scores, infected, patients):
    test = np.arange(len(scores)) % 2 == 1
    threshold = scores[infected].min()
    return (scores >= threshold)[infected & test].mean()


def test_honest_report():
    assert check.honest_report(lambda s, i, p: check.report_on(s, i, p)).outcome == "right"
    answer = check.honest_report(repaired)
    assert answer.outcome == "right"
    shares = {panel.title: panel.value for panel in answer.panels}
    assert shares["the leaky one"] == "100%"
    assert 0.8 < float(shares["yours"].rstrip("%")) / 100 < 1


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        (leaky, "It answers 1"),
        (lambda s, i, p: (s >= s[i].min())[i & (p % 2 == 1)].mean(), "It answers 1"),
        (lambda s, i, p: repaired(s, i, np.arange(len(s))), "Split the patients"),
        (lambda s, i, p: (s >= s[i & (p % 2 == 0)].min())[i].mean(), "Count the test's"),
        (lambda s, i, p: repaired(s, i, p, lambda p: p % 2 == 0), "changed places"),
        (lambda s, i, p: (s >= s[i & (p % 2 == 0)].min())[p % 2 == 1].mean(), "the healthy too. Sensitivity"),
        (lambda s, i, p: (s >= s[p % 2 == 0].min())[i & (p % 2 == 1)].mean(), "need find only the infected"),
        (lambda s, i, p: (s >= 0.5)[i & (p % 2 == 1)].mean(), "Patients 2 and 4"),
    ],
)
def test_mistakes_about_the_leak(mistake, hint):
    assert hint in answered(check.honest_report, mistake)


# Expected calibration error


def by_bins(scores, labels, bins, *, confidence=None, right=None, weigh=lambda gap, share: abs(gap) * share):
    confidence = scores.max(1) if confidence is None else confidence
    right = scores.argmax(1) == labels if right is None else right
    total = 0.0
    for b in range(bins):
        here = (confidence > b / bins) & (confidence <= (b + 1) / bins)
        if here.any():
            total += weigh(confidence[here].mean() - right[here].mean(), here.mean())
    return total if len(labels) else np.nan


def by_histogram(scores, labels, bins):
    """With np.digitize, and sums in place of means."""
    sure = scores.max(1)
    place = np.digitize(sure, np.linspace(0, 1, bins + 1)[1:-1], right=True)
    gap = np.bincount(place, sure - (scores.argmax(1) == labels), bins)
    return np.abs(gap).sum() / len(labels) if len(labels) else math.nan


def with_empty_bins(scores, labels, bins):
    place = np.ceil(scores.max(1) * bins)
    right = scores.argmax(1) == labels
    each = [(place == b, scores.max(1)[place == b]) for b in range(1, bins + 1)]
    return sum(here.mean() * abs(sure.mean() - right[here].mean()) for here, sure in each)


def gaps(scores, labels, bins):
    found = []
    by_bins(scores, labels, bins, weigh=lambda gap, share: found.append(abs(gap)) or 0)
    return found


def test_calibration_error():
    assert check.calibration_error(by_bins).outcome == "right"
    assert check.calibration_error(by_histogram).outcome == "right"


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        (lambda s, y, b: np.mean(gaps(s, y, b)), "as much as one of a hundred"),
        (lambda s, y, b: np.sum(gaps(s, y, b)) / b, "number of bins, empty ones too"),
        (lambda s, y, b: abs(s.max(1).mean() - (s.argmax(1) == y).mean()), "means over all pictures"),
        (lambda s, y, b: by_bins(s, y, b, weigh=lambda gap, share: gap * share), "keep their signs"),
        (lambda s, y, b: by_bins(s, y, b, weigh=lambda gap, share: -gap * share), "keep their signs"),
        (lambda s, y, b: by_bins(s, y, b, weigh=lambda gap, share: gap**2 * share), "squared"),
        (lambda s, y, b: max(gaps(s, y, b)), "maximum"),
        (lambda s, y, b: len(y) * by_bins(s, y, b), "divide by all pictures"),
        (with_empty_bins, "NaN swallows"),
        (lambda s, y, b: by_bins(s, y, b, confidence=s[:, 1]), "30 % infected is 70 % healthy"),
        (lambda s, y, b: by_bins(s, y, b, confidence=s[:, 1], right=y), "predicted label"),
        (lambda s, y, b: by_bins(s, y, b, confidence=s[range(len(y)), y]), "true label"),
        (lambda s, y, b: 0.0 if not len(y) else by_bins(s, y, b), "NaN"),
    ],
)
def test_mistakes_about_calibration(mistake, hint):
    assert hint in answered(check.calibration_error, mistake)


def test_a_confidence_of_one_is_not_lost():
    def lost(scores, labels, bins):
        place = (scores.max(1) * bins).astype(int)
        right = scores.argmax(1) == labels
        gap = [abs((scores.max(1) - right)[place == b].sum()) for b in range(bins)]
        return sum(gap) / len(labels) if len(labels) else math.nan

    assert "exactly 1" in answered(check.calibration_error, lost)


# All of them


@pytest.mark.parametrize("name", ["threshold_for", "honest_report", "calibration_error"])
def test_stubs_hints_and_random_cases(name):
    exercise = getattr(check, name)
    assert exercise(lambda *given: ...).outcome == "not yet tried"
    assert [exercise.hint().outcome for _ in range(3)] == ["hint"] * 3
    first, second = (np.array([trial.expected for trial in exercise.trials()]) for _ in range(2))
    assert len(first) > 20
    assert np.array_equal(first, second, equal_nan=True)


def test_what_the_quiz_says_of_a_positive_result():
    found, alarms = 0.95 * 100, 0.05 * 9900
    assert round(found / (found + alarms), 2) == 0.16


# What the notebook looks at


def test_two_classifiers_are_one_model_with_two_thresholds():
    pictures = vl.draw("smear", 24, seed=5)
    model = vl.pretrained("smear")["classification"]
    scores = vl.predict(model, pictures).scores[:, 1]
    for prediction in two_classifiers(model, pictures):
        assert torch.equal(prediction.scores[:, 1] >= 0.5, scores >= RULES[prediction.name])
        assert torch.allclose(prediction.scores.sum(1), torch.ones(24))


@pytest.mark.slow
def test_platelets_are_gone_and_nothing_else_is():
    pictures = vl.draw("smear", 70, seed=0)[60:]  # of two blocks
    bare = without_platelets(pictures)
    more = (bare.images.double() - pictures.images).mean(1)  # (10, 96, 96), the light that platelets took
    assert (more.abs() > 20).flatten(1).any(1).all()
    assert (more > 20).double().mean() > 0.005 > 10 * (more < -20).double().mean()
    assert (more == 0).double().mean() > 0.95  # the same noise, too
    assert bare.semantic is pictures.semantic
    assert torch.equal(without_platelets(pictures[[7, 2]]).images, bare.images[[7, 2]])


def test_evidence_is_read_as_a_mask():
    pictures = vl.draw("smear", 3, seed=6)
    model = vl.build("classification", pictures.vocabulary, seed=0)
    maps = evidence_maps(model, pictures)
    assert maps.shape == (3, 96, 96)
    threshold = float(maps.median())
    mask = as_mask(maps, pictures, threshold, "evidence").mask
    assert set(mask.unique().tolist()) == {0, 2}
    assert ((mask == 2) == (maps > threshold)).double().mean() > 0.99
    assert "above" in show_evidence(pictures, maps, threshold).alt


def test_figures_say_what_they_show():
    pictures = vl.draw("smear", 2, seed=6)
    pairs = show_pairs(pictures, pictures, ("one", "two"), (("a", "b"), ("c", "d")))
    assert "one: a, b; two: c, d" in pairs.alt
    three = vl.draw("smear", 3, seed=6)
    confidence = torch.tensor([0.55, 0.98, 1.0])
    predicted = torch.stack([three.labels[0], three.labels[1], 1 - three.labels[2]])  # right, right, wrong
    scores = torch.where(predicted[:, None] == torch.arange(2), confidence[:, None], 1 - confidence[:, None])
    prediction = ClassPrediction("all", three.vocabulary, three.ids, scores, torch.zeros(3, 2))
    sheet = show_reliability({"all": prediction}, three)
    assert "55% sure, 100% right (1), 99% sure, 50% right (2)" in sheet.alt
    assert "<img" in sheet.to_html()
