"""Training that can be taken up again: safetensors with JSON inside, renamed into place; nothing is ever unpickled."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from vislab.data.scenes import Scenes
from vislab.data.vocabulary import Vocabulary
from vislab.errors import VislabError
from vislab.system.code_digest import code_digest
from vislab.system.files import home
from vislab.system.tensorfiles import Kind, read_tensors, write_tensors
from vislab.training.source_hash import own_code

KIND = Kind(
    name="vislab.checkpoint",
    format="1",
    what="a checkpoint",
    foreign="is no vislab checkpoint",
    source="a file that vl.fit wrote",
    mend="delete it and train anew",
)
CODE = (
    "data/batches.py",
    "data/augment.py",
    "training/optimiser.py",
    "training/fit.py",
    "models",
)  # decides how a training ends, too


@dataclass(frozen=True)
class Checkpoint:
    """Tensors by name ("model.…", "optimiser.…") and what else is needed to go on."""

    tensors: dict[str, Tensor]
    about: dict[str, Any]

    def part(self, name: str) -> dict[str, Tensor]:
        """The tensors whose names begin so, without the beginning."""
        return {
            key.removeprefix(f"{name}."): value for key, value in self.tensors.items() if key.startswith(f"{name}.")
        }


def write_checkpoint(path: Path, tensors: Mapping[str, Tensor], about: Mapping[str, Any]) -> None:
    """Write both, complete or not at all; an earlier file stays where the disk refuses. Raises VislabError."""
    write_tensors(path, KIND, tensors, about)


def read_checkpoint(path: Path) -> Checkpoint:
    """What `write_checkpoint` wrote; raises VislabError where it is missing, cut off or something else."""
    return Checkpoint(*read_tensors(path, KIND))


def load_weights(model: nn.Module, checkpoint: Checkpoint, path: Path, vocabulary: Vocabulary, task: str) -> None:
    """Put a checkpoint's weights into a model; raises VislabError where it is of other words, task or shapes."""
    about = checkpoint.about
    if about.get("task") != task:
        raise VislabError(f"{path}: is of a model for {about.get('task')}, not for {task}; build that task")
    kept = Vocabulary.from_dict(about["vocabulary"])
    if kept != vocabulary:
        raise VislabError(
            f"{path}: speaks of {kept.name} {kept.classes}, not of {vocabulary.name} {vocabulary.classes}"
        )
    try:
        model.load_state_dict(checkpoint.part("model"))
    except RuntimeError as error:
        raise VislabError(
            f"{path}: holds other layers than this model ({str(error).splitlines()[-1].strip()})"
        ) from error


def run_path(task: str, name: str, key: str) -> Path:
    """Where the training with this key is kept."""
    return home() / "runs" / "trained" / f"{name}-{task}-{key[:16]}.safetensors"


def training_key(model: nn.Module, scenes: tuple[Scenes, ...], recipe: Mapping[str, Any]) -> str:
    """A name for all that decides how a training ends: first weights, pictures and truth, recipe, code, torch."""
    told = hashlib.blake2b(json.dumps([recipe, torch.__version__], sort_keys=True, default=str).encode())
    for name, value in model.state_dict().items():
        told.update(name.encode())
        told.update(_bytes(value))
    for some in scenes:
        told.update(json.dumps(some.vocabulary.to_dict()).encode())
        for tensor in (some.images, some.labels, some.semantic, some.instances, some.objects):
            told.update(b"none" if tensor is None else _bytes(tensor))
    package = Path(__file__).parents[1]
    for place in CODE:
        paths = [package / place] if place.endswith(".py") else sorted((package / place).glob("*.py"))
        told.update(code_digest(paths).encode())
    try:
        code = own_code({type(part) for part in model.modules()})
    except (OSError, TypeError, ValueError):  # never the same again, as what trained before may have been another model
        code = [uuid.uuid4().bytes]
    for source in code:
        told.update(source)
    return told.hexdigest()


def _bytes(tensor: Tensor) -> bytes:
    return tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes()
