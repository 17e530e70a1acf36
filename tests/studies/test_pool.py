"""A class's files together: bets, exercises, seconds and errors, without names; broken files are left out."""

import json

import pytest
from made_results import made, shipped_results

import vislab as vl
from vislab.errors import VislabError
from vislab.system import learner_file as learner
from vislab.widgets.labeller.storage import LOG


def learners_file(folder, learner_name, bets=(), exercises=()):
    """A file as the course writes it."""
    path = folder / f"{learner_name}.json"
    kinds = {
        "guesses": {f"claim-{number:02d}": {"value": verdict, "sure": sure} for number, verdict, sure in bets},
        "quizzes": {},
        "exercises": {
            exercise: {"tries": tries, "right": right, "last": "wrong"} for exercise, tries, right in exercises
        },
    }
    path.write_text(json.dumps({"kind": "vislab.learner", "format": learner.FORMAT} | kinds))
    return path


@pytest.fixture
def handed_in(tmp_path):
    learners_file(tmp_path, "anna", [(1, "contradicted", 90), (2, "supported", 50)], [("00-label", 3, True)])
    learners_file(tmp_path, "ben", [(1, "contradicted", 70)], [("00-label", 5, False), ("01-pool", 1, True)])
    learners_file(tmp_path, "cleo", [(1, "supported", 50)])
    return tmp_path


def test_bets_and_exercises_are_counted(handed_in):
    pool = vl.pool(str(handed_in / "*.json"))
    counted, sure = pool.bets[1]
    assert counted == {"contradicted": 2, "supported": 1}
    assert sure == 70
    assert pool.bets[2][1] == 50
    assert set(pool.bets) == {1, 2}
    assert pool.exercises == {"00-label": (1, 2, 4.0), "01-pool": (1, 1, 1.0)}
    assert "3 of 3 files are pooled." in repr(pool)
    assert "2 × contradicted, 1 × supported" in repr(pool)


def test_each_seed_of_a_study_counts(tmp_path):
    each = [made({"semantic": {"label": wrong}}, seed=seed) for seed, wrong in enumerate((0.1, 0.3))]
    (tmp_path / "results.json").write_text(json.dumps({"format": 1, "results": each}))
    assert vl.pool([tmp_path / "results.json"]).errors == {("smear", "semantic", "label"): [0.1, 0.3]}


@pytest.mark.slow
def test_seconds_of_labelling_and_errors_of_studies(tmp_path):
    for number, (seconds, count) in enumerate([(20.0, 10), (12.0, 4), (0.0, 0)]):
        times = {"outline": {"kind": "outline", "seconds": seconds, "count": count, "points": 9}}
        session = {"kind": "vislab.labelling", "format": 1, "times": times, "strokes": []}
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / LOG).write_text(json.dumps(session))
    results = shipped_results(8)
    (tmp_path / "results.json").write_text(json.dumps(results.to_dict()))
    pool = vl.pool(str(tmp_path / "**" / "*.json"))
    assert pool.spent == {"outline": [2.0, 3.0]}
    wrong = pool.errors["smear", "classification", "label"]
    assert wrong == [results.models["classification"]["answers"]["label"]["wrong"]]
    assert ("smear", "classification", "count") not in pool.errors
    assert "outline  2         2.5 s   2.0 s  3.0 s" in repr(pool)
    assert set(pool.tables()) == {"Seconds a label", "Errors measured by studies"}


def test_a_session_that_the_labeller_kept_is_read(tmp_path):
    labeller = vl.label(vl.draw("smear", 2, size=64, seed=0), folder=tmp_path / "mine")
    for position, seconds in enumerate((1.5, 2.5)):
        stroke = {"do": "label", "mode": "label", "position": position, "seconds": seconds, "key": "k", "value": 1}
        labeller.hear(stroke)
    labeller.close()
    pool = vl.pool([tmp_path / "mine" / LOG])
    assert pool.left_out == []
    assert pool.spent == {"label": [2.0]}


def test_no_name_is_shown(handed_in):
    (handed_in / "dora.json").write_text("{")
    pool = vl.pool(str(handed_in / "*.json"))
    shown = repr(pool) + pool._repr_mimebundle_()["text/html"]
    for name in ("anna", "ben", "cleo", "dora", str(handed_in)):
        assert name not in shown
    assert "3 of 4 files are pooled." in shown


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "is no JSON"),
        ("[]", "is not a JSON object"),
        ('{"kind": "another"}', "is no learner.json"),
        ('{"kind": "vislab.learner", "format": 99}', "has format 99"),
        ('{"kind": "vislab.labelling"}', "is broken"),
        ('{"data": {}, "format": 1}', "data does not say"),
        ('{"data": {}, "format": 9}', "of format 9"),
    ],
)
def test_a_broken_file_is_left_out_and_named_to_the_teacher(handed_in, text, why):
    (handed_in / "broken.json").write_text(text)
    pool = vl.pool(sorted(handed_in.glob("*.json")))
    assert pool.exercises["00-label"] == (1, 2, 4.0)
    assert len(pool.left_out) == 1
    assert "broken.json" in pool.left_out[0]
    assert why in pool.left_out[0]


def test_nothing_to_pool_is_refused(tmp_path):
    with pytest.raises(VislabError, match="there is no such file; give a pattern"):
        vl.pool(str(tmp_path / "*.json"))
    with pytest.raises(VislabError, match="the list: there is no such file"):
        vl.pool([])


def test_markup_in_what_was_handed_in_is_only_text(tmp_path):
    learners_file(tmp_path, "x", [(1, "<script>", 50)], [("<b>", 1, True)])
    html = vl.pool(str(tmp_path / "*.json"))._repr_mimebundle_()["text/html"]
    assert "<script>" not in html
    assert "<b>" not in html
