"""The main job: train every task on the same pictures, ask all of them the same questions, and say what each costs."""

import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from vislab.costs.compute.architectures import architectures
from vislab.costs.compute.measure import measure_costs
from vislab.costs.compute.sweep import sweep_costs
from vislab.costs.labels.annotation_time import labelling_cost
from vislab.data.datasets.resize import Fit
from vislab.data.scenes import Scenes, fingerprint
from vislab.data.synthetic.draw import WORLDS
from vislab.errors import VislabError
from vislab.evaluation.evaluate import own_score
from vislab.evaluation.familiarity import caution, see_world
from vislab.models.backbone import Backbone
from vislab.models.build import Model, build
from vislab.models.encoder import STRIDE
from vislab.models.predictions import COURSE_TASKS, TASKS, Task
from vislab.studies.division import open_pictures
from vislab.studies.examination import Examination, with_labels
from vislab.studies.guests import Guest, read_guests
from vislab.studies.results import Results
from vislab.studies.trainings import Trainings, train_beside
from vislab.system.arguments import Count, Index, Positive
from vislab.system.console import say
from vislab.system.devices import device_name, pick_device
from vislab.system.threads import Load
from vislab.training.course import course_of
from vislab.training.history import History

SHOWN = 6 * 1024  # pictures that a model is shown, each pass counting anew, unless epochs or minutes are given
NEEDS: dict[Task, str] = {"classification": "labels", "points": "points", "detection": "boxes", "semantic": "semantic",
                          "instance": "instances"}  # fmt: skip


def study(
    data: str | Path | Scenes = "smear",
    *,
    size: int | None = None,
    count: Count = 1024,
    epochs: Positive | None = None,
    minutes: Positive | None = None,
    device: str | None = None,
    seed: int = 0,
    seeds: Count = 1,
    tasks: tuple[Task, ...] = COURSE_TASKS,
    fresh: bool = False,
    ask: str | None = None,
    fit: Fit | None = None,
    groups: str | None = None,
    channels: tuple[Index, Index, Index] | None = None,
    encoder: Backbone | None = None,
    guests: Mapping[str, str | Path] | None = None,
) -> Results:
    """Train each task on the same pictures, evaluate, ask the four questions, measure costs; say how far it is.

    data: "smear", "street" or "shelf" (drawn: `count` to train, 128 and 512 more to choose and to test), or what
    vl.load takes, or Scenes (split 60 : 10 : 30, groups kept together).
    size: pixels a side; None takes 96 for drawn pictures (with an encoder its own, mostly 224), and for real ones 256,
    or their own if all are alike and no larger.
    epochs or minutes: of each model; if both are None, as many epochs as show it 6,144 pictures (6 of 1,024).
    seed: decides which pictures are drawn or how they are divided, the first weights, and the order.
    seeds: how many studies to run, with seed, seed + 1, …; each finds what it finds alone, but what computing costs is
    measured once. The Results are the first study's and hold the others; printed, saved and judged are all, pooled.
    Three settle a claim.
    encoder: one of vl.encoder, on which all models are built; None builds them on our own.
    ask, groups, channels: as in vl.load; ask for drawn pictures and Scenes, too.
    fit: how real pictures are brought to `size`, as in vl.load; None takes "pad", so that no picture is judged by its
    middle, except for nuclei, which a crop keeps at their size.
    tasks: which, of those that vl.build knows; on a CPU those of all seeds train beside each other, one thread each.
    fresh: train even what was trained before. Thresholds are chosen on valid pictures; test pictures are predicted
    once.
    guests: name → the files of somebody else's predictions of the test pictures, as vl.guest reads them; asked the
    same, marked as guests, and never advised. What they cost is "not told" but for what a JSON beside them tells.
    Raises VislabError if an argument makes no sense, or the pictures carry no level of truth that any task needs.
    """
    _check_arguments(size, epochs, minutes, encoder)
    if unknown := [task for task in tasks if task not in TASKS]:
        raise VislabError(f"there is no task {unknown[0]!r}; there are {', '.join(TASKS)}")
    torch_device = pick_device(device)
    reading = {"ask": ask, "groups": groups, "channels": channels, "fit": fit}
    divide, notes = open_pictures(data, _size(data, size, encoder), count, reading)
    each, left_out = [], []
    for number in range(seed, seed + seeds):
        pictures = divide(number)
        lacking = {task: why for task in tasks if (why := _lacking(task, pictures.train))}
        learned = [task for task in tasks if task not in lacking]
        passes = SHOWN / len(pictures.train) if epochs is None else epochs
        each.append(Trainings(learned, pictures, passes, minutes, number, torch_device, fresh, seeds > 1, encoder))
        lines = [*notes, caution(see_world(pictures.train), pictures.test)]
        lines += [f"{task} is left out: {why}" for task, why in lacking.items()]
        left_out.append([line for line in lines if line])
        _announce(each[-1], left_out[-1] if number == seed else [])
    invited = read_guests(guests or {}, [one.pictures.test for one in each])
    train_beside(each)
    results: list[Results] = []
    for one, lines in zip(each, left_out, strict=True):
        results.append(_carry_out(one, lines, invited, first=results[0] if results else None))
    return replace(results[0], others=tuple(results[1:]))


def pictures_to_test(
    data: str | Path | Scenes,
    size: int | None,
    count: int,
    seed: int,
    encoder: Backbone | None,
    reading: dict[str, Any],
) -> Scenes:
    """The pictures that a study would test, for guests to predict; arguments as of `study`, reading as of vl.load."""
    _check_arguments(size, None, None, encoder)
    return open_pictures(data, _size(data, size, encoder), count, reading)[0](seed).test


def _size(data: str | Path | Scenes, size: int | None, encoder: Backbone | None) -> int | None:
    """The size that was asked for; None asks of drawn pictures that of the encoder, if there is one."""
    if size is None and encoder is not None and str(data) in WORLDS:
        return encoder.size - encoder.size % STRIDE
    return size


def _announce(trainings: Trainings, left_out: Iterable[str]) -> None:
    """Say what is divided how; raises VislabError if nothing can be learned from it."""
    name, train, valid, test = trainings.pictures
    size = "{} × {}".format(*train.size)
    say(f"{trainings.call(name)}: {len(train):,} pictures of {size} train, {len(valid):,} choose, {len(test):,} test")
    for line in left_out:
        say(line)
    if not trainings.tasks:
        raise VislabError("no task can be learned from these pictures; give labels, masks or instances")


def _carry_out(trainings: Trainings, left_out: list[str], guests: Sequence[Guest], first: Results | None) -> Results:
    """The study of one seed, its models trained or taken. first: the first seed's results, None if this is it."""
    name, train, valid, test = trainings.pictures
    machine, exam, labels = describe_machine(trainings.device), Examination(test), labelling_cost(train)
    trained = {task: trainings.train(task) for task in trainings.tasks}
    models: dict[str, Model] = {task: model for task, (model, _) in trained.items()}
    histories: dict[str, History] = {task: history for task, (_, history) in trained.items()}
    costs, machine["busy_elsewhere"] = _computing(trainings, models, histories, first)
    for task in trainings.tasks:
        cost = with_labels(costs[task], labels[task])
        if task in trainings.beside:
            cost["notes"]["training"] = "trained beside the other models, each on one thread"
        exam.ask_model(task, models[task], cost, course_of(histories[task], len(train)))
        score, seconds = own_score(task, exam.models[task]["scores"]), histories[task].seconds
        say(f"{trainings.call(task)}: {score} on test pictures after {seconds:.0f} s of training")
    for guest in guests:
        exam.ask_guest(guest)
    exam.ask_baselines(trainings.predict_baselines())
    measured = {}
    if first is None and {"classification", "semantic"} <= set(exam.models):
        measured["architectures"] = time_architectures(train, trainings.device)
    epochs, minutes = trainings.settings["epochs"], trainings.settings["minutes"]
    about = describe_data(name, len(train), len(valid), test, trainings.seed, epochs, minutes)
    if trainings.encoder is not None:
        about["encoder"] = trainings.encoder.title
    return exam.results(about, machine, left_out, measured)


def _computing(
    trainings: Trainings, models: dict[str, Model], histories: dict[str, History], first: Results | None
) -> tuple[dict[str, dict[str, Any]], float]:
    """What each model costs, as in results.json, and the cores that other programs kept busy meanwhile.

    Seeds change weights, and with them no cost but training: what was measured for the first seed stands for all.
    """
    if first is not None and set(models) <= set(first.models):
        shared = f"all but training was measured once, with the models of seed {first.data['seed']}"
        costs = {}
        for task in trainings.tasks:
            cost = first.models[task]["cost"]
            notes = {name: note for name, note in cost["notes"].items() if name != "training"} | {"shared": shared}
            costs[str(task)] = cost | {"training_s": histories[task].seconds, "notes": notes}
        return costs, first.machine["busy_elsewhere"]
    say(f"{trainings.call('costs')}: measuring the models in turns")
    load = Load()
    measured = measure_costs(models, trainings.pictures.train.size, histories)
    return {name: cost.to_dict() for name, cost in measured.items()}, round(load.elsewhere(), 2)


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


def _check_arguments(size: int | None, epochs: float | None, minutes: float | None, encoder: Backbone | None) -> None:
    if not isinstance(encoder, Backbone | None):
        raise VislabError(f"a study's encoder comes from vl.encoder, and is no {type(encoder).__name__}")
    if size is not None and size % STRIDE:
        raise VislabError(f"size must be a multiple of {STRIDE}, which the models halve, not {size}")
    if epochs is not None and minutes is not None:
        raise VislabError(f"give epochs ({epochs:g}) or minutes ({minutes:g}), not both")


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
