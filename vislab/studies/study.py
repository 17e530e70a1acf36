"""The main job: train every task on the same pictures, ask all of them the same questions, and say what each costs."""

import math
import platform
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from vislab.costs.compute.architectures import architectures
from vislab.costs.compute.measure import measure_cost
from vislab.costs.compute.sweep import sweep_costs
from vislab.costs.labels.annotation_time import labelling_cost
from vislab.data.datasets.load import SETS, load
from vislab.data.fingerprint import fingerprint
from vislab.data.scenes import Scenes
from vislab.data.synthetic.draw import WORLDS, draw
from vislab.data.vocabulary import IGNORE
from vislab.errors import VislabError
from vislab.evaluation.answers.answers import Answers, answers
from vislab.evaluation.answers.cells import own_score
from vislab.evaluation.answers.scoring import score_answers
from vislab.evaluation.baselines import fit_all
from vislab.evaluation.evaluate import evaluate
from vislab.evaluation.predict import choose_threshold, predict
from vislab.models.build import build
from vislab.models.encoder import STRIDE
from vislab.models.predictions import TASKS, Prediction, Task
from vislab.studies.code_size import code_of
from vislab.studies.pairs import paired_differences
from vislab.studies.results import Results, nest_scores
from vislab.system.console import say
from vislab.system.devices import device_name, pick_device
from vislab.training.fit import fit

PARTS = (128, 512)  # valid and test pictures of a drawn world, beside `count` that train
SHARES = (0.1, 0.3)  # valid and test shares of pictures that cannot be drawn anew
SHOWN = 6 * 1024  # pictures that a model is shown, each pass counting anew, where neither epochs nor minutes are given
LARGEST = 256  # pixels a side of real pictures, where nobody says how many
CROP = 128  # the side of the random parts of larger real pictures on which masks are learned
NEEDS: dict[Task, str] = {"classification": "labels", "semantic": "semantic", "instance": "instances"}


def study(
    data: str | Path | Scenes = "smear",
    *,
    size: int | None = None,
    count: int = 1024,
    epochs: float | None = None,
    minutes: float | None = None,
    device: str | None = None,
    seed: int = 0,
    tasks: tuple[Task, ...] = TASKS,
    fresh: bool = False,
) -> Results:
    """Train each task on the same pictures, evaluate, ask the four questions, measure costs; say how far it is.

    data: "smear" or "street" (drawn: `count` to train, 128 and 512 more to choose and to test), or what vl.load
    takes, or Scenes (split 60 : 10 : 30, groups kept together).
    size: pixels a side; where it is None, 96 for drawn pictures, and for real ones 256, or their own if all are alike
    and no larger.
    epochs or minutes: of each model; where both are None, as many epochs as show it 6,144 pictures (6 of 1,024).
    tasks: which. fresh: train even what was trained before. Thresholds are chosen on valid pictures; test pictures
    are predicted once. Raises VislabError where an argument makes no sense, or the pictures carry no level of truth
    that any task needs.
    """
    _refuse_arguments(size, count, epochs, minutes, tasks)
    place = pick_device(device)
    name, (train, valid, test) = _pictures(data, size, count, seed)
    height, width = train.size
    say(f"{name}: {len(train):,} pictures of {height} × {width} train, {len(valid):,} choose, {len(test):,} test")
    ignored = _ignored(test)
    said: dict[str, Prediction] = {}
    told: dict[str, Answers] = {}
    models: dict[str, dict[str, Any]] = {}
    labels = labelling_cost(train)
    left_out = []
    parts = {"name": name, "train": len(train), "valid": len(valid), "test": len(test), "size": height, "seed": seed}
    passes = SHOWN / len(train) if epochs is None else epochs
    parts |= {"epochs": passes if minutes is None else None, "minutes": minutes}
    parts |= {"drawn": train.vocabulary.name in WORLDS, "pictures": fingerprint(test)}
    machine = describe_machine(place)
    for task in tasks:
        if lacking := _lacking(task, train):
            left_out.append(f"{task} is left out: {lacking}")
            say(left_out[-1])
            continue
        say(f"{task}: training on {place}")
        model = build(task, train.vocabulary, seed=seed)
        history = fit(
            model,
            train,
            valid,
            epochs=passes,
            minutes=minutes,
            crop=CROP if task in ("semantic", "instance") and name not in WORLDS else None,
            seed=seed,
            device=device,
            fresh=fresh,
        )
        if task == "instance" and len(valid):
            choose_threshold(model, valid)
        said[task] = predict(model, test)
        scores = nest_scores(evaluate(said[task], test))
        told[task], errors = ask(said[task], test, ignored)
        say(f"{task}: {own_score(task, scores)} on test pictures after {history.seconds:.0f} s of training")
        cost = measure_cost(model, train.size, history)
        plain = cost.to_dict() | {"labelling_s": labels[task].seconds}
        plain["notes"] = plain["notes"] | {"labelling": labels[task].how}
        models[task] = {"scores": scores, "answers": errors, "cost": plain, "code": code_of(task)}
    if not models:
        raise VislabError("no task can be learned from these pictures; give labels, masks or instances")
    baselines = {}
    say("baselines: fitting and asking them the same")
    for label, baseline in fit_all(train, valid).items():
        said[label] = baseline.predict(test)
        told[label], errors = ask(said[label], test, ignored)
        baselines[label] = {"answers": errors}
    pairs = paired_differences(test, said, told, baselines)
    measured = (
        {"architectures": vary_architectures(train, place)} if {"classification", "semantic"} <= set(models) else {}
    )
    return Results(parts, machine, models, baselines, pairs, left_out, test, said, told, measured)


def _refuse_arguments(
    size: int | None, count: int, epochs: float | None, minutes: float | None, tasks: tuple[Task, ...]
) -> None:
    if size is not None and size % STRIDE:
        raise VislabError(f"size must be a multiple of {STRIDE}, which the models halve, not {size}")
    if epochs is not None and minutes is not None:
        raise VislabError(f"give epochs ({epochs:g}) or minutes ({minutes:g}), not both")
    for what, value in (("count", count), ("epochs", epochs), ("minutes", minutes)):
        if value is not None and not (value > 0 and math.isfinite(value)):
            raise VislabError(f"{what} must be a number above 0, not {value!r}")
    for task in tasks:
        if task not in TASKS:
            raise VislabError(f"there is no task {task!r}; there are {', '.join(TASKS)}")


def _pictures(
    data: str | Path | Scenes, size: int | None, count: int, seed: int
) -> tuple[str, tuple[Scenes, Scenes, Scenes]]:
    """The name of the pictures, and those that train, choose and test."""
    if isinstance(data, Scenes):
        return data.vocabulary.name, data.split(*SHARES, seed=seed)
    if str(data) in WORLDS:
        valid, test = PARTS
        say(f"{data}: drawing {count + valid + test:,} pictures")
        drawn = draw(str(data), count + valid + test, size=96 if size is None else size, seed=seed)
        return str(data), (drawn[:count], drawn[count : count + valid], drawn[count + valid :])
    scenes = _load(data, size)
    place = Path(data).resolve()
    name = place.stem if place.is_file() else place.name
    if "fold" in scenes.attributes and {"0", "1"} <= set(scenes.attributes["fold"]):
        # The set's own division: nobody's mosaic lies in both folds.
        fold = scenes.attributes["fold"]
        first = scenes.subset([value != "1" for value in fold])
        train, known, _ = first.split(valid=SHARES[0], test=0, seed=seed)
        return name, (train, known, scenes.subset([value == "1" for value in fold]))
    return name, scenes.split(*SHARES, seed=seed)


def _load(data: str | Path, size: int | None) -> Scenes:
    """Real pictures of this size; where it is None as they are, if all are alike, small and fit for the models."""
    if size is None and data not in SETS:
        with suppress(VislabError):  # what is wrong with the pictures is said below
            first = load(data, limit=1, report=[])
            if all(side <= LARGEST and side % STRIDE == 0 for side in first.size):
                return load(data)
    return load(data, size=LARGEST if size is None else size)


def _lacking(task: Task, scenes: Scenes) -> str:
    """Why these pictures cannot teach a task, or ""."""
    try:
        build(task, scenes.vocabulary)
        if task != "regression":
            scenes.need(NEEDS[task])
        elif scenes.semantic is None:
            return "these pictures have no masks, from which its numbers are counted"
    except VislabError as error:
        return str(error)
    return ""


def describe_machine(place: torch.device) -> dict[str, Any]:
    """What it was measured on, as results.json has it: device, threads, versions, system."""
    machine = {"device": str(place), "threads": torch.get_num_threads(), "torch": torch.__version__}
    machine |= {"vislab": version("vislab"), "python": platform.python_version(), "system": platform.platform()}
    return machine | {"name": device_name(place)}


def vary_architectures(scenes: Scenes, place: torch.device) -> list[dict[str, Any]]:
    """Time for one picture of light and heavy models of both tasks, ours and torchvision's, with random weights."""
    say("architectures: timing a light segmenter and a heavy classifier beside ours")
    models = {name: model.to(place) for name, model in architectures(scenes.vocabulary).items()}
    return sweep_costs(models, sizes=scenes.size[:1], batches=(1,)).architectures()


def _ignored(scenes: Scenes) -> torch.Tensor | None:
    """The pixels that the truth ignores, bool (n, h, w); None where there are none."""
    if scenes.semantic is None:
        return None
    ignored = scenes.semantic.cpu() == IGNORE
    return ignored if ignored.any() else None


def ask(said: Prediction, test: Scenes, ignored: torch.Tensor | None) -> tuple[Answers, dict[str, dict[str, float]]]:
    """Its answers, and how wrong they are: of the questions that it was trained to answer."""
    given = answers(said, ignored)
    errors = score_answers(test, given)
    return given, {question: errors[question] for question in given.answered}
