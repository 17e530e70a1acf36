"""What scaling.py times: each task on made-up pictures, so many, of so many pixels and objects."""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

import vislab as vl
from vislab.data.convert import semantic_from_instances
from vislab.data.scenes import Scenes
from vislab.data.synthetic.smear import VOCABULARY
from vislab.evaluation.answers.answers import answers
from vislab.evaluation.answers.scoring import score_answers
from vislab.evaluation.baselines import predict_baselines
from vislab.evaluation.metrics.intervals import bootstrap
from vislab.models.grouping import group, objects_of
from vislab.models.instance import targets
from vislab.models.predictions import InstancePrediction, Objects, Prediction, SemanticPrediction, Task
from vislab.training.fit import prepare

VARIANTS = 8  # different pictures; more are these again
MANY = (1000, 4000, 16000, 100000)  # pictures of 32 px
SLOW = (500, 2000, 8000)  # for what takes over a millisecond a picture


@dataclass(frozen=True)
class Amounts:
    """So many pictures, pixels a side and objects a picture; objects None are those of a drawn smear."""

    pictures: int
    side: int
    objects: int | None


Work = Callable[[], object]
Make = Callable[[Amounts], Work]


@dataclass(frozen=True)
class Case:
    """A task: its name in the table, how it is made ready, and for how many pictures it is timed."""

    title: str
    make: Make
    pictures: tuple[int, ...] = MANY
    pixels: bool = True
    objects: bool = True
    drawn: bool = False  # smears, of 64 px or more


def discs(given: Amounts) -> Scenes:
    """Pictures of noise with a grid of discs of at most 5 pixels' radius, a whole number of pixels apart."""
    objects = 4 if given.objects is None else given.objects
    a_row = max(1, int(np.ceil(objects**0.5)))
    cell = given.side / a_row
    y, x = np.mgrid[: given.side, : given.side] + 0.5
    row, column = (y // cell).astype(int), (x // cell).astype(int)
    near = np.hypot(y - (row + 0.5) * cell, x - (column + 0.5) * cell) < min(5, 0.45 * cell)
    number = row * a_row + column + 1  # of the disc in this cell
    ids = np.where(near & (number <= objects), number, 0).astype(np.int16)
    masks = torch.stack([torch.from_numpy(np.roll(ids, shift, (0, 1))) for shift in range(VARIANTS)])
    classes = (torch.arange(objects) % 2 + 1).to(torch.uint8).expand(VARIANTS, -1)
    semantic = semantic_from_instances(masks, classes)
    images = torch.randint(0, 256, (VARIANTS, 3, given.side, given.side), dtype=torch.uint8)
    labels = torch.arange(VARIANTS) % 2
    one = Scenes(images, labels, semantic, masks, classes, VOCABULARY, tuple(map(str, range(VARIANTS))))
    return repeated(one, given.pictures)


def repeated(scenes: Scenes, count: int) -> Scenes:
    """These pictures again and again, as so many, each with a name of its own."""
    chosen = torch.arange(count) % len(scenes)
    return replace(scenes.subset(chosen), ids=tuple(f"{index:06d}" for index in range(count)))


def smears(given: Amounts) -> Scenes:
    """Drawn smears of 64 px or more; as many as fit in a second, and then these again."""
    some = min(given.pictures, 64)
    drawn = vl.draw("smear", some, size=max(64, given.side), objects=given.objects)
    return repeated(drawn, given.pictures)


def moved(scenes: Scenes) -> InstancePrediction:
    """The truth's objects a pixel lower, as a prediction."""
    found: list[Objects] = []
    for ids, classes in zip(scenes.need("instances").numpy(), scenes.need("objects").numpy(), strict=True):
        if len(found) == VARIANTS:
            break
        boxes, masks = [], []
        for number in range(1, int((classes > 0).sum()) + 1):
            y, x = np.nonzero(np.roll(ids, 1, 0) == number)
            boxes.append([x.min(), y.min(), x.max() + 1, y.max() + 1])
            mask = np.zeros((y.max() + 1 - y.min(), x.max() + 1 - x.min()), bool)
            mask[y - y.min(), x - x.min()] = True
            masks.append(mask)
        scores = np.linspace(1, 0.5, len(masks), dtype=np.float32)
        kinds = classes[classes > 0].astype(np.int64)
        found.append(Objects(np.array(boxes, np.int64).reshape(-1, 4), tuple(masks), kinds, scores))
    objects = tuple(found[index % len(found)] for index in range(len(scenes)))
    return InstancePrediction("instance", scenes.vocabulary, scenes.ids, objects, scenes.size)


def shifted(scenes: Scenes) -> SemanticPrediction:
    """The truth's classes a pixel lower, as a prediction."""
    mask = scenes.need("semantic")[:VARIANTS].roll(1, 1).long()
    scores = torch.nn.functional.one_hot(mask, len(scenes.vocabulary.classes)).movedim(-1, 1).half()
    return SemanticPrediction("semantic", scenes.vocabulary, scenes.ids, scores[torch.arange(len(scenes)) % VARIANTS])


def drawing(given: Amounts) -> Work:
    return lambda: vl.draw("smear", given.pictures, size=max(64, given.side), objects=given.objects)


def loading(given: Amounts) -> Work:
    """From a folder of PNGs with both masks, never loaded before."""
    scenes, folder = discs(given), Path(tempfile.mkdtemp(dir=os.environ["VISLAB_HOME"]))
    pixels = {"images": scenes.images.movedim(1, 3), "masks": scenes.semantic, "instances": scenes.instances}
    for kind, values in pixels.items():
        (folder / kind).mkdir()
        for name, picture in zip(scenes.ids, values, strict=True):  # type: ignore[arg-type]
            array = picture.numpy()
            image = Image.fromarray(array.astype(np.uint16) if kind == "instances" else array)
            image.save(folder / kind / f"{name}.png", compress_level=1)
    classes = [f"{index},{name}" for index, name in enumerate(VOCABULARY.classes)]
    (folder / "classes.csv").write_text("\n".join(["id,name", *classes]), encoding="utf-8")

    def load() -> Scenes:
        os.environ["VISLAB_HOME"] = tempfile.mkdtemp(dir=folder.parent)
        return vl.load(folder, report=[])

    return load


def starting(given: Amounts) -> Work:
    """Till the first step, with what is asked of the cache of trainings."""
    scenes = discs(given)
    model = vl.build("instance", VOCABULARY)
    return lambda: prepare(model, scenes, None, epochs=6, device="cpu").path


def stepping(given: Amounts) -> Work:
    """A step of 8 pictures of an instance segmenter."""
    run = prepare(vl.build("instance", VOCABULARY), discs(given), None, epochs=6, device="cpu")
    return lambda: run.step(run.choose())


def predicting(task: Task, given: Amounts) -> Work:
    model = vl.pretrained("smear", device="cpu")[task]
    scenes = smears(given)
    return lambda: vl.predict(model, scenes)


def evaluating(task: Task, given: Amounts) -> Work:
    """What a training's end and a study ask of a model: predictions are streamed."""
    model = vl.pretrained("smear", device="cpu")[task]
    scenes = smears(given)
    return lambda: vl.evaluate(model, scenes)


def guessing(given: Amounts) -> Work:
    """The baselines, fitted on as many pictures as they predict."""
    scenes = smears(given)
    return lambda: predict_baselines(scenes, scenes[:64], scenes)


def grouping(given: Amounts) -> Work:
    """From perfect maps to objects."""
    scenes = discs(given)
    masks = scenes.need("instances")
    aim = targets(masks, int(masks.max()))
    heat = aim.heatmap.clamp(1e-4, 1 - 1e-4).logit()[:, None]
    maps = torch.cat([heat, aim.offset, aim.radius.clamp_min(1).log()[:, None]], 1)
    scores = 10 * torch.nn.functional.one_hot(scenes.need("semantic").long(), len(VOCABULARY.classes)).movedim(-1, 1)
    return lambda: [objects_of(each) for each in group(scores, maps, VOCABULARY.thing_indices)]


def made_up(kind: str, scenes: Scenes) -> Prediction:
    return moved(scenes) if kind == "instance" else shifted(scenes)


def scoring(kind: str, given: Amounts) -> Work:
    scenes = discs(given)
    prediction = made_up(kind, scenes)
    return lambda: vl.evaluate(prediction, scenes)


def answering(kind: str, given: Amounts) -> Work:
    """The four answers and their errors, with intervals."""
    scenes = discs(given)
    prediction = made_up(kind, scenes)
    return lambda: score_answers(scenes, answers(prediction))


def resampling(given: Amounts) -> Work:
    errors = np.random.default_rng(0).random(given.pictures)
    return lambda: bootstrap(errors)


def looking(given: Amounts) -> Work:
    """A Viewer with two predictions, and what its first view sends."""
    scenes = discs(given)
    predictions: list[Any] = [made_up(kind, scenes) for kind in ("semantic", "instance")]

    def look() -> int:
        viewer = vl.view(scenes, predictions)
        return len(viewer._packet()) + len(viewer._strip())

    return look


CASES = {
    "draw": Case("drawing", drawing, SLOW, drawn=True),
    "load": Case("loading PNGs", loading, SLOW),
    "start": Case("starting a training", starting, objects=False),
    "step": Case("a training step", stepping),
    "predict-semantic": Case("predicting, semantic", partial(predicting, "semantic"), SLOW, drawn=True),
    "predict-instance": Case("predicting, instance", partial(predicting, "instance"), SLOW, drawn=True),
    "evaluate-semantic": Case("evaluating a model, semantic", partial(evaluating, "semantic"), SLOW, drawn=True),
    "evaluate-instance": Case("evaluating a model, instance", partial(evaluating, "instance"), SLOW, drawn=True),
    "baselines": Case("baselines", guessing, (250, 1000, 4000), pixels=False, objects=False, drawn=True),
    "group": Case("grouping", grouping, ()),
    "score-semantic": Case("scoring, semantic", partial(scoring, "semantic")),
    "score-instance": Case("scoring, instance", partial(scoring, "instance"), SLOW),
    "answer-semantic": Case("answers, semantic", partial(answering, "semantic"), SLOW),
    "answer-instance": Case("answers, instance", partial(answering, "instance"), SLOW),
    "bootstrap": Case("bootstrap intervals", resampling, pixels=False, objects=False),
    "view": Case("the first view", looking),
}
