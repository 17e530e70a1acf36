"""The points of learning curves: each is trained, tested, and its result kept."""

import math
import pickle
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch

from vislab.costs.labels.kept_results import KeptResults
from vislab.costs.labels.learning_curves import SCRATCH, TRANSFER, Point
from vislab.data.batches import take
from vislab.data.scenes import Scenes, fingerprint
from vislab.errors import VislabError
from vislab.evaluation.answers.answers import answers
from vislab.evaluation.answers.scoring import score_answers
from vislab.evaluation.evaluate import evaluate
from vislab.evaluation.predict import choose_threshold, predict
from vislab.models.build import Model, build
from vislab.models.predictions import OBJECT_TASKS, Task
from vislab.system.console import Progress, say
from vislab.system.devices import pick_device
from vislab.system.files import home, with_nan
from vislab.system.memory import keeping_freed_memory
from vislab.system.workers import count_workers, run_beside
from vislab.training.beside import handing_over, is_long, train_into_cache
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
    rates. report: called now and then with how many trainings are done, the one at work in part, and which it is. On a
    CPU every training has one thread, beside others and alone, so that it ends with the same bits.
    """

    train: Scenes
    valid: Scenes
    test: Scenes
    steps: int
    largest: int
    first: int
    device: str | None
    report: Callable[[float, str], None]

    def __post_init__(self) -> None:
        self.on_cpu = pick_device(self.device).type == "cpu"
        self.foundation = Setup("classification", SCRATCH, self.largest)  # its encoder starts a transfer
        self.trained: set[tuple[Setup, float, int]] = set()  # and those whose results are known
        self.rates: dict[Setup, float] = {}
        self.classifiers: dict[int, Model] = {}  # by seed, trained on its largest part
        self.tested = f"{fingerprint(self.valid)} {fingerprint(self.test)}"
        self.results = KeptResults(home() / "runs" / "curves" / f"{self.train.vocabulary.name}.json")

    @property
    def done(self) -> int:
        """How many trainings are done."""
        return len(self.trained)

    def train_beside(self, setups: Iterable[Setup], seed: int) -> None:
        """Train what `measure` will ask for in several processes, if that is quicker; it finds them in the cache."""
        workers = count_workers() if self.on_cpu and is_long(self.steps * BATCH, self.train.size) else 1
        wanted = self.wanted(setups, seed) if workers > 1 else []
        if len(wanted) < 2:
            return
        with ExitStack() as stack:
            try:
                files = stack.enter_context(handing_over(self.train))
            except VislabError as error:
                say(f"training one after another: {error}")
                return
            jobs = {}
            for setup, rate in wanted:
                with suppress(VislabError):  # `measure` meets it again, and names it
                    jobs[f"{setup}, rate {rate:.2g}"] = self.job(setup, rate, seed, files[0])
            done = self.done
            run_beside(
                _train_in_helper, jobs, "", workers, lambda share, text: self.report(done + share * len(jobs), text)
            )
        self.trained |= {(setup, rate, seed) for setup, rate in wanted}

    def wanted(self, setups: Iterable[Setup], seed: int) -> list[tuple[Setup, float]]:
        """The trainings with this seed whose results are not known yet."""
        found = []
        for setup in setups:
            chooses = seed == self.first and setup.start == SCRATCH
            rates = self.rates_to_try(setup) if chooses else [self.rate(setup._replace(start=SCRATCH))]
            what = " loss" if chooses else ""
            found += [(setup, rate) for rate in rates if self.key(setup, rate, seed) + what not in self.results]
        return found

    def job(self, setup: Setup, rate: float, seed: int, file: Path) -> tuple[Any, ...]:
        """What another process needs for a training."""
        return (
            pickle.dumps(self.start(setup, seed)),
            file,
            self.order(setup.pictures, seed),
            self.settings(setup.pictures, rate, seed),
        )

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
            self.results.keep(key, self.test_one(run))
        self.step(setup, rate, seed)
        result = self.results[key]
        return Point(*setup, seed, rate, result["seconds"], with_nan(result["errors"]), with_nan(result["scores"]))

    def rate(self, setup: Setup) -> float:
        """The rate chosen for a setup, else its model's own."""
        return self.rates[setup] if setup in self.rates else self.own_rate(setup)

    def choose_rate(self, setup: Setup) -> tuple[float, Run | None]:
        """The rate with the least loss on valid pictures, and its training if it was made just now."""
        rates = self.rates_to_try(setup)
        least, best, best_run = math.inf, self.own_rate(setup), None
        for rate in rates:
            key, run = f"{self.key(setup, rate, self.first)} loss", None
            if key not in self.results:
                try:
                    run = self.train_one(setup, rate, self.first)
                    self.results.keep(key, self.valid_loss(run))
                except VislabError:  # the loss was no number: too fast for this model
                    self.results.keep(key, None)
            loss = self.results[key]
            if loss is not None and loss < least:
                least, best, best_run = loss, rate, run
            self.step(setup, rate, self.first)
        return best, best_run

    def rates_to_try(self, setup: Setup) -> list[float]:
        """Those that the first seed chooses from."""
        return [factor * self.own_rate(setup) for factor in RATES]

    def own_rate(self, setup: Setup) -> float:
        """The rate that its model has of its own."""
        return build(setup.task, self.train.vocabulary).rate

    def train_one(self, setup: Setup, rate: float, seed: int) -> Run:
        """A training from its start, or from its last checkpoint if it was cut off."""
        run = self.prepare(self.start(setup, seed), setup.pictures, rate, seed)
        if not (run.path.exists() and run.resume()):
            progress = Progress("")
            progress.bar.disable = True  # it is one of many
            with keeping_freed_memory():
                run.train_on(progress, None)
        run.path.unlink(missing_ok=True)  # hundreds of them would fill the disk
        run.model.eval()
        return run

    def start(self, setup: Setup, seed: int) -> Model:
        """The model that a training begins with."""
        encoder = self.classifier(seed) if setup.start == TRANSFER else None
        return build(setup.task, self.train.vocabulary, encoder, seed)

    def classifier(self, seed: int) -> Model:
        """The foundation of a transfer; trained again if an earlier session measured it."""
        if seed not in self.classifiers:
            self.classifiers[seed] = self.train_one(self.foundation, self.rate(self.foundation), seed).model
        return self.classifiers[seed]

    def prepare(self, model: Model, size: int, rate: float, seed: int) -> Run:
        """A training on the first pictures of this seed's order."""
        part = self.train.subset(self.order(size, seed))
        return prepare(model, part, None, **self.settings(size, rate, seed))

    def order(self, size: int, seed: int) -> list[int]:
        """The first so many of this seed's order of the pictures."""
        order = torch.randperm(len(self.train), generator=torch.Generator().manual_seed(seed))
        return order[:size].tolist()

    def settings(self, size: int, rate: float, seed: int) -> dict[str, Any]:
        """As of vl.fit."""
        passes, threads = self.steps * min(BATCH, size) / size, 1 if self.on_cpu else None
        return {
            "epochs": passes, "batch": BATCH, "rate": rate, "seed": seed, "device": self.device, "threads": threads,
        }  # fmt: skip

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
        if run.model.task in OBJECT_TASKS:
            choose_threshold(run.model, self.valid)
        prediction = predict(run.model, self.test)
        given = answers(prediction)
        scored = score_answers(self.test, given)
        errors = {question: scored[question] for question in given.answered}
        scores = evaluate(prediction, self.test, quick=True)
        return {"errors": errors, "scores": scores, "seconds": run.history.seconds}

    def step(self, setup: Setup, rate: float, seed: int) -> None:
        """Count a training."""
        self.trained.add((setup, rate, seed))
        self.report(self.done, str(setup))


def _train_in_helper(
    model: bytes, file: Path, order: Sequence[int], settings: Mapping[str, Any], report: Callable[[float], None]
) -> None:
    """Train a pickled model on some of a file's pictures, in another process."""
    with suppress(VislabError):  # the parent meets it again, and knows what a rate that is too fast is worth
        train_into_cache(model, Scenes.load(file).subset(list(order)), None, settings, False, report)
