"""Train the small models that come with vislab and write the table of them: `make pretrained`."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vislab.data.datasets.load import load
from vislab.data.scenes import Scenes
from vislab.data.synthetic.draw import WORLDS, draw
from vislab.errors import VislabError
from vislab.evaluation.answers.answers import answers
from vislab.evaluation.answers.scoring import score_answers
from vislab.evaluation.baselines import predict_baselines
from vislab.evaluation.evaluate import evaluate, own_score
from vislab.evaluation.familiarity import see_world
from vislab.evaluation.predict import choose_threshold, predict
from vislab.evaluation.tiles import COARSE
from vislab.models.build import build
from vislab.models.predictions import COURSE_TASKS, OBJECT_TASKS, Task
from vislab.system.console import say
from vislab.system.files import without_nan, writing
from vislab.system.tensorfiles import read_tensors
from vislab.training.fit import fit
from vislab.training.model_files import KIND, read_model, write_model
from vislab.training.pretrained import ANSWERS, EPOCHS, FOLDER, PRETRAINED, SEED, SIZE, TRAIN, VALID

TEST = 1024  # pictures
TEST_SEED = 314_159
REAL_SIZE, REAL_VALID = 256, 0.1  # pixels a side; the share of the pictures to choose by
REAL_EPOCHS = 30.0
MOST_BYTES = 1_000_000  # a file
Parts = tuple[Scenes, Scenes, Scenes]  # to train on, to choose by, to test on
HEAD = """\
# Trained models

What `vl.pretrained("smear")` gives: a model a task for each drawn world and for real nuclei, made by `make pretrained`
(tools/make_pretrained.py), which also writes this page. Each file holds its recipe, scores and versions as JSON
in its metadata. Weights are in half precision; the scores are of what the file holds. Models of a drawn world have seen
nothing but drawn pictures, so they say nothing of real blood films or streets. What a model's pictures look like stands
in the JSON file of its world, so that `vl.predict` can warn of others.

Those of nuclei learned from fold 0 of BBBC038 (CC0; masks corrected), in the 256 px at the centre of each
picture; a tenth of the pictures chose the threshold. Those that learn from masks saw random parts of 128 px. Fold 1,
pictures of other slides, was asked at the end; nuclei-answers.json holds what came out, by question and kind.

| File | Size | Trained on | Passes | In | Scores | Test pictures | vislab, torch |
|---|---|---|---|---|---|---|---|
"""


def train_models(
    world: str,
    folder: Path = FOLDER,
    *,
    size: int = SIZE,
    train: int = TRAIN,
    valid: int = VALID,
    test: int = TEST,
    epochs: float = EPOCHS,
    device: str | None = None,
) -> list[Path]:
    """Train a model for each task on pictures of a world, and write each with its scores on other pictures.

    train, valid, test: pictures to train on, to choose by, to test on. A training that was cut off goes on where it
    was. Raises VislabError if a file grows larger than 1 MB.
    """
    drawn = draw(world, train + valid, size=size, seed=SEED)
    write_world(drawn[:train], folder / f"{world}-world.json")
    tests = draw(world, test, size=size, seed=TEST_SEED)
    parts, chosen = (drawn[:train], drawn[train:], tests), ({"seed": SEED}, {"seed": TEST_SEED})
    return [train_model(task, parts, chosen, folder, epochs=epochs, device=device) for task in COURSE_TASKS]


def train_on_fold(
    pictures: Scenes, folder: Path = FOLDER, *, epochs: float = REAL_EPOCHS, device: str | None = None
) -> list[Path]:
    """Train a model for each task on fold 0 of real pictures and score it on fold 1, which shares no mosaic with it.

    epochs: passes over the pixels: models that see random parts, a quarter of a picture each, see four times as many.
    Raises VislabError if a file grows larger than 1 MB.
    """
    fold = np.array(pictures.attributes["fold"])
    train, valid, _ = pictures.subset(fold == "0").split(valid=REAL_VALID, test=0, seed=SEED)
    write_world(train, folder / f"{pictures.vocabulary.name}-world.json")
    parts, chosen = (train, valid, pictures.subset(fold == "1")), ({"fold": "0"}, {"fold": "1"})
    whole, cropped = {"epochs": epochs}, {"epochs": 4 * epochs, "crop": pictures.size[0] // 2}
    paths = [
        train_model(task, parts, chosen, folder, device=device, **(whole if task in COARSE else cropped))
        for task in COURSE_TASKS
    ]
    write_answers(parts, folder)
    return paths


def write_answers(parts: Parts, folder: Path) -> Path:
    """Write how far off models and baselines are on the test pictures, for readers who do not have them.

    The instance segmenter's scores are there for each kind of picture by itself, too.
    """
    test, name = parts[2], parts[2].vocabulary.name
    models = {task: read_model(folder / f"{name}-{task}.safetensors")[0] for task in COURSE_TASKS}
    predictions = {task: predict(model, test) for task, model in models.items()}
    given = {name: answers(found) for name, found in (predictions | predict_baselines(*parts)).items()}
    errors = {name: score_answers(test, answer) for name, answer in given.items()}
    modality = np.array(test.attributes["modality"])
    kinds = {kind: evaluate(models["instance"], test.subset(modality == kind)) for kind in np.unique(modality)}
    plain = {
        "format": 1,
        "kind": ANSWERS,
        "pictures": len(test),
        "objects": float(test.count_objects().sum()) / len(test),
        "errors": {name: {question: errors[name][question] for question in given[name].answered} for name in given},
        "kinds": {kind: {"pictures": int((modality == kind).sum())} | scores for kind, scores in kinds.items()},
    }
    path = folder / f"{name}-answers.json"
    with writing(path) as part:
        part.write_text(json.dumps(without_nan(_shorten(plain)), indent=1) + "\n", encoding="utf-8")
    return path


def train_model(
    task: Task, parts: Parts, chosen: tuple[dict[str, Any], dict[str, Any]], folder: Path, **settings: Any
) -> Path:
    """Train and score one model; returns its file.

    chosen: what tells the pictures to train on and those to test on from others, for the file. settings: of `fit`.
    """
    train, valid, test = parts
    world, size = train.vocabulary.name, train.size[0]
    say(f"{world}, {task}: training on {len(train):,} pictures of {size} × {size}")
    model = build(task, train.vocabulary, seed=SEED)
    history = fit(model, train, seed=SEED, **settings)
    if task in OBJECT_TASKS:
        choose_threshold(model, valid)
    path = write_model(model, folder / f"{world}-{task}.safetensors", {}, half=True)
    scores = evaluate(read_model(path)[0], test)  # of the weights in half precision
    recipe = {"world": world, "size": size, "train": len(train), "valid": len(valid)} | history.recipe | chosen[0]
    about: dict[str, Any] = {
        "recipe": recipe | {"seconds": round(history.seconds, 1)},
        "versions": {"vislab": version("vislab"), "torch": torch.__version__},
        "scores": {name: None if value != value else round(value, 5) for name, value in scores.items()},
        "tested": chosen[1] | {"pictures": len(test)},
    }
    bytes_written = write_model(model, path, about, half=True).stat().st_size
    if bytes_written > MOST_BYTES:
        raise VislabError(f"{path}: has {bytes_written:,} bytes, more than {MOST_BYTES:,}; shrink the model")
    say(f"{path.name}: {own_score(task, scores)}, {bytes_written:,} bytes, trained in {history.seconds:.0f} s")
    return path


def write_world(train: Scenes, path: Path) -> Path:
    """Write what these pictures look like, in numbers of five digits."""
    seen = see_world(train)
    assert seen is not None
    plain = {"format": 1, "kind": "vislab.world"} | seen.to_dict()
    with writing(path) as part:
        part.write_text(json.dumps(_shorten(plain)) + "\n", encoding="utf-8")
    return path


def _shorten(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shorten(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_shorten(item) for item in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value


def write_page(folder: Path = FOLDER) -> Path:
    """Write README.md: a row for each model in the folder, from what its file holds."""
    rows = []
    for path in sorted(folder.glob("*.safetensors")):
        _, about = read_tensors(path, KIND)
        recipe, versions, tested = about["recipe"], about["versions"], about["tested"]
        scores = [
            f"{name.replace('_', ' ')} {value:.3f}" for name, value in about["scores"].items() if value is not None
        ]
        cells = (
            path.name,
            f"{path.stat().st_size / 1e3:,.0f} kB",
            f"{recipe['train']:,} of {recipe['size']} px, {_call(recipe)}",
            f"{recipe['epochs']:g}" + (f", parts of {recipe['crop']} px" if recipe["crop"] else ""),
            f"{recipe['seconds']:,.0f} s, {recipe['device']}",
            ", ".join(scores),
            f"{tested['pictures']:,}, {_call(tested)}",
            f"{versions['vislab']}, {versions['torch']}",
        )
        rows.append(f"| {' | '.join(cells)} |\n")
    with writing(folder / "README.md") as part:
        part.write_text(HEAD + "".join(rows), encoding="utf-8")
    return folder / "README.md"


def _call(chosen: Mapping[str, Any]) -> str:
    """How pictures were chosen, in words."""
    return f"fold {chosen['fold']}" if "fold" in chosen else f"seed {chosen['seed']}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Train the models of these worlds, or of all that come with vislab."""
    parser = argparse.ArgumentParser(prog="python -m tools.make_pretrained", description=main.__doc__)
    parser.add_argument("worlds", nargs="*", default=PRETRAINED, help=f"of {', '.join(PRETRAINED)}")
    try:
        for world in parser.parse_args(arguments).worlds:
            train_models(world) if world in WORLDS else train_on_fold(load(world, size=REAL_SIZE))
        say(f"{write_page()}: the table of all of them")
    except VislabError as error:
        print(f"make_pretrained: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
