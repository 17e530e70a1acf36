"""A notebook as a learner gets it. The build of the wheel runs this file by itself, so it imports nothing of vislab."""

import json
from pathlib import Path

BUILD_CHECK = "build-check"  # tag of a cell of assertions that guard the build


def learners_copy(notebook: Path) -> bytes:
    """The notebook's file as if nobody had run it yet, without its build checks."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    content["metadata"].pop("widgets", None)
    content["cells"] = [cell for cell in content["cells"] if BUILD_CHECK not in cell["metadata"].get("tags", ())]
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()
