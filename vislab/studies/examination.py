"""Models and baselines asked the four questions about the same test pictures."""

import math
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from vislab.costs.labels.annotation_time import LabellingCost
from vislab.data.scenes import Scenes
from vislab.errors import VislabError
from vislab.evaluation.answers.answers import Answers, answers, ignored_pixels
from vislab.evaluation.answers.scoring import score_answers
from vislab.evaluation.evaluate import evaluate
from vislab.evaluation.in_common import places
from vislab.evaluation.predict import predict_quietly
from vislab.models.build import Model
from vislab.models.predictions import Prediction, Task
from vislab.studies.guests import Guest
from vislab.studies.pairs import paired_differences
from vislab.studies.results import BaselineResult, Errors, GuestResult, ModelResult, Results, nest_scores
from vislab.training.course import Course


class CodeSize(NamedTuple):
    """lines: of code of its own, beside the encoder that all share. constants: numbers that somebody had to choose."""

    lines: int
    constants: int


# How complicated a task is to build: counted once, by tools/count_code.py at commit 207e168, and by no study anew, as
# tidying a model must not change the verdict of a published claim; none is about dots or boxes. A test counts again. It
# fails if a ratio of two tasks' lines has moved by more than a quarter, or another task has the most constants: then
# these must follow.
CODE: dict[Task, CodeSize] = {
    "classification": CodeSize(lines=47, constants=0),
    "regression": CodeSize(lines=54, constants=0),
    "semantic": CodeSize(lines=59, constants=0),
    "instance": CodeSize(lines=207, constants=6),
}


class Examination:
    """What each model, guest and baseline predicts and answers about the test pictures, and how wrong it is.

    predictions, answers: by name. models, guests, baselines: as in Results.
    """

    def __init__(self, test: Scenes) -> None:
        self.test = test
        self.predictions: dict[str, Prediction] = {}
        self.answers: dict[str, Answers] = {}
        self.models: dict[str, ModelResult] = {}
        self.guests: dict[str, GuestResult] = {}
        self.baselines: dict[str, BaselineResult] = {}
        self._ignored = ignored_pixels(test)

    def ask_model(self, task: Task, model: Model, cost: dict[str, Any], course: Course | None = None) -> None:
        """Predict the test pictures once; cost: as in results.json. course: of its training, None if nobody kept it."""
        prediction = predict_quietly(model, self.test)
        self.models[task] = {
            "scores": nest_scores(evaluate(prediction, self.test)),
            "answers": self._ask(task, prediction),
            "cost": cost,
            "code": CODE[task]._asdict() if task in CODE else {},
        }
        if course is not None:
            self.models[task]["training"] = course

    def ask_guest(self, guest: Guest) -> None:
        """Ask a guest, who may have predicted some of the test pictures alone."""
        prediction, scores = guest.prediction, dict[str, float]()
        with suppress(VislabError):  # of a task whose truth these pictures lack, answers alone are judged
            scores = evaluate(prediction, self.test.subset(places(self.test, prediction.ids) or []))
        self.guests[prediction.name] = {
            "task": prediction.task,
            "pictures": len(prediction.ids),
            "scores": nest_scores(scores),
            "answers": self._ask(prediction.name, prediction),
            "cost": guest.cost,
        }

    def ask_baselines(self, predictions: Mapping[str, Prediction]) -> None:
        """Ask the baselines, by name, that predicted the test pictures."""
        for name, prediction in predictions.items():
            self.baselines[name] = {"answers": self._ask(name, prediction)}

    def results(
        self,
        data: dict[str, Any],
        machine: dict[str, Any],
        left_out: list[str] | None = None,
        measured: dict[str, list[dict[str, Any]]] | None = None,
    ) -> Results:
        """All of it with paired differences; arguments as the fields of Results.

        data also gets the fewest and the most "objects" of a test picture, if they are known.
        """
        if self.test.instances is not None and len(self.test):
            counts = self.test.count_objects().sum(1)
            data = data | {"objects": [int(counts.min()), int(counts.max())]}
        return Results(
            data=data, machine=machine, models=self.models, guests=self.guests, baselines=self.baselines,
            pairs=paired_differences(self.test, self.predictions, self.answers, self.baselines),
            left_out=left_out or [], measured=measured or {},
            test=self.test, predictions=self.predictions, answers=self.answers,
        )  # fmt: skip

    def _ask(self, name: str, prediction: Prediction) -> Errors:
        """The errors on the questions that it was trained to answer."""
        self.predictions[name] = prediction
        ignored = self._ignored
        if ignored is not None and prediction.ids != self.test.ids:
            ignored = ignored[places(self.test, prediction.ids) or []]
        self.answers[name] = answers(prediction, ignored)
        errors = score_answers(self.test, self.answers[name])
        return {question: errors[question] for question in self.answers[name].answered}


def with_labels(cost: dict[str, Any], labels: LabellingCost) -> dict[str, Any]:
    """A model's cost as in results.json, with what its labels take; None if that is not known."""
    seconds = None if math.isnan(labels.seconds) else labels.seconds
    return cost | {"labelling_s": seconds, "notes": cost["notes"] | {"labelling": labels.how}}
