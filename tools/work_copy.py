"""The learner's copy of the notebooks, and of the glossary they link to: handed out into work/, never taken back.

Copies come without outputs: who reads results before having guessed them learns less, and controls that no kernel
answers would be in the way. A copy that the learner has not touched is replaced by a newer version; beside one that
they have, the newer version is put under another name. What was handed out is remembered by content in
work/.handed-out.json.
"""

import hashlib
import json
from pathlib import Path

from vislab.system.files import writing

RECORD = ".handed-out.json"


def hand_out(notebooks: Path, work: Path) -> list[str]:
    """Bring notebooks and pages into `work`; returns one line for each that is offered beside a changed one."""
    given = _recall(work / RECORD)
    said = []
    for notebook in sorted([*notebooks.glob("*.ipynb"), *notebooks.glob("*.md")]):
        text = without_outputs(notebook) if notebook.suffix == ".ipynb" else notebook.read_bytes()
        new = _digest(text)
        copy = work / notebook.name
        if copy.exists() and _digest(copy.read_bytes()) not in (new, given.get(copy.name)):
            if new in (given.get(name) for name in (copy.name, *_offers(given, notebook))):
                continue  # they have been at work on this version, or it was offered to them before
            copy = _free_name(work, notebook, given)
            said.append(f"{notebook.name}: you have changed yours, so the newer version is beside it as {copy.name}")
        if not copy.exists() or _digest(copy.read_bytes()) != new:
            with writing(copy) as part:
                part.write_bytes(text)
        given[copy.name] = new
    with writing(work / RECORD) as part:
        part.write_text(json.dumps({"format": 1, "given": given}, indent=1) + "\n", encoding="utf-8")
    return said


def _recall(record: Path) -> dict[str, str]:
    """Name → content of what was handed out; empty where that is not known, so that nothing is thought untouched."""
    try:
        given = json.loads(record.read_text(encoding="utf-8"))["given"]
        return {str(name): str(content) for name, content in given.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def without_outputs(notebook: Path) -> bytes:
    """The notebook's file with its cells as nobody has run them yet."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    content["metadata"].pop("widgets", None)
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def _offers(given: dict[str, str], notebook: Path) -> list[str]:
    """Names under which newer versions of a notebook were offered."""
    return [name for name in given if name.startswith(f"{notebook.stem}.new")]


def _free_name(work: Path, notebook: Path, given: dict[str, str]) -> Path:
    """NAME.new.ipynb (.md), or the first of NAME.new-2.ipynb, ... that is free or holds an offer nobody has touched."""
    number = 1
    while True:
        place = work / f"{notebook.stem}.new{f'-{number}' if number > 1 else ''}{notebook.suffix}"
        if not place.exists() or _digest(place.read_bytes()) == given.get(place.name):
            return place
        number += 1
