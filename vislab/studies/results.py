"""What a study found, and the file that holds it."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vislab.data.scenes import Scenes
from vislab.evaluation.answers.answers import Answers
from vislab.models.predictions import Prediction
from vislab.plotting.figures import Sheet
from vislab.studies.outcome_figure import outcome
from vislab.studies.table import matrix
from vislab.system.files import without_nan, writing

FORMAT = 1


@dataclass(frozen=True)
class Results:
    """What a study found; prints as a table, and `to_dict` is what results.json holds.

    data, machine: what was measured on what. models, baselines: name → "scores", "answers", "cost", "code", as in the
    file. pairs: who is less wrong than whom, with intervals (evidence.paired_differences). left_out: what could not be
    done with these pictures, in sentences. measured: what claims ask for beside the models: "architectures", light and
    heavy ones of both tasks, timed (Sweep.architectures). test: the test pictures; predictions and answers: what each
    model and baseline said of them, for figures and paired comparison. These three are not in the file.
    """

    data: dict[str, Any]
    machine: dict[str, Any]
    models: dict[str, dict[str, Any]]
    baselines: dict[str, dict[str, Any]]
    pairs: list[dict[str, Any]] = field(repr=False)
    left_out: list[str]
    test: Scenes = field(repr=False)
    predictions: dict[str, Prediction] = field(repr=False)
    answers: dict[str, Answers] = field(repr=False)
    measured: dict[str, list[dict[str, Any]]] = field(default_factory=dict, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, strings and None (for NaN), with the format's number.

        "answers" holds the questions that were asked; null is an error that these pictures cannot tell.
        """
        named = ("data", "machine", "models", "baselines", "pairs", "left_out", "measured")
        plain: dict[str, Any] = without_nan({"format": FORMAT} | {name: getattr(self, name) for name in named})
        return plain

    def save(self, folder: str | Path) -> Path:
        """Write results.json and outcome.png into a folder; returns it."""
        folder = Path(folder)
        with writing(folder / "results.json") as part:
            part.write_text(json.dumps(self.to_dict(), indent=1, allow_nan=False) + "\n", encoding="utf-8")
        self.figure().save(folder / "outcome.png")
        return folder

    def figure(self) -> Sheet:
        """Some test pictures, their truth, and what each model and baseline makes of them."""
        return outcome(self.data["name"], self.test, self.predictions, self.answers, list(self.models))

    def __repr__(self) -> str:
        return matrix(self.data, self.machine, self.models, self.baselines, self.left_out)


def nest_scores(scores: dict[str, float]) -> dict[str, Any]:
    """Scores as results.json has them: the IoUs of classes in a dict of their own."""
    by_class = {name.removeprefix("iou "): value for name, value in scores.items() if name.startswith("iou ")}
    rest = {name: value for name, value in scores.items() if not name.startswith("iou ")}
    return rest | {"class_iou": by_class} if by_class else rest
