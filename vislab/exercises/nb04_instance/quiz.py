"""The quizzes of notebook 04, "Build an instance segmenter"."""

from vislab.exercises.checking.quizzes import read_quizzes

OPENING, CLOSING = read_quizzes(__file__)
