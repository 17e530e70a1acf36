"""Every layout that is recognised, and which of them a folder or archive has."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from vislab.data.datasets import class_folders, folder
from vislab.data.datasets.archive import Contents, ending
from vislab.data.datasets.division import divide_by_table
from vislab.data.datasets.formats import (
    camvid,
    cityscapes,
    coco_folder,
    cvat,
    label_studio,
    labelme,
    supervisely,
    via,
    voc,
    yolo,
)
from vislab.data.datasets.layout import ROLE_OF, unread
from vislab.data.datasets.loader import Source
from vislab.data.datasets.view import View, below
from vislab.errors import VislabError

READ = "images/ with masks/ or instances/, a folder per class, and what the label tools in data/README.md export"


@dataclass(frozen=True)
class Format:
    """A layout. matches: whether a folder or archive has it, by evidence for it and against. source: its pictures."""

    name: str
    matches: Callable[[Contents], bool]
    source: Callable[[Contents], Source]


FORMATS = (
    Format("images/ with masks/ or instances/", folder.matches, folder.source),
    Format("COCO JSON", coco_folder.matches, coco_folder.source),
    Format("CVAT for images", cvat.matches, cvat.source),
    Format("labelme", labelme.matches, labelme.source),
    Format("Label Studio JSON", label_studio.matches, label_studio.source),
    Format("VIA", via.matches, via.source),
    Format("YOLO", yolo.matches, yolo.source),
    Format("Supervisely", supervisely.matches, supervisely.source),
    Format("VOC", voc.matches, voc.source),
    Format("Cityscapes", cityscapes.matches, cityscapes.source),
    Format("CamVid", camvid.matches, camvid.source),
)
CLASS_FOLDERS = Format("a folder per class", lambda contents: not class_folders.why_not(contents), class_folders.source)


def source(contents: Contents) -> Source:
    """The pictures of a folder or archive, in whatever layout it has; files that nobody reads are named in its notes.

    The layout may lie one folder deeper. Raises VislabError if two layouts fit or none does, saying what was found.
    """
    candidates: list[Contents] = [contents]
    while (inner := below(candidates[-1])) is not None:
        candidates.append(inner)
    # What tools write may lie at any depth, so the innermost folder counts; but cat/ alone is a class.
    for formats, folders in ((FORMATS, candidates[::-1]), ((CLASS_FOLDERS,), candidates)):
        for candidate in folders:
            fitting = [entry for entry in formats if entry.matches(candidate)]
            if len(fitting) > 1:
                names = " and as ".join(entry.name for entry in fitting)
                mend = "take away what belongs to one of them, or give the file that you mean"
                raise VislabError(f"{candidate.root}: can be read as {names}; {mend}")
            if fitting:
                return _complete(fitting[0].source(candidate), candidate)
    raise VislabError(_unknown(contents))


def _complete(made: Source, contents: Contents) -> Source:
    """The source with its files by their names in the folder that was given, and a note on those not read."""
    made = divide_by_table(made, contents)
    files, outer = made.files, contents
    while isinstance(outer, View):
        files, outer = frozenset(map(outer.original, files)), outer.base
    return replace(made, files=files, notes=[*made.notes, *unread(outer, files)])


def _unknown(contents: Contents) -> str:
    """What was found in a folder that has no known layout, what is read, and the nearest arrangement."""
    pictures = contents.pictures()
    folders = Counter(name.rpartition("/")[0] for name in pictures)
    named = ", ".join(f"{count:,} in {name}/" if name else f"{count:,} loose" for name, count in folders.most_common(4))
    others = Counter(ending(name) for name in set(contents.names) - set(pictures))
    found = f"pictures {named}{' …' if len(folders) > 4 else ''}" if pictures else "no pictures"
    if others:
        found += " and files " + ", ".join(
            f"{count:,} {kind or 'without ending'}" for kind, count in others.most_common(4)
        )
    reason = class_folders.why_not(contents)
    return f"{contents.root}: {reason}; found {found}; vislab reads {READ}; {_nearest(contents)}"


def _nearest(contents: Contents) -> str:
    """What to do so that the folder is read."""
    if tools := sorted(set(contents.kinds.values())):
        return f"export it from {tools[0]} as data/README.md says"
    pictures = contents.pictures()
    roles = {ROLE_OF[word] for name in pictures for word in name.lower().split("/")[:-1] if word in ROLE_OF}
    if {"masks", "instances"} & roles:
        return "put the pictures into images/ and their masks, by the same names, into masks/ with a classes.csv"
    if not pictures:
        return "put pictures into images/, or into a folder per class"
    masks = "their masks by the same names into masks/ with a classes.csv"
    return f"put them into images/ and {masks}, or into a folder per class"
