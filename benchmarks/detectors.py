"""Counting by dots, boxes, masks and numbers: what half a minute of training reaches on the smear.

Smears of 96 px, 1,024 to learn from, 128 to choose the threshold, 512 to test; each model learns for 30 s on the cores
that are idle, so nothing else should run. The seed decides first weights and order; all see the same pictures.

    python benchmarks/detectors.py [--seconds 30] [--seeds 0 1 2] [--again] [--write]
"""

import argparse
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import vislab as vl  # before torch: it says how torch's threads wait

# isort: split
from records import RESULTS, Record, keep, matches, publish, read_records, recipe_line, spread
from workload import machine, time_workload

from vislab.data.scenes import Parts
from vislab.data.synthetic.smear import VOCABULARY
from vislab.models.predictions import OBJECT_TASKS, Task

TASKS: tuple[Task, ...] = ("regression", "points", "detection", "instance")
LEARN_FROM = {"regression": "numbers", "points": "dots", "detection": "boxes", "instance": "masks of objects"}
COUNTS = {"train": 1024, "valid": 128, "test": 512}
KEY = ("task", "seed", "seconds", "pictures")


def pictures(counts: dict[str, int]) -> Parts:
    """The same smears for every model."""
    drawn = {part: vl.draw("smear", count, seed=seed) for seed, (part, count) in enumerate(counts.items())}
    return Parts(**drawn)


def train(task: Task, parts: Parts, seconds: float, seed: int) -> Record:
    """Train once; the scores are of test pictures."""
    before = time_workload()
    model = vl.build(task, parts.train.vocabulary, seed=seed)
    history = vl.fit(model, parts.train, minutes=seconds / 60, seed=seed, device="cpu", fresh=True)
    if history.note.startswith("stopped"):
        raise SystemExit("stopped; what finished before is kept")
    if task in OBJECT_TASKS:
        vl.choose_threshold(model, parts.valid)
    prediction = vl.predict(model, parts.test)
    errors = vl.score_answers(parts.test, vl.answers(prediction))
    after = time_workload()
    return {
        "steps": len(history.losses),
        "trained_s": history.seconds,
        "scores": vl.evaluate(prediction, parts.test),
        "errors": errors,
        "workload_s": (before.median + after.median) / 2,
    }


def recipe_of(task: Task) -> str:
    """How a model of dots or boxes is trained today, which the line of the course's four tasks does not say."""
    model = vl.build(task, VOCABULARY)
    weights = sum(weight.numel() for weight in model.parameters())
    return f"{LEARN_FROM[task].capitalize()} by {model.optimiser} at {model.rate:g}, {weights:,} weights"


def page(records: Sequence[Record]) -> str:
    """A row for each kind of label."""
    if not records:
        return "# Counting by dots, boxes, masks and numbers\n\nNothing was measured yet.\n"
    seconds, counts = records[0]["seconds"], records[0]["pictures"]
    lines = [
        "# Counting by dots, boxes, masks and numbers",
        "",
        f"Made by `benchmarks/detectors.py` on {'; '.join(dict.fromkeys(record['machine'] for record in records))}; "
        f"{records[-1]['date']}. Smears of 96 px, {counts['train']:,} to learn from, {counts['valid']} to choose the "
        f"threshold, {counts['test']} to test; {seconds:g} s of training each, on the idle cores. Several runs: the "
        "median (least to most) over seeds of weights and order. AP is of boxes for boxes, of masks for masks.",
        "",
        f"{recipe_line(records)} {recipe_of('points')}. {recipe_of('detection')}.",
        "",
        "| Learns from | Runs | Steps | Count off by | Infected? wrong | Where? missed | F1 | AP | AP50 |",
        "|---" * 9 + "|",
    ]
    for task in TASKS:
        same = [record for record in records if record["task"] == task]
        if not same:
            continue
        cells = [LEARN_FROM[task], str(len(same)), spread((record["steps"] for record in same), "{:,.0f}")]
        for question, measure, scale, form in (("count", "mae", 1, "{:.2f}"), ("label", "wrong", 100, "{:.1f} %"),
                                               ("point", "missed", 100, "{:.1f} %")):  # fmt: skip
            found = [record["errors"][question][measure] for record in same]
            cells.append(spread((None if value is None else scale * value for value in found), form))
        names = (("f1",), ("ap", "box_ap"), ("ap50", "box_ap50"))
        cells += [
            spread(
                next((record["scores"][name] for name in either if name in record["scores"]), None) for record in same
            )
            for either in names
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", "torchvision's detectors beside ours: not measured yet.", ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30, help="of each training")
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2], help="none trains nobody")
    parser.add_argument("--tasks", nargs="+", default=list(TASKS), choices=list(TASKS))
    parser.add_argument("--again", action="store_true", help="repeat what was measured before")
    parser.add_argument("--results", type=Path, default=RESULTS / "detectors.json")
    parser.add_argument("--write", action="store_true", help="detectors.md beside the results")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ.setdefault("VISLAB_HOME", scratch)  # checkpoints and caches of a benchmark are nobody's
        parts = pictures(COUNTS) if given.seeds else None
        for seed in given.seeds:
            for task in given.tasks:
                assert parts is not None
                about = {"task": task, "seed": seed, "seconds": given.seconds, "pictures": COUNTS}
                if not given.again and any(matches(record, about) for record in read_records(given.results)):
                    print(f"{task}, seed {seed}: measured before; --again repeats it", flush=True)
                    continue
                print(f"{time.strftime('%H:%M:%S')}  {task}, seed {seed}", flush=True)
                record = train(task, parts, given.seconds, seed)
                keep(given.results, about | {"machine": machine(), "vislab": vl.__version__} | record, KEY)
    records = [record for record in read_records(given.results) if matches(record, {"seconds": given.seconds})]
    publish(page(records), given.results.with_suffix(".md"), given.write)


if __name__ == "__main__":
    main()
