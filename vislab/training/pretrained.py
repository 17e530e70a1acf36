"""Small trained models of the drawn worlds: `pretrained` loads those that come with vislab, `python -m` makes them.

Each is a safetensors file below 1 MB, weights in half precision, with its recipe, scores and versions inside.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vislab.data.synthetic.draw import WORLDS, draw
from vislab.data.vocabulary import Vocabulary
from vislab.errors import VislabError
from vislab.evaluation.answers.cells import own_score
from vislab.evaluation.evaluate import evaluate
from vislab.evaluation.predict import THRESHOLD, choose_threshold, threshold_of
from vislab.models.build import Model, build
from vislab.models.predictions import TASKS, Task
from vislab.system.console import say
from vislab.system.devices import pick_device
from vislab.system.files import writing
from vislab.system.tensorfiles import Kind, read_tensors, unreadable, write_tensors
from vislab.training.checkpoints import Checkpoint, load_weights
from vislab.training.fit import fit

FOLDER = Path(__file__).parent / "weights"
KIND = Kind(
    name="vislab.model",
    format="1",
    what="a trained model",
    foreign="holds no trained model of vislab",
    source="a file that make pretrained wrote",
    mend="run make pretrained",
)
SIZE = 96  # pixels a side
TRAIN, VALID, TEST = 4096, 256, 1024  # pictures
EPOCHS = 4.0
# Of the pictures. The course and its learners count up from 0, so nobody meets these pictures there.
SEED, TEST_SEED = 271_828, 314_159
MOST_BYTES = 1_000_000  # a file


def pretrained(world: str, device: str | torch.device | None = None) -> dict[Task, Model]:
    """Models of a drawn world, trained before and ready to predict: task → model.

    world: "smear" or "street". device: None picks a GPU where there is one.
    The models saw pictures of 96 px that no seed below 1,000 draws; vislab/pretrained/README.md has their scores.
    Raises VislabError where there are none of that world.
    """
    found = {task: FOLDER / f"{world}-{task}.safetensors" for task in TASKS}
    if not all(path.is_file() for path in found.values()):
        there = [name for name in WORLDS if (FOLDER / f"{name}-instance.safetensors").is_file()]
        raise VislabError(f"there are no trained models of {world!r}; there are those of {', '.join(there) or 'none'}")
    place = pick_device(device)
    return {task: read_model(path)[0].to(place) for task, path in found.items()}


def write_model(model: Model, path: Path, about: dict[str, Any]) -> Path:
    """Write a model: weights of two and more dimensions in half precision, all else, being small, as it is.

    about: what a reader should know of it, for `read_model`. A variance that normalises may exceed half precision.
    """
    tensors = {f"model.{name}": _halve(value) for name, value in model.state_dict().items()}
    kept = {"task": model.task, "vocabulary": model.vocabulary.to_dict(), "threshold": threshold_of(model)}
    return write_tensors(path, KIND, tensors, about | kept)


def read_model(path: Path) -> tuple[Model, dict[str, Any]]:
    """A model that `write_model` wrote, in float32, on the CPU and ready to predict, and what is known of it.

    Raises VislabError where the file is missing, cut off, something else, or of another build of the models.
    """
    tensors, about = read_tensors(path, KIND)
    try:
        vocabulary, task, threshold = Vocabulary.from_dict(about["vocabulary"]), about["task"], about["threshold"]
    except KeyError as error:
        raise unreadable(path, KIND, error) from error
    model = build(task, vocabulary)
    load_weights(model, Checkpoint(tensors, about), path, vocabulary, task)
    setattr(model, THRESHOLD, threshold)
    return model.eval(), about


def _halve(value: Tensor) -> Tensor:
    return value.half() if value.is_floating_point() and value.ndim >= 2 else value


# Making them


def train_models(
    world: str,
    folder: Path = FOLDER,
    *,
    size: int = SIZE,
    counts: tuple[int, int, int] = (TRAIN, VALID, TEST),
    epochs: float = EPOCHS,
    device: str | None = None,
) -> list[Path]:
    """Train a model a task on pictures of a world, write each and score what was written on other pictures.

    counts: pictures to train on, to choose by, to test on. A training that was cut off goes on where it was.
    """
    count, few, many = counts
    drawn, test = draw(world, count + few, size=size, seed=SEED), draw(world, many, size=size, seed=TEST_SEED)
    train, valid = drawn[:count], drawn[count:]
    written = []
    for task in TASKS:
        say(f"{world}, {task}: training on {count:,} pictures of {size} × {size}")
        model = build(task, drawn.vocabulary, seed=SEED)
        history = fit(model, train, valid, epochs=epochs, seed=SEED, device=device)
        if task == "instance":
            choose_threshold(model, valid)
        recipe = {"world": world, "size": size, "seed": SEED, "train": count, "valid": few} | history.recipe
        recipe |= {"seconds": round(history.seconds, 1)}
        versions = {"vislab": version("vislab"), "torch": torch.__version__}
        path = folder / f"{world}-{task}.safetensors"
        write_model(model, path, {})
        kept, _ = read_model(path)  # what half precision left of it is scored
        scores = evaluate(kept, test)
        about = {"recipe": recipe, "versions": versions}
        about |= {"scores": _told(scores), "tested": {"seed": TEST_SEED, "pictures": many}}
        write_model(model, path, about)
        if path.stat().st_size > MOST_BYTES:
            raise VislabError(f"{path}: has {path.stat().st_size:,} bytes, more than {MOST_BYTES:,}; shrink the model")
        say(
            f"{path.name}: {own_score(task, scores)}, {path.stat().st_size:,} bytes, trained in {history.seconds:.0f} s"
        )
        written.append(path)
    return written


def _told(scores: dict[str, float]) -> dict[str, float | None]:
    """Scores as JSON takes them: rounded, and None for NaN."""
    return {name: None if value != value else round(value, 5) for name, value in scores.items()}


def write_page(folder: Path = FOLDER) -> Path:
    """Write README.md: a row for each model in the folder, from what its file says of itself."""
    rows = []
    for path in sorted(folder.glob("*.safetensors")):
        _, about = read_tensors(path, KIND)
        recipe, versions, scores = about["recipe"], about["versions"], about["scores"]
        told = ", ".join(f"{name.replace('_', ' ')} {value:.3f}" for name, value in scores.items() if value is not None)
        rows.append(
            f"| {path.name} | {path.stat().st_size / 1e3:,.0f} kB | {recipe['train']:,} of {recipe['size']} px, "
            f"seed {recipe['seed']} | {recipe['epochs']:g} | {recipe['seconds']:,.0f} s, {recipe['device']} | {told} "
            f"| {about['tested']['pictures']:,}, seed {about['tested']['seed']} "
            f"| {versions['vislab']}, {versions['torch']} |"
        )
    head = [
        "# Trained models",
        "",
        'What `vl.pretrained("smear")` gives: a model a task for each drawn world, made by `make pretrained`',
        "(tools/make_pretrained.py), which also writes this page. A file holds its recipe, scores and versions as JSON",
        "in its metadata. Weights are in half precision; the scores are of what the file holds. The models have seen",
        "nothing but drawn pictures, so they say nothing of real blood films or streets.",
        "",
        "| File | Size | Trained on | Passes | In | Scores | Test pictures | vislab, torch |",
        "|---|---|---|---|---|---|---|---|",
    ]
    with writing(folder / "README.md") as part:
        part.write_text("\n".join([*head, *rows]) + "\n", encoding="utf-8")
    return folder / "README.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """Train all models of the worlds named, all worlds without one."""
    parser = argparse.ArgumentParser(prog="python -m vislab.training.pretrained", description=main.__doc__)
    parser.add_argument("worlds", nargs="*", default=list(WORLDS), help=f"of {', '.join(WORLDS)}")
    given = parser.parse_args(arguments)
    try:
        for world in given.worlds:
            train_models(world)
        say(f"{write_page()}: the table of all of them")
    except VislabError as error:
        print(f"pretraining: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
