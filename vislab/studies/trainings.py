"""The trainings of a study: beside each other where that is quicker, and to the same bits as one after another."""

import pickle
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import torch

from vislab.data.scenes import Scenes
from vislab.data.synthetic.draw import WORLDS
from vislab.errors import VislabError
from vislab.evaluation.baselines import predict_baselines
from vislab.evaluation.predict import choose_threshold
from vislab.models.build import Model, build
from vislab.models.predictions import Prediction, Task
from vislab.system.console import say
from vislab.system.files import home
from vislab.system.workers import count_workers, run_beside
from vislab.training.checkpoints import read_checkpoint
from vislab.training.fit import fit, prepare
from vislab.training.history import History
from vislab.training.run import Run

CROP = 128  # the side of the random parts of larger real pictures on which masks are learned
# Pixels shown to a model, from which another process pays: 17 to 34 s of training on one core by
# benchmarks/results/threads.md, where a process that imports torch takes 4 s to start.
LONG = 2048 * 96**2
BASELINES = "baselines"
PREFIX = "study-"  # of the folder in which other processes find the pictures
DAY = 86_400.0  # seconds


class Pictures(NamedTuple):
    """The pictures of a study: what they are called, and those that train, choose and test."""

    name: str
    train: Scenes
    valid: Scenes
    test: Scenes


class Trainings:
    """Trains a model of each task on a study's pictures, all with the same settings, and fits the baselines.

    epochs, minutes, seed, device, fresh: as of vl.fit. On a CPU each of several has one thread, beside others and
    alone, so that it ends with the same bits.
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
    ) -> None:
        self.tasks, self.pictures, self.seed, self.device, self.fresh = tasks, pictures, seed, device, fresh
        self.settings: dict[str, Any] = {"epochs": epochs, "minutes": minutes, "seed": seed, "device": str(device)}
        self.settings["threads"] = 1 if device.type == "cpu" and len(tasks) > 1 else None
        height, width = pictures.train.size
        self.long = minutes is not None or epochs * len(pictures.train) * height * width >= LONG
        self.beside: set[Task] = set()  # trained in other processes
        self.baselines: dict[str, Prediction] = {}  # what baselines fitted there predict

    def train_beside(self) -> None:
        """Train in several processes, if that is quicker; `train` then takes the models from the cache of vl.fit."""
        tasks = [task for task in self.tasks if self.fresh or not self._is_done(task)]
        workers = min(len(tasks) + 1, count_workers()) if self.device.type == "cpu" and self.long else 1
        if workers < 2 or len(tasks) < 2:
            return
        say(f"{', '.join(tasks)}: training on {self.device}, {workers} at a time")
        runs = home() / "runs"
        with ExitStack() as stack:
            try:
                runs.mkdir(parents=True, exist_ok=True)
                _remove_old(runs)
                folder = Path(stack.enter_context(TemporaryDirectory(dir=runs, prefix=PREFIX)))
                files = [part.save(folder / str(number)) for number, part in enumerate(self.pictures[1:])]
            except (OSError, VislabError) as error:
                say(f"training one after another: {error}")
                return
            jobs: dict[str, tuple[Any, ...]] = {task: (task, files, self._settings(task), self.fresh) for task in tasks}
            results = run_beside(_work_in_helper, jobs | {BASELINES: (None, files, {}, True)}, "training", workers)
        self.beside |= set(tasks)
        self.baselines = pickle.loads(results[BASELINES])  # our own helper's

    def train(self, task: Task) -> tuple[Model, History]:
        """A trained model, its threshold chosen on valid pictures."""
        model, history = self._take(task) if task in self.beside else self._train_here(task)
        if task == "instance":
            choose_threshold(model, self.pictures.valid)
        return model, history

    def predict_baselines(self) -> dict[str, Prediction]:
        """What the baselines that these pictures have the truth for predict of the test pictures, by name."""
        if self.baselines:
            return self.baselines
        say("baselines: fitting and asking them the same")
        return predict_baselines(*self.pictures[1:])

    def _take(self, task: Task) -> tuple[Model, History]:
        """The model that another process trained; if it could not be written, one trained here."""
        run = self._prepare(task)
        if not (run.path.exists() and run.resume()):
            return self._train_here(task)
        run.model.eval()
        return run.model, run.history

    def _train_here(self, task: Task) -> tuple[Model, History]:
        say(f"{task}: training on {self.device}")
        model = self._build(task)
        return model, fit(model, *self._parts, **self._settings(task), fresh=self.fresh)

    @property
    def _parts(self) -> tuple[Scenes, Scenes]:
        return self.pictures.train, self.pictures.valid

    def _settings(self, task: Task) -> dict[str, Any]:
        crop = CROP if task in ("semantic", "instance") and self.pictures.name not in WORLDS else None
        return self.settings | {"crop": crop}

    def _build(self, task: Task) -> Model:
        return build(task, self.pictures.train.vocabulary, seed=self.seed)

    def _prepare(self, task: Task) -> Run:
        return prepare(self._build(task), *self._parts, **self._settings(task))

    def _is_done(self, task: Task) -> bool:
        """Whether it was trained before."""
        try:
            return bool(read_checkpoint(self._prepare(task).path).about["done"])
        except VislabError:
            return False


def _remove_old(runs: Path) -> None:
    """Remove the pictures of studies that were killed a day ago or earlier."""
    for folder in runs.glob(f"{PREFIX}*"):
        if time.time() - folder.stat().st_mtime > DAY:
            shutil.rmtree(folder, ignore_errors=True)


def _work_in_helper(
    task: Task | None, files: Sequence[Path], settings: dict[str, Any], fresh: bool, report: Callable[[float], None]
) -> bytes:
    """Train a task on pictures from files, into the cache of vl.fit; without one, return what baselines predict.

    Predictions are pickled here: torch would hand their tensors over in shared memory, of which containers have little.
    """
    train, valid, test = map(Scenes.load, files)
    if task is None:
        return pickle.dumps(predict_baselines(train, valid, test))
    model = build(task, train.vocabulary, seed=settings["seed"])
    fit(model, train, valid, **settings, fresh=fresh, panel=lambda run: _Reporter(report))
    return b""


class _Reporter:
    """Reports how far a training is, in place of a progress bar."""

    def __init__(self, report: Callable[[float], None]) -> None:
        self.report = report

    def __enter__(self) -> "_Reporter":
        return self

    def __exit__(self, kind: Any, error: Any, at: Any) -> None: ...

    def to(self, share: float, word: str = "") -> None:
        """Report this share, 0 to 1."""
        self.report(share)

    def show_done(self) -> None:
        """Nothing is left to report."""
