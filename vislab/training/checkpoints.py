"""Training that can be resumed: safetensors with JSON inside, renamed into place; nothing is ever unpickled."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from vislab.data.scenes import Scenes
from vislab.errors import VislabError
from vislab.system.code_digest import code_digest
from vislab.system.tensorfiles import Kind, read_tensors
from vislab.training.history import History
from vislab.training.source_hash import own_code

KIND = Kind(
    name="vislab.checkpoint",
    format="1",
    what="a checkpoint",
    foreign="is no vislab checkpoint",
    source="a file that vl.fit wrote",
    mend="delete it and train anew",
)
# Decides how a training ends, too.
CODE = (
    "data/batches.py",
    "models/*.py",
    "training/capture.py",
    "training/fit.py",
    "training/optimiser.py",
    "training/run.py",
)


@dataclass(frozen=True)
class Checkpoint:
    """Tensors by name ("model.…", "optimiser.…") and what else is needed to go on."""

    tensors: dict[str, Tensor]
    about: dict[str, Any]

    def part(self, name: str) -> dict[str, Tensor]:
        """The tensors whose names begin with `name.`, without that beginning."""
        prefix = f"{name}."
        return {key.removeprefix(prefix): value for key, value in self.tensors.items() if key.startswith(prefix)}


def read_checkpoint(path: Path) -> Checkpoint:
    """A checkpoint that `write_tensors` wrote; raises VislabError if it is missing, cut off or something else."""
    checkpoint = Checkpoint(*read_tensors(path, KIND))
    if not _is_progress(checkpoint.about):
        raise VislabError(f"{path}: does not say how far its training came; {KIND.mend}")
    return checkpoint


def _is_progress(about: Mapping[str, Any]) -> bool:
    """Whether training can go on from this: pictures seen, pictures a step, the history, and whether all is done."""
    counts = all(type(about.get(name)) is int and about[name] >= least for name, least in (("seen", 0), ("batch", 1)))
    history = about.get("history")
    named = isinstance(history, dict) and history.keys() == {field.name for field in fields(History)}
    return counts and named and isinstance(about.get("done"), bool)


def load_weights(model: nn.Module, checkpoint: Checkpoint, path: Path) -> None:
    """Put the weights of the checkpoint at a path into a model.

    Raises VislabError if names or shapes differ, or weights are no numbers; the model is then as it was.
    """
    own, given = model.state_dict(), checkpoint.part("model")
    for name in sorted(own.keys() | given.keys()):
        if name not in own or name not in given or own[name].shape != given[name].shape:
            raise VislabError(f"{path}: holds other layers than this model ({name}); {KIND.mend}")
        numbers = given[name].is_floating_point() and bool(given[name].isfinite().all())
        if own[name].is_floating_point() and not numbers:
            raise VislabError(f"{path}: holds weights of {name} that are no numbers; {KIND.mend}")
    model.load_state_dict(given)


def training_key(model: nn.Module, scenes: tuple[Scenes, ...], recipe: Mapping[str, Any]) -> str:
    """A digest of all that decides how a training ends: first weights, pictures and truth, recipe, code, torch."""
    digest = hashlib.blake2b(json.dumps([recipe, torch.__version__], sort_keys=True, default=str).encode())
    for name, value in model.state_dict().items():
        digest.update(name.encode())
        digest.update(_bytes(value))
    for pictures in scenes:
        digest.update(json.dumps(pictures.vocabulary.to_dict()).encode())
        for tensor in (pictures.images, pictures.labels, pictures.semantic, pictures.instances, pictures.objects):
            digest.update(b"none" if tensor is None else _bytes(tensor))
    package = Path(__file__).parents[1]
    digest.update(code_digest(path for part in CODE for path in sorted(package.glob(part))).encode())
    try:
        code = own_code({type(module) for module in model.modules()})
    except (OSError, TypeError, ValueError):  # a key of its own: nobody can tell whether this model was trained before
        code = [uuid.uuid4().bytes]
    for source in code:
        digest.update(source)
    return digest.hexdigest()


def _bytes(tensor: Tensor) -> memoryview:
    """A tensor's bytes, not copied."""
    return tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data
