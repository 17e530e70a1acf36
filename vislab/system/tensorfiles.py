"""Tensors and words in one file: safetensors, which holds numbers and text and can run nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vislab.errors import VislabError
from vislab.system.files import writing

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Kind:
    """What a file holds, and how errors speak of it.

    name, format: written into the file, and expected of it. what: "vislab scenes". foreign: what a file of something
    else is told ("holds no vislab scenes"). source: a file to give instead ("a file that Scenes.save wrote").
    mend: what to do about one that cannot be read ("save it anew").
    """

    name: str
    format: str
    what: str
    foreign: str
    source: str
    mend: str


def write_tensors(path: Path, kind: Kind, tensors: "Mapping[str, Tensor]", about: Mapping[str, Any]) -> Path:
    """Write both, complete or not at all; an earlier file stays where the disk refuses. Returns the path.

    about: whatever JSON can hold. Raises VislabError.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with writing(path) as part:
        try:
            save_file(plain, part, {"format": kind.format, "kind": kind.name, "about": json.dumps(about)})
        except SafetensorError as error:  # its word for a full disk
            raise OSError(str(error)) from error
    return path


def read_tensors(path: Path, kind: Kind) -> "tuple[dict[str, Tensor], dict[str, Any]]":
    """The tensors and the words that `write_tensors` wrote.

    Raises VislabError naming the file where it is missing, truncated, of another format or something else.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("kind") != kind.name:
                raise VislabError(f"{path}: {kind.foreign}; give {kind.source}")
            if metadata.get("format") != kind.format:
                raise VislabError(
                    f"{path}: has format {metadata.get('format')}, this vislab reads {kind.format}; {kind.mend}"
                )
            names: list[str] = list(file.keys())
            return {name: file.get_tensor(name) for name in names}, json.loads(metadata["about"])
    except FileNotFoundError as error:
        raise VislabError(f"{path}: there is no such file; give {kind.source}") from error
    except (OSError, SafetensorError, KeyError, json.JSONDecodeError) as error:
        raise unreadable(path, kind, error) from error


def unreadable(path: Path, kind: Kind, error: Exception) -> VislabError:
    """The error for a file of the right kind whose content makes no sense."""
    return VislabError(f"{path}: cannot be read as {kind.what} ({error}); {kind.mend}")
