"""Tensors and JSON in one file: safetensors, which holds numbers and text and can run nothing."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vislab.errors import VislabError
from vislab.system.files import parse_json, writing

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Kind:
    """A kind of file, and its words for errors.

    name, format: written into the file, and checked when it is read. what: "vislab scenes". foreign: about a file of
    another kind ("holds no vislab scenes"). source: a file to give instead ("a file that Scenes.save wrote").
    mend: what to do about a file that cannot be read ("save it anew").
    """

    name: str
    format: str
    what: str
    foreign: str
    source: str
    mend: str


def write_tensors(path: Path, kind: Kind, tensors: "Mapping[str, Tensor]", about: Mapping[str, Any]) -> Path:
    """Write both, complete or not at all; an earlier file stays if the disk refuses. Returns the path.

    about: whatever JSON can hold. Raises VislabError.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    text = json.dumps(about)
    head = {"format": kind.format, "kind": kind.name, "about": text, "checksum": _checksum(plain, text)}
    with writing(path) as part:
        try:
            save_file(plain, part, head)
        except SafetensorError as error:  # raised for a full disk
            raise OSError(str(error)) from error
    return path


def read_tensors(path: Path, kind: Kind) -> "tuple[dict[str, Tensor], dict[str, Any]]":
    """The tensors and the JSON that `write_tensors` wrote.

    Raises VislabError naming the file if it is missing, truncated, of another format or something else.
    """
    from safetensors import SafetensorError, safe_open

    if path.exists() and not path.is_file():  # a pipe would never end
        raise VislabError(f"{path}: is no file; give {kind.source}")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("kind") != kind.name:
                raise VislabError(f"{path}: {kind.foreign}; give {kind.source}")
            if metadata.get("format") != kind.format:
                raise VislabError(
                    f"{path}: has format {metadata.get('format')}, but this vislab reads {kind.format}; {kind.mend}"
                )
            tensors = {name: file.get_tensor(name) for name in list(file.keys())}
            checksum = metadata.get("checksum")  # files of earlier versions have none
            if checksum is not None and checksum != _checksum(tensors, metadata["about"]):
                raise VislabError(f"{path}: is damaged, as its checksum shows; {kind.mend}")
            about = parse_json(metadata["about"].encode(), str(path), kind.mend)
            if not isinstance(about, dict):
                raise VislabError(f"{path}: holds no words about its tensors; {kind.mend}")
            return tensors, about
    except FileNotFoundError as error:
        raise VislabError(f"{path}: there is no such file; give {kind.source}") from error
    except (OSError, SafetensorError, KeyError) as error:
        raise unreadable(path, kind, error) from error


def _checksum(tensors: "Mapping[str, Tensor]", about: str) -> str:
    """CRC-32 of all bytes: against a failing disk, not against a forger."""
    import torch

    value = zlib.crc32(about.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        value = zlib.crc32(tensor.reshape(-1).view(torch.uint8).numpy().data, zlib.crc32(name.encode(), value))
    return f"{value:08x}"


def unreadable(path: Path, kind: Kind, error: Exception) -> VislabError:
    """The error for a file of the right kind that makes no sense."""
    return VislabError(f"{path}: cannot be read as {kind.what} ({error}); {kind.mend}")
