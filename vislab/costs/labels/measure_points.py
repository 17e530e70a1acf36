"""The points of learning curves: each is trained, tested, and its result kept."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch

from vislab.costs.labels.learning_curves import FORMAT, SCRATCH, TRANSFER, Point
from vislab.data.batches import take
from vislab.data.scenes import Scenes, fingerprint
from vislab.errors import VislabError
from vislab.evaluation.answers.answers import answers
from vislab.evaluation.answers.scoring import score_answers
from vislab.evaluation.evaluate import evaluate
from vislab.evaluation.predict import choose_threshold, predict
from vislab.models.build import Model, build
from vislab.models.predictions import Task
from vislab.system.console import Progress, say
from vislab.system.files import home, read_json, with_nan, without_nan, writing
from vislab.training.fit import prepare
from vislab.training.run import Run

BATCH = 8
RATES = (1 / 3, 1.0, 3.0)  # of the model's own, tried from scratch at every size by the first repeat


class Setup(NamedTuple):
    """What a point of a curve is measured with, by every repeat: task, "scratch" or "transfer", number of pictures."""

    task: Task
    start: str
    pictures: int

    def __str__(self) -> str:
        return f"{self.task} from {self.start}, {self.pictures} pictures"


@dataclass(eq=False)
class PointMeasurer:
    """Trains and tests the points of learning curves, and keeps their results in one JSON file a kind of picture.

    largest: the most pictures of a curve, from which a transfer's classifier learns. first: the seed that chooses
    rates. report: called after each training with how many are done, and which was the last.
    """

    train: Scenes
    valid: Scenes
    test: Scenes
    steps: int
    largest: int
    first: int
    device: str | None
    report: Callable[[int, str], None]

    def __post_init__(self) -> None:
        self.foundation = Setup("classification", SCRATCH, self.largest)  # its encoder starts a transfer
        self.done = 0
        self.rates: dict[Setup, float] = {}
        self.classifiers: dict[int, Model] = {}  # by seed, trained on its largest part
        self.tested = f"{fingerprint(self.valid)} {fingerprint(self.test)}"
        self.path = home() / "runs" / "curves" / f"{self.train.vocabulary.name}.json"
        self.results = _read(self.path)

    def measure(self, setup: Setup, seed: int) -> Point:
        """Train and test one point; from scratch, the first seed also chooses the rate for all seeds."""
        run, chooses = None, seed == self.first and setup.start == SCRATCH
        if chooses:
            self.rates[setup], run = self.choose_rate(setup)
        rate = self.rate(setup._replace(start=SCRATCH))
        key = self.key(setup, rate, seed)
        if key not in self.results:
            run = run or self.train_one(setup, rate, seed)
            if setup == self.foundation:
                self.classifiers[seed] = run.model
            self.keep(key, self.test_one(run))
        if not chooses:  # choose_rate counts its own trainings
            self.step(setup)
        result = self.results[key]
        return Point(*setup, seed, rate, result["seconds"], with_nan(result["errors"]), with_nan(result["scores"]))

    def rate(self, setup: Setup) -> float:
        """The rate chosen for a setup, else its model's own."""
        return self.rates[setup] if setup in self.rates else build(setup.task, self.train.vocabulary).rate

    def choose_rate(self, setup: Setup) -> tuple[float, Run | None]:
        """The rate with the least loss on valid pictures, and its training if it was made just now."""
        own = build(setup.task, self.train.vocabulary).rate
        least, best, best_run = math.inf, own, None
        for rate in (factor * own for factor in RATES):
            key, run = f"{self.key(setup, rate, self.first)} loss", None
            if key not in self.results:
                try:
                    run = self.train_one(setup, rate, self.first)
                    self.keep(key, self.valid_loss(run))
                except VislabError:  # the loss was no number: too fast for this model
                    self.keep(key, None)
            loss = self.results[key]
            if loss is not None and loss < least:
                least, best, best_run = loss, rate, run
            self.step(setup)
        return best, best_run

    def train_one(self, setup: Setup, rate: float, seed: int) -> Run:
        """A training from its start, or from its last checkpoint if it was cut off."""
        encoder = self.classifier(seed) if setup.start == TRANSFER else None
        run = self.prepare(build(setup.task, self.train.vocabulary, encoder, seed), setup.pictures, rate, seed)
        if not (run.path.exists() and run.resume()):
            progress = Progress("")
            progress.bar.disable = True  # it is one of many
            run.train_on(progress, None)
        run.path.unlink(missing_ok=True)  # hundreds of them would fill the disk
        run.model.eval()
        return run

    def classifier(self, seed: int) -> Model:
        """The foundation of a transfer; trained again if an earlier session measured it."""
        if seed not in self.classifiers:
            self.classifiers[seed] = self.train_one(self.foundation, self.rate(self.foundation), seed).model
        return self.classifiers[seed]

    def prepare(self, model: Model, size: int, rate: float, seed: int) -> Run:
        """A training on the first pictures of this seed's order."""
        order = torch.randperm(len(self.train), generator=torch.Generator().manual_seed(seed))
        part = self.train.subset(order[:size].tolist())
        passes = self.steps * min(BATCH, size) / size
        return prepare(model, part, None, epochs=passes, batch=BATCH, rate=rate, seed=seed, device=self.device)

    def key(self, setup: Setup, rate: float, seed: int) -> str:
        """A name for all that decides a result: the training itself, where it starts, and what it is tested on."""
        model = build(setup.task, self.train.vocabulary, seed=seed)
        name = self.prepare(model, setup.pictures, rate, seed).path.stem
        if setup.start == TRANSFER:
            name += f" from {self.key(self.foundation, self.rate(self.foundation), seed)}"
        return f"{name} {self.tested}"

    def valid_loss(self, run: Run) -> float:
        """The mean loss on valid pictures, which every task has and which is finer than a score."""
        total, device = 0.0, run.train.device
        with torch.inference_mode():
            for start in range(0, len(self.valid), 32):
                part = self.valid[start : start + 32].to(device)
                total += run.loss(take(part, torch.arange(len(part), device=device))).item() * len(part)
        return total / len(self.valid)

    def test_one(self, run: Run) -> dict[str, Any]:
        """Its errors on the questions that it answers, its own scores, and the seconds it trained."""
        if run.model.task == "instance":
            choose_threshold(run.model, self.valid)
        prediction = predict(run.model, self.test)
        given = answers(prediction)
        scored = score_answers(self.test, given)
        errors = {question: scored[question] for question in given.answered}
        scores = evaluate(prediction, self.test, quick=True)
        return {"errors": errors, "scores": scores, "seconds": run.history.seconds}

    def step(self, setup: Setup) -> None:
        """Count a training."""
        self.done += 1
        self.report(self.done, str(setup))

    def keep(self, key: str, value: Any) -> None:
        """Remember a result, in the file too; if the disk is full, say so and measure on."""
        self.results[key] = without_nan(value)
        text = json.dumps({"format": FORMAT, "found": self.results}, allow_nan=False)
        try:
            with writing(self.path) as part:
                part.write_text(text + "\n", encoding="utf-8")
        except VislabError as error:
            say(f"not kept for another time: {error}")


def _read(path: Path) -> dict[str, Any]:
    """Earlier results; {} without a file of this format."""
    try:
        return dict(read_json(path, "every training is made anew", format=FORMAT)["found"]) if path.exists() else {}
    except VislabError as error:
        say(str(error))
        return {}
