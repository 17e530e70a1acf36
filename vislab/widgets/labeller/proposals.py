"""What a model proposes for a picture, to accept, correct or delete: its label, its mask or its objects."""

import numpy as np
from numpy.typing import NDArray

from vislab.costs.labels.annotation_time import Kind
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import Vocabulary
from vislab.errors import VislabError
from vislab.evaluation.predict import predict_quietly
from vislab.models.build import Model
from vislab.models.predictions import ClassPrediction, InstancePrediction, SemanticPrediction
from vislab.widgets.labeller.strokes import PROPOSED, UNTOUCHED, Mask, Outline

PROPOSES: dict[str, Kind] = {"classification": "label", "semantic": "pixels", "instance": "outline"}
TOLERANCE = 0.5  # pixels by which an outline may leave the mask: 13 corners around a cell of a smear, at an IoU of 0.98

Proposal = int | Mask | tuple[Outline, ...]  # a label; a mask (h, w), UNTOUCHED where no class is; objects


def check_model(model: Model, words: Vocabulary) -> None:
    """Raise VislabError if a model cannot propose labels in these words."""
    if model.task not in PROPOSES:
        raise VislabError(
            f"a model for {model.task} proposes nothing that is labelled here; give one for {', '.join(PROPOSES)}"
        )
    kinds = ["labels"] if model.task == "classification" else ["classes", "things"]
    theirs = model.vocabulary
    if any(getattr(words, kind) != getattr(theirs, kind) for kind in kinds):
        reason = words.difference(theirs, kinds) or f"the {' and '.join(kinds)} in another order, not"
        raise VislabError(f"these pictures are labelled with {reason} as this model has them; give one of their words")


def propose(model: Model, picture: Scenes) -> Proposal:
    """What the model proposes for one picture."""
    predicted = predict_quietly(model, picture)
    if isinstance(predicted, ClassPrediction):
        return int(predicted.scores[0].argmax())
    if isinstance(predicted, SemanticPrediction):
        mask = predicted.mask[0].numpy()
        return np.where(mask == 0, UNTOUCHED, mask).astype(np.uint8)
    assert isinstance(predicted, InstancePrediction)
    objects = predicted.objects[0].at_least(predicted.threshold)
    return tuple(Outline(outline_of(mask, int(box[0]), int(box[1])), code, PROPOSED) for box, mask, code, _ in objects)


def outline_of(mask: NDArray[np.bool_], left: int = 0, top: int = 0) -> tuple[tuple[float, float], ...]:
    """The corners of the outline around the largest part of a mask (h, w), whose upper left pixel is (left, top)."""
    from skimage.measure import approximate_polygon, find_contours

    line = max(find_contours(np.pad(mask, 1).astype(float), 0.5), key=_area)
    fewer = approximate_polygon(line, TOLERANCE)
    corners = (fewer if len(fewer) > 3 else line)[:-1]  # the last is the first again
    return tuple((round(float(x) + left - 0.5, 2), round(float(y) + top - 0.5, 2)) for y, x in corners)


def _area(line: NDArray[np.float64]) -> float:
    y, x = line.T
    return abs(float(x[:-1] @ y[1:] - x[1:] @ y[:-1]))
