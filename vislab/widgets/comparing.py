"""The Comparison: the Viewer, pictures ordered by what divides the models, and everybody's answers to the questions."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import traitlets as t
from numpy.typing import NDArray

from vislab.errors import VislabError
from vislab.outputs import Prediction, RegressionPrediction
from vislab.questions import Answers, answers, picture_errors, score_answers
from vislab.scenes import Scenes
from vislab.vocabulary import IGNORE
from vislab.widgets.frontend import css, esm
from vislab.widgets.packets import pack
from vislab.widgets.viewing import Viewer

Floats = NDArray[np.float64]
AS_THEY_COME, DIVIDED = "as they come", "where answers differ most"
COLUMNS = {"label": "wrong", "share": "mae", "count": "mae", "point": "missed"}  # question: its measure


class Comparison(Viewer):
    """Truth and predictions of any task side by side, with their answers; made by `compare`.

    Beside the Viewer's state: order, one of .orders; pictures stand in that order. answers: one Answers each, the
    truth's first. Thresholds that are moved change the answers for the picture in sight, never those over all.
    """

    _esm = esm("comparison.js")
    _css = css("viewer.css")

    order = t.Unicode(AS_THEY_COME).tag(sync=True)

    def __init__(self, scenes: Scenes, predictions: Sequence[Prediction]) -> None:
        if not predictions:
            raise VislabError("there is nothing to compare; give at least one prediction, or look with vl.view")
        self.ranks: dict[str, Floats] = {}
        self._places = np.arange(len(scenes))
        super().__init__(scenes, predictions)
        ignored = None if scenes.semantic is None else scenes.semantic.cpu() == IGNORE
        self.answers = [answers(scenes), *(answers(said, ignored) for said in self.predictions)]
        self.errors = {said.name: _errors(scenes, said) for said in self.answers[1:]}
        self.ranks = _ranks(self.answers[1:], self.errors)
        rows = [_row(scenes, said) for said in self.answers]
        self.about = self.about | {"orders": self.orders, "rows": rows, "questions": dict(scenes.vocabulary.questions)}
        self.send_state(["held", "strip"])  # it was sent without answers

    def _has_pane(self, said: Prediction) -> bool:
        return not isinstance(said, RegressionPrediction)  # it has numbers alone, which stand in the table

    @property
    def orders(self) -> list[str]:
        """The orders in which the pictures can stand."""
        return [AS_THEY_COME, *self.ranks]

    @t.validate("order")
    def _known(self, proposal: Any) -> str:
        if proposal.value not in self.orders:
            raise VislabError(f"there is no order {proposal.value!r}; there are {', '.join(self.orders)}")
        return str(proposal.value)

    @t.observe("order")
    def _reorder(self, change: Any) -> None:
        first = np.arange(len(self.scenes))
        self._places = first if change.new == AS_THEY_COME else np.argsort(-self.ranks[change.new], kind="stable")
        self.position = 0
        self.send_state(["held", "strip"])

    def index(self, position: int) -> int:
        """Which picture stands at a position of the order."""
        return int(self._places[position])

    def often(self, index: int) -> str:
        """How many pictures are like this one, or more so, as the order sees it; "" where they come as they are."""
        if self.order == AS_THEY_COME:
            return ""
        rank = self.ranks[self.order]
        count = int((rank >= rank[index] - 1e-9).sum())
        what = {"where": "divide the models as much as this one, or more"}.get(self.order.split()[0])
        what = what or f"are as {'bad' if self.order.startswith('worst') else 'good'} as this one, or more so"
        return f"{count:,} of {len(rank):,} pictures ({count / len(rank):.1%}) {what}"

    def _held(self) -> bytes:
        index = self.index(self.position)
        said = [answer_at(one, index) for one in self.answers] if hasattr(self, "answers") else []
        for one, row in zip(self.answers[1:] if said else (), said[1:], strict=True):
            missed = self.errors[one.name]["point"][index]
            row["hit"] = None if np.isnan(missed) else not missed
        return pack(self.scenes, self.predictions, index, position=self.position, answers=said, often=self.often(index))


def _errors(truth: Scenes, said: Answers) -> dict[str, Floats]:
    """The error of each answer in each picture, NaN where it is not asked or nobody knows."""
    return {question: picture_errors(truth, said, question) for question in COLUMNS}


def _ranks(said: Sequence[Answers], errors: dict[str, dict[str, Floats]]) -> dict[str, Floats]:
    """What each order goes by, one number a picture, the largest first.

    Errors are taken in units of the mean error of all models on that question, so that no question outweighs
    another; what a model is not asked does not count. Answers differ by how far the models' labels, shares, counts
    and hits lie apart, in units of their mean.
    """
    units = {}
    for question in COLUMNS:
        known = np.concatenate([one[question] for one in errors.values()])
        units[question] = float(np.nanmean(known)) if np.isfinite(known).any() else 0.0
    result = {}
    if len(said) > 1:
        apart = [(_spread([one.label for one in said]) > 0).astype(float), _spread([one.share for one in said])]
        apart += [_spread([np.nansum(one.count, 1) for one in said if "count" in one.asked])]
        apart += [_spread([errors[one.name]["point"] for one in said])]
        result[DIVIDED] = sum((_in_units(one, float(one.mean())) for one in apart), np.zeros(1))
    for one in said:
        bad = sum(
            (_in_units(np.nan_to_num(errors[one.name][question]), units[question]) for question in COLUMNS), np.zeros(1)
        )
        result |= {f"worst for {one.name}": bad, f"best for {one.name}": -bad}
    return result


def _spread(values: list[Floats]) -> Floats:
    """How far apart values (several, n) lie in each picture; 0 where fewer than two say anything."""
    if not values:
        return np.zeros(1)
    several = np.stack(values)
    top, low = np.where(np.isnan(several), -np.inf, several).max(0), np.where(np.isnan(several), np.inf, several).min(0)
    return np.where(np.isfinite(top), top - low, 0.0)


def _in_units(values: Floats, unit: float) -> Floats:
    return values / unit if unit > 0 else np.zeros_like(values)


def _row(scenes: Scenes, said: Answers) -> dict[str, Any]:
    """Who says, what they are asked, and their errors over all pictures: [mean, low, high] a question."""
    asked = ["where" if question == "point" else question for question in said.asked]
    overall: dict[str, list[float]] = {}
    for question, found in score_answers(scenes, said).items() if said.name != "truth" else ():
        numbers = [found[COLUMNS[question]], found["low"], found["high"]]
        if question in said.asked and not np.isnan(numbers).any():
            overall["where" if question == "point" else question] = numbers
    return {"name": said.name, "asked": asked, "overall": overall}


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
