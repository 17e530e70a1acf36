"""Scenes as one file: safetensors, which holds numbers and text and can run nothing."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vislab.consistency import TENSORS
from vislab.errors import VislabError
from vislab.files import writing
from vislab.vocabulary import Vocabulary

if TYPE_CHECKING:
    from vislab.scenes import Scenes

FORMAT = "1"
KIND = "vislab.Scenes"


def save_scenes(scenes: "Scenes", path: Path) -> Path:
    """Write all of it, complete or not at all; returns the path. Raises VislabError where the disk refuses."""
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    tensors = {name: getattr(scenes, name) for name in TENSORS if getattr(scenes, name) is not None}
    about = {
        "vocabulary": scenes.vocabulary.to_dict(),
        "ids": scenes.ids,
        "groups": scenes.groups,
        "attributes": dict(scenes.attributes),
    }
    with writing(path) as part:
        try:
            save_file(
                {name: tensor.contiguous().cpu() for name, tensor in tensors.items()},
                part,
                {"format": FORMAT, "kind": KIND, "about": json.dumps(about)},
            )
        except SafetensorError as error:  # its word for a full disk
            raise OSError(str(error)) from error
    return path


def read_fields(path: Path) -> dict[str, Any]:
    """The fields of the Scenes that `save_scenes` wrote.

    Raises VislabError naming the file where it is missing, truncated, of another format or something else.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("kind") != KIND:
                raise VislabError(f"{path}: holds no vislab scenes; give a file that Scenes.save wrote")
            if metadata.get("format") != FORMAT:
                came = metadata.get("format")
                raise VislabError(f"{path}: has format {came}, this vislab reads {FORMAT}; save it anew")
            about = json.loads(metadata["about"])
            there = set(file.keys())
            return {name: file.get_tensor(name) if name in there else None for name in TENSORS} | {
                "vocabulary": Vocabulary.from_dict(about["vocabulary"]),
                "ids": tuple(about["ids"]),
                "groups": None if about["groups"] is None else tuple(about["groups"]),
                "attributes": {name: tuple(values) for name, values in about["attributes"].items()},
            }
    except FileNotFoundError as error:
        raise VislabError(f"{path}: there is no such file; give one that Scenes.save wrote") from error
    except (OSError, SafetensorError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise VislabError(f"{path}: cannot be read as vislab scenes ({error}); save it anew") from error
