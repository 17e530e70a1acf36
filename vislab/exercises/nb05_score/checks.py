"""Notebook 05, "Score an instance segmenter": its checks."""

from vislab.exercises.nb05_score.average_precision import pooled_precision
from vislab.exercises.nb05_score.box_iou import box_iou
from vislab.exercises.nb05_score.matching import match

__all__ = ["box_iou", "match", "pooled_precision"]
