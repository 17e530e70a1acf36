"""The quizzes of notebook 03, "Semantic segmentation"."""

from vislab.exercises.checking.quizzes import read_quizzes

OPENING, CLOSING = read_quizzes(__file__)
