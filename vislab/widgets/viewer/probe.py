"""What if: one picture under other light, lens, sensor and crowding, and what models predict as a slider moves."""

from collections.abc import Mapping, Sequence
from typing import Any

import traitlets as t

from vislab.data.scenes import Scenes
from vislab.errors import VislabError
from vislab.evaluation.answers.answers import Answers, answers, ignored_pixels
from vislab.evaluation.predict import predict_quietly
from vislab.models.build import Model
from vislab.models.predictions import Prediction, RegressionPrediction
from vislab.system.console import in_jupyter
from vislab.widgets.frontend import css, describe_error, esm
from vislab.widgets.viewer.alter import Values, source_of
from vislab.widgets.viewer.compare import answer_at, errors_of, questions_in, row_of
from vislab.widgets.viewer.packets import Packet, pack
from vislab.widgets.viewer.view import Panes, check_words, stills


class Probe(Panes):
    """One picture whose conditions can be moved, and what models predict; made by `probe`.

    Beside the panes' state: settings, the value of every slider by its name, which can be read and set, in part too.
    sliders: by name, with their ranges. scene, predictions and answers belong to the present settings and are computed
    at every access: nothing of a picture's size is kept.
    """

    _esm = esm("probe.js")
    _css = css("viewer.css") + css("probe.css")

    paneless = (RegressionPrediction,)  # its numbers stand in the table
    adjustable = False  # only the conditions are moved here
    settings = t.Dict().tag(sync=True)

    def __init__(self, models: Mapping[str, Model], scene: Scenes) -> None:
        self.models = dict(models)
        self._source = source_of(scene)
        self.sliders = {slider.name: slider for slider in self._source.sliders}
        self.settings = self.start
        scene, predictions = self._look()
        rows = _answers(scene, predictions)
        about = {"sliders": [vars(slider) for slider in self.sliders.values()], "note": self._source.note,
                 "rows": [row_of(row) for row in rows], "questions": questions_in(scene.vocabulary),
                 "start": _plain(scene, rows)}  # fmt: skip
        super().__init__(scene, predictions, **about)

    @property
    def start(self) -> Values:
        """The settings of the original picture."""
        return {slider.name: slider.start for slider in self.sliders.values()}

    @t.validate("settings")
    def _within(self, proposal: Any) -> Values:
        unknown = [name for name in proposal.value if name not in self.sliders]
        if unknown:
            raise VislabError(f"there is no slider {unknown[0]!r}; there are {', '.join(self.sliders)}")
        moved = {name: self.sliders[name].clip(value) for name, value in proposal.value.items()}
        return {**self.start, **self.settings, **moved}

    @t.observe("settings")
    def _answer(self, change: Any) -> None:
        if change.old:  # the first settings travel with all the rest
            self.send_state("packet")

    @property
    def scene(self) -> Scenes:
        """The picture under the present settings, with its truth."""
        return self._source.make(self.settings)

    @property
    def predictions(self) -> tuple[Prediction, ...]:
        """What the models predict for that picture."""
        return self._look()[1]

    @property
    def answers(self) -> list[Answers]:
        """The truth's answers to the four questions, then each model's."""
        return _answers(*self._look())

    def _look(self) -> tuple[Scenes, tuple[Prediction, ...]]:
        scene = self.scene
        return scene, tuple(predict_quietly(model, scene, name) for name, model in self.models.items())

    def _packet(self) -> bytes:
        """The picture as it is now with its predictions, or the sentence why there is none."""
        try:
            scene, predictions = self._look()
            rows = _plain(scene, _answers(scene, predictions))
        except Exception as error:  # a model may fail at a size it was not made for: the sliders go on
            return Packet().close(error=describe_error(error), settings=self.settings)
        return pack(scene, predictions, 0, position=0, size=list(scene.size), settings=self.settings, answers=rows)

    def __repr__(self) -> str:
        moved = [f"{name} {value:g}" for name, value in self.settings.items() if value != self.start[name]]
        name = self.scene.ids[0] + (f" at {', '.join(moved)}" if moved else "")
        return f"What if: {name}, seen by {', '.join(self.models)}{in_jupyter('; run this cell to move the sliders')}"

    def as_html(self) -> str:
        """The picture as it is now, its truth and the masks predicted, side by side."""
        scene, predictions = self._look()
        return stills(scene, predictions, 0, "Run this cell to move blur, noise, light and more, and see what changes.")


def _answers(scene: Scenes, predictions: Sequence[Prediction]) -> list[Answers]:
    """The truth's answers, then those of each prediction."""
    ignored = ignored_pixels(scene)
    return [answers(scene), *(answers(prediction, ignored) for prediction in predictions)]


def _plain(scene: Scenes, rows: Sequence[Answers]) -> list[dict[str, Any]]:
    """Answers as the front end takes them, the truth's first, then those of the predictions with their errors."""
    truth, *predicted = rows
    return [answer_at(truth, 0), *(answer_at(row, 0, errors_of(scene, row)) for row in predicted)]


def probe(models: Model | Sequence[Model] | Mapping[str, Model], scene: Scenes) -> Probe:
    """Ask what if: move blur, noise, light, crowding and size, and see the picture and the models' answers change.

    models: one, several, or by name, as vl.pretrained gives them. scene: its first picture is taken.
    A picture that vl.draw drew with its default settings is drawn anew under each condition, with its exact truth; any
    other is altered, and its objects stay where they are. Raises VislabError if there is no model or no picture, or a
    model has other words or does not take pictures of this size.
    """
    if not isinstance(scene, Scenes):
        raise VislabError(f"the scene must come from vl.draw or vl.load, not as {type(scene).__name__}")
    if not len(scene):
        raise VislabError("there is no picture to try; give at least one")
    named = _by_name(models)
    if not named:
        raise VislabError("there is no model to try; give one, or several")
    for name, model in named.items():
        if not all(hasattr(model, part) for part in ("answer", "task", "vocabulary")):
            raise VislabError(f"models come from vl.build, vl.adapt or vl.pretrained, not as {type(model).__name__}")
        check_words(name, model.vocabulary, "this picture", scene.vocabulary, "try another model")
    return Probe(named, scene[0])


def _by_name(models: Model | Sequence[Model] | Mapping[str, Model]) -> dict[str, Model]:
    """Each model by its name, or by its task, numbered if several share it."""
    if isinstance(models, Mapping):
        return {str(name): model for name, model in models.items()}
    several: Sequence[Any] = models if isinstance(models, list | tuple) else [models]
    tasks = [str(getattr(model, "task", "model")) for model in several]
    earlier = [tasks[:index].count(task) for index, task in enumerate(tasks)]
    names = [f"{task} {count + 1}" if count else task for task, count in zip(tasks, earlier, strict=True)]
    return dict(zip(names, several, strict=True))
