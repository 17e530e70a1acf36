"""Trains one contender of field.py, in whichever environment has it, and finds nuclei with it.

Read from a folder: train.npz (whole pictures), valid.npz and test.npz (centres), each with image0, labels0, ...; the
test pictures have no labels. Written: found.npz (labels0, scores0, ... of the test pictures) and run.json.

    python benchmarks/field_contenders.py stardist FOLDER --seconds 360 --seed 0 --channels 1
"""

import argparse
import copy
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

JUDGED = (0.3, 0.5, 0.7)  # IoU: a threshold has the best mean accuracy at these, which is how StarDist chooses its own


@dataclass
class Pictures:
    """images: uint8 (h, w, 3) each. labels: int32 (h, w) each, 0 = no nucleus."""

    images: list[NDArray[np.uint8]]
    labels: list[NDArray[np.int32]]

    @classmethod
    def read(cls, path: Path) -> "Pictures":
        """From a file of field.py."""
        with np.load(path) as file:
            count = sum(name.startswith("image") for name in file)
            labels = [file[f"labels{i}"] for i in range(count) if f"labels{i}" in file]
            return cls([file[f"image{i}"] for i in range(count)], labels)


@dataclass
class Found:
    """labels: one (h, w) for each test picture. scores: of each label, or none. steps: of training."""

    labels: Sequence[NDArray[np.integer[Any]]]
    scores: Sequence[Sequence[float]]
    steps: int
    settings: dict[str, Any]


class Clock:
    """CPU and wall seconds while training; what is in no `with` block costs nothing."""

    def __init__(self) -> None:
        self.cpu = self.wall = 0.0

    def __enter__(self) -> "Clock":
        self._cpu, self._wall = time.process_time(), time.perf_counter()
        return self

    def __exit__(self, *error: object) -> None:
        self.cpu += time.process_time() - self._cpu
        self.wall += time.perf_counter() - self._wall

    def so_far(self) -> float:
        """CPU seconds, within a block."""
        return self.cpu + time.process_time() - self._cpu


Train = Callable[[Pictures, Pictures, Pictures, argparse.Namespace, Clock], Found]


def vislab(train: Pictures, valid: Pictures, test: Pictures, given: argparse.Namespace, clock: Clock) -> Found:
    """Ours, on random parts of the whole pictures; the score from which an object counts chosen as StarDist's is."""
    vl = import_module("vislab")
    cut = import_module("nuclei").cut
    unknown = [np.zeros(image.shape[:2], np.int32) for image in test.images]
    data, chosen, asked = cut(train.images, train.labels), cut(valid.images, valid.labels), cut(test.images, unknown)
    crop, batch = given.crop or 128, given.batch or 8
    model = vl.build("instance", data.vocabulary, seed=given.seed)
    with clock, patch("time.perf_counter", time.process_time):  # `minutes` are then of the CPU
        history = vl.fit(model, data, minutes=given.seconds / 60, crop=crop, batch=batch, seed=given.seed, fresh=True)
    guesses = vl.predict(model, chosen).objects
    thresholds = np.arange(5, 100, 5) / 100
    labels = [[guess.at_least(least).paint(*chosen.size) for guess in guesses] for least in thresholds]
    model.threshold = float(thresholds[np.argmax([_accuracy(valid.labels, each) for each in labels])])
    kept = [guess.at_least(model.threshold) for guess in vl.predict(model, asked).objects]
    settings = {"crop": crop, "batch": batch, "rate": history.recipe["rate"]}
    return Found(
        [guess.paint(*asked.size) for guess in kept],
        [guess.scores.tolist() for guess in kept],
        len(history.losses),
        settings | {"threshold": model.threshold},
    )


def _accuracy(truths: Sequence[NDArray[Any]], guesses: Sequence[NDArray[Any]]) -> float:
    """The mean of TP / (TP + FP + FN) at the IoUs that thresholds are chosen by."""
    accuracies = import_module("field_scores").score(truths, guesses, thresholds=JUDGED)
    return float(np.mean([accuracies[threshold] for threshold in JUDGED]))


def stardist(train: Pictures, valid: Pictures, test: Pictures, given: argparse.Namespace, clock: Clock) -> Found:
    """StarDist as in its notebook for 2D training: defaults, its augmentation, its choice of thresholds."""
    tensorflow = import_module("tensorflow")
    tensorflow.config.threading.set_intra_op_parallelism_threads(1)
    tensorflow.config.threading.set_inter_op_parallelism_threads(1)
    models, tools = import_module("stardist.models"), import_module("stardist")
    keras_import = import_module("csbdeep.utils.tf").keras_import
    keras_import("utils").set_random_seed(given.seed)

    def prepare(images: Sequence[NDArray[np.uint8]]) -> list[NDArray[Any]]:
        plain = [image.mean(2) if given.channels == 1 else image for image in images]
        return [import_module("csbdeep.utils").normalize(image, 1, 99.8, axis=(0, 1)) for image in plain]

    patch_size, batch = (given.crop or 256, given.crop or 256), given.batch or 4
    config = models.Config2D(
        n_rays=32, grid=(2, 2), n_channel_in=given.channels, use_gpu=False, train_tensorboard=False,
        train_patch_size=patch_size, train_batch_size=batch,
    )  # fmt: skip
    model = models.StarDist2D(config, name="nuclei", basedir=str(given.folder))
    steps = 0

    def count(step: int, logs: object) -> None:
        nonlocal steps
        steps += 1
        model.keras_model.stop_training = clock.so_far() >= given.seconds

    with clock:
        truth = [tools.fill_label_holes(labels) for labels in train.labels]
        model.prepare_for_training()
        model.callbacks.append(keras_import("callbacks", "LambdaCallback")(on_train_batch_end=count))
        watched = (prepare(valid.images), [tools.fill_label_holes(labels) for labels in valid.labels])
        model.train(prepare(train.images), truth, validation_data=watched, augmenter=augment, seed=given.seed)
    model.optimize_thresholds(*watched)
    found = [model.predict_instances(image) for image in prepare(test.images)]
    settings = {"rays": 32, "grid": 2, "patch": patch_size[0], "batch": batch, "rate": config.train_learning_rate}
    return Found(
        [labels for labels, _ in found],
        [details["prob"].tolist() for _, details in found],
        steps,
        settings | {"threshold": model.thresholds.prob, "nms": model.thresholds.nms},
    )


def augment(image: NDArray[Any], labels: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Turned, flipped, of another contrast, with noise: the augmenter of StarDist's notebook."""
    axes = tuple(np.random.permutation(2))
    image, labels = image.transpose(*axes, *range(2, image.ndim)), labels.transpose(axes)
    for axis in (0, 1):
        if np.random.rand() > 0.5:
            image, labels = np.flip(image, axis), np.flip(labels, axis)
    image = image * np.random.uniform(0.6, 2) + np.random.uniform(-0.2, 0.2)
    return image + 0.02 * np.random.uniform(0, 1) * np.random.normal(0, 1, image.shape), labels


def cellpose(train: Pictures, valid: Pictures, test: Pictures, given: argparse.Namespace, clock: Clock) -> Found:
    """Cellpose 3's network from random weights, by its own training, at the 17 px of its model for nuclei.

    Its rate rises in the first ten of its epochs and falls at the end, so that it must know how many will come: a few
    steps are timed, and an epoch is a step.
    """
    torch, models, utils = import_module("torch"), import_module("cellpose.models"), import_module("cellpose.utils")
    training, dynamics = import_module("cellpose.train"), import_module("cellpose.dynamics")
    torch.manual_seed(given.seed)
    torch.set_num_threads(1)
    model = models.CellposeModel(gpu=False, pretrained_model=False, diam_mean=17.0)

    def gray(images: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.float32]]:
        return [image.mean(2, dtype=np.float32) for image in images]

    def learn(net: Any, steps: int) -> None:
        training.train_seg(
            net, gray(train.images), flows, channels=[0, 0], n_epochs=steps, nimg_per_epoch=8, batch_size=8,
            save_path=given.folder, save_every=10**9,
        )  # fmt: skip

    with clock:
        flows = dynamics.labels_to_flows([labels.copy() for labels in train.labels], device=torch.device("cpu"))
    times = []
    for steps in (1, 2):
        began = time.process_time()
        learn(copy.deepcopy(model.net), steps)
        times.append(time.process_time() - began)
    steps = max(1, int((given.seconds - clock.cpu - times[0]) / (times[1] - times[0])) + 1)
    with clock:
        learn(model.net, steps)

    def find(images: Sequence[NDArray[np.uint8]], least: float, again: bool = False) -> list[NDArray[Any]]:
        """At the mean diameter of training; again: then at that of the nuclei found, as its size model does at last."""
        mean = float(model.net.diam_labels)
        sizes, found = [mean] * len(images), []
        for _ in range(1 + again):
            found = [
                model.eval(image, channels=[0, 0], diameter=size, cellprob_threshold=least)[0]
                for image, size in zip(gray(images), sizes, strict=True)
            ]
            sizes = [float(utils.diameters(labels)[0]) if labels.any() else mean for labels in found]
        return found

    chances = (-1.0, 0.0, 1.0)
    matching = import_module("stardist.matching").matching_dataset
    by_chance = [matching(valid.labels, find(valid.images, each), JUDGED, show_progress=False) for each in chances]
    least = chances[int(np.argmax([np.mean([each.accuracy for each in some]) for some in by_chance]))]
    settings = {"crop": 224, "batch": 8, "rate": 0.005, "diameter": 17, "threshold": least}
    return Found(find(test.images, least, again=True), [], steps, settings)


CONTENDERS: dict[str, Train] = {"vislab": vislab, "stardist": stardist, "cellpose": cellpose}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=list(CONTENDERS))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, required=True, help="of the CPU, for training")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--channels", type=int, default=1, choices=[1, 3], help="that StarDist sees")
    parser.add_argument("--crop", type=int, help="side of the parts that it learns from")
    parser.add_argument("--batch", type=int)
    given = parser.parse_args()
    train, valid, test = (Pictures.read(given.folder / f"{part}.npz") for part in ("train", "valid", "test"))
    clock, began = Clock(), time.process_time()
    found = CONTENDERS[given.name](train, valid, test, given, clock)
    arrays: dict[str, Any] = {f"labels{i}": labels for i, labels in enumerate(found.labels)}
    arrays |= {f"scores{i}": np.array(scores) for i, scores in enumerate(found.scores)}
    np.savez_compressed(given.folder / "found.npz", **arrays)
    run = {"cpu_s": clock.cpu, "wall_s": clock.wall, "all_cpu_s": time.process_time() - began}
    text = json.dumps(run | {"steps": found.steps, "settings": found.settings})
    (given.folder / "run.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
