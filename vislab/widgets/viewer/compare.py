"""The Comparison: the Viewer, pictures ordered by what divides the models, and everybody's answers to the questions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import traitlets as t
from numpy.typing import NDArray

from vislab.data.scenes import Scenes
from vislab.data.vocabulary import Vocabulary
from vislab.errors import VislabError
from vislab.evaluation.answers.answers import Answers, answers, ignored_pixels
from vislab.evaluation.answers.questions import QUESTIONS, known_errors
from vislab.evaluation.answers.scoring import picture_errors, score_answers
from vislab.models.predictions import Prediction, RegressionPrediction
from vislab.widgets.frontend import css, esm
from vislab.widgets.viewer.packets import pack
from vislab.widgets.viewer.view import Viewer, check, shown_together

Floats = NDArray[np.float64]
AS_THEY_COME, DIVIDED = "as they come", "where answers differ most"


class Comparison(Viewer):
    """Truth and predictions of any task side by side, with their answers; made by `compare`.

    Beside the Viewer's state: order, one of .orders; pictures stand in that order. Thresholds that are moved change
    the answers for the picture in sight, never those over all.
    """

    _esm = esm("comparison.js")
    _css = css("viewer.css")

    paneless = (RegressionPrediction,)  # its numbers stand in the table
    order = t.Unicode(AS_THEY_COME).tag(sync=True)

    def __init__(self, scenes: Scenes, predictions: Sequence[Prediction]) -> None:
        if not predictions:
            raise VislabError("there is nothing to compare; give at least one prediction, or look with vl.view")
        check(scenes, predictions)
        if scenes not in _truths:
            _truths[scenes] = answers(scenes)
        self.truth, self.scored = _truths[scenes], [_score(scenes, prediction) for prediction in predictions]
        self._rank, self._indices = np.zeros(len(scenes)), np.arange(len(scenes))
        names = [scored.answers.name for scored in self.scored]
        self.orders = [AS_THEY_COME, *([DIVIDED] if len(names) > 1 else [])]
        self.orders += [f"{end} for {name}" for name in names for end in ("worst", "best")]
        rows = [row_of(self.truth), *(row_of(scored.answers, scored.overall) for scored in self.scored)]
        super().__init__(scenes, predictions, orders=self.orders, rows=rows, questions=questions_in(scenes.vocabulary))

    @t.validate("order")
    def _known_order(self, proposal: Any) -> str:
        if proposal.value not in self.orders:
            raise VislabError(f"there is no order {proposal.value!r}; there are {', '.join(self.orders)}")
        return str(proposal.value)

    @t.observe("order")
    def _reorder(self, change: Any) -> None:
        self._rank = np.zeros(len(self.scenes))
        if change.new == DIVIDED:
            self._rank = _divided(self.scored)
        elif change.new != AS_THEY_COME:
            end, name = change.new.split(" for ", 1)
            self._rank = _badness(self.scored, name) * (1 if end == "worst" else -1)
        self._indices = np.argsort(-self._rank, kind="stable")
        self.position = 0
        self.send_state(["packet", "strip"])

    def index(self, position: int) -> int:
        """Which picture stands at a position of the order."""
        return int(self._indices[position])

    def often(self, index: int) -> str:
        """How many pictures are like this one, or more so, as the order sees it; "" if they come as they are."""
        if self.order == AS_THEY_COME:
            return ""
        count = int((self._rank >= self._rank[index] - 1e-9).sum())
        what = "divide the models as much as this one, or more"
        if self.order != DIVIDED:
            what = f"are as {'bad' if self.order.startswith('worst') else 'good'} as this one, or more so"
        return f"{count:,} of {len(self._rank):,} pictures ({count / len(self._rank):.1%}) {what}"

    def _packet(self) -> bytes:
        index = self.index(self.position)
        rows = [answer_at(self.truth, index), *(answer_at(one.answers, index, one.errors) for one in self.scored)]
        return pack(self.scenes, self.predictions, index, position=self.position, answers=rows, often=self.often(index))


@dataclass(frozen=True)
class Scored:
    """A prediction's answers; errors: question → of each picture; overall: question → [mean, low, high]."""

    answers: Answers
    errors: dict[str, Floats]
    overall: dict[str, list[float]]


# Kept for as long as the pictures and predictions live, so that a hundred comparisons of them cost no more than one.
_truths: WeakKeyDictionary[Scenes, Answers] = WeakKeyDictionary()
_known: WeakKeyDictionary[Scenes, WeakKeyDictionary[Prediction, Scored]] = WeakKeyDictionary()


def _score(scenes: Scenes, prediction: Prediction) -> Scored:
    known = _known.setdefault(scenes, WeakKeyDictionary())
    if prediction not in known:
        given = answers(prediction, ignored_pixels(scenes))
        known[prediction] = Scored(given, errors_of(scenes, given), known_errors(score_answers(scenes, given)))
    return known[prediction]


def errors_of(scenes: Scenes, given: Answers) -> dict[str, Floats]:
    """Question → the error in each picture, (n,)."""
    return {name: picture_errors(scenes, given, name) for name in QUESTIONS}


def _badness(scored: Sequence[Scored], name: str) -> Floats:
    """How bad one's answers are in each picture: errors in units of everybody's mean error on that question, added.

    So no question outweighs another; a question without answers does not count.
    """
    (own,) = [one for one in scored if one.answers.name == name]
    total = np.zeros(len(own.answers.ids))
    for question in QUESTIONS:
        everybody = np.concatenate([one.errors[question] for one in scored])
        known = everybody[np.isfinite(everybody)]
        total += np.nan_to_num(own.errors[question]) / (known.mean() if known.any() else 1)
    return total


def _divided(scored: Sequence[Scored]) -> Floats:
    """How far the answers lie apart in each picture, each question in units of its mean, added."""
    total = np.zeros(len(scored[0].answers.ids))
    for name, question in QUESTIONS.items():
        answering = [one for one in scored if name in one.answers.answered]
        if not answering:
            continue
        # Of points, only whether they hit can be compared.
        values = [one.errors[name] if question.kind == "point" else one.answers.totals(name) for one in answering]
        spread = np.nan_to_num(np.fmax.reduce(values) - np.fmin.reduce(values))  # 0 if fewer than two answer
        if question.kind == "label":
            spread = (spread > 0).astype(float)
        total += spread / (spread.mean() or 1)
    return total


def questions_in(vocabulary: Vocabulary) -> list[dict[str, Any]]:
    """The questions as the front end takes them, each with its words in a vocabulary, or ""."""
    return [one.to_dict() | {"words": vocabulary.questions.get(one.key, "")} for one in QUESTIONS.values()]


def row_of(given: Answers, overall: Mapping[str, list[float]] | None = None) -> dict[str, Any]:
    """A row of the table of answers: the name, the questions answered, and the errors over all pictures, if any."""
    return {"name": given.name, "answered": list(given.answered), "overall": overall or {}}


def answer_at(given: Answers, index: int, errors: Mapping[str, Floats] | None = None) -> dict[str, Any]:
    """One picture's answers by question, None if there is none; of a point, whether there is one and whether it hits.

    errors: question → of each picture, (n,); without them hits are not told.
    """
    plain: dict[str, Any] = dict.fromkeys(QUESTIONS)
    for name in given.answered:
        if QUESTIONS[name].kind == "point":
            missed = np.nan if errors is None else errors[name][index]
            pointed = not np.isnan(given.values[name][index]).any()
            plain[name] = {"pointed": bool(pointed), "hit": None if np.isnan(missed) else not missed}
        elif not np.isnan(value := float(given.totals(name)[index])):
            plain[name] = int(value) if value.is_integer() else round(value, 4)
    return plain


def compare(scenes: Scenes, predictions: Prediction | Sequence[Prediction]) -> Comparison:
    """Compare predictions for the same pictures: masks and objects side by side, and everybody's answers below.

    predictions: one or several of these pictures, of any task, from vl.predict or a baseline. Pictures can be ordered
    by where the answers differ most and by where one model is worst or best, with how often such a picture occurs.
    Of a prediction of some of the pictures alone, as a guest's may be, only those are shown, and that is said.
    Raises VislabError if there are no pictures or predictions, or predictions are of other pictures or words.
    """
    return Comparison(*shown_together(scenes, predictions))
