"""The trainings of a study: beside each other if that is quicker, and with the same bits as one after another."""

import pickle
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from itertools import zip_longest
from pathlib import Path
from typing import Any

import torch

from vislab.data.scenes import Scenes
from vislab.data.synthetic.draw import WORLDS
from vislab.errors import VislabError
from vislab.evaluation.baselines import predict_baselines
from vislab.evaluation.predict import choose_threshold
from vislab.evaluation.tiles import COARSE
from vislab.models.backbone import Backbone
from vislab.models.build import Model, build
from vislab.models.predictions import OBJECT_TASKS, Prediction, Task
from vislab.studies.division import Pictures
from vislab.system.console import say
from vislab.system.workers import count_workers, run_beside
from vislab.training.beside import handing_over, is_long, train_into_cache
from vislab.training.checkpoints import read_checkpoint
from vislab.training.fit import fit, prepare
from vislab.training.history import History
from vislab.training.run import Run

CROP = 128  # the side of the random parts of larger real pictures on which masks are learned
BASELINES = "baselines"


class Trainings:
    """Trains a model of each task on the pictures of a seed, all with the same settings, and fits the baselines.

    epochs, minutes, seed, device, fresh: as of vl.fit. several: whether other seeds are trained as well. encoder: that
    all models start from; None is our own. On a CPU each of several trainings has one thread, beside others and alone,
    so that it ends with the same bits.
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        pictures: Pictures,
        epochs: float,
        minutes: float | None,
        seed: int,
        device: torch.device,
        fresh: bool,
        several: bool = False,
        encoder: Backbone | None = None,
    ) -> None:
        self.encoder = encoder
        self.tasks, self.pictures, self.seed, self.device, self.fresh = tasks, pictures, seed, device, fresh
        self.settings: dict[str, Any] = {"epochs": epochs, "minutes": minutes, "seed": seed, "device": str(device)}
        self.settings["threads"] = 1 if device.type == "cpu" and (several or len(tasks) > 1) else None
        self.several = several
        self.long = minutes is not None or is_long(epochs * len(pictures.train), pictures.train.size)
        self.beside: set[Task] = set()  # trained in other processes
        self.baselines: dict[str, Prediction] = {}  # what baselines fitted there predict

    def call(self, work: str) -> str:
        """What a task's training, or other work for these pictures, is called in messages and beside others."""
        return f"{work}, seed {self.seed}" if self.several else work

    def left(self) -> list[Task]:
        """The tasks that have to be trained, as the cache of vl.fit does not hold them."""
        return [task for task in self.tasks if self.fresh or not self._is_done(task)]

    def jobs(self, tasks: Sequence[Task], files: Sequence[Path]) -> dict[str, tuple[Any, ...]]:
        """Arguments of _work_in_helper by name: to train these tasks and, last, to fit the baselines.

        files: where other processes find the pictures. The dearest task comes first, lest the others wait for it.
        """
        jobs: dict[str, tuple[Any, ...]] = {
            self.call(task): (pickle.dumps(self._build(task)), files, self._settings(task), self.fresh)
            for task in reversed(tasks)
        }
        return jobs | {self.call(BASELINES): (None, files, {}, True)}

    def take(self, tasks: Sequence[Task], results: Mapping[str, bytes]) -> None:
        """Remember what other processes did: the tasks that they trained, and what their `jobs` gave, by name."""
        self.beside |= set(tasks)
        self.baselines = pickle.loads(results[self.call(BASELINES)])  # our own helper's

    def train(self, task: Task) -> tuple[Model, History]:
        """A trained model, its threshold chosen on valid pictures."""
        model, history = self._take(task) if task in self.beside else self._train_here(task)
        if task in OBJECT_TASKS:
            choose_threshold(model, self.pictures.valid)
        return model, history

    def predict_baselines(self) -> dict[str, Prediction]:
        """What the baselines that these pictures have the truth for predict of the test pictures, by name."""
        if self.baselines:
            return self.baselines
        say(f"{self.call(BASELINES)}: fitting and asking them the same")
        return predict_baselines(*self.pictures[1:])

    def _take(self, task: Task) -> tuple[Model, History]:
        """The model that another process trained; if it could not be written, one trained here."""
        run = self._prepare(task)
        if not (run.path.exists() and run.resume()):
            return self._train_here(task)
        run.model.eval()
        return run.model, run.history

    def _train_here(self, task: Task) -> tuple[Model, History]:
        say(f"{self.call(task)}: training on {self.device}")
        model = self._build(task)
        return model, fit(model, *self._parts, **self._settings(task), fresh=self.fresh)

    @property
    def _parts(self) -> tuple[Scenes, Scenes]:
        return self.pictures.train, self.pictures.valid

    def _settings(self, task: Task) -> dict[str, Any]:
        crop = CROP if task not in COARSE and self.pictures.name not in WORLDS else None
        return self.settings | {"crop": crop}

    def _build(self, task: Task) -> Model:
        return build(task, self.pictures.train.vocabulary, self.encoder, self.seed)

    def _prepare(self, task: Task) -> Run:
        return prepare(self._build(task), *self._parts, **self._settings(task))

    def _is_done(self, task: Task) -> bool:
        """Whether it was trained before."""
        try:
            return bool(read_checkpoint(self._prepare(task).path).about["done"])
        except VislabError:
            return False


def train_beside(each: Sequence[Trainings]) -> None:
    """Train what is left of all seeds in several processes, if that is quicker.

    `train` then takes the models from the cache of vl.fit.
    """
    left = [one.left() for one in each]
    trainings, first = sum(map(len, left)), each[0]
    workers = min(trainings + len(each), count_workers()) if first.device.type == "cpu" and first.long else 1
    if workers < 2 or trainings < 2:
        return
    say(f"{_listed(each, left)}: training on {first.device}, {workers} at a time")
    with ExitStack() as stack:
        jobs = []
        try:
            for one, tasks in zip(each, left, strict=True):
                files = stack.enter_context(handing_over(*one.pictures[1:]))
                jobs.append(one.jobs(tasks, files).items())
        except VislabError as error:
            say(f"training one after another: {error}")
            return
        in_turns = [job for turn in zip_longest(*jobs) for job in turn if job]
        results = run_beside(_work_in_helper, dict(in_turns), "training", workers)
    for one, tasks in zip(each, left, strict=True):
        one.take(tasks, results)


def _listed(each: Sequence[Trainings], left: Sequence[Sequence[Task]]) -> str:
    """The tasks that are trained, and of several seeds these."""
    tasks = ", ".join(dict.fromkeys(task for tasks in left for task in tasks))
    seeds = ", ".join(str(one.seed) for one, tasks in zip(each, left, strict=True) if tasks)
    return f"{tasks} with seeds {seeds}" if len(each) > 1 else tasks


def _work_in_helper(
    model: bytes | None, files: Sequence[Path], settings: dict[str, Any], fresh: bool, report: Callable[[float], None]
) -> bytes:
    """Train a pickled model on pictures from files; without one, return what baselines predict.

    Predictions are pickled here: torch would hand their tensors over in shared memory, of which containers have little.
    """
    train, valid, test = map(Scenes.load, files)
    if model is None:
        return pickle.dumps(predict_baselines(train, valid, test))
    train_into_cache(model, train, valid, settings, fresh, report)
    return b""
