"""Where labels are kept: a folder that vl.load reads, written after every stroke, and the log to take it up again.

FOLDER/labelling.json     every stroke with its picture, the seconds spent, and how far it got: what is taken up again
FOLDER/images, masks, instances, *.csv, vocabulary.json      as data/datasets/folder.py has them, made from the strokes
FOLDER/.labelling.written     which of these files labelling wrote: no other file is replaced or removed
"""

import json
import re
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from PIL import Image

from vislab.data.datasets.export import file_names, mask_image, write_table, write_tables
from vislab.errors import VislabError
from vislab.system.files import read_json, writing
from vislab.widgets.labeller.own_files import RECORD, OwnFiles
from vislab.widgets.labeller.strokes import KINDS, Item, Log, Stroke
from vislab.widgets.labeller.work import Work
from vislab.widgets.viewer.packets import image_of

FORMAT = 1
LOG, LOCK = "labelling.json", ".labelling.lock"
FOLDERS = ("images", "masks", "instances")
TABLES = ("pictures.csv", "classes.csv", "vocabulary.json", "labels.csv", "objects.csv")
WORDS = ("labels", "classes", "things")  # of a vocabulary, by which labels are told


class Keeper:
    """The folder of one labelling session; no other session, in this process or another, writes into it meanwhile."""

    def __init__(self, folder: Path) -> None:
        from filelock import FileLock

        self.folder = folder
        self._lock = FileLock(folder / LOCK, timeout=0, thread_local=False)
        self._files = OwnFiles(folder)
        self._written: dict[Path, object] = {}  # what each file holds, as something to compare

    def open(self, work: Work) -> str:
        """Take the folder and what it holds into the work's log; returns "" or why nothing can be kept there for now.

        Raises VislabError where it holds something else, other pictures or a link, or another session works on it.
        """
        if self.folder.exists() and not self.folder.is_dir():
            raise VislabError(f"{self.folder}: is a file; give a folder for the labels")
        file_names(work.pictures)
        there = [path.name for path in self.folder.iterdir() if path.name[0] != "."] if self.folder.is_dir() else []
        if there and LOG not in there:
            raise VislabError(
                f"{self.folder}: holds {min(there)!r} and no {LOG}, so labelling did not make it; give another folder"
            )
        for name in FOLDERS:
            self._files.refuse_link(self.folder / name)
        trouble = self._take(work)
        if there:
            try:
                read_log(self.folder / LOG, work)
            except VislabError:
                self.close()
                raise
            trouble = trouble or self.save(work)
        return trouble

    def _take(self, work: Work) -> str:
        """Lock the folder; returns why it cannot be, where the disk refuses."""
        from filelock import Timeout

        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
        except Timeout as error:
            raise VislabError(
                f"{self.folder}: another session is labelling here; shut its kernel down, or give another folder"
            ) from error
        except (OSError, NotImplementedError) as error:
            return f"{self.folder}: cannot be written ({getattr(error, 'strerror', None) or error})"
        self._remove_parts(work)
        self._files.read()
        return ""

    def _remove_parts(self, work: Work) -> None:
        """Remove what `writing` left of our own files when a session was killed."""
        own = {self.folder / name for name in (LOG, RECORD, *TABLES)}
        own |= {self.folder / kind / name for kind in FOLDERS for name in file_names(work.pictures)}
        for left in self.folder.rglob(".*.part"):
            named = re.fullmatch(r"\.(.+)\.[0-9a-f]{8}\.part", left.name)
            if named and left.with_name(named[1]) in own:
                left.unlink(missing_ok=True)

    def close(self) -> None:
        """Let another session have the folder."""
        self._lock.release(force=True)

    def save(self, work: Work) -> str:
        """Write what has changed, each file whole or not at all, the log first; returns "" or why it cannot be."""
        try:
            if not self._lock.is_locked and (trouble := self._take(work)):
                return trouble
            with writing(self.folder / LOG) as part:
                part.write_text(_told(work), encoding="utf-8")
            try:
                self._lay_out(work)
            finally:
                self._files.keep()
        except (VislabError, OSError) as error:
            self._written.clear()
            return str(error)
        return ""

    def _write(self, path: Path, how: Callable[[Path], object], holds: object) -> None:
        """Write a file, unless it is known to hold that already."""
        if self._written.get(path) == holds:
            return
        self._files.write(path, how)
        self._written[path] = holds

    def _lay_out(self, work: Work) -> None:
        """The pictures on which anything stands, in the layout that vl.load reads."""
        items, masks, objects = work.found()
        folder, names = self.folder, [item.picture for item in items]
        files = {kind: {name: folder / kind / f"{name}.png" for name in names} for kind in FOLDERS}
        things: list[tuple[str, int, str]] = []
        for item in items:
            strokes = work.log.of(item, "pixels"), work.log.of(item, "outline")
            place = work.places[item.picture]
            self._write(files["images"][item.picture], partial(_png, partial(image_of, work.pictures, place)), "image")
            if masks:
                semantic, ids, classes = work.together(item)
                self._write(
                    files["masks"][item.picture], partial(_png, partial(mask_image, semantic, work.words)), strokes
                )
                if objects:
                    self._write(
                        files["instances"][item.picture], partial(_png, partial(np.asarray, ids, np.uint16)), strokes
                    )
                    words = work.words.classes
                    things += [(item.picture, number, words[index]) for number, index in enumerate(classes, start=1)]
        wanted = {*files["images"].values()} | ({*files["masks"].values()} if masks else set())
        wanted |= {*files["instances"].values()} if objects else set()
        labels = work.labels(items, masks, objects) if items else None
        wanted |= self._tables(work, items, things if objects else None, labels)
        for path in self._files.remove_all_but(wanted):  # what an undone stroke or another level left behind
            self._written.pop(path, None)

    def _tables(self, work: Work, items: list[Item], things: Any, labels: list[int] | None) -> set[Path]:
        """Write the tables that changed; returns the paths of all that there are."""
        folder, names = self.folder, [item.picture for item in items]
        if self._written.get(folder / "pictures.csv") != names:
            some = work.pictures.subset([work.places[name] for name in names])
            with TemporaryDirectory() as made:
                write_tables(some, Path(made))
                for name in TABLES[:3]:
                    self._write(folder / name, partial(shutil.copyfile, Path(made) / name), names)
        rows = None if labels is None else [(n, work.words.labels[k]) for n, k in zip(names, labels, strict=True)]
        wanted = {folder / name for name in TABLES[:3]}
        for name, columns, lines in (("labels", "picture,label", rows), ("objects", "picture,id,class", things)):
            if lines is not None:
                wanted.add(folder / f"{name}.csv")
                self._write(folder / f"{name}.csv", partial(_table, columns, lines), lines)
        return wanted


def _table(columns: str, lines: Sequence[Sequence[object]], path: Path) -> None:
    write_table(path, columns, lines)


def _png(make: Callable[[], Any], path: Path) -> None:
    """Write the picture, or the array, that `make` gives."""
    made = make()
    (made if isinstance(made, Image.Image) else Image.fromarray(made)).save(path, "png")


def _told(work: Work) -> str:
    """The log as JSON, with how far it got and how long it took for whoever reads the file."""
    log = work.log
    named = sorted({stroke.item.picture for stroke in log.strokes} | {item.picture for item, _ in log.seconds})
    told = {
        "kind": "vislab.labelling",
        "format": FORMAT,
        "words": {name: list(getattr(work.words, name)) for name in WORDS},
        "size": list(work.pictures.size),
        "pictures": {name: work.fingerprint(name) for name in named if name in work.places},
        "progress": work.progress(),
        "times": {kind: vars(spent) for kind, spent in work.times().items()},
        "seconds": [[*item, kind, seconds] for (item, kind), seconds in sorted(log.seconds.items())],
    }
    head = json.dumps(told, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return f'{head[:-1]},"strokes":[{",".join(stroke.text for stroke in log.strokes)}]}}\n'


def read_log(path: Path, work: Work) -> None:
    """Do again what a session left in its log. Raises VislabError where it is none, or of other pictures or words."""
    try:
        told = read_json(path, "give another folder, or move it away to begin anew", "vislab.labelling", FORMAT)
        seconds = {(Item(name, time), KINDS[KINDS.index(kind)]): float(s) for name, time, kind, s in told["seconds"]}
        strokes = [Stroke.from_dict(plain) for plain in told["strokes"]]
        if told["size"] != list(work.pictures.size) or any(
            name not in work.places or work.fingerprint(name) != number for name, number in told["pictures"].items()
        ):
            raise VislabError(f"{path.parent}: holds labels of other pictures; give those, or another folder")
        if told["words"] != {name: list(getattr(work.words, name)) for name in WORDS}:
            words = ", ".join(told["words"]["classes"])
            raise VislabError(f"{path.parent}: holds labels of other classes ({words}); give those, or another folder")
        work.log = Log(seconds=seconds)
        for stroke in strokes:
            work.do(stroke)
    except VislabError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise VislabError(f"{path}: is broken or no log of labels ({error!r}); move it away to begin anew") from error
