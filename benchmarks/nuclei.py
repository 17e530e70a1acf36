"""How well ours finds nuclei in real microscopy after 4 minutes, beside colour with components and with watershed.

Fold 0 trains (a tenth of it chooses), fold 1 tests, in 256 px from the centre of each picture; models that learn from
masks are shown random parts of 128 px. Parts come from the same centres, as in `vislab compare --data nuclei`, or with
--parts tiles from whole pictures, cut into tiles of 256 px: the centres hold less than half of all pixels.
Each run is kept in results/nuclei.json as it finishes, and one that is there is not repeated.

    python benchmarks/nuclei.py [--data FOLDER] [--parts centre tiles] [--seeds 0] [--minutes 4] [--again] [--write]
"""

import argparse
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import vislab as vl  # before torch: it says how torch's threads wait

# isort: split
import numpy as np
import torch
from numpy.typing import NDArray
from records import RESULTS, Record, keep, matches, publish, read_records, recipe_line, spread
from workload import machine, time_workload

from vislab.data.convert import keep_visible, labels_from_masks
from vislab.data.datasets import nuclei
from vislab.data.datasets.archive import open_contents
from vislab.data.datasets.loader import in_parallel
from vislab.data.scenes import Scenes
from vislab.evaluation.answers.answers import answers
from vislab.evaluation.answers.scoring import score_answers
from vislab.evaluation.baselines import fit_all
from vislab.models.predictions import TASKS, Task
from vislab.system.devices import pick_device

SIZE, CROP, VALID = 256, 128, 0.1
WANTED = {
    "semantic": "IoU of nuclei at least 0.80",
    "instance": "AP50 at least 0.75, count error below both baselines'",
}
SAME = ("name", "parts", "seed", "minutes", "limit", "device")


def folds(centres: Scenes, seed: int, limit: int | None) -> tuple[Scenes, Scenes, Scenes]:
    """Centres to train, to choose and to test, divided as `vislab compare` does: no mosaic lies in two of them."""
    fold = np.array(centres.attributes["fold"])
    first, test = centres.subset(fold == "0")[:limit], centres.subset(fold == "1")[:limit]
    train, valid, _ = first.split(valid=VALID, test=0, seed=seed)
    return train, valid, test


def tiles(path: Path, wanted: Sequence[str]) -> Scenes:
    """These pictures of the set in full, cut into tiles of 256 px."""
    pictures = whole_pictures(path, wanted)
    return cut([image for image, _ in pictures], [ids for _, ids in pictures], wanted)


def whole_pictures(path: Path, wanted: Sequence[str]) -> list[tuple[NDArray[np.uint8], NDArray[Any]]]:
    """Of each of these pictures of the set the image, (h, w, 3), and the ids of its nuclei, (h, w)."""
    source = nuclei.source(open_contents(path))
    pictures = in_parallel(source.read, [source.items.index(item) for item in wanted])
    return [(picture.image, picture.instances) for picture in pictures if picture.instances is not None]


def cut(images: Sequence[NDArray[np.uint8]], ids: Sequence[NDArray[Any]], names: Sequence[str] | None = None) -> Scenes:
    """Whole pictures, (h, w, 3), and their nuclei, (h, w), as tiles of 256 px that overlap as little as they can.

    A tile's id is that of its picture (its number, without names) and its left and top.
    """
    parts, instances, titles = [], [], []
    for name, image, nuclei_of in zip(names or map(str, range(len(images))), images, ids, strict=True):
        for top in starts(image.shape[0]):
            for left in starts(image.shape[1]):
                window = slice(top, top + SIZE), slice(left, left + SIZE)
                parts.append(torch.from_numpy(image[window].transpose(2, 0, 1).copy()))
                instances.append(torch.from_numpy(nuclei_of[window].astype(np.int16)))
                titles.append(f"{name} {left} {top}")
    ones = [torch.ones(int(part.max()), dtype=torch.uint8) for part in instances]
    masks, objects = keep_visible(torch.stack(instances), torch.nn.utils.rnn.pad_sequence(ones, batch_first=True))
    semantic, words = (masks > 0).to(torch.uint8), nuclei.VOCABULARY
    labels = labels_from_masks(words, semantic, objects)
    return Scenes(torch.stack(parts), labels, semantic, masks, objects, words, tuple(titles))


def starts(side: int) -> list[int]:
    """Where tiles of 256 px begin along a side, so that they cover it evenly."""
    return sorted({int(start) for start in np.linspace(0, side - SIZE, -(-side // SIZE)).round()})


def train_one(task: Task, parts: str, seed: int, data: Scenes, chosen: Scenes, test: Scenes, minutes: float) -> Record:
    """A model's scores and count error after so many minutes."""
    before = time_workload()
    model = vl.build(task, data.vocabulary, seed=seed)
    crop = CROP if task in ("semantic", "instance") else None
    history = vl.fit(model, data, minutes=minutes, crop=crop, seed=seed, fresh=True)
    if history.note.startswith("stopped"):
        raise SystemExit("stopped; what finished before is kept")
    if task == "instance":
        vl.choose_threshold(model, chosen)
    prediction = vl.predict(model, test)
    after = time_workload()
    return {
        **{"name": task, "parts": parts, "seed": seed, "seconds": history.seconds, "steps": len(history.losses)},
        **{
            "pictures": len(data),
            "scores": vl.evaluate(prediction, test),
            "answers": score_answers(test, answers(prediction)),
        },
        "workload_s": (before.median + after.median) / 2,
    }


def by_colour(train: Scenes, valid: Scenes, test: Scenes) -> list[Record]:
    """The same of each baseline, as far as it has it."""
    found = []
    for name, baseline in fit_all(train, valid).items():
        prediction = baseline.predict(test)
        scores = vl.evaluate(prediction, test) if name in ("threshold", "watershed") else {}
        found.append({"name": name, "scores": scores, "answers": score_answers(test, answers(prediction))})
    return found


def page(records: Sequence[Record]) -> str:
    runs = [record for record in records if record["parts"]]
    if not runs:
        return "# Nuclei\n\nNothing was measured yet.\n"
    first = runs[0]
    head = [
        "",
        "Parts from",
        "Runs",
        "Trained, s",
        "÷ workload",
        "Steps",
        "IoU of nuclei",
        "AP50",
        "AP",
        "count off by",
    ]
    lines = [
        "# Nuclei: real microscopy, 4 minutes a model".replace("4", f"{first['minutes']:g}"),
        "",
        f"Made by `benchmarks/nuclei.py` on {'; '.join(dict.fromkeys(record['machine'] for record in runs))}; "
        f"{', '.join(dict.fromkeys(record['date'] for record in runs))}. Fold 0 of the set trains "
        f"({first['train']} pictures; {first['valid']} others choose), fold 1 tests ({first['test']} centres of {SIZE} "
        f"px, {first['objects']:.1f} nuclei each). Models learn from random parts of {CROP} px: of the centres, or of "
        f"tiles of the whole pictures, which show {first['kept']:.0%} and 100 % of fold 0's pixels. Several runs: the "
        "median (least to most) over seeds. A segmenter's and the threshold's count is that of the components.",
        "",
        recipe_line(runs),
        "",
        f"| {' | '.join(head)} |",
        "|---" * len(head) + "|",
    ]
    for name, parts in dict.fromkeys((record["name"], record["parts"]) for record in records):
        some = [record for record in records if (record["name"], record["parts"]) == (name, parts)]
        cells = [name, parts or "–", str(len(some)), "–", "–", "–"]
        if parts:
            passes = (record["seconds"] / record["workload_s"] for record in some)
            cells[3:] = [spread((record["seconds"] for record in some), "{:.0f}"), spread(passes, "{:,.0f}")]
            cells.append(spread((record["steps"] for record in some), "{:,.0f}"))
        cells += [spread(record["scores"].get(key) for record in some) for key in ("iou nucleus", "ap50", "ap")]
        cells.append(spread((record["answers"]["count"]["mae"] for record in some), "{:.2f}"))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", f"Wanted: {'; '.join(f'{task}: {words}' for task, words in WANTED.items())}.", ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("VISLAB_TEST_DATA", Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--parts", nargs="*", default=["centre", "tiles"], choices=["centre", "tiles"])
    parser.add_argument("--tasks", nargs="+", default=["semantic", "instance"], choices=TASKS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--minutes", type=float, default=4)
    parser.add_argument("--limit", type=int, help="pictures of each fold, for a quick look")
    parser.add_argument("--again", action="store_true", help="repeat what was measured before")
    parser.add_argument("--results", type=Path, default=RESULTS / "nuclei.json")
    parser.add_argument("--write", action="store_true", help="nuclei.md beside the results")
    given = parser.parse_args()
    path = given.data / "nuclei" / "stage1_train.zip"
    device = pick_device()
    fixed: dict[str, Any] = {"minutes": given.minutes, "limit": given.limit, "device": str(device)}
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["VISLAB_HOME"] = scratch  # checkpoints and caches of a benchmark are nobody's
        centres = vl.load(path, size=SIZE, report=[])
        for seed in given.seeds:
            train, valid, test = folds(centres, seed, given.limit)
            whole = tiles(path, train.ids) if "tiles" in given.parts else train
            about = fixed | {"machine": machine(device), "vislab": vl.__version__, "seed": seed}
            about |= {"train": len(train), "valid": len(valid), "test": len(test)}
            about |= {"objects": float(test.count_objects().sum(1).double().mean()), "kept": kept(path, train.ids)}
            for parts in given.parts:
                data = whole if parts == "tiles" else train
                for task in given.tasks:
                    wanted = fixed | {"name": task, "parts": parts, "seed": seed}
                    if not given.again and any(matches(record, wanted) for record in read_records(given.results)):
                        print(f"{task}, {parts}, seed {seed}: measured before; --again repeats it")
                        continue
                    print(f"{task}, {parts}, seed {seed}: {len(data)} pictures, {given.minutes:g} minutes", flush=True)
                    record = train_one(task, parts, seed, data, valid, test, given.minutes)
                    keep(given.results, about | record, SAME)
                    print({name: round(value, 3) for name, value in record["scores"].items()}, flush=True)
            for record in by_colour(train, valid, test):
                keep(given.results, about | record | {"parts": ""}, SAME)
    text = page([record for record in read_records(given.results) if matches(record, fixed)])
    publish(text, given.results.with_suffix(".md"), given.write)


def kept(path: Path, wanted: Sequence[str]) -> float:
    """The share of these pictures' pixels that lies in the 256 px at their centres."""
    source = nuclei.source(open_contents(path))
    sizes = [source.size_of(source.items.index(item)) for item in wanted]
    whole = sum(height * width for height, width in sizes)
    return sum(min(height, SIZE) * min(width, SIZE) for height, width in sizes) / whole


if __name__ == "__main__":
    main()
