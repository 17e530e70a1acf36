"""How long the nuclei take to load, from the zip, from its unpacked folder and from the cache; and when they crowd.

Peer: a plain loop in one thread that opens each picture and each of its masks with Pillow and adds the masks up.

    python benchmarks/load_nuclei.py [--data FOLDER] [--repeats 3] [--write]
"""

import argparse
import os
import platform
import statistics
import tempfile
import time
import zipfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL
import torch
from PIL import Image

import vislab as vl

SIZE = 256


def plain_loop(source: Path) -> int:
    """What any script would do: no crop, no ids without gaps, no checks. Returns the pixels of nuclei."""
    pixels = 0
    with zipfile.ZipFile(source) as archive:
        names = defaultdict(list)
        for name in archive.namelist():
            names[name.split("/")[0]].append(name)
        for files in names.values():
            ids = np.zeros(0)
            for name in files:
                array = np.asarray(Image.open(archive.open(name)))
                if "/images/" in name:
                    continue
                ids = ids if ids.size else np.zeros(array.shape, np.int16)
                ids[array > 0] = len(files)
            pixels += int((ids > 0).sum())
    return pixels


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """By the clock on the wall, and of the processor: the second tells what others on the machine did not cause."""
    start, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - used


def row(name: str, times: list[tuple[float, float]]) -> str:
    wall, used = zip(*times, strict=True)
    spread = f"{statistics.median(wall):.2f} | {min(wall):.2f} | {max(wall):.2f}"
    return f"| {name} | {spread} | {statistics.median(used):.2f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = os.environ.get("VISLAB_TEST_DATA", Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    source = given.data / "nuclei" / "stage1_train.zip"
    times: dict[str, list[tuple[float, float]]] = defaultdict(list)
    vl.load  # noqa: B018  the import is not what is timed
    with tempfile.TemporaryDirectory() as scratch:
        unpacked = Path(scratch) / "unpacked"
        with zipfile.ZipFile(source) as archive:
            archive.extractall(unpacked)
        for repeat in range(given.repeats):  # in turn, so that what else the machine does meets all alike
            times["plain loop, one thread (peer)"].append(seconds(lambda: plain_loop(source)))
            for name, path in (("zip", source), ("unpacked folder", unpacked)):
                os.environ["VISLAB_HOME"] = f"{scratch}/{name} {repeat}"

                def load(path: Path = path) -> vl.Scenes:
                    return vl.load(path, size=SIZE, report=[])

                times[f"first load, {name}"].append(seconds(load))
                times[f"second load, {name}"] += [seconds(load) for _ in range(3)]
            scenes = load()
    counts = scenes.count_objects()[:, 1]
    lines = [
        f"Python {platform.python_version()}, torch {torch.__version__}, Pillow {PIL.__version__}, "
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end",
        "",
        f"{len(scenes)} pictures, {int(counts.sum()):,} nuclei in {SIZE} px crops, {scenes.images.nbytes / 1e6:.0f} MB",
        "",
        "| what | median, s | least | most | processor, s |",
        "|---|---|---|---|---|",
        *(row(name, values) for name, values in times.items()),
        "",
        "Pictures that are crowded, by the number of nuclei to be exceeded:",
        "",
        "| more than | " + " | ".join(map(str, range(12, 22))) + " |",
        "|---" * 11 + "|",
        "| share | " + " | ".join(f"{(counts > n).double().mean():.2f}" for n in range(12, 22)) + " |",
    ]
    print("\n".join(lines))
    if given.write:
        path = Path(__file__).parent / "results" / "load_nuclei.md"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
