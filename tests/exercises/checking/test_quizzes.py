"""The quizzes of all notebooks, and how a quiz is read from its file."""

from importlib import import_module

import pytest

from vislab.errors import VislabError
from vislab.exercises.checking.progress import NOTEBOOKS
from vislab.exercises.checking.quizzes import read_quizzes
from vislab.widgets.quiz import Choice, Question

SKY = """
[[opening]]
text = "What is the sky?"
[[opening.choices]]
text = "blue"
why = "By day."
right = true
[[opening.choices]]
text = "green"
why = "Never."
"""


def test_a_quiz_is_read_in_the_order_of_its_file(tmp_path):
    (tmp_path / "quiz.toml").write_text(SKY + SKY.replace("opening", "closing") * 2, encoding="utf-8")
    sky = Question("What is the sky?", (Choice("blue", "By day.", right=True), Choice("green", "Never.")))
    assert read_quizzes(str(tmp_path / "checks.py")) == ((sky,), (sky, sky))


def test_a_question_without_a_right_choice_is_named(tmp_path):
    (tmp_path / "quiz.toml").write_text("closing = []" + SKY.replace("right = true", ""), encoding="utf-8")
    with pytest.raises(VislabError, match="sky"):
        read_quizzes(str(tmp_path / "checks.py"))


@pytest.mark.parametrize("folder", [folder for _, folder in NOTEBOOKS.values()])
def test_quizzes_are_complete(folder):
    for questions in read_quizzes(import_module(f"vislab.exercises.{folder}").__file__):
        assert len(questions) == 3
        assert all(choice.why for question in questions for choice in question.choices)
        assert len({[choice.right for choice in q.choices].index(True) for q in questions}) > 1
