"""Count, then divide: scores of labels, of pixels and of objects. What is undefined is NaN, never 0 or -1.

labels: accuracy, confusion, sensitivity, specificity, calibration. pixels: accuracy, IoU, Dice, boundary IoU.
objects: average precision, panoptic quality, errors of counts. intervals: how far chance may have moved a mean.
"""
