"""The Viewer: panes side by side, each with layers over the picture; drawn in the browser, its state kept in Python."""

import html
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import traitlets as t

from vislab.data.contact_sheet import colour_classes, describe
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import Vocabulary
from vislab.errors import VislabError
from vislab.evaluation.answers.pointing import target_classes
from vislab.evaluation.in_common import in_common
from vislab.evaluation.marks import as_marks
from vislab.models.predictions import OBJECT_TASKS, FoundObjects, Prediction, SemanticPrediction
from vislab.plotting.figures import Image, enlarge, outline
from vislab.plotting.webp import data_uri
from vislab.system.console import in_jupyter, plural, say
from vislab.widgets.frontend import Frontend, css, esm, on_demand
from vislab.widgets.viewer.packets import encode_picture, image_of, pack, thumbnails

PAGE = 12  # thumbnails shown at once
STILL = 200  # pixels of a static picture's side, at least


class Panes(Frontend):
    """One picture at a time, in panes side by side: the state that static/stage.js draws.

    A subclass gives `_packet`, the picture in sight as `pack` packs it. The state can be read and set: layer
    ("prediction", "truth", "errors", "none"), outlined (masks as lines alone), opacity (0 to 1), view ({zoom, x, y}:
    enlargement and centre, in fractions), hidden (class indices), thresholds (one a pane, None for the most likely
    class), unfolded (whether the truth's pane and the controls beyond the layers are there), wipe (None or
    {left, right, at}: two panes and the line between), pointed ([x, y] of the pixel that is read, or None).
    """

    paneless: tuple[type[Any], ...] = ()  # predictions of these types have no pane
    adjustable = True  # whether thresholds can be moved
    about = t.Dict().tag(sync=True)
    packet = t.Any(None).tag(**on_demand("_packet"))
    layer = t.Enum(["prediction", "truth", "errors", "none"], "prediction").tag(sync=True)
    outlined = t.Bool(False).tag(sync=True)
    opacity = t.Float(0.5, min=0, max=1).tag(sync=True)
    view = t.Dict(default_value={"zoom": 1, "x": 0.5, "y": 0.5}).tag(sync=True)
    hidden = t.List(t.Int()).tag(sync=True)
    thresholds = t.List(t.Float(allow_none=True)).tag(sync=True)
    unfolded = t.Bool(False).tag(sync=True)
    wipe = t.Dict(allow_none=True, default_value=None).tag(sync=True)
    pointed = t.List(t.Int(), allow_none=True, default_value=None).tag(sync=True)

    def __init__(self, scenes: Scenes, predictions: Sequence[Prediction], **about: Any) -> None:
        """Panes for these; `about` joins what the front end gets once. Neither is kept."""
        panes = [self._pane(shown, i) for i, shown in enumerate(predictions) if not isinstance(shown, self.paneless)]
        fixed = ["picture", "truth"] if scenes.levels else ["picture"]
        panes = [*({"name": name, "task": name, "threshold": None, "adjustable": False} for name in fixed), *panes]
        about |= {"size": list(scenes.size), "part": _part(scenes), "panes": panes,
                  "words": words_of(scenes.vocabulary)}  # fmt: skip
        super().__init__(about=about, thresholds=[pane["threshold"] for pane in panes])

    def _pane(self, prediction: Prediction, index: int) -> dict[str, Any]:
        task, words = prediction.task, prediction.vocabulary
        by_score = {
            **dict.fromkeys(OBJECT_TASKS, True),
            "semantic": bool(target_classes(words)),
            "classification": len(words.labels) == 2,
        }
        threshold = prediction.threshold if isinstance(prediction, FoundObjects) else None
        return {"name": prediction.name, "task": task, "index": index, "threshold": threshold,
                "adjustable": self.adjustable and by_score.get(task, False)}  # fmt: skip


class Viewer(Panes):
    """Pictures with their truth and their predictions; made by `view`.

    Beside the panes' state: position, the number of the picture in sight, from 0.
    """

    _esm = esm("viewer.js")
    _css = css("viewer.css")

    position = t.Int(0).tag(sync=True)
    strip = t.Any(None).tag(**on_demand("_strip"))

    def __init__(self, scenes: Scenes, predictions: Sequence[Prediction], **about: Any) -> None:
        check(scenes, predictions)
        self.scenes, self.predictions = scenes, tuple(predictions)
        super().__init__(scenes, self.predictions, n=len(scenes), page=PAGE, **about)

    @t.validate("position")
    def _clip(self, proposal: Any) -> int:
        return int(min(max(proposal.value, 0), len(self.scenes) - 1))

    @t.observe("position")
    def _show(self, change: Any) -> None:
        self.send_state("packet")
        if change.old // PAGE != change.new // PAGE:
            self.send_state("strip")

    def index(self, position: int) -> int:
        """The picture at a position."""
        return position

    def _packet(self) -> bytes:
        """The picture in sight, for the browser."""
        return pack(self.scenes, self.predictions, self.index(self.position), position=self.position)

    def _strip(self) -> bytes:
        start = self.position // PAGE * PAGE
        shown = range(start, min(start + PAGE, len(self.scenes)))
        return thumbnails(self.scenes, [self.index(position) for position in shown])

    def __repr__(self) -> str:
        names = ", ".join(prediction.name for prediction in self.predictions)
        pictures = f"{len(self.scenes):,} pictures of {self.scenes.vocabulary.name}"
        return (
            f"Viewer of {pictures}{names and f' and predictions of {names}'}{in_jupyter('; run this cell to use it')}"
        )

    def as_html(self) -> str:
        """The picture in sight, its truth and the masks predicted, side by side."""
        line = f"Run this cell to look at all {len(self.scenes):,} pictures."
        return stills(self.scenes, self.predictions, self.index(self.position), line)


def stills(scenes: Scenes, predictions: Sequence[Prediction], index: int, line: str) -> str:
    """One picture, its truth and the masks predicted side by side, as HTML; `line` ends the text below."""
    truth = describe(scenes, index) or "no truth given"
    about = f"{scenes.ids[index]}: {truth}"
    parts = [figure(pixels, name, f"{name}, of {about}") for name, pixels in _still(scenes, predictions, index)]
    return side_by_side(parts, f"{about}. {line}")


def side_by_side(figures: Sequence[str], line: str) -> str:
    """Figures, which are HTML, beside each other with a line of text below, as HTML."""
    return f'<div style="display:flex;flex-wrap:wrap;gap:8px">{"".join(figures)}</div><div>{html.escape(line)}</div>'


def _still(scenes: Scenes, predictions: Sequence[Prediction], index: int) -> list[tuple[str, Image]]:
    """The panes as they begin: name and pixels."""
    words = scenes.vocabulary
    image = enlarge(image_of(scenes, index), STILL)
    panes = [("picture", image)]
    if scenes.semantic is not None:
        ids = None if scenes.instances is None else scenes.instances[index].cpu().numpy()
        panes.append(("truth", mix(image, scenes.semantic[index].cpu().numpy(), ids, words)))
    for prediction in predictions:
        if isinstance(prediction, SemanticPrediction):
            mask = prediction.scores[index].argmax(0).cpu().numpy().astype(np.uint8)
            panes.append((prediction.name, mix(image, mask, None, words)))
        elif isinstance(prediction, FoundObjects):
            shown = as_marks(prediction)
            found = shown.objects[index].at_least(shown.threshold)
            ids = found.paint(*shown.size)
            panes.append((prediction.name, mix(image, found.classes_of(ids), ids, words)))
    return panes


def mix(image: Image, semantic: Any, ids: Any, words: Any) -> Image:
    """A picture with its classes over it, and white lines between objects if there are ids."""
    side = min(image.shape[:2])
    classes = enlarge(semantic, side)
    over = (classes > 0)[..., None]
    mixed = np.where(over, image // 2 + colour_classes(classes, words) // 2, image).astype(np.uint8)
    if ids is not None:
        large = enlarge(ids, side)
        mixed[outline(large) & (large > 0)] = 255
    return mixed


def figure(pixels: Image, name: str, alt: str) -> str:
    """A picture with its name above it, as HTML; alt: its text alternative."""
    source = data_uri(encode_picture(pixels, quality=85))
    return (
        f'<figure style="margin:0"><figcaption>{html.escape(name)}</figcaption>'
        f'<img src="{source}" alt="{html.escape(alt)}" style="width:200px;max-width:100%"></figure>'
    )


def check(scenes: Scenes, predictions: Sequence[Prediction]) -> None:
    """Raise VislabError, in one sentence, if these cannot be shown together."""
    if not len(scenes):
        raise VislabError("there are no pictures to show; give at least one")
    for prediction in predictions:
        if not isinstance(prediction, Prediction):
            raise VislabError(
                f"predictions come from vl.predict, not as {type(prediction).__name__}; predict these pictures first"
            )
        check_words(prediction.name, prediction.vocabulary, "these pictures", scenes.vocabulary,
                    "show predictions with the same words")  # fmt: skip
        if prediction.ids != scenes.ids:
            raise VislabError(
                f"{prediction.name} predicted {len(prediction.ids):,} other pictures than these {len(scenes):,}; "
                "predict the ones you show"
            )
    for name, count in Counter(prediction.name for prediction in predictions).items():
        if count > 1:
            raise VislabError(f"two predictions are called {name!r}; give vl.predict(..., name=) another name")


def check_words(name: str, own: Vocabulary, others: str, words: Vocabulary, mend: str) -> None:
    """Raise VislabError if two vocabularies, of `name` and `others`, differ in classes or labels; `mend` ends it."""
    if (own.classes, own.labels) != (words.classes, words.labels):
        raise VislabError(f"{name} has the words of {own.name}, {others} those of {words.name}; {mend}")


def words_of(vocabulary: Vocabulary) -> dict[str, Any]:
    """The vocabulary as the browser needs it."""
    plain = vocabulary.to_dict()
    fields = ("name", "labels", "classes", "things", "rule", "colours")
    of, among = vocabulary.share
    return {name: plain[name] for name in fields} | {
        "share": [list(of or vocabulary.asked), list(among)],
        "counted": list(vocabulary.counted),
        "targets": list(target_classes(vocabulary)),
    }


def _part(scenes: Scenes) -> str:
    """The part of a split that all pictures come from ("train", "valid", "test"), or ""."""
    parts = set(scenes.attributes.get("part", ("",)))
    return parts.pop() if len(parts) == 1 else ""


def view(scenes: Scenes, predictions: Prediction | Sequence[Prediction] = ()) -> Viewer:
    """Look at pictures: the truth over them, and beside it what was predicted.

    predictions: one or several of these pictures, from vl.predict or a baseline; each has a pane with mistakes to
    switch on and a threshold to move. Only the picture in sight travels to the browser.
    Of a prediction of some of the pictures alone, as a guest's may be, only those are shown, and that is said.
    Raises VislabError if there are no pictures, or predictions are of other pictures or have other words.
    """
    return Viewer(*shown_together(scenes, predictions))


def shown_together(
    scenes: Scenes, predictions: Prediction | Sequence[Prediction]
) -> tuple[Scenes, Sequence[Prediction]]:
    """The pictures that everybody predicted, with what was predicted of them; says so if some are left out."""
    several = [predictions] if isinstance(predictions, Prediction) else predictions
    if not all(isinstance(prediction, Prediction) for prediction in several):
        return scenes, several  # `check` says what they are
    shared, parts = in_common(scenes, several)
    if len(shared) < len(scenes):
        say(f"Shown are the {len(shared):,} of {plural(len(scenes), 'picture')} that all of these answer.")
    return shared, parts
