"""The exercises of notebook 00: what a right answer passes, what the likely mistakes are shown."""

import numpy as np
import pytest
from skimage.measure import label as number_patches

from vislab.exercises import four_questions as check
from vislab.worlds.smear import ENOUGH


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("VISLAB_HOME", str(tmp_path))


def by_loop(instances, objects):
    mask = np.zeros_like(instances)
    for i, kind in enumerate(objects):
        mask[instances == i + 1] = kind
    return mask


def shifted(instances, objects):
    return np.append(objects, 0)[instances]


def filled(instances, objects):
    return np.concatenate([[0], objects]).take(instances) if len(objects) else None


def test_semantic_mask():
    assert check.semantic_mask(by_loop).outcome == "right"
    assert check.semantic_mask(lambda i, o: np.concatenate([[0], o])[i].astype(int)).outcome == "right"
    wrong = check.semantic_mask(shifted)
    assert wrong.panels[0].value.tolist() == [[0, 1, 1, 0], [0, 1, 2, 2], [0, 0, 2, 2]]
    assert "objects[0]" in wrong.hint
    assert "without objects" in check.semantic_mask(filled).hint
    assert check.semantic_mask(lambda i, o: (i > 0) * 1).outcome == "wrong"


def test_label():
    assert ENOUGH == 12  # what the notebook says
    assert check.label(lambda mask: int((mask == 2).sum() >= 12)).outcome == "right"
    for mistake, hint in [
        (lambda mask: int((mask == 2).sum() > 12), "12 includes 12"),
        (lambda mask: int((mask == 2).any()), "one too few"),
        (lambda mask: int((mask > 0).sum() >= 12), "Healthy cells"),
        (lambda mask: int(np.bincount(number_patches(mask == 2).ravel(), minlength=2)[1:].max() >= 12), "together"),
    ]:
        assert hint in check.label(mistake).hint


def test_count_cells():
    assert check.count_cells(lambda mask: number_patches(mask, connectivity=2).max()).outcome == "right"
    assert (
        "corner" in check.count_cells(lambda m: sum(number_patches(m == k, connectivity=1).max() for k in (1, 2))).hint
    )
    assert "one class at a time" in check.count_cells(lambda m: number_patches(m > 0, connectivity=2).max()).hint


def test_a_right_count_is_shown_where_it_breaks():
    answer = check.count_cells(lambda m: sum(int(number_patches(m == k, connectivity=2).max()) for k in (1, 2)))
    mask, two, one = (panel.value for panel in answer.panels)
    assert ((two > 0) == (mask > 0)).all()
    assert ((one > 0) == (mask > 0)).all()
    assert (two.max(), one.max()) == (2, 1)
    assert "counts 1" in answer.sentence


def test_random_pictures_are_the_same_each_time_and_hold_something():
    first, second = list(check.random_pictures()), list(check.random_pictures())
    assert all((a == c).all() and (b == d).all() for (a, b), (c, d) in zip(first, second, strict=True))
    assert max(instances.max() for instances, _ in first) >= 4
    assert all(set(np.unique(instances)) - {0} == set(range(1, len(objects) + 1)) for instances, objects in first)
    labels = [trial.expected for trial in check._label_trials()]
    assert 0.2 < np.mean(labels) < 0.8


def test_quizzes_and_claims_are_complete():
    for questions in (check.OPENING, check.CLOSING):
        assert len(questions) == 3
        assert all(choice.why for question in questions for choice in question.choices if not choice.right)
        assert len({[choice.right for choice in q.choices].index(True) for q in questions}) > 1
    assert len(check.CLAIMS) == 11
