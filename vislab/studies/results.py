"""The results of a study, and the file that holds them."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict

from vislab.data.scenes import Scenes
from vislab.evaluation.answers.answers import Answers
from vislab.models.predictions import Prediction
from vislab.plotting.figures import Sheet
from vislab.studies.outcome_figure import outcome
from vislab.studies.pairs import Pair
from vislab.studies.table import matrix
from vislab.system.files import without_nan, writing

FORMAT = 1
Errors = dict[str, dict[str, float]]  # question → its error and the ends of its interval, as in score_answers


class BaselineResult(TypedDict):
    """How wrong a baseline is on the questions that it answers."""

    answers: Errors


class ModelResult(BaselineResult):
    """scores: the task's own, "class_iou" a dict. cost: as Cost.to_dict, and labels. code: as CODE."""

    scores: dict[str, Any]
    cost: dict[str, Any]
    code: dict[str, int]


@dataclass(frozen=True)
class Results:
    """The results of a study; prints as a table, and `to_dict` is what results.json holds.

    data, machine: what was measured on what. models, baselines: by name. pairs: paired differences of their errors.
    left_out: what these pictures do not allow, in sentences. measured: what claims need beside the models:
    "architectures", light and heavy ones of both tasks, timed (Sweep.architectures). test: the test pictures;
    predictions and answers: of each model and baseline about them, for figures and paired comparison. These three are
    not in the file.
    """

    data: dict[str, Any]
    machine: dict[str, Any]
    models: dict[str, ModelResult]
    baselines: dict[str, BaselineResult]
    pairs: list[Pair] = field(repr=False)
    left_out: list[str]
    test: Scenes = field(repr=False)
    predictions: dict[str, Prediction] = field(repr=False)
    answers: dict[str, Answers] = field(repr=False)
    measured: dict[str, list[dict[str, Any]]] = field(default_factory=dict, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, strings and None (for NaN), with the format's number.

        "answers" holds the questions that were asked; null is an error that these pictures cannot tell.
        """
        names = ("data", "machine", "models", "baselines", "pairs", "left_out", "measured")
        plain: dict[str, Any] = without_nan({"format": FORMAT} | {name: getattr(self, name) for name in names})
        return plain

    def save(self, folder: str | Path) -> Path:
        """Write results.json and outcome.png into a folder; returns it."""
        folder = Path(folder)
        with writing(folder / "results.json") as part:
            part.write_text(json.dumps(self.to_dict(), indent=1, allow_nan=False) + "\n", encoding="utf-8")
        self.figure().save(folder / "outcome.png")
        return folder

    def figure(self) -> Sheet:
        """Some test pictures with their truth and what each model and baseline predicts."""
        return outcome(self.data["name"], self.test, self.predictions, self.answers, list(self.models))

    def __repr__(self) -> str:
        return matrix(self.data, self.machine, self.models, self.baselines, self.left_out)


def nest_scores(scores: dict[str, float]) -> dict[str, Any]:
    """Scores as results.json has them: the IoUs of classes in a dict of their own."""
    by_class = {name.removeprefix("iou "): value for name, value in scores.items() if name.startswith("iou ")}
    rest = {name: value for name, value in scores.items() if not name.startswith("iou ")}
    return rest | {"class_iou": by_class} if by_class else rest
