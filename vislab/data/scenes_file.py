"""Scenes as one file."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from vislab.data.checks import TENSORS
from vislab.data.vocabulary import Vocabulary
from vislab.system.tensorfiles import Kind, read_tensors, unreadable, write_tensors

if TYPE_CHECKING:
    from vislab.data.scenes import Scenes

KIND = Kind(
    name="vislab.Scenes",
    format="1",
    what="vislab scenes",
    foreign="holds no vislab scenes",
    source="a file that Scenes.save wrote",
    mend="save it anew",
)


def save_scenes(scenes: "Scenes", path: Path) -> Path:
    """Write all of it, complete or not at all; returns the path. Raises VislabError where the disk refuses."""
    tensors = {name: getattr(scenes, name) for name in TENSORS if getattr(scenes, name) is not None}
    about = {
        "vocabulary": scenes.vocabulary.to_dict(),
        "ids": scenes.ids,
        "groups": scenes.groups,
        "attributes": dict(scenes.attributes),
    }
    return write_tensors(path, KIND, tensors, about)


def read_fields(path: Path) -> dict[str, Any]:
    """The fields of the Scenes that `save_scenes` wrote.

    Raises VislabError naming the file where it is missing, truncated, of another format or something else.
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
