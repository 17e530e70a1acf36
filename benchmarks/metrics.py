"""What the metrics cost on 512 pictures of 96 px: alone, and as a part of predicting these pictures.

Alone: predictions are the truth, moved and mislabelled, so that nothing waits for a model; pycocotools is timed on the
same masks where it is installed. As a part: our segmenters, trained for half a minute first, as what an untrained one
finds is nothing like objects.

    python benchmarks/metrics.py [--seconds 30] [--write]
"""

import argparse
import contextlib
import io
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import vislab as vl  # before torch: it says how torch's threads wait

# isort: split
import numpy as np
import torch
from records import recipe_line
from workload import machine, time_workload

from vislab.data.scenes import Scenes
from vislab.data.synthetic.draw import draw
from vislab.evaluation.answers.answers import answers
from vislab.evaluation.answers.scoring import score_answers
from vislab.evaluation.metrics.instances import average_precision, match_objects, panoptic_quality, visible
from vislab.evaluation.metrics.segmentation import count_boundary, count_pixels
from vislab.models.predictions import InstancePrediction, Objects, SemanticPrediction, Task

PICTURES, SIZE, REPEATS = 512, 96, 7
WANTED = 0.1  # all scores, in times of predicting
TASKS: tuple[Task, ...] = ("semantic", "instance")


def spoil(scenes: Scenes) -> tuple[SemanticPrediction, InstancePrediction]:
    """Predictions that are somewhat wrong: masks moved, a tenth of the objects lost, a tenth of another class."""
    random = np.random.default_rng(0)
    objects = []
    for ids, classes in zip(scenes.need("instances").numpy(), scenes.need("objects").numpy(), strict=True):
        boxes, masks, labels = [], [], []
        for number, c in enumerate(classes[classes > 0], start=1):
            if random.random() < 0.1:
                continue
            mask = np.roll(ids == number, random.integers(-2, 3, 2), (0, 1))
            y, x = np.nonzero(mask)
            boxes.append([x.min(), y.min(), x.max() + 1, y.max() + 1])
            masks.append(mask[y.min() : y.max() + 1, x.min() : x.max() + 1])
            labels.append(c if random.random() < 0.9 else 3 - c)
        scores = random.random(len(labels)).astype(np.float32)
        objects.append(Objects(np.array(boxes).reshape(-1, 4), tuple(masks), np.array(labels, np.int64), scores))
    moved = scenes.need("semantic").roll((1, 1), (1, 2)).long()
    certain = torch.nn.functional.one_hot(moved, 3).movedim(-1, 1).half()
    words, ids = scenes.vocabulary, scenes.ids
    masks_said = SemanticPrediction("semantic", words, ids, certain)
    return masks_said, InstancePrediction("instance", words, ids, tuple(objects), scenes.size)


def by_pycocotools(scenes: Scenes, prediction: InstancePrediction) -> Callable[[], object] | None:
    """The same AP by pycocotools, masks encoded by runs, as a thing to be timed; None where it is not installed."""
    try:
        runs = import_module("pycocotools.mask")
    except ImportError:
        return None
    COCO, COCOeval = import_module("pycocotools.coco").COCO, import_module("pycocotools.cocoeval").COCOeval  # noqa: N806

    def sets() -> list[Any]:
        true, guessed = [], []
        for i, ids in enumerate(scenes.need("instances").numpy(), start=1):
            classes = scenes.need("objects")[i - 1].tolist()
            for number in range(1, ids.max() + 1):
                run = runs.encode(np.asfortranarray(ids == number, np.uint8))
                true.append({"image_id": i, "category_id": classes[number - 1], "segmentation": run, "iscrowd": 0})
            for (left, top, right, bottom), part, c, score in prediction.objects[i - 1]:
                mask = np.zeros(ids.shape, np.uint8, order="F")
                mask[top:bottom, left:right] = part
                run = runs.encode(mask)
                guessed.append({"image_id": i, "category_id": c, "segmentation": run, "score": score, "iscrowd": 0})
        result = []
        for annotations in (true, guessed):
            for number, annotation in enumerate(annotations, start=1):
                annotation |= {"id": number, "area": float(runs.area(annotation["segmentation"]))}
            coco = COCO()
            images = [{"id": i, "height": SIZE, "width": SIZE} for i in range(1, len(scenes) + 1)]
            coco.dataset = {"images": images, "categories": [{"id": 1}, {"id": 2}], "annotations": annotations}
            coco.createIndex()
            result.append(coco)
        return result

    def run() -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            judge = COCOeval(*sets(), "segm")
            judge.evaluate()
            judge.accumulate()

    return run


def seconds(work: Callable[[], object], repeats: int = REPEATS) -> list[float]:
    """Of each repeat, after one that warms up."""
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return times[1:]


def row(name: str, times: list[float]) -> str:
    return f"| {name} | {statistics.median(times):.3f} | {min(times):.3f} | {max(times):.3f} |"


def alone(scenes: Scenes) -> list[str]:
    """Each metric on predictions that no model made."""
    semantic, instance = spoil(scenes)
    things = scenes.vocabulary.thing_indices
    truth, mask = scenes.need("semantic"), semantic.mask
    found = match_objects(scenes, instance.objects)
    seen = match_objects(scenes, [visible(one.at_least(0.5), SIZE, SIZE) for one in instance.objects])
    answered = answers(instance)
    works: dict[str, Callable[[], object] | None] = {
        "pixels by class (accuracy, IoU, Dice)": lambda: count_pixels(truth, mask, 3),
        "boundary IoU": lambda: count_boundary(truth, mask, 3),
        "objects matched": lambda: match_objects(scenes, instance.objects),
        "AP, AP50, AP75, AP by size": lambda: average_precision(found, things),
        "the same by pycocotools, masks encoded": by_pycocotools(scenes, instance),
        "objects cut to what is visible": lambda: [visible(one, SIZE, SIZE) for one in instance.objects],
        "panoptic quality": lambda: panoptic_quality(seen, things),
        "answers of a semantic prediction": lambda: answers(semantic),
        "answers of an instance prediction": lambda: answers(instance),
        "errors of answers with intervals": lambda: score_answers(scenes, answered),
    }
    lines = ["| | median, s | least | most |", "|---|---|---|---|"]
    for name, work in works.items():
        lines.append(f"| {name} | not installed | | |" if work is None else row(name, seconds(work)))
    return lines


def beside_predicting(test: Scenes, task: Task, length: float) -> tuple[list[str], float]:
    """What scores and answers cost of a model's prediction, in lines; and the part of predicting that scores cost."""
    train = draw("smear", PICTURES, size=SIZE, seed=1)
    model = vl.build(task, train.vocabulary)
    vl.fit(model, train, minutes=length / 60, fresh=True)
    prediction = vl.predict(model, test)
    answered = answers(prediction)
    times = {
        "predicting": seconds(lambda: vl.predict(model, test)),
        "all scores": seconds(lambda: vl.evaluate(prediction, test)),
        "answers": seconds(lambda: answers(prediction)),
        "errors of answers with intervals": seconds(lambda: score_answers(test, answered)),
    }
    whole = statistics.median(times["predicting"])
    parts = {name: statistics.median(values) / whole for name, values in times.items()}
    lines = [f"{row(f'{task}: {name}', values)} {parts[name]:.1%} |" for name, values in times.items()]
    return lines, parts["all scores"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30, help="of training, for predictions worth scoring")
    parser.add_argument("--write", action="store_true", help="results/metrics.md")
    given = parser.parse_args()
    scenes = draw("smear", PICTURES, size=SIZE, seed=0)
    objects = int((scenes.need("objects") > 0).sum())
    load, workload = os.getloadavg()[0], time_workload(REPEATS)
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["VISLAB_HOME"] = scratch  # checkpoints of a benchmark are nobody's
        parts = {task: beside_predicting(scenes, task, given.seconds) for task in TASKS}
    text = ", ".join(f"{task} {part:.1%}" for task, (_, part) in parts.items())
    reached = all(part < WANTED for _, part in parts.values())
    lines = [
        "# What the metrics cost",
        "",
        f"Made by `benchmarks/metrics.py` on {machine()}: {PICTURES} smears of {SIZE} px, {objects / PICTURES:.1f} "
        f"objects a picture; {REPEATS} repeats. One pass of `benchmarks/workload.py` took {workload} in the same run, "
        f"and the load of other programs before it was {load:.1f}.",
        "",
        recipe_line(),
        "",
        f"Beside predicting the same pictures, models trained for {given.seconds:g} s:",
        "",
        "| | median, s | least | most | of predicting |",
        "|---|---|---|---|---|",
        *(line for lines, _ in parts.values() for line in lines),
        "",
        f"All scores ÷ predicting: {text}. Wanted: less than a tenth. {'Reached' if reached else 'Not reached'}.",
        "",
        "Alone, on predictions that are the truth, moved and mislabelled:",
        "",
        *alone(scenes),
    ]
    text = "\n".join(lines) + "\n"
    print(text)
    if given.write:
        (Path(__file__).parent / "results" / "metrics.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
