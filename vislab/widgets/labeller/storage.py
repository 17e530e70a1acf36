"""The folder of a labelling session: vl.load reads it; it is written after every stroke, with a log to resume from.

FOLDER/labelling.json     every stroke with its picture, what a model proposed there, the seconds spent, the progress:
                          a session resumes from it, with or without the model
FOLDER/images, masks, instances, *.csv, vocabulary.json      as data/datasets/folder.py has them, made from the strokes
FOLDER/.labelling.written     the list of files that labelling wrote: no other file is replaced or removed
"""

import base64
import json
import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from filelock import FileLock, Timeout
from PIL import Image

from vislab.data.datasets.export import file_names, mask_image, write_objects, write_tables
from vislab.errors import VislabError
from vislab.system.files import read_json, writing
from vislab.widgets.labeller.clocks import CLOCKS, times
from vislab.widgets.labeller.own_files import RECORD, OwnFiles
from vislab.widgets.labeller.proposals import Proposal
from vislab.widgets.labeller.strokes import KINDS, PROPOSED, UNTOUCHED, Item, Log, Outline, Stroke
from vislab.widgets.labeller.work import Content, Work
from vislab.widgets.viewer.packets import image_of

FORMAT = 1
LOG, LOCK = "labelling.json", ".labelling.lock"
FOLDERS = ("images", "masks", "instances")
TABLES = ("pictures.csv", "classes.csv", "vocabulary.json", "labels.csv", "objects.csv")
WORDS = ("labels", "classes", "things")  # of a vocabulary, which must be the same to resume


class Storage:
    """The folder of one labelling session; no other session, in this process or another, writes into it meanwhile."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = FileLock(folder / LOCK, timeout=0, thread_local=False)
        self._files = OwnFiles(folder)

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
            self._files.forget()
            return str(error)
        return ""

    def _lay_out(self, work: Work) -> None:
        """Write the pictures with anything on them in the layout that vl.load reads."""
        content = work.content()
        paths: set[Path] = set()

        def write(name: str, write_to: Callable[[Path], object], state: object) -> None:
            paths.add(self.folder / name)
            self._files.write(self.folder / name, write_to, state)

        for item in content.items:
            name, index = f"{item.picture}.png", work.indices[item.picture]
            write(f"images/{name}", partial(_save_png, partial(image_of, work.pictures, index)), "as given")
            if content.masks:
                masks = work.masks(item)
                strokes = masks.strokes
                write(f"masks/{name}", partial(_save_png, partial(mask_image, masks.semantic, work.words)), strokes)
                if content.objects:
                    write(f"instances/{name}", partial(_save_png, partial(np.asarray, masks.ids, np.uint16)), strokes)
        for name, table in _tables(work, content).items():
            write(name, partial(Path.write_bytes, data=table), table)
        self._files.remove_all_but(paths)  # left by an undone stroke or another level


def _tables(work: Work, content: Content) -> dict[str, bytes]:
    """The tables of the pictures with anything on them: name → content."""
    labels = work.labels(content) or None
    pictures = replace(work.pictures, images=work.pictures.images[..., :1, :1])  # tables need no pixels
    pictures = pictures.subset([work.indices[item.picture] for item in content.items])
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_tables(replace(pictures, labels=None if labels is None else torch.tensor(labels)), folder)
        if content.objects:
            write_objects(folder, work.words, {item.picture: work.masks(item).classes for item in content.items})
        return {path.name: path.read_bytes() for path in folder.iterdir()}


def _save_png(make: Callable[[], Any], path: Path) -> None:
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
        "times": {kind: vars(spent) for kind, spent in times(work).items()},
        "seconds": [[*item, clock, seconds] for (item, clock), seconds in sorted(log.seconds.items())],
    }
    proposals = [[*key, _plain(proposal)] for key, proposal in work.proposals.items() if log.of(Item(key[0]), key[1])]
    if proposals:
        about["proposals"] = proposals
    head = json.dumps(about, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return f'{head[:-1]},"strokes":[{",".join(stroke.text for stroke in log.strokes)}]}}\n'


def _plain(proposal: Proposal) -> Any:
    """A proposal as JSON can hold it: a label, a mask's bytes compressed, or each object's class and corners."""
    if isinstance(proposal, tuple):
        return [[outline.code, outline.points] for outline in proposal]
    if isinstance(proposal, int):
        return proposal
    return base64.b64encode(zlib.compress(proposal.tobytes())).decode()


def _read_proposal(plain: Any, work: Work) -> Proposal:
    """The proposal of `_plain`. Raises ValueError, TypeError or zlib.error if it makes no sense in these words."""
    words = work.words
    if isinstance(plain, int):
        return range(len(words.labels)).index(plain)
    if isinstance(plain, str):
        mask = np.frombuffer(zlib.decompress(base64.b64decode(plain)), np.uint8).reshape(work.pictures.size)
        if not np.isin(mask, [*range(1, len(words.classes)), UNTOUCHED]).all():
            raise ValueError("a proposed mask has unknown classes")
        return mask
    things = list(words.thing_indices)
    return tuple(
        Outline(tuple((float(x), float(y)) for x, y in points), things[things.index(code)], PROPOSED)
        for code, points in plain
    )


def read_log(path: Path, work: Work) -> None:
    """Read a session's log into the work. Raises VislabError if it is no log, or has other pictures or words."""
    try:
        log = read_json(path, "give another folder, or move it away to begin anew", "vislab.labelling", FORMAT)
        clocks = [clock for kind in KINDS for clock in CLOCKS[kind]]
        seconds = {(Item(name, time), clocks[clocks.index(clock)]): float(s) for name, time, clock, s in log["seconds"]}
        strokes = [Stroke.from_dict(plain) for plain in log["strokes"]]
        if log["size"] != list(work.pictures.size) or any(
            name not in work.indices or work.fingerprint(name) != number for name, number in log["pictures"].items()
        ):
            raise VislabError(f"{path.parent}: holds labels of other pictures; give those, or another folder")
        if log["words"] != {name: list(getattr(work.words, name)) for name in WORDS}:
            words = ", ".join(log["words"]["classes"])
            raise VislabError(f"{path.parent}: holds labels of other classes ({words}); give those, or another folder")
        work.log, work.proposals = Log(seconds=seconds), {}
        for name, kind, plain in log.get("proposals", ()):
            work.proposals[str(name), KINDS[KINDS.index(kind)]] = _read_proposal(plain, work)
        for stroke in strokes:
            work.do(stroke)
    except VislabError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, zlib.error) as error:
        raise VislabError(f"{path}: is broken or no log of labels ({error!r}); move it away to begin anew") from error
