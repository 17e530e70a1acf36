"""Small trained models of the drawn worlds, which come with vislab; tools/make_pretrained.py makes them.

Each is a safetensors file below 1 MB, weights in half precision, with its recipe, scores and versions inside.
"""

from pathlib import Path
from typing import Any

import torch

from vislab.data.synthetic.draw import WORLDS
from vislab.data.vocabulary import Vocabulary
from vislab.errors import VislabError
from vislab.evaluation.familiarity import WORLD, World
from vislab.evaluation.predict import THRESHOLD
from vislab.models.build import Model, build
from vislab.models.predictions import TASKS, Task
from vislab.system.devices import pick_device
from vislab.system.files import read_json
from vislab.system.tensorfiles import Kind, read_tensors, unreadable
from vislab.training.checkpoints import Checkpoint, load_weights

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
TRAIN, VALID = 4096, 256  # pictures
EPOCHS = 4.0
SEED = 271_828  # of the pictures: the course and its learners count up from 0, so they never meet these


def pretrained(world: str, device: str | torch.device | None = None) -> dict[Task, Model]:
    """Models of a drawn world, trained before and ready to predict: task → model.

    world: "smear" or "street". device: None picks a GPU if there is one. Raises VislabError for another world.
    The models saw pictures of 96 px that no seed below 1,000 draws; weights/README.md has their scores.
    """
    paths = {task: FOLDER / f"{world}-{task}.safetensors" for task in TASKS}
    if not all(path.is_file() for path in paths.values()):
        available = [name for name in WORLDS if (FOLDER / f"{name}-instance.safetensors").is_file()]
        raise VislabError(
            f"there are no trained models of {world!r}; there are those of {', '.join(available) or 'none'}"
        )
    models = {task: read_model(path)[0].to(pick_device(device)) for task, path in paths.items()}
    seen = read_world(FOLDER / f"{world}-world.json")
    for model in models.values():
        setattr(model, WORLD, seen)
    return models


def read_world(path: Path) -> World:
    """What the pictures of a world look like that trained its models; raises VislabError if that cannot be read."""
    mend = "run make pretrained"
    plain = read_json(path, mend, "vislab.world", 1)
    try:
        return World.from_dict(plain)
    except (KeyError, TypeError, ValueError) as error:
        raise VislabError(f"{path}: does not tell what pictures look like ({error!r}); {mend}") from error


def read_model(path: Path) -> tuple[Model, dict[str, Any]]:
    """The model in a file, in float32, on the CPU and ready to predict, and what the file says of it.

    Raises VislabError if the file is missing, cut off, something else, or of other layers than today's models have.
    """
    tensors, about = read_tensors(path, KIND)
    try:
        vocabulary, task, threshold = Vocabulary.from_dict(about["vocabulary"]), about["task"], about["threshold"]
    except KeyError as error:
        raise unreadable(path, KIND, error) from error
    model = build(task, vocabulary)
    load_weights(model, Checkpoint(tensors, about), path)
    setattr(model, THRESHOLD, threshold)
    return model.eval(), about
