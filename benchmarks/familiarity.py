"""How often a model that is asked outside its world says so, how often it says so wrongly, and what silence would cost.

Asked about are 1, 8 or 64 pictures, chosen at random for each try: others of the same kind, or changed in one way. The
model has learned from 16 pictures, other ones for each try, or it is one that comes with vislab (4,096). Beside that,
by how many objects a picture an instance segmenter is off. With the nuclei, real pictures are asked about, too.

    python benchmarks/familiarity.py [--data FOLDER] [--tries 200] [--write]
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from records import RESULTS, publish, recipe_line
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate
from workload import machine

import vislab as vl
from vislab.data.scenes import Scenes
from vislab.data.synthetic.draw import WORLDS
from vislab.evaluation.familiarity import World, describe, see_world
from vislab.models.build import Model
from vislab.models.predictions import InstancePrediction
from vislab.training.pretrained import FOLDER, PRETRAINED, read_world

ASKED = (1, 8, 64)  # pictures
FEW, SHOWN = 16, 3200  # training pictures of the small model, and how many it is shown, each pass counting anew
POOL, TEST, CHANGED = 1024, 512, 96  # pictures: to learn from, of the same kind, of each change
COUNTED = 32  # pictures whose objects are counted


def scaled(images: Tensor, by: float) -> Tensor:
    """Pictures of another size; what they show is larger or smaller by as much."""
    size = [round(side * by) for side in images.shape[2:]]
    return interpolate(images.float(), size=size, mode="bilinear", antialias=True).round().clamp(0, 255).byte()


CHANGES: dict[str, Callable[[Tensor], Tensor]] = {
    "half the size": lambda images: scaled(images, 1 / 2),
    "two thirds of the size": lambda images: scaled(images, 2 / 3),
    "four thirds of the size": lambda images: scaled(images, 4 / 3),
    "twice the size": lambda images: scaled(images, 2),
    "colours go round (R, G, B → B, R, G)": lambda images: images[:, [2, 0, 1]],
    "red and blue swapped": lambda images: images[:, [2, 1, 0]],
    "inverted": lambda images: 255 - images,
    "grey": lambda images: images.float().mean(1, keepdim=True).byte().expand(-1, 3, -1, -1),
    "one grey": lambda images: torch.full_like(images, 128),
    "blurred, mean of 3 × 3": lambda images: avg_pool2d(images.float(), 3, 1, 1).byte(),
    "a tenth darker": lambda images: (images.float() * 0.9).byte(),
}


def changed(world: str, test: Scenes) -> dict[str, Scenes]:
    """The test pictures and all others that are asked about, by name."""
    other = next(name for name in WORLDS if name != world)
    some = test[:CHANGED]
    blank = replace(some, labels=None, semantic=None, instances=None, objects=None)
    sets = {"the same kind": test} | {
        name: replace(blank, images=change(some.images)) for name, change in CHANGES.items()
    }
    sets["none of its objects"] = vl.draw(world, CHANGED, seed=14, objects=0)
    sets[f"the other world ({other})"] = replace(blank, images=vl.draw(other, CHANGED, seed=13).images)
    return sets


def share_told(worlds: list[World], features: Tensor, asked: int, chance: np.random.Generator) -> str:
    """How often so many pictures, chosen at random of these features, are told by each of these worlds: "97 %"."""
    told = []
    for world in worlds:
        chosen = torch.from_numpy(chance.choice(len(features), min(asked, len(features)), replace=False))
        told.append(world.distance(features[chosen]) > world.bound(len(chosen)))
    return f"{np.mean(told):.0%}".replace("%", " %")


def off_by(model: Model, name: str, scenes: Scenes, test: Scenes) -> str:
    """By how many objects a picture the model is off, whatever size or colours the pictures have."""
    if name.startswith("the other world") or name == "one grey":
        return "–"
    shown = scenes[:COUNTED]
    truth = (shown if shown.objects is not None else test[: len(shown)]).count_objects().sum(1)
    found = torch.tensor(count_objects(model, shown))
    return f"{float((found - truth).abs().double().mean()):.1f}"


def count_objects(model: Model, scenes: Scenes) -> list[int]:
    """How many objects the model finds in each picture."""
    prediction = vl.predict(model, scenes)
    assert isinstance(prediction, InstancePrediction)
    return [len(each.at_least(prediction.threshold)) for each in prediction.objects]


def table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


def rows_of(
    sets: Mapping[str, Scenes], worlds: Mapping[str, list[World]], chance: np.random.Generator
) -> dict[str, list[str]]:
    """For each set of pictures how often it is told, by worlds and number of pictures."""
    rows = {}
    for name, scenes in sets.items():
        features = describe(scenes.images)
        rows[name] = [share_told(several, features, m, chance) for several in worlds.values() for m in ASKED]
    return rows


def small_worlds(pool: Scenes, tries: int, chance: np.random.Generator) -> list[World]:
    """What sixteen pictures look like, other ones each time."""
    chosen = [pool.subset(chance.choice(len(pool), FEW, replace=False)) for _ in range(tries)]
    return [world for world in map(see_world, chosen) if world is not None]


def train_small(train: Scenes) -> tuple[Model, str]:
    """An instance segmenter trained on sixteen pictures, and what learning their looks took beside that."""
    model = vl.build("instance", train.vocabulary, seed=0)
    history = vl.fit(model, train, epochs=SHOWN / FEW, seed=0, device="cpu", threads=1)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        see_world(train)
        times.append(time.perf_counter() - start)
    took = statistics.median(times)
    return model, f"{1e3 * took:.0f} ms, {took / history.seconds:.2%} of {history.seconds:.0f} s of training"


def drawn_section(world: str, tries: int) -> str:
    chance = np.random.default_rng(0)
    pool, test = vl.draw(world, POOL, seed=11), vl.draw(world, TEST, seed=12)
    sets = changed(world, test)
    shipped = read_world(FOLDER / f"{world}-world.json")
    told = rows_of(sets, {"shipped": [shipped] * tries, "few": small_worlds(pool, tries, chance)}, chance)
    small, took = train_small(pool[:FEW])
    models = [vl.pretrained(world, device="cpu")["instance"], small]
    rows = [
        [name, *told[name], *(off_by(model, name, scenes, test) for model in models)] for name, scenes in sets.items()
    ]
    head = [world, *(f"{whose}, {m} asked" for whose in ("4,096 learned", "16 learned") for m in ASKED)]
    head += ["shipped model off by", "small model off by"]
    return table(head, rows) + f"\n\nLooking at the {FEW} pictures took {took}."


def real_section(data: Path, tries: int) -> str:
    chance = np.random.default_rng(0)
    nuclei = vl.load(data, size=128, report=[])
    fold, kind = np.array(nuclei.attributes["fold"]), np.array(nuclei.attributes["modality"])
    learned, other = nuclei.subset(fold == "0"), nuclei.subset(fold == "1")
    glow = nuclei.subset((fold == "0") & (kind == "fluorescence"))
    worlds = {
        "all": small_worlds(learned, tries, chance), "glow": small_worlds(glow, tries, chance),
        "large": [world for world in [see_world(learned)] if world] * tries,
    }  # fmt: skip
    sets = {
        "the other fold, all kinds": other,
        "the other fold, fluorescence": other.subset(np.array(other.attributes["modality"]) == "fluorescence"),
        "the other fold, histology": other.subset(np.array(other.attributes["modality"]) == "histology"),
        "smears": vl.draw("smear", CHANGED, seed=13),
        "streets": vl.draw("street", CHANGED, seed=13),
    }
    told = rows_of(sets, worlds, chance)
    names = (f"{FEW} of all kinds", f"{FEW} of fluorescence", f"{len(learned)} of all kinds")
    head = ["nuclei", *(f"{name}, {m} asked" for name in names for m in ASKED)]
    return table(head, [[name, *row] for name, row in told.items()])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared = Path(os.environ.get("VISLAB_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=shared / "nuclei" / "stage1_train.zip")
    parser.add_argument("--tries", type=int, default=200)
    parser.add_argument("--write", action="store_true", help="write results/familiarity.md")
    chosen = parser.parse_args()
    sections = [drawn_section(world, chosen.tries) for world in WORLDS if world in PRETRAINED]
    sections.append(real_section(chosen.data, chosen.tries) if chosen.data.exists() else "The nuclei were not there.")
    text = (
        "# Does a model say that it is asked outside its world?\n\n"
        f"How often pictures are told to be unlike those learned from, in {chosen.tries} tries, by how many a model "
        "learned from and how many it is asked about. In the row of the same kind that is wrong. vl.predict says it of "
        "files; of pictures drawn here, which stand for such files in the first two tables, it says nothing. Off by: "
        f"the mean absolute error of an instance segmenter's count, over {COUNTED} pictures. "
        f"The small one learned from {FEW} pictures, shown {SHOWN:,}. "
        f"Made by `benchmarks/familiarity.py` on {machine()}, one training of each model, while other "
        f"programs ran.\n\n{recipe_line()}\n\n" + "\n\n".join(sections) + "\n"
    )
    publish(text, RESULTS / "familiarity.md", chosen.write)


if __name__ == "__main__":
    main()
