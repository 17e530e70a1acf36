"""What the truth or a prediction answers to the questions."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from vislab.data.scenes import Scenes
from vislab.data.vocabulary import IGNORE, Vocabulary
from vislab.evaluation.answers.answering import materials
from vislab.evaluation.answers.questions import QUESTIONS
from vislab.models.predictions import Prediction

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Answers:
    """The answers for n pictures, float64 throughout: label, share, count and point; NaN if not answered.

    name: of the truth or the prediction. ids: of the pictures. values: question → its answers, if it was answered.
    vocabulary: what the numbers mean; None for that of the pictures.
    """

    name: str
    ids: tuple[str, ...]
    values: Mapping[str, Floats]
    vocabulary: Vocabulary | None = None

    @property
    def answered(self) -> tuple[str, ...]:
        """The questions that were answered, in the order of QUESTIONS."""
        return tuple(question for question in QUESTIONS if question in self.values)

    @property
    def label(self) -> Floats:
        """(n,), index into vocabulary.labels."""
        return self._of("label")

    @property
    def share(self) -> Floats:
        """(n,), the vocabulary's share, 0 to 1; NaN also where there is nothing to take a share of."""
        return self._of("share")

    @property
    def count(self) -> Floats:
        """(n, classes), objects of each class; NaN for classes that are not things; (n, 1) if not answered."""
        return self._of("count", 1)

    @property
    def point(self) -> Floats:
        """(n, 2), x and y in pixels (the first pixel reaches from 0 to 1); NaN also for the answer "nowhere"."""
        return self._of("point", 2)

    def totals(self, question: str) -> Floats:
        """One number a picture, (n,): the answer, or the sum over classes; NaN where the question was not answered."""
        values = self._of(question)
        return values if values.ndim == 1 else np.nansum(values, 1)

    def _of(self, question: str, *shape: int) -> Floats:
        return self.values[question] if question in self.values else np.full((len(self.ids), *shape), np.nan)


def ignored_pixels(truth: Scenes) -> Tensor | None:
    """The pixels that the truth ignores, bool (n, h, w), on the CPU; None if it has no mask or ignores none."""
    mask = truth.semantic
    return mask.cpu() == IGNORE if mask is not None and mask.numel() and mask.max() == IGNORE else None


def answers(source: Scenes | Prediction, ignored: Tensor | None = None) -> Answers:
    """The answers that the truth or a prediction gives, each by its own means.

    ignored: bool (n, h, w), pixels that predicted masks are not asked about, as `ignored_pixels` gives them.
    The truth: its labels, or the rule's if it has only masks. A classifier: the label, and the peak of its evidence,
    "nowhere" if the label says so. A regressor: label, share, count. A semantic mask: the label by rule, the share,
    the surest pixel of the target, and, as a guess, the count by connected components (and so a label whose rule
    counts objects). Objects: those of the prediction's threshold or more are counted and painted; label and share
    follow if they depend on things alone; the innermost pixel of the surest target.
    """
    name = "truth" if isinstance(source, Scenes) else source.name
    parts: dict[str, list[Floats]] = {question: [] for question in QUESTIONS}
    for material in materials(source, ignored):
        for question in QUESTIONS.values():
            values = question.answer(material)
            if values is not None:
                parts[question.name].append(values)
    whole = {question: np.concatenate(values) for question, values in parts.items() if values}
    return Answers(name, source.ids, whole, source.vocabulary)
