"""Measuring learning curves: every task trained on nested parts of the same pictures, with equal steps."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from vislab.costs.labels.annotation_time import Spent, labelling_cost
from vislab.costs.labels.learning_curves import FORMAT, SCRATCH, TRANSFER, Curves, Point
from vislab.data.batches import take
from vislab.data.fingerprint import fingerprint
from vislab.data.scenes import Scenes
from vislab.data.synthetic.draw import WORLDS
from vislab.errors import VislabError
from vislab.evaluation.answers.answers import answers
from vislab.evaluation.answers.scoring import score_answers
from vislab.evaluation.evaluate import evaluate
from vislab.evaluation.predict import choose_threshold, predict
from vislab.models.build import Model, build
from vislab.models.predictions import TASKS, Task
from vislab.system.console import Progress, say
from vislab.system.devices import device_name, pick_device
from vislab.system.files import home, read_json, without_nan, writing
from vislab.training.fit import Run, prepare

SIZES = (32, 128, 512, 2048)  # labelled pictures
# Of every training, whatever the pictures; so many that the usual run ends within about 20 minutes on two cores. The
# curves that come with vislab took 512: with 256 a classifier was worse after 2,048 pictures than after 512, each of
# which it had seen four times as often (benchmarks/results/learning_curves.md).
STEPS = 320
BATCH = 8
RATES = (1 / 3, 1.0, 3.0)  # of the model's own, tried from scratch at every size by the first repeat
TRANSFERRED: tuple[Task, ...] = ("semantic", "instance")  # start from the classifier's encoder, too
Place = tuple[Task, str, int]  # of a curve: task, start, pictures


def learning_curve(
    tasks: Sequence[Task] = TASKS,
    *,
    train: Scenes,
    valid: Scenes,
    test: Scenes,
    sizes: Sequence[int] = SIZES,
    repeats: int = 2,
    steps: int = STEPS,
    transfer: bool = True,
    own: Mapping[str, Spent] | None = None,
    seed: int = 0,
    device: str | None = None,
) -> Curves:
    """Train each task on parts of `train`, and measure how wrong its answers on `test` are.

    sizes: numbers of labelled pictures; those that are more than there are, are left out, with a word.
    repeats: each with a seed of its own (seed, seed + 1, ...), which orders the pictures and sets the first weights.
    Within a repeat the parts are nested: the smaller is the beginning of the larger. steps: of every training, so a
    small part is seen more often. The learning rate is the one of three with the least loss on `valid`, chosen from
    scratch at every size by the first repeat; thresholds are chosen on `valid` in each. `valid` is labelled, too, and
    counts nowhere. transfer: segmenters also from the encoder of the classifier that learned from the largest part.
    own: a Labeller's times, in place of the published seconds (labelling_cost).
    Each training is kept as it ends, so a run that was cut off goes on; Ctrl-C ends with what there is by then.
    A training that fails is named in `missing`, and the rest is done. Raises VislabError for arguments without sense.
    """
    _refuse(tasks, train, valid, test, sizes, repeats, steps)
    sizes = _possible(sizes, len(train))
    starts: list[tuple[Task, str]] = [(task, SCRATCH) for task in tasks]
    if transfer and "classification" in tasks:
        starts += [(task, TRANSFER) for task in tasks if task in TRANSFERRED]
    places = [(task, start, size) for task, start in starts for size in sizes]
    seeds = range(seed, seed + repeats)
    total = len(places) * repeats + len(tasks) * len(sizes) * (len(RATES) - 1)
    say(f"{total} trainings of {steps} steps: {len(places)} places on curves, {repeats} repeats, {len(RATES)} rates")
    points, missing = [], []
    with Progress(f"{total} trainings") as progress:
        bench = Bench(
            train, valid, test, steps, sizes[-1], seed, device, lambda done, word: progress.to(done / total, word)
        )
        try:
            for number, place in ((number, place) for number in seeds for place in places):
                try:
                    points.append(bench.measure(place, number))
                except VislabError as error:
                    missing.append(f"{place[0]} from {place[1]}, {place[2]} pictures, seed {number}: {error}")
        except KeyboardInterrupt:
            missing.append(f"stopped after {bench.done} of {total} trainings; run it again to go on")
    for line in missing:
        say(line)
    cost = labelling_cost(train, own)
    about = {"name": train.vocabulary.name, "size": train.size[0], "valid": len(valid), "test": len(test)}
    about |= {
        "drawn": train.vocabulary.name in WORLDS,
        "steps": steps,
        "batch": BATCH,
        "machine": bench.machine,
        "torch": torch.__version__,
    }
    seconds, how = ({task: getattr(one, name) for task, one in cost.items()} for name in ("seconds", "how"))
    return Curves(about, tuple(points), seconds, how, tuple(missing))


class Bench:
    """Where trainings are made, measured and kept, in one JSON file for a kind of picture.

    largest: the most pictures of a curve, which a transfer's classifier learns from. first: the seed that chooses
    rates. tell: is told how many trainings are done, and which is next.
    """

    def __init__(
        self,
        train: Scenes,
        valid: Scenes,
        test: Scenes,
        steps: int,
        largest: int,
        first: int,
        device: str | None,
        tell: Callable[[int, str], None],
    ) -> None:
        self.train, self.valid, self.test = train, valid, test
        self.steps, self.largest, self.first, self.device, self.tell = steps, largest, first, device, tell
        self.machine = device_name(pick_device(device))
        self.done = 0
        self.rates: dict[Place, float] = {}
        self.classifiers: dict[int, Model] = {}  # of a seed, trained on its largest part
        self.tested = f"{fingerprint(valid)} {fingerprint(test)}"
        self.path = home() / "runs" / "curves" / f"{train.vocabulary.name}.json"
        self.kept = _read(self.path)

    def measure(self, place: Place, seed: int) -> Point:
        """One training of a place on a curve, tested; the first seed's from scratch is the best of several rates."""
        task, start, size = place
        trained, choosing = None, seed == self.first and start == SCRATCH
        if choosing:
            self.rates[place], trained = self.choose_rate(place)
        rate = self.rates.get((task, SCRATCH, size), self.own_rate(place))
        key = self.key(place, rate, seed)
        if key not in self.kept:
            run = trained or self.train_one(place, rate, seed)
            if place == self.foundation:
                self.classifiers[seed] = run.model
            self.keep(key, self.test_one(run))
        if not choosing:
            self.step(place)
        found = self.kept[key]
        errors = {question: _floats(error) for question, error in found["errors"].items()}
        return Point(*place, seed, rate, found["seconds"], errors, _floats(found["scores"]))

    @property
    def foundation(self) -> Place:
        """The classifier whose encoder a transfer starts from."""
        return "classification", SCRATCH, self.largest

    def own_rate(self, place: Place) -> float:
        """The rate that this task's model was found to like."""
        return build(place[0], self.train.vocabulary).rate

    def choose_rate(self, place: Place) -> tuple[float, Run | None]:
        """The rate with the least loss on valid pictures, and its training where it was made just now."""
        best: tuple[float, float, Run | None] = (math.inf, self.own_rate(place), None)
        for rate in (part * self.own_rate(place) for part in RATES):
            key, run = f"{self.key(place, rate, self.first)} loss", None
            if key not in self.kept:
                try:
                    run = self.train_one(place, rate, self.first)
                    self.keep(key, self.valid_loss(run))
                except VislabError:  # the loss was no number: too fast for this model
                    self.keep(key, None)
            loss = math.inf if self.kept[key] is None else float(self.kept[key])
            best = min(best, (loss, rate, run), key=lambda one: one[0])
            self.step(place)
        return best[1:]

    def train_one(self, place: Place, rate: float, seed: int) -> Run:
        """A training from its start, or from its last checkpoint where it was cut off."""
        task, start, size = place
        model = build(task, self.train.vocabulary, self.classifier(seed) if start == TRANSFER else None, seed)
        run = self.prepare(model, size, rate, seed)
        if not (run.path.exists() and run.resume()):
            with Silent() as progress:
                run.train_on(progress, None)
        run.path.unlink(missing_ok=True)  # hundreds of them would fill the disk
        run.model.eval()
        return run

    def classifier(self, seed: int) -> Model:
        """The foundation of a transfer; trained again where an earlier session measured it."""
        if seed not in self.classifiers:
            rate = self.rates.get(self.foundation, self.own_rate(self.foundation))
            self.classifiers[seed] = self.train_one(self.foundation, rate, seed).model
        return self.classifiers[seed]

    def prepare(self, model: Model, size: int, rate: float, seed: int) -> Run:
        """A training on the first pictures of this seed's order."""
        order = torch.randperm(len(self.train), generator=torch.Generator().manual_seed(seed))
        part = self.train.subset(order[:size].tolist())
        passes = self.steps * min(BATCH, size) / size
        return prepare(model, part, None, epochs=passes, batch=BATCH, rate=rate, seed=seed, device=self.device)

    def key(self, place: Place, rate: float, seed: int) -> str:
        """A name for all that decides what is found: the training's own, where it starts, and what it is tested on."""
        task, start, size = place
        name = self.prepare(build(task, self.train.vocabulary, seed=seed), size, rate, seed).path.stem
        if start == TRANSFER:
            first = self.rates.get(self.foundation, self.own_rate(self.foundation))
            name += f" from {self.key(self.foundation, first, seed)}"
        return f"{name} {self.tested}"

    def valid_loss(self, run: Run) -> float:
        """The mean loss on valid pictures, which every task has and which is finer than a score."""
        total, place = 0.0, run.train.device
        with torch.inference_mode():
            for start in range(0, len(self.valid), 32):
                some = self.valid[start : start + 32].to(place)
                total += run.loss(take(some, torch.arange(len(some), device=place))).item() * len(some)
        return total / len(self.valid)

    def test_one(self, run: Run) -> dict[str, Any]:
        """Its errors on the four questions, its own scores, and the seconds it trained."""
        if run.model.task == "instance":
            choose_threshold(run.model, self.valid)
        said = predict(run.model, self.test)
        given = answers(said)
        scores = score_answers(self.test, given)
        errors = {question: scores[question] for question in given.answered}
        return {"errors": errors, "scores": evaluate(said, self.test, quick=True), "seconds": run.history.seconds}

    def step(self, place: Place) -> None:
        """Count a training."""
        self.done += 1
        self.tell(self.done, f"{place[0]} from {place[1]}, {place[2]} pictures")

    def keep(self, key: str, value: Any) -> None:
        """Remember a finding, in the file too; a disk that refuses is said, and measuring goes on."""
        self.kept[key] = without_nan(value)
        text = json.dumps({"format": FORMAT, "found": self.kept}, allow_nan=False)
        try:
            with writing(self.path) as part:
                part.write_text(text + "\n", encoding="utf-8")
        except VislabError as error:
            say(f"not kept for another time: {error}")


class Silent(Progress):
    """A progress that nobody sees, for one of many trainings."""

    def __init__(self) -> None:
        super().__init__("")
        self.hidden = True


def _read(path: Path) -> dict[str, Any]:
    """What was found before; nothing where there is no file of this format."""
    if not path.exists():
        return {}
    try:
        return dict(read_json(path, "every training is made anew", format=FORMAT)["found"])
    except VislabError as error:
        say(str(error))
        return {}


def _floats(numbers: Mapping[str, float | None]) -> dict[str, float]:
    return {name: math.nan if value is None else float(value) for name, value in numbers.items()}


def _possible(sizes: Sequence[int], there: int) -> list[int]:
    """Sizes in order, without those that are more than there are."""
    kept = sorted({size for size in sizes if size <= there})
    if not kept:
        raise VislabError(f"no part of {min(sizes)} pictures or more can be taken from {there}; give smaller sizes")
    if left := sorted(set(sizes) - set(kept)):
        say(f"left out: {', '.join(map(str, left))} pictures, as there are {there}")
    return kept


def _refuse(
    tasks: Sequence[Task], train: Scenes, valid: Scenes, test: Scenes, sizes: Sequence[int], repeats: int, steps: int
) -> None:
    for task in tasks:
        if task not in TASKS:
            raise VislabError(f"there is no task {task!r}; there are {', '.join(TASKS)}")
    if not tasks or not sizes:
        raise VislabError("give at least one task and one number of pictures")
    for what, value in (("a size", min(sizes)), ("repeats", repeats), ("steps", steps)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise VislabError(f"{what} must be a whole number from 1, not {value!r}")
    for name, some in (("valid", valid), ("test", test)):
        if not len(some):
            raise VislabError(
                f"there are no {name} pictures, on which curves are {'chosen' if name == 'valid' else 'measured'}"
            )
