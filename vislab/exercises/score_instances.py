"""Notebook 05, "Score an instance segmenter": its checks and its quizzes."""

from vislab.exercises.score_boxes import box_iou
from vislab.exercises.score_matching import match
from vislab.exercises.score_precision import pooled_precision
from vislab.exercises.score_quizzes import CLOSING, OPENING

__all__ = ["CLOSING", "OPENING", "box_iou", "match", "pooled_precision"]
