"""The exercises of notebook 10: what a right answer passes, what the likely mistakes are told; its folder of coins."""

import numpy as np
import pytest

import vislab as vl
from vislab.exercises.nb10_own_pictures import checks as check
from vislab.exercises.nb10_own_pictures import coins


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("VISLAB_HOME", str(tmp_path))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    return tmp_path


def answered(exercise, mistake):
    """The hint that a mistake is shown; it must be wrong, or have stopped."""
    answer = exercise(mistake)
    assert answer.outcome.split()[0] in ("wrong", "stopped"), answer
    return answer.hint


# Another tool's numbers


def test_foreign_mask():
    def by_table(mask, classes):
        table = np.full(256, 255, np.uint8)
        table[list(classes)] = list(classes.values())
        return table[mask]

    answer = check.foreign_mask(by_table)
    assert (answer.outcome, "all 25 masks" in answer.sentence) == ("right", True)
    each = np.vectorize(lambda value, classes: classes.get(int(value), 255), excluded=[1])
    assert check.foreign_mask(lambda m, c: each(m, c)).outcome == "right"


def in_place(mask, classes):
    for number, index in classes.items():
        mask[mask == number] = index
    return mask


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        (lambda m, c: m // 255, "Dividing by 255"),
        (lambda m, c: m > 0, "Whether a number is above 0"),
        (lambda m, c: m, "the mask as it was"),
        (lambda m, c: np.vectorize(lambda v: c.get(int(v), 0))(m), "which is a claim"),
        (lambda m, c: np.vectorize(lambda v: c.get(int(v), v))(m), "You left the number as it was"),
        (lambda m, c: check.read_mask(m, {i: n for n, i in c.items()}), "the other way round"),
        (lambda m, c: in_place(m.copy(), c), "while you still read it"),
        (lambda m, c: np.full_like(m, 3), "255 is class 1 in this tool"),  # none of these
    ],
)
def test_mistakes_about_foreign_masks(mistake, hint):
    assert hint in answered(check.foreign_mask, mistake)


# Pieces that share pixels


def test_leaking():
    def by_loops(row, left, part, width):
        def near(i, j):
            return row[i] == row[j] and abs(left[i] - left[j]) < width

        n = range(len(row))
        return np.array([part[i] == "test" and any(part[j] == "train" and near(i, j) for j in n) for i in n])

    answer = check.leaking(by_loops)
    assert (answer.outcome, "all 27 sets of pieces" in answer.sentence) == ("right", True)


def near(row, left, width):
    return (row[:, None] == row) & (np.abs(left[:, None] - left) < width)


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        (lambda r, x, p, w: ((abs(x[:, None] - x) < w) & (p == "train")).any(1) & (p == "test"), "different rows"),
        (lambda r, x, p, w: ((r[:, None] == r) & (p == "train")).any(1) & (p == "test"), "same row is not enough"),
        (lambda r, x, p, w: (near(r, x, w + 1) & (p == "train")).any(1) & (p == "test"), "<, not <="),
        (
            lambda r, x, p, w: (
                (r[:, None] == r) & (x[:, None] - x >= 0) & (x[:, None] - x < w) & (p == "train")
            ).any(1) & (p == "test"),
            "np.abs",
        ),
        (lambda r, x, p, w: (near(r, x, w) & (p == "train")).any(1), "Only test pieces can leak"),
        (lambda r, x, p, w: (near(r, x, w) & (p == "test")).any(1) & (p == "train"), "the wrong way round"),
        (lambda r, x, p, w: near(r, x, w).any(1) & (p == "test"), "with itself"),
        (lambda r, x, p, w: (near(r, x, w).sum(1) > 1) & (p == "test"), "nothing was learned from either"),
        (lambda r, x, p, w: ~(near(r, x, w) & (p == "train")).any(1) & (p == "test"), "share nothing"),
        (lambda r, x, p, w: np.zeros(len(r), bool), "begins before the first has ended"),  # none of these
    ],
)  # fmt: skip
def test_mistakes_about_leaks(mistake, hint):
    assert hint in answered(check.leaking, mistake)


def test_each_exercise_has_hints_and_knows_an_empty_answer():
    for exercise in (check.foreign_mask, check.leaking):
        assert len(exercise.hints) == 3
        assert exercise(lambda *arguments: None).outcome == "not yet tried"


# The coins


def test_the_folder_of_coins_loads_as_44_pieces_of_24_coins(tmp_path):
    ids = coins.outlines(coins.photograph())
    assert (ids.shape, ids.max(), ids.dtype) == ((303, 384), 24, np.uint8)
    notes = []
    scenes = vl.load(coins.write_folder(tmp_path / "coins"), groups="(.*)_", report=notes)
    assert (len(scenes), scenes.vocabulary.classes) == (44, ("background", "coin"))
    assert len(notes) == 1
    assert "all 44 pictures show coin" in notes[0]
    piece = scenes.ids.index("row2_064")
    there = ids[coins.TOPS[1] : coins.TOPS[1] + coins.SIDE, 64 : 64 + coins.SIDE] > 0
    assert (scenes.semantic[piece].numpy() == there).all()


def test_rows_share_no_pixel_so_that_a_row_can_be_held_back(tmp_path):
    assert all(low + coins.SIDE <= high for low, high in zip(coins.TOPS, coins.TOPS[1:], strict=False))
    scenes = vl.load(coins.write_folder(tmp_path / "coins"), groups="(.*)_", report=[])
    rows = [{piece.split("_")[0] for piece in part.ids} for part in scenes.split(valid=0.25, test=0.25)]
    assert sorted(len(part) for part in rows) == [1, 1, 2]
    assert len(set.union(*rows)) == 4


def test_a_folder_that_cannot_be_written_is_told_in_a_sentence(tmp_path):
    (tmp_path / "coins").write_text("a file")
    with pytest.raises(vl.VislabError, match="cannot be written"):
        coins.write_folder(tmp_path / "coins")
