"""How many objects are found, at several overlaps: the score by which nuclei and cells are usually compared."""

from collections.abc import Sequence

import numpy as np

from vislab.evaluation.metrics.instances import Matches

THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9)  # of IoU


def detection_accuracy(
    pictures: Sequence[Matches], classes: Sequence[int], thresholds: Sequence[float] = THRESHOLDS
) -> dict[float, float]:
    """TP / (TP + FP + FN) of all pictures' objects together, by threshold of IoU; predictions are not ranked.

    pictures: of objects that do not overlap (`visible`) and that count (score at or above a threshold). At each
    threshold as many predictions as possible are paired one to one with true objects of their class, of at least
    that IoU (TP). Other predictions are FP unless they are excused; other true objects are FN. classes: each result
    is the mean over those that truth or prediction holds, NaN where none does.
    Source: Schmidt et al. 2018, "Cell Detection with Star-Convex Polygons", MICCAI, where it is called average
    precision, which it is not; in StarDist's `matching_dataset` it is the accuracy.
    """
    from scipy.sparse import block_diag, coo_array
    from scipy.sparse.csgraph import maximum_bipartite_matching

    if not pictures:
        return dict.fromkeys(thresholds, float("nan"))
    # Sparse, as few pairs overlap: dense blocks would store every pair of a picture's objects.
    of_one_class = [coo_array(np.where(match.guessed[:, None] == match.true, match.iou, 0)) for match in pictures]
    iou = block_diag(of_one_class, format="csr")  # (all predictions, all true objects)
    true, guessed = (np.concatenate([getattr(match, name) for match in pictures]) for name in ("true", "guessed"))
    excused = np.concatenate([match.excused for match in pictures])
    objects = np.bincount(true, minlength=256)  # of each class, like what follows
    result = {}
    for threshold in thresholds:
        right = maximum_bipartite_matching(iou >= threshold, perm_type="column") >= 0  # of each prediction
        hits = np.bincount(guessed[right], minlength=256)
        wrong = np.bincount(guessed[~right & ~excused], minlength=256)
        present = [index for index in classes if objects[index] + wrong[index]]
        accuracies = hits[present] / (objects + wrong)[present]
        result[threshold] = float(accuracies.mean()) if present else float("nan")
    return result
