"""The Labeller: pictures by click, pixels by brush, objects by outline, against a clock; kept stroke by stroke."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import traitlets as t

from vislab.costs.labels.annotation_time import Kind, Spent
from vislab.data.datasets.class_tables import BACKGROUND
from vislab.data.datasets.defaults import plain_vocabulary
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import Vocabulary
from vislab.errors import VislabError
from vislab.plotting.figures import enlarge
from vislab.system.files import home
from vislab.widgets.frontend import Frontend, css, esm, on_demand
from vislab.widgets.labeller.agreement import Agreement, agreement
from vislab.widgets.labeller.storage import Keeper
from vislab.widgets.labeller.strokes import KINDS, LARGEST, Item, Stroke
from vislab.widgets.labeller.work import Work
from vislab.widgets.viewer.packets import Packet, image_of
from vislab.widgets.viewer.view import STILL, figure, mix, words_of

OPEN: WeakValueDictionary[Path, "Labeller"] = WeakValueDictionary()  # by folder: to label there again goes on with it
SAMPLED = 64  # pictures whose pixels the name of the default folder depends on


class Labeller(Frontend):
    """Pictures to label by hand; made by `label`.

    .scenes: what is labelled so far. .times: seconds by kind. .agreement(truth): how right it is. .folder: where it is
    kept. State that can be read and set: position, which picture as they are asked, from 0; mode, the kind of label
    given now; tool ("brush" or "eraser"), chosen (the class that it paints or outlines), width (of the brush, pixels);
    view ({zoom, x, y}). trouble: why the last stroke makes no sense or is not on disk yet, else "".
    """

    _esm = esm("labeller.js")
    _css = css("viewer.css") + css("labeller.css")

    about = t.Dict().tag(sync=True)
    held = t.Any(None).tag(**on_demand("_held"))
    work = t.Any(None).tag(**on_demand("_work"))
    position = t.Int(0).tag(sync=True)
    mode = t.Enum(KINDS, "label").tag(sync=True)
    tool = t.Enum(["brush", "eraser"], "brush").tag(sync=True)
    chosen = t.Int(1).tag(sync=True)
    width = t.Int(5, min=1, max=LARGEST).tag(sync=True)
    view = t.Dict(default_value={"zoom": 1, "x": 0.5, "y": 0.5}).tag(sync=True)
    trouble = t.Unicode("").tag(sync=True)

    def __init__(self, work: Work, folder: Path) -> None:
        self._job, self._keeper, self._heard = work, Keeper(folder), ""
        trouble = _unsaved(self._keeper.open(work))
        done = work.progress()
        mode = next((kind for kind in work.kinds if done[kind] < len(work.items)), work.kinds[0])
        about = {
            "n": len(work.items),
            "size": list(work.pictures.size),
            "words": words_of(work.words),
            "question": work.words.questions.get("any", ""),
            "kinds": list(work.kinds),
            "largest": LARGEST,
        }
        start = work.next_item(mode, -1)
        width = min(60, max(5, min(work.pictures.size) // 20))
        super().__init__(about=about, mode=mode, position=max(0, start), width=width, trouble=trouble)
        self.on_msg(lambda _, message, __: self.hear(message))

    @property
    def folder(self) -> Path:
        """Where the labels are kept; vl.load reads it."""
        return self._keeper.folder

    @property
    def scenes(self) -> Scenes:
        """The pictures on which anything stands, as vl.load(.folder) gives them; where asked twice, the first time.

        Pixels that nobody touched are background in pictures that are done, else ignored. A picture without any mask
        among others is ignored all over. Instances are there where every picture with a mask has outlines, or is done
        without any. Raises VislabError where nothing was labelled yet.
        """
        return self._job.scenes()

    @property
    def times(self) -> dict[str, Spent]:
        """The seconds by each kind's clock on labels that stand: see vislab.costs.labels.annotation_time.Spent.

        Pictures with a label; pictures whose pixels are done; objects outlined. Both times where one is asked twice.
        """
        return self._job.times()

    def agreement(self, truth: Scenes) -> Agreement:
        """How far what is done agrees with the truth, and with yourself where a picture was labelled twice."""
        return agreement(self._job, truth)

    def matches(self, work: Work) -> bool:
        """Whether it is the same work: pictures, words, order."""
        mine, its = self._job, work.pictures
        same = (mine.items, mine.words) == (work.items, work.words) and mine.pictures.size == its.size
        return same and bool((mine.pictures.images == its.images).all())

    def close(self) -> None:
        """End the session: the folder is free for another one."""
        self._keeper.close()
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

    @t.observe("position")
    def _show(self, change: Any) -> None:
        self.view = {"zoom": 1, "x": 0.5, "y": 0.5}
        self.send_state(["held", "work"])

    # What the front end says

    def hear(self, message: Mapping[str, Any]) -> None:
        """Do what the front end says: a stroke (as Stroke.do has them), "undo", "redo", or nothing but "time".

        message: do; position and mode, to which it belongs; seconds by the clock since the last message; key, which is
        sent back once it is heard; and what the stroke needs. What makes no sense is told in `trouble`, never raised.
        """
        self._heard = str(message.get("key", ""))
        try:
            place, mode, what = message["position"], message["mode"], message["do"]
            if mode not in self._job.kinds or not 0 <= place < len(self._job.items):
                raise VislabError("This does not belong to a picture here; run the cell again.")
            item = self._job.items[place]
            self._job.log.spend(item, mode, float(message.get("seconds", 0)))
            self._do(str(what), item, mode, message)
            self.trouble = _unsaved(self._keeper.save(self._job))
        except VislabError as error:
            self.trouble = str(error)
        except (KeyError, TypeError, ValueError) as error:
            self.trouble = f"What the browser sent cannot be read ({error!r}); run the cell again."
        self.send_state("work")

    def _do(self, what: str, item: Item, mode: Kind, message: Mapping[str, Any]) -> None:
        log = self._job.log
        if what in ("undo", "redo"):
            moved = log.undo(mode) if what == "undo" else log.redo(mode)
            if moved in self._job.items:
                self.position = self._job.items.index(moved)
        elif what != "time":
            self._job.do(Stroke.from_dict({**message, "picture": item.picture, "time": item.time, "kind": mode}))
            if what in ("label", "done"):
                self.position = self._job.next_item(mode, self._job.items.index(item))

    # What the front end is told

    def _held(self) -> bytes:
        """The picture in sight, without its name: who knows it a second time is not asked anew."""
        packet = Packet()
        image = packet.add_image(image_of(self._job.pictures, self._job.places[self._item.picture]))
        return packet.close(position=self.position, image=image)

    @property
    def _item(self) -> Item:
        return self._job.items[self.position]

    def _work(self) -> bytes:
        """What stands on the picture in sight, and how far all are."""
        job, item, packet = self._job, self._item, Packet()
        return packet.close(
            position=self.position,
            heard=self._heard,
            label=job.label(item),
            outlines=[
                {"code": one.code, "points": [list(point) for point in one.points]} for one in job.outlines(item)
            ],
            painted=packet.add(job.painted(item)),
            done=[kind for kind in job.kinds if job.is_done(item, kind)],
            progress=job.progress(),
            seconds={kind: job.log.seconds.get((item, kind), 0.0) for kind in job.kinds},
            undo=[kind for kind in job.kinds if any(stroke.kind == kind for stroke in job.log.strokes)],
            redo=[kind for kind in job.kinds if any(stroke.kind == kind for stroke in job.log.undone)],
        )

    def _so_far(self) -> str:
        names = {"label": "labelled", "pixels": "painted", "outline": "outlined"}
        return ", ".join(f"{done} {names[kind]}" for kind, done in self._job.progress().items())

    def __repr__(self) -> str:
        kept = self.folder.relative_to(home()) if self.folder.is_relative_to(home()) else self.folder
        return (
            f"Labeller of {len(self._job.items):,} pictures of {self._job.words.name}: {self._so_far()}; kept in "
            f"{kept}; run this cell to label"
        )

    def as_html(self) -> str:
        """The picture in sight and what stands on it."""
        image = image_of(self._job.pictures, self._job.places[self._item.picture])
        semantic, ids, _ = self._job.together(self._item)
        large = enlarge(image, STILL)
        label = self._job.label(self._item)
        told = f"picture {self.position + 1} of {len(self._job.items)}; so far {self._so_far()}"
        told += "" if label is None else f"; label {self._job.words.labels[label]}"
        over = mix(large, semantic * (semantic < len(self._job.words.classes)), ids, self._job.words)
        shown = figure(large, "picture", told) + figure(over, "labelled", f"what is labelled of it; {told}")
        return f'<div style="display:flex;flex-wrap:wrap;gap:8px">{shown}</div><div>Run this cell to label.</div>'


def _unsaved(why: str) -> str:
    return why and f"Not saved yet, but kept in memory until it can be: {why}"


def label(
    pictures: Scenes,
    classes: Vocabulary | Sequence[str] | None = None,
    *,
    folder: str | Path | None = None,
    twice: int = 0,
) -> Labeller:
    """Label pictures by hand: a label by click, pixels by brush and eraser, objects by outline, each against its clock.

    pictures: their truth, if they carry any, is never shown. classes: the words to label with, the background first; as
    names every class is of things that are counted, and labels are the classes; the pictures' own by default.
    folder: where every stroke is kept, in the layout that vl.load reads, and where an earlier session is taken up; by
    default one of these pictures' own in work/labels. twice: so many pictures are asked a second time, and all come in
    shuffled order: how far you agree with yourself says how much your hand wavers.
    Raises VislabError where there is no picture, or the folder holds something else or another session works on it.
    """
    if not isinstance(pictures, Scenes):
        raise VislabError(f"pictures come from vl.draw or vl.load, not as {type(pictures).__name__}")
    if not len(pictures):
        raise VislabError("there are no pictures to label; give at least one")
    work = Work(pictures, _words(pictures, classes), twice)
    if not work.kinds:
        raise VislabError("there is nothing to label with: give classes beside the background, or labels")
    path = (default_folder(work) if folder is None else Path(folder)).expanduser().resolve()
    there = OPEN.get(path)
    if there is not None and there.matches(work):
        return there
    if there is not None:
        raise VislabError(f"{path}: other pictures or words are labelled there in this session; give another folder")
    OPEN[path] = labeller = Labeller(work, path)
    return labeller


def default_folder(work: Work) -> Path:
    """work/labels/NAME in vislab's home, NAME told by the pictures (names, size, pixels) and the words."""
    words, told = work.words, hashlib.sha256()
    told.update(repr((work.pictures.ids, work.pictures.size, words.labels, words.classes, words.things)).encode())
    told.update(repr([work.fingerprint(name) for name in work.pictures.ids[:SAMPLED]]).encode())
    plain = "".join(letter if letter.isalnum() else "-" for letter in words.name.casefold())[:40]
    return home() / "work" / "labels" / f"{plain}-{told.hexdigest()[:8]}"


def _words(pictures: Scenes, classes: Vocabulary | Sequence[str] | None) -> Vocabulary:
    if classes is None or isinstance(classes, Vocabulary):
        return classes or pictures.vocabulary
    names = [classes] if isinstance(classes, str) else list(classes)
    if not names or not all(isinstance(name, str) and name for name in names):
        raise VislabError(f"classes must be names, the background first, or a vocabulary, not {classes!r}")
    if names[0].casefold() != BACKGROUND:
        names.insert(0, BACKGROUND)
    return plain_vocabulary(pictures.vocabulary.name, names, names[1:])
