"""How far the learner has come, over the whole course."""

import pytest

import vislab as vl
from vislab.exercises.checking.progress import NOTEBOOKS, checks
from vislab.system import learner_file as learner


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("VISLAB_HOME", str(tmp_path))


def row(number):
    return next(row for row in vl.progress().rows if row[0] == number)


def test_every_notebook_has_checks_and_their_names_begin_with_it():
    kept = []
    for number in NOTEBOOKS:
        found = checks(number)
        assert len(found) >= 2, number
        assert all(check.name.startswith(f"{number}-") for check in found.values())
        kept += [check.name for check in found.values()]
    assert len(set(kept)) == len(kept)


def test_nothing_done_yet():
    assert vl.progress().right == 0
    assert "– semantic mask" in row("00")[2]
    assert all("✓" not in done and "✗" not in done for done in row("00"))
    assert row("00")[3:] == ("–", "–")


def test_right_tried_guessed_and_bet_are_told():
    first, second = list(checks("01").values())[:2]
    learner.change("exercises", first.name, lambda old: {"tries": 2, "right": True, "last": "right"})
    learner.change("exercises", second.name, lambda old: {"tries": 1, "right": False, "last": "stopped"})
    learner.change("guesses", "01-six", lambda old: {"value": 3, "sure": 50})
    learner.change("guesses", "claim-03", lambda old: {"value": "supported", "sure": 50})
    learner.change("quizzes", "01-opening", lambda old: {"first": [], "last": []})
    told = vl.progress()
    assert row("01")[2].count("✓") == row("01")[2].count("✗") == 1
    assert row("01")[3:] == ("1", "1")
    assert row("00")[3] == "1"
    assert told.right == 1
    assert told.of > 20
    assert f"1 of {told.of} exercises" in repr(told)
    assert "<table" in told._repr_mimebundle_()["text/html"]
