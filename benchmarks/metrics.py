"""What the metrics cost on 512 pictures of 96 px: python benchmarks/metrics.py.

Predictions are the truth, moved and mislabelled, so that nothing waits for a model. For scale, a convolution of fixed
size is timed in the same run, as is pycocotools on the same masks where it is installed.
"""

import contextlib
import io
import platform
import statistics
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import torch

from vislab.metrics.objects import average_precision, match_objects, panoptic_quality, visible
from vislab.metrics.pixels import count_boundary, count_pixels
from vislab.outputs import InstancePrediction, Objects, SemanticPrediction
from vislab.questions import answers, score_answers
from vislab.scenes import Scenes
from vislab.worlds import draw

PICTURES, SIZE, REPEATS = 512, 96, 7


def spoil(scenes: Scenes) -> tuple[SemanticPrediction, InstancePrediction]:
    """Predictions that are somewhat wrong: masks moved, a tenth of the objects lost, a tenth of another class."""
    random = np.random.default_rng(0)
    objects = []
    for ids, classes in zip(scenes.need("instances").numpy(), scenes.need("objects").numpy(), strict=True):
        boxes, masks, said = [], [], []
        for number, c in enumerate(classes[classes > 0], start=1):
            if random.random() < 0.1:
                continue
            mask = np.roll(ids == number, random.integers(-2, 3, 2), (0, 1))
            y, x = np.nonzero(mask)
            boxes.append([x.min(), y.min(), x.max() + 1, y.max() + 1])
            masks.append(mask[y.min() : y.max() + 1, x.min() : x.max() + 1])
            said.append(c if random.random() < 0.9 else 3 - c)
        scores = random.random(len(said)).astype(np.float32)
        objects.append(Objects(np.array(boxes).reshape(-1, 4), tuple(masks), np.array(said, np.int64), scores))
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


def main() -> None:
    scenes = draw("smear", PICTURES, size=SIZE, seed=0)
    semantic, instance = spoil(scenes)
    things = scenes.vocabulary.thing_indices
    truth, mask = scenes.need("semantic"), semantic.mask
    found = match_objects(scenes, instance.objects)
    seen = match_objects(scenes, [visible(one.at_least(0.5), SIZE, SIZE) for one in instance.objects])
    said = answers(instance)
    weights, pictures = torch.randn(64, 64, 3, 3), torch.randn(32, 64, 48, 48)
    works: dict[str, Callable[[], object] | None] = {
        "a convolution, for scale (64 → 64 channels, 3 × 3, 32 pictures of 48 px)": lambda: torch.conv2d(
            pictures, weights, padding=1
        ),
        "pixels by class (accuracy, IoU, Dice)": lambda: count_pixels(truth, mask, 3),
        "boundary IoU": lambda: count_boundary(truth, mask, 3),
        "objects matched": lambda: match_objects(scenes, instance.objects),
        "AP, AP50, AP75, AP by size": lambda: average_precision(found, things),
        "the same by pycocotools, masks encoded": by_pycocotools(scenes, instance),
        "objects cut to what is visible": lambda: [visible(one, SIZE, SIZE) for one in instance.objects],
        "panoptic quality": lambda: panoptic_quality(seen, things),
        "answers of a semantic prediction": lambda: answers(semantic),
        "answers of an instance prediction": lambda: answers(instance),
        "errors of answers with intervals": lambda: score_answers(scenes, said),
    }
    objects = int((scenes.need("objects") > 0).sum())
    print(f"{PICTURES} smears of {SIZE} px, {objects / PICTURES:.1f} objects a picture; {REPEATS} repeats;")
    print(f"Python {platform.python_version()}, torch {torch.__version__}, {torch.get_num_threads()} threads,")
    print(f"{platform.system()} {platform.machine()}\n")
    print("| | median, s | least | most |\n|---|---|---|---|")
    for name, work in works.items():
        if work is None:
            print(f"| {name} | not installed | | |")
            continue
        times = []
        for _ in range(REPEATS + 1):  # the first warms up
            start = time.perf_counter()
            work()
            times.append(time.perf_counter() - start)
        print(f"| {name} | {statistics.median(times[1:]):.3f} | {min(times[1:]):.3f} | {max(times[1:]):.3f} |")


if __name__ == "__main__":
    main()
