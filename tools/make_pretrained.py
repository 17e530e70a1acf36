"""Train the small models that come with vislab and write the table of them: `make pretrained`."""

import argparse
import json
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vislab.data.scenes import Scenes
from vislab.data.synthetic.draw import WORLDS, draw
from vislab.errors import VislabError
from vislab.evaluation.evaluate import evaluate, own_score
from vislab.evaluation.familiarity import see_world
from vislab.evaluation.predict import choose_threshold, threshold_of
from vislab.models.build import Model, build
from vislab.models.predictions import TASKS, Task
from vislab.system.console import say
from vislab.system.files import writing
from vislab.system.tensorfiles import read_tensors, write_tensors
from vislab.training.fit import fit
from vislab.training.pretrained import EPOCHS, FOLDER, KIND, SEED, SIZE, TRAIN, VALID, read_model

TEST = 1024  # pictures
TEST_SEED = 314_159
MOST_BYTES = 1_000_000  # a file
HEAD = """\
# Trained models

What `vl.pretrained("smear")` gives: a model a task for each drawn world, made by `make pretrained`
(tools/make_pretrained.py), which also writes this page. Each file holds its recipe, scores and versions as JSON
in its metadata. Weights are in half precision; the scores are of what the file holds. The models have seen
nothing but drawn pictures, so they say nothing of real blood films or streets. What those pictures look like stands in
the JSON file of each world, so that `vl.predict` can warn of others.

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
    return [train_model(task, world, drawn[:train], drawn[train:], tests, folder, epochs, device) for task in TASKS]


def train_model(
    task: Task, world: str, train: Scenes, valid: Scenes, test: Scenes, folder: Path, epochs: float, device: str | None
) -> Path:
    """Train and score one model; returns its file."""
    size = train.size[0]
    say(f"{world}, {task}: training on {len(train):,} pictures of {size} × {size}")
    model = build(task, train.vocabulary, seed=SEED)
    history = fit(model, train, valid, epochs=epochs, seed=SEED, device=device)
    if task == "instance":
        choose_threshold(model, valid)
    path = write_model(model, folder / f"{world}-{task}.safetensors", {})
    scores = evaluate(read_model(path)[0], test)  # of the weights in half precision
    recipe = {"world": world, "size": size, "seed": SEED, "train": len(train), "valid": len(valid)} | history.recipe
    about: dict[str, Any] = {
        "recipe": recipe | {"seconds": round(history.seconds, 1)},
        "versions": {"vislab": version("vislab"), "torch": torch.__version__},
        "scores": {name: None if value != value else round(value, 5) for name, value in scores.items()},
        "tested": {"seed": TEST_SEED, "pictures": len(test)},
    }
    bytes_written = write_model(model, path, about).stat().st_size
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


def write_model(model: Model, path: Path, about: dict[str, Any]) -> Path:
    """Write a model: weights of two and more dimensions in half precision, all others, which are small, as they are.

    about: recipe, scores and whatever else `read_model` should return, as JSON can hold it. Raises VislabError.
    """

    def halve(value: Tensor) -> Tensor:
        # Not the variances of normalisation, which may exceed half precision.
        return value.half() if value.is_floating_point() and value.ndim >= 2 else value

    tensors = {f"model.{name}": halve(value) for name, value in model.state_dict().items()}
    own = {"task": model.task, "vocabulary": model.vocabulary.to_dict(), "threshold": threshold_of(model)}
    return write_tensors(path, KIND, tensors, about | own)


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
            f"{recipe['train']:,} of {recipe['size']} px, seed {recipe['seed']}",
            f"{recipe['epochs']:g}",
            f"{recipe['seconds']:,.0f} s, {recipe['device']}",
            ", ".join(scores),
            f"{tested['pictures']:,}, seed {tested['seed']}",
            f"{versions['vislab']}, {versions['torch']}",
        )
        rows.append(f"| {' | '.join(cells)} |\n")
    with writing(folder / "README.md") as part:
        part.write_text(HEAD + "".join(rows), encoding="utf-8")
    return folder / "README.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """Train the models of these worlds, or of all worlds."""
    parser = argparse.ArgumentParser(prog="python -m tools.make_pretrained", description=main.__doc__)
    parser.add_argument("worlds", nargs="*", default=list(WORLDS), help=f"of {', '.join(WORLDS)}")
    try:
        for world in parser.parse_args(arguments).worlds:
            train_models(world)
        say(f"{write_page()}: the table of all of them")
    except VislabError as error:
        print(f"make_pretrained: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
