"""Measuring learning curves: every task trained on nested parts of the same pictures, with equal steps."""

from collections.abc import Mapping, Sequence

import torch

from vislab.costs.labels.annotation_time import Spent, labelling_cost
from vislab.costs.labels.learning_curves import SCRATCH, TRANSFER, Curves, Point
from vislab.costs.labels.measure_points import BATCH, RATES, PointMeasurer, Setup
from vislab.data.scenes import Scenes
from vislab.data.synthetic.draw import WORLDS
from vislab.errors import VislabError, is_whole
from vislab.models.predictions import COURSE_TASKS, TASKS, Task
from vislab.system.console import Progress, say
from vislab.system.devices import device_name, pick_device

SIZES = (32, 128, 512, 2048)  # labelled pictures
# Of every training, whatever the pictures: the usual run ends within about 20 minutes on two cores. The curves that
# come with vislab took 512: with 256 a classifier was worse after 2,048 pictures than after 512, as it had seen each
# of these four times as often (benchmarks/results/learning_curves.md).
STEPS = 320
TRANSFERRED: tuple[Task, ...] = ("semantic", "instance")  # start from the classifier's encoder, too


def learning_curve(
    tasks: Sequence[Task] = COURSE_TASKS,
    *,
    train: Scenes,
    valid: Scenes,
    test: Scenes,
    sizes: Sequence[int] = SIZES,
    repeats: int = 2,
    steps: int = STEPS,
    transfer: bool = True,
    own: Mapping[str, Spent] | None = None,
    seed: int = 0,
    device: str | None = None,
) -> Curves:
    """Train each task on parts of `train`, and measure how wrong its answers on `test` are.

    sizes: numbers of labelled pictures; those beyond the number of pictures are left out, with a word.
    repeats: each with a seed of its own (seed, seed + 1, ...), which orders the pictures and sets the first weights.
    Within a repeat the parts are nested: the smaller is the beginning of the larger. steps: of every training, so a
    small part is seen more often. The learning rate is the one of three with the least loss on `valid`, chosen from
    scratch at every size by the first repeat; thresholds are chosen on `valid` in each. `valid` is labelled, too, and
    counts nowhere. transfer: segmenters also from the encoder of the classifier that learned from the largest part.
    own: a Labeller's times, in place of the published seconds (labelling_cost).
    The result of each training is kept, so a run that was cut off goes on; Ctrl-C returns what there is by then.
    A training that fails is named in `missing`, and the others are done. On a CPU every training has one thread, and
    long ones run beside each other. Raises VislabError for arguments that make no sense.
    """
    _check_arguments(tasks, valid, test, sizes, repeats, steps)
    sizes, machine = _possible(sizes, len(train)), device_name(pick_device(device))
    setups = [Setup(task, SCRATCH, size) for task in tasks for size in sizes]
    if transfer and "classification" in tasks:
        setups += [Setup(task, TRANSFER, size) for task in tasks if task in TRANSFERRED for size in sizes]
    total = len(setups) * repeats + len(tasks) * len(sizes) * (len(RATES) - 1)
    kinds = f"points of curves: {len(setups)}, seeds: {repeats}, learning rates: {len(RATES)}"
    say(f"{total} trainings of {steps} steps; {kinds}")
    with Progress(f"{total} trainings") as progress:
        measurer = PointMeasurer(
            train, valid, test, steps, sizes[-1], seed, device, lambda done, text: progress.to(done / total, text)
        )
        points, missing = _measure(measurer, setups, range(seed, seed + repeats), total)
    for line in missing:
        say(line)
    data = {
        "name": train.vocabulary.name, "size": train.size[0], "valid": len(valid), "test": len(test),
        "drawn": train.vocabulary.name in WORLDS, "steps": steps, "batch": BATCH,
        "machine": machine, "torch": torch.__version__,
    }  # fmt: skip
    costs = labelling_cost(train, own).items()
    seconds, how = {task: cost.seconds for task, cost in costs}, {task: cost.how for task, cost in costs}
    return Curves(data, tuple(points), seconds, how, tuple(missing))


def _measure(
    measurer: PointMeasurer, setups: Sequence[Setup], seeds: Sequence[int], total: int
) -> tuple[list[Point], list[str]]:
    """Every setup by every seed, and what is missing, in sentences."""
    points, missing = [], []
    try:
        for seed in seeds:
            for start in (SCRATCH, TRANSFER):  # a transfer starts from what was learned from scratch
                together = [setup for setup in setups if setup.start == start]
                measurer.train_beside(together, seed)
                for setup in together:
                    try:
                        points.append(measurer.measure(setup, seed))
                    except VislabError as error:
                        missing.append(f"{setup}, seed {seed}: {error}")
    except KeyboardInterrupt:
        missing.append(f"stopped after {measurer.done} of {total} trainings; run it again to go on")
    return points, missing


def _possible(sizes: Sequence[int], available: int) -> list[int]:
    """Sizes in order, without those beyond the number of pictures."""
    possible = sorted({size for size in sizes if size <= available})
    if not possible:
        raise VislabError(f"no part of {min(sizes)} pictures or more can be taken from {available}; give smaller sizes")
    if beyond := sorted(set(sizes) - set(possible)):
        say(f"left out: {', '.join(map(str, beyond))} pictures, as there are {available}")
    return possible


def _check_arguments(
    tasks: Sequence[Task], valid: Scenes, test: Scenes, sizes: Sequence[int], repeats: int, steps: int
) -> None:
    if unknown := [task for task in tasks if task not in TASKS]:
        raise VislabError(f"there is no task {unknown[0]!r}; there are {', '.join(TASKS)}")
    if not tasks or not sizes:
        raise VislabError("give at least one task and one number of pictures")
    for name, value in (("a size", min(sizes)), ("repeats", repeats), ("steps", steps)):
        if not is_whole(value):
            raise VislabError(f"{name} must be a whole number from 1, not {value!r}")
    for name, scenes in (("valid", valid), ("test", test)):
        if not len(scenes):
            raise VislabError(f"there are no {name} pictures, without which no curve is measured; give some")
