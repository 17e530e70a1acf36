"""The Labeller: pictures by click, pixels by brush, objects by outline, against a clock; saved stroke by stroke."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
import traitlets as t

from vislab.costs.labels.annotation_time import Kind, Spent
from vislab.data.datasets.class_tables import BACKGROUND, plain_vocabulary
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import LargestClass, Vocabulary
from vislab.errors import VislabError
from vislab.evaluation.familiarity import say_caution
from vislab.models.build import Model
from vislab.plotting.figures import enlarge
from vislab.system.console import in_jupyter
from vislab.system.files import home
from vislab.widgets.frontend import Frontend, css, esm, on_demand
from vislab.widgets.labeller.agreement import Agreement, agreement
from vislab.widgets.labeller.clocks import CLOCKS, clock_of, times
from vislab.widgets.labeller.proposals import PROPOSES, check_model
from vislab.widgets.labeller.storage import Storage
from vislab.widgets.labeller.strokes import KINDS, LARGEST, UNTOUCHED, Item, Stroke
from vislab.widgets.labeller.work import Work
from vislab.widgets.viewer.packets import Packet, image_of
from vislab.widgets.viewer.view import STILL, figure, mix, side_by_side, words_of

OPEN: WeakValueDictionary[Path, "Labeller"] = WeakValueDictionary()  # by folder: labelling there again resumes
Classes = Vocabulary | Sequence[str] | None  # to label with; None for the pictures' own
SAMPLED = 64  # pictures whose pixels the name of the default folder depends on


class Labeller(Frontend):
    """Pictures to label by hand; made by `label`.

    .scenes: the labels so far. .times: seconds by kind. .agreement(truth): how right they are. .folder: with the files.
    State that can be read and set: position of the picture in the order of asking, from 0; mode, the kind of label;
    tool ("brush" or "eraser"), chosen (by kind, the class to paint or outline), width (of the brush, pixels);
    view ({zoom, x, y}). trouble: why the last stroke is refused or not on disk yet, else "".
    """

    _esm = esm("labeller.js")
    _css = css("viewer.css") + css("labeller.css")

    about = t.Dict().tag(sync=True)
    packet = t.Any(None).tag(**on_demand("_packet"))
    work = t.Any(None).tag(**on_demand("_work"))
    position = t.Int(0).tag(sync=True)
    mode = t.Enum(KINDS, "label").tag(sync=True)
    tool = t.Enum(["brush", "eraser"], "brush").tag(sync=True)
    chosen = t.Dict().tag(sync=True)
    width = t.Int(5, min=1, max=LARGEST).tag(sync=True)
    view = t.Dict(default_value={"zoom": 1, "x": 0.5, "y": 0.5}).tag(sync=True)
    trouble = t.Unicode("").tag(sync=True)

    def __init__(self, work: Work, folder: Path) -> None:
        self._job, self._storage, self._heard = work, Storage(folder), ""
        trouble = _unsaved(self._storage.open(work))
        mode = _first_kind(work)
        about = {"n": len(work.items), "size": list(work.pictures.size), "words": words_of(work.words),
                 "question": work.words.questions.get("any", ""), "kinds": list(work.kinds),
                 "largest": LARGEST}  # fmt: skip
        start = work.next_item(mode, -1)
        width = min(60, max(5, min(work.pictures.size) // 20))
        chosen = {"pixels": 1, "outline": next(iter(work.words.thing_indices), 1)}
        work.see(work.items[max(0, start)])
        super().__init__(about=about, mode=mode, position=max(0, start), width=width, trouble=trouble, chosen=chosen)
        self.on_msg(lambda _, message, __: self.hear(message))

    @property
    def folder(self) -> Path:
        """The folder of the labels; vl.load reads it."""
        return self._storage.folder

    @property
    def scenes(self) -> Scenes:
        """The pictures with anything on them, as vl.load(.folder) gives them; if asked twice, the first time.

        Untouched pixels are background in pictures that are done, else ignored, as is all of a picture without a mask.
        There are instances if every picture with a mask has outlines, or is done without any.
        Raises VislabError if nothing is labelled yet.
        """
        return self._job.scenes()

    @property
    def times(self) -> dict[str, Spent]:
        """The seconds by kind on labels, pictures whose pixels are done and objects; of both times if asked twice.

        What a model proposed is apart from what was drawn by hand: "outline accepted", "outline corrected", and so on.
        """
        return times(self._job)

    def agreement(self, truth: Scenes) -> Agreement:
        """How far the labels agree with the truth, and with your own if a picture was labelled twice."""
        return agreement(self._job, truth)

    def help_by(self, model: Model | None) -> None:
        """Let a model, or none, propose from now on, on pictures with nothing of its kind on them."""
        self._job.help_by(model)
        self._job.see(self._item)
        if model is not None:
            self.mode = _first_kind(self._job)
        self.send_state("work")

    def matches(self, work: Work) -> bool:
        """Whether it is the same work: pictures, words, order."""
        own, pictures = self._job, work.pictures
        same = (own.items, own.words) == (work.items, work.words) and own.pictures.size == pictures.size
        return same and bool((own.pictures.images == pictures.images).all())

    def close(self) -> None:
        """End the session: the folder is free for another one."""
        self._storage.close()
        OPEN.pop(self.folder, None)
        super().close()

    @t.validate("position")
    def _clip(self, proposal: Any) -> int:
        return int(min(max(proposal.value, 0), len(self._job.items) - 1))

    @t.validate("mode")
    def _allowed(self, proposal: Any) -> str:
        if proposal.value not in self._job.kinds:
            raise VislabError(f"these pictures are labelled by {', '.join(self._job.kinds)}, not {proposal.value!r}")
        return str(proposal.value)

    @t.observe("mode")
    def _begin(self, change: Any) -> None:
        if change.old in self._job.kinds:  # each kind begins at its own first picture that is not done
            self.position = self._job.next_item(change.new, -1)

    @t.observe("position")
    def _show(self, change: Any) -> None:
        self.view = {"zoom": 1, "x": 0.5, "y": 0.5}
        self._job.see(self._item)
        self.send_state(["packet", "work"])

    # From the front end

    def hear(self, message: Mapping[str, Any]) -> None:
        """Carry out a message of the front end: a stroke (see Stroke.do), "undo", "redo", or "time" alone.

        message: do, position, mode, the fields of the stroke; seconds by the clock since the last message; key, which
        is sent back. Nonsense is reported in `trouble`, never raised.
        """
        self._heard = str(message.get("key", ""))
        try:
            position, mode = message["position"], message["mode"]
            if mode not in self._job.kinds or not 0 <= position < len(self._job.items):
                raise VislabError("This does not belong to a picture here; run the cell again.")
            item = self._job.items[position]
            clock = clock_of(self._job, item, mode, message["do"], int(message.get("value", 0)))
            self._job.log.spend(item, clock, float(message.get("seconds", 0)))
            self._do(str(message["do"]), item, mode, message)
            self.trouble = _unsaved(self._storage.save(self._job))
        except VislabError as error:
            self.trouble = str(error)
        except (KeyError, TypeError, ValueError) as error:
            self.trouble = f"What the browser sent cannot be read ({error!r}); run the cell again."
        self.send_state("work")

    def _do(self, action: str, item: Item, mode: Kind, message: Mapping[str, Any]) -> None:
        if action in ("undo", "redo"):
            moved = self._job.log.undo(mode, redo=action == "redo")
            if moved in self._job.items:
                self.position = self._job.items.index(moved)
        elif action != "time":
            stroke = Stroke.from_dict({**message, "picture": item.picture, "time": item.time, "kind": mode})
            self._job.do(self._job.turned(stroke) if item.time == 2 else stroke)
            if action in ("label", "done"):
                self.position = self._job.next_item(mode, self._job.items.index(item))

    # To the front end

    def _packet(self) -> bytes:
        """The picture in sight, without its name, which would give away a picture asked twice."""
        packet = Packet()
        image = image_of(self._job.pictures, self._job.indices[self._item.picture])
        return packet.close(
            position=self.position, image=packet.add_image(image[::-1, ::-1] if self._turned else image)
        )

    @property
    def _item(self) -> Item:
        return self._job.items[self.position]

    @property
    def _turned(self) -> bool:
        """Whether the picture in sight stands on its head: asked again, it must not be recognised."""
        return self._item.time == 2

    def _work(self) -> bytes:
        """The labels of the picture in sight, and the progress of all."""
        job, item, packet = self._job, self._item, Packet()
        painted, outlines = job.painted(item, shown=True), job.outlines(item)
        if self._turned:
            painted, outlines = painted[::-1, ::-1], [job.turned(outline) for outline in outlines]
        return packet.close(
            position=self.position,
            heard=self._heard,
            label=job.label(item),
            proposed={kind: self._proposed(kind) for kind in job.kinds},
            outlines=[outline._asdict() for outline in outlines],
            painted=packet.add(painted),
            done=[kind for kind in job.kinds if job.is_done(item, kind)],
            progress=job.progress(),
            seconds={kind: job.log.spent(item, *CLOCKS[kind]) for kind in job.kinds},
            undo=[kind for kind in job.kinds if any(stroke.kind == kind for stroke in job.log.strokes)],
            redo=[kind for kind in job.kinds if any(stroke.kind == kind for stroke in job.log.undone)],
        )

    def _proposed(self, kind: Kind) -> int | bool | None:
        """What a model proposes and nobody has accepted yet: the label, whether there is a mask, how many objects."""
        job, item = self._job, self._item
        if kind == "outline":
            return job.left(item)
        proposal = None if job.is_done(item, kind) else job.proposal(item, kind)
        return proposal if proposal is None or isinstance(proposal, int) else True

    def _so_far(self) -> str:
        names = {"label": "labelled", "pixels": "painted", "outline": "outlined"}
        return ", ".join(f"{done} {names[kind]}" for kind, done in self._job.progress().items())

    def __repr__(self) -> str:
        folder = self.folder.relative_to(home()) if self.folder.is_relative_to(home()) else self.folder
        pictures = f"{len(self._job.items):,} pictures of {self._job.words.name}"
        return f"Labeller of {pictures}: {self._so_far()}; kept in {folder}{in_jupyter('; run this cell to label')}"

    def as_html(self) -> str:
        """The picture in sight and its labels."""
        job, item = self._job, self._item
        large = enlarge(image_of(job.pictures, job.indices[item.picture]), STILL)
        masks, label = job.masks(item), job.label(item)
        text = f"picture {self.position + 1} of {len(job.items)}; so far {self._so_far()}"
        text += "" if label is None else f"; label {job.words.labels[label]}"
        over = mix(large, np.where(masks.semantic == UNTOUCHED, 0, masks.semantic), masks.ids, job.words)
        figures = [figure(large, "picture", text), figure(over, "labelled", f"its labels; {text}")]
        return side_by_side(figures, "Run this cell to label.")


def _first_kind(work: Work) -> Kind:
    """The kind of label to begin with: the one that a model proposes, else the first that is not done everywhere."""
    done = work.progress()
    kinds = [kind for kind in work.kinds if done[kind] < len(work.items)] or [work.kinds[0]]
    proposed = work.helper and PROPOSES[work.helper.task]
    return proposed if proposed in kinds else kinds[0]


def _unsaved(reason: str) -> str:
    return reason and f"Not saved yet, but kept in memory until it can be: {reason}"


def label(
    pictures: Scenes,
    classes: Classes = None,
    *,
    folder: str | Path | None = None,
    twice: int = 0,
    propose: Model | None = None,
) -> Labeller:
    """Label pictures by hand: a label by click, pixels by brush and eraser, objects by outline, each against its clock.

    pictures: their truth, if they carry any, is never shown. classes: the words to label with, the background first; if
    they are names, every class has objects to count, and labels are the classes; the pictures' own by default.
    folder: saves every stroke, in the layout that vl.load reads, so that the next session resumes there; by default a
    folder for these pictures in work/labels. twice: so many pictures are asked a second time, and all come in shuffled
    order: how far you agree with yourself shows how much your hand wavers. propose: a model whose labels, masks or
    objects stand there to accept, correct or delete, on pictures that have none yet; nothing that it proposes is a
    label before you accept it, and `.times` tells accepted and corrected from drawn. The second time is always by hand,
    so that `.agreement` then compares labels with help and without.
    Raises VislabError if there is no picture, the folder holds something else or another session works on it, or the
    model cannot propose in these words.
    """
    if not isinstance(pictures, Scenes):
        raise VislabError(f"pictures come from vl.draw or vl.load, not as {type(pictures).__name__}")
    if not len(pictures):
        raise VislabError("there are no pictures to label; give at least one")
    work = Work(pictures, _words(pictures, classes), twice)
    if not work.kinds:
        raise VislabError("there is nothing to label with: give classes beside the background, or labels")
    if propose is not None:
        check_model(propose, work.words)
        work.helper = propose
        work.see(work.items[0])  # pictures of a size that it cannot take are told now
        say_caution(propose, work.pictures)
    path = (default_folder(work) if folder is None else Path(folder)).expanduser().resolve()
    labeller = OPEN.get(path)
    if labeller is not None and labeller.matches(work):
        labeller.help_by(propose)
        return labeller
    if labeller is not None:
        raise VislabError(f"{path}: other pictures or words are labelled there in this session; give another folder")
    OPEN[path] = labeller = Labeller(work, path)
    return labeller


def default_folder(work: Work) -> Path:
    """work/labels/NAME in vislab's home, NAME made from the pictures (names, size, pixels) and the words."""
    words, digest = work.words, hashlib.sha256()
    digest.update(repr((work.pictures.ids, work.pictures.size, words.labels, words.classes, words.things)).encode())
    digest.update(repr([work.fingerprint(name) for name in work.pictures.ids[:SAMPLED]]).encode())
    plain = "".join(letter if letter.isalnum() else "-" for letter in words.name.casefold())[:40]
    return home() / "work" / "labels" / f"{plain}-{digest.hexdigest()[:8]}"


def _words(pictures: Scenes, classes: Classes) -> Vocabulary:
    if classes is None or isinstance(classes, Vocabulary):
        return classes or pictures.vocabulary
    names = [classes] if isinstance(classes, str) else list(classes)
    if not names or not all(isinstance(name, str) and name for name in names):
        raise VislabError(f"classes must be names, the background first, or a vocabulary, not {classes!r}")
    if names[0].casefold() != BACKGROUND:
        names.insert(0, BACKGROUND)
    words = plain_vocabulary(pictures.vocabulary.name, names, names[1:], labels=names)
    return replace(words, rule=LargestClass())
