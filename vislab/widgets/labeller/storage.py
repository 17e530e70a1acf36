"""The folder of a labelling session: vl.load reads it; it is written after every stroke, with a log to resume from.

FOLDER/labelling.json     every stroke with its picture, the seconds spent, and the progress: a session resumes from it
FOLDER/images, masks, instances, *.csv, vocabulary.json      as data/datasets/folder.py has them, made from the strokes
FOLDER/.labelling.written     the list of files that labelling wrote: no other file is replaced or removed
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
WORDS = ("labels", "classes", "things")  # of a vocabulary, which must be the same to resume

Rows = Sequence[Sequence[object]]


class Storage:
    """The folder of one labelling session; no other session, in this process or another, writes into it meanwhile."""

    def __init__(self, folder: Path) -> None:
        from filelock import FileLock

        self.folder = folder
        self._lock = FileLock(folder / LOCK, timeout=0, thread_local=False)
        self._files = OwnFiles(folder)
        self._written: dict[Path, object] = {}  # the content of each file, in a form to compare

    def open(self, work: Work) -> str:
        """Take the folder and read its log into the work; returns "" or the reason why it cannot be written for now.

        Raises VislabError if it holds something else, other pictures or a link, or another session works on it.
        """
        if self.folder.exists() and not self.folder.is_dir():
            raise VislabError(f"{self.folder}: is a file; give a folder for the labels")
        file_names(work.pictures)
        names = [path.name for path in self.folder.iterdir() if path.name[0] != "."] if self.folder.is_dir() else []
        if names and LOG not in names:
            raise VislabError(
                f"{self.folder}: holds {min(names)!r} and no {LOG}, so labelling did not make it; give another folder"
            )
        for name in FOLDERS:
            self._files.refuse_link(self.folder / name)
        trouble = self._lock_folder(work)
        if names:
            try:
                read_log(self.folder / LOG, work)
            except VislabError:
                self.close()
                raise
            trouble = trouble or self.save(work)
        return trouble

    def _lock_folder(self, work: Work) -> str:
        """Lock the folder; returns "" or the reason if the disk refuses."""
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
        """Remove unfinished files of our own that a killed session left."""
        own = {self.folder / name for name in (LOG, RECORD, *TABLES)}
        own |= {self.folder / kind / name for kind in FOLDERS for name in file_names(work.pictures)}
        for part in self.folder.rglob(".*.part"):
            match = re.fullmatch(r"\.(.+)\.[0-9a-f]{8}\.part", part.name)
            if match and part.with_name(match[1]) in own:
                part.unlink(missing_ok=True)

    def close(self) -> None:
        """Let another session have the folder."""
        self._lock.release(force=True)

    def save(self, work: Work) -> str:
        """Write what has changed, each file whole or not at all, the log first; returns "" or why that failed."""
        try:
            if not self._lock.is_locked and (trouble := self._lock_folder(work)):
                return trouble
            with writing(self.folder / LOG) as part:
                part.write_text(_log_text(work), encoding="utf-8")
            try:
                self._lay_out(work)
            finally:
                self._files.save()
        except (VislabError, OSError) as error:
            self._written.clear()
            return str(error)
        return ""

    def _write(self, path: Path, write: Callable[[Path], object], content: object) -> None:
        """Write a file, unless it is known to have that content."""
        if self._written.get(path) != content:
            self._files.write(path, write)
            self._written[path] = content

    def _lay_out(self, work: Work) -> None:
        """Write the pictures with anything on them in the layout that vl.load reads."""
        content = work.content()
        folder = self.folder
        paths: set[Path] = set()
        things: list[tuple[str, int, str]] = []

        def write_png(kind: str, name: str, make: Callable[[], Any], state: object) -> None:
            paths.add(folder / kind / f"{name}.png")
            self._write(folder / kind / f"{name}.png", partial(_png, make), state)

        for item in content.items:
            name, index = item.picture, work.indices[item.picture]
            write_png("images", name, partial(image_of, work.pictures, index), "image")
            if not content.masks:
                continue
            strokes = work.log.of(item, "pixels"), work.log.of(item, "outline")
            semantic, ids, classes = work.masks(item)
            write_png("masks", name, partial(mask_image, semantic, work.words), strokes)
            if content.objects:
                write_png("instances", name, partial(np.asarray, ids, np.uint16), strokes)
                things += [(name, number, work.words.classes[code]) for number, code in enumerate(classes, start=1)]
        labels = work.labels(content) if content.items else None
        paths |= self._tables(work, content.items, things if content.objects else None, labels)
        for path in self._files.remove_all_but(paths):  # left by an undone stroke or another level
            self._written.pop(path, None)

    def _tables(self, work: Work, items: list[Item], things: Rows | None, labels: list[int] | None) -> set[Path]:
        """Write the tables that changed; returns the paths of all tables."""
        folder, names = self.folder, [item.picture for item in items]
        if self._written.get(folder / "pictures.csv") != names:
            labelled = work.pictures.subset([work.indices[name] for name in names])
            with TemporaryDirectory() as temporary:
                write_tables(labelled, Path(temporary))
                for name in TABLES[:3]:
                    self._write(folder / name, partial(shutil.copyfile, Path(temporary) / name), names)
        rows = None if labels is None else [(n, work.words.labels[k]) for n, k in zip(names, labels, strict=True)]
        paths = {folder / name for name in TABLES[:3]}
        for name, columns, lines in (("labels", "picture,label", rows), ("objects", "picture,id,class", things)):
            if lines is not None:
                paths.add(folder / f"{name}.csv")
                self._write(folder / f"{name}.csv", partial(_table, columns, lines), lines)
        return paths


def _table(columns: str, lines: Sequence[Sequence[object]], path: Path) -> None:
    write_table(path, columns, lines)


def _png(make: Callable[[], Any], path: Path) -> None:
    """Write the picture, or the array, that `make` returns."""
    image = make()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(path, "png")


def _log_text(work: Work) -> str:
    """The log as JSON, with progress and times for human readers."""
    log = work.log
    names = sorted({stroke.item.picture for stroke in log.strokes} | {item.picture for item, _ in log.seconds})
    about = {
        "kind": "vislab.labelling",
        "format": FORMAT,
        "words": {name: list(getattr(work.words, name)) for name in WORDS},
        "size": list(work.pictures.size),
        "pictures": {name: work.fingerprint(name) for name in names if name in work.indices},
        "progress": work.progress(),
        "times": {kind: vars(spent) for kind, spent in work.times().items()},
        "seconds": [[*item, kind, seconds] for (item, kind), seconds in sorted(log.seconds.items())],
    }
    head = json.dumps(about, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return f'{head[:-1]},"strokes":[{",".join(stroke.text for stroke in log.strokes)}]}}\n'


def read_log(path: Path, work: Work) -> None:
    """Read a session's log into the work. Raises VislabError if it is no log, or has other pictures or words."""
    try:
        log = read_json(path, "give another folder, or move it away to begin anew", "vislab.labelling", FORMAT)
        seconds = {(Item(name, time), KINDS[KINDS.index(kind)]): float(s) for name, time, kind, s in log["seconds"]}
        strokes = [Stroke.from_dict(plain) for plain in log["strokes"]]
        if log["size"] != list(work.pictures.size) or any(
            name not in work.indices or work.fingerprint(name) != number for name, number in log["pictures"].items()
        ):
            raise VislabError(f"{path.parent}: holds labels of other pictures; give those, or another folder")
        if log["words"] != {name: list(getattr(work.words, name)) for name in WORDS}:
            words = ", ".join(log["words"]["classes"])
            raise VislabError(f"{path.parent}: holds labels of other classes ({words}); give those, or another folder")
        work.log = Log(seconds=seconds)
        for stroke in strokes:
            work.do(stroke)
    except VislabError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise VislabError(f"{path}: is broken or no log of labels ({error!r}); move it away to begin anew") from error
