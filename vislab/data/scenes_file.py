"""A file of pictures with their truth: their tensors, and the rest as JSON beside them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from torch import Tensor

from vislab.data.checks import TENSORS
from vislab.data.vocabulary import Vocabulary
from vislab.errors import VislabError
from vislab.system.tensorfiles import Kind, read_tensors, unreadable, write_tensors

Made = TypeVar("Made")
KIND = Kind(
    name="vislab.Scenes",
    format="1",
    what="vislab scenes",
    foreign="holds no vislab scenes",
    source="a file that Scenes.save wrote",
    mend="save it anew",
)
SUFFIX = ".safetensors"


def write_fields(path: Path, tensors: Mapping[str, Tensor | None], about: Mapping[str, Any]) -> Path:
    """Write the tensors that are there, and vocabulary, ids, groups and attributes; returns the path."""
    if path.suffix.lower() != SUFFIX:
        raise VislabError(f"{path}: must end in {SUFFIX}, by which vl.load knows it; call it so")
    plain = dict(about) | {"vocabulary": about["vocabulary"].to_dict(), "attributes": dict(about["attributes"])}
    return write_tensors(path, KIND, {name: tensor for name, tensor in tensors.items() if tensor is not None}, plain)


def read_fields(path: Path, make: Callable[..., Made]) -> Made:
    """What `make` makes of the fields of such a file, tensors and all; None for a tensor that is not there.

    Raises VislabError naming the file if it is no such file, or if `make` refuses.
    """
    tensors, about = read_tensors(path, KIND)
    try:
        about["vocabulary"] = Vocabulary.from_dict(about["vocabulary"])
        about["ids"], groups = _names(about["ids"]), about["groups"]
        about["groups"] = None if groups is None else _names(groups)
        about["attributes"] = {name: _names(values) for name, values in about["attributes"].items()}
        fields: dict[str, Any] = {**dict.fromkeys(TENSORS), **tensors, **about}
        return make(**fields)
    except VislabError as error:
        raise VislabError(f"{path}: {error}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise unreadable(path, KIND, error) from error


def _names(plain: Any) -> tuple[str, ...]:
    """A list of a file as a tuple; raises TypeError for anything else, of which text would fall apart into letters."""
    if not isinstance(plain, list):
        raise TypeError(f"{plain!r:.40} is no list of names")
    return tuple(plain)
