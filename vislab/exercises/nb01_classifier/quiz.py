"""The quizzes of notebook 01, "Build a classifier"."""

from vislab.exercises.checking.quizzes import read_quizzes

OPENING, CLOSING = read_quizzes(__file__)
