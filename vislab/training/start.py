"""Where a training starts, if the training pictures can tell."""

from vislab.data.scenes import Scenes
from vislab.evaluation.baselines import mean_numbers
from vislab.models.build import Model
from vislab.models.regressor import Regressor

LEAST = 1e-3  # of a count or share to start at: from 0, of which softplus knows no inverse, nothing could be learned


def start_at_mean(model: Model, train: Scenes) -> None:
    """Let a regressor that has not been trained at all start at the mean share and counts of the training pictures.

    Otherwise its count starts at 7 objects of each class at 96 px and at 50 at 256 px, whatever the pictures show.
    The start is part of the first weights, so a training's key and its checkpoints hold it. A regressor that has been
    trained (its normalisation has counted the steps) stays as it is, and so do other models.
    """
    if isinstance(model, Regressor) and not model.merge[1].num_batches_tracked and train.semantic is not None:
        mean = mean_numbers(train)
        counts = mean.count[0, list(model.vocabulary.thing_indices)].clamp_min(LEAST)
        model.start_at(mean.share[0].clamp(LEAST, 1 - LEAST), counts, train.size)
