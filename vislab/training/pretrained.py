"""Small trained models of the drawn worlds and of real nuclei, which come with vislab; see tools/make_pretrained.py.

Each is a safetensors file below 1 MB, weights in half precision, with its recipe, scores and versions inside.
"""

from pathlib import Path
from typing import Any

import torch

from vislab.errors import VislabError
from vislab.evaluation.familiarity import WORLD, World
from vislab.models.build import Model
from vislab.models.predictions import COURSE_TASKS, Task
from vislab.system.devices import pick_device
from vislab.system.files import read_json
from vislab.training.model_files import read_model

FOLDER = Path(__file__).parent / "weights"
PRETRAINED = ("smear", "street", "nuclei")
ANSWERS = "vislab.answers"  # the kind of file
SIZE = 96  # pixels a side
TRAIN, VALID = 4096, 256  # pictures
EPOCHS = 4.0
SEED = 271_828  # of the pictures: the course and its learners count up from 0, so they never meet these


def pretrained(world: str, device: str | torch.device | None = None) -> dict[Task, Model]:
    """Models of a drawn world or of real nuclei, trained before and ready to predict: task → model.

    world: "smear", "street" or "nuclei". device: None picks a GPU if there is one. Raises VislabError for another.
    Those of drawn worlds saw pictures of 96 px that no seed below 1,000 draws, those of nuclei the 256 px at the centre
    of each picture of fold 0, and never fold 1; weights/README.md has their scores.
    """
    paths = {task: FOLDER / f"{world}-{task}.safetensors" for task in COURSE_TASKS}
    if not all(path.is_file() for path in paths.values()):
        available = sorted(path.stem.removesuffix("-instance") for path in FOLDER.glob("*-instance.safetensors"))
        raise VislabError(
            f"there are no trained models of {world!r}; there are those of {', '.join(available) or 'none'}"
        )
    models = {task: read_model(path)[0].to(pick_device(device)) for task, path in paths.items()}
    seen = read_world(FOLDER / f"{world}-world.json")
    for model in models.values():
        setattr(model, WORLD, seen)
    return models


def read_answers(world: str = "nuclei") -> dict[str, Any]:
    """What was measured when the models were made, on test pictures that not everybody has.

    "pictures": how many; "objects": in one, on average; "errors": of each model and baseline, as of `score_answers`;
    "kinds": the instance segmenter's scores on each kind of picture. Raises VislabError if it cannot be read.
    """
    return read_json(FOLDER / f"{world}-answers.json", "run make pretrained", ANSWERS, 1)


def read_world(path: Path) -> World:
    """What the pictures of a world look like that trained its models; raises VislabError if that cannot be read."""
    mend = "run make pretrained"
    plain = read_json(path, mend, "vislab.world", 1)
    try:
        return World.from_dict(plain)
    except (KeyError, TypeError, ValueError) as error:
        raise VislabError(f"{path}: does not tell what pictures look like ({error!r}); {mend}") from error
