"""One encoder, six heads: `build` makes a model for a task and a vocabulary."""

import copy
from typing import Any

import torch

from vislab.data.vocabulary import Vocabulary
from vislab.errors import VislabError
from vislab.models.backbone import FINE_TUNING, Backbone
from vislab.models.classifier import Classifier
from vislab.models.detection import Detector
from vislab.models.encoder import Encoder
from vislab.models.instance import InstanceSegmenter
from vislab.models.points import PointDetector
from vislab.models.predictions import OBJECT_TASKS, TASKS, Task
from vislab.models.regressor import Regressor
from vislab.models.semantic import SemanticSegmenter

Model = Classifier | Regressor | PointDetector | Detector | SemanticSegmenter | InstanceSegmenter
MODELS: dict[Task, type[Model]] = {
    "classification": Classifier,
    "regression": Regressor,
    "points": PointDetector,
    "detection": Detector,
    "semantic": SemanticSegmenter,
    "instance": InstanceSegmenter,
}


def build(
    task: Task, vocabulary: Vocabulary, encoder: Backbone | Encoder | Model | None = None, seed: int = 0
) -> Model:
    """A new model of a task, all on the same encoder.

    task: "classification", "regression", "points", "detection", "semantic" or "instance".

    encoder: a trained model, or its encoder, or one of vl.encoder, to start from (a copy of it); None starts from
    random weights. On a backbone with trained weights the model has another optimiser and rate.
    seed: of the random weights. Raises VislabError for another task, or a task the vocabulary has no words for.
    """
    if task not in MODELS:
        raise VislabError(f"there is no task {task!r}; there are {', '.join(TASKS)}")
    if task == "classification" and len(vocabulary.labels) < 2:
        raise VislabError(f"{vocabulary.name} has no labels to tell apart; build another task")
    if task in OBJECT_TASKS and not vocabulary.things:
        raise VislabError(f"{vocabulary.name} has no things to tell apart; build another task")
    start: Any = getattr(encoder, "encoder", encoder)
    if start is not None and not hasattr(start, "widths"):
        raise VislabError(f"a {type(start).__name__} has no features for the heads; an encoder comes from vl.encoder")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = MODELS[task](vocabulary, copy.deepcopy(start))
    if isinstance(start, Backbone) and start.weights is not None:
        model.optimiser, model.rate = FINE_TUNING
    return model
