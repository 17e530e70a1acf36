"""How long after a slider's event "what if" shows its picture: kernel, models and browser together.

A smear of 96 px with a semantic and an instance segmenter, in a real JupyterLab and Chromium: from the input event to
the canvas drawn, 20 moves of every slider, at most 150 ms in the median wanted; beside it, what Python takes of that.

    python benchmarks/probe.py [--moves 20] [--write]
"""

import argparse
import os
import statistics
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from records import recipe_line
from workload import machine

from tools.drive_lab import Lab, chromium, serving

RESULTS = Path(__file__).with_name("results")
SETUP = """
import time
import vislab as vl

def timed(what, name, values):
    # Milliseconds of the wall's clock and of the processor's, in which Python answers a move.
    taken = []
    for value in values:
        what.settings = {name: value}
        wall, own = time.perf_counter(), time.process_time()
        what._packet()
        taken.append((1e3 * (time.perf_counter() - wall), 1e3 * (time.process_time() - own)))
    return taken

models, scene = vl.pretrained("smear", device="cpu"), vl.draw("smear", 16)[4]
"""
PROBE = "what = vl.probe([models['semantic'], models['instance']], scene); what"
READY = "() => document.querySelector('.vislab-viewer')?.dataset.settings"
# From the event that a hand makes to the pixels: the attribute is set once the canvases are drawn.
MOVES = """async ([label, values]) => {
    const view = document.querySelector('.vislab-viewer'), taken = []
    const input = [...view.querySelectorAll('input[type=range]')].find(one => one.ariaLabel === label)
    for (const value of values) {
        const before = view.dataset.settings
        const drawn = new Promise(resolve => {
            const watch = new MutationObserver(() => {
                if (view.dataset.settings === before) return
                watch.disconnect()
                resolve(performance.now())
            })
            watch.observe(view, {attributes: true})
        })
        const start = performance.now()
        input.value = value
        input.dispatchEvent(new Event('input', {bubbles: true}))
        taken.push(await drawn - start)
        await new Promise(resolve => setTimeout(resolve, 100))
    }
    return taken
}"""


def positions(slider: dict[str, Any], moves: int) -> list[float]:
    """Places all along a slider, no two in a row the same."""
    low, high, step = slider["low"], slider["high"], slider["step"]
    count = round((high - low) / step)
    return [round(low + step * round(count * ((7 * k + 3) % 20) / 20), 6) for k in range(moves)]


def measure(page: Any, lab: Lab, moves: int) -> list[list[str]]:
    """A row for each slider; others stand at the start while one moves."""
    rows = []
    for slider in lab.python("what.about['sliders']"):
        places = [place for place in positions(slider, moves + 4) if place != slider["start"]][: moves + 2]
        page.evaluate(MOVES, [slider["words"], places[:2]])  # the first of a kind is slower
        taken = page.evaluate(MOVES, [slider["words"], places[2:]])
        own = np.array(lab.python(f"timed(what, {slider['name']!r}, {places[2:]})"))
        low, high = np.percentile(taken, [10, 90])
        wall, busy = np.median(own, 0)
        rows.append([slider["words"], f"{statistics.median(taken):.0f}", f"{low:.0f} to {high:.0f}", f"{wall:.0f}",
                     f"{busy:.0f}"])  # fmt: skip
        print(" | ".join(rows[-1]), flush=True)
        page.get_by_role("button", name="reset").click()
        page.wait_for_timeout(1000)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moves", type=int, default=20)
    parser.add_argument("--write", action="store_true", help="write results/probe.md")
    chosen = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as home, serving(Path(home)) as base, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        lab = Lab(page, base, Path(home) / "work")
        lab.notebook([SETUP, PROBE])
        lab.run_all()
        page.wait_for_function(READY)
        page.wait_for_timeout(2000)
        rows = measure(page, lab, chosen.moves)
        engine, cores = browser.version, lab.python("len(__import__('os').sched_getaffinity(0))")
    names = ("anywidget", "ipykernel", "jupyterlab")
    tools = ", ".join(f"{name} {version(name)}" for name in names)
    head = ["Slider", "Event to canvas, median, ms", "10 % to 90 %, ms", "Python, ms", "its processor time, ms"]
    lines = ["| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows]]
    text = (
        "# What if, as a slider moves\n\n"
        f"Made by `benchmarks/probe.py`: a smear of 96 px, a semantic and an instance segmenter, {chosen.moves} moves "
        f"of each slider, 100 ms apart. {machine()}; {tools}, Chromium {engine}. Kernel, server and "
        f"browser shared {cores} of {os.cpu_count()} cores; before they started the machine had a load of {load:.1f} "
        "from others, so that all but the last column are longer than on a machine of one's own.\n"
        "Wanted: at most 150 ms in the median at 96 px. Along `size` the pictures have 64 to 256 px. Python's part was "
        "timed apart, on the same moves.\n\n" + recipe_line() + "\n\n" + "\n".join(lines) + "\n"
    )
    print(text)
    if chosen.write:
        (RESULTS / "probe.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
