"""The four questions, answered from the truth or from any prediction: any, how much, how many, where.

A label, a share, a count and a point are what tasks of every kind can be compared by, on the same pictures. NaN says
that nobody was trained to say.
"""

from vislab.evaluation.answers.answers import Answers, answers
from vislab.evaluation.answers.pointing import target
from vislab.evaluation.answers.questions import QUESTIONS, Question
from vislab.evaluation.answers.scoring import Comparison, compare_pair, picture_errors, score_answers

__all__ = [
    "QUESTIONS",
    "Answers",
    "Comparison",
    "Question",
    "answers",
    "compare_pair",
    "picture_errors",
    "score_answers",
    "target",
]
