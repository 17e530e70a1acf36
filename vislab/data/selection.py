"""Which pictures to show when there is room for a few."""

import numpy as np

from vislab.data.scenes import Scenes


def labels_in_turn(scenes: Scenes, limit: int) -> list[int]:
    """The indices of the first pictures of each label, one of each label in turn; the first pictures without labels."""
    if scenes.labels is None:
        return list(range(min(limit, len(scenes))))
    labels = scenes.labels.cpu().numpy()
    rank = np.zeros(len(labels), int)  # how many pictures before it have the same label
    for label in np.unique(labels):
        rank[labels == label] = np.arange((labels == label).sum())
    order: list[int] = np.lexsort([labels, rank])[:limit].tolist()
    return order
