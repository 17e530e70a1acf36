"""Scenes as one file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from vislab.data.checks import TENSORS
from vislab.data.vocabulary import Vocabulary
from vislab.system.tensorfiles import Kind, read_tensors, unreadable, write_tensors

KIND = Kind(
    name="vislab.Scenes",
    format="1",
    what="vislab scenes",
    foreign="holds no vislab scenes",
    source="a file that Scenes.save wrote",
    mend="save it anew",
)


def write_fields(
    path: Path,
    tensors: Mapping[str, Tensor | None],
    vocabulary: Vocabulary,
    ids: Sequence[str],
    groups: Sequence[str] | None,
    attributes: Mapping[str, Sequence[str]],
) -> Path:
    """Write the fields of Scenes, complete or not at all; returns the path. Raises VislabError if the disk refuses."""
    present = {name: tensor for name, tensor in tensors.items() if tensor is not None}
    about = {"vocabulary": vocabulary.to_dict(), "ids": ids, "groups": groups, "attributes": dict(attributes)}
    return write_tensors(path, KIND, present, about)


def read_fields(path: Path) -> dict[str, Any]:
    """The fields of the Scenes that `write_fields` wrote.

    Raises VislabError naming the file if it is missing, truncated, of another format or something else.
    """
    tensors, about = read_tensors(path, KIND)
    try:
        return {name: tensors.get(name) for name in TENSORS} | {
            "vocabulary": Vocabulary.from_dict(about["vocabulary"]),
            "ids": tuple(about["ids"]),
            "groups": None if about["groups"] is None else tuple(about["groups"]),
            "attributes": {name: tuple(values) for name, values in about["attributes"].items()},
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise unreadable(path, KIND, error) from error
