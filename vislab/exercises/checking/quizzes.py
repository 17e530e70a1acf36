"""The quizzes of a notebook, read from the quiz.toml beside its checks."""

import tomllib
from pathlib import Path
from typing import Any

from vislab.widgets.quiz import Choice, Question

Questions = tuple[Question, ...]


def read_quizzes(module: str) -> tuple[Questions, Questions]:
    """The questions before and after a notebook, from the quiz.toml beside a module, whose `__file__` this is.

    Raises VislabError if a question has no right choice, or several.
    """
    quizzes = tomllib.loads(Path(module).with_name("quiz.toml").read_text(encoding="utf-8"))
    return _questions(quizzes["opening"]), _questions(quizzes["closing"])


def _questions(tables: list[dict[str, Any]]) -> Questions:
    return tuple(Question(table["text"], tuple(Choice(**choice) for choice in table["choices"])) for table in tables)
