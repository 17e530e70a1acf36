"""CamVid: masks in the colours of class_dict.csv or label_colors.txt (Brostow, Fauqueur, Cipolla 2009).

A mask is called NAME_L.png, or lies in a folder such as train_labels/ beside train/.
"""

import csv
import io
import re
from dataclasses import replace
from pathlib import PurePosixPath

from vislab.data.datasets import folder
from vislab.data.datasets.archive import Contents
from vislab.data.datasets.loader import Source
from vislab.data.datasets.view import View
from vislab.errors import VislabError

TABLES = ("class_dict.csv", "label_colors.txt")


def matches(contents: Contents) -> bool:
    """Whether there is a table of colours, and masks that are called so."""
    return any(name in contents.names for name in TABLES) and any(map(_masked, contents.pictures()))


def _masked(name: str) -> str:
    """The picture of a mask by its folder and name without ending; "" for a file that is no mask."""
    path = PurePosixPath(name)
    folders = path.parts[:-1]
    if folders and folders[-1].lower().endswith("_labels"):
        return "/".join([*folders[:-1], folders[-1][: -len("_labels")], path.stem.removesuffix("_L")])
    return path.stem.removesuffix("_L") if path.stem.endswith("_L") else ""


def source(contents: Contents) -> Source:
    """The pictures and their masks; "part" as their folders say."""
    files: dict[str, str] = {}
    stems: dict[str, str] = {}
    for name in contents.pictures():
        if not _masked(name):
            path = PurePosixPath(name)
            key = str(path.with_suffix(""))
            stems[key] = stems[path.stem] = key
            files[f"images/{key}{path.suffix}"] = name
    for name in contents.pictures():
        if wanted := _masked(name):
            files[f"masks/{stems.get(wanted, wanted)}.png"] = name
    view = View(contents, files, {"classes.csv": _classes(contents)})
    made = folder.view_source(view)
    return replace(made, files=made.files | {name for name in TABLES if name in contents.names})


def _classes(contents: Contents) -> bytes:
    """classes.csv of the table of colours. Raises VislabError if a line is no name with a colour."""
    name = next(name for name in TABLES if name in contents.names)
    text = contents.text(name)
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["id", "name", "r", "g", "b"])
    lines = text.splitlines()
    if name.endswith(".csv"):
        head = lines.pop(0) if lines else ""
        if not re.search(r"[a-z]\W*,\W*[a-z]\W*,\W*[a-z]\W*$", head.lower()):
            raise VislabError(
                f"{contents.where(name)}: begins with {head[:80]!r}, not with name,r,g,b; write that first"
            )
    for number, line in enumerate(line for line in lines if line.strip()):
        try:
            if name.endswith(".csv"):
                label, *colour = next(csv.reader([line]))
            else:
                red, green, blue, label = line.split(None, 3)
                colour = [red, green, blue]
            red, green, blue = (str(int(part)) for part in colour)
        except (ValueError, csv.Error):
            raise VislabError(
                f"{contents.where(name)}: has the line {line[:80]!r}, not a name with r, g, b; mend it"
            ) from None
        table.writerow([number, label.strip(), red, green, blue])
    return out.getvalue().encode()
