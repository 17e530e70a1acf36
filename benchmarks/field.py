"""Ours and the field's own, StarDist and Cellpose 3's network, from scratch on the same nuclei for the same CPU time.

Fold 0 trains, in whole pictures (a tenth of it chooses), fold 1 tests, in 256 px from the centre of each picture:
fluorescence alone, or all kinds of microscopy. Each contender runs with one thread in a process of its own, StarDist
and Cellpose in an environment of their own. Each run is kept in results/field.json as it finishes, and one that is
there is not repeated.

    uv venv FOLDER && uv pip install --python FOLDER/bin/python -r benchmarks/requirements_field.txt
    python benchmarks/field.py --python FOLDER/bin/python [--only vislab] [--sets all] [--seeds 0] [--again] [--write]
    python benchmarks/field.py --only --write     trains nobody: the table of what was measured before
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import vislab as vl  # before torch: it says how torch's threads wait

# isort: split
import numpy as np
from field_contenders import CONTENDERS
from field_page import page
from field_scores import precision, score
from nuclei import folds, whole_pictures
from records import RESULTS, Record, keep, matches, publish, read_records
from workload import machine, time_workload

from vislab.data.scenes import Scenes
from vislab.system.devices import pick_device

SETS = {"fluorescence": 1, "all": 3}  # and the channels that StarDist sees
SAME = ("name", "set", "seed", "seconds", "judged", "crop", "batch")


def choose(centres: Scenes, kind: str, seed: int) -> tuple[Scenes, Scenes, Scenes]:
    """Centres to train, to choose and to test, of one kind of microscopy or all."""
    parts = folds(centres, seed, None)
    if kind == "all":
        return parts
    train, valid, test = (part.subset(np.array(part.attributes["modality"]) == kind) for part in parts)
    return train, valid, test


def write(folder: Path, name: str, images: Sequence[np.ndarray], labels: Sequence[np.ndarray]) -> None:
    arrays: dict[str, Any] = {f"image{i}": image for i, image in enumerate(images)}
    arrays |= {f"labels{i}": part.astype(np.int32) for i, part in enumerate(labels)}
    np.savez(folder / f"{name}.npz", **arrays)


def contend(name: str, kind: str, seed: int, given: argparse.Namespace, centres: Scenes) -> Record:
    """One contender's training and its scores."""
    train, valid, test = choose(centres, kind, seed)
    if given.judged == "valid":
        test = valid
    truth = list(test.need("instances").numpy())
    before = workload()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        whole = whole_pictures(archive(given), train.ids)
        write(folder, "train", [image for image, _ in whole], [ids for _, ids in whole])
        write(folder, "valid", list(valid.images.numpy().transpose(0, 2, 3, 1)), list(valid.need("instances").numpy()))
        write(folder, "test", list(test.images.numpy().transpose(0, 2, 3, 1)), [])
        python = sys.executable if name == "vislab" else given.python
        options = {
            "seconds": given.seconds,
            "seed": seed,
            "channels": SETS[kind],
            "crop": given.crop,
            "batch": given.batch,
        }
        told = [word for key, value in options.items() if value is not None for word in (f"--{key}", str(value))]
        command = [str(python), str(Path(__file__).with_name("field_contenders.py")), name, str(folder), *told]
        alone = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "VISLAB_HOME": scratch}
        ended = subprocess.run(command, env=os.environ | alone, capture_output=True, text=True)
        if ended.returncode:
            raise SystemExit(f"{name} failed:\n{ended.stderr[-3000:]}")
        run: Record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        with np.load(folder / "found.npz") as file:
            found = [file[f"labels{i}"] for i in range(len(test))]
            scores = [file[f"scores{i}"].tolist() for i in range(len(test)) if f"scores{i}" in file]
    after = workload()
    counted = np.array([len(np.unique(labels[labels > 0])) for labels in found])
    accuracy = {f"accuracy{100 * threshold:.0f}": value for threshold, value in score(truth, found).items()}
    return run | {
        "scores": accuracy | precision(truth, found, scores),
        "count_error": float(np.abs(counted - test.count_objects().sum(1).numpy()).mean()),
        **{"train": len(train), "valid": len(valid), "test": len(test), "objects": int(test.count_objects().sum())},
        "workload_s": (before + after) / 2,
    }


def workload() -> float:
    """CPU seconds of one pass of the fixed workload: they rise, too, while other programs share core and cache."""
    with patch("time.perf_counter", time.process_time):
        return time_workload().median


def archive(given: argparse.Namespace) -> Path:
    folder: Path = given.data
    return folder / "nuclei" / "stage1_train.zip"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("VISLAB_TEST_DATA", Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--python", type=Path, help="of the environment that has StarDist and Cellpose")
    parser.add_argument("--only", nargs="*", default=list(CONTENDERS), choices=list(CONTENDERS))
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=list(SETS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], help="of valid pictures, weights and order")
    parser.add_argument("--seconds", type=float, default=360, help="of the CPU, for training")
    parser.add_argument("--judged", default="test", choices=["test", "valid"], help="valid: to look for settings")
    parser.add_argument("--crop", type=int, help="side of the parts that ours and StarDist learn from")
    parser.add_argument("--batch", type=int, help="of ours and StarDist")
    parser.add_argument("--again", action="store_true", help="repeat what was measured before")
    parser.add_argument("--results", type=Path, default=RESULTS / "field.json")
    parser.add_argument("--write", action="store_true", help="field.md beside the results")
    given = parser.parse_args()
    todo = [(seed, kind, name) for seed in given.seeds for kind in given.sets for name in given.only]
    centres = vl.load(archive(given), size=256, report=[]) if todo else None
    for seed, kind, name in todo:
        about: Record = {"name": name, "set": kind, "seed": seed, "seconds": given.seconds, "judged": given.judged}
        about |= {"crop": given.crop, "batch": given.batch}
        told = f"{name}, {kind}, seed {seed}, {given.seconds:g} s"
        if not given.again and any(matches(record, about) for record in read_records(given.results)):
            print(f"{told}: measured before; --again repeats it")
            continue
        print(told, flush=True)
        assert centres is not None
        record = contend(name, kind, seed, given, centres)
        keep(given.results, about | {"machine": machine(pick_device("cpu")), "vislab": vl.__version__} | record, SAME)
        print({key: round(value, 3) for key, value in record["scores"].items()}, flush=True)
    text = page([record for record in read_records(given.results) if record["judged"] == "test"])
    publish(text, given.results.with_suffix(".md"), given.write)


if __name__ == "__main__":
    main()
