"""Training that can be taken up again: safetensors with JSON inside, renamed into place; nothing is ever unpickled."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from vislab.errors import VislabError
from vislab.files import home, writing
from vislab.scenes import Scenes
from vislab.vocabulary import Vocabulary

FORMAT = "1"
KIND = "vislab.checkpoint"
CODE = ("batches.py", "training.py", "models")  # what decides how a training ends, beside data and recipe


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
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    with writing(path) as part:
        try:
            plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
            save_file(plain, part, {"format": FORMAT, "kind": KIND, "about": json.dumps(about)})
        except SafetensorError as error:  # its word for a full disk
            raise OSError(str(error)) from error


def read_checkpoint(path: Path) -> Checkpoint:
    """What `write_checkpoint` wrote; raises VislabError where it is missing, cut off or something else."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("kind") != KIND:
                raise VislabError(f"{path}: is no vislab checkpoint; give a file that vl.fit or save_model wrote")
            if metadata.get("format") != FORMAT:
                raise VislabError(
                    f"{path}: has format {metadata.get('format')}, this vislab reads {FORMAT}; train anew"
                )
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118, no mapping
            return Checkpoint(tensors, json.loads(metadata["about"]))
    except FileNotFoundError as error:
        raise VislabError(
            f"{path}: there is no such file; give a checkpoint that vl.fit or save_model wrote"
        ) from error
    except (OSError, SafetensorError, KeyError, json.JSONDecodeError) as error:
        raise VislabError(f"{path}: cannot be read as a checkpoint ({error}); delete it or train anew") from error


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
    package = Path(__file__).parent
    for place in CODE:
        files = [package / place] if place.endswith(".py") else sorted((package / place).glob("*.py"))
        for file in files:
            told.update(file.read_bytes())
    return told.hexdigest()


def _bytes(tensor: Tensor) -> bytes:
    return tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes()
