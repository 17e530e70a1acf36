"""Learning curves of all tasks on the smear, five seeds: what notebook 08 shows and claims are judged by.

Over an hour on one core; on several, trainings run beside each other. --tasks measures a part, and parts are put
together. Cut off, it goes on where it was.
`python benchmarks/learning_curves.py --tasks classification semantic --write`
"""

import argparse
import time
from dataclasses import replace

import vislab as vl
from vislab.costs.labels.curve_files import COMMITTED, read_curves
from vislab.costs.labels.measure_curves import learning_curve
from vislab.models.predictions import COURSE_TASKS, TASKS

TRAIN, VALID, TEST = 4096, 128, 512
STEPS = 512
SEED, REPEATS = 500_000, 5  # of the pictures: seeds that no lesson draws


def main() -> None:
    """Measure, print, and with --write keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--tasks", nargs="+", default=list(COURSE_TASKS), choices=TASKS, help="measure these (the course's four)"
    )
    parser.add_argument("--write", action="store_true", help="put them into the curves that come with vislab")
    given = parser.parse_args()
    started = time.monotonic()
    drawn = vl.draw("smear", TRAIN + VALID + TEST, size=96, seed=SEED)
    train, valid, test = drawn[:TRAIN], drawn[TRAIN : TRAIN + VALID], drawn[TRAIN + VALID :]
    curves = learning_curve(given.tasks, train=train, valid=valid, test=test, repeats=REPEATS, steps=STEPS)
    print(curves)
    print(f"{(time.monotonic() - started) / 60:.1f} minutes")
    if given.write:
        path = COMMITTED / "curves-smear.json"
        if path.exists():
            others = read_curves(path)
            if others.data == curves.data:
                kept = [point for point in others.points if point.task not in given.tasks]
                curves = replace(curves, points=(*kept, *curves.points))
        curves.save(path)


if __name__ == "__main__":
    main()
