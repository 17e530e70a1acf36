"""What watching a training costs: the time spent in the panel that `vl.fit` shows in a notebook.

A semantic and an instance segmenter train on drawn smears of 96 px, in a notebook without a front end, so that
all is done that Python does: pictures predicted and drawn, curves thinned, state sent. "while it trains" is what its
callbacks took between the first and the last step; before and after is what opening and closing it took (the picture
that stands in where no widget runs included).

    python benchmarks/live_training.py [--write]
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from records import recipe_line
from workload import machine

RUNS = (("semantic", 4), ("instance", 4))  # passes over 1,024 pictures
RESULT = Path(__file__).parent / "results" / "live_training.md"
CELL = """
import json, time
import vislab as vl
from vislab.widgets import live

kept = []
class Timed(live.Live):
    def __init__(self, *args):
        started = time.perf_counter()
        super().__init__(*args)
        kept.append(self)
        self.around, self.sent, self.looks = time.perf_counter() - started, 0, 0
    def __enter__(self):
        started = time.perf_counter()
        super().__enter__()
        self.around += time.perf_counter() - started
        self.looks = self.sent = 0
        return self
    def __exit__(self, *args):
        self.during = self.looks, self.sent
        started = time.perf_counter()
        super().__exit__(*args)
        self.around += time.perf_counter() - started
    def _look(self):
        self.looks += 1
        super()._look()
    def _draw(self):
        self.sent += 1
        super()._draw()

live.Live = Timed
scenes = vl.draw("smear", 1152, size=96)
train, valid = scenes[:1024], scenes[1024:]
found = []
for task, epochs in RUNS:
    history = vl.fit(vl.build(task, train.vocabulary), train, valid, epochs=epochs, fresh=True)
    watcher = kept.pop()
    looks, sent = watcher.during
    found.append([task, len(history.losses), history.seconds, watcher.spent, watcher.around, looks, sent])
print("FOUND", json.dumps(found))
"""


def measure() -> list[list[float | str]]:
    """One row a training: task, steps, seconds, seconds spent while it trains, around it, looks, updates of curves."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.v4.new_notebook(  # type: ignore[no-untyped-call]
        cells=[nbformat.v4.new_code_cell(CELL.replace("RUNS", repr(RUNS)))]  # type: ignore[no-untyped-call]
    )
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    with tempfile.TemporaryDirectory() as home:
        client = NotebookClient(notebook, timeout=3000, extra_arguments=["--log-level=ERROR"])
        client.execute(env=os.environ | {"VISLAB_HOME": home})
    printed = "".join(output.get("text", "") for output in notebook.cells[0].outputs)
    rows: list[list[float | str]] = json.loads(printed.split("FOUND", 1)[1].splitlines()[0])
    return rows


def table() -> str:
    lines = [
        "# Watching a training\n",
        "Made by `benchmarks/live_training.py`: smears of 96 px, 1,024 to train on and 128 valid, "
        f"in a kernel that nobody watches; {machine()}.\n\n{recipe_line()}\n",
        "| Model | Steps | Training, s | Watching while it trains, s | Part of the training "
        "| Looks at the four pictures | Curves sent | Before and after, s |\n|---|---|---|---|---|---|---|---|",
    ]
    for task, steps, seconds, spent, around, looks, sent in measure():
        part = float(spent) / float(seconds)
        lines.append(
            f"| {task} | {steps} | {seconds:.1f} | {spent:.2f} | {part:.2%} | {looks} | {sent} | {around:.2f} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"into {RESULT.name}")
    given = parser.parse_args()
    text = table()
    sys.stdout.write(text)
    if given.write:
        RESULT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
