"""Results of the trainings of learning curves, kept in a JSON file, so that a run that was cut off goes on."""

import json
from pathlib import Path
from typing import Any

from vislab.costs.labels.learning_curves import FORMAT
from vislab.errors import VislabError
from vislab.system.console import say
from vislab.system.files import read_json, without_nan, writing


class KeptResults:
    """Results by key, in memory and in a file; one that cannot be read is begun anew, with a word."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found = _read(path)

    def __contains__(self, key: str) -> bool:
        return key in self.found

    def __getitem__(self, key: str) -> Any:
        return self.found[key]

    def keep(self, key: str, value: Any) -> None:
        """Remember a result, in the file too; if the disk is full, say so and measure on."""
        self.found[key] = without_nan(value)
        text = json.dumps({"format": FORMAT, "found": self.found}, allow_nan=False)
        try:
            with writing(self.path) as part:
                part.write_text(text + "\n", encoding="utf-8")
        except VislabError as error:
            say(f"not kept for another time: {error}")


def _read(path: Path) -> dict[str, Any]:
    """Earlier results; {} without a file of this format."""
    try:
        return dict(read_json(path, "every training is made anew", format=FORMAT)["found"]) if path.exists() else {}
    except VislabError as error:
        say(str(error))
        return {}
