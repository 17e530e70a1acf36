"""The four questions, declared once: what they are called, how they are answered, scored, weighed and printed.

Tables, claims, advice, reports, budgets and widgets read QUESTIONS: a fifth question is one entry more.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf, isfinite, isnan, nan
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vislab.data.scenes import Scenes
from vislab.errors import VislabError
from vislab.evaluation.answers import answering

UNANSWERED, UNKNOWN = "–", "?"
Floats = NDArray[np.float64]
Scoring = Callable[[Scenes, Floats], Floats]  # the truth of n pictures and the answers → an error for each, (n,)


@dataclass(frozen=True)
class Question:
    """A question that every task can be compared by.

    name: in code and in files. heading: of a table's column. wording: in a sentence. key: among a Vocabulary's
    questions. kind: of the answer, a label's index, a number, or a point in the picture.
    measure: the name of the mean error in files. column: what the error says, below the heading. quantity: what is
    averaged, in a sentence.
    unit, sign: of the error, in a sentence and behind a figure. scale: errors are multiplied by it when printed.
    decimals: of a printed error. most: the largest error possible.
    margin: the smallest difference between two mean errors that matters, fixed before anything was measured.
    notable: the smallest error of one picture that is marked as wrong.
    error, required: sentences about an error and about the largest error allowed, {} for the figure with its sign.
    answer: the answers of n pictures, (n,) or (n, ...), None where the source cannot say.
    errors: of each picture. offsets: errors with their sign, if their mean (the bias) is reported too.
    """

    name: str
    heading: str
    wording: str
    key: str
    kind: Literal["label", "number", "point"]
    measure: str
    column: str
    quantity: str
    unit: str
    sign: str
    scale: float
    decimals: int
    most: float
    margin: float
    notable: float
    error: str
    required: str
    answer: Callable[[answering.Material], Floats | None]
    errors: Scoring
    offsets: Scoring | None = None

    @property
    def axis(self) -> str:
        """What an axis of errors says: "share of wrong labels, %", or of a number's error its unit."""
        return f"{self.quantity}, {self.unit if self.kind == 'number' else self.sign.strip()}"

    def figure(self, value: float) -> str:
        """An error in the question's unit: "12.5 %"; no decimals from 100 on."""
        scaled = self.scale * value
        return f"{scaled:.{self.decimals if scaled < 100 else 0}f}{self.sign}"

    def figures(self, error: Mapping[str, float]) -> str:
        """An error as `score_answers` gives it, with its 95 % interval: "12.5 % (10.2–14.9)", "0.0 % (at most 0.6)"."""
        mean, low, high = (self.scale * error[end] for end in (self.measure, "low", "high"))
        decimals = self.decimals if mean < 100 else 0
        if mean == 0 < high:
            return f"{mean:.{decimals}f}{self.sign} (at most {high:.{decimals}f})"
        return f"{mean:.{decimals}f}{self.sign} ({low:.{decimals}f}–{high:.{decimals}f})"

    def to_dict(self) -> dict[str, Any]:
        """What a widget's front end needs to print answers and errors, as JSON; most: None if there is no bound."""
        names = ("name", "heading", "key", "kind", "column", "quantity", "unit", "sign", "scale", "decimals", "notable")
        plain = {name: getattr(self, name) for name in (*names, "required")}
        return plain | {"most": None if self.most == inf else self.most}


_FOUR = (
    Question(
        name="label", heading="any?", wording="is there any?", key="any", kind="label",
        measure="wrong", column="wrong", quantity="share of wrong labels",
        unit="percentage points", sign=" %", scale=100, decimals=1, most=1, margin=0.02, notable=1,
        error="wrong on {} of the pictures", required="any? at most {} wrong",
        answer=answering.answer_label, errors=answering.label_errors,
    ),
    Question(
        name="share", heading="how much?", wording="how much?", key="share", kind="number",
        measure="mae", column="off by", quantity="mean error of the share",
        unit="percentage points", sign=" %", scale=100, decimals=1, most=1, margin=0.01, notable=0.05,
        error="off by {}", required="how much? off by at most {}",
        answer=answering.answer_share, errors=answering.share_errors,
    ),
    Question(
        name="count", heading="how many?", wording="how many?", key="count", kind="number",
        measure="mae", column="off by", quantity="mean error of the count",
        unit="objects", sign="", scale=1, decimals=2, most=inf, margin=0.5, notable=1,
        error="off by {} objects a picture", required="how many? off by at most {}",
        answer=answering.answer_count, errors=answering.count_errors, offsets=answering.count_offsets,
    ),
    Question(
        name="point", heading="where?", wording="where?", key="where", kind="point",
        measure="missed", column="missed", quantity="share of missed targets",
        unit="percentage points", sign=" %", scale=100, decimals=1, most=1, margin=0.05, notable=1,
        error="missing {} of the targets", required="where? at most {} missed",
        answer=answering.answer_point, errors=answering.point_errors,
    ),
)  # fmt: skip
QUESTIONS: dict[str, Question] = {question.name: question for question in _FOUR}


def question_of(name: str) -> Question:
    """The question of a name; raises VislabError for a name that is none, naming those there are."""
    if name not in QUESTIONS:
        raise VislabError(f"there is no question {name!r}; ask one of {', '.join(QUESTIONS)}")
    return QUESTIONS[name]


def answer_cell(question: str, answers: Mapping[str, Mapping[str, float]]) -> str:
    """An error with its 95 % interval; – if the question was not answered, ? if the truth is not known."""
    if question not in answers:
        return UNANSWERED
    error = answers[question]
    return UNKNOWN if isnan(error[QUESTIONS[question].measure]) else QUESTIONS[question].figures(error)


def known_errors(answers: Mapping[str, Mapping[str, float]]) -> dict[str, list[float]]:
    """Question → its error and the ends of the 95 % interval, if `answers`, as `score_answers` gives them, hold all."""
    ends = {name: [question.measure, "low", "high"] for name, question in QUESTIONS.items()}
    errors = {name: [answers.get(name, {}).get(end, nan) for end in three] for name, three in ends.items()}
    return {name: three for name, three in errors.items() if all(map(isfinite, three))}
