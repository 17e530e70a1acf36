"""Learning curves of all tasks on the smear, five seeds: writes what notebook 08 shows, and results/learning_curves.md.

About 40 minutes on one core. Cut off, it goes on. `python benchmarks/learning_curves.py [--write]`
"""

import argparse
import time

import vislab as vl
from vislab.curves import COMMITTED
from vislab.learning import learning_curve

TRAIN, VALID, TEST = 4096, 128, 512
SEED, REPEATS = 500_000, 5  # of the pictures: seeds that no lesson draws


def main() -> None:
    """Measure, print, and with --write keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the curves that come with vislab")
    given = parser.parse_args()
    started = time.monotonic()
    drawn = vl.draw("smear", TRAIN + VALID + TEST, size=96, seed=SEED)
    train, valid, test = drawn[:TRAIN], drawn[TRAIN : TRAIN + VALID], drawn[TRAIN + VALID :]
    curves = learning_curve(train=train, valid=valid, test=test, repeats=REPEATS)
    print(curves)
    print(f"{(time.monotonic() - started) / 60:.1f} minutes")
    if given.write:
        curves.save(COMMITTED / "curves-smear.json")


if __name__ == "__main__":
    main()
