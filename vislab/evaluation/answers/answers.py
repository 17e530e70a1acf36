"""Label, share, count and point of every picture, by the means that truth and each kind of prediction have."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vislab.data.convert import guess_instances, labels_from_masks, share_of
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import IGNORE, EnoughPixels, LargestClass, Vocabulary
from vislab.evaluation.answers.pointing import innermost_each, surest_pixels, surest_point, target, target_classes
from vislab.models.predictions import (
    ClassPrediction,
    InstancePrediction,
    Objects,
    Prediction,
    RegressionPrediction,
    SemanticPrediction,
)

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Answers:
    """What someone says of n pictures, float64 throughout; NaN where nobody was trained to say.

    name: who says so. ids: of the pictures.
    label: (n,), index into vocabulary.labels.
    share: (n,), the vocabulary's share, 0 to 1; NaN also where there is nothing to take a share of.
    count: (n, classes), objects of each class; NaN for classes that are not things.
    point: (n, 2), x and y in pixels (the first pixel reaches from 0 to 1); NaN also where the answer is "nowhere".
    asked: which of "label", "share", "count" and "point" were answered at all.
    """

    name: str
    ids: tuple[str, ...]
    label: Floats
    share: Floats
    count: Floats
    point: Floats
    asked: tuple[str, ...]


def answers(source: Scenes | Prediction, ignored: Tensor | None = None) -> Answers:
    """The answers that the truth or a prediction gives, each by its own means.

    ignored: bool (n, h, w), pixels that predicted masks are not asked about: those that the truth ignores, or the
    margin around a picture that was fitted into its size.
    The truth: its labels, or the rule's where it has only masks. A classifier: the label, and the place that speaks
    for it, "nowhere" where the label says so. A regressor: label, share, count. A semantic mask: the label by rule,
    the share, the surest pixel of the target, and, as a guess, the count by connected components (so is a label
    whose rule counts objects). Objects: those of the prediction's threshold or more are counted and painted; label
    and share by the painted mask where they depend on things alone; the innermost pixel of the surest target.
    """
    if isinstance(source, Scenes):
        return _from_truth(source)
    if isinstance(source, ClassPrediction):
        return _from_labels(source)
    if isinstance(source, RegressionPrediction):
        return _from_numbers(source)
    if isinstance(source, SemanticPrediction):
        return _from_mask(source, ignored)
    return _from_objects(source, ignored)


# From each kind of source


def true_numbers(scenes: Scenes) -> tuple[Floats, Floats, Floats]:
    """Label, share and count of the truth, as in Answers; NaN for what these pictures carry no truth of."""
    words, n = scenes.vocabulary, len(scenes)
    semantic = None if scenes.semantic is None else scenes.semantic.cpu()
    objects = None if scenes.objects is None else scenes.objects.cpu()
    label, share, count = _unsaid(n), _unsaid(n), _unsaid(n, len(words.classes))
    if scenes.labels is not None:
        label = scenes.labels.cpu().double().numpy()
    elif semantic is not None and words.rule is not None and (words.rule.level == "semantic" or objects is not None):
        label = labels_from_masks(words, semantic, objects).double().numpy()
    if semantic is not None:
        share = share_of(words, semantic).numpy()
    if objects is not None:
        count = _things_only(words, scenes.count_objects().cpu().double().numpy())
    return label, share, count


def _from_truth(scenes: Scenes) -> Answers:
    words = scenes.vocabulary
    label, share, count = true_numbers(scenes)
    point = _unsaid(len(scenes), 2)
    if scenes.semantic is not None:
        point = innermost_each(words, target(words, scenes.semantic.cpu()).numpy())
    asked = [] if np.isnan(label).all() else ["label"]
    asked += ["share"] if scenes.semantic is not None else []
    asked += ["count"] if scenes.objects is not None else []
    asked += ["point"] if scenes.semantic is not None and target_classes(words) else []
    return Answers("truth", scenes.ids, label, share, count, point, tuple(asked))


def _from_labels(said: ClassPrediction) -> Answers:
    words, n = said.vocabulary, len(said.ids)
    label = said.scores.argmax(1).double().cpu().numpy()
    point = said.points.double().cpu().numpy().copy()
    asked = ("label",) if np.isnan(point).all() else ("label", "point")
    if isinstance(words.rule, EnoughPixels | LargestClass):
        point[label == 0] = np.nan  # who says that there is none does not point at one
    return Answers(said.name, said.ids, label, _unsaid(n), _unsaid(n, len(words.classes)), point, asked)


def _from_numbers(said: RegressionPrediction) -> Answers:
    n = len(said.ids)
    label, asked = _unsaid(n), []
    if said.scores.shape[1]:
        label, asked = said.scores.argmax(1).double().cpu().numpy(), ["label"]
    share, count = said.share.double().cpu().numpy(), said.count.double().cpu().numpy()
    asked += [] if np.isnan(share).all() else ["share"]
    asked += [] if np.isnan(count).all() else ["count"]
    return Answers(said.name, said.ids, label, share, count, _unsaid(n, 2), tuple(asked))


def _from_mask(said: SemanticPrediction, ignored: Tensor | None) -> Answers:
    words, mask = said.vocabulary, said.mask.cpu()
    if ignored is not None:
        mask[ignored.cpu()] = IGNORE
    n, h, w = mask.shape
    blank = torch.zeros((), dtype=torch.uint8).expand(n, 3, h, w)  # no picture is needed to tell components apart
    guess = guess_instances(Scenes(blank, None, mask, None, None, words, said.ids))
    label, share, count = true_numbers(guess)
    point = surest_pixels(said, target(words, mask))
    asked = ["share"] if words.rule is None else ["label", "share"]
    asked += ["count"] if words.things else []
    asked += ["point"] if target_classes(words) else []
    return Answers(said.name, said.ids, label, share, count, point, tuple(asked))


def _from_objects(said: InstancePrediction, ignored: Tensor | None) -> Answers:
    words, (h, w), n = said.vocabulary, said.size, len(said.ids)
    semantic = torch.zeros(n, h, w, dtype=torch.uint8)
    found, point, count = [], _unsaid(n, 2), np.zeros((n, len(words.classes)))
    for i, objects in enumerate(said.objects):
        out = None if ignored is None else ignored[i].cpu().numpy()
        sure = _asked_about(objects.at_least(said.threshold), out)
        ids = sure.paint(h, w)
        painted = torch.from_numpy(np.append(0, sure.classes)[ids].astype(np.uint8))
        if out is not None:
            painted[torch.from_numpy(out)] = IGNORE
        semantic[i] = painted
        count[i] = np.bincount(sure.classes, minlength=len(words.classes))
        found.append(torch.from_numpy(sure.classes))
        point[i] = surest_point(words, ids, target(words, painted[None])[0].numpy(), sure)
    classes = torch.nn.utils.rnn.pad_sequence(found, batch_first=True) if n else torch.zeros(0, 0)
    label, share = _unsaid(n), _unsaid(n)
    asked = ["count"]
    if _things_decide(words):
        label = labels_from_masks(words, semantic, classes).double().numpy()
        asked.append("label")
    if {*words.share[0], *words.share[1]} <= set(words.things):
        share = share_of(words, semantic).numpy()
        asked.append("share")
    if set(target_classes(words)) <= set(words.things):
        asked.append("point")
    else:
        point = _unsaid(n, 2)
    return Answers(said.name, said.ids, label, share, _things_only(words, count), point, tuple(asked))


def _things_decide(vocabulary: Vocabulary) -> bool:
    """Whether objects without stuff determine the label."""
    if isinstance(vocabulary.rule, LargestClass):
        return set(vocabulary.things) == set(vocabulary.classes[1:])
    return vocabulary.rule is not None and set(target_classes(vocabulary)) <= set(vocabulary.things)


def _asked_about(objects: Objects, ignored: NDArray[np.bool_] | None) -> Objects:
    """Without the objects that lie more than half in ignored pixels (h, w)."""
    if ignored is None:
        return objects
    kept = [
        number
        for number, (box, mask, _, _) in enumerate(objects)
        if 2 * ignored[box[1] : box[3], box[0] : box[2]][mask].sum() <= mask.sum()
    ]
    return Objects(
        objects.boxes[kept], tuple(objects.masks[i] for i in kept), objects.classes[kept], objects.scores[kept]
    )


def _unsaid(*shape: int) -> Floats:
    return np.full(shape, np.nan)


def _things_only(vocabulary: Vocabulary, count: Floats) -> Floats:
    """Counts (n, classes) with NaN for classes that are not things."""
    things = np.isin(np.arange(len(vocabulary.classes)), vocabulary.thing_indices)
    return np.where(things, count, np.nan)
