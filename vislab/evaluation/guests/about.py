"""What a guest tells of itself: a small JSON beside its predictions, with its threshold and what it costs."""

from pathlib import Path
from typing import Any

from vislab.errors import VislabError, is_number
from vislab.system.files import read_json

THRESHOLD = 0.5  # the score from which an object counts if the guest does not tell its own


def about_file(path: Path) -> Path:
    """Where the guest of these predictions tells of itself: sam3.about.json beside sam3.json or the folder sam3."""
    return path.with_name(f"{path.name if path.is_dir() else path.stem}.about.json")


def read_about(path: Path) -> dict[str, Any]:
    """What the guest of these predictions tells; {} if it tells nothing. Raises VislabError if it is no JSON object."""
    file = about_file(path)
    return read_json(file, 'write an object such as {"threshold": 0.5}') if file.exists() else {}


def threshold_of(path: Path) -> float:
    """The score from which an object of these predictions counts. Raises VislabError if it is none from 0 to 1."""
    threshold = read_about(path).get("threshold", THRESHOLD)
    if not (is_number(threshold) and 0 <= threshold <= 1):
        raise VislabError(f"{about_file(path)}: the threshold must be a score from 0 to 1, not {threshold!r:.40}")
    return float(threshold)
