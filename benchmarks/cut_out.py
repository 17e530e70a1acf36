"""Removing a background: how well four ways find the people in photographs, and how well their edges.

Penn-Fudan's pedestrians, 256 px, as data/README.md loads them. Fixed parts of the set train, choose and test. A
semantic and an instance segmenter learn for a minute each from random parts of 128 px, and `vl.cut_out` removes the
background. The colour threshold (evaluation/colour_model.py) learns a table from the same pictures. A classifier learns
"person" or "no person" for a minute too; what it says of each place, its activation map, is cut at the threshold that
is best on the validation pictures. As every picture of the set shows a person, the classifier learns from parts of the
training pictures, cut at random, with and without a person.
All on one thread, whose CPU time is counted. Each run is kept in results/cut_out.json as it finishes, and one that is
there is not repeated.

    python benchmarks/cut_out.py [--data FOLDER] [--ways semantic] [--seeds 0] [--minutes 1] [--again] [--write]
    python benchmarks/cut_out.py --ways --write      trains nobody: the table of what was measured before

--write also writes what `vislab report` says of this job: vislab/studies/claims/cut_out.json.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import vislab as vl  # before torch: it says how torch's threads wait

# isort: split
import numpy as np
import torch
from numpy.typing import NDArray
from records import RESULTS, Record, keep, matches, publish, read_records, recipe_line, spread
from scipy.ndimage import binary_erosion, distance_transform_edt
from workload import machine

from vislab.data.batches import to_float
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import IGNORE
from vislab.evaluation.colour_model import fit_colours
from vislab.models.classifier import Classifier
from vislab.models.encoder import STRIDE
from vislab.studies.claims.advice import CUT_OUT
from vislab.system.files import writing
from vislab.training.fit import fit

SIZE, CROP = 256, 128
TEST, VALID = 0.3, 0.1  # shares of pictures
PART = 64  # pixels a side of what the classifier learns from
EACH, TRIED = 16, 400  # such parts of a picture with a person, as many without; places tried for them
SHOWS = 0.1  # of a part's pixels: from this on it shows a person, and without one it shows none
NEAR = 0.008  # of the diagonal: how far apart two edges may lie and still agree
WAYS = ("semantic", "instance", "colour", "classification")
ROWS = {  # of the table: which way, and which of its scores
    "semantic segmenter": ("semantic", "scores"),
    "instance segmenter": ("instance", "scores"),
    "instance segmenter, every object": ("instance", "every_object"),
    "instance segmenter, its classes alone": ("instance", "classes_alone"),
    "colour threshold": ("colour", "scores"),
    "classifier's activation map": ("classification", "scores"),
}
SCORES = ("iou", "boundary_f")
KEY = ("way", "seed", "minutes", "limit")
Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]


def parts_of(path: Path, limit: int | None) -> tuple[Scenes, Scenes, Scenes]:
    """The set in three parts: to learn from, to choose with, and to test; the same for every seed."""
    scenes = vl.load(path, size=SIZE, fit="pad", report=[])
    train, valid, test = scenes.split(valid=VALID, test=TEST)
    return train[:limit], valid[:limit], test[:limit]


def frame(semantic: torch.Tensor) -> tuple[slice, slice]:
    """Rows and columns of a mask (h, w) that are of the picture, and not of what fills it up."""
    known = semantic != IGNORE
    (rows, columns) = (torch.nonzero(known.any(axis))[:, 0] for axis in (1, 0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def score(found: Sequence[Mask], scenes: Scenes) -> dict[str, float]:
    """Mean IoU and boundary F over pictures: the J and F of Perazzi et al. 2016, CVPR ("DAVIS").

    found: the foreground of each picture, bool (h, w). What fills a picture up counts for nothing.
    """
    overlaps, edges = [], []
    for mask, semantic in zip(found, scenes.need("semantic"), strict=True):
        inside = frame(semantic)
        guess, truth = mask[inside], (semantic[inside] > 0).numpy()
        overlaps.append((guess & truth).sum() / max(1, (guess | truth).sum()))
        edges.append(boundary_f(guess, truth))
    return {"iou": float(np.mean(overlaps)), "boundary_f": float(np.mean(edges))}


def boundary_f(guess: Mask, truth: Mask) -> float:
    """The harmonic mean of two shares: of the guess's edge near the truth's edge, and of the truth's near the guess's.

    The picture's own border is no edge. 0 if one has an edge and the other none; 1 if neither has.
    """
    near = NEAR * float(np.hypot(*guess.shape))
    edges = [mask & ~binary_erosion(mask, border_value=1) for mask in (guess, truth)]
    if not all(edge.any() for edge in edges):
        return float(edges[0].any() == edges[1].any())
    shares = [(distance_transform_edt(~other)[edge] <= max(1, near)).mean() for edge, other in (edges, reversed(edges))]
    return float(2 * shares[0] * shares[1] / max(1e-9, sum(shares)))


def cut_parts(scenes: Scenes, seed: int) -> Scenes:
    """Square parts of pictures with a label: "no person" or "person"; as many of each from every picture, if it has."""
    chance = np.random.default_rng(seed)
    images, labels = [], []
    for picture, semantic in zip(scenes.images, scenes.need("semantic"), strict=True):
        rows, columns = frame(semantic)
        cut: dict[int, list[torch.Tensor]] = {0: [], 1: []}
        for _ in range(TRIED):
            top = int(chance.integers(rows.start, rows.stop - PART + 1))
            left = int(chance.integers(columns.start, columns.stop - PART + 1))
            place = slice(top, top + PART), slice(left, left + PART)
            share = float((semantic[place] > 0).float().mean())
            if share == 0 or share >= SHOWS:
                cut[int(share > 0)].append(picture[:, *place])
        count = min(EACH, *map(len, cut.values()))
        images += cut[0][:count] + cut[1][:count]
        labels += [0] * count + [1] * count
    words = replace(scenes.vocabulary, labels=("no person", "person"))
    ids = tuple(map(str, range(len(images))))
    return Scenes(torch.stack(images), torch.tensor(labels), None, None, None, vocabulary=words, ids=ids)


def activation_maps(model: Classifier, scenes: Scenes) -> list[Floats]:
    """What speaks for "person" less what speaks against it, at each pixel: float32 (h, w) for each picture."""
    model.eval()
    maps = []
    for image, semantic in zip(scenes.images, scenes.need("semantic"), strict=True):
        inside = frame(semantic)
        with torch.inference_mode():
            normal = model.encoder.normalise(to_float(image[None][..., *inside]))  # (1, 3, rows, columns)
            rows, columns = normal.shape[2:]
            full = torch.nn.functional.pad(normal, (0, -columns % STRIDE, 0, -rows % STRIDE))
            _, evidence = model.head(model.encoder.features(full))  # (1, 2, rows/8, columns/8)
            large = torch.nn.functional.interpolate(evidence, full.shape[2:], mode="bilinear")[0, :, :rows, :columns]
        whole = np.full(semantic.shape, -np.inf, np.float32)
        whole[inside] = (large[1] - large[0]).numpy()
        maps.append(whole)
    return maps


def class_masks(model: Any, scenes: Scenes) -> list[Mask]:
    """Where an instance segmenter's pixels are likelier something than background, whether of an object or not."""
    model.eval()
    with torch.inference_mode():
        return [(model(to_float(image[None]))[0].argmax(1)[0] > 0).numpy() for image in scenes.images]


def choose_cut(maps: Sequence[Floats], valid: Scenes) -> float:
    """The threshold of activation maps with the largest IoU on these pictures."""
    values = np.concatenate([each[np.isfinite(each)] for each in maps])
    tried = np.unique(np.quantile(values, np.linspace(0.01, 0.99, 99)))
    return float(max(tried, key=lambda cut: score([each > cut for each in maps], valid)["iou"]))


def run(way: str, parts: tuple[Scenes, Scenes, Scenes], seed: int, minutes: float) -> Record:
    """Learn one way and find the foreground of the test pictures."""
    train, valid, test = parts
    if way == "colour":
        table = fit_colours(train, valid)
        return {"scores": score(list(table.read(test.images).things.numpy()), test), "chosen": table.measure}
    settings: dict[str, Any] = {"minutes": minutes, "seed": seed, "device": "cpu", "threads": 1, "fresh": True}
    learned = cut_parts(train, seed) if way == "classification" else train
    model = vl.build(way, learned.vocabulary, seed=seed)  # type: ignore[arg-type]
    if way != "classification":  # whose pictures are parts already
        settings["crop"] = CROP
    history = fit(model, learned, **settings)
    record: Record = {"steps": len(history.losses), "seconds": history.seconds, "learned_from": len(learned)}
    if isinstance(model, Classifier):
        cut = choose_cut(activation_maps(model, valid), valid)
        found = [each > cut for each in activation_maps(model, test)]
        told = vl.evaluate(model, cut_parts(test, seed), quick=True)
        record |= {"chosen": cut, "accuracy": told["accuracy"]}
    else:
        if way == "instance":
            record["chosen"] = vl.choose_threshold(model, valid)
            record["classes_alone"] = score(class_masks(model, test), test)
        found = list(vl.cut_out(model, test)[..., 3] > 127)
        if way == "instance":
            model.threshold = 0.0
            record["every_object"] = score(list(vl.cut_out(model, test)[..., 3] > 127), test)
    return record | {"scores": score(found, test)}


def each_run(given: argparse.Namespace) -> None:
    """Measure whatever was asked for, unless it was measured before."""
    parts = parts_of(given.data / "pennfudan" / "PennFudanPed.zip", given.limit)
    for way in given.ways:
        for seed in [0] if way == "colour" else given.seeds:  # a table of colours leaves nothing to chance
            about = {"way": way, "seed": seed, "minutes": given.minutes, "limit": given.limit}
            if not given.again and any(matches(record, about) for record in read_records(given.results)):
                print(f"{way}, seed {seed}: measured before; --again repeats it", flush=True)
                continue
            print(f"{time.strftime('%H:%M:%S')}  {way}, seed {seed}", flush=True)
            with patch("time.perf_counter", time.process_time):  # what training counts is this thread's CPU time
                record = run(way, parts, seed, given.minutes)
            counts = dict(zip(("train", "valid", "test"), map(len, parts), strict=True))
            keep(given.results, about | counts | {"machine": machine(), "vislab": vl.__version__} | record, KEY)
            print(f"{'':8}  {record['scores']}", flush=True)


def page(records: Sequence[Record]) -> str:
    """The table of all ways, and how it was made."""
    if not records:
        return "# Removing a background\n\nNothing was measured yet.\n"
    first, dates = records[0], sorted({record["date"] for record in records})
    lines = [
        "# Removing a background",
        "",
        f"Made by `benchmarks/cut_out.py` on {'; '.join(dict.fromkeys(record['machine'] for record in records))}; "
        f"{' to '.join(dict.fromkeys((dates[0], dates[-1])))}. Penn-Fudan's pedestrians at {SIZE} px: "
        f"{first['train']} pictures train, {first['valid']} choose, {first['test']} test. Each model learned for "
        f"{first['minutes']:g} min of one thread's CPU time, from random weights. IoU and boundary F of the "
        "foreground (opacity of a half or more) are means over the test pictures, as J and F of Perazzi et al. 2016 "
        f"(DAVIS); edges agree within {NEAR:.1%} of the diagonal, 2 to 3 px. Several runs: the median (least to most) "
        "over seeds, which decide the first weights, the order, and where the classifier's parts are cut.",
        "",
        "Every picture of Penn-Fudan shows a person, so a classifier of whole ones has nothing to learn. It learned "
        f"from parts of {PART} px, cut at random from the training pictures: with a person (on {SHOWS:.0%} of the "
        "pixels or more) and without, as many of each. That takes masks, or an eye for each part; labels of whole "
        "photographs would not do. Its map has a place for 8 × 8 pixels; the threshold is the best on the validation "
        "pictures.",
        "",
        recipe_line(records),
        "",
        "Of an instance segmenter's objects those stay that count: from the score that counts best on the validation "
        "pictures. The next row keeps every object (`model.threshold = 0`), the one after it every pixel that is "
        "likelier a person than not, whether of an object or not.",
        "",
        "| Way | Runs | IoU | Boundary F | Steps |",
        "|---|---|---|---|---|",
    ]
    for words, (way, kind) in ROWS.items():
        if runs := [record for record in records if record["way"] == way]:
            scores = [spread(record[kind][name] for record in runs) for name in SCORES]
            steps = spread((record.get("steps") for record in runs), "{:,.0f}")
            lines.append(f"| {words} | {len(runs)} | {' | '.join(scores)} | {steps} |")
    right = [record["accuracy"] for record in records if record["way"] == "classification"]
    if right:
        lines += ["", f"The classifier's accuracy on parts of the test pictures: {spread(right)}."]
    return "\n".join(lines) + "\n"


def figures(records: Sequence[Record]) -> dict[str, Any]:
    """What the package says of the job: the median, least and most of each way, as advice.py reads it."""
    ways: dict[str, dict[str, list[float]]] = {}
    for words, (way, kind) in ROWS.items():
        if runs := [record[kind] for record in records if record["way"] == way]:
            each = {name: [scores[name] for scores in runs] for name in SCORES}
            ways[words] = {name: [statistics.median(those), min(those), max(those)] for name, those in each.items()}
    about = {name: records[0][name] for name in ("train", "test", "minutes")}
    return {"format": 1, "pictures": "photographs of pedestrians (Penn-Fudan)", **about, "ways": ways}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("VISLAB_TEST_DATA", Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--data", type=Path, default=Path(default), help="the folder with pennfudan/")
    parser.add_argument("--ways", nargs="*", default=WAYS, choices=WAYS, help="none trains nobody")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--minutes", type=float, default=1, help="of each training")
    parser.add_argument("--limit", type=int, help="pictures of each part, for a quick look")
    parser.add_argument("--again", action="store_true", help="repeat what was measured before")
    parser.add_argument("--results", type=Path, default=RESULTS / "cut_out.json")
    parser.add_argument("--write", action="store_true", help="cut_out.md beside the results, and the package's figures")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ.setdefault("VISLAB_HOME", scratch)  # checkpoints and caches of a benchmark are nobody's
        if given.ways:
            each_run(given)
    records = [record for record in read_records(given.results) if record["limit"] == given.limit]
    publish(page(records), given.results.with_suffix(".md"), given.write)
    if given.write and records and given.results.parent == RESULTS:
        with writing(CUT_OUT) as part:
            part.write_text(json.dumps(figures(records), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
