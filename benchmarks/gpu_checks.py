"""What a GPU still has to show, in one run of under ten minutes on a machine with CUDA.

A step plain and captured, the four trainings of `vislab compare`, the share of the card's own matrix products that
training reaches, `vislab compare --fresh` as a command, and all notebooks one after another. results/gpu_checks.md is
written anew after each part, so that a run that is cut off keeps what it has.

    PYTHONPATH=. python benchmarks/gpu_checks.py [--only steps trainings share compare notebooks]
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence

import torch
from records import RESULTS, recipe_line
from torch.utils.flop_counter import FlopCounterMode
from workload import machine

import vislab as vl
from vislab.costs.compute.roofline import measure_peak
from vislab.evaluation.evaluate import own_score
from vislab.models.predictions import TASKS, Task
from vislab.system.files import writing
from vislab.training.fit import fit, prepare
from vislab.training.run import Run

SIZE, BATCH, TRAIN, VALID = 96, 8, 1024, 128  # as vislab compare
LARGE, BATCHES, DRAWN = 256, (8, 32, 128, 512), 32  # pixels a side; pictures a step; pictures there are
WARM_UP, STEPS, LARGE_STEPS = 10, 100, 20
GOALS = {"training": 2.5, "compare": 25.0, "notebooks": 150.0, "share": 0.4}  # seconds, and a part of the peak


def training(task: Task, count: int, size: int, device: str = "cuda") -> Run:
    """A training that is ready to step and never ends."""
    scenes = vl.draw("smear", count, size=size)
    run = prepare(vl.build(task, scenes.vocabulary), scenes, None, epochs=10**6, batch=BATCH, device=device)
    run.get_ready()
    return run


def seconds_a_step(run: Run, batch: int, steps: int, captured: bool) -> float:
    """The mean of so many steps of pictures that repeat if there are fewer, all losses read."""
    kept, run.batch = run.captured, batch
    if not captured:
        run.captured = None
    chosen = torch.arange(batch) % len(run.train)
    try:
        _steps(run, chosen, WARM_UP)
        started = time.perf_counter()
        _steps(run, chosen, steps)
        return (time.perf_counter() - started) / steps
    finally:
        run.captured = kept
        if kept is not None:
            kept.forget()


def _steps(run: Run, chosen: torch.Tensor, count: int) -> None:
    for _ in range(count):
        run.step_in_memory(chosen)
        run.read(run.late)
    run.settle()


def operations(run: Run, batch: int) -> int:
    """FLOPs of a plain step, as torch counts those of convolutions and matrix products."""
    captured, run.captured = run.captured, None
    try:
        with FlopCounterMode(display=False) as counter:
            _steps(run, torch.arange(batch) % len(run.train), 1)
    finally:
        run.captured = captured
    return int(counter.get_total_flops())


def steps() -> Iterator[str]:
    yield f"| Task, {BATCH} pictures of {SIZE} px | plain, ms a step | captured, ms a step |\n|---|---|---|"
    for task in TASKS:
        run = training(task, 64, SIZE)
        plain, captured = (1e3 * seconds_a_step(run, BATCH, STEPS, way) for way in (False, True))
        failed = run.captured is not None and run.captured.failed
        yield f"| {task} | {plain:.2f} | {'the capture failed' if failed else f'{captured:.2f}'} |"


def trainings() -> Iterator[str]:
    yield "| Task | whole call, s | training, s | Wanted, s | score on valid pictures |\n|---|---|---|---|---|"
    drawn = vl.draw("smear", TRAIN + VALID, size=SIZE)
    for task in TASKS:
        started = time.perf_counter()
        history = fit(vl.build(task, drawn.vocabulary), drawn[:TRAIN], drawn[TRAIN:], fresh=True)
        wall, score = time.perf_counter() - started, own_score(task, history.scores[-1])
        yield f"| {task} | {wall:.1f} | {history.seconds:.1f} | {GOALS['training']:g} | {score} |"


def share() -> Iterator[str]:
    most = measure_peak("cuda", torch.bfloat16).median
    goal = f"Wanted: {GOALS['share']:.0%}."
    yield f"Peak of a product of bfloat16 matrices: {most / 1e12:.0f} · 10¹² FLOP/s. {goal}\n"
    yield f"| Task, {LARGE} px | " + " | ".join(f"{batch} a step" for batch in BATCHES) + " |"
    yield "|---" * (1 + len(BATCHES)) + "|"
    for task in TASKS:
        run = training(task, DRAWN, LARGE)
        each = operations(run, BATCH) / BATCH
        cells = []
        for batch in BATCHES:
            taken = seconds_a_step(run, batch, LARGE_STEPS, captured=True)
            short = run.batch < batch
            cells.append("memory ran out" if short else f"{batch * each / taken / most:.1%}, {batch / taken:,.0f} a s")
        yield f"| {task} | {' | '.join(cells)} |"


def compare() -> Iterator[str]:
    command = [sys.executable, "-m", "vislab.cli", "compare", "--fresh"]
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    yield f"`vislab compare --fresh`: {time.perf_counter() - started:.0f} s in all; wanted: {GOALS['compare']:g} s."


def notebooks() -> Iterator[str]:
    from nbclient import NotebookClient

    from tools.build_notebooks import ROOT, TIMEOUT, read_source, sources

    yield "| Notebook, with its solutions | s | cells that failed |\n|---|---|---|"
    total = 0.0
    for source in sources():
        notebook, started = read_source(source), time.perf_counter()
        place = {"metadata": {"path": str(ROOT)}}
        client = NotebookClient(notebook, timeout=TIMEOUT, allow_errors=True, resources=place)
        client.execute(env=os.environ | {"NBGRADER_EXECUTION": "validate"})
        taken = time.perf_counter() - started
        total += taken
        outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
        failed = sum(output.output_type == "error" for output in outputs)
        yield f"| {source.stem} | {taken:.0f} | {failed or 'none'} |"
    yield f"| all | {total:.0f}; wanted: {GOALS['notebooks']:g} | |"


PARTS: dict[str, Callable[[], Iterator[str]]] = {
    "steps": steps,
    "trainings": trainings,
    "share": share,
    "compare": compare,
    "notebooks": notebooks,
}


def write(names: Sequence[str]) -> None:
    """Run these parts, each in a home of its own, and keep every line as it comes."""
    lines = [
        "# What the GPU shows",
        f"\nMade by `benchmarks/gpu_checks.py` on {machine('cuda')}; {time.strftime('%Y-%m-%d')}. One run; nothing was "
        f"repeated, so that no spread is known.\n\n{recipe_line()}",
    ]
    for name in names:
        lines.append(f"\n## {name.capitalize()}\n")
        with tempfile.TemporaryDirectory() as home:
            os.environ["VISLAB_HOME"] = home
            try:
                for line in PARTS[name]():
                    print(line, flush=True)
                    lines.append(line)
            except Exception as error:  # the other parts are still worth their minutes
                lines.append(f"\nThis part ended with {type(error).__name__}: {str(error).strip().splitlines()[:1]}")
        with writing(RESULTS / "gpu_checks.md") as part:
            part.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="these parts")
    wanted = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit("gpu_checks: this machine has no CUDA GPU, and all that is measured here needs one")
    write(wanted.only)


if __name__ == "__main__":
    main()
