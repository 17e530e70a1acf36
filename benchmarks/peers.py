"""How soon ours are as good as their peers, all trained from scratch on the same smears by the same loop.

Instances: torchvision's Mask R-CNN (ResNet-18 FPN, small anchors) for 10 minutes. Semantic masks: torchvision's
LR-ASPP for 4, segmentation_models_pytorch's U-Net (ResNet-18) for 5. Ours: trained anew for 10, 20, 30, 60 and 120 s.
All on one thread; its CPU time is counted, so that other processes hardly matter. Each run is kept in
results/peers.json as it finishes, and one that is there is not repeated.

    .venv/bin/uv pip install --python .venv/bin/python -r benchmarks/requirements.txt
    python benchmarks/peers.py [--only maskrcnn] [--seeds 0] [--again] [--write]
    python benchmarks/peers.py --trial          which optimiser and rate suit a peer: scored on valid pictures
    python benchmarks/peers.py --only --write   trains nobody: table and figure of what was measured before

With VISLAB_HOME set to a folder, a run that was cut off goes on from its last checkpoint there.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any
from unittest.mock import patch

import vislab as vl  # before torch: it says how torch's threads wait

# isort: split
import torch
from contenders import CONTENDERS, Contender
from peers_page import OWN, page, picture
from records import RESULTS, Record, keep, matches, read_records
from workload import machine, time_workload

from vislab.data.scenes import Scenes
from vislab.system.devices import pick_device
from vislab.system.files import writing
from vislab.training.history import History

SIZE, VALID = 96, 64
SECONDS = (10, 20, 30, 60, 120)
MARKS = (1 / 4, 1 / 2, 3 / 4)  # of a peer's run: when it is scored, beside at its end
MARKED = 32  # test pictures that it is scored on then; at its end on all
Plan = tuple[float, str, float | None]  # seconds, optimiser, rate; a rate of None is the model's own
SAME = ("kind", "name", "seed", "planned_s", "count", "test", "device")  # what a new run takes the place of


def draw(count: int, test: int, seed: int) -> tuple[Scenes, Scenes, Scenes]:
    """Pictures to train, to choose rates with, and to test: the first of them those of `vislab compare`."""
    drawn = vl.draw("smear", count + VALID + test, size=SIZE, seed=seed)
    return drawn[:count], drawn[count : count + VALID], drawn[count + VALID :]


def clock(device: torch.device) -> AbstractContextManager[Any]:
    """In the block, performance counters on the CPU count this process's own CPU time; a GPU's count time as usual."""
    return patch("time.perf_counter", time.process_time) if device.type == "cpu" else nullcontext()


def train(one: Contender, plan: Plan, given: argparse.Namespace, seed: int) -> Record:
    """Train once for so long, scored now and then and at the end; the time of scoring is no training time.

    A trial takes a number of pictures instead, so that whatever else the machine does prefers no rate.
    """
    seconds, optimiser, rate = plan
    chosen, valid, test = draw(given.count, given.test, seed)
    judged = valid if given.trial else test
    device = pick_device(given.device)
    before = time_workload(device=device)
    torch.manual_seed(seed)  # Mask R-CNN draws its regions from torch's own generator
    model = one.make(chosen.vocabulary, seed)
    model.optimiser = optimiser
    marks = [] if one.minutes is None or given.trial else [share * seconds for share in MARKS]
    own = OWN[one.task]

    def score(history: History) -> None:  # the history holds the curve, so that a run that goes on has it
        due = [mark for mark in marks if mark <= history.seconds < seconds]
        if len(due) > len(history.scores):
            history.scores.append({"s": history.seconds, "score": vl.evaluate(model, judged[:MARKED])[own]})
            say(one, f"{history.seconds:.0f} s: {history.scores[-1]['score']:.3f}")

    length = {"epochs": one.trial / given.count} if given.trial else {"minutes": seconds / 60}
    settings: dict[str, Any] = {"batch": one.batch, "rate": rate, "seed": seed, "device": device, "threads": 1}
    history = vl.fit(model, chosen, fresh=given.again, watch=score, **settings, **length)
    if history.note.startswith("stopped"):
        raise SystemExit(f"{one.title} was stopped; what finished before is kept")
    if one.task == "instance" and not given.trial:
        vl.choose_threshold(model, valid)  # for the count; AP takes all
    started = time.perf_counter()
    prediction = vl.predict(model, judged)
    predicted = time.perf_counter()
    scores = vl.evaluate(prediction, judged)
    curve = [*history.scores, {"s": history.seconds, "score": scores[own]}]
    after = time_workload(device=device)
    named = ("optimiser", "rate", "batch", "precision")
    return {
        "kind": "trial" if given.trial else "run",
        **{"name": one.name, "seed": seed, "planned_s": seconds, "count": given.count, "test": given.test},
        **{"device": str(device), "machine": machine(device), "vislab": vl.__version__},
        **{name: history.recipe[name] for name in named},
        **{"threads": history.threads[-1]["threads"], "clock": "CPU" if device.type == "cpu" else "wall"},
        **{"steps": len(history.losses), "seen": history.seen[-1], "seconds": history.seconds},
        **{"scores": scores, "curve": curve, "judged": len(judged), "predict_s": predicted - started},
        "parameters": sum(weight.numel() for weight in model.parameters()),
        "workload_s": (before.median + after.median) / 2,
        "workloads": [asdict(before), asdict(after)],
    }


def say(one: Contender, words: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {one.name}: {words}", flush=True)


def plans(one: Contender, given: argparse.Namespace) -> list[Plan]:
    """What is trained of a contender: a trial of each recipe, or runs with the recipe that was chosen."""
    if given.trial:
        asked = [(name, float(rate)) for name, _, rate in (text.partition(":") for text in given.recipes or ())]
        return [(0.0, *recipe) for recipe in asked or one.tried]
    times = given.seconds if one.minutes is None else [60 * (given.minutes or one.minutes)]
    return [(float(seconds), one.optimiser, one.rate) for seconds in times]


def each_run(given: argparse.Namespace, work: Callable[..., Record]) -> None:
    """Train whoever was asked for, unless the same was trained before."""
    device = pick_device(given.device)
    for one in (one for one in CONTENDERS if one.name in given.only):
        for seed, plan in ((seed, plan) for seed in given.seeds for plan in plans(one, given)):
            seconds, optimiser, rate = plan
            wanted: dict[str, Any] = {"kind": "trial" if given.trial else "run", "name": one.name, "seed": seed}
            wanted |= {"planned_s": seconds, "count": given.count, "test": given.test, "device": str(device)}
            wanted |= {"optimiser": optimiser} | ({} if rate is None else {"rate": rate})
            words = f"seed {seed}, " + (f"trial of {optimiser}, rate {rate:g}" if given.trial else f"{seconds:g} s")
            if not given.again and any(matches(record, wanted) for record in read_records(given.results)):
                say(one, f"{words}: measured before; --again repeats it")
                continue
            say(one, words)
            with clock(device):
                record = work(one, plan, given, seed)
            keep(given.results, record, (*SAME, "optimiser", "rate") if given.trial else SAME)
            scores = (f"{name} {value:.3f}" for name, value in record["scores"].items())
            say(one, f"{record['steps']} steps; {', '.join(scores)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [one.name for one in CONTENDERS]
    parser.add_argument("--only", nargs="*", default=names, choices=names, help="who is trained; none trains nobody")
    parser.add_argument("--minutes", type=float, help="of each peer, instead of its own")
    parser.add_argument("--seconds", type=float, nargs="+", default=SECONDS, help="of ours, each a training of its own")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="of pictures, weights and order")
    parser.add_argument("--count", type=int, default=1024, help="training pictures")
    parser.add_argument("--test", type=int, default=128, help="test pictures")
    parser.add_argument("--device", help="cpu or cuda")
    parser.add_argument("--trial", action="store_true", help="try recipes of each peer instead, on valid pictures")
    parser.add_argument("--recipes", nargs="+", help="of the trial, as muon:0.005, instead of the peer's own")
    parser.add_argument("--again", action="store_true", help="repeat what was measured before")
    parser.add_argument("--results", type=Path, default=RESULTS / "peers.json")
    parser.add_argument("--write", action="store_true", help="peers.md and peers.png beside the results")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ.setdefault("VISLAB_HOME", scratch)  # a benchmark's checkpoints are nobody's, unless asked for
        each_run(given, train)
    if given.write:
        fixed = {"count": given.count, "test": given.test, "device": str(pick_device(given.device))}
        records = [record for record in read_records(given.results) if matches(record, fixed)]
        text = page(records)
        print(text)
        with writing(given.results.with_suffix(".md")) as part:
            part.write_text(text, encoding="utf-8")
        picture(records).save(given.results.with_suffix(".png"))


if __name__ == "__main__":
    main()
