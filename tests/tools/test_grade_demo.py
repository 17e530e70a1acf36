"""The classroom's way with nbgrader: what two learners hand in, the marks they get, the feedback they read."""

import json
import os
import subprocess
import sys

import nbformat
import pytest
from leaks import leaked

from tools import grade_demo
from tools.build_notebooks import ROOT, for_learners, read_source
from tools.choose_notebooks import choose
from tools.grade_demo import ANY_CODE, ANY_TEXT, RIGHT, WRONG, Mark, answered, compare, exercises, expected_marks
from vislab.errors import VislabError

NAME = "00_four_questions"
(SOURCE,) = choose(["00"])

# What is handed in


def test_a_solution_stands_bare_or_another_line_in_its_place():
    source = "def f(x):\n    ### BEGIN SOLUTION\n    y = x\n    return y\n    ### END SOLUTION\n\n\nz = 1"
    assert answered(source) == "def f(x):\n    y = x\n    return y\n\n\nz = 1"
    assert answered(source, "return 0") == "def f(x):\n    return 0\n\n\nz = 1"


@pytest.mark.parametrize("number", ["00", "07", "09"])
@pytest.mark.slow
def test_one_answers_all_and_one_leaves_the_last_untouched(number):
    (source,) = choose([number])
    solved, untouched = read_source(source), exercises(for_learners(read_source(source)))
    right, wrong = (
        exercises(grade_demo.hand_in(for_learners(read_source(source)), solved, who)) for who in (RIGHT, WRONG)
    )
    code = [name for name, cell in untouched.items() if cell.cell_type == "code"]
    for name, cell in untouched.items():
        assert right[name].source != cell.source
        assert (wrong[name].source == cell.source) == (name == code[-1])
        assert "SOLUTION" not in right[name].source + wrong[name].source
        if cell.cell_type == "code":
            compile(right[name].source, name, "exec"), compile(wrong[name].source, name, "exec")
            solution = answered(exercises(solved)[name].source)
            assert right[name].source == solution
    known = grade_demo.ANSWERS
    assert number == "00" or wrong[code[0]].source.endswith(known.get(code[0], ANY_CODE))
    assert all(wrong[name].source == known.get(name, ANY_TEXT) for name in untouched if name not in code)


# Which marks are as they should be


def test_marks_that_are_not_as_they_should_be_are_named():
    expected = list(expected_marks(NAME, read_source(SOURCE)))
    assert compare(expected, expected) == []
    assert Mark(RIGHT, NAME, "label", 2, 2) in expected
    assert Mark(WRONG, NAME, "label", 0, 2) in expected
    assert Mark(WRONG, NAME, "ninety-five", None, 4) in expected
    got = [mark for mark in expected if mark.exercise != "label" or mark.learner == RIGHT]
    got[-1] = Mark(WRONG, NAME, "ninety-five", 0, 4)
    assert compare(got, expected) == [
        f"{WRONG}, {NAME}, label: no mark, but it should be 0 of 2",
        f"{WRONG}, {NAME}, ninety-five: 0 of 4, but it should be needs a person (of 4)",
    ]


@pytest.mark.parametrize(("wrong", "ends"), [([], 0), (["a, b, c: 0 of 2, but it should be 2 of 2"], 1)])
def test_a_wrong_mark_ends_with_1(wrong, ends, own_home, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["grade_demo"])
    monkeypatch.setattr(grade_demo, "demonstrate", lambda chosen, place: wrong)
    assert grade_demo.main() == ends
    said = capsys.readouterr().out
    assert (wrong[0] if wrong else "Every mark is as it should be.") in said
    assert str(own_home / "work" / "grade-demo" / "feedback") in said


def test_an_unknown_notebook_is_told_in_a_sentence(own_home, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["grade_demo", "00", "five"])
    assert grade_demo.main() == 2
    assert capsys.readouterr().err.startswith("'five': there is no such notebook; name one by its number: 00, 01,")
    assert list(own_home.iterdir()) == []


@pytest.mark.parametrize(
    "error", [VislabError("nbgrader ended with 1"), OSError(28, "No space left"), KeyboardInterrupt()]
)
def test_what_breaks_off_leaves_the_earlier_course_and_nothing_half_written(error, tmp_path, monkeypatch):
    def break_off(course, source):
        (course / "source").mkdir()
        raise error

    monkeypatch.setattr(grade_demo, "go", break_off)
    place = tmp_path / "work" / "grade-demo"
    place.mkdir(parents=True)
    (place / "gradebook.db").write_text("earlier")
    with pytest.raises(KeyboardInterrupt if isinstance(error, KeyboardInterrupt) else VislabError):
        grade_demo.demonstrate([SOURCE], place)
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["grade-demo"]
    assert (place / "gradebook.db").read_text() == "earlier"


# The whole way, with nbgrader


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The folder that the demonstration left, and what it printed; a teacher's own answers lie beside it."""
    home = tmp_path_factory.mktemp("teacher")
    (home / "work").mkdir()
    (home / "work" / "learner.json").write_text("the teacher's own")
    (home / ".jupyter").mkdir()  # settings of another course, which are not for this one
    (home / ".jupyter" / "nbgrader_config.py").write_text("get_config().CourseDirectory.root = '/nowhere'\n")
    environment = os.environ | {"VISLAB_HOME": str(home), "JUPYTER_CONFIG_DIR": str(home / ".jupyter"), "PATH": "/bin"}
    command = [sys.executable, "-m", "tools.grade_demo"]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return home / "work" / "grade-demo", ran.stdout


@pytest.mark.notebook
def test_the_marks_are_printed_and_in_the_gradebook(course):
    folder, said = course
    marks = list(grade_demo.read_marks(folder, NAME))
    assert {(mark.learner, mark.exercise, mark.points) for mark in marks} == {
        (RIGHT, "semantic-mask", 2), (RIGHT, "label", 2), (RIGHT, "count-cells", 2), (RIGHT, "ninety-five", None),
        (WRONG, "semantic-mask", 0), (WRONG, "label", 0), (WRONG, "count-cells", 0), (WRONG, "ninety-five", None),
    }  # fmt: skip
    rows = [line.split(None, 3) for line in said.splitlines() if line.startswith((RIGHT, WRONG))]
    assert [RIGHT, NAME, "label", "2 of 2"] in rows
    assert [WRONG, NAME, "ninety-five", "needs a person (of 4)"] in rows


@pytest.mark.notebook
def test_what_is_released_is_what_the_course_hands_out(course):
    """So a learner may hand in the copy that `make lab` gave them."""
    folder, _ = course
    released = nbformat.read(folder / "release" / NAME / f"{NAME}.ipynb", as_version=4)
    handed_out = for_learners(read_source(SOURCE))
    assert [cell.source for cell in released.cells] == [cell.source for cell in handed_out.cells]
    assert [cell.metadata.get("nbgrader") for cell in released.cells] == [
        cell.metadata.get("nbgrader") for cell in handed_out.cells
    ]
    assert leaked(released) == []
    assert all(cell.get("outputs", []) == [] for cell in released.cells)


@pytest.mark.notebook
def test_feedback_shows_the_answer_and_its_hint(course):
    folder, _ = course
    right, wrong = ((folder / "feedback" / who / NAME / f"{NAME}.html").read_text() for who in (RIGHT, WRONG))
    for hint in ("The class of object 2 is objects[1]", "at least 12 includes 12", "Not yet tried."):
        assert hint in wrong
        assert hint not in right
    assert right.count("✓ Right.") == 3
    assert "(Score: 6.0 / 10.0)" in right
    assert "(Score: 0.0 / 10.0)" in wrong


@pytest.mark.notebook
def test_nothing_of_the_teachers_own_is_touched_and_nothing_half_written_is_left(course):
    folder, _ = course
    assert (folder.parent / "learner.json").read_text() == "the teacher's own"
    assert sorted(path.name for path in folder.parent.iterdir()) == ["grade-demo", "learner.json"]
    tried = json.loads((folder / "home" / "work" / "learner.json").read_text(encoding="utf-8"))["exercises"]
    assert tried["00-label"]["tries"] == 2
