"""The main job: train every task on the same pictures, ask all of them the same questions, and say what each costs."""

import json
import math
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from vislab import __version__
from vislab.baselines import fit_all
from vislab.costs import measure_cost
from vislab.devices import pick_device
from vislab.errors import VislabError
from vislab.files import writing
from vislab.models import Model, build
from vislab.outputs import TASKS, InstancePrediction, Prediction, Task
from vislab.photos import load
from vislab.prediction import evaluate, predict
from vislab.progress import say
from vislab.questions import answers, score_answers
from vislab.scenes import Scenes
from vislab.training import fit
from vislab.worlds import WORLDS, draw

FORMAT = 1
PARTS = (128, 512)  # valid and test pictures of a drawn world, beside `count` that train
SHARES = (0.1, 0.3)  # valid and test shares of pictures that cannot be drawn anew
NEEDS: dict[Task, str] = {
    "classification": "labels",
    "regression": "labels",
    "semantic": "semantic",
    "instance": "instances",
}


@dataclass(frozen=True)
class Results:
    """What a study found; prints as a table, and `to_dict` is what results.json holds.

    data, machine: what was measured on what. models, baselines: name → "scores", "answers", "cost", as in the file.
    left_out: what could not be done with these pictures, in sentences. test: the pictures, and predictions: what
    each said of them, for figures; neither is in the file.
    """

    data: dict[str, Any]
    machine: dict[str, Any]
    models: dict[str, dict[str, Any]]
    baselines: dict[str, dict[str, Any]]
    left_out: list[str]
    test: Scenes = field(repr=False)
    predictions: dict[str, Prediction] = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, strings and None (for NaN), with the format's number."""
        named = ("data", "machine", "models", "baselines", "left_out")
        plain: dict[str, Any] = _without_nan({"format": FORMAT} | {name: getattr(self, name) for name in named})
        return plain

    def save(self, folder: str | Path) -> Path:
        """Write results.json and outcome.png into a folder; returns it."""
        from vislab.tables import outcome

        folder = Path(folder)
        with writing(folder / "results.json") as part:
            part.write_text(json.dumps(self.to_dict(), indent=1, allow_nan=False) + "\n", encoding="utf-8")
        outcome(self).save(folder / "outcome.png")
        return folder

    def __repr__(self) -> str:
        from vislab.tables import matrix

        return matrix(self)


def study(
    data: str | Path | Scenes = "smear",
    *,
    size: int | None = None,
    count: int = 1024,
    epochs: float = 8,
    minutes: float | None = None,
    device: str | None = None,
    seed: int = 0,
    tasks: tuple[Task, ...] = TASKS,
    fresh: bool = False,
) -> Results:
    """Train each task on the same pictures, evaluate, ask the four questions, measure costs; say how far it is.

    data: "smear" or "street" (drawn: `count` to train, 128 and 512 more to choose and to test), or what vl.load
    takes, or Scenes (split 60 : 10 : 30, groups kept together).
    size: pixels a side; 96 for drawn pictures, 256 for real ones where it is None. epochs, minutes: of each model.
    tasks: which. fresh: train even what was trained before. Thresholds are chosen on valid pictures; test pictures
    are looked at once. Raises VislabError where the pictures carry no level of truth that any task needs.
    """
    name, (train, valid, test) = _pictures(data, size, count, seed)
    place = pick_device(device)
    crop = 128 if min(train.size) > 128 and str(data) not in WORLDS else None
    left_out = []
    models: dict[str, dict[str, Any]] = {}
    said: dict[str, Prediction] = {}
    for task in tasks:
        if lacking := _lacking(task, train):
            left_out.append(f"{task} is left out: {lacking}")
            say(left_out[-1])
            continue
        say(f"{task}: training on {len(train):,} pictures of {train.size[0]} × {train.size[1]} on {place}")
        model = build(task, train.vocabulary, seed=seed)
        parts = crop if task in ("semantic", "instance") else None
        history = fit(
            model, train, valid, epochs=epochs, minutes=minutes, crop=parts, seed=seed, device=device, fresh=fresh
        )
        said[task] = choose_threshold(model, valid, predict(model, test))
        models[task] = {
            "scores": evaluate(model, test),
            "answers": _answered(test, said[task]),
            "cost": measure_cost(model, train.size, history).to_dict(),
        }
    if not models:
        raise VislabError("no task can be learned from these pictures; give labels, masks or instances")
    baselines = {}
    for label, baseline in fit_all(train, valid).items():
        said[label] = baseline.predict(test)
        baselines[label] = {"answers": _answered(test, said[label])}
    parts_of = {"train": len(train), "valid": len(valid), "test": len(test), "size": train.size[0], "seed": seed}
    machine = {"device": str(place), "threads": torch.get_num_threads(), "torch": torch.__version__}
    machine |= {"vislab": __version__, "python": platform.python_version(), "system": platform.platform()}
    return Results({"name": name} | parts_of, machine, models, baselines, left_out, test, said)


def _pictures(
    data: str | Path | Scenes, size: int | None, count: int, seed: int
) -> tuple[str, tuple[Scenes, Scenes, Scenes]]:
    """The name of the pictures, and those that train, choose and test."""
    if isinstance(data, Scenes):
        return data.vocabulary.name, data.split(*SHARES, seed=seed)
    if str(data) in WORLDS:
        valid, test = PARTS
        drawn = draw(str(data), count + valid + test, size=size or 96, seed=seed)
        return str(data), (drawn[:count], drawn[count : count + valid], drawn[count + valid :])
    scenes = load(data, size=size or 256)
    if "fold" in scenes.attributes and {"0", "1"} <= set(scenes.attributes["fold"]):
        # The set's own division: nobody's mosaic lies in both folds.
        fold = scenes.attributes["fold"]
        first = scenes.subset([value != "1" for value in fold])
        train, known, _ = first.split(valid=SHARES[0], test=0, seed=seed)
        return str(data), (train, known, scenes.subset([value == "1" for value in fold]))
    return str(data), scenes.split(*SHARES, seed=seed)


def _lacking(task: Task, scenes: Scenes) -> str:
    """Why these pictures cannot teach a task, or ""."""
    if task == "regression" and scenes.semantic is not None:
        return ""
    try:
        scenes.need(NEEDS[task])
    except VislabError as error:
        return str(error)
    return ""


def _answered(test: Scenes, said: Prediction) -> dict[str, Any]:
    return dict(score_answers(test, answers(said)))


def choose_threshold(model: Model, valid: Scenes, said: Prediction) -> Prediction:
    """An instance prediction with the score threshold that counts best on valid pictures; others as they are."""
    if not isinstance(said, InstancePrediction) or not len(valid):
        return said
    known = predict(model, valid)
    assert isinstance(known, InstancePrediction)
    truth = valid.count_objects().sum(1).cpu()

    def error(threshold: float) -> float:
        counts = [int((one.scores >= threshold).sum()) for one in known.objects]
        return float((torch.tensor(counts) - truth).abs().double().mean())

    best = min((step / 20 for step in range(2, 19)), key=lambda threshold: (error(threshold), abs(threshold - 0.5)))
    return replace(said, threshold=best)


def _without_nan(value: Any) -> Any:
    """NaN and infinity as None, at every depth, as JSON knows neither."""
    if isinstance(value, Mapping):
        return {str(key): _without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
