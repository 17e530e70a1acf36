"""The exercises of notebook 00: what a right answer passes, what the likely mistakes are shown."""

import numpy as np
import pytest
from made_paces import agrees_when_timed, slow_down
from skimage.measure import label as number_patches

from vislab.data.synthetic.smear import ENOUGH_PIXELS
from vislab.exercises.nb00_four_questions import checks as check
from vislab.exercises.nb00_four_questions import quiz
from vislab.studies.claims.published import CLAIMS


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
    assert "objects[-1]" in check.semantic_mask(lambda i, o: o[i - 1]).hint  # the background forgotten


def only_last(instances, objects):
    mask = np.zeros_like(instances)
    for i, kind in enumerate(objects):
        mask = np.zeros_like(instances)
        mask[instances == i + 1] = kind
    return mask


def only_first(instances, objects):
    mask = np.zeros_like(instances)
    for i, kind in enumerate(objects):
        mask[instances == i + 1] = kind
        return mask
    return mask


def without_last(instances, objects):
    mask = np.zeros_like(instances)
    for i in range(1, len(objects)):
        mask[instances == i] = objects[i - 1]
    return mask


def in_place(instances, objects):
    mask = instances.copy()
    for i, kind in enumerate(objects):
        mask[mask == i + 1] = kind
    return mask


def from_nought(instances, objects):
    mask = np.zeros_like(instances)
    for i, kind in enumerate(objects):
        mask[instances == i] = kind
    return mask


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        (from_nought, "shifted by one"),
        (lambda i, o: i, "*which* object"),
        (lambda i, o: np.where(i > 0, 1, 0), "has become a 1"),
        (in_place, "changed once more"),
        (only_last, "Only the last object"),
        (only_first, "inside the loop"),
        (without_last, "The last object is missing"),
    ],
)
def test_mistakes_about_the_mask(mistake, hint):
    assert hint in check.semantic_mask(mistake).hint


def of_one_size(instances, objects):
    mask = np.zeros((96, 96), int)
    for i, kind in enumerate(objects):
        mask[instances == i + 1] = kind
    return mask


def of_one_size_pixel_by_pixel(instances, objects):
    mask = np.zeros((96, 96), int)
    for y, x in np.argwhere(instances > 0):
        mask[y, x] = objects[instances[y, x] - 1]
    return mask


def paired(instances, objects):
    return (instances > 0) * objects


def test_shapes_that_do_not_go_together_are_told_apart():
    for mistake, outcome in [(of_one_size, "stopped"), (of_one_size_pixel_by_pixel, "wrong shape")]:
        answer = check.semantic_mask(mistake)
        assert answer.outcome == outcome
        assert "instances.shape" in answer.hint
    assert "one number an object" in check.semantic_mask(paired).hint
    for other in (lambda i, o: o[i], lambda i, o: o[i > 0], lambda i, o: o):  # other errors, other shapes
        assert "objects[0]" in check.semantic_mask(other).hint


def test_who_writes_into_what_was_given_is_told():
    def written(instances, objects):
        mask = np.concatenate([[0], objects])[instances]
        instances[:] = mask
        return mask

    assert check.semantic_mask(written).outcome == "changed its input"


def test_a_loop_over_pixels_is_right_and_told_its_pace(monkeypatch):
    def pixel_by_pixel(instances, objects):
        mask = np.zeros_like(instances)
        for y in range(instances.shape[0]):
            for x in range(instances.shape[1]):
                if instances[y, x] > 0:
                    mask[y, x] = objects[instances[y, x] - 1]
        return mask

    def one_by_one(mask):
        return int(sum(pixel == 2 for row in mask for pixel in row) >= 12)

    slow_down(monkeypatch, pixel_by_pixel, one_by_one)
    answer = check.semantic_mask(pixel_by_pixel)
    assert answer.outcome == "right"
    assert "one by one" in answer.sentence
    assert "one by one" not in check.semantic_mask(lambda i, o: np.concatenate([[0], o])[i]).sentence
    counted = check.label(one_by_one)
    assert counted.outcome == "right"
    assert "one by one" in counted.sentence
    for one, loop in ((check.semantic_mask, pixel_by_pixel), (check.label, one_by_one)):
        assert agrees_when_timed(one.pace, loop)


@pytest.mark.slow
def test_label():
    assert ENOUGH_PIXELS == 12  # what the notebook says
    assert check.label(lambda mask: int((mask == 2).sum() >= 12)).outcome == "right"
    for mistake, hint in [
        (lambda mask: int((mask == 2).sum() > 12), "12 includes 12"),
        (lambda mask: int((mask == 2).any()), "one too few"),
        (lambda mask: int((mask > 0).sum() >= 12), "Healthy cells"),
        (lambda mask: int(np.bincount(number_patches(mask == 2).ravel(), minlength=2)[1:].max() >= 12), "together"),
        (lambda mask: int(mask[mask == 2].sum() >= 12), "six of them"),
        (lambda mask: int((mask == 1).sum() >= 12), "something else"),
        (lambda mask: int((mask == 2).sum() < 12), "other way round"),
        (lambda mask: int(np.count_nonzero(mask == 2)), "how many pixels"),
        (lambda mask: 1 if np.sum(mask) >= 12 else 0, "a healthy one once"),
        (lambda mask: 1 if len(mask == 2) >= 12 else 0, "counts the rows"),
        (lambda mask: len(mask == 2), "counts the rows"),
        (lambda mask: 0, "0 for all pictures"),
        (lambda mask: int((mask == 2).sum() > 200), "0 for all pictures"),
        (lambda mask: "infected" if np.sum(mask == 2) >= 12 else "healthy", "The word is right"),
        (lambda mask: "infected", "not a word"),
        (lambda mask: "ill" if np.sum(mask == 2) >= 12 else "well", "the number 1"),  # the trial's own hint
        (lambda mask: 1, "1 for all pictures"),
    ]:
        assert hint in check.label(mistake).hint


def test_count_cells():
    assert check.count_cells(lambda mask: number_patches(mask, connectivity=2).max()).outcome == "right"
    assert (
        "corner" in check.count_cells(lambda m: sum(number_patches(m == k, connectivity=1).max() for k in (1, 2))).hint
    )
    assert "one class at a time" in check.count_cells(lambda m: number_patches(m > 0, connectivity=2).max()).hint


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        (lambda m: len(np.unique(number_patches(m, connectivity=2))), "0 of the background"),
        (lambda m: number_patches(m, connectivity=2).max() + 1, "numbered from 1"),
        (lambda m: number_patches(m == 2, connectivity=2).max(), "Healthy ones"),
        (lambda m: number_patches(m == 1, connectivity=2).max(), "Infected ones"),
        (lambda m: np.count_nonzero(m), "counts pixels"),
        (lambda m: np.sum(number_patches(m, connectivity=2)), "a pixel of patch 3 adds 3"),
        (lambda m: 14, "`semantic` alone"),
        (lambda m: m.max(), "is a class"),
        (lambda m: number_patches(m, connectivity=2), "largest of these numbers"),
    ],
)
def test_mistakes_about_the_count(mistake, hint):
    assert hint in check.count_cells(mistake).hint


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


def test_every_published_claim_is_bet_on():
    assert len(quiz.CLAIMS) == len(CLAIMS)
