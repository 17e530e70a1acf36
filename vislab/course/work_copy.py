"""The learner's copy of the notebooks and of the glossary they link to, handed out into work/ and never taken back.

Copies have no outputs, because anyone who sees the results before guessing them learns less, and because controls do
nothing without a kernel. They also lack the cells tagged `build-check`. Such a cell holds nothing but `assert`s: they
check the numbers that the text speaks of whenever the notebooks are built or tested, and would only be in a learner's
way. So no other cell may need a name from one.

A newer version replaces a copy that the learner has not touched. If they have changed theirs, it is put beside it under
another name. work/.handed-out.json keeps a hash of everything that was handed out, to tell the two apart.

JupyterLab writes into a notebook that it opens which kernel runs it. Copies have that already, so that closing one asks
nothing; and it is no part of the hash, so that another Python makes no newer version.
"""

import hashlib
import json
from pathlib import Path

from vislab.course.learners_copy import learners_copy
from vislab.system.files import writing

RECORD = ".handed-out.json"
KERNEL = ("kernelspec", "language_info")  # what JupyterLab writes into a notebook's metadata


def hand_out(notebooks: Path, work: Path) -> list[str]:
    """Bring notebooks and pages into `work`; returns a line for each newer version put beside a changed copy."""
    record = _read_record(work / RECORD)
    messages = []
    for source in sorted([*notebooks.glob("*.ipynb"), *notebooks.glob("*.md")]):
        content = _with_kernel(learners_copy(source)) if source.suffix == ".ipynb" else source.read_bytes()
        digest = _digest(content)
        copy = work / source.name
        if copy.exists() and _digest(copy.read_bytes()) not in (digest, record.get(copy.name)):
            if digest in (record.get(name) for name in (copy.name, *_offers(record, source))):
                continue  # the learner's copy began as this version, or they were offered it before
            copy = _free_path(work, source, record)
            messages.append(
                f"{source.name}: you have changed your copy, so the newer version is beside it as {copy.name}"
            )
        if not copy.exists() or _digest(copy.read_bytes()) != digest:
            with writing(copy) as part:
                part.write_bytes(content)
        record[copy.name] = digest
    with writing(work / RECORD) as part:
        part.write_text(json.dumps({"format": 1, "given": record}, indent=1) + "\n", encoding="utf-8")
    return messages


def _read_record(path: Path) -> dict[str, str]:
    """File name → digest of what was handed out; empty if it cannot be read, so that no copy counts as untouched."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))["given"]
        return {str(name): str(digest) for name, digest in record.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _with_kernel(notebook: bytes) -> bytes:
    """The notebook with this Python's kernel in its metadata, as JupyterLab writes it."""
    from ipykernel.ipkernel import IPythonKernel
    from ipykernel.kernelspec import KERNEL_NAME, get_kernel_dict

    content, kernel = json.loads(notebook), get_kernel_dict()
    spec = {"display_name": kernel["display_name"], "language": kernel["language"], "name": KERNEL_NAME}
    content["metadata"] |= dict(zip(KERNEL, (spec, IPythonKernel.language_info), strict=True))
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def _digest(content: bytes) -> str:
    """A hash of a page as it is, and of a notebook whatever its kernel, and however JupyterLab lays out its file."""
    try:
        notebook = json.loads(content)
        for name in KERNEL:
            notebook["metadata"].pop(name, None)
        for cell in notebook["cells"]:
            cell["source"] = "".join(cell["source"])  # one text, or a list of lines
        content = json.dumps(notebook, sort_keys=True).encode()
    except (ValueError, KeyError, TypeError, AttributeError):
        pass  # no notebook
    return hashlib.sha256(content).hexdigest()


def _offers(record: dict[str, str], source: Path) -> list[str]:
    """File names under which newer versions of a notebook or page were offered."""
    return [name for name in record if name.startswith(f"{source.stem}.new")]


def _free_path(work: Path, source: Path, record: dict[str, str]) -> Path:
    """NAME.new.ipynb (.md), or the first of NAME.new-2.ipynb, ... that is free or holds an untouched offer."""
    number = 1
    while True:
        path = work / f"{source.stem}.new{f'-{number}' if number > 1 else ''}{source.suffix}"
        if not path.exists() or _digest(path.read_bytes()) == record.get(path.name):
            return path
        number += 1
