"""The wheel's build hook: notebooks without outputs, and the glossary, go into the package."""

import runpy
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class AddNotebooks(BuildHookInterface):  # type: ignore[misc]
    """Adds them to a wheel; an editable installation finds those of the project."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the copies and name them among the wheel's files."""
        if version == "editable":
            return
        root = Path(self.root)
        copy = runpy.run_path(str(root / "vislab" / "course" / "learners_copy.py"))["learners_copy"]
        self.folder = Path(tempfile.mkdtemp())
        for source in [*(root / "notebooks").glob("*.ipynb"), *(root / "notebooks").glob("*.md")]:
            given = self.folder / source.name
            given.write_bytes(copy(source) if source.suffix == ".ipynb" else source.read_bytes())
            build_data["force_include"][str(given)] = f"vislab/course/notebooks/{source.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the copies."""
        if version != "editable":
            shutil.rmtree(self.folder, ignore_errors=True)
