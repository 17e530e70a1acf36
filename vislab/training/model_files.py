"""Trained models in files, and back: safetensors with JSON inside, which can run nothing."""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vislab.data.vocabulary import Vocabulary
from vislab.errors import VislabError
from vislab.evaluation.familiarity import WORLD, World
from vislab.evaluation.predict import THRESHOLD, threshold_of
from vislab.models.backbone import Backbone, encoder
from vislab.models.build import MODELS, Model, build
from vislab.system.devices import pick_device
from vislab.system.tensorfiles import Kind, read_tensors, unreadable, write_tensors
from vislab.training.checkpoints import Checkpoint, load_weights

KIND = Kind(
    name="vislab.model",
    format="1",
    what="a trained model",
    foreign="holds no trained model of vislab",
    source="a file that vl.save wrote",
    mend="save the model again",
)
SUFFIX = ".safetensors"


def save(model: Model, path: str | Path) -> Path:
    """Write a model into a file that `open_model` reads; returns the path.

    path: ends in .safetensors; a file that is there is replaced, once the new one is complete. With the weights go the
    vocabulary, the threshold of objects, the name of the model's backbone if it has one, and what the pictures looked
    like that it learned from.
    Raises VislabError for what is no model of `vl.build`, for another ending, or if the disk refuses.
    """
    path = Path(path)
    if not isinstance(model, tuple(MODELS.values())):
        raise VislabError(f"a model of vl.build can be saved, not {type(model).__name__}")
    if path.suffix != SUFFIX:
        raise VislabError(f"{path}: must end in {SUFFIX}; call it {path.stem}{SUFFIX}")
    world: World | None = getattr(model, WORLD, None)
    about = {"versions": {"vislab": version("vislab"), "torch": torch.__version__}}
    return write_model(model, path, about | ({"world": world.to_dict()} if world else {}))


def open_model(path: str | Path, device: str | torch.device | None = None) -> Model:
    """The model that `save` wrote, ready to predict: the same predictions, to the bit on the same machine.

    device: None picks a GPU if there is one. Raises VislabError if the file is missing, damaged or something else.
    """
    path = Path(path)
    model, about = read_model(path)
    if (world := about.get("world")) is not None:
        try:
            setattr(model, WORLD, World.from_dict(world))
        except (KeyError, TypeError, ValueError) as error:
            raise unreadable(path, KIND, error) from error
    return model.to(pick_device(device))


def write_model(model: Model, path: Path, about: Mapping[str, Any], half: bool = False) -> Path:
    """Write a model and whatever else `read_model` should return, as JSON can hold it; returns the path.

    half: weights of two and more dimensions in half precision; all others, which are small, as they are.
    """

    def shrink(value: Tensor) -> Tensor:
        # Not the variances of normalisation, which may exceed half precision.
        return value.half() if half and value.is_floating_point() and value.ndim >= 2 else value

    tensors = {f"model.{name}": shrink(value) for name, value in model.state_dict().items()}
    own = {"task": model.task, "vocabulary": model.vocabulary.to_dict(), "threshold": threshold_of(model)}
    if isinstance(model.encoder, Backbone):
        own["encoder"] = {"name": model.encoder.name, "weights": model.encoder.weights}
    return write_tensors(path, KIND, tensors, {**about, **own})


def read_model(path: Path) -> tuple[Model, dict[str, Any]]:
    """The model in a file, in float32, on the CPU and ready to predict, and what the file says of it.

    Raises VislabError if the file is missing, cut off, something else, or of other layers than today's models have.
    """
    tensors, about = read_tensors(path, KIND)
    try:
        vocabulary, task, threshold = Vocabulary.from_dict(about["vocabulary"]), about["task"], about["threshold"]
    except KeyError as error:
        raise unreadable(path, KIND, error) from error
    model = build(task, vocabulary, _empty_backbone(path, about["encoder"]) if "encoder" in about else None)
    load_weights(model, Checkpoint(tensors, about), path)
    setattr(model, THRESHOLD, threshold)
    return model.eval(), about


def _empty_backbone(path: Path, told: Any) -> Backbone:
    """The backbone that a file names, with random weights: those in the file take their place, without a download."""
    try:
        backbone = encoder(str(told["name"]))
        backbone.weights = told["weights"]
    except (KeyError, TypeError) as error:
        raise unreadable(path, KIND, error) from error
    except VislabError as error:
        raise VislabError(f"{path}: {error}") from error
    return backbone
