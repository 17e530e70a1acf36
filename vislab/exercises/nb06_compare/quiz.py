"""Notebook 06, "Compare answers": the questions before and after it."""

from vislab.exercises.checking.quizzes import read_quizzes

OPENING, CLOSING = read_quizzes(__file__)
