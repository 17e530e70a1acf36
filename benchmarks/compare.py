"""What `vislab compare` is meant to reach on smear: 4 minutes in all, 40 s a model, and better than every baseline.

One study a seed (96 px, 1,024 pictures train, 128 choose, 512 test), each training anew. Each study is kept in
results/compare.json as it finishes, and one that is there is not repeated.

    python benchmarks/compare.py [--seeds 0 1 2] [--again] [--write]
    python benchmarks/compare.py --minutes 3 --write     (each model trained for 3 minutes; compare_3_minutes.md)
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from records import RESULTS, Record, keep, matches, read_records, recipe_line, spread
from workload import machine, time_workload

import vislab as vl
from vislab.evaluation.answers.questions import QUESTIONS
from vislab.system.devices import pick_device
from vislab.system.files import writing

SIZE = 96
TRAINED = {  # what each task learns to answer; whatever else it says is a guess (docs/DESIGN.md)
    "classification": ("label",),
    "regression": ("label", "share", "count"),
    "semantic": ("label", "share", "point"),
    "instance": ("label", "share", "count", "point"),
}
OWN = {"classification": "accuracy", "regression": "count_error", "semantic": "mean_iou", "instance": "ap"}
SAME = ("seed", "minutes", "epochs", "count", "size", "device")


def measure(seed: int, given: argparse.Namespace) -> Record:
    """One study: what it found, and how long all of it took."""
    device = pick_device(given.device)
    load, before = os.getloadavg()[0], time_workload(device=device)
    started = time.perf_counter()
    results = vl.study(
        "smear", size=SIZE, count=given.count, epochs=given.epochs, minutes=given.minutes, device=given.device,
        seed=seed, fresh=True,
    )  # fmt: skip
    wall = time.perf_counter() - started
    print(results, flush=True)
    after = time_workload(device=device)
    found = results.to_dict()
    return {
        **{"seed": seed, "minutes": given.minutes, "epochs": given.epochs, "count": given.count, "size": SIZE},
        **{"device": str(device), "machine": machine(device), "vislab": vl.__version__, "wall_s": wall, "load": load},
        **{name: found[name] for name in ("data", "models", "baselines")},
        "workload_s": (before.median + after.median) / 2,
        "workloads": [asdict(before), asdict(after)],
    }


def page(records: Sequence[Record]) -> str:
    if not records:
        return "# What `vislab compare` reaches\n\nNothing was measured yet.\n"
    first = records[0]
    data = first["data"]
    walls, each = [record["wall_s"] for record in records], _trainings(records)
    length = f"{first['minutes']:g} minutes a model" if first["minutes"] else "as long as `vislab compare` trains"
    workload = spread((1e3 * record["workload_s"] for record in records), "{:.0f}")
    loads = spread((record.get("load") for record in records), "{:.1f}")
    dates = dict.fromkeys(record["date"] for record in records)
    lines = [
        f"# What `vislab compare` reaches{f' in {length}' if first['minutes'] else ''}",
        "",
        f"Made by `benchmarks/compare.py` on {'; '.join(dict.fromkeys(record['machine'] for record in records))}; "
        f"{', '.join(dates)}. Smear, {data['size']} px: {data['train']:,} pictures train, {data['valid']} choose, "
        f"{data['test']} test; {length}; seeds {', '.join(str(record['seed']) for record in records)}. The median "
        "(least to most) over seeds. ÷ workload: in passes of `benchmarks/workload.py`, timed before and after each "
        f"study ({workload} ms); the load of other programs before a study: {loads}.",
        "",
        recipe_line(records),
        "",
        "| | s | ÷ workload | Wanted |",
        "|---|---|---|---|",
        _time_row("the whole study", walls, records, "at most 240 s" if not first["minutes"] else ""),
        *(
            _time_row(f"training, {task}", times, records, "at most 40 s" if not first["minutes"] else "")
            for task, times in each.items()
        ),
        "",
        *_answers(records),
        "",
        *_ratio(records),
        "",
        *_beaten(records),
    ]
    return "\n".join(lines) + "\n"


def _trainings(records: Sequence[Record]) -> dict[str, list[float]]:
    """Seconds of training of each task, one a seed."""
    return {task: [record["models"][task]["cost"]["training_s"] for record in records] for task in records[0]["models"]}


def _time_row(name: str, seconds: Sequence[float], records: Sequence[Record], wanted: str) -> str:
    passes = [value / record["workload_s"] for value, record in zip(seconds, records, strict=True)]
    return f"| {name} | {spread(seconds, '{:.0f}')} | {spread(passes, '{:,.0f}')} | {wanted} |"


def _answers(records: Sequence[Record]) -> list[str]:
    """Models and baselines by the four questions; a guess, for which nobody was trained, in brackets."""
    head = ["", *(f"{question.heading} {question.column}" for question in QUESTIONS.values()), "own score"]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for kind in ("models", "baselines"):
        for name in records[0][kind]:
            cells = []
            for question in QUESTIONS:
                text = spread([_error(record, kind, name, question) for record in records], _form(question))
                guessed = kind == "models" and question not in TRAINED[name] and text != "–"
                cells.append(f"[{text}]" if guessed else text)
            own = "–"
            if kind == "models":
                score = [record["models"][name]["scores"][OWN[name]] for record in records]
                own = f"{OWN[name].replace('_', ' ')} {spread(score)}"
            lines.append(f"| {name} | {' | '.join(cells)} | {own} |")
    lines += ["", "Mean errors over test pictures; [in brackets]: a guess for which the model was not trained."]
    return lines


def _error(record: Record, kind: str, name: str, question: str) -> float | None:
    answer: dict[str, float | None] = record[kind][name]["answers"].get(question, {})
    return answer.get(QUESTIONS[question].measure)


def _form(question: str) -> str:
    """How an error is printed, as str.format takes it."""
    asked = QUESTIONS[question]
    return f"{{:.{asked.decimals}{'f' if asked.scale == 1 else '%'}}}"


def _ratio(records: Sequence[Record]) -> list[str]:
    """The instance model's count error as a part of watershed's."""
    parts = []
    for record in records:
        ours = _error(record, "models", "instance", "count") if "instance" in record["models"] else None
        theirs = _error(record, "baselines", "watershed", "count")
        if ours is not None and theirs:
            parts.append(ours / theirs)
    if not parts:
        return ["No instance model counted."]
    verdict = "reached" if statistics.median(parts) <= 0.5 else "not reached"
    return [f"Count error of the instance model ÷ watershed's: {spread(parts)}; wanted at most 0.5: {verdict}."]


def _beaten(records: Sequence[Record]) -> list[str]:
    """Where a model does not beat the best baseline on a question it was trained for, by the median over seeds."""

    def middle(kind: str, name: str, question: str) -> float | None:
        known = [value for record in records if (value := _error(record, kind, name, question)) is not None]
        return statistics.median(known) if known else None

    asked, lost = 0, []
    for task in records[0]["models"]:
        for question in TRAINED[task]:
            ours = middle("models", task, question)
            theirs = {name: value for name in records[0]["baselines"] if (value := middle("baselines", name, question))}
            if ours is None or not theirs:
                continue
            asked += 1
            best = min(theirs, key=lambda name: theirs[name])
            if ours >= theirs[best]:
                form = _form(question)
                lost.append(f"{task} on {question} ({form.format(ours)}, {best} {form.format(theirs[best])})")
    if not lost:
        return [f"Better than every baseline on all {asked} questions that a model was trained for."]
    return [f"Not better than every baseline on {len(lost)} of {asked} questions trained for: {'; '.join(lost)}."]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2], help="none studies nothing")
    parser.add_argument("--count", type=int, default=1024, help="training pictures")
    parser.add_argument("--minutes", type=float, help="of each model, instead of what `vislab compare` takes")
    parser.add_argument("--epochs", type=float, help="of each model, instead")
    parser.add_argument("--device", help="cpu or cuda")
    parser.add_argument("--again", action="store_true", help="repeat what was measured before")
    parser.add_argument("--results", type=Path, default=RESULTS / "compare.json")
    parser.add_argument("--write", action="store_true", help="compare.md beside the results")
    given = parser.parse_args()
    fixed = {"minutes": given.minutes, "epochs": given.epochs, "count": given.count, "size": SIZE}
    fixed |= {"device": str(pick_device(given.device))}
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["VISLAB_HOME"] = scratch  # checkpoints of a benchmark are nobody's
        for seed in given.seeds:
            known = any(matches(record, fixed | {"seed": seed}) for record in read_records(given.results))
            if known and not given.again:
                print(f"seed {seed}: measured before; --again repeats it")
                continue
            keep(given.results, measure(seed, given), SAME)
    text = page([record for record in read_records(given.results) if matches(record, fixed)])
    print(text)
    if given.write:
        suffix = f"_{given.minutes:g}_minutes" if given.minutes else ""
        with writing(given.results.with_name(f"{given.results.stem}{suffix}.md")) as part:
            part.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
