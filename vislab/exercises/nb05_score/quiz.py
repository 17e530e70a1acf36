"""The quizzes of notebook 05, "Score an instance segmenter"."""

from vislab.exercises.checking.quizzes import read_quizzes

OPENING, CLOSING = read_quizzes(__file__)
