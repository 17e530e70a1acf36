"""The main job: train every task on the same pictures, ask all of them the same questions, and say what each costs."""

import platform
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from vislab.costs.compute.architectures import architectures
from vislab.costs.compute.measure import measure_costs
from vislab.costs.compute.sweep import sweep_costs
from vislab.costs.labels.annotation_time import labelling_cost
from vislab.data.datasets.load import SETS, load
from vislab.data.datasets.resize import Fit
from vislab.data.datasets.target import ask_for
from vislab.data.scenes import Scenes, fingerprint
from vislab.data.synthetic.draw import WORLDS, draw
from vislab.errors import VislabError
from vislab.evaluation.evaluate import own_score
from vislab.models.build import Model, build
from vislab.models.encoder import STRIDE
from vislab.models.predictions import TASKS, Task
from vislab.studies.examination import Examination, with_labels
from vislab.studies.results import Results
from vislab.studies.trainings import Pictures, Trainings
from vislab.system.arguments import Count, Index, Positive
from vislab.system.console import say
from vislab.system.devices import device_name, pick_device
from vislab.system.threads import Load
from vislab.training.course import course_of
from vislab.training.history import History

PARTS = (128, 512)  # valid and test pictures of a drawn world, beside `count` that train
SHARES = (0.1, 0.3)  # valid and test shares of pictures that cannot be drawn anew
SHOWN = 6 * 1024  # pictures that a model is shown, each pass counting anew, unless epochs or minutes are given
LARGEST = 256  # pixels a side of real pictures, unless a size is given
NEEDS: dict[Task, str] = {"classification": "labels", "semantic": "semantic", "instance": "instances"}


def study(
    data: str | Path | Scenes = "smear",
    *,
    size: int | None = None,
    count: Count = 1024,
    epochs: Positive | None = None,
    minutes: Positive | None = None,
    device: str | None = None,
    seed: int = 0,
    tasks: tuple[Task, ...] = TASKS,
    fresh: bool = False,
    ask: str | None = None,
    fit: Fit | None = None,
    groups: str | None = None,
    channels: tuple[Index, Index, Index] | None = None,
) -> Results:
    """Train each task on the same pictures, evaluate, ask the four questions, measure costs; say how far it is.

    data: "smear" or "street" (drawn: `count` to train, 128 and 512 more to choose and to test), or what vl.load
    takes, or Scenes (split 60 : 10 : 30, groups kept together).
    size: pixels a side; None takes 96 for drawn pictures, and for real ones 256, or their own if all are alike and no
    larger.
    epochs or minutes: of each model; if both are None, as many epochs as show it 6,144 pictures (6 of 1,024).
    ask, groups, channels: as in vl.load; ask for drawn pictures and Scenes, too.
    fit: how real pictures are brought to `size`, as in vl.load; None takes "pad", so that no picture is judged by its
    middle, except for nuclei, which a crop keeps at their size.
    tasks: which; on a CPU they train beside each other, one thread each. fresh: train even what was trained before.
    Thresholds are chosen on valid pictures; test pictures are predicted once. Raises VislabError if an argument makes
    no sense, or the pictures carry no level of truth that any task needs.
    """
    _check_arguments(size, epochs, minutes)
    torch_device = pick_device(device)
    reading = {"ask": ask, "groups": groups, "channels": channels, "fit": fit}
    pictures, notes = _divide(data, size, count, seed, reading)
    name, train, valid, test = pictures
    height, width = train.size
    say(f"{name}: {len(train):,} pictures of {height} × {width} train, {len(valid):,} choose, {len(test):,} test")
    passes = SHOWN / len(train) if epochs is None else epochs
    about = describe_data(name, len(train), len(valid), test, seed, passes, minutes)
    machine = describe_machine(torch_device)
    lacking = {task: why for task in tasks if (why := _lacking(task, train))}
    left_out = [*notes, *(f"{task} is left out: {why}" for task, why in lacking.items())]
    for line in left_out:
        say(line)
    exam, labels = Examination(test), labelling_cost(train)
    learned = [task for task in tasks if task not in lacking]
    trainings = Trainings(learned, pictures, passes, minutes, seed, torch_device, fresh)
    trainings.train_beside()
    if not learned:
        raise VislabError("no task can be learned from these pictures; give labels, masks or instances")
    trained = {task: trainings.train(task) for task in learned}
    models: dict[str, Model] = {task: model for task, (model, _) in trained.items()}
    histories: dict[str, History] = {task: history for task, (_, history) in trained.items()}
    say("costs: measuring the models in turns")
    load = Load()
    costs = measure_costs(models, train.size, histories)
    machine["busy_elsewhere"] = round(load.elsewhere(), 2)
    for task in learned:
        cost = with_labels(costs[task].to_dict(), labels[task])
        if task in trainings.beside:
            cost["notes"]["training"] = "trained beside the other models, each on one thread"
        exam.ask_model(task, models[task], cost, course_of(histories[task], len(train)))
        score = own_score(task, exam.models[task]["scores"])
        say(f"{task}: {score} on test pictures after {histories[task].seconds:.0f} s of training")
    exam.ask_baselines(trainings.predict_baselines())
    measured = {}
    if {"classification", "semantic"} <= set(exam.models):
        measured["architectures"] = time_architectures(train, torch_device)
    return exam.results(about, machine, left_out, measured)


def describe_data(
    name: str, train: int, valid: int, test: Scenes, seed: int, epochs: float, minutes: float | None = None
) -> dict[str, Any]:
    """The pictures and the training, as "data" in results.json has them. train, valid: how many pictures."""
    words = test.vocabulary
    asked = {"share": words.share[0] or words.asked, "count": words.counted}
    return {
        "name": name, "train": train, "valid": valid, "test": len(test), "size": test.size[0], "seed": seed,
        "epochs": epochs if minutes is None else None, "minutes": minutes,
        "drawn": words.name in WORLDS, "pictures": fingerprint(test),
        "classes": list(words.classes), "asked": {question: list(names) for question, names in asked.items()},
    }  # fmt: skip


def _check_arguments(size: int | None, epochs: float | None, minutes: float | None) -> None:
    if size is not None and size % STRIDE:
        raise VislabError(f"size must be a multiple of {STRIDE}, which the models halve, not {size}")
    if epochs is not None and minutes is not None:
        raise VislabError(f"give epochs ({epochs:g}) or minutes ({minutes:g}), not both")


def _divide(
    data: str | Path | Scenes, size: int | None, count: int, seed: int, reading: dict[str, Any]
) -> tuple[Pictures, list[str]]:
    """The pictures that train, choose and test: drawn, or divided by folds of their own, else at random.

    reading: arguments of vl.load. And what was lost when they were read, in sentences.
    """
    ask = reading["ask"]
    unread = [name for name in ("fit", "groups", "channels") if reading[name] is not None]
    if unread and (isinstance(data, Scenes) or str(data) in WORLDS):
        raise VislabError(f"{unread[0]} is for pictures that are read from files; leave it out, or give their path")
    if isinstance(data, Scenes):
        scenes = data if ask is None else ask_for(data, ask)
        return Pictures(scenes.vocabulary.name, *scenes.split(*SHARES, seed=seed)), []
    if str(data) in WORLDS:
        total, end = count + sum(PARTS), count + PARTS[0]
        say(f"{data}: drawing {total:,} pictures")
        drawn = draw(str(data), total, size=96 if size is None else size, seed=seed)
        drawn = drawn if ask is None else ask_for(drawn, ask)
        return Pictures(str(data), drawn[:count], drawn[count:end], drawn[end:]), []
    notes: list[str] = []
    scenes = _load(data, size, reading, notes)
    path = Path(data).resolve()
    name = path.stem if path.is_file() else path.name
    folds = scenes.attributes.get("fold", ())
    if not {"0", "1"} <= set(folds):
        return Pictures(name, *scenes.split(*SHARES, seed=seed)), notes
    # The set's own division: no mosaic lies in both folds.
    rest = scenes.subset([fold != "1" for fold in folds])
    train, valid, _ = rest.split(valid=SHARES[0], test=0, seed=seed)
    return Pictures(name, train, valid, scenes.subset([fold == "1" for fold in folds])), notes


def _load(data: str | Path, size: int | None, reading: dict[str, Any], notes: list[str]) -> Scenes:
    """Real pictures of this size; if it is None as they are, if all are alike, small and fit for the models."""
    chosen: Fit = SETS[str(data)].fit if str(data) in SETS else "pad"
    reading = reading | {"fit": reading["fit"] or chosen, "report": notes}
    if size is None and data not in SETS:
        with suppress(VislabError):  # the load below says what is wrong with the pictures
            first = load(data, limit=1, channels=reading["channels"], report=[])
            if all(side <= LARGEST and side % STRIDE == 0 for side in first.size):
                return load(data, **reading)
    return load(data, size=LARGEST if size is None else size, **reading)


def _lacking(task: Task, scenes: Scenes) -> str:
    """Why these pictures cannot teach a task, or ""."""
    try:
        if task != "regression":
            scenes.need(NEEDS[task])
        build(task, scenes.vocabulary)
        if task == "regression" and scenes.semantic is None:
            return "these pictures have no masks, from which its numbers are counted"
    except VislabError as error:
        return str(error)
    return ""


def describe_machine(device: torch.device) -> dict[str, Any]:
    """The device, threads, versions and system, as "machine" in results.json has them."""
    return {
        "device": str(device), "threads": torch.get_num_threads(), "torch": torch.__version__,
        "vislab": version("vislab"), "python": platform.python_version(), "system": platform.platform(),
        "name": device_name(device),
    }  # fmt: skip


def time_architectures(scenes: Scenes, device: torch.device) -> list[dict[str, Any]]:
    """Time for one picture of light and heavy models of both tasks, ours and torchvision's, with random weights."""
    say("architectures: timing a light segmenter and a heavy classifier beside ours")
    models = {name: model.to(device) for name, model in architectures(scenes.vocabulary).items()}
    return sweep_costs(models, sizes=scenes.size[:1], batches=(1,)).architectures()
