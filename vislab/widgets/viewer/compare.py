"""The Comparison: the Viewer, pictures ordered by what divides the models, and everybody's answers to the questions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import traitlets as t
from numpy.typing import NDArray

from vislab.data.scenes import Scenes
from vislab.data.vocabulary import IGNORE
from vislab.errors import VislabError
from vislab.evaluation.answers.answers import Answers, answers
from vislab.evaluation.answers.scoring import Question, picture_errors, score_answers
from vislab.models.predictions import Prediction, RegressionPrediction
from vislab.widgets.frontend import css, esm
from vislab.widgets.viewer.packets import pack
from vislab.widgets.viewer.view import Viewer, check

Floats = NDArray[np.float64]
AS_THEY_COME, DIVIDED = "as they come", "where answers differ most"
COLUMNS: dict[Question, str] = {"label": "wrong", "share": "mae", "count": "mae", "point": "missed"}  # its measure


class Comparison(Viewer):
    """Truth and predictions of any task side by side, with their answers; made by `compare`.

    Beside the Viewer's state: order, one of .orders; pictures stand in that order. Thresholds that are moved change
    the answers for the picture in sight, never those over all.
    """

    _esm = esm("comparison.js")
    _css = css("viewer.css")

    order = t.Unicode(AS_THEY_COME).tag(sync=True)

    def __init__(self, scenes: Scenes, predictions: Sequence[Prediction]) -> None:
        if not predictions:
            raise VislabError("there is nothing to compare; give at least one prediction, or look with vl.view")
        check(scenes, predictions)
        self.truth, self.said = _truth(scenes), [_said(scenes, one) for one in predictions]
        self._rank, self._places = np.zeros(len(scenes)), np.arange(len(scenes))
        names = [one.answers.name for one in self.said]
        self.orders = [AS_THEY_COME, *([DIVIDED] if len(names) > 1 else [])]
        self.orders += [f"{end} for {name}" for name in names for end in ("worst", "best")]
        rows = [_row(self.truth, {}), *(_row(one.answers, one.overall) for one in self.said)]
        questions = dict(scenes.vocabulary.questions)
        super().__init__(scenes, predictions, orders=self.orders, rows=rows, questions=questions)

    def _has_pane(self, said: Prediction) -> bool:
        return not isinstance(said, RegressionPrediction)  # it has numbers alone, which stand in the table

    @t.validate("order")
    def _known(self, proposal: Any) -> str:
        if proposal.value not in self.orders:
            raise VislabError(f"there is no order {proposal.value!r}; there are {', '.join(self.orders)}")
        return str(proposal.value)

    @t.observe("order")
    def _reorder(self, change: Any) -> None:
        self._rank = np.zeros(len(self.scenes))
        if change.new == DIVIDED:
            self._rank = _divided(self.said)
        elif change.new != AS_THEY_COME:
            end, name = change.new.split(" for ", 1)
            self._rank = _badness(self.said, name) * (1 if end == "worst" else -1)
        self._places = np.argsort(-self._rank, kind="stable")
        self.position = 0
        self.send_state(["held", "strip"])

    def index(self, position: int) -> int:
        """Which picture stands at a position of the order."""
        return int(self._places[position])

    def often(self, index: int) -> str:
        """How many pictures are like this one, or more so, as the order sees it; "" where they come as they are."""
        if self.order == AS_THEY_COME:
            return ""
        count = int((self._rank >= self._rank[index] - 1e-9).sum())
        what = "divide the models as much as this one, or more"
        if self.order != DIVIDED:
            what = f"are as {'bad' if self.order.startswith('worst') else 'good'} as this one, or more so"
        return f"{count:,} of {len(self._rank):,} pictures ({count / len(self._rank):.1%}) {what}"

    def _held(self) -> bytes:
        index = self.index(self.position)
        told = [answer_at(self.truth, index)]
        for one in self.said:
            missed = one.errors["point"][index]
            told.append(answer_at(one.answers, index) | {"hit": None if np.isnan(missed) else not missed})
        return pack(self.scenes, self.predictions, index, position=self.position, answers=told, often=self.often(index))


@dataclass(frozen=True)
class Said:
    """What one prediction answers: errors by question, one a picture; overall, [mean, low, high] by question."""

    answers: Answers
    errors: dict[Question, Floats]
    overall: dict[str, list[float]]


# Found once for the same pictures and prediction, so that a hundred comparisons of them cost and hold no more than one.
_truths: WeakKeyDictionary[Scenes, Answers] = WeakKeyDictionary()
_known: WeakKeyDictionary[Scenes, WeakKeyDictionary[Prediction, Said]] = WeakKeyDictionary()


def _truth(scenes: Scenes) -> Answers:
    if scenes not in _truths:
        _truths[scenes] = answers(scenes)
    return _truths[scenes]


def _said(scenes: Scenes, prediction: Prediction) -> Said:
    known = _known.setdefault(scenes, WeakKeyDictionary())
    if prediction not in known:
        ignored = None if scenes.semantic is None else scenes.semantic.cpu() == IGNORE
        given = answers(prediction, ignored)
        errors = {question: picture_errors(scenes, given, question) for question in COLUMNS}
        overall = {}
        for question, measure in COLUMNS.items():
            found = score_answers(scenes, given)[question]
            numbers = [found[measure], found["low"], found["high"]]
            if question in given.asked and not np.isnan(numbers).any():
                overall[_column(question)] = numbers
        known[prediction] = Said(given, errors, overall)
    return known[prediction]


def _badness(said: Sequence[Said], name: str) -> Floats:
    """How bad one's answers are in each picture: errors in units of everybody's mean error on that question, added.

    So no question outweighs another; what is not asked does not count.
    """
    (own,) = [one for one in said if one.answers.name == name]
    total = np.zeros(len(own.answers.ids))
    for question in COLUMNS:
        everybody = np.concatenate([one.errors[question] for one in said])
        unit = float(np.nanmean(everybody)) if np.isfinite(everybody).any() else 0.0
        total += _in_units(np.nan_to_num(own.errors[question]), unit)
    return total


def _divided(said: Sequence[Said]) -> Floats:
    """How far labels, shares, counts and hits lie apart in each picture, each in units of its mean, added."""
    given = [one.answers for one in said]
    apart = [(_spread([one.label for one in given]) > 0).astype(float), _spread([one.share for one in given])]
    apart += [_spread([np.nansum(one.count, 1) for one in given if "count" in one.asked])]
    apart += [_spread([one.errors["point"] for one in said])]
    return sum((_in_units(one, float(one.mean())) for one in apart), np.zeros(len(given[0].ids)))


def _spread(values: list[Floats]) -> Floats:
    """How far apart values (several, n) lie in each picture; 0 where fewer than two say anything."""
    if not values:
        return np.zeros(1)
    several = np.stack(values)
    top, low = np.where(np.isnan(several), -np.inf, several).max(0), np.where(np.isnan(several), np.inf, several).min(0)
    return np.where(np.isfinite(top), top - low, 0.0)


def _in_units(values: Floats, unit: float) -> Floats:
    return values / unit if unit > 0 else np.zeros_like(values)


def _row(said: Answers, overall: dict[str, list[float]]) -> dict[str, Any]:
    """Who says, what they are asked, and their errors over all pictures."""
    return {"name": said.name, "asked": [_column(question) for question in said.asked], "overall": overall}


def _column(question: str) -> str:
    """The column of a question; who is asked for a point says where."""
    return "where" if question == "point" else question


def answer_at(said: Answers, index: int) -> dict[str, Any]:
    """One picture's answers, None where nobody says."""
    count = said.count[index]
    values = {"label": said.label[index], "share": said.share[index],
              "count": np.nansum(count) if "count" in said.asked else np.nan}  # fmt: skip
    plain: dict[str, Any] = {
        name: None if np.isnan(value) else round(float(value), 4) for name, value in values.items()
    }
    for name in ("label", "count"):
        if plain[name] is not None and plain[name] == int(plain[name]):
            plain[name] = int(plain[name])
    pointed = None if "point" not in said.asked else not np.isnan(said.point[index]).any()
    return plain | {"pointed": None if pointed is None else bool(pointed)}


def compare(scenes: Scenes, predictions: Sequence[Prediction]) -> Comparison:
    """Compare what models say of the same pictures: masks and objects side by side, and everybody's answers below.

    predictions: of these pictures, of any task, from vl.predict or a baseline. Pictures can be ordered by where the
    answers differ most and by where one model is worst or best, with how often such a picture occurs.
    Raises VislabError where there are no pictures or predictions, or predictions are of other pictures or words.
    """
    return Comparison(scenes, predictions)
